"""What the movement policy holds back, for people: by which rule, and when the change would happen."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count
from django.utils.formats import date_format
from django.utils.translation import gettext as _, ngettext

from customers.models import Customer, Tier
from tiering import policy
from tiering.models import Decision, Grading, Hold, Run, SchemeVersion
from toolbox.calendars import ONE_DAY, period_end_of
from toolbox.templatetags import formats


@dataclass(frozen=True, slots=True)
class Held:
    """One change: what holds it, and when it would happen."""

    hold: Hold
    why: str
    when: str


def explained(holds: Iterable[Hold], version: SchemeVersion, *, as_of: date) -> list[Held]:
    """`version` is `whole()`; the holds are of a run of it as of that day."""
    rules, tiers = version.policy(), [floor.tier_id for floor in version.floors.all()]
    cadence = version.scheme.cadence
    found = []
    for hold in holds:
        if not hold.by:
            continue
        below = formats.score(policy.line_of(rules, tiers.index(hold.from_tier_id)))
        left = policy.runs_left(rules, hold.runs)
        said = SAID | (SAID_OF_RULES if rules.by_rules else {})
        why, when = said[hold.by](hold, below, left, day_of(as_of, cadence, max(left, 1)))
        found.append(Held(hold, why, when))
    return found


def day_of(as_of: date, cadence: str, runs: int) -> str:
    """As of which day the so-manieth re-grade from now on is, by the schedule."""
    for _run in range(runs):
        as_of = period_end_of(as_of + ONE_DAY, cadence)
    return date_format(as_of)


def by_margin(hold: Hold, below: str, _left: int, _day: str) -> tuple[str, str]:
    words = {"tier": hold.from_tier.name, "lower": hold.to_tier.name, "below": below}
    return (
        _("The score is that of %(lower)s, but within the margin of %(tier)s.") % words,
        _("It moves to %(lower)s when its score is below %(below)s in a re-grade.") % words,
    )


def by_dwell(hold: Hold, below: str, left: int, day: str) -> tuple[str, str]:
    why = ngettext(
        "The score is too low for %(tier)s in %(runs)s re-grade so far; a downgrade takes %(needed)s in a row.",
        "The score is too low for %(tier)s in %(runs)s re-grades so far; a downgrade takes %(needed)s in a row.",
        hold.runs,
    ) % {"tier": hold.from_tier.name, "runs": hold.runs, "needed": hold.runs + left}
    when = _("It moves to %(lower)s with the re-grade as of %(day)s if its score is still below %(below)s.")
    return why, when % {"lower": hold.to_tier.name, "day": day, "below": below}


def by_step(hold: Hold, _below: str, _left: int, day: str) -> tuple[str, str]:
    return (
        _("The score is that of %(lower)s, but a customer goes down one tier at a time.")
        % {"lower": hold.to_tier.name},
        _("The next step comes with the re-grade as of %(day)s if the score is still as low.") % {"day": day},
    )


def by_approval(hold: Hold, _below: str, _left: int, _day: str) -> tuple[str, str]:
    return (
        _("Leaving %(tier)s for %(other)s takes somebody's approval.")
        % {"tier": hold.from_tier.name, "other": hold.to_tier.name},
        _("It moves when somebody accepts it in the review of a re-grade."),
    )


def by_dwell_of_rules(hold: Hold, _below: str, left: int, day: str) -> tuple[str, str]:
    why = ngettext(
        "The rules of %(tier)s are not met in %(runs)s re-grade so far; a downgrade takes %(needed)s in a row.",
        "The rules of %(tier)s are not met in %(runs)s re-grades so far; a downgrade takes %(needed)s in a row.",
        hold.runs,
    ) % {"tier": hold.from_tier.name, "runs": hold.runs, "needed": hold.runs + left}
    when = _("It moves to %(lower)s with the re-grade as of %(day)s if they are still not met.")
    return why, when % {"lower": hold.to_tier.name, "day": day}


def by_step_of_rules(hold: Hold, _below: str, _left: int, day: str) -> tuple[str, str]:
    return (
        _("The rules give %(lower)s, but a customer goes down one tier at a time.")
        % {"lower": hold.to_tier.name},
        _("The next step comes with the re-grade as of %(day)s if the rules still give it.") % {"day": day},
    )


SAID: dict[str, Callable[[Hold, str, int, str], tuple[str, str]]] = {
    Grading.Kept.MARGIN: by_margin,
    Grading.Kept.DWELL: by_dwell,
    Grading.Kept.STEP: by_step,
    Grading.Kept.APPROVAL: by_approval,
}
SAID_OF_RULES: dict[str, Callable[[Hold, str, int, str], tuple[str, str]]] = {
    Grading.Kept.DWELL: by_dwell_of_rules,
    Grading.Kept.STEP: by_step_of_rules,
}
"""Where no score decides."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why a customer is not in the tier that the last re-grade proposed."""

    decision: Decision
    tier: Tier


def of_grading(grading: Grading | None) -> tuple[Held | None, Rejected | None]:
    """What holds the customer in its tier since that published re-grade: the policy, or a person's rejection."""
    if grading is None:
        return None, None
    run, customer = grading.run, grading.customer_id
    decision = run.decisions.filter(customer=customer).select_related("by").first()
    if decision and decision.is_accepted:
        return None, None
    if decision:
        movement = run.movements.select_related("to_tier").get(customer=customer)
        return None, Rejected(decision, movement.to_tier)
    hold = (
        Hold.objects.filter(run=run, customer=customer)
        .exclude(by="")
        .select_related("from_tier", "to_tier")
        .first()
    )
    if hold is None:
        return None, None
    version = SchemeVersion.objects.whole().get(pk=run.version_id)
    [held] = explained([hold], version, as_of=run.as_of)
    return held, None


def rejections(customer: Customer) -> list[Decision]:
    """Changes that people rejected before a re-grade was published, the newest first."""
    rejected = customer.decisions.filter(is_accepted=False, run__state__in=Run.WAS_PUBLISHED)
    return list(rejected.select_related("run", "by").order_by("-pk")[:24])


def counted(run: Run) -> list[tuple[str, str, int]]:
    """Of each rule: its key, its name, and how many it holds."""
    sums = dict(run.holds.exclude(by="").order_by().values_list("by").annotate(n=Count("pk")))
    return [(kept.value, str(kept.label), sums[kept.value]) for kept in Grading.Kept if kept.value in sums]
