"""Doing what the preview showed: all of it in one transaction, or nothing."""

from collections.abc import Sequence
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from customers.imports import batches, life
from customers.imports.kind import Candidate, Kind, alike
from customers.imports.loading import LOCK
from customers.imports.planning import every_now_and_then
from customers.models import Import, ImportBatch
from customers.services import recording
from toolbox.failpoints import hit
from toolbox.patience import limit

SHOWN: Final = 200
Outcome = ImportBatch.Outcome


class StaleError(Exception):
    """The data is not as the preview saw it: `found` says where, for people."""

    def __init__(self, found: list[dict[str, Any]], count: int) -> None:
        super().__init__(count)
        self.found, self.count = found, count


def commit(parent: Import) -> None:
    """The step from COMMITTING to DONE, or to STALE."""
    try:
        write(parent)
    except StaleError as stale:
        life.finish(
            parent,
            Import.State.STALE,
            obstacles=stale.found,
            counts=parent.counts | {"stale": stale.count},
            done=0,
        )
    except IntegrityError:
        obstacle = told(0, "", [], _("Somebody recorded the same numbers or codes in this very moment."))
        life.finish(
            parent, Import.State.STALE, obstacles=[obstacle], counts=parent.counts | {"stale": 1}, done=0
        )


@transaction.atomic
def write(parent: Import) -> None:
    one_after_the_other()
    at = recording()
    kind = life.kind_of(parent, at=at)
    kind.lock(batches.changed_pks(parent))
    if kind.knows_twins:
        kind.spoken_for.update(batches.pks(parent, Outcome.CHANGED, Outcome.CONFLICT, Outcome.UNCHANGED))
    kind.coming = lambda: (row for _batch, rows in batches.of(parent, Outcome.NEW) for row in rows)
    stale = _Stale(kind)
    done = changed = 0
    with life.progress_beside(parent) as show:
        tell = every_now_and_then(show)
        for rows in batches.changes(parent):
            stale.look(rows, is_new=False)
            if not stale.count:
                kind.update(rows)
            changed += len(rows)
            done += len(rows)
            hit("import.batch", parent.pk)
            tell(done)
        for batch, rows in batches.of(parent, Outcome.NEW, beside=kind.foresee):
            wanted = [row for row in rows if not (row.likely and parent.leaves_out(row.number))]
            stale.look(wanted, is_new=True)
            if not stale.count:
                with batches.keeping(batch, rows, parent):
                    _create(kind, wanted)
            done += len(rows)
            hit("import.batch", parent.pk)
            tell(done)
    if stale.count:
        raise StaleError(stale.found, stale.count)
    counts = parent.counts | {"settled": changed - int(parent.counts.get("changed", 0))}
    life.finish(parent, Import.State.DONE, committed_at=at, counts=counts, done=parent.total, obstacles=[])
    hit("import.written", parent.pk)


def one_after_the_other() -> None:
    """Two sheets are committed one after the other. Whoever is frozen in the middle of one is thrown out."""
    limit(idle=life.STALE_AFTER)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _create(kind: Kind, rows: Sequence[Candidate]) -> None:
    for row, pk in zip(rows, kind.create(rows), strict=True):
        row.pk = pk


class _Stale:
    """Compares what was seen with what is."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.found: list[dict[str, Any]] = []
        self.count = 0

    def look(self, rows: Sequence[Candidate], *, is_new: bool) -> None:
        if is_new:
            self._look_for_twins(rows)
        else:
            self._look_at_known(rows)

    def _look_at_known(self, rows: Sequence[Candidate]) -> None:
        current = self.kind.current([row.pk for row in rows if row.pk])
        for row in rows:
            now = current.get(row.pk or 0)
            if now is None:
                self._say(row, [], _("It is gone, or you may not change it any more."))
                continue
            if all(now.get(key) == was for key, was in row.was.items()):
                continue
            columns = self.kind.columns.by_key
            cells = [
                {
                    "label": columns[key].label(),
                    "seen": columns[key].shown(row.was.get(key)),
                    "now": columns[key].shown(now.get(key)),
                }
                for key in columns
                if not alike(row.was.get(key), now.get(key))
            ]
            self._say(row, cells, _("It was changed after the preview."))

    def _look_for_twins(self, rows: Sequence[Candidate]) -> None:
        out_of_reach, recorded = self.kind.out_of_reach(rows), self.kind.recorded(rows)
        if not out_of_reach and not recorded:
            return
        for row in rows:
            if row.number in out_of_reach:
                self._say(row, [], _("Its customer is gone, or you may not change it any more."))
            elif row.number in recorded:
                self._say(row, [], _("Somebody else has recorded it after the preview."))

    def _say(self, row: Candidate, cells: list[dict[str, str]], problem: str) -> None:
        self.count += 1
        if len(self.found) < SHOWN:
            self.found.append(told(row.number, row.label, cells, problem))


def told(number: int, label: str, cells: list[dict[str, str]], problem: str) -> dict[str, Any]:
    return {"row": number or None, "label": label, "cells": cells, "problem": problem}
