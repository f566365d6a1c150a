"""Yardstick (c): pandas, `read_sql` out and `to_sql` in, scored in numpy, 100,000 customers at a time (more would not
fit into a small machine's memory), one process."""

import time
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd
import psycopg2
import sqlalchemy
from django.utils import timezone
from sqlalchemy.dialects.postgresql import JSONB

from benchmarks import _book
from tiering import book, explanation, scoring
from tiering.measures import Window
from tiering.models import Chunk, Grading, Run, SchemeVersion
from tiering.models.change import Override

BLOCK: Final = 100_000
JSON_COLUMNS: Final = ("values", "points", "dimensions", "reason")
Frame = pd.DataFrame


def run(run_: Run) -> float:
    """Grade and publish; seconds. PostgreSQL only."""
    if Override.objects.exists():
        raise RuntimeError("Tiers set by hand are not in this yardstick.")
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg2://",
        creator=lambda: psycopg2.connect(**_book.parameters(), options="-c TimeZone=UTC"),
    )
    started = time.perf_counter()
    version = SchemeVersion.objects.whole().get(pk=run_.version_id)
    for first, last in blocks(run_):
        with engine.begin() as link:
            grade(run_, version, link, first, last)
    with engine.begin() as link:
        publish(run_, link)
    return time.perf_counter() - started


def blocks(run_: Run) -> Iterator[tuple[int, int]]:
    chunks = Chunk.objects.filter(run=run_).order_by("pk")
    found = list(chunks.values_list("first", "last", "customers"))
    per_block = max(1, BLOCK // found[0][2])
    for at in range(0, len(found), per_block):
        own = found[at : at + per_block]
        yield own[0][0], own[-1][1]


def grade(run_: Run, version: SchemeVersion, link: Any, first: int, last: int) -> None:
    rules = version.rules()
    window = Window.trailing(version.window_months, as_of=run_.as_of, frozen_at=run_.frozen_at)
    read = Reader(link, {"first": first, "last": last, "end": window.end, "frozen": run_.frozen_at})
    customers = read(
        """SELECT c.id AS customer_id, c.cooperation_since, s.tier_id, s.grading_id FROM customers_customer c
           JOIN customers_standing s ON s.customer_id = c.id
           WHERE c.id BETWEEN :first AND :last AND c.archived_at IS NULL AND c.created_at <= :frozen ORDER BY c.id""",
        "cooperation_since",
    )
    ids = customers.customer_id
    columns = dict(measured(read, customers, window))
    verdicts = book.grade(rules, columns, size=len(ids))
    tiers = np.array([floor.tier_id for floor in version.floors.all()])
    computed = pd.Series(np.where(verdicts.scored, tiers[verdicts.tier], 0))
    too_little = verdicts.coverage < rules.coverage_floor
    tier = computed.where(~too_little, customers.tier_id.fillna(0)).astype("int64")
    amount = columns["annual_amount"]
    gradings = Frame(
        {
            "run_id": run_.pk,
            "customer_id": ids,
            "computed_tier_id": nullable(computed),
            "tier_id": nullable(tier),
            "kept": np.where(too_little, "coverage", ""),
            "total": pd.Series(verdicts.total).astype("Int64").where(verdicts.scored),
            "low": verdicts.low,
            "high": verdicts.high,
            "coverage": verdicts.coverage,
            "annual_amount": pd.Series(amount.values).astype("Int64").where(amount.known),
            "values": lists(verdicts.values, verdicts.known),
            "points": lists(verdicts.points, verdicts.has_points),
            "dimensions": lists(verdicts.dimensions, verdicts.has_dimension),
        }
    )
    write(gradings, "tiering_grading", link)
    moved = (tier > 0) & (tier != customers.tier_id.fillna(0))
    old = read(
        """SELECT id AS grading_id, "values", points, total, coverage FROM tiering_grading WHERE id IN (
               SELECT grading_id FROM customers_standing WHERE customer_id BETWEEN :first AND :last)"""
    )
    before = customers[moved].merge(old, on="grading_id", how="left")
    after = gradings[moved]
    movements = Frame(
        {
            "run_id": run_.pk,
            "customer_id": after.customer_id.to_numpy(),
            "from_tier_id": before.tier_id.astype("Int64"),
            "to_tier_id": tier[moved].to_numpy(),
            "earlier_id": before.grading_id.astype("Int64"),
            "reason": reasons(rules, before, after),
        }
    )
    write(movements, "tiering_movement", link)
    own = {"run": run_.pk, "first": first, "last": last}
    done = "UPDATE tiering_chunk SET state = 'done', attempts = 1 WHERE run_id = :run AND first BETWEEN :first AND :last"
    link.execute(sqlalchemy.text(done), own)


class Reader:
    """`read_sql` with the stretch and the moments filled in."""

    def __init__(self, link: Any, values: dict[str, Any]) -> None:
        self.link, self.values = link, values

    def __call__(self, question: str, *days: str) -> Any:
        return pd.read_sql(sqlalchemy.text(question), self.link, params=self.values, parse_dates=list(days))

    def facts(self, table: str, columns: str, where: str, *days: str) -> Any:
        return self(
            f"""SELECT customer_id, {columns} FROM {table}
                WHERE customer_id BETWEEN :first AND :last AND recorded_at <= :frozen AND {where}""",
            *days,
        )


def measured(read: Reader, customers: Any, window: Window) -> Iterator[tuple[str, book.Column]]:
    ids = customers.customer_id
    start, end = pd.Timestamp(window.start), pd.Timestamp(window.end)
    columns = "ordered_on, amount, customised_share"
    orders = read.facts("customers_order", columns, "ordered_on <= :end", "ordered_on")
    inside = orders[orders.ordered_on >= start]
    bought = inside[inside.amount > 0]
    judged = bought[bought.customised_share.notna()]
    customised = judged.amount * judged.customised_share.astype("int64")
    ever = ids.isin(orders.customer_id).to_numpy()
    count = laid(bought.groupby("customer_id").size(), ids)
    yield "annual_amount", book.Column(laid(inside.groupby("customer_id").amount.sum(), ids), ever)
    yield "single_order_amount", share(laid(bought.groupby("customer_id").amount.sum(), ids), count, 1)
    yield "order_frequency", book.Column(count, ever)
    own_judged = laid(judged.groupby("customer_id").amount.sum(), ids)
    yield "customised_share", share(laid(customised.groupby(judged.customer_id).sum(), ids), own_judged, 1)
    first = ids.map(orders[orders.amount > 0].groupby("customer_id").ordered_on.min())
    since = customers.cooperation_since
    began = since.where(since <= end).fillna(first)
    age = (end - began).dt.days
    yield (
        "years_of_cooperation",
        book.Column(age.fillna(0).astype("int64").to_numpy(), age.notna().to_numpy()),
    )
    payments = read.facts(
        "customers_payment", "amount, due_on, paid_on", "due_on <= :end", "due_on", "paid_on"
    )
    payments = payments[payments.due_on >= start]
    on_time = payments[payments.paid_on <= payments.due_on]
    due = laid(payments.groupby("customer_id").amount.sum(), ids)
    yield "payment_timeliness", share(laid(on_time.groupby("customer_id").amount.sum(), ids), due)
    contracts = read.facts(
        "customers_contract", "ends_on, renewed_on", "ends_on <= :end", "ends_on", "renewed_on"
    )
    contracts = contracts[contracts.ends_on >= start]
    renewed = contracts[contracts.renewed_on <= end]
    ended = laid(contracts.groupby("customer_id").size(), ids)
    yield "renewal_rate", share(laid(renewed.groupby("customer_id").size(), ids), ended)
    requests = read.facts(
        "customers_servicerequest", "opened_at, department", "opened_at < :end + 1", "opened_at"
    )
    requests = requests[requests.opened_at < pd.Timestamp(window.until)]
    technical = requests[
        (requests.department == "technical") & (requests.opened_at >= pd.Timestamp(window.start_at))
    ]
    asked = ids.isin(requests.customer_id).to_numpy()
    yield "technical_support", book.Column(laid(technical.groupby("customer_id").size(), ids), asked)
    ratings = read.facts(
        "customers_assessment", "id, indicator, rating AS value, rated_on AS day", "rated_on <= :end"
    )
    figures = read.facts("customers_figure", "id, indicator, value, as_of AS day", "as_of <= :end")
    for rows in (ratings, figures):
        newest = rows.sort_values(["day", "id"]).drop_duplicates(["customer_id", "indicator"], keep="last")
        for key, own in newest.groupby("indicator"):
            known = ids.isin(own.customer_id).to_numpy()
            yield str(key), book.Column(laid(own.set_index("customer_id").value, ids), known)


def laid(series: Any, ids: Any) -> book.Ints:
    """Beside the customers; 0 where there is nothing."""
    numbers: book.Ints = series.reindex(ids, fill_value=0).to_numpy().astype(np.int64)
    return numbers


def share(part: book.Ints, whole: book.Ints, scale: int = 10_000) -> book.Column:
    known = whole > 0
    divisor = np.where(known, whole, 1)
    return book.Column((2 * scale * part + divisor) // (2 * divisor), known)


def nullable(ids: Any) -> Any:
    return ids.astype("Int64").where(ids > 0)


def lists(numbers: book.Ints, there: book.Bools) -> list[list[int | None]]:
    rows = numbers.astype(object)
    rows[~there] = None
    found: list[list[int | None]] = rows.tolist()
    return found


def reasons(rules: scoring.Scheme, before: Any, after: Any) -> list[dict[str, Any]]:
    pairs = zip(before.itertuples(), after.itertuples(index=False, name=None), strict=True)
    at = {name: n for n, name in enumerate(after.columns)}
    found = []
    for old, row in pairs:
        new = explanation.Graded(
            rules, row[at["values"]], row[at["points"]], whole(row[at["total"]]), row[at["coverage"]]
        )
        was = None
        if not pd.isna(old.grading_id):
            was = explanation.Graded(rules, old.values, old.points, whole(old.total), int(old.coverage))
        found.append(explanation.explain(was, new).as_json())
    return found


def whole(number: Any) -> int | None:
    return None if pd.isna(number) else int(number)


def write(frame: Any, table: str, link: Any, **how: Any) -> None:
    types = dict.fromkeys((name for name in JSON_COLUMNS if name in frame.columns), JSONB)
    frame.to_sql(table, link, if_exists="append", index=False, dtype=types, chunksize=10_000, **how)


def publish(run_: Run, link: Any) -> None:
    values = {"run": run_.pk, "day": run_.as_of, "at": timezone.now()}
    columns = (
        "id AS grading_id, customer_id, computed_tier_id, kept, total, low, high, coverage, annual_amount"
    )
    gradings = pd.read_sql(
        sqlalchemy.text(f"SELECT {columns} FROM {Grading._meta.db_table} WHERE run_id = :run"),
        link,
        params=values,
    )
    standings = pd.read_sql(
        sqlalchemy.text("SELECT customer_id, tier_id, since FROM customers_standing"), link
    )
    movements = pd.read_sql(
        sqlalchemy.text("SELECT customer_id, reason FROM tiering_movement WHERE run_id = :run"),
        link,
        params=values,
    )
    both = gradings.merge(standings, on="customer_id")
    tier = both.computed_tier_id.where(both.kept == "", both.tier_id).fillna(both.tier_id).astype("Int64")
    changed = tier.fillna(0) != both.tier_id.fillna(0)
    changes = both[changed].assign(to_tier_id=tier[changed]).merge(movements, on="customer_id")
    write(
        Frame(
            {
                "customer_id": changes.customer_id, "run_id": run_.pk, "from_tier_id": changes.tier_id.astype("Int64"),
                "to_tier_id": changes.to_tier_id, "effective_on": run_.as_of, "changed_at": values["at"],
                "reason": changes.reason, "words": "",
            }
        ),
        "tiering_tierchange", link,
    )  # fmt: skip
    both["since"] = both.since.where(~changed, run_.as_of)
    both["tier_id"] = tier
    whole_numbers = dict.fromkeys(("computed_tier_id", "total", "annual_amount"), "Int64")
    own = both.drop(columns="kept").astype(whole_numbers)
    own.to_sql("bench_frame", link, if_exists="replace", index=False, chunksize=10_000)
    link.execute(
        sqlalchemy.text("""UPDATE customers_standing s SET since = f.since::date, tier_id = f.tier_id,
            computed_tier_id = f.computed_tier_id, is_overridden = false, total = f.total, low = f.low, high = f.high,
            coverage = f.coverage, annual_amount = f.annual_amount, graded_on = :day, grading_id = f.grading_id
            FROM bench_frame f WHERE f.customer_id = s.customer_id"""),
        values,
    )
    link.execute(sqlalchemy.text("DROP TABLE bench_frame"))
    link.execute(
        sqlalchemy.text("UPDATE tiering_run SET state = 'published', published_at = :at WHERE id = :run"),
        values,
    )
