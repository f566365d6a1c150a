"""Handing customers over from one account manager to another: asked for, talked through, accepted. Nothing is lost."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _, ngettext

from accounts.models import User
from customers import handing, signals, telling
from customers.models import Customer, Handed, Handover, HandoverItem
from customers.models.handover import Step
from customers.services.freeze import recording
from customers.services.profile import assign

State: Final = Handover.State
BATCH: Final = 2_000


@transaction.atomic
def ask(
    customers: Sequence[int], *, giver: User | None, taker: User, by: User, at: datetime, words: str = ""
) -> Handover:
    """Ask `taker` to take these customers of `giver` over. The checklist is made of what there is now."""
    if giver == taker:
        raise ValidationError({"taker": _("Choose somebody else than who has the customer.")})
    if not taker.is_active:
        raise ValidationError({"taker": _("%(name)s no longer works here.") % {"name": taker.name}})
    held = Customer.objects.filter(pk__in=customers, owner=giver).select_for_update(of=("self",))
    pks = list(held.order_by("pk").values_list("pk", flat=True))
    if not pks:
        raise ValidationError(_("There is no customer to hand over."))
    waiting = Handed.objects.filter(customer__in=pks, is_open=True).count()
    if waiting:
        raise ValidationError(
            ngettext(
                "%(count)s of these customers is being handed over already. Withdraw that first.",
                "%(count)s of these customers are being handed over already. Withdraw that first.",
                waiting,
            )
            % {"count": waiting}
        )
    handover = Handover.objects.create(giver=giver, taker=taker, by=by, at=at, words=words)
    Handed.objects.bulk_create((Handed(handover=handover, customer_id=pk) for pk in pks), batch_size=BATCH)
    counted = ((part.key, part.rows(handover).order_by().count()) for part in handing.parts.values())
    HandoverItem.objects.bulk_create(
        HandoverItem(handover=handover, part=key, count=count) for key, count in counted if count
    )
    telling.tell_asked(handover)
    return handover


def take_further(
    handover: Handover,
    step: str,
    *,
    by: User,
    at: datetime,
    item: HandoverItem | None = None,
    reason: str = "",
) -> None:
    """One step of whoever may take it; a line of the checklist is ticked or not."""
    if item:
        tick(item, by=by, at=at, is_done=step == Step.TICK)
    elif step == Step.ACCEPT:
        accept(handover, by=by, at=at)
    elif step == Step.DECLINE:
        decline(handover, by=by, at=at, reason=reason)
    elif step == Step.WITHDRAW:
        withdraw(handover, by=by, at=at, reason=reason)


@transaction.atomic
def tick(item: HandoverItem, *, by: User, at: datetime, is_done: bool) -> bool:
    """Talked through, or not after all. False where the hand-over is settled by then, or the line is so already."""
    if Handover.objects.open().select_for_update().filter(pk=item.handover_id).first() is None:
        return False
    still = HandoverItem.objects.filter(pk=item.pk, ticked_at__isnull=is_done)
    return bool(still.update(ticked_at=at if is_done else None, ticked_by=by if is_done else None))


@transaction.atomic
def accept(handover: Handover, *, by: User, at: datetime) -> Handover:
    """Take the customers over: those that the giver still has. Refused while a line of the checklist is open."""
    recording()
    row = _settle(handover, state=State.ACCEPTED, by=by, at=at)
    if row.items.filter(ticked_at=None).exists():
        raise ValidationError(_("Tick every line of the checklist first."))
    if not row.taker.is_active:
        raise ValidationError(_("%(name)s no longer works here.") % {"name": row.taker.name})
    held = handing.theirs(row).filter(owner=row.giver).select_for_update(of=("self",)).order_by("pk")
    pks = list(held.values_list("pk", flat=True))
    for start in range(0, len(pks), BATCH):
        move = handing.Move(
            customers=pks[start : start + BATCH], giver=row.giver, taker=row.taker, by=by, at=at
        )
        for part in handing.parts.values():
            if part.move and (moved := part.move(move)):
                items = HandoverItem.objects.filter(handover=row, part=part.key)
                items.filter(moved=None).update(moved=0)
                items.update(moved=F("moved") + moved)
    assign(pks, by=by, owner=row.taker)
    _close(row, moved=pks)
    signals.tell(pks)
    telling.tell_settled(row)
    return row


@transaction.atomic
def decline(handover: Handover, *, by: User, at: datetime, reason: str) -> Handover:
    """The successor does not take them, and says why. Everything stays as it is."""
    return _call_off(handover, state=State.DECLINED, by=by, at=at, reason=reason)


@transaction.atomic
def withdraw(handover: Handover, *, by: User, at: datetime, reason: str = "") -> Handover:
    return _call_off(handover, state=State.WITHDRAWN, by=by, at=at, reason=reason)


def _call_off(handover: Handover, *, state: str, by: User, at: datetime, reason: str) -> Handover:
    if state == State.DECLINED and not reason:
        raise ValidationError({"reason": _("Say why you do not take the customers over.")})
    row = _settle(handover, state=state, by=by, at=at, reason=reason)
    _close(row, moved=[])
    telling.tell_settled(row)
    return row


def _settle(handover: Handover, *, state: str, by: User, at: datetime, reason: str = "") -> Handover:
    """The one way out of waiting; whoever comes second is told."""
    still = Handover.objects.open().filter(pk=handover.pk)
    if not still.update(state=state, settled_by=by, settled_at=at, reason=reason):
        raise ValidationError(_("This hand-over is settled already."))
    return Handover.objects.select_related("giver", "taker", "by", "settled_by").get(pk=handover.pk)


def _close(row: Handover, *, moved: list[int]) -> None:
    for start in range(0, len(moved), BATCH):
        Handed.objects.filter(handover=row, customer__in=moved[start : start + BATCH]).update(moved=True)
    Handed.objects.filter(handover=row).update(is_open=False)


def owned_by(person: User, *, seen_by: User) -> Q:
    """The whole book of somebody, as far as who hands it over sees it."""
    return Q(owner=person, pk__in=Customer.objects.visible_to(seen_by).values("pk"))
