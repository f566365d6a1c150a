"""Taking a published run back, set by set, inside the publication of the run that undoes it.

Every tier it changed goes back to what it was by all that still stands, but for customers about whom something later
that stands has decided: a person, or a run of another scheme that graded them. What a run did that was itself undone,
and what undid it, counts for nothing. Every standing that shows the run shows the grading before it again.
"""

import json
from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tiering.models import Run
from toolbox import bulk, failpoints

# `c` is a change that the undone run made, `l` one of the same customer. Those of people stand, and those of runs that
# were not undone by then; not those of runs that undid others.
STANDS = """(
    l.run_id IS NULL
    OR NOT EXISTS (SELECT 1 FROM tiering_run r WHERE r.id = l.run_id AND r.trigger = 'undo') AND NOT EXISTS (
        SELECT 1 FROM tiering_run r WHERE r.undoes_id = l.run_id AND r.state = 'published' AND r.id <= %(run)s
    )
)"""
LEFT_ALONE = f"""(
    EXISTS (
        SELECT 1 FROM tiering_tierchange l WHERE l.customer_id = c.customer_id AND l.id > c.id AND {STANDS}
    )
    OR NOT EXISTS (
        SELECT 1 FROM customers_standing s WHERE s.customer_id = c.customer_id AND s.tier_id = c.to_tier_id
    )
    OR EXISTS (
        SELECT 1 FROM tiering_override o
        WHERE o.customer_id = c.customer_id AND o.ended_at IS NULL AND o.at >= %(published_at)s
    )
    OR EXISTS (
        SELECT 1 FROM tiering_grading l
        WHERE l.customer_id = c.customer_id AND l.run_id IN (%(later)s)
    )
)"""  # noqa: S608 - no value from outside
# The tier that the last change before it gave which still stands; else that from which the customer began.
# "+ 0": by the customer's index; by the primary key the database would read all changes for everybody.
TIER_BEFORE = f"""CASE
    WHEN EXISTS (
        SELECT 1 FROM tiering_tierchange l WHERE l.customer_id = c.customer_id AND l.id + 0 < c.id AND {STANDS}
    )
    THEN (
        SELECT l.to_tier_id FROM tiering_tierchange l
        WHERE l.customer_id = c.customer_id AND l.id + 0 < c.id AND {STANDS} ORDER BY l.id + 0 DESC LIMIT 1
    )
    ELSE (
        SELECT l.from_tier_id FROM tiering_tierchange l WHERE l.customer_id = c.customer_id ORDER BY l.id + 0 LIMIT 1
    )
END"""  # noqa: S608 - no value from outside
CHANGES_BACK = f"""
INSERT INTO tiering_tierchange
    (customer_id, run_id, from_tier_id, to_tier_id, effective_on, changed_at, reason, words)
SELECT b.customer_id, %(run)s, b.from_tier_id, b.to_tier_id, %(today)s, %(at)s, %(reason)s, ''
FROM (
    SELECT c.customer_id, c.to_tier_id AS from_tier_id, {TIER_BEFORE} AS to_tier_id
    FROM tiering_tierchange c WHERE c.run_id = %(undone)s AND NOT {LEFT_ALONE}
) b
WHERE COALESCE(b.from_tier_id, 0) <> COALESCE(b.to_tier_id, 0)
"""  # noqa: S608 - no value from outside
TIERS_BACK = """
UPDATE customers_standing AS s SET tier_id = c.to_tier_id, since = %(today)s
FROM tiering_tierchange c WHERE c.run_id = %(run)s AND c.customer_id = s.customer_id
"""
SHOWS_AGAIN = """
UPDATE customers_standing AS s
SET computed_tier_id = p.computed_tier_id, total = p.total, low = p.low, high = p.high, coverage = p.coverage,
    annual_amount = p.annual_amount, graded_on = r.as_of, grading_id = p.id
FROM tiering_grading p JOIN tiering_run r ON r.id = p.run_id JOIN tiering_grading g ON g.customer_id = p.customer_id
WHERE g.run_id = %(undone)s AND s.grading_id = g.id AND s.customer_id = p.customer_id
"""
OF_ONE_RUN = f"{SHOWS_AGAIN} AND p.run_id = %(earlier)s"
# For the few who are in none of the last runs, each by the index of customers.
OF_ANY_RUN = f"""{SHOWS_AGAIN} AND p.id = (
    SELECT x.id FROM tiering_grading x JOIN tiering_run y ON y.id = x.run_id
    WHERE x.customer_id = s.customer_id AND y.state = 'published'
    ORDER BY y.published_at DESC, y.id DESC LIMIT 1
)"""  # noqa: S608 - no value from outside
SHOWS_NOTHING = """
UPDATE customers_standing
SET computed_tier_id = NULL, total = NULL, low = NULL, high = NULL, coverage = NULL, annual_amount = NULL,
    graded_on = NULL, grading_id = NULL
WHERE grading_id IN (SELECT id FROM tiering_grading WHERE run_id = %(undone)s)
"""


def why_not(run: Run) -> str:
    """Why a run cannot be undone, for people; empty where it can. Runs of other schemes do not stand in its way."""
    if run.state != Run.State.PUBLISHED or run.trigger == Run.Trigger.UNDO:
        return _("Only a published re-grade can be undone, and once.")
    own = Run.objects.published().in_line_with(run.scheme_id, is_default=run.of_default)
    if found := own.filter(after(run)).order_by("-published_at").first():
        return _("%(run)s was published later. Only what was published last can be undone.") % {"run": found}
    return ""


def after(run: Run) -> Q:
    """Whatever was published later than this one."""
    return Q(published_at__gt=run.published_at) | Q(published_at=run.published_at, pk__gt=run.pk)


def later_runs(undone: Run) -> list[int]:
    """Of other schemes, published since: who is in one of them shows its grading and keeps its tier."""
    found = Run.objects.published().exclude(trigger=Run.Trigger.UNDO).filter(after(undone))
    return list(found.values_list("pk", flat=True))


def restore(run: Run, *, at: datetime) -> None:
    """Carry out `run`, which undoes another. The book is locked."""
    undone = run.undoes
    assert undone  # noqa: S101 - that is what the run is for
    ops = connection.ops
    Run.objects.filter(pk=undone.pk).update(state=Run.State.UNDONE)
    values = {
        "run": run.pk,
        "undone": undone.pk,
        "published_at": ops.adapt_datetimefield_value(undone.published_at),
        "today": ops.adapt_datefield_value(timezone.localdate(at)),
        "at": ops.adapt_datetimefield_value(at),
        "reason": json.dumps({"kind": "undone", "period": undone.period}),
    }
    later = ", ".join(map(str, later_runs(undone) or [0]))
    changes_back = typed(CHANGES_BACK.replace("%(later)s", later))
    with connection.cursor() as cursor:
        *small, of_the_book = runs_before([undone.scheme_id]) or [0]
        for earlier in small:
            cursor.execute(OF_ONE_RUN, values | {"earlier": earlier})
        bulk.plan_for_many()
        cursor.execute(changes_back, values)
        failpoints.hit("restoring.changed", run.pk)
        cursor.execute(typed(TIERS_BACK), values)
        cursor.execute(OF_ONE_RUN, values | {"earlier": of_the_book})
        cursor.execute(OF_ANY_RUN, values)
        cursor.execute(SHOWS_NOTHING, values)
    failpoints.hit("restoring.restored", run.pk)


def runs_before(schemes: Collection[int]) -> list[int]:
    """The published runs since the last re-grade of each of these schemes, the newest first, and at last that one.

    In them nearly all of their customers were graded. A scheme by which nobody was graded yet is not waited for.
    """
    runs = Run.objects.published().exclude(trigger=Run.Trigger.UNDO)
    wanted = set(runs.of_the_book().filter(scheme__in=schemes).values_list("scheme", flat=True))
    found: list[int] = []
    for pk, scheme, trigger in runs.order_by("-published_at", "-pk").values_list("pk", "scheme", "trigger"):
        found.append(pk)
        if trigger in Run.OF_THE_BOOK:
            wanted.discard(scheme)
            if not wanted:
                break
    return found


def typed(sql: str) -> str:
    """PostgreSQL wants to know the type of a value whose column it does not see."""
    if connection.vendor != "postgresql":
        return sql
    casts = {"published_at": "timestamptz", "today": "date", "at": "timestamptz", "reason": "jsonb"}
    for name, cast in casts.items():
        sql = sql.replace(f"%({name})s", f"%({name})s::{cast}")
    return sql
