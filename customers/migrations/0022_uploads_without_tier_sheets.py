"""Tier sheets come in as imports. Those that were sent as files before can neither be shown nor loaded any more.

What was loaded from them stands in the history of what it changed.
"""

from typing import Any

from django.db import migrations, models


def forget_them(apps: Any, _editor: Any) -> None:
    for upload in apps.get_model("customers", "Upload").objects.filter(kind="tier_sheet"):
        if upload.file:
            upload.file.delete(save=False)
        upload.delete()


class Migration(migrations.Migration):
    dependencies = [("customers", "0021_marks_of_batches")]
    operations = [
        migrations.RunPython(forget_them, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="upload",
            name="kind",
            field=models.CharField(choices=[("orders", "Order file")], max_length=12, verbose_name="kind"),
        ),
    ]
