"""Taking a committed sheet back: what was changed says again what it said, what was created goes.

What somebody has edited since stands in the way: it is named, and stays as it is when the rest is undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.imports import batches, life
from customers.imports.committing import one_after_the_other
from customers.imports.kind import Candidate, Kind, Obstacle, alike
from customers.imports.planning import every_now_and_then
from customers.models import Import, ImportBatch
from customers.services import recording
from toolbox.failpoints import hit

SHOWN: Final = 200
Outcome = ImportBatch.Outcome


@dataclass
class Found:
    """Obstacles, as people read them."""

    shown: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0

    def add(self, row: Candidate, column: str, problem: str) -> None:
        self.count += 1
        if len(self.shown) < SHOWN:
            self.shown.append({"row": row.number, "label": row.label, "column": column, "problem": problem})


def obstacles(parent: Import) -> Found:
    """What stands in the way now. Changes nothing."""
    kind, found = life.kind_of(parent, at=timezone.now()), Found()
    look_along(kind, parent, found, locks=False)
    for _batch, rows in batches.of(parent, Outcome.NEW):
        removable(kind, rows, found)
    for rows in batches.changes(parent):
        restorable(kind, rows, found)
    return found


def look_along(kind: Kind, parent: Import, found: Found, *, locks: bool) -> None:
    made = (rows for _batch, rows in batches.of(parent, Outcome.NEW))
    for row, problem in kind.staying(made, locks=locks):
        found.add(row, "", problem)


def removable(kind: Kind, rows: Sequence[Candidate], found: Found) -> list[Candidate]:
    made = [row for row in rows if row.pk]
    current = kind.current([row.pk for row in made if row.pk])
    hindered: dict[int, Obstacle] = {}
    for obstacle in kind.hindered([row for row in made if row.pk in current]):
        hindered.setdefault(obstacle.pk, obstacle)
    free = []
    for row in made:
        if row.pk not in current:
            found.add(row, "", _("It is gone or archived, or you may not change it any more."))
        elif row.pk in hindered:
            found.add(row, "", hindered[row.pk].problem)
        else:
            free.append(row)
    return free


def restorable(kind: Kind, rows: Sequence[Candidate], found: Found) -> list[Candidate]:
    """The rows with the values that go back, without those that stand in the way."""
    current = kind.current([row.pk for row in rows if row.pk])
    columns = kind.columns.by_key
    free = []
    for row in rows:
        now = current.get(row.pk or 0)
        if now is None:
            found.add(row, "", _("It is gone or archived, or you may not change it any more."))
            continue
        back: dict[str, Any] = {}
        for key, value in row.values.items():
            label = columns[key].label() if key in columns else key
            if not alike(now.get(key), value):
                found.add(
                    row,
                    label,
                    _("Changed since: the sheet said “%(sheet)s”, now it says “%(now)s”.")
                    % {"sheet": columns[key].shown(value), "now": columns[key].shown(now.get(key))},
                )
            elif reason := kind.irrevocable(row, key):
                found.add(row, label, reason)
            else:
                back[key] = row.was.get(key)
        if back:
            links = {key: row.was[f"@{key}"] for key in back if row.was.get(f"@{key}")}
            free.append(Candidate(row.number, back, row.label, row.pk, now, links))  # type: ignore[arg-type]
    return free


def undo(parent: Import) -> None:
    """The step from UNDOING to UNDONE; back to DONE where something stands in the way and nobody said to leave it."""
    try:
        take_back(parent)
    except HinderedError as hindered:
        life.finish(
            parent,
            Import.State.DONE,
            obstacles=hindered.found.shown,
            counts=parent.counts | {"obstacles": hindered.found.count},
            done=parent.total,
        )


class HinderedError(Exception):
    def __init__(self, found: Found) -> None:
        super().__init__(found.count)
        self.found = found


@transaction.atomic
def take_back(parent: Import) -> None:
    one_after_the_other()
    at = recording()
    kind, found = life.kind_of(parent, at=at), Found()
    look_along(kind, parent, found, locks=True)
    kind.lock([*batches.pks(parent, Outcome.NEW), *batches.changed_pks(parent)])
    done = 0
    made = ((kind.remove, removable, rows) for _batch, rows in batches.of(parent, Outcome.NEW))
    changed = ((kind.restore, restorable, rows) for rows in batches.changes(parent))
    with life.progress_beside(parent) as show:
        tell = every_now_and_then(show)
        for do, free, rows in chain(made, changed):
            do(free(kind, rows, found))
            done += len(rows)
            hit("import.undo_batch", parent.pk)
            tell(done)
    kind.remove_along()
    if found.count and not parent.leaves_obstacles:
        raise HinderedError(found)
    life.finish(
        parent,
        Import.State.UNDONE,
        undone_at=at,
        obstacles=found.shown,
        counts=parent.counts | {"obstacles": found.count},
        done=parent.total,
    )
