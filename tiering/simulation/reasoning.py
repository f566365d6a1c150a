"""Why customers would stand elsewhere: the reason that a re-grade would write, split into data and scheme."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db.models import F

from tiering import attribution, explanation, reasons, scoring
from tiering.book import Ints
from tiering.comparing import EFFECTS
from tiering.explanation import Graded
from tiering.models import Grading
from tiering.simulation.counting import ASSIGNED, UNKNOWN

if TYPE_CHECKING:
    from tiering.simulation.trying import Trial

SHOWN_PARTS = 3


def sentences(trial: "Trial", rows: Ints) -> list[str]:
    """From what each is laid beside: the grading that its standing shows, or the version in force on the same data.

    Nothing where somebody has been graded since the book was measured: it would start from another score than is shown.
    """
    values = [raw_values(trial, row) for row in rows.tolist()]
    if trial.in_force:
        rules = trial.in_force.rules()
        before: list[Graded | None] = [graded(rules, each) for each in values]
    else:
        stored = last_gradings(trial.measured["id"][rows].tolist())
        before = [stored.get(pk) for pk in trial.measured["id"][rows].tolist()]
    names = {indicator.key: indicator.name for indicator in trial.version.indicators()}
    shown = (None if total < 0 else total for total in trial.before.total[rows].tolist())
    return [
        sentence(old, graded(trial.rules, each), names) if (old.total if old else None) == total else ""
        for old, each, total in zip(before, values, shown, strict=True)
    ]


def sentence(before: Graded | None, after: Graded, names: reasons.Names) -> str:
    if after.total is None:
        return ""
    split = attribution.split(before, after)
    effects = reasons.Effects(**{effect: split.of(effect) for effect in EFFECTS})
    stored = explanation.explain(before, after).as_json()
    return reasons.sentence(stored, most=SHOWN_PARTS, effects=effects if before else None, names=names)


def raw_values(trial: "Trial", row: int) -> Mapping[str, int | None]:
    found = {key: int(trial.measured[key][row]) for key in trial.measured.keys if key != ASSIGNED}
    return {key: None if value == UNKNOWN else value for key, value in found.items()}


def graded(rules: scoring.Scheme, values: Mapping[str, int | None]) -> Graded:
    verdict = scoring.grade(rules, values)
    return Graded(rules, verdict.values, verdict.points, verdict.total, verdict.coverage)


def last_gradings(customers: list[int]) -> dict[int, Graded]:
    """Those that standings show, of customers that have one."""
    shown = Grading.objects.filter(customer__in=customers, customer__standing__grading_id=F("pk"))
    return {
        row.customer_id: Graded(row.run.version.kept_rules(), row.values, row.points, row.total, row.coverage)
        for row in shown.select_related("run__version")
    }
