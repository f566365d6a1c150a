"""Yardstick (a): the best hand-written SQL for the default scheme, making the writes that the product makes.

Per 10,000 customers one atomic statement on PostgreSQL, on two connections, and one step that publishes; on SQLite
the same, set by set, in one transaction. Curves, weights and floors are written into the SQL from the version.
"""

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from queue import Empty, SimpleQueue
from typing import Any, Final

import psycopg2
from django.db import connection, transaction
from django.utils import timezone

from benchmarks import _book, _state
from benchmarks._state import is_postgresql
from tiering import scoring
from tiering.measures import Window
from tiering.models import Chunk, Grading, Movement, Run, SchemeVersion, TierChange

CONNECTIONS: Final = 2
WORK_MEM: Final = "128MB"
SIDES: Final = ("n", "e")
"""Now and earlier: the prefixes of the two sides of a reason."""


def run(run_: Run) -> float:
    """Grade and publish; seconds from the first chunk to the published standings."""
    script = Script.of(run_)
    script.check()
    if is_postgresql():
        return on_postgresql(script)
    return on_sqlite(script)


def on_postgresql(script: "Script") -> float:
    waiting: SimpleQueue[tuple[int, int, int]] = SimpleQueue()
    for chunk in Chunk.objects.filter(run=script.run).order_by("pk").values_list("pk", "first", "last"):
        waiting.put(chunk)
    troubles: list[Exception] = []
    options = f"-c TimeZone=UTC -c work_mem={WORK_MEM} -c jit=off"
    links = [psycopg2.connect(**_book.parameters(), options=options) for _n in range(CONNECTIONS)]
    workers = [threading.Thread(target=work, args=(link, script, waiting, troubles)) for link in links]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if troubles:
        raise troubles[0]
    with links[0] as link, link.cursor() as cursor:
        for statement in script.publishing():
            cursor.execute(statement)
    took = time.perf_counter() - started
    for link in links:
        link.close()
    return took


def work(
    link: Any, script: "Script", waiting: "SimpleQueue[tuple[int, int, int]]", troubles: list[Exception]
) -> None:
    try:
        while True:
            pk, first, last = waiting.get_nowait()
            with link, link.cursor() as cursor:
                cursor.execute(script.chunk(first, last))
                cursor.execute(script.done(pk))
    except Empty:
        pass
    except Exception as error:  # noqa: BLE001 - told by the thread that waits
        troubles.append(error)


def on_sqlite(script: "Script") -> float:
    chunks = list(Chunk.objects.filter(run=script.run).order_by("pk").values_list("pk", "first", "last"))
    started = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for pk, first, last in chunks:
            for statement in script.chunk_in_steps(first, last):
                cursor.execute(statement)
            cursor.execute(script.done(pk))
        for statement in script.publishing():
            cursor.execute(statement)
    return time.perf_counter() - started


@dataclass(frozen=True)
class Script:
    """The statements of one run."""

    run: Run
    version: SchemeVersion
    scheme: scoring.Scheme
    window: Window
    tiers: tuple[int, ...]

    @classmethod
    def of(cls, run_: Run) -> "Script":
        version = SchemeVersion.objects.whole().get(pk=run_.version_id)
        window = Window.trailing(version.window_months, as_of=run_.as_of, frozen_at=run_.frozen_at)
        tiers = tuple(floor.tier_id for floor in version.floors.all())
        return cls(run_, version, version.rules(), window, tiers)

    def check(self) -> None:
        """What this was not written for would make the comparison unfair."""
        if any(i.missing is not scoring.Missing.LEAVE_OUT for i in self.scheme.indicators):
            raise RuntimeError("The yardstick leaves out what is missing; this version has another policy.")
        for model, known in ((Grading, GRADING), (Movement, MOVEMENT), (TierChange, CHANGE)):
            if missing := set(_state.columns_of(model)) - {"id", *known}:
                raise RuntimeError(f"The yardstick writes no {model.__name__}.{', '.join(sorted(missing))}.")

    # One chunk

    def chunk(self, first: int, last: int) -> str:
        """All that a chunk writes, in one statement of PostgreSQL."""
        return f"""WITH placed AS MATERIALIZED ({self.placed(first, last)}),
            graded AS (INSERT INTO {_state.table(Grading)} ({names(GRADING)}) {self.gradings("placed")})
            INSERT INTO {_state.table(Movement)} ({names(MOVEMENT)}) {self.movements("placed")}"""

    def chunk_in_steps(self, first: int, last: int) -> Iterator[str]:
        """The same for SQLite, where a SELECT writes nothing."""
        yield "DROP TABLE IF EXISTS temp.placed"
        yield f"CREATE TEMP TABLE placed AS {self.placed(first, last)}"
        yield f"INSERT INTO {_state.table(Grading)} ({names(GRADING)}) {self.gradings('temp.placed')}"
        yield f"INSERT INTO {_state.table(Movement)} ({names(MOVEMENT)}) {self.movements('temp.placed')}"

    def done(self, pk: int) -> str:
        return f"UPDATE {_state.table(Chunk)} SET state = 'done', attempts = 1 WHERE id = {pk} AND state = 'waiting'"

    def placed(self, first: int, last: int) -> str:
        """Values v, points np, dimensions nd, total and the tier of each customer, and where they stood."""
        every = range(len(self.scheme.indicators))
        values, points = listed("v", every), listed("np", every)
        dimensions = listed("nd", range(len(self.scheme.dimensions)))
        stood = "customer_id, annual, before, earlier, by_hand"
        floor = self.scheme.coverage_floor
        sql = f"{self.raw(first, last)} {FENCE}"
        sql = f"SELECT {stood}, {values}, {self.points()} FROM ({sql}) raw {FENCE}"
        sql = f"SELECT {stood}, {values}, {points}, {self.sums()} FROM ({sql}) pointed {FENCE}"
        sql = f"SELECT {stood}, {values}, {points}, {self.dimensions()} FROM ({sql}) summed {FENCE}"
        sql = f"""SELECT {stood}, {values}, {points}, {dimensions}, low, coverage,
                         low + 10000 * (10000 - coverage) AS high, {self.total()} AS total FROM ({sql}) scored {FENCE}"""
        sql = f"SELECT *, {self.tier('total')} AS computed FROM ({sql}) totalled {FENCE}"
        return f"""
            SELECT *, CASE WHEN by_hand IS NOT NULL THEN by_hand WHEN coverage < {floor} THEN before ELSE computed
                      END AS tier,
                   CASE WHEN by_hand IS NOT NULL THEN 'override' WHEN coverage < {floor} THEN 'coverage' ELSE ''
                   END AS kept
            FROM ({sql}) tiered"""

    def gradings(self, source: str) -> str:
        every = range(len(self.scheme.indicators))
        lists = (
            array([f"v{n}" for n in every]),
            array([f"np{n}" for n in every]),
            array([f"nd{n}" for n in range(len(self.scheme.dimensions))]),
        )
        return f"""SELECT {self.run.pk}, customer_id, computed, tier, kept, total, low, high, coverage, annual,
                          {", ".join(lists)} FROM {source}"""

    def sums(self) -> str:
        """Per dimension the weight that is there and the sum over it."""
        parts, at = [], 0
        for n, dimension in enumerate(self.scheme.dimensions):
            own = [(i.weight, f"np{at + k}") for k, i in enumerate(dimension.indicators)]
            at += len(own)
            parts.append(plus(f"COALESCE({w} * {name}, 0)" for w, name in own) + f" AS top{n}")
            parts.append(
                plus(f"CASE WHEN {name} IS NULL THEN 0 ELSE {w} END" for w, name in own) + f" AS weight{n}"
            )
        return ", ".join(parts)

    def dimensions(self) -> str:
        """Also the lowest total and the share that is known, which need no rounding."""
        numbered = list(enumerate(self.scheme.dimensions))
        scores = [mean(f"top{n}", f"weight{n}") + f" AS nd{n}" for n, _d in numbered]
        low = plus(f"{d.weight} * top{n}" for n, d in numbered)
        coverage = plus(f"{d.weight} * weight{n}" for n, d in numbered)
        return f"{', '.join(scores)}, {low} AS low, {coverage} AS coverage"

    def total(self) -> str:
        parts = [(d.weight, f"nd{n}") for n, d in enumerate(self.scheme.dimensions)]
        there = plus(f"CASE WHEN {name} IS NULL THEN 0 ELSE {w} END" for w, name in parts)
        top = plus(f"COALESCE({w} * {name}, 0)" for w, name in parts)
        exact = plus(f"{w} * {name}" for w, name in parts)
        return f"COALESCE({exact}, {mean(f'({top})', f'({there})')})"

    def points(self) -> str:
        return ", ".join(f"{curved(i, f'v{n}')} AS np{n}" for n, i in enumerate(self.scheme.indicators))

    def tier(self, total: str) -> str:
        floors = zip(self.scheme.floors, self.tiers, strict=True)
        return "CASE " + " ".join(f"WHEN {total} >= {f.total} THEN {pk}" for f, pk in floors) + " END"

    def raw(self, first: int, last: int) -> str:
        values = ", ".join(f"{MEASURED[i.key]} AS v{n}" for n, i in enumerate(self.scheme.indicators))
        between = f"BETWEEN {first} AND {last}"
        sql = f"""
            SELECT c.id AS customer_id, o.net AS annual, s.tier_id AS before, s.grading_id AS earlier,
                   h.tier_id AS by_hand, {values}
            FROM customers_customer c
            JOIN customers_standing s ON s.customer_id = c.id AND s.customer_id {between}
            LEFT JOIN ({ORDERS}) o ON o.customer_id = c.id
            LEFT JOIN ({PAYMENTS}) p ON p.customer_id = c.id
            LEFT JOIN ({CONTRACTS}) k ON k.customer_id = c.id
            LEFT JOIN ({RATINGS}) a ON a.customer_id = c.id
            LEFT JOIN ({FIGURES}) f ON f.customer_id = c.id
            LEFT JOIN ({REQUESTS}) r ON r.customer_id = c.id
            LEFT JOIN tiering_override h
                ON h.customer_id = c.id AND h.ended_at IS NULL AND h.expires_on >= {{frozen_on}}
            WHERE c.id {between} AND c.archived_at IS NULL AND c.created_at <= {{frozen}}"""
        return sql.format(between=between, **self.moments())

    def moments(self) -> dict[str, str]:
        window = self.window
        end = day(window.end)
        began = BEGAN.format(end=end)
        return {
            "start": day(window.start),
            "end": end,
            "start_at": moment(window.start_at),
            "until": moment(window.until),
            "frozen": moment(window.frozen_at),
            "frozen_on": day(timezone.localdate(window.frozen_at)),
            "cast": CAST,
            "began": f"({end} - {began})"
            if is_postgresql()
            else f"CAST(julianday({end}) - julianday({began}) AS INTEGER)",
        }

    # Movements and their reasons

    def movements(self, source: str) -> str:
        """Level by level: both sides' shares, the largest remainders, per dimension and per indicator."""
        dimensions, every = range(len(self.scheme.dimensions)), range(len(self.scheme.indicators))
        # One look-up for each: the planner, who expects more of them, would read the whole table.
        look_up = f"(SELECT * FROM {_state.table(Grading)} x WHERE x.id = m.earlier OFFSET 0)"
        earlier = (
            f"LATERAL {look_up} g ON true"
            if is_postgresql()
            else f"{_state.table(Grading)} g ON g.id = m.earlier"
        )
        sql = f"""SELECT m.*, {", ".join(element('g."values"', n) + f" AS w{n}" for n in every)},
                         {", ".join(element("g.points", n) + f" AS ep{n}" for n in every)},
                         {", ".join(element("g.dimensions", n) + f" AS ed{n}" for n in dimensions)},
                         g.total AS etotal, g.coverage AS ecoverage, m.total AS ntotal
                  FROM {source} m LEFT JOIN {earlier}
                  WHERE m.tier IS NOT NULL AND m.tier <> COALESCE(m.before, 0) {FENCE}"""
        shares = [f"{d.weight} * COALESCE({{s}}d{n}, 0)" for n, d in enumerate(self.scheme.dimensions)]
        sql = apportioned(sql, [("{s}total", "{s}part", shares)])
        inner, at = [], 0
        for n, dimension in enumerate(self.scheme.dimensions):
            own = [f"{i.weight} * COALESCE({{s}}p{at + k}, 0)" for k, i in enumerate(dimension.indicators)]
            inner.append((f"{{s}}part{n}", f"{{s}}line{n}_", own))
            at += len(own)
        sql = apportioned(sql, inner)
        return f"""SELECT {self.run.pk}, customer_id, before, tier, earlier, {self.reason()} FROM ({sql}) explained"""

    def reason(self) -> str:
        order = {key: n for n, key in enumerate(sorted(i.key for i in self.scheme.indicators))}
        lines, at = [], 0
        for n, dimension in enumerate(self.scheme.dimensions):
            for k, i in enumerate(dimension.indicators):
                delta = f"nline{n}_{k} - eline{n}_{k}"
                lines.append(f"{order[i.key]}, {delta}, '{i.key}', w{at}, v{at}, ep{at}, np{at}")
                at += 1
        return reason_of(lines)

    # Publishing

    def publishing(self) -> list[str]:
        by_hand = f"""EXISTS (SELECT 1 FROM tiering_override o WHERE o.customer_id = s.customer_id
                              AND o.ended_at IS NULL AND o.expires_on >= {day(timezone.localdate())})"""
        target = f"""CASE WHEN g.kept <> '' OR {by_hand} THEN s.tier_id ELSE COALESCE(g.computed_tier_id, s.tier_id) END"""
        as_of, at = day(self.run.as_of), moment(timezone.now())
        return [
            f"""INSERT INTO {_state.table(TierChange)} ({names(CHANGE)})
                SELECT m.customer_id, m.run_id, s.tier_id, m.to_tier_id, {as_of}, {at}, NULL, m.reason, '', NULL
                FROM {_state.table(Movement)} m JOIN customers_standing s ON s.customer_id = m.customer_id
                WHERE m.run_id = {self.run.pk} AND COALESCE(s.tier_id, 0) <> m.to_tier_id AND NOT {by_hand}""",
            f"""UPDATE customers_standing AS s
                SET since = CASE WHEN COALESCE(s.tier_id, 0) <> COALESCE({target}, 0) THEN {as_of} ELSE s.since END,
                    tier_id = {target}, computed_tier_id = g.computed_tier_id, is_overridden = {by_hand},
                    total = g.total, low = g.low, high = g.high, coverage = g.coverage,
                    annual_amount = g.annual_amount, graded_on = {as_of}, grading_id = g.id
                FROM {_state.table(Grading)} g WHERE g.run_id = {self.run.pk} AND g.customer_id = s.customer_id""",
            f"UPDATE {_state.table(Run)} SET state = 'published', published_at = {at} WHERE id = {self.run.pk}",
        ]


GRADING = (
    "run_id", "customer_id", "computed_tier_id", "tier_id", "kept", "total", "low", "high", "coverage",
    "annual_amount", "values", "points", "dimensions",
)  # fmt: skip
MOVEMENT = ("run_id", "customer_id", "from_tier_id", "to_tier_id", "earlier_id", "reason")
CHANGE = (
    "customer_id", "run_id", "from_tier_id", "to_tier_id", "effective_on", "changed_at", "by_id", "reason", "words", "grace_until",
)  # fmt: skip

# The facts of a stretch of customers. In braces stand the moments of the window.

ORDERS = """
    SELECT customer_id,
        COALESCE(sum(amount) FILTER (WHERE ordered_on >= {start}), 0){cast} AS net,
        COALESCE(sum(amount) FILTER (WHERE ordered_on >= {start} AND amount > 0), 0){cast} AS bought,
        count(*) FILTER (WHERE ordered_on >= {start} AND amount > 0) AS count,
        sum(amount) FILTER (WHERE ordered_on >= {start} AND amount > 0 AND customised_share IS NOT NULL){cast} AS judged,
        sum(amount * customised_share) FILTER (WHERE ordered_on >= {start} AND amount > 0){cast} AS customised,
        min(ordered_on) FILTER (WHERE amount > 0) AS first
    FROM customers_order WHERE customer_id {between} AND ordered_on <= {end} AND recorded_at <= {frozen}
    GROUP BY customer_id"""
PAYMENTS = """
    SELECT customer_id, sum(amount){cast} AS due, COALESCE(sum(amount) FILTER (WHERE paid_on <= due_on), 0){cast} AS on_time
    FROM customers_payment WHERE customer_id {between} AND due_on BETWEEN {start} AND {end} AND recorded_at <= {frozen}
    GROUP BY customer_id"""
CONTRACTS = """
    SELECT customer_id, count(*) AS ended, count(*) FILTER (WHERE renewed_on <= {end}) AS renewed
    FROM customers_contract WHERE customer_id {between} AND ends_on BETWEEN {start} AND {end} AND recorded_at <= {frozen}
    GROUP BY customer_id"""
REQUESTS = """
    SELECT customer_id, count(*) FILTER (WHERE department = 'technical' AND opened_at >= {start_at}) AS technical
    FROM customers_servicerequest WHERE customer_id {between} AND opened_at < {until} AND recorded_at <= {frozen}
    GROUP BY customer_id"""
NEWEST = """
    SELECT customer_id, indicator, {value},
           row_number() OVER (PARTITION BY customer_id, indicator ORDER BY {day} DESC, id DESC) AS place
    FROM {table} WHERE customer_id {{between}} AND {day} <= {{end}} AND recorded_at <= {{frozen}}"""
PIVOTED = "SELECT customer_id, {columns} FROM ({newest}) newest WHERE place = 1 GROUP BY customer_id"


def pivoted(table: str, keys: Sequence[str], *, value: str, day_column: str) -> str:
    newest = NEWEST.format(table=table, value=value, day=day_column)
    columns = ", ".join(f"max({value}) FILTER (WHERE indicator = '{key}') AS {key}" for key in keys)
    return PIVOTED.format(columns=columns, newest=newest)


RATINGS = pivoted("customers_assessment", _book.RATED, value="rating", day_column="rated_on")
FIGURES = pivoted("customers_figure", (_book.GIVEN,), value="value", day_column="as_of")
BEGAN = "COALESCE(CASE WHEN c.cooperation_since <= {end} THEN c.cooperation_since END, o.first)"


def share(part: str, of_all: str, scale: int = 10_000) -> str:
    return f"CASE WHEN {of_all} > 0 THEN ({2 * scale} * {part} + {of_all}) / (2 * {of_all}) END"


MEASURED: Final = {
    "annual_amount": "o.net",
    "single_order_amount": share("o.bought", "o.count", 1),
    "payment_timeliness": share("p.on_time", "p.due"),
    "years_of_cooperation": "{began}",
    "order_frequency": "o.count",
    "renewal_rate": share("k.renewed", "k.ended"),
    "customised_share": share("o.customised", "o.judged", 1),
    "service_response": "a.service_response",
    "technical_support": "r.technical",
    "industry_outlook": "f.industry_outlook",
    "expansion_plan": "a.expansion_plan",
    "referral_ability": "a.referral_ability",
}


# Pieces of SQL, in the dialect of the database at hand

Shared = tuple[str, str, list[str]]
"""A whole, the prefix of its parts, and their shares; "{s}" stands for the side."""
CAST = "::bigint" if is_postgresql() else ""
FENCE = "OFFSET 0" if is_postgresql() else "LIMIT -1"
"""Keeps the planner from writing out an inner expression each time an outer one uses it."""


def mean(top: str, weight: str) -> str:
    """Rounded half up; nothing where no weight is there."""
    return f"CASE {weight} WHEN 100 THEN {top} WHEN 0 THEN NULL ELSE (200 * {top} + {weight}) / (2 * {weight}) END"


def curved(indicator: scoring.Indicator, value: str) -> str:
    """Points of a raw value, hundredths, rounded half up at the curve."""
    knots = indicator.curve.knots
    missing = {scoring.Missing.NEUTRAL: scoring.NEUTRAL_POINTS, scoring.Missing.ZERO: 0}.get(
        indicator.missing, "NULL"
    )
    cases = [f"WHEN {value} IS NULL THEN {missing}"]
    if indicator.curve.shape is scoring.Shape.BANDS:
        cases += [f"WHEN {value} >= {x} THEN {y}" for x, y in reversed(knots)]
        return big(f"CASE {' '.join(cases)} ELSE 0 END")
    cases.append(f"WHEN {value} <= {knots[0][0]} THEN {knots[0][1]}")
    for (x0, y0), (x1, y1) in pairwise(knots):
        width, rise = x1 - x0, y1 - y0
        constant = (
            2 * (y0 * width - rise * x0) + width
        )  # of (2 * (y0 * width + rise * (x - x0)) + width) / (2 * width)
        cases.append(f"WHEN {value} < {x1} THEN ({2 * rise} * {big(value)} + {constant}) / {2 * width}")
    return big(f"CASE {' '.join(cases)} ELSE {knots[-1][1]} END")


def apportioned(sql: str, wholes: list[Shared]) -> str:
    """Each whole split in proportion to its shares by largest remainder, for both sides of a reason."""
    sides = [
        (
            whole.replace("{s}", side),
            prefix.replace("{s}", side),
            [share.replace("{s}", side) for share in shares],
        )
        for whole, prefix, shares in wholes
        for side in SIDES
    ]
    first = ", ".join(
        f"{part} AS {prefix}s{k}" for _w, prefix, parts in sides for k, part in enumerate(parts)
    )
    second, third = [], []
    for whole, prefix, parts in sides:
        every = range(len(parts))
        everything = f"NULLIF({plus(f'{prefix}s{k}' for k in every)}, 0)"
        second += [f"{whole} * {prefix}s{k} / {everything} AS {prefix}q{k}" for k in every]
        second += [f"{whole} * {prefix}s{k} % {everything} AS {prefix}r{k}" for k in every]
        lacking = f"{whole} - ({plus(f'{prefix}q{k}' for k in every)})"
        for k in every:
            before = [f"{prefix}r{j} {'>=' if j < k else '>'} {prefix}r{k}" for j in every if j != k]
            rank = plus(f"CASE WHEN {comes} THEN 1 ELSE 0 END" for comes in before)
            one_more = f"CASE WHEN {rank} < {lacking} THEN 1 ELSE 0 END" if before else "0"
            third.append(f"COALESCE({prefix}q{k} + {one_more}, 0) AS {prefix}{k}")
    sql = f"SELECT *, {first} FROM ({sql}) given {FENCE}"
    sql = f"SELECT *, {', '.join(second)} FROM ({sql}) shared {FENCE}"
    return f"SELECT *, {', '.join(third)} FROM ({sql}) divided {FENCE}"


TOLD: Final = "delta <> 0 OR earlier IS NOT NULL AND (v0 IS NULL) <> (v1 IS NULL)"
"""Which lines a reason has: with a part in the change, or of what became known or unknown."""


def reason_of(lines: list[str]) -> str:
    """The JSON of a reason. A line is: place among equals, delta, key, values and points before and after."""
    numbers = ("etotal", "ntotal", "ecoverage", "coverage")
    if is_postgresql():  # putting the text together and reading it as JSON is quicker than jsonb_build_array
        t0, t1, c0, c1 = map(optional, numbers)
        line = f"""'["' || key || '",[' || {optional("v0")} || ',' || {optional("v1")} || '],['
            || {optional("p0")} || ',' || {optional("p1")} || '],' || delta || ']'"""
        inner = f"""COALESCE((SELECT string_agg({line}, ',' ORDER BY abs(delta) DESC, n)
            FROM (VALUES ({"), (".join(lines)})) l (n, delta, key, v0, v1, p0, p1) WHERE {TOLD}), '')"""
        return f"""('{{"kind":"graded","totals":[' || {t0} || ',' || {t1} || '],"coverages":[' || {c0} || ',' || {c1}
            || '],"new_scheme":false,"lines":[' || {inner} || ']}}')::jsonb"""
    t0, t1, c0, c1 = numbers
    columns = "NULL AS n, NULL AS delta, NULL AS key, NULL AS v0, NULL AS v1, NULL AS p0, NULL AS p1"
    inner = f"""(SELECT json_group_array(json_array(key, json_array(v0, v1), json_array(p0, p1), delta)) FROM (
        SELECT * FROM (SELECT {columns} UNION ALL SELECT {" UNION ALL SELECT ".join(lines)})
        WHERE {TOLD} ORDER BY abs(delta) DESC, n))"""
    return f"""json_object('kind', 'graded', 'totals', json_array({t0}, {t1}), 'coverages', json_array({c0}, {c1}),
        'new_scheme', json('false'), 'lines', {inner})"""


def optional(number: str) -> str:
    return f"COALESCE({number}::text, 'null')"


def array(parts: Sequence[str]) -> str:
    return f"{'jsonb_build_array' if is_postgresql() else 'json_array'}({', '.join(parts)})"


def element(column: str, n: int) -> str:
    return f"({column} ->> {n})::bigint" if is_postgresql() else f"json_extract({column}, '$[{n}]')"


def big(expression: str) -> str:
    return f"({expression}){CAST}"


def plus(parts: Iterable[str]) -> str:
    return " + ".join(parts)


def listed(prefix: str, numbers: Iterable[int]) -> str:
    return ", ".join(f"{prefix}{n}" for n in numbers)


def names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def day(value: date) -> str:
    return f"'{value}'{'::date' if is_postgresql() else ''}"


def moment(value: datetime) -> str:
    if is_postgresql():
        return f"'{value.isoformat()}'::timestamptz"
    return f"'{connection.ops.adapt_datetimefield_value(value)}'"
