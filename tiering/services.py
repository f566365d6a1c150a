"""What people do about tiers: set one by hand, end that, add words to a change, rate, give a figure."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from customers.models import Assessment, Customer, Figure, Standing, Tier
from customers.services import add_fact
from tiering.models import Override, TierChange
from tiering.publishing import tell


@transaction.atomic
def set_by_hand(
    customer: Customer, *, tier: Tier, reason: str, expires_on: date, by: User, at: datetime
) -> Override:
    """The tier holds until its last day, whatever runs compute meanwhile. An earlier one by hand is replaced."""
    standing = Standing.objects.select_for_update().get(customer=customer)
    Override.objects.filter(customer=customer, ended_at=None).update(ended_at=at)
    override = Override.objects.create(
        customer=customer, tier=tier, reason=reason, expires_on=expires_on, by=by, at=at
    )
    change = {"kind": "by_hand", "expires_on": expires_on.isoformat()}
    move(standing, tier, reason=change, words=reason, by=by, at=at)
    Standing.objects.filter(pk=standing.pk).update(is_overridden=True)
    return override


@transaction.atomic
def end_by_hand(override: Override, *, by: User | None, at: datetime) -> None:
    """Back to the computed tier. Ending it twice changes nothing."""
    if not Override.objects.filter(pk=override.pk, ended_at=None).update(ended_at=at):
        return
    standing = Standing.objects.select_for_update().get(customer=override.customer_id)
    if standing.computed_tier_id and standing.computed_tier:
        move(standing, standing.computed_tier, reason={"kind": "override_ended"}, words="", by=by, at=at)
    Standing.objects.filter(pk=standing.pk).update(is_overridden=False)


def end_expired(*, at: datetime) -> int:
    """Nightly: overrides whose last day is over."""
    expired = Override.objects.filter(ended_at=None, expires_on__lt=timezone.localdate(at))
    for override in expired:
        end_by_hand(override, by=None, at=at)
    return len(expired)


def move(standing: Standing, tier: Tier, *, reason: dict[str, object], words: str, by: User | None, at: datetime) -> None:
    """One customer's tier changes outside of a run: the change row, the standing, the news."""
    if standing.tier_id == tier.pk:
        return
    day = timezone.localdate(at)
    TierChange.objects.create(
        customer_id=standing.pk, from_tier_id=standing.tier_id, to_tier=tier, effective_on=day, changed_at=at, by=by,
        reason=reason, words=words,
    )  # fmt: skip
    Standing.objects.filter(pk=standing.pk).update(tier=tier, since=day)
    tell([standing.pk])


def rate(customer: Customer, *, indicator: str, rating: int, evidence: str, by: User, on: date) -> Assessment:
    assessment = Assessment(
        customer=customer, indicator=indicator, rating=rating, evidence=evidence, rater=by, rated_on=on
    )
    add_fact(assessment)
    return assessment


def give(customer: Customer, *, indicator: str, value: int, as_of: date, source: str, by: User) -> Figure:
    figure = Figure(customer=customer, indicator=indicator, value=value, as_of=as_of, source=source, by=by)
    add_fact(figure)
    return figure
