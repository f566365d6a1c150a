"""PostgreSQL's index for searching: pairs of characters, so that two Chinese characters are found fast.

No extension is needed, unlike pg_trgm, which also takes three characters to be of use.
"""

from typing import Any

from django.db import migrations

CREATE = """
CREATE FUNCTION customers_bigrams(words text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(DISTINCT substr(words, at, 2)) FROM generate_series(1, length(words) - 1) AS at
$$;
CREATE INDEX customer_search_bigrams ON customers_customer USING gin (customers_bigrams(search_text));
"""
DROP = """
DROP INDEX customer_search_bigrams;
DROP FUNCTION customers_bigrams(text);
"""


def create(_apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(CREATE)


def drop(_apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(DROP)


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
