"""Recording, correcting and taking back many facts, as `services.facts` does with one: a Correction keeps what stood there."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.db import connection

from accounts.models import User
from customers.models import Contact, Correction
from customers.models.fact import Fact
from customers.services.facts import survivors
from customers.services.many import next_ids, refresh_search_of
from toolbox import bulk

BATCH: Final = 5_000


def record(
    model: type[Fact], columns: Sequence[str], rows: Sequence[Sequence[Any]], *, at: datetime
) -> list[int]:
    """New facts, set-wise, and their ids in the same order. The first column is "customer_id".

    Whoever calls has called `recording()`, which gave him the moment. Facts of customers who were merged are whoever's
    they went into.
    """
    if not rows:
        return []
    rows = _of_survivors(rows)
    pks = next_ids(model, len(rows))
    numbered = ((pk, *row, at) for pk, row in zip(pks, rows, strict=True))
    bulk.insert(model, ["id", *columns, "recorded_at"], numbered)
    if model is Contact:
        refresh_search_of([row[0] for row in rows])
    return pks


def append(model: type[Fact], columns: Mapping[str, Sequence[Any]], *, at: datetime) -> None:
    """As `record`, of facts whose ids nobody asks for, column by column as `bulk.insert_columns` takes them.

    Not for contacts, which are searched for.
    """
    pks = columns["customer_id"]
    if not pks:
        return
    went = survivors(pks)
    moment = str(connection.ops.adapt_datetimefield_value(at))
    theirs = {"customer_id": [went.get(pk, pk) for pk in pks], "recorded_at": [moment] * len(pks)}
    bulk.insert_columns(model, {**columns, **theirs})


def _of_survivors(rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
    went = survivors(row[0] for row in rows)
    return [(went.get(row[0], row[0]), *row[1:]) for row in rows] if went else rows


def correct(model: type[Fact], changes: Mapping[int, Mapping[str, Any]], *, by: User, at: datetime) -> None:
    """Other values in fields of facts, each fact's own, by id. Whoever calls holds them locked."""
    pks = sorted(changes)
    names = {field.attname: field for field in model._meta.concrete_fields}
    for start in range(0, len(pks), BATCH):
        stretch = pks[start : start + BATCH]
        rows = list(model._default_manager.filter(pk__among=stretch).order_by("pk"))
        touched = sorted({name for pk in stretch for name in changes[pk]})
        left: list[tuple[Any, ...]] = []
        for row in rows:
            said = {}
            for name, value in changes[row.pk].items():
                field: Any = names[name]
                before, after = getattr(row, name), field.to_python(value)
                if before != after:
                    said[field.name] = [before, after]
                    setattr(row, name, after)
            left += _correction(row, said, by, at)
        bulk.update(model, touched, ([row.pk, *(getattr(row, name) for name in touched)] for row in rows))
        _leave(left)
        if model is Contact:
            refresh_search_of([row.customer_id for row in rows])


def take_back(model: type[Fact], pks: Sequence[int], *, by: User, at: datetime) -> None:
    """What should never have been recorded goes; a Correction keeps all it said. Whoever calls holds them locked."""
    rest = iter(sorted(pks))
    while stretch := list(islice(rest, BATCH)):
        rows = list(model._default_manager.filter(pk__among=stretch).order_by("pk"))
        fields = [field for field in model._meta.concrete_fields if not field.primary_key]
        left: list[tuple[Any, ...]] = []
        for row in rows:
            left += _correction(
                row, {field.name: [getattr(row, field.attname), None] for field in fields}, by, at
            )
        _leave(left)
        model._default_manager.filter(pk__among=stretch).delete()
        if model is Contact:
            refresh_search_of([row.customer_id for row in rows])


def _correction(row: Fact, said: Mapping[str, list[Any]], by: User, at: datetime) -> list[tuple[Any, ...]]:
    if not said:
        return []
    kind = row._meta.model_name or ""
    return [(row.customer_id, kind, row.pk, dict(said), by.pk, at)]


def _leave(rows: list[tuple[Any, ...]]) -> None:
    bulk.insert(Correction, ["customer_id", "kind", "fact_id", "changes", "by_id", "recorded_at"], rows)
