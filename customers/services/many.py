"""Creating and changing many customers at once, as is done with one: with a standing and a row of history."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, NamedTuple

from django.db import connection, models, transaction
from django.db.models import F, Q, Value

from accounts.models import User
from customers import handing, signals
from customers.models import Contact, Customer, Duplicate, Standing
from customers.services.facts import former_names
from customers.services.freeze import recording
from toolbox import bulk, pinyin

BATCH: Final = 5_000
COLUMNS: Final = [field.attname for field in Customer._meta.concrete_fields if not field.primary_key]
KEPT: Final = [field.attname for field in Customer.history.model.tracked_fields]
"""What a row of history keeps, the id first."""


@transaction.atomic
def create_many(customers: Iterable[Customer], *, by: User | None) -> dict[str, int]:
    """Save new customers as they are, set-wise, and answer with their ids by code. Each brings its code.

    Their history begins at their `created_at`, by their `_history_user` where it was somebody else than `by`.
    """
    recording()
    ids: dict[str, int] = {}
    rest = iter(customers)
    while batch := list(islice(rest, BATCH)):
        ids |= _create(batch, by)
    return ids


def _create(customers: list[Customer], by: User | None) -> dict[str, int]:
    for customer in customers:
        customer.prepare()
        customer.updated_at = customer.created_at
    pks = _write({name: [getattr(customer, name) for customer in customers] for name in COLUMNS})
    by_author: dict[int | None, list[int]] = {}
    for customer, pk in zip(customers, pks, strict=True):
        customer.pk = pk
        author: User | None = getattr(customer, "_history_user", by)
        by_author.setdefault(author.pk if author else None, []).append(pk)
    for wrote, own in by_author.items():
        _remember(own, "+", wrote, F("created_at"))
    return {customer.code: customer.pk for customer in customers}


class Reading(NamedTuple):
    """How a name sounds: by what it is searched and sorted."""

    initials: str
    key: str
    searched: str
    """The name and its initials, as they are searched."""


def reading_of(name: str) -> Reading:
    initials = Customer.initials_for(name)
    return Reading(initials, pinyin.sort_key(name), Customer.search_text_of((name, initials)))


def create_profiles(
    columns: Mapping[str, Sequence[Any]], *, readings: Sequence[Reading], by: User, at: datetime
) -> list[int]:
    """As `create_many`, of profiles that are given column by column, code and name among them. Ids in their order.

    Of columns that are not given each has what a new customer has. Whoever calls has called `recording()`.
    """
    codes = columns["code"]
    count = len(codes)
    blank = Customer(created_at=at, updated_at=at)
    written: dict[str, Sequence[Any]] = {
        **{name: [getattr(blank, name)] * count for name in COLUMNS},
        **columns,
        "initials": [reading.initials for reading in readings],
        "name_key": [reading.key for reading in readings],
        "search_text": [
            f"{pinyin.normalise(code)}\n{reading.searched}"
            for code, reading in zip(codes, readings, strict=True)
        ],
    }
    pks = _write(written)
    _remember(pks, "+", by.pk, F("created_at"))
    return pks


def _write(written: Mapping[str, Sequence[Any]]) -> list[int]:
    """The profiles, each with its standing."""
    pks = next_ids(Customer, len(written["code"]))
    bulk.insert(Customer, ["id", *COLUMNS], zip(pks, *(written[name] for name in COLUMNS), strict=True))
    bulk.insert(Standing, ["customer_id", "is_overridden"], ([pk, False] for pk in pks))
    return pks


def next_ids(model: type[models.Model], count: int) -> list[int]:
    """Ids that nobody else gets. On SQLite whoever writes is alone."""
    if not count:
        return []
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "WITH own AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS ids) "
                "SELECT nextval(own.ids) FROM own, generate_series(1, %s)",
                [f'"{table}"', count],
            )
            return [pk for (pk,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
        first = (found[0] if found else 0) + 1
    return list(range(first, first + count))


# Changing and taking back many


def change_profiles(changes: Mapping[int, Mapping[str, Any]], *, by: User, at: datetime) -> None:
    """Other values in the columns of profiles, each customer's own, by id, set-wise, with history.

    Whoever calls has called `recording()` and holds the rows locked.
    """
    given_away: list[int] = []
    renamed: list[int] = []
    for pks in _stretches(sorted(changes)):
        customers = list(Customer.objects.filter(pk__among=pks).order_by("pk"))
        touched = sorted({name for pk in pks for name in changes[pk]})
        derived, given = ["version", "updated_at"], list[handing.Given]()
        if {"name", "code"} & set(touched):
            derived += ["name_key"] + ["initials"] * ("initials" not in touched)
        for customer in customers:
            wanted = changes[customer.pk]
            if wanted.get("owner_id", customer.owner_id) != customer.owner_id:
                given.append(handing.Given(customer.pk, customer.owner_id, wanted["owner_id"]))
            if "name" in wanted or "code" in wanted:
                renamed.append(customer.pk)
                if customer.initials == customer.initials_of_name:
                    customer.initials = ""  # nobody corrected them: they follow the name
            for name, value in wanted.items():
                setattr(customer, name, value)
            if "name" in wanted:
                customer.prepare()
            customer.version += 1
            customer.updated_at = at
        written = touched + derived
        bulk.update(
            Customer, written, ([one.pk, *(getattr(one, name) for name in written)] for one in customers)
        )
        _remember(pks, "~", by.pk, Value(at))
        handing.follow(given, by=by, at=at)
        given_away += [one.customer for one in given]
    refresh_search_of(renamed)
    signals.tell(given_away)


def refresh_search_of(pks: Sequence[int]) -> None:
    """The search texts of many after changes of names, codes or contacts. No new version: the profiles are the same."""
    for stretch in _stretches(sorted(set(pks))):
        more: dict[int, list[str]] = {}
        contacts = Contact.objects.filter(customer__among=stretch).order_by("pk")
        for pk, *words in contacts.values_list("customer_id", "name", "phone"):
            more.setdefault(pk, []).extend(word for word in words if word)
        for into in (
            Customer.objects.filter(merged_into__among=stretch)
            .values_list("merged_into", flat=True)
            .distinct()
        ):
            more.setdefault(into or 0, []).extend(former_names([into or 0]))
        customers = Customer.objects.filter(pk__among=stretch).only("code", "name", "initials")
        bulk.update(
            Customer,
            ["search_text"],
            ([one.pk, one.searchable(more.get(one.pk))] for one in customers.order_by("pk")),
        )


def in_use(
    pks: Sequence[int], *, besides: Mapping[type[models.Model], set[int]] | None = None
) -> dict[int, str]:
    """Of customers on whom something hangs besides their standing: what that is, in the words of people.

    `besides` names rows that are about to go themselves.
    """
    found: dict[int, str] = {}
    for relation in Customer._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ForeignObjectRel):
            continue
        model: Any = relation.related_model
        if model in {Standing, Duplicate, Customer.history.model}:
            continue
        name = relation.field.name
        for stretch in _stretches(list(pks)):
            rows = model._default_manager.filter(**{f"{name}__among": stretch})
            if going := (besides or {}).get(model):
                used = {pk for pk, own in rows.values_list(name, "pk") if own not in going}
            else:
                used = set(rows.values_list(name, flat=True).distinct())
            for pk in used:
                found.setdefault(pk, str(model._meta.verbose_name_plural))
    return found


def delete_many(
    pks: Sequence[int], *, by: User, at: datetime, along: Sequence[type[models.Model]] = ()
) -> None:
    """Customers on whom nothing hangs (`in_use`) but rows of `along`, with a row of history that says so."""
    for stretch in _stretches(sorted(pks)):
        _remember(stretch, "-", by.pk, Value(at))
        Duplicate.objects.filter(Q(first__in=stretch) | Q(second__in=stretch)).delete()
        models_of: tuple[Any, ...] = (*along, Standing)
        theirs = [model._default_manager.filter(customer__among=stretch) for model in models_of]
        for rows in (*theirs, Customer.objects.filter(pk__among=stretch)):
            rows._raw_delete(rows.db)  # noqa: SLF001 - Django's own, without a look at each relation


def _remember(pks: Sequence[int], how: str, by: int | None, at: F | Value) -> None:
    """A row of history for each, of how it stands."""
    said = (at, Value(how), Value(by, output_field=models.IntegerField(null=True)))
    bulk.insert_selected(
        Customer.history.model,
        [*KEPT, "history_date", "history_type", "history_user_id"],
        Customer.objects.filter(pk__among=pks).order_by("pk").values_list(*KEPT, *said),
    )


def _stretches(pks: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(pks), BATCH):
        yield pks[start : start + BATCH]
