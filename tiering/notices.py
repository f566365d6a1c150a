"""What account managers are told: their customers' tier changes, and tiers set by hand that are about to end."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

from django.db.models import Count, F, Model, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from accounts import webhooks
from accounts.models import Notice, User
from accounts.notices import News, Words, register, tell
from customers import scales
from customers.models import Customer
from tiering import reasons
from tiering.models import Override, Run, TierChange

M = TypeVar("M", bound=Model)

OF_A_RUN: Final = "tier_changes_of_a_run"
CHANGE: Final = "tier_change"
ENDING: Final = "override_ending"
LINES: Final = 20
WARNED: Final = timedelta(days=7)
"""So long before its last day people are told that a tier set by hand ends."""
MISSED: Final = timedelta(days=1)


def announce(run: Run, *, at: datetime) -> None:
    """Each account manager whose customers changed tier is told once, however many they are."""
    same_scale = Q(to_tier__scale=F("from_tier__scale"))
    present = run.changes.filter(customer__archived_at=None)  # a run may have waited for its review
    owned = present.exclude(customer__owner=None).order_by().values("customer__owner")
    counts = owned.annotate(
        up=Count("pk", filter=same_scale & Q(to_tier__rank__lt=F("from_tier__rank"))),
        down=Count("pk", filter=same_scale & Q(to_tier__rank__gt=F("from_tier__rank"))),
        rescaled=Count("pk", filter=Q(from_tier__isnull=False, to_tier__isnull=False) & ~same_scale),
        all=Count("pk"),
    )
    news = [
        News(
            recipient_id=row["customer__owner"],
            key=f"run-{run.pk}",
            facts={"run": run.pk, **{name: row[name] for name in ("up", "down", "rescaled", "all")}},
        )
        for row in counts
    ]
    tell(OF_A_RUN, news, at=at)
    webhooks.tell(OF_A_RUN, key=f"run-{run.pk}", facts={"run": run.pk}, at=at)


def announce_missed(*, at: datetime) -> None:
    """Published runs of which nobody was told, because a worker was lost in between."""
    for run in Run.objects.published().filter(published_at__gt=at - MISSED):
        if not Notice.objects.filter(key=f"run-{run.pk}").exists():
            announce(run, at=at)


def announce_changes(changes: "QuerySet[TierChange]", *, at: datetime) -> None:
    """Outside of a run. Who did it knows it."""
    found = list(changes.order_by("pk").values_list("pk", "customer__owner", "by"))
    news = [News(owner, f"change-{pk}", {"change": pk}) for pk, owner, by in found if owner and owner != by]
    if news:
        tell(CHANGE, news, at=at)
    webhooks.tell_all(CHANGE, {f"change-{pk}": {"change": pk} for pk, _owner, _by in found}, at=at)


def warn_of_endings(*, at: datetime) -> None:
    """Who set a tier by hand, and whose customer it is, hear of it before it ends."""
    today = timezone.localdate(at)
    ending = Override.objects.ending(today, within=WARNED).of_active_customers().select_related("customer")
    news = [
        News(person, f"override-{override.pk}-{override.expires_on}", {"override": override.pk})
        for override in ending
        for person in {override.by_id, override.customer.owner_id or override.by_id}
    ]
    tell(ENDING, news, at=at)


# How they read


def about(kind: str, notices: Iterable[Notice], rows: QuerySet[M], reader: User) -> dict[int, M]:
    """The rows that notices are about, by id, of customers whom the reader may see."""
    seen = Customer.objects.visible_to(reader)
    return rows.filter(pk__in=[n.facts[kind] for n in notices], customer__in=seen).in_bulk()


def of_a_run(notices: Sequence[Notice], reader: User) -> dict[int, Words]:
    runs = Run.objects.select_related("scheme").in_bulk([notice.facts["run"] for notice in notices])
    found = {}
    for notice in notices:
        if run := runs.get(notice.facts["run"]):
            found[notice.pk] = Words(
                title=headline(run, notice.facts["all"]),
                text=course(notice.facts),
                url=f"{reverse('tiering:changes')}?run={run.pk}&owner={reader.pk}",
                lines=partial(largest, run, reader),
            )
    return found


def headline(run: Run, count: int) -> str:
    if run.undoes_id:
        words = ngettext(
            "Re-grade %(period)s was undone: %(count)s of your customers has its tier of before again",
            "Re-grade %(period)s was undone: %(count)s of your customers have their tier of before again",
            count,
        )
        return words % {"period": run.period, "count": count}
    if run.trigger == Run.Trigger.UPGRADE:
        words = ngettext(
            "Upgraded between re-grades: %(count)s of your customers",
            "Upgraded between re-grades: %(count)s of your customers",
            count,
        )
        return words % {"count": count}
    words = ngettext(
        "Re-grade %(period)s: %(count)s of your customers changed tier",
        "Re-grade %(period)s: %(count)s of your customers changed tier",
        count,
    )
    return words % {"period": run.period, "count": count}


def course(facts: dict[str, Any]) -> str:
    rescaled = facts.get("rescaled", 0)
    first = facts["all"] - facts["up"] - facts["down"] - rescaled
    words = {"up": facts["up"], "down": facts["down"], "first": first, "rescaled": rescaled}
    said = _("%(up)s up, %(down)s down.") % words
    if first:
        said = _("%(up)s up, %(down)s down, %(first)s graded for the first time.") % words
    if rescaled:
        moved = ngettext(
            "%(rescaled)s went to another scheme's scale.",
            "%(rescaled)s went to another scheme's scale.",
            rescaled,
        )
        said = f"{said} {moved % words}"
    return said


def largest(run: Run, reader: User) -> list[str]:
    """Whose changes weigh most, in words."""
    own = TierChange.objects.filter(run=run, customer__owner=reader)
    seen = own.filter(customer__in=Customer.objects.visible_to(reader))
    by_amount = F("customer__standing__annual_amount").desc(nulls_last=True)
    rows = list(
        seen.select_related("customer", "from_tier", "to_tier")
        .with_reasons()
        .order_by(by_amount, "pk")[: LINES + 1]
    )
    lines = [
        _("%(step)s. %(why)s") % {"step": step(change), "why": reasons.why(change)} for change in rows[:LINES]
    ]
    return [*lines, _("… and more")] if len(rows) > LINES else lines


def step(change: TierChange) -> str:
    scales.tell_steps_apart([change])
    return _("%(customer)s: %(before)s → %(after)s") % {
        "customer": change.customer.name,
        "before": change.from_tier.label if change.from_tier else _("Not yet graded"),
        "after": change.to_tier.label if change.to_tier else _("Not yet graded"),
    }


def of_a_change(notices: Sequence[Notice], reader: User) -> dict[int, Words]:
    changes = about(
        "change",
        notices,
        TierChange.objects.select_related("customer", "from_tier", "to_tier").with_reasons(),
        reader,
    )
    found = {}
    for notice in notices:
        if change := changes.get(notice.facts["change"]):
            url = reverse("tiering:change", args=[change.pk])
            found[notice.pk] = Words(step(change), reasons.why(change), url)
    return found


def of_an_ending(notices: Sequence[Notice], reader: User) -> dict[int, Words]:
    overrides = about("override", notices, Override.objects.select_related("customer", "tier"), reader)
    scales.tell_from_all([override.tier for override in overrides.values()])
    found = {}
    for notice in notices:
        if override := overrides.get(notice.facts["override"]):
            title = _("%(customer)s: the tier set by hand ends on %(day)s") % {
                "customer": override.customer.name,
                "day": date_format(override.expires_on),
            }
            text = _("%(tier)s, because: %(reason)s") % {
                "tier": override.tier.label,
                "reason": override.reason,
            }
            found[notice.pk] = Words(title, text, reverse("customers:detail", args=[override.customer_id]))
    return found


# Outside


def run_outside(facts: dict[str, Any]) -> Words | None:
    """Counts of the whole book; nobody is named."""
    run = Run.objects.select_related("scheme").filter(pk=facts["run"]).first()
    if run is None:
        return None
    same_scale = Q(to_tier__scale=F("from_tier__scale"))
    counts = run.changes.filter(customer__archived_at=None).aggregate(
        up=Count("pk", filter=same_scale & Q(to_tier__rank__lt=F("from_tier__rank"))),
        down=Count("pk", filter=same_scale & Q(to_tier__rank__gt=F("from_tier__rank"))),
        rescaled=Count("pk", filter=Q(from_tier__isnull=False, to_tier__isnull=False) & ~same_scale),
        all=Count("pk"),
    )
    if not counts["all"]:
        return None
    title = ngettext(
        "Re-grade %(period)s: %(count)s customer changed tier",
        "Re-grade %(period)s: %(count)s customers changed tier",
        counts["all"],
    )
    if run.undoes_id:
        title = ngettext(
            "Re-grade %(period)s was undone: %(count)s customer has its tier of before again",
            "Re-grade %(period)s was undone: %(count)s customers have their tier of before again",
            counts["all"],
        )
    elif run.trigger == Run.Trigger.UPGRADE:
        title = ngettext(
            "Upgraded between re-grades: %(count)s customer",
            "Upgraded between re-grades: %(count)s customers",
            counts["all"],
        )
    title %= {"period": run.period, "count": counts["all"]}
    return Words(title, course(counts), f"{reverse('tiering:changes')}?run={run.pk}")


def change_outside(facts: dict[str, Any]) -> Words | None:
    changes = TierChange.objects.select_related("customer", "from_tier", "to_tier", "cause")
    change = changes.filter(pk=facts["change"]).first()
    return (
        Words(step(change), reasons.why(change), reverse("tiering:change", args=[change.pk]))
        if change
        else None
    )


def register_kinds() -> None:
    webhooks.register(OF_A_RUN, gettext_lazy("Tier changes of a re-grade"), run_outside)
    webhooks.register(CHANGE, gettext_lazy("Tier changes between re-grades"), change_outside)
    register(OF_A_RUN, of_a_run, name=gettext_lazy("Tier changes of a re-grade"))
    register(CHANGE, of_a_change, name=gettext_lazy("Tier changes between re-grades"))
    register(ENDING, of_an_ending, name=gettext_lazy("Tiers set by hand that end soon"))
