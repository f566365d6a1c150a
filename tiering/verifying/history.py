"""What a run and its tier changes say of each other, asked set-wise: each question returns what differs.

The changes of one customer are a chain in the order of their ids: whoever writes one holds the standing locked.
`held` is the tier a customer had when a run came to it; `touched` says that people had their hand on the tier
between the freeze and publication, so that what the run would have done alone cannot be told any more.
"""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _

from tiering.models import Chunk, Grading, Run, TierChange
from tiering.publishing import DECIDED, STOPPED, UNFORESEEN
from tiering.restoring import STANDS, TIER_BEFORE
from tiering.verifying.findings import Findings, ask

SLACK = timedelta(minutes=15)
"""A run is published at the moment its last chunk was begun, as its row says; the commit comes later."""

# "+ 0": by the customer's index; by the primary key the database would read all changes for everybody.
HELD = """(
    SELECT c.to_tier_id FROM tiering_tierchange c
    WHERE c.customer_id = g.customer_id AND c.id + 0 < %(first_change)s ORDER BY c.id + 0 DESC LIMIT 1
)"""
GIVEN = f"""CASE
    WHEN g.total IS NULL OR g.coverage < %(coverage_floor)s OR {STOPPED} THEN NULL
    WHEN g.kept = 'override' THEN g.computed_tier_id
    ELSE g.tier_id
END"""
"""The tier that a run gives when it is published; null where it leaves the present one."""
TOUCHED = """EXISTS (
    SELECT 1 FROM tiering_override o
    WHERE o.customer_id = g.customer_id AND o.at <= %(until)s
        AND (o.ended_at >= %(frozen_at)s OR (o.ended_at IS NULL AND o.expires_on >= %(frozen_on)s))
)"""


# One run


def graded_once(run: Run) -> Findings:
    sql = """
        SELECT customer_id, count(*), 1 FROM tiering_grading WHERE run_id = %(run)s
        GROUP BY customer_id HAVING count(*) > 1
    """
    return ask(_("Every customer is graded once"), sql, {"gradings": _("gradings")}, {"run": run.pk})


def whole(run: Run) -> Findings:
    """Gradings and listed skips are the snapshot, chunk by chunk: a chunk is done whole or not at all."""
    findings = Findings(_("Gradings and skips make up the snapshot"))
    chunks = customers = gradings = 0
    sql = """
        SELECT count(*) FROM tiering_grading g
        WHERE g.run_id = %(run)s AND g.customer_id BETWEEN %(first)s AND %(last)s
    """
    rows = Chunk.objects.filter(run=run).order_by("first")
    with connection.cursor() as cursor:
        for chunk in rows.iterator(chunk_size=100):
            cursor.execute(sql, {"run": run.pk, "first": chunk.first, "last": chunk.last})
            count = cursor.fetchone()[0]
            wanted = chunk.customers - len(chunk.skipped) if chunk.state == Chunk.State.DONE else 0
            chunks, customers, gradings = chunks + 1, customers + chunk.customers, gradings + count
            if count != wanted:
                findings.add(f"{chunk.first}–{chunk.last}", _("gradings"), count, wanted)
            if chunk.state != Chunk.State.DONE and run.state in Run.WAS_PUBLISHED:
                findings.add(f"{chunk.first}–{chunk.last}", _("state"), chunk.state, Chunk.State.DONE.value)
            if chunk.only is not None and count:
                strangers = Grading.objects.filter(
                    run=run, customer_id__gte=chunk.first, customer_id__lte=chunk.last
                )
                if others := strangers.exclude(customer__in=chunk.only).count():
                    findings.add(
                        f"{chunk.first}–{chunk.last}", _("graded, though not of this re-grade"), others, 0
                    )
            if chunk.skipped:
                graded = Grading.objects.filter(run=run, customer_id__in=chunk.skipped).count()
                if graded:
                    findings.add(f"{chunk.first}–{chunk.last}", _("left out, yet graded"), graded, 0)
    everywhere = Grading.objects.filter(run=run).count()
    for what, stored, computed in (
        (_("chunks"), run.chunk_count, chunks),
        (_("customers"), run.customers, customers),
        (_("gradings"), everywhere, gradings),
    ):
        if stored != computed:
            findings.add(str(run), what, stored, computed)
    return findings


def movements(run: Run) -> Findings:
    """A movement is proposed exactly for those whose tier differs from the one they had."""
    sql = f"""
        WITH judged AS MATERIALIZED (
            SELECT g.customer_id, g.tier_id, g.kept, m.id AS movement_id, m.from_tier_id, m.to_tier_id,
                {HELD} AS held, {TOUCHED} AS touched
            FROM tiering_grading g
            LEFT JOIN tiering_movement m ON m.run_id = g.run_id AND m.customer_id = g.customer_id
            WHERE g.run_id = %(run)s
        ), expected AS (
            SELECT customer_id, tier_id, from_tier_id, to_tier_id,
                CASE WHEN kept = 'override' THEN (
                        SELECT max(o.tier_id) FROM tiering_override o
                        WHERE o.customer_id = judged.customer_id AND o.tier_id = judged.tier_id
                    ) WHEN kept IN ('coverage', 'margin', 'dwell') AND NOT touched THEN held ELSE tier_id END AS kept_tier,
                CASE WHEN movement_id IS NULL OR touched THEN from_tier_id ELSE held END AS origin,
                CASE WHEN movement_id IS NULL AND touched THEN NULL
                    WHEN touched OR tier_id IS DISTINCT FROM held THEN tier_id END AS target
            FROM judged
        )
        SELECT customer_id, tier_id, kept_tier, from_tier_id, origin, to_tier_id, target FROM expected
        WHERE tier_id IS DISTINCT FROM kept_tier OR from_tier_id IS DISTINCT FROM origin
            OR to_tier_id IS DISTINCT FROM target OR from_tier_id = to_tier_id
        UNION ALL
        SELECT m.customer_id, NULL, NULL, m.from_tier_id, NULL, m.to_tier_id, NULL FROM tiering_movement m
        WHERE m.run_id = %(run)s AND NOT EXISTS (
            SELECT 1 FROM tiering_grading g WHERE g.run_id = m.run_id AND g.customer_id = m.customer_id
        )
    """  # noqa: S608 - no value from outside
    columns = {"tier": _("tier"), "from_tier": _("moves from"), "to_tier": _("moves to")}
    return ask(_("Movements are those whose tier differs"), sql, columns, values_of(run))


def changes(run: Run) -> Findings:
    """A published run changed exactly the tiers that differ by the numbers, and no other run changed any."""
    title = _("Tier changes are what the gradings say")
    columns = {"from_tier": _("from"), "to_tier": _("to"), "day": _("as of")}
    if run.state not in Run.WAS_PUBLISHED:
        sql = """
            SELECT customer_id, from_tier_id, NULL, to_tier_id, NULL, effective_on, NULL
            FROM tiering_tierchange WHERE run_id = %(run)s
        """
        return ask(title, sql, columns, {"run": run.pk})
    if run.undoes_id:
        return undone(run)
    # The touched may have changed or not; where they did, it was to the tier by the numbers.
    sql = f"""
        WITH judged AS MATERIALIZED (
            SELECT g.customer_id, c.id AS change_id, c.from_tier_id, c.to_tier_id, c.effective_on,
                {GIVEN} AS given, {HELD} AS held, {TOUCHED} AS touched
            FROM tiering_grading g
            LEFT JOIN {DECIDED}
            JOIN customers_standing s ON s.customer_id = g.customer_id
            LEFT JOIN tiering_tierchange c ON c.run_id = g.run_id AND c.customer_id = g.customer_id
            WHERE g.run_id = %(run)s
        ), expected AS (
            SELECT customer_id, from_tier_id, to_tier_id, effective_on,
                CASE WHEN change_id IS NULL OR touched THEN from_tier_id ELSE held END AS origin,
                CASE WHEN change_id IS NULL AND touched THEN NULL
                    WHEN touched OR given IS DISTINCT FROM held THEN given END AS target,
                CASE WHEN change_id IS NOT NULL THEN run.as_of END AS day
            FROM judged, (SELECT as_of FROM tiering_run WHERE id = %(run)s) run
        )
        SELECT customer_id, from_tier_id, origin, to_tier_id, target, effective_on, day FROM expected
        WHERE from_tier_id IS DISTINCT FROM origin OR to_tier_id IS DISTINCT FROM target
            OR effective_on IS DISTINCT FROM day
        UNION ALL
        SELECT c.customer_id, c.from_tier_id, NULL, c.to_tier_id, NULL, c.effective_on, NULL
        FROM tiering_tierchange c
        WHERE c.run_id = %(run)s AND NOT EXISTS (
            SELECT 1 FROM tiering_grading g WHERE g.run_id = c.run_id AND g.customer_id = c.customer_id
        )
    """  # noqa: S608 - no value from outside
    return ask(title, sql, columns, values_of(run))


def undone(run: Run) -> Findings:
    """A run that undoes another takes every change of it back, to what still stood, but where a person has decided
    since, or another scheme has graded the customer by a run that still stood."""
    sql = f"""
        WITH taken AS (
            SELECT c.id, c.run_id, c.customer_id, c.to_tier_id, {TIER_BEFORE} AS before_id
            FROM tiering_tierchange c WHERE c.run_id = %(undone)s
        )
        SELECT u.customer_id, u.from_tier_id, c.to_tier_id, u.to_tier_id, c.before_id
        FROM tiering_tierchange u
        LEFT JOIN taken c ON c.customer_id = u.customer_id AND c.id < u.id
        WHERE u.run_id = %(run)s
            AND (u.from_tier_id IS DISTINCT FROM c.to_tier_id OR u.to_tier_id IS DISTINCT FROM c.before_id)
        UNION ALL
        SELECT c.customer_id, NULL, c.to_tier_id, NULL, c.before_id FROM taken c
        WHERE c.to_tier_id IS DISTINCT FROM c.before_id AND NOT EXISTS (
            SELECT 1 FROM tiering_tierchange u WHERE u.run_id = %(run)s AND u.customer_id = c.customer_id
        ) AND NOT EXISTS (
            SELECT 1 FROM tiering_tierchange l
            WHERE l.customer_id = c.customer_id AND l.id > c.id AND COALESCE(l.run_id, 0) < %(run)s AND {STANDS}
        ) AND NOT EXISTS (
            SELECT 1 FROM tiering_override o WHERE o.customer_id = c.customer_id AND o.at <= %(until)s
                AND (o.ended_at IS NULL OR o.ended_at >= %(published_at)s)
        ) AND NOT EXISTS (
            SELECT 1 FROM tiering_grading l JOIN tiering_run y ON y.id = l.run_id
            WHERE l.customer_id = c.customer_id AND y.published_at IS NOT NULL
                AND y.id > %(undone)s AND y.id < %(run)s AND {STANDS}
        )
    """  # noqa: S608 - no value from outside
    values = values_of(run) | {
        "undone": run.undoes_id,
        "published_at": connection.ops.adapt_datetimefield_value(run.published_at),
    }
    columns = {"from_tier": _("from"), "to_tier": _("to")}
    return ask(_("Every tier change takes one back"), sql, columns, values)


def reasons(run: Run) -> Findings:
    """A change of a run carries the movement's reason; without one, people ended a tier set by hand meanwhile."""
    if run.undoes_id:
        return Findings(_("Every tier change has the reason of its movement"))
    unforeseen = "%(unforeseen)s::jsonb" if connection.vendor == "postgresql" else "%(unforeseen)s"
    sql = f"""
        WITH g AS (
            SELECT c.customer_id, c.reason AS stored, COALESCE(m.reason, {unforeseen}) AS computed,
                m.id AS movement_id
            FROM tiering_tierchange c
            LEFT JOIN tiering_movement m ON m.run_id = c.run_id AND m.customer_id = c.customer_id
            WHERE c.run_id = %(run)s
        )
        SELECT g.customer_id, CAST(g.stored AS text), CAST(g.computed AS text) FROM g
        WHERE g.stored <> g.computed
        UNION ALL
        SELECT g.customer_id, CAST(g.stored AS text), NULL FROM g WHERE g.movement_id IS NULL AND NOT {TOUCHED}
    """  # noqa: S608 - no value from outside
    values = values_of(run) | {"unforeseen": UNFORESEEN}
    return ask(_("Every tier change has the reason of its movement"), sql, {"reason": _("reason")}, values)


def values_of(run: Run) -> dict[str, Any]:
    ops = connection.ops
    until = run.published_at or timezone.now()  # a run may have stood still for days before it was cancelled
    return {
        "run": run.pk,
        "coverage_floor": run.version.coverage_floor_in_basis_points,
        "first_change": first_change(run),
        "frozen_at": ops.adapt_datetimefield_value(run.frozen_at),
        "frozen_on": ops.adapt_datefield_value(timezone.localdate(run.frozen_at)),
        "until": ops.adapt_datetimefield_value(until + SLACK),
    }


def first_change(run: Run) -> int:
    """Changes with a smaller id came before the run published its own."""
    if own := TierChange.objects.filter(run=run).aggregate(pk=Min("pk"))["pk"]:
        return int(own)
    until = run.published_at or run.frozen_at
    earlier = TierChange.objects.filter(changed_at__lte=until).aggregate(pk=Max("pk"))["pk"]
    return int(earlier or 0) + 1
