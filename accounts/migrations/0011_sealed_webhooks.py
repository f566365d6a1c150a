"""Addresses and secrets of webhooks are sealed where they stand."""

from collections.abc import Callable

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from toolbox.sealing import SealedField, box


def seal(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    each(apps, lambda text: box(SealedField.PURPOSE).encrypt(text.encode()).decode())


def unseal(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    each(apps, lambda text: box(SealedField.PURPOSE).decrypt(text.encode()).decode())


def each(apps: StateApps, turn: Callable[[str], str]) -> None:
    endpoints = apps.get_model("accounts", "Endpoint").objects
    for pk, url, secret in list(endpoints.values_list("pk", "url", "secret")):
        endpoints.filter(pk=pk).update(url=turn(url), secret=turn(secret) if secret else "")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_calendar_feeds")]

    operations = [
        migrations.AlterField("endpoint", "url", models.TextField(verbose_name="address")),
        migrations.AlterField("endpoint", "secret", models.TextField(blank=True, verbose_name="secret")),
        migrations.RunPython(seal, unseal),
        migrations.AlterField("endpoint", "url", SealedField(verbose_name="address")),
        migrations.AlterField("endpoint", "secret", SealedField(blank=True, verbose_name="secret")),
    ]
