from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import CharField, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Concat


def as_promised_now(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """What is open was planned by the cadence that its promise has."""
    rows = apps.get_model("maintenance", "Promise").objects.filter(pk=OuterRef("promise"))
    cadence = rows.values_list(Concat(Cast("interval", CharField()), Value(" "), "unit"))
    apps.get_model("maintenance", "Obligation").objects.filter(state="open").update(cadence=Subquery(cadence))


class Migration(migrations.Migration):
    dependencies = [
        ("maintenance", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="obligation",
            name="cadence",
            field=models.CharField(default="", editable=False, max_length=13),
        ),
        migrations.RunPython(as_promised_now, migrations.RunPython.noop),
    ]
