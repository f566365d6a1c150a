"""Which contact keeps a promise, said by somebody who knows better."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from customers.models import Interaction
from maintenance.models import Match, Obligation
from maintenance.services.keeping import keep, still_open
from maintenance.services.planning import replan


@transaction.atomic
def take_back(obligation: Obligation, *, by: User, at: datetime, reason: str) -> Obligation:
    """It was not kept after all: open again as it was, and what was planned after it is withdrawn."""
    row = _reopened(obligation, by=by, at=at, reason=reason)
    replan([row.customer_id], today=timezone.localdate(at))
    row.refresh_from_db()
    return row


@transaction.atomic
def choose(
    obligation: Obligation, contact: Interaction, *, by: User, at: datetime, reason: str = ""
) -> Obligation:
    """This contact keeps it. Where another one did so far, `reason` says why that does not."""
    if contact.customer_id != obligation.customer_id:
        raise ValidationError(_("Choose a contact with this customer."))
    if Obligation.objects.done().filter(pk=obligation.pk).exists():
        _reopened(obligation, by=by, at=at, reason=reason)
    row = still_open(obligation)
    keep(row, by=contact.by, at=contact.at, how=Obligation.How.CHOSEN, interaction=contact)
    Match.objects.create(obligation=row, interaction=contact, by=by, at=at)
    replan([row.customer_id], today=timezone.localdate(at))
    return row


def _reopened(obligation: Obligation, *, by: User, at: datetime, reason: str) -> Obligation:
    row = Obligation.objects.select_for_update(of=("self",)).get(pk=obligation.pk)
    if row.state != Obligation.State.DONE:
        raise ValidationError(_("It is not kept: there is nothing to take back."))
    if not reason:
        raise ValidationError({"reason": _("Say why the contact does not keep it.")})
    if not row.order_id:
        _withdraw_what_followed(row, at=at)
    if row.interaction:
        Match.objects.create(
            obligation=row, interaction=row.interaction, holds=False, reason=reason, by=by, at=at
        )
    row.state, row.how, row.interaction = Obligation.State.OPEN, "", None
    row.completed_at = row.completed_by = None
    row.save(update_fields=["state", "how", "interaction", "completed_at", "completed_by"])
    return row


def _withdraw_what_followed(row: Obligation, *, at: datetime) -> None:
    like = Obligation.objects.filter(
        customer=row.customer_id, key=row.key, department=row.department, order=None
    )
    later = like.exclude(state__in=[Obligation.State.OPEN, Obligation.State.WITHDRAWN]).filter(pk__gt=row.pk)
    if last := later.order_by("-pk").first():
        raise ValidationError(
            _("The next one, due on %(day)s, is settled already: correct that one first.")
            % {"day": date_format(last.due_on)}
        )
    like.open().update(
        state=Obligation.State.WITHDRAWN,
        withdrawn_on=timezone.localdate(at),
        why=Obligation.Why.REOPENED,
    )
