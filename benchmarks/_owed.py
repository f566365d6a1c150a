"""Nights of what is owed: by the product, and as hand-written SQL over the whole book (PostgreSQL)."""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from multiprocessing import get_context
from typing import Any, Final
from zlib import crc32

from django.db import connection, connections, transaction

from benchmarks._state import execute, one
from customers.models import Tier
from maintenance import cadence, services
from maintenance.cadence import DAY, OCCASIONS, Days, Unit
from maintenance.models import Playbook, Promise
from toolbox.calendars import add_working_days, is_working_day, next_working_day

FIRST: Final = date(2026, 10, 9)
LATER: Final = date(2026, 10, 30)
SHARES: Final = (5, 25, 70, 100)
"""Of a hundred customers: core, important, regular and potential, as they add up."""
COMPARED: Final = (
    "customer_id, key, department, promise_id, tier_id, due_on, originally_due_on, opens_on, cadence, state, why, how,"
    " missed_on, assignee_id, completed_at, completed_by_id, interaction_id, withdrawn_on"
)
INTERVALS: Final = {Unit.DAY: "day", Unit.WEEK: "week", Unit.MONTH: "month", Unit.YEAR: "year"}


def spread() -> None:
    """Customers over the tiers of the default scheme."""
    tiers = [tier.pk for tier in Tier.objects.filter(scale="b2b").order_by("rank")]
    cases = " ".join(
        f"WHEN customer_id %% 100 < {up_to} THEN {tier}" for up_to, tier in zip(SHARES, tiers, strict=True)
    )
    execute(f"UPDATE customers_standing SET tier_id = CASE {cases} END WHERE %s", True)
    execute("VACUUM ANALYZE")


def nights(*, workers: int) -> dict[str, Any]:
    found = {"first": night(FIRST, workers), "quiet": night(FIRST, workers)}
    something_happens()
    found |= {"busy": night(LATER, workers), "again": night(LATER, workers)}
    return {"nights": found}


def something_happens() -> None:
    """One in twenty falls or rises a tier, one in fifty gets another owner, one in ten was called or visited."""
    tiers = [tier.pk for tier in Tier.objects.filter(scale="b2b").order_by("rank")]
    execute(
        "UPDATE customers_standing SET tier_id = CASE tier_id WHEN %s THEN %s ELSE %s END WHERE customer_id %% 20 = 0",
        tiers[1], tiers[0], tiers[1],
    )  # fmt: skip
    execute(
        "UPDATE customers_customer SET owner_id = (SELECT min(owner_id) FROM customers_customer) WHERE id %% 50 = %s",
        1,
    )
    execute(
        """INSERT INTO customers_interaction (customer_id, by_id, at, recorded_at, channel, department, topic, note)
           SELECT customer_id, min(by_id), timestamptz '2026-10-29 10:00+08', timestamptz '2026-10-29 10:00+08',
                  CASE WHEN customer_id %% 3 = 0 THEN 'visit' ELSE 'phone' END, 'sales', '', 'talked'
           FROM customers_interaction WHERE customer_id %% 10 < %s GROUP BY customer_id""",
        1,
    )
    execute("VACUUM ANALYZE")


def night(today: date, workers: int) -> dict[str, Any]:
    """Both from the same beginning; what the product left stays."""
    keep("bench_before")
    ours = by_the_product(today, workers)
    keep("bench_ours")
    written = one(f"SELECT count(*) FROM ({differing('bench_ours', 'bench_before')}) d")
    put_back("bench_before")
    sql = by_sql(today)
    differ = one(
        f"SELECT (SELECT count(*) FROM ({differing('bench_ours', 'maintenance_obligation')}) a)"
        f" + (SELECT count(*) FROM ({differing('maintenance_obligation', 'bench_ours')}) b)"
    )
    shown = examples() if differ else []
    put_back("bench_ours")
    return {"ours": ours, "sql": sql, "written": written, "differing": differ, "examples": shown}


def examples(most: int = 5) -> list[str]:
    """Rows of which the two say different things, side by side."""
    with connection.cursor() as cursor:
        cursor.execute(f"""
            SELECT * FROM (SELECT 'ours' AS whose, {COMPARED} FROM ({differing("bench_ours", "maintenance_obligation")}) a
            UNION ALL SELECT 'plain SQL', {COMPARED} FROM ({differing("maintenance_obligation", "bench_ours")}) b) c
            ORDER BY customer_id, key, department, due_on, whose LIMIT {2 * most}
        """)
        return [
            str(dict(zip(("whose", *COMPARED.split(", ")), row, strict=True))) for row in cursor.fetchall()
        ]


def differing(left: str, right: str) -> str:
    return f"SELECT {COMPARED} FROM {left} EXCEPT SELECT {COMPARED} FROM {right}"


def keep(name: str) -> None:
    for table in ("maintenance_obligation", "maintenance_match"):
        copy = name if table == "maintenance_obligation" else f"{name}_match"
        execute(f"DROP TABLE IF EXISTS {copy}")
        execute(f"CREATE TABLE {copy} AS TABLE {table}")


def put_back(name: str) -> None:
    for table in ("match", "snooze", "obligation"):
        execute(f"DELETE FROM maintenance_{table}")
    execute(f"INSERT INTO maintenance_obligation SELECT * FROM {name}")
    execute(f"INSERT INTO maintenance_match SELECT * FROM {name}_match")
    execute("VACUUM ANALYZE maintenance_obligation")
    execute("VACUUM ANALYZE maintenance_match")


def clear() -> None:
    """No table of ours stays behind."""
    for name in ("bench_before", "bench_ours"):
        execute(f"DROP TABLE IF EXISTS {name}")
        execute(f"DROP TABLE IF EXISTS {name}_match")


def by_the_product(today: date, workers: int) -> float:
    """Without workers by stretches one after the other."""
    started = time.perf_counter()
    stretches = list(services.whole_book())
    if not workers:
        for ids in stretches:
            plan(ids, today)
        return time.perf_counter() - started
    connections.close_all()
    with ProcessPoolExecutor(
        workers, mp_context=get_context("fork"), initializer=connections.close_all
    ) as pool:
        list(pool.map(plan, stretches, [today] * len(stretches)))
    return time.perf_counter() - started


def plan(ids: list[int], today: date) -> None:
    services.replan(ids, today=today)


# The yardstick


def by_sql(today: date) -> float:
    started = time.perf_counter()
    with transaction.atomic():
        execute("SET LOCAL work_mem = '128MB'")
        execute("SET LOCAL jit = off")
        the_rules(today)
        for statement in STATEMENTS:
            with connection.cursor() as cursor:
                cursor.execute(statement, {"today": today})
    return time.perf_counter() - started


def the_rules(today: date) -> None:
    """A calendar, the promises by tier, and the days of their first intervals: what a person would look up."""
    execute("CREATE TEMP TABLE cal (day date PRIMARY KEY, works bool, next date, prev date) ON COMMIT DROP")
    execute(
        "CREATE TEMP TABLE rule (tier_id bigint, rank int, promise_id bigint, key text, department text, channel text,"
        " unit text, step interval, cadence text, seed bigint, present date, first_days date[]) ON COMMIT DROP"
    )
    days = [today + n * DAY for n in range(-800, 1_200)]
    many("cal", [(d, is_working_day(d), next_working_day(d), add_working_days(d + DAY, -1)) for d in days])
    many("rule", list(lines(today)))
    execute("ANALYZE cal")
    execute("ANALYZE rule")


def many(table: str, values: list[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        places = ", ".join(["%s"] * len(values[0]))
        text = ", ".join(cursor.mogrify(f"({places})", row).decode() for row in values)
        cursor.execute(f"INSERT INTO {table} VALUES {text}".replace("%", "%%"), [])


def lines(today: date) -> Iterator[tuple[Any, ...]]:
    in_force = Playbook.objects.in_force(today)
    promises = Promise.objects.filter(playbook__in=in_force, playbook__tier__scale="b2b")
    for promise in promises.select_related("playbook__tier"):
        rhythm, unit = promise.cadence, Unit(promise.unit)
        is_rhythm = unit not in OCCASIONS
        step = timedelta(0)
        words = (
            f"{3 * rhythm.interval} month"
            if unit == Unit.QUARTER
            else f"{rhythm.interval} {INTERVALS.get(unit)}"
        )
        present = None
        if unit == Unit.FESTIVAL:
            present = cadence.next_occasion(rhythm, after=today - DAY, of=Days())
        yield (
            promise.playbook.tier_id, promise.playbook.tier.rank, promise.pk, promise.key, promise.department,
            promise.channel, promise.unit, words if is_rhythm else step, str(rhythm), crc32(promise.key.encode()),
            present, cadence.opening_days(rhythm, begins_on=today) if is_rhythm else None,
        )  # fmt: skip


STATEMENTS: Final = (
    # contacts recognised
    """
    WITH fits AS (
        SELECT o.id, i.id AS contact, i.at, i.by_id, o.due_on + p.grace_days + 1 AS breaks_on
        FROM maintenance_obligation o JOIN maintenance_promise p ON p.id = o.promise_id
        JOIN customers_customer c ON c.id = o.customer_id AND c.archived_at IS NULL
        CROSS JOIN LATERAL (
            SELECT i.id, i.at, i.by_id FROM customers_interaction i
            WHERE i.customer_id = o.customer_id AND i.department = o.department
              AND (p.channel = '' OR i.channel = p.channel)
              AND (i.at AT TIME ZONE 'Asia/Shanghai')::date >= o.opens_on
              AND NOT EXISTS (SELECT 1 FROM maintenance_match m
                              WHERE m.obligation_id = o.id AND m.interaction_id = i.id AND NOT m.holds)
              AND NOT EXISTS (SELECT 1 FROM maintenance_obligation k WHERE k.interaction_id = i.id
                              AND k.key = o.key AND k.department = o.department)
            ORDER BY i.at, i.id LIMIT 1) i
        WHERE o.state = 'open' AND p.by_contact AND o.opens_on <= %(today)s
    ), done AS (
        UPDATE maintenance_obligation o
        SET state = 'done', how = 'matched', interaction_id = f.contact, completed_at = f.at, completed_by_id = f.by_id,
            missed_on = CASE WHEN o.missed_on IS NULL AND f.breaks_on <= (f.at AT TIME ZONE 'Asia/Shanghai')::date
                             THEN f.breaks_on ELSE o.missed_on END
        FROM fits f WHERE o.id = f.id RETURNING o.id, f.contact, f.at
    )
    INSERT INTO maintenance_match (obligation_id, interaction_id, holds, reason, at)
    SELECT id, contact, true, '', at FROM done
    """,
    # past its grace
    """
    UPDATE maintenance_obligation o SET missed_on = o.due_on + p.grace_days + 1 FROM maintenance_promise p
    WHERE p.id = o.promise_id AND o.state = 'open' AND o.missed_on IS NULL
      AND o.due_on + p.grace_days + 1 <= %(today)s
    """,
    # promised no more
    """
    UPDATE maintenance_obligation o
    SET state = 'withdrawn', withdrawn_on = %(today)s,
        why = CASE WHEN c.archived_at IS NOT NULL THEN 'archived' WHEN s.tier_id = o.tier_id THEN 'promise_ended'
                   ELSE 'tier_changed' END
    FROM customers_customer c JOIN customers_standing s ON s.customer_id = c.id
    WHERE o.state = 'open' AND c.id = o.customer_id AND (
        c.archived_at IS NOT NULL OR s.tier_id IS DISTINCT FROM o.tier_id
        OR NOT EXISTS (SELECT 1 FROM rule r WHERE r.tier_id = s.tier_id AND r.key = o.key
                       AND r.department = o.department))
    """,
    # somebody else's by now
    """
    UPDATE maintenance_obligation o SET assignee_id = c.owner_id FROM customers_customer c
    WHERE c.id = o.customer_id AND o.state = 'open' AND o.department = 'sales'
      AND o.assignee_id IS DISTINCT FROM c.owner_id
    """,
    # on a day that is not worked any more
    """
    UPDATE maintenance_obligation o SET due_on = d.next, originally_due_on = d.next FROM cal d
    WHERE d.day = o.due_on AND NOT d.works AND o.state = 'open' AND o.due_on >= %(today)s
      AND o.due_on = o.originally_due_on
    """,
    # missing
    """
    WITH kept AS (
        SELECT customer_id, key, department,
               max((completed_at AT TIME ZONE 'Asia/Shanghai')::date) AS day
        FROM maintenance_obligation WHERE state = 'done' GROUP BY customer_id, key, department
    ), lacks AS (
        SELECT s.customer_id, c.owner_id, r.*, k.day AS kept_on, b.due_on AS was_due, b.opens_on AS was_open,
               r.first_days[1 + (s.customer_id + r.seed) %% cardinality(r.first_days)] AS first_day,
               (c.cooperation_since + make_interval(
                   years => (date_part('year', %(today)s::date) - date_part('year', c.cooperation_since))::int))::date
                   AS this_year,
               (c.cooperation_since + make_interval(
                   years => (date_part('year', %(today)s::date) - date_part('year', c.cooperation_since))::int + 1))::date
                   AS next_year
        FROM customers_standing s
        JOIN customers_customer c ON c.id = s.customer_id AND c.archived_at IS NULL
        JOIN rule r ON r.tier_id = s.tier_id
        LEFT JOIN maintenance_obligation o ON o.customer_id = s.customer_id AND o.key = r.key
              AND o.department = r.department AND o.state = 'open'
        LEFT JOIN kept k ON k.customer_id = s.customer_id AND k.key = r.key AND k.department = r.department
        LEFT JOIN maintenance_obligation b ON b.customer_id = s.customer_id AND b.key = r.key
              AND b.department = r.department AND b.withdrawn_on = %(today)s AND b.why = 'tier_changed'
              AND EXISTS (SELECT 1 FROM customers_tier t WHERE t.id = b.tier_id AND t.rank > r.rank)
        WHERE o.id IS NULL AND NOT (r.unit = 'anniversary' AND c.cooperation_since IS NULL)
    ), days AS (
        SELECT l.*, f.next AS following, CASE WHEN a.prev >= %(today)s THEN a.prev ELSE n.prev END AS greeting
        FROM lacks l
        LEFT JOIN cal f ON f.day = (l.kept_on + l.step)::date
        LEFT JOIN cal a ON a.day = l.this_year LEFT JOIN cal n ON n.day = l.next_year
    ), due AS (
        SELECT d.*,
               CASE WHEN unit = 'festival' THEN present WHEN unit = 'anniversary' THEN greeting
                    WHEN following >= %(today)s THEN following ELSE first_day END AS due_on,
               CASE WHEN unit = 'festival' THEN present - 14 WHEN unit = 'anniversary' THEN greeting - 14
                    WHEN following >= %(today)s
                    THEN greatest(following - ((following + step)::date - following) / 2, kept_on + 1)
                    ELSE %(today)s::date END AS opens_on
        FROM days d
    ), no_later AS (
        SELECT e.*, unit NOT IN ('festival', 'anniversary') AND was_due <= e.due_on AS sooner, w.next AS at_last
        FROM due e LEFT JOIN cal w ON w.day = greatest(e.was_due, %(today)s::date)
    )
    INSERT INTO maintenance_obligation (customer_id, promise_id, key, tier_id, department, assignee_id, opens_on, due_on,
        originally_due_on, cadence, state, how, reason, why, created_at)
    SELECT customer_id, promise_id, key, tier_id, department, CASE WHEN department = 'sales' THEN owner_id END,
           CASE WHEN sooner THEN least(opens_on, was_open) ELSE opens_on END,
           CASE WHEN sooner THEN at_last ELSE due_on END, CASE WHEN sooner THEN at_last ELSE due_on END,
           cadence, 'open', '', '', '', now()
    FROM no_later ON CONFLICT DO NOTHING
    """,
)
