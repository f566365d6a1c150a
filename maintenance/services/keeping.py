"""Promises kept, put off, skipped and excused by somebody."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from customers.models import Interaction
from customers.services import log_interaction
from maintenance.models import CalendarOverride, Obligation, Snooze
from maintenance.services.planning import replan
from toolbox.calendars import next_working_day

MOST_SNOOZED = timedelta(days=90)
"""About a quarter: whoever would wait longer promises something else, which is for the playbook to say."""


@transaction.atomic
def complete(
    obligation: Obligation, *, by: User, at: datetime, channel: str, note: str, topic: str = ""
) -> Obligation:
    """Kept: an interaction says how, and the next one is planned. Refused when it is no longer open."""
    row = still_open(obligation)
    keep(row, by=by, at=at, how=Obligation.How.SAID)  # first: the contact then keeps only what else it fits
    row.interaction = log_interaction(
        row.customer, by=by, at=at, channel=channel, note=note, topic=topic, department=row.department
    )
    row.save(update_fields=["interaction"])
    replan([row.customer_id], today=timezone.localdate(at))
    return row


def keep(
    row: Obligation, *, by: User, at: datetime, how: str, interaction: Interaction | None = None
) -> None:
    """When it was past its grace by then, it was broken all the same."""
    row.state, row.completed_at, row.completed_by, row.how = Obligation.State.DONE, at, by, how
    row.interaction = interaction
    row.note_if_missed(timezone.localdate(at))
    row.save(update_fields=["interaction", "state", "completed_at", "completed_by", "how", "missed_on"])


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
    today = timezone.localdate(at)
    row.note_if_missed(today)
    row.state, row.set_aside_at, row.set_aside_by, row.reason = state, at, by, reason
    row.save(update_fields=["state", "set_aside_at", "set_aside_by", "reason", "missed_on"])
    replan([row.customer_id], today=today)
    return row


@transaction.atomic
def snooze(obligation: Obligation, *, by: User, at: datetime, until: date, reason: str) -> Obligation:
    """Due later, with a reason, on a working day; one that was put off may come forward again."""
    row = still_open(obligation)
    today = timezone.localdate(at)
    latest = max(today, row.originally_due_on) + MOST_SNOOZED
    if until <= today:
        raise ValidationError({"until": _("Choose a day after today.")})
    if until > latest:
        limit = {"days": MOST_SNOOZED.days, "day": date_format(latest)}
        message = _("Choose %(day)s or earlier: a promise is put off by %(days)s days at most.") % limit
        raise ValidationError({"until": message})
    until = next_working_day(until, overrides=dict(CalendarOverride.objects.values_list("day", "is_working")))
    if until == row.due_on:
        raise ValidationError({"until": _("It is due on that day already.")})
    if until < row.due_on and not row.is_snoozed:
        raise ValidationError({"until": _("Choose a day after the one on which it is due.")})
    Snooze.objects.create(obligation=row, was_due_on=row.due_on, until=until, reason=reason, by=by, at=at)
    row.due_on = until
    row.save(update_fields=["due_on"])
    return row


def still_open(obligation: Obligation) -> Obligation:
    """The row as it now stands, locked; refused calmly when somebody was faster, or archived the customer."""
    rows = Obligation.objects.select_for_update(of=("self",)).select_related(
        "customer", "promise", "tier", "completed_by", "set_aside_by"
    )
    row = rows.get(pk=obligation.pk)
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
    return row
