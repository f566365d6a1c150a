"""A table of its own for the tests of this app, which has no models."""

from collections.abc import Iterator

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps


@pytest.fixture
def thing_model(db: None) -> Iterator[type[models.Model]]:
    """Created within the test's transaction and gone with it."""
    del db
    with isolate_apps("toolbox"):

        class Thing(models.Model):  # noqa: DJ008 - nobody reads one
            name = models.CharField(max_length=100, default="")
            level = models.IntegerField(default=0)
            amount = models.BigIntegerField(null=True)
            is_good = models.BooleanField(null=True)
            happened_on = models.DateField(null=True)
            happened_at = models.DateTimeField(null=True)
            detail = models.JSONField(null=True)
            parent = models.ForeignKey("self", models.CASCADE, null=True, db_constraint=False)

            class Meta:
                app_label = "toolbox"

        columns = ", ".join(
            f'"{field.column}" {field.db_type(connection)}'
            + (f" PRIMARY KEY {field.db_type_suffix(connection) or ''}" if field.primary_key else "")
            for field in Thing._meta.local_fields
        )
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE TABLE "{Thing._meta.db_table}" ({columns})')
        yield Thing
        with connection.cursor() as cursor:
            cursor.execute(f'DROP TABLE "{Thing._meta.db_table}"')
