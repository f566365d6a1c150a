"""Is what is stored what it should be? The checks of any installation, each streaming or set-wise."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from tiering.models import Run, Scheme
from tiering.verifying import history, standings
from tiering.verifying.findings import MOST, Difference, Findings
from tiering.verifying.moment import one_moment
from tiering.verifying.replay import Replay, replay

__all__ = ["MOST", "Checked", "Difference", "Findings", "Replay", "one_moment", "replay", "runs_of", "verify"]


@dataclass(frozen=True)
class Checked:
    """`run` is None where it is about the book as it stands."""

    run: Run | None
    findings: Findings
    replay: Replay | None = None


def runs_of(*, run: int | None = None, everything: bool = False) -> list[Run]:
    """The last published run of each scheme that grades, one by its number, or all, the oldest first."""
    runs = Run.objects.select_related("version__scheme", "scheme")
    if run is not None:
        return list(runs.filter(pk=run))
    if everything:
        return list(runs.order_by("pk"))
    newest = runs.published().exclude(trigger=Run.Trigger.UNDO).order_by("-as_of", "-frozen_at", "-pk")
    lasts = (
        newest.in_line_with(scheme.pk, is_default=scheme.is_default).first()
        for scheme in Scheme.objects.grading()
    )
    return list({run.pk: run for run in lasts if run}.values())


def verify(runs: Iterable[Run], *, today: date, plain: bool = False) -> Iterator[Checked]:
    """Every check of these runs and of the book as it stands; all see the same moment."""
    with one_moment():
        yield Checked(None, standings.protected())
        yield Checked(None, standings.chains())
        yield Checked(None, standings.tiers_of_standings())
        yield Checked(None, standings.standings(today))
        for run in runs:
            yield from verify_run(run, plain=plain)


def verify_run(run: Run, *, plain: bool = False) -> Iterator[Checked]:
    for check in (
        history.graded_once,
        history.whole,
        history.movements,
        history.changes,
        history.reasons,
    ):
        yield Checked(run, check(run))
    replayed = replay(run, plain=plain)
    yield Checked(run, replayed.findings, replayed)
