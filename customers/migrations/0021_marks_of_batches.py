from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0001_squashed_0020_asked_before_a_commit"),
    ]

    operations = [
        migrations.AddField(
            model_name="importbatch",
            name="likely",
            field=models.JSONField(default=None, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="importbatch",
            name="moved",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
    ]
