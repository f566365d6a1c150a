import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, models, transaction

from toolbox import bulk

pytestmark = pytest.mark.django_db

Things = type[Any]

COLUMNS = ("name", "level", "amount", "is_good", "happened_on", "happened_at", "detail", "parent_id")
AT = datetime(2026, 9, 30, 18, 30, 15, 123456, tzinfo=UTC)


class Level(models.IntegerChoices):
    LOW = 1, "Low"


class Word(models.TextChoices):
    YES = "yes", "Yes"


ROWS: list[tuple[Any, ...]] = [
    ("plain", 1, 10**15, True, date(2026, 2, 28), AT, {"a": [1, None, "é\"'\\"]}, 7),
    ("", 0, None, None, None, None, None, None),
    (r"\N", -1, 0, False, date(1, 1, 1), AT, r"\N", None),
    ("tab\tnew\nline\rback\\slash \\. \\t", 2, -5, True, None, None, [], 1),
    ("重庆\u2028长安 😀", 3, 1, True, None, None, {"名": "中\n\t文"}, None),
    ("\\u0000", 3, 1, True, None, None, {"x": "\\u0000"}, None),
    (Word.YES, Level.LOW, Level.LOW, True, None, None, 0, None),
    ("\\.", 3, 1, True, None, None, False, None),
]


def test_what_is_inserted_is_what_the_orm_would_have_saved(thing_model: Things) -> None:
    assert bulk.insert(thing_model, COLUMNS, ROWS) == len(ROWS)
    saved = list(thing_model.objects.order_by("pk").values_list(*COLUMNS))
    thing_model.objects.all().delete()
    thing_model.objects.bulk_create([thing_model(**dict(zip(COLUMNS, row, strict=True))) for row in ROWS])
    assert saved == list(thing_model.objects.order_by("pk").values_list(*COLUMNS)) == ROWS


def test_what_is_there_already_is_left_out(thing_model: Things) -> None:
    columns = ("id", *COLUMNS)
    first = [(n, *row) for n, row in enumerate(ROWS, start=1)]
    assert bulk.insert_missing(thing_model, columns, first[1:3]) == 2
    thing_model.objects.filter(pk=2).update(level=77)

    assert bulk.insert_missing(thing_model, columns, first) == len(ROWS) - 2
    saved = list(thing_model.objects.order_by("pk").values_list(*columns))
    assert saved == [row if row[0] != 2 else (*row[:2], 77, *row[3:]) for row in first]
    assert bulk.insert_missing(thing_model, columns, []) == 0


def test_a_text_that_is_too_long_is_refused_not_cut(thing_model: Things) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no lengths")
    with pytest.raises(DataError), transaction.atomic():
        bulk.insert_missing(thing_model, ["name", "level"], [("x" * 1_000, 1)])


def test_json_is_kept_as_the_orm_keeps_it(thing_model: Things) -> None:
    bulk.insert(thing_model, ["level", "name", "detail"], [(0, "", {"名": 1})])
    thing_model.objects.create(detail={"名": 1})
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT detail FROM "{thing_model._meta.db_table}"')
        first, second = cursor.fetchall()
    assert first == second
    assert json.loads(first[0]) == {"名": 1}


def test_an_iterator_is_read_once_and_in_batches(thing_model: Things) -> None:
    n = bulk.ROWS_PER_BATCH * 2 + 1

    def rows() -> Iterator[tuple[str, int]]:
        yield from (("x", level) for level in range(n))

    assert bulk.insert(thing_model, ["name", "level"], rows()) == n
    assert thing_model.objects.count() == n
    assert bulk.insert(thing_model, ["name", "level"], iter([])) == 0


@pytest.mark.parametrize("row", [("a\0b", None), ("", {"a": "\0"}), ("", "\\\0")])
def test_a_nul_character_is_refused_and_nothing_is_kept(thing_model: Things, row: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match="contains a NUL character"):
        bulk.insert(thing_model, ["name", "detail", "level"], [("fine", {}, 1), (*row, 1)])
    assert not thing_model.objects.exists()


def test_not_a_number_is_not_json(thing_model: Things) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        bulk.insert(thing_model, ["name", "level", "detail"], [("", 1, {"a": float("nan")})])


def test_a_row_of_another_length_is_refused(thing_model: Things) -> None:
    with pytest.raises(ValueError, match="shorter"):
        bulk.insert(thing_model, ["name", "level"], [("a",)])


def test_what_the_database_refuses_is_an_error_of_django_and_leaves_no_row(thing_model: Things) -> None:
    rows = [(level, "", level) for level in range(bulk.ROWS_PER_BATCH + 5)]
    with pytest.raises((IntegrityError, DataError)):
        bulk.insert(thing_model, ["id", "name", "level"], [*rows, (0, "", 1)])
    assert not thing_model.objects.exists()
