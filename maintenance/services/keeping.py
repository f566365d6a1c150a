"""Promises kept, put off, skipped and excused by somebody."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from customers.models import Interaction
from customers.services import log_interaction, moment_of
from maintenance.models import CalendarOverride, Obligation, Snooze
from maintenance.services.planning import replan
from toolbox.calendars import next_working_day

KEPT = ["interaction", "state", "completed_at", "completed_by", "how", "missed_on"]
SET_ASIDE = ["state", "set_aside_at", "set_aside_by", "reason", "missed_on"]
"""What changes then."""
LONGEST_REASON = 500
MOST_SNOOZED = timedelta(days=90)
"""About a quarter: whoever would wait longer promises something else, which is for the playbook to say."""


@transaction.atomic
def complete(
    obligation: Obligation,
    *,
    by: User,
    at: datetime,
    channel: str,
    note: str,
    topic: str = "",
    on: date | None = None,
    next_on: date | None = None,
) -> Obligation:
    """Kept, now or on an earlier day: an interaction says how, and the next one is planned, on the day agreed if there is
    one.

    Refused when it is no longer open, or when the next one cannot be due on that day.
    """
    kept_at = when_kept(on, at=at)
    row = still_open(obligation)
    # first: the contact then keeps only what else it fits
    keep(row, by=by, at=kept_at, how=Obligation.How.SAID)
    row.interaction = log_interaction(
        row.customer, by=by, at=kept_at, channel=channel, note=note, topic=topic, department=row.department
    )
    row.save(update_fields=["interaction"])
    replan([row.customer_id], today=timezone.localdate(at))
    if next_on:
        _plan_next(row, by=by, at=at, on=next_on, reason=note)
    return row


def when_kept(on: date | None, *, at: datetime) -> datetime:
    try:
        return moment_of(on, now=at)
    except ValidationError as refusal:
        raise ValidationError({"on": refusal.messages}) from refusal


def following(row: Obligation) -> Obligation | None:
    """The next of its kind, already planned. Nothing follows a reaction to an order."""
    like = Obligation.objects.open().filter(
        customer=row.customer_id, key=row.key, department=row.department, order=None
    )
    return like.exclude(pk=row.pk).first()


def _plan_next(row: Obligation, *, by: User, at: datetime, on: date, reason: str) -> None:
    """What was agreed is why it is due then."""
    after = following(row)
    if after is None:
        raise ValidationError({"next_on": _("Nothing follows this promise: leave the day empty.")})
    if on <= timezone.localdate(at):
        raise ValidationError({"next_on": _("Choose a day after today.")})
    if next_working_day(on, overrides=office_days()) == after.due_on:
        return
    try:
        snooze(after, by=by, at=at, until=on, reason=reason[:LONGEST_REASON])
    except ValidationError as refusal:
        raise ValidationError({"next_on": refusal.messages}) from refusal


def keep(
    row: Obligation, *, by: User, at: datetime, how: str, interaction: Interaction | None = None
) -> None:
    mark_kept(row, by=by, at=at, how=how, interaction=interaction)
    row.save(update_fields=KEPT)


def mark_kept(
    row: Obligation, *, by: User, at: datetime, how: str, interaction: Interaction | None = None
) -> None:
    """When it was past its grace by then, it was broken all the same. Saved by who calls."""
    row.state, row.completed_at, row.completed_by, row.how = Obligation.State.DONE, at, by, how
    row.interaction = interaction
    row.note_if_missed(timezone.localdate(at))


@transaction.atomic
def skip(obligation: Obligation, *, by: User, at: datetime, reason: str) -> Obligation:
    """Not this time, with a reason: it is not kept, and the next one is planned."""
    return _set_aside(obligation, state=Obligation.State.SKIPPED, by=by, at=at, reason=reason)


@transaction.atomic
def excuse(obligation: Obligation, *, by: User, at: datetime, reason: str) -> Obligation:
    """Not our fault, says who answers for it: it does not count, and the next one is planned."""
    return _set_aside(obligation, state=Obligation.State.EXCUSED, by=by, at=at, reason=reason)


def _set_aside(obligation: Obligation, *, state: str, by: User, at: datetime, reason: str) -> Obligation:
    row = still_open(obligation)
    mark_set_aside(row, state=state, by=by, at=at, reason=reason)
    row.save(update_fields=SET_ASIDE)
    replan([row.customer_id], today=timezone.localdate(at))
    return row


def mark_set_aside(row: Obligation, *, state: str, by: User, at: datetime, reason: str) -> None:
    """Saved by who calls."""
    row.note_if_missed(timezone.localdate(at))
    row.state, row.set_aside_at, row.set_aside_by, row.reason = state, at, by, reason


@transaction.atomic
def snooze(obligation: Obligation, *, by: User, at: datetime, until: date, reason: str) -> Obligation:
    """Due on another working day, with a reason: later, or sooner than it has to be."""
    row = still_open(obligation)
    day = day_to_move_to(row, until, today=timezone.localdate(at), overrides=office_days())
    Snooze.objects.create(obligation=row, was_due_on=row.due_on, until=day, reason=reason, by=by, at=at)
    row.due_on = day
    row.save(update_fields=["due_on"])
    return row


def office_days() -> dict[date, bool]:
    """Where the office's calendar differs from the public one."""
    return dict(CalendarOverride.objects.values_list("day", "is_working"))


def day_to_move_to(row: Obligation, until: date, *, today: date, overrides: Mapping[date, bool]) -> date:
    """The working day on which it is then due. Raises ValidationError where it cannot be."""
    latest = max(today, row.originally_due_on) + MOST_SNOOZED
    if until < today or (until == today and row.due_on <= today):
        raise ValidationError({"until": _("Choose a day after today.")})
    if until > latest:
        limit = {"days": MOST_SNOOZED.days, "day": date_format(latest)}
        message = _("Choose %(day)s or earlier: a promise is put off by %(days)s days at most.") % limit
        raise ValidationError({"until": message})
    day = next_working_day(until, overrides=overrides)
    if day == row.due_on:
        raise ValidationError({"until": _("It is due on that day already.")})
    return day


def still_open(obligation: Obligation) -> Obligation:
    """The row as it now stands, locked; refused calmly when somebody was faster, or archived the customer."""
    rows = Obligation.objects.select_for_update(of=("self",)).select_related(
        "customer", "promise", "tier", "completed_by", "set_aside_by"
    )
    row = rows.get(pk=obligation.pk)
    refuse_settled(row)
    return row


def refuse_settled(row: Obligation) -> None:
    """Raises ValidationError in words for whoever came too late."""
    if row.completed_by and row.completed_at:
        day = date_format(timezone.localdate(row.completed_at))
        raise ValidationError(
            _("Already done by %(name)s on %(day)s."), params={"name": row.completed_by.name, "day": day}
        )
    if row.set_aside_by and row.set_aside_at:
        day = date_format(timezone.localdate(row.set_aside_at))
        raise ValidationError(
            _("Set aside by %(name)s on %(day)s."), params={"name": row.set_aside_by.name, "day": day}
        )
    if not row.is_open:
        raise ValidationError(_("No longer owed: %(why)s."), params={"why": row.get_why_display()})
    if row.customer.archived_at:
        raise ValidationError(_("The customer is archived: nothing is owed until it is restored."))
