"""What is done with many promises together: all of it, or nothing and why, row by row."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Department, User
from accounts.notices import News, tell
from customers.models import Interaction
from customers.services import add_facts
from maintenance.models import Obligation, Snooze
from maintenance.services.keeping import (
    KEPT,
    SET_ASIDE,
    day_to_move_to,
    mark_kept,
    mark_set_aside,
    office_days,
    refuse_settled,
    when_kept,
)
from maintenance.services.planning import replan
from maintenance.telling import HANDED_OVER

AT_ONCE: Final = 500
"""Rows of one statement."""


class RefusedError(Exception):
    """Nothing was done. `why` says for each row that stands in the way what is the matter with it."""

    def __init__(self, why: dict[int, str]) -> None:
        super().__init__(why)
        self.why = why


@transaction.atomic
def complete_many(
    pks: Collection[int],
    *,
    by: User,
    at: datetime,
    channel: str,
    note: str,
    topic: str = "",
    on: date | None = None,
) -> int:
    """Kept together: of each customer one contact says how, whatever number of promises it keeps."""
    kept_at = when_kept(on, at=at)
    rows = _taken(pks, by=by)
    said: dict[tuple[int, str], Interaction] = {}
    for row in rows:
        mark_kept(row, by=by, at=kept_at, how=Obligation.How.SAID)
        said.setdefault(
            (row.customer_id, row.department),
            Interaction(
                customer_id=row.customer_id, by=by, at=kept_at, channel=channel, note=note, topic=topic,
                department=row.department,
            ),
        )  # fmt: skip
    Obligation.objects.bulk_update(rows, KEPT, batch_size=AT_ONCE)
    add_facts(said.values())
    for row in rows:
        row.interaction = said[row.customer_id, row.department]
    Obligation.objects.bulk_update(rows, ["interaction"], batch_size=AT_ONCE)
    return _planned_anew(rows, at=at)


@transaction.atomic
def snooze_many(pks: Collection[int], *, by: User, at: datetime, until: date, reason: str) -> int:
    """All due on the same other day."""
    today, overrides = timezone.localdate(at), office_days()
    days: set[date] = set()

    def may_move(row: Obligation) -> None:
        days.add(day_to_move_to(row, until, today=today, overrides=overrides))

    rows = _taken(pks, by=by, check=may_move)
    for day in days:  # there is one
        Snooze.objects.bulk_create(
            Snooze(obligation=row, was_due_on=row.due_on, until=day, reason=reason, by=by, at=at)
            for row in rows
        )
        Obligation.objects.filter(pk__in=[row.pk for row in rows]).update(due_on=day)
    return len(rows)


@transaction.atomic
def skip_many(pks: Collection[int], *, by: User, at: datetime, reason: str) -> int:
    return _set_aside(_taken(pks, by=by), state=Obligation.State.SKIPPED, by=by, at=at, reason=reason)


@transaction.atomic
def excuse_many(pks: Collection[int], *, by: User, at: datetime, reason: str) -> int:
    """By who answers for them, never by who owes them."""

    def may_excuse(row: Obligation) -> None:
        if not row.may_be_excused_by(by):
            raise ValidationError(_("Only who answers for it can excuse it."))

    rows = _taken(pks, by=by, check=may_excuse)
    return _set_aside(rows, state=Obligation.State.EXCUSED, by=by, at=at, reason=reason)


@transaction.atomic
def hand_over(pks: Collection[int], *, by: User, at: datetime, to: User | None) -> int:
    """To a colleague of the department that owes it, or back to anybody there.

    Whoever is given something is told once. What sales owes follows the customer's account manager: there the customer
    is given to somebody else.
    """

    def may_go(row: Obligation) -> None:
        if row.department == Department.SALES:
            raise ValidationError(
                _("What sales owes is for the account manager: give the customer to somebody else instead.")
            )
        if to and not (to.is_active and to.department == row.department):
            raise ValidationError(
                _("%(name)s does not work in the department that owes this."), params={"name": to.name}
            )

    rows = _taken(pks, by=by, check=may_go)
    moved = Obligation.objects.filter(pk__in=[row.pk for row in rows]).update(assignee=to)
    if to and to != by:
        facts = {"promises": [row.pk for row in rows], "by": by.name}
        tell(HANDED_OVER, [News(to.pk, f"{HANDED_OVER}-{by.pk}-{at.isoformat()}", facts)], at=at)
    return moved


def _set_aside(rows: list[Obligation], *, state: str, by: User, at: datetime, reason: str) -> int:
    for row in rows:
        mark_set_aside(row, state=state, by=by, at=at, reason=reason)
    Obligation.objects.bulk_update(rows, SET_ASIDE, batch_size=AT_ONCE)
    return _planned_anew(rows, at=at)


def _planned_anew(rows: list[Obligation], *, at: datetime) -> int:
    replan({row.customer_id for row in rows}, today=timezone.localdate(at))
    return len(rows)


def _taken(
    pks: Collection[int], *, by: User, check: Callable[[Obligation], None] | None = None
) -> list[Obligation]:
    """The rows as they now stand, locked in one order. Raises RefusedError where any cannot be acted on."""
    rows = list(
        Obligation.objects.visible_to(by)
        .filter(pk__in=pks)
        .select_for_update(of=("self",))
        .select_related("customer", "promise", "tier", "completed_by", "set_aside_by")
        .order_by("pk")
    )
    gone = set(pks) - {row.pk for row in rows}
    why = dict.fromkeys(gone, _("No longer there, or no longer yours to see."))
    for row in rows:
        try:
            refuse_settled(row)
            if not row.may_be_kept_by(by):
                raise ValidationError(_("Another department owes this."))  # noqa: TRY301 - told like the others
            if check:
                check(row)
        except ValidationError as refusal:
            why[row.pk] = " ".join(refusal.messages)
    if why:
        raise RefusedError(why)
    return rows
