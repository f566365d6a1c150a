"""What people do about tiers: set one by hand, end that, rate, give a figure; and about schemes: copy, put in force."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from customers.models import Assessment, Customer, Figure, Standing, Tier
from customers.services import add_fact, recording
from tiering import notices, refusals
from tiering.measures import fresh, measures
from tiering.models import (
    Aim,
    CategoryCorrection,
    Cause,
    Condition,
    Grading,
    Indicator,
    Movement,
    Override,
    Remark,
    Scheme,
    SchemeVersion,
    TierChange,
)
from tiering.models.governing import POLICY_COLUMNS
from tiering.publishing import lock_the_book, tell
from tiering.rule_faults import wrong_rules
from tiering.scoring import PERCENT

AT_ONCE: Final = 1_000


@transaction.atomic
def set_by_hand(
    customer: Customer, *, tier: Tier, reason: str, expires_on: date, by: User, at: datetime
) -> Override:
    """The tier holds until its last day, whatever runs compute meanwhile. An earlier one by hand is replaced."""
    set_many_by_hand({customer.pk: tier}, reason=reason, expires_on=expires_on, by=by, at=at)
    return Override.objects.get(customer=customer, ended_at=None)


@transaction.atomic
def set_many_by_hand(
    tiers: Mapping[int, Tier], *, reason: str, expires_on: date, by: User, at: datetime
) -> None:
    """By the ids of customers, set-wise, for one reason until one day."""
    recording()
    lock_the_book()
    change: dict[str, object] = {"kind": "by_hand", "expires_on": expires_on.isoformat()}
    for pks in stretches(tiers):
        present = dict(Standing.objects.filter(pk__in=pks).values_list("pk", "tier"))
        earlier = Override.objects.filter(customer__in=pks, ended_at=None)
        before = present | dict(earlier.values_list("customer", "tier_before"))
        earlier.update(ended_at=at)
        Override.objects.bulk_create(
            Override(
                customer_id=pk, tier=tiers[pk], tier_before_id=before[pk], reason=reason, expires_on=expires_on, by=by, at=at
            )
            for pk in pks
        )  # fmt: skip
        move_many({pk: tiers[pk] for pk in pks}, reason=change, words=reason, by=by, at=at)
        Standing.objects.filter(pk__in=pks).update(is_overridden=True)


@transaction.atomic
def take_back_by_hand(
    before: Mapping[int, tuple[Tier | None, int | None]], *, by: User, at: datetime
) -> None:
    """Tiers set by hand become again what they were: the tier, and which one by hand it was, as far as it holds still."""
    recording()
    lock_the_book()
    today = timezone.localdate(at)
    for pks in stretches(before):
        Override.objects.filter(customer__in=pks, ended_at=None).update(ended_at=at)
        asked = [override for pk in pks if (override := before[pk][1])]
        again = Override.objects.filter(pk__in=asked, expires_on__gte=today)
        held = list(again.values_list("customer", flat=True))
        again.update(ended_at=None)
        move_many(
            {pk: before[pk][0] for pk in pks}, reason={"kind": "override_ended"}, words="", by=by, at=at
        )
        Standing.objects.filter(pk__in=pks).update(is_overridden=False)
        Standing.objects.filter(pk__in=held).update(is_overridden=True)


def stretches(pks: Iterable[int]) -> Iterator[list[int]]:
    every = sorted(pks)
    for at in range(0, len(every), AT_ONCE):
        yield every[at : at + AT_ONCE]


@transaction.atomic
def end_by_hand(override: Override, *, by: User | None, at: datetime) -> None:
    """Back to the tier of the last run; where that knew too little to give one, to the tier before. Once."""
    recording()
    lock_the_book()
    standing = Standing.objects.get(customer=override.customer_id)
    if not Override.objects.filter(pk=override.pk, ended_at=None).update(ended_at=at):
        return
    tier = given_by_last_run(standing) or override.tier_before
    move(standing, tier, reason={"kind": "override_ended"}, words="", by=by, at=at)
    Standing.objects.filter(pk=standing.pk).update(is_overridden=False)


def given_by_last_run(standing: Standing) -> Tier | None:
    """The tier that the last published run gave, if enough was known."""
    last = Grading.objects.select_related("run__version", "computed_tier", "tier")
    grading = last.filter(pk=standing.grading_id).first() if standing.grading_id else None
    if grading is None or grading.total is None:
        return None
    if grading.coverage < grading.run.version.coverage_floor_in_basis_points:
        return None
    stopped = Movement.objects.filter(run=grading.run_id, customer=standing.pk).stopped()
    if movement := stopped.select_related("from_tier").first():
        return movement.from_tier
    return grading.computed_tier if grading.kept == Grading.Kept.OVERRIDE else grading.tier


def end_expired(*, at: datetime) -> int:
    """Nightly: overrides whose last day is over."""
    expired = Override.objects.filter(ended_at=None, expires_on__lt=timezone.localdate(at))
    for override in expired:
        end_by_hand(override, by=None, at=at)
    return len(expired)


def move(
    standing: Standing,
    tier: Tier | None,
    *,
    reason: dict[str, object],
    words: str,
    by: User | None,
    at: datetime,
) -> None:
    """One customer's tier changes outside of a run: the change row, the standing, the news."""
    move_many({standing.pk: tier}, reason=reason, words=words, by=by, at=at)


def move_many(
    tiers: Mapping[int, Tier | None],
    *,
    reason: dict[str, object],
    words: str,
    by: User | None,
    at: datetime,
) -> None:
    """Whoever has another tier by now than this, by the ids of customers."""
    stood = dict(Standing.objects.filter(pk__in=list(tiers)).values_list("pk", "tier"))
    moved = {
        pk: tier for pk, tier in tiers.items() if pk in stood and stood[pk] != (tier.pk if tier else None)
    }
    if not moved:
        return
    day = timezone.localdate(at)
    TierChange.objects.bulk_create(
        TierChange(
            customer_id=pk, from_tier_id=stood[pk], to_tier=tier, effective_on=day, changed_at=at, by=by, reason=reason,
            words=words,
        )
        for pk, tier in moved.items()
    )  # fmt: skip
    whose: dict[int | None, list[int]] = {}
    for pk, tier in moved.items():
        whose.setdefault(tier.pk if tier else None, []).append(pk)
    for tier_pk, pks in whose.items():
        Standing.objects.filter(pk__in=pks).update(tier=tier_pk, since=day)
    tell(list(moved))
    changes = TierChange.objects.filter(customer__in=list(moved), changed_at=at, run=None)
    transaction.on_commit(lambda: notices.announce_changes(changes, at=at), robust=True)


def remark(change: TierChange, *, words: str, by: User, at: datetime) -> Remark:
    return Remark.objects.create(change=change, words=words, by=by, at=at)


@transaction.atomic
def categorise(change: TierChange, *, category: str, by: User, at: datetime) -> CategoryCorrection:
    """What a person says counts; what was computed stays beside it, and so does what others said before."""
    said = CategoryCorrection.objects.create(change=change, category=category, by=by, at=at)
    Cause.objects.update_or_create(change=change, defaults={"category": category})
    return said


def make_aim(
    customer: Customer, *, what: str, due_on: date, assignee: User, tier: Tier | None, by: User, at: datetime
) -> Aim:
    return Aim.objects.create(
        customer=customer, what=what, due_on=due_on, assignee=assignee, tier=tier, by=by, created_at=at
    )


def finish_aim(aim: Aim, *, by: User, at: datetime) -> bool:
    """Once; False where it is done already."""
    return bool(Aim.objects.open().filter(pk=aim.pk).update(done_at=at, done_by=by))


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


# Schemes


class NotReadyError(ValueError):
    """A version that cannot be put in force as it stands; each line of the message is for people."""


@transaction.atomic
def copy_version(version: SchemeVersion, *, by: User, into: Scheme | None = None) -> SchemeVersion:
    """A new draft that says the same, of another scheme where that is said: how a version in force is changed. Its
    note says whence and by whom."""
    scheme = Scheme.objects.select_for_update().get(pk=into.pk if into else version.scheme_id)
    original = SchemeVersion.objects.whole().get(pk=version.pk)
    draft = SchemeVersion.objects.create(
        scheme=scheme,
        number=next_number(scheme),
        window_months=original.window_months,
        coverage_floor=original.coverage_floor,
        decides_by=original.decides_by,
        note=f"{original if into else f'v{original.number}'}, {by.name}",
        **{name: getattr(original, name) for name in POLICY_COLUMNS},
    )
    for floor in original.floors.all():
        asked = list(floor.conditions.all())
        floor.pk, floor.version = None, draft
        floor.save(force_insert=True)
        Condition.objects.bulk_create(Condition(floor=floor, **each.said()) for each in asked)
    for dimension in original.dimensions.all():
        indicators = list(dimension.indicators.all())
        dimension.pk, dimension.version = None, draft
        dimension.save(force_insert=True)
        for indicator in indicators:
            indicator.pk, indicator.dimension = None, dimension
        Indicator.objects.bulk_create(indicators)
    return draft


def next_number(scheme: Scheme) -> int:
    return int(scheme.versions.aggregate(top=Max("number"))["top"] or 0) + 1


@transaction.atomic
def put_in_force(version: SchemeVersion, *, by: User, at: datetime, note: str) -> SchemeVersion:
    """The next re-grades go by this draft; the version in force until now is retired. A draft is that no more.

    Raises NotReadyError, and changes nothing, where it does not add up.
    """
    Scheme.objects.select_for_update().get(pk=version.scheme_id)
    draft = SchemeVersion.objects.whole().get(pk=version.pk)
    if found := faults(draft):
        raise NotReadyError("\n".join(found))
    draft.scheme.versions.filter(state=SchemeVersion.State.PUBLISHED).update(
        state=SchemeVersion.State.RETIRED
    )
    draft.state = SchemeVersion.State.PUBLISHED
    draft.published_at, draft.published_by, draft.note = at, by, note
    draft.save(update_fields=["state", "published_at", "published_by", "note"])
    return draft


def faults(version: SchemeVersion) -> list[str]:
    """What keeps a version (`whole()`) from being put in force, in sentences with the sums found."""
    if not version.is_draft:
        return [_("Only a draft can be put in force. Copy this version to a draft first.")]
    return wrong_in(version)


def wrong_in(version: SchemeVersion) -> list[str]:
    """Why a version (`whole()`) does not add up, whatever its state."""
    decides = wrong_rules(version) if version.is_by_rules else wrong_floors(version)
    return [
        *wrong_sums(version),
        *wrong_keys(version),
        *wrong_curves(version),
        *wrong_tiers(version),
        *decides,
    ]


def wrong_sums(version: SchemeVersion) -> Iterator[str]:
    dimensions = version.dimensions.all()
    if (total := sum(dimension.weight for dimension in dimensions)) != PERCENT:
        yield _("The weights of the dimensions add up to %(sum)s, not to 100.") % {"sum": total}
    for dimension in dimensions:
        if (total := sum(indicator.weight for indicator in dimension.indicators.all())) != PERCENT:
            message = _("The weights in “%(dimension)s” add up to %(sum)s, not to 100.")
            yield message % {"dimension": dimension.name, "sum": total}


def wrong_keys(version: SchemeVersion) -> Iterator[str]:
    seen: set[str] = set()
    for indicator in version.indicators():
        if indicator.key not in measures() and indicator.key not in fresh():
            yield _("Nobody knows how to measure “%(indicator)s”.") % {"indicator": indicator.name}
        if indicator.key in seen:
            yield _("“%(indicator)s” stands in the scheme twice.") % {"indicator": indicator.name}
        seen.add(indicator.key)


def wrong_curves(version: SchemeVersion) -> Iterator[str]:
    for indicator in version.indicators():
        try:
            indicator.curve()
        except (TypeError, ValueError) as error:
            words = {"indicator": indicator.name, "why": refusals.said(error)}
            yield _("The curve of “%(indicator)s” cannot be used: %(why)s") % words


def wrong_floors(version: SchemeVersion) -> Iterator[str]:
    floors = version.floors.all()
    totals = [floor.total for floor in floors]
    if not totals or totals != sorted(set(totals), reverse=True) or totals[-1]:
        yield _("Floors must fall from the best tier to the last, whose floor is 0.")


def wrong_tiers(version: SchemeVersion) -> Iterator[str]:
    if len({floor.tier.scale for floor in version.floors.all()}) > 1:
        yield _("All floors must be of tiers on the same scale.")


@transaction.atomic
def grade_the_book_by(scheme: Scheme) -> None:
    """The schedule re-grades by one scheme; from now on it is this one."""
    if not scheme.versions.filter(state=SchemeVersion.State.PUBLISHED).exists():
        raise NotReadyError(_("“%(scheme)s” has no version in force yet.") % {"scheme": scheme.name})
    lock_the_book()
    Scheme.objects.filter(is_default=True).exclude(pk=scheme.pk).update(is_default=False)
    scheme.is_default = True
    scheme.save(update_fields=["is_default"])
