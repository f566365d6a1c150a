from typing import Any

from django.db import migrations

from toolbox import append_only


def keep_anew(_apps: Any, schema_editor: Any) -> None:
    """Of assessments, figures and contacts made, whose they are may change from now on."""
    append_only.anew(
        schema_editor.connection, "customers_assessment", "customers_figure", "customers_interaction"
    )


class Migration(migrations.Migration):
    dependencies = [("customers", "0011_merges")]

    operations = [migrations.RunPython(keep_anew, migrations.RunPython.noop)]
