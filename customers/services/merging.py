"""Making one customer of two, and two again.

Nobody records anything meanwhile: a merge takes the lock of the freeze. So whatever was begun before it is in and
moves along, and whatever comes after it goes to whoever stayed. To a run, facts that moved are facts that were
corrected: one that froze before reads them as they stood (`freeze.as_they_stood`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.apps import apps
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from customers import handing, signals
from customers.models import Contact, Correction, Customer, Merge, Standing
from customers.models.fact import Fact
from customers.services.facts import refresh_search
from customers.services.freeze import freeze
from customers.services.profile import StaleEditError

PATIENCE: Final = timedelta(seconds=10)
"""How long a person waits for somebody who is loading a file."""
BATCH: Final = 500
KEPT, TAKEN, BOTH = "kept", "taken", "both"
"""Whose field the one customer has: its own, that of the one that went, or one below the other."""
FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "name": ("name", "initials"),
    "kind": ("kind",),
    "lifecycle": ("lifecycle",),
    "owner": ("owner_id", "team_id"),
    "industry": ("industry",),
    "size": ("size",),
    "province": ("province", "city"),
    "source": ("source",),
    "preferred_channel": ("preferred_channel",),
    "cooperation_since": ("cooperation_since",),
    "notes": ("notes",),
}
"""What is chosen between two profiles, and the columns it comes with. Codes stay as they are."""
MAIN_CONTACTS: Final = "main contacts"
"""Not a model: contacts that were the first to call of the customer that went."""

_going: Final[dict[type[models.Model], Q]] = {}
_once: Final[dict[type[models.Model], str]] = {}
_staying: Final[set[type[models.Model]]] = set()


class RefusedError(ValueError):
    """A merge, or an undo, that must not be; the message is for people."""


def goes_along(model: type[models.Model], which: Q | None = None, *, once: str = "") -> None:
    """From now on rows of this model (their `customer`) move in a merge; all, or those.

    `once` names what a customer has one row for at most: where the keeper has its own, the other's stays behind.
    """
    _going[model] = which or Q()
    if once:
        _once[model] = once


def stays(*kept: type[models.Model]) -> None:
    """Rows of these models stay with the customer of whom they were made."""
    _staying.update(kept)


def undecided() -> set[type[models.Model]]:
    """Models with a `customer` of which nobody has said what becomes of them in a merge."""
    found = {
        model
        for model in apps.get_models()
        if any(field.name == "customer" and field.related_model is Customer for field in model._meta.fields)
    }
    return found - set(_going) - _staying


def going() -> list[tuple[type[models.Model], Q]]:
    """By kind: whoever corrects many locks them in this order."""
    return sorted(_going.items(), key=lambda each: each[0]._meta.model_name or "")


def rows_of(customer: Customer, model: type[models.Model]) -> models.QuerySet[Any]:
    return model._default_manager.filter(_going[model], customer=customer)


def what_moves(customer: Customer) -> list[tuple[str, int]]:
    """Of what how many, in the words of people."""
    counted = [(model, rows_of(customer, model).count()) for model, _which in going()]
    return [(str(model._meta.verbose_name_plural), count) for model, count in counted if count]


@transaction.atomic
def merge(keeper: Customer, gone: Customer, *, fields: Mapping[str, str], by: User, at: datetime) -> Merge:
    """All facts of `gone` become `keeper`'s, `gone` is archived and says where it went.

    `fields` says of which field of the profile whose is taken; the keeper's where it says nothing. Raises RefusedError
    where it must not be, StaleEditError where somebody saved one of the two since they were looked at.
    """
    moment = freeze(patience=PATIENCE)
    now = locked(keeper.pk, gone.pk)
    stays_, goes = now.get(keeper.pk), now.get(gone.pk)
    if refusal := why_not(stays_, goes):
        raise RefusedError(refusal)
    assert stays_  # noqa: S101 - refused otherwise
    assert goes  # noqa: S101 - refused otherwise
    for seen, current in ((keeper, stays_), (gone, goes)):
        if seen.version != current.version:
            raise StaleEditError(current)
    changes = chosen(stays_, goes, fields)
    moved = move_all(goes, stays_, by=by, moment=moment)
    done = Merge.objects.create(keeper=stays_, gone=goes, moved=moved, fields=changes, by=by, at=at)
    write(stays_, {name: is_ for name, (_was, is_) in changes.items()}, by=by, moment=moment)
    write(goes, {"archived_at": at, "merged_into_id": stays_.pk}, by=by, moment=moment)
    refresh_search(stays_)
    signals.tell([stays_.pk, goes.pk])
    return done


def locked(*pks: int) -> dict[int, Customer]:
    """Always in the same order."""
    rows = Customer.objects.filter(pk__in=pks).select_for_update(of=("self",)).order_by("pk")
    return {customer.pk: customer for customer in rows}


def why_not(keeper: Customer | None, gone: Customer | None) -> str:
    """Why the two must not be merged, for people; empty where they may."""
    if keeper is None or gone is None:
        return _("One of the two customers is gone.")
    if keeper.pk == gone.pk:
        return _("A customer cannot be merged with itself.")
    for customer in (gone, keeper):
        if customer.merged_into_id:
            return _("“%(name)s” went into another customer already.") % {"name": customer.name}
        if customer.is_archived:
            return _("“%(name)s” is archived. Restore it first.") % {"name": customer.name}
    by_hand = Standing.objects.filter(customer__in=[keeper, gone], is_overridden=True)
    if set(by_hand.values_list("customer", flat=True)) == {
        gone.pk
    }:  # where both are, that of whoever stays holds
        return _(
            "The tier of “%(name)s” is set by hand, which would be lost. Let that customer stay, or end it first."
        ) % {"name": gone.name}
    return ""


def chosen(keeper: Customer, gone: Customer, fields: Mapping[str, str]) -> dict[str, list[Any]]:
    """{column: [before, after]} of the profile that stays."""
    changes: dict[str, list[Any]] = {}
    for name, columns in FIELDS.items():
        for column in columns:
            before, other = getattr(keeper, column), getattr(gone, column)
            match fields.get(name, KEPT):
                case "taken":
                    after = other
                case "both":
                    after = one_below_the_other(before, other)
                case _kept:
                    after = before
            if after != before:
                changes[column] = [before, after]
    return changes


def one_below_the_other(*texts: str) -> str:
    joined = "\n\n".join(text for text in texts if text)
    longest = Customer._meta.get_field("notes").max_length or 0
    if len(joined) > longest:
        raise RefusedError(_("The notes of the two are too long to be joined. Choose those of one."))
    return joined


def move_all(gone: Customer, keeper: Customer, *, by: User, moment: datetime) -> dict[str, list[int]]:
    moved = {MAIN_CONTACTS: step_back(gone, keeper)}
    for model, _which in going():
        moved[model._meta.label_lower] = move(
            lacking(rows_of(gone, model), keeper), keeper, by=by, moment=moment
        )
    return {kind: pks for kind, pks in moved.items() if pks}


def lacking(rows: models.QuerySet[Any], customer: Customer) -> models.QuerySet[Any]:
    """Without those of which the customer has its one already."""
    if once := _once.get(rows.model):
        own = rows_of(customer, rows.model)
        return rows.exclude(**{f"{once}__in": own.values(once)})
    return rows


def step_back(gone: Customer, keeper: Customer) -> list[int]:
    """One customer has one first contact: where there is one, it stays."""
    if not keeper.contacts.filter(is_primary=True).exists():
        return []
    mains = gone.contacts.filter(is_primary=True)
    pks = sorted(mains.values_list("pk", flat=True))
    mains.update(is_primary=False)
    return pks


def move(rows: models.QuerySet[Any], keeper: Customer, *, by: User, moment: datetime) -> list[int]:
    """Give rows to another customer. Of facts, both keep a correction that says so."""
    held = list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", "customer_id"))
    pks = [pk for pk, _customer in held]
    for start in range(0, len(pks), BATCH):
        rows.model._default_manager.filter(pk__in=pks[start : start + BATCH]).update(customer=keeper)
    if issubclass(rows.model, Fact):
        kind = rows.model._meta.model_name or ""
        Correction.objects.bulk_create(
            (
                Correction(
                    customer_id=whose,
                    kind=kind,
                    fact_id=pk,
                    changes={"customer": [before, keeper.pk]},
                    by=by,
                    recorded_at=moment,
                )
                for pk, before in held
                for whose in (before, keeper.pk)
            ),
            batch_size=BATCH,
        )
    return pks


def write(customer: Customer, values: Mapping[str, Any], *, by: User, moment: datetime) -> None:
    """A profile that is locked, with its row of history."""
    if not values:
        return
    changed: dict[str, Any] = {}
    giver = customer.owner_id
    for column, value in values.items():
        field: Any = Customer._meta.get_field(column.removesuffix("_id"))
        changed[field.attname] = field.to_python(value)
    for name, value in changed.items():
        setattr(customer, name, value)
    customer.prepare()
    customer.version += 1
    derived = {name: getattr(customer, name) for name in ("initials", "name_key", "version")}
    Customer.objects.filter(pk=customer.pk).update(**changed | derived, updated_at=timezone.now())
    Customer.history.bulk_history_create([customer], update=True, default_user=by, default_date=moment)
    handing.follow([handing.Given(customer.pk, giver, customer.owner_id)], by=by, at=moment)


# Two again


@transaction.atomic
def undo_merge(merge: Merge, *, by: User, at: datetime) -> Merge:
    """What moved goes back, fields say what they said, and `gone` is worked with again.

    What somebody has given to a third customer, removed or written over since stays as it is: `left` says how much.
    Raises RefusedError where it must not be.
    """
    moment = freeze(patience=PATIENCE)
    now = locked(merge.keeper_id, merge.gone_id)
    row = Merge.objects.select_for_update(of=("self",)).get(pk=merge.pk)
    keeper, gone = now[row.keeper_id], now[row.gone_id]
    if refusal := why_not_undone(row, keeper, at=at):
        raise RefusedError(refusal)
    left = move_back(row, gone, by=by, moment=moment)
    left |= give_fields_back(row, keeper, by=by, moment=moment)
    write(gone, {"archived_at": None, "merged_into_id": None}, by=by, moment=moment)
    row.undone_by, row.undone_at, row.left = by, at, left
    row.save(update_fields=["undone_by", "undone_at", "left"])
    for customer in (keeper, gone):
        refresh_search(customer)
    signals.tell([keeper.pk, gone.pk])
    return row


def why_not_undone(merge: Merge, keeper: Customer, *, at: datetime) -> str:
    """For people; empty where it may be."""
    if merge.undone_at:
        return _("This merge was undone already.")
    if not merge.may_be_undone(at=at):
        return _("A merge can be undone for 30 days; this one could until %(day)s.") % {
            "day": date_format(timezone.localdate(merge.undone_until))
        }
    if keeper.merged_into_id:
        return _("“%(name)s” itself went into another customer since. Undo that merge first.") % {
            "name": keeper.name
        }
    return ""


def move_back(merge: Merge, gone: Customer, *, by: User, moment: datetime) -> dict[str, int]:
    """Answers with how many of what stayed."""
    left = {}
    for model, _which in going():
        wanted = merge.moved.get(model._meta.label_lower, [])
        there = lacking(model._default_manager.filter(customer=merge.keeper_id), gone)
        back = [
            pk
            for start in range(0, len(wanted), BATCH)
            for pk in move(there.filter(pk__in=wanted[start : start + BATCH]), gone, by=by, moment=moment)
        ]
        if len(back) < len(wanted):
            left[model._meta.label_lower] = len(wanted) - len(back)
    mains = Contact.objects.filter(customer=gone, pk__in=merge.moved.get(MAIN_CONTACTS, []))
    mains.update(is_primary=True)
    return left


def give_fields_back(merge: Merge, keeper: Customer, *, by: User, moment: datetime) -> dict[str, int]:
    """Fields that somebody has written over since stay."""
    values, left = {}, {}
    for column, (before, after) in merge.fields.items():
        field: Any = Customer._meta.get_field(column.removesuffix("_id"))
        if getattr(keeper, field.attname) == field.to_python(after):
            values[column] = before
        else:
            left[field.name] = 1
    write(keeper, values, by=by, moment=moment)
    return left


def named(moved: Mapping[str, list[int]]) -> list[tuple[str, int]]:
    """What moved, in the words of people, with how many."""
    return [
        (str(model._meta.verbose_name_plural), len(moved[label]))
        for model, _which in going()
        if (label := model._meta.label_lower) in moved
    ]


def in_words(left: Mapping[str, int]) -> str:
    """Kinds of facts with how many, and fields of the profile."""
    kinds = {model._meta.label_lower: model._meta.verbose_name_plural for model, _which in going()}
    words = [
        f"{kinds[name]} ({count})" if name in kinds else label(name)
        for name, count in left.items()
        if name in kinds or "." not in name
    ]
    return _(", ").join(words)


def label(name: str) -> str:
    """Of a field of the profile."""
    field: Any = Customer._meta.get_field(name)
    return str(field.verbose_name)
