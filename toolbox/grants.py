"""Rights of the role that the product works under, beside the one that owns its tables (PostgreSQL)."""

from collections.abc import Iterator

from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _

from toolbox import append_only

EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"
HISTORY = "SELECT, INSERT"
MIGRATIONS = "SELECT"


class NotGrantedError(ValueError):
    """The message is for people."""


def grants(connection: BaseDatabaseWrapper, role: str) -> Iterator[str]:
    """Statements after which the role may work with every table and rewrite no history. Again after each migrate.

    Raises NotGrantedError for a role that no grant holds back.
    """
    _refuse(connection, role)
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        schema = quote(cursor.fetchone()[0])
    to, history = quote(role), append_only.always_kept(connection)
    yield f"GRANT USAGE ON SCHEMA {schema} TO {to}"
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {to}"
    for table in sorted(connection.introspection.table_names()):
        rights = HISTORY if table in history else MIGRATIONS if table == "django_migrations" else EVERYTHING
        yield f"REVOKE ALL ON {quote(table)} FROM {to}"
        yield f"GRANT {rights} ON {quote(table)} TO {to}"
        if table in history and (column := append_only.goes_on(table)):
            yield f"GRANT UPDATE ({quote(column)}) ON {quote(table)} TO {to}"


def _refuse(connection: BaseDatabaseWrapper, role: str) -> None:
    if connection.vendor != "postgresql":
        raise NotGrantedError(_("Only PostgreSQL knows roles."))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, pg_has_role(oid, current_user, 'MEMBER') FROM pg_roles WHERE rolname = %s",
            [role],
        )
        found = cursor.fetchone()
    if found is None:
        raise NotGrantedError(_("There is no role “%(role)s”. Make it first.") % {"role": role})
    if any(found):
        raise NotGrantedError(
            _("“%(role)s” owns the tables or is a superuser: no grant holds it back. Take another one.")
            % {"role": role}
        )
