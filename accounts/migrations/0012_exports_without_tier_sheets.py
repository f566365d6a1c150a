"""A tier sheet is a workbook like any other: lists of their own shape say what is in it."""

from typing import Any

from django.db import migrations, models


def call_them_workbooks(apps: Any, _editor: Any) -> None:
    apps.get_model("accounts", "Export").objects.filter(format="tier_sheet").update(format="xlsx")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_sealed_webhooks")]
    operations = [
        migrations.RunPython(call_them_workbooks, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="export",
            name="format",
            field=models.CharField(
                choices=[("xlsx", "Excel workbook (xlsx)"), ("csv", "Text file (csv)")],
                max_length=10,
                verbose_name="format",
            ),
        ),
    ]
