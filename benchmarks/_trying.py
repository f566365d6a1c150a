"""The simulation of one book, beside the same question asked in other ways."""

import os
import time
from typing import Any
from unittest import mock

from django.db import connection
from django.db.models import Sum
from django.db.models.functions import Length
from django.test import Client
from django.utils import timezone

from accounts.models import User
from benchmarks import _alone, _book, _machine
from benchmarks.simulation import timed
from tiering import scoring
from tiering.models import Basis, Grading, Run, SchemeVersion
from tiering.simulation import measuring, stored
from tiering.simulation.counting import UNKNOWN
from tiering.simulation.trying import Trial
from tiering.trials import TrialForm

LOOPED = 20_000
"""Of a larger book the plain scorer scores so many, and its time is scaled."""
MOVED = {"d-finance": "40", "d-cooperation": "26", "d-demand": "17", "d-potential": "17"}
"""What the issue asks: finance from 30 to 40; the others give way."""
RESULT = {"hx-request": "true", "hx-target": "result"}
Matrix = dict[tuple[str | None, str | None], int]


def everything(director: User, *, rounds: int) -> dict[str, Any]:
    basis = Basis()

    def measure() -> None:
        nonlocal basis
        basis = measured()

    measuring_took = timed(measure)
    fetching = timed(lambda: stored.opened(basis))
    version = SchemeVersion.objects.get(scheme__is_default=True, state=SchemeVersion.State.PUBLISHED)
    address = f"/simulations/version/{version.pk}/"
    client = Client()
    client.force_login(director)

    def answer(path: str, **asked: str | float) -> float:
        started = time.perf_counter()
        got = client.get(path, {key: str(value) for key, value in asked.items()}, headers=RESULT)
        took = time.perf_counter() - started
        if got.status_code != 200:
            raise RuntimeError(f"{path} {asked}: {got.status_code}")
        return took

    answer(address)
    found: dict[str, Any] = {
        "customers": basis.customers,
        "machine": _machine.described(),
        "measuring": measuring_took,
        "fetching": fetching,
        "weight": [answer(address, **weights(n)) for n in range(rounds)],
        "floor": [answer(address, **{"f-core": 80 - n / 4}) for n in range(rounds)],
        "in_force": [answer(address, against="in_force", **weights(n)) for n in range(rounds)],
        "movers": [answer(f"{address}movers/", direction="up", **weights(n)) for n in range(rounds)],
        "capacity": [answer(f"{address}hours/", **weights(n)) for n in range(rounds)],
        "load": os.getloadavg()[0],
        "memory": _alone.peak_memory(os.getpid()),
        "stored": basis.chunks.aggregate(n=Sum(Length("columns")))["n"],
        "file": (stored.DIRECTORY / f"{basis.token}.npy").stat().st_size,
    }
    return found | compared(basis, rounds)


def measured() -> Basis:
    """As of the day of the last re-grade, in this process."""
    with mock.patch.object(measuring, "wake"):
        basis = measuring.start(as_of=_book.EARLIER, window_months=12, at=timezone.now(), by=None)
    for pk in basis.chunks.order_by("first").values_list("pk", flat=True):
        measuring.measure_chunk(pk, at=timezone.now())
    basis.refresh_from_db()
    if basis.state != Basis.State.READY:
        raise RuntimeError(basis.error)
    return basis


def weights(n: int) -> dict[str, int]:
    """Each time another one, from 20 percent on."""
    return {"d-finance": 20 + n, "d-cooperation": 40 - n}


def a_trial(basis: Basis) -> Trial:
    version = SchemeVersion.objects.whole().get(scheme__is_default=True, state=SchemeVersion.State.PUBLISHED)
    form = TrialForm(MOVED, version=version)
    if not form.is_valid():
        raise RuntimeError(str(form.errors))
    return Trial(version, form.rules, basis)


def compared(basis: Basis, rounds: int) -> dict[str, Any]:
    alone = [timed(lambda: a_trial(basis).counts) for _n in range(rounds)]
    trial = a_trial(basis)
    ours = {
        (cell.from_tier and cell.from_tier.key, cell.to_tier and cell.to_tier.key): cell.count
        for cell in trial.matrix(lambda **_words: "").cells
        if cell.count
    }
    started = time.perf_counter()
    sql = by_sql(trial)
    by_sql_took = time.perf_counter() - started
    started = time.perf_counter()
    plain_is_same, count = plain(trial)
    plain_took = (time.perf_counter() - started) * basis.customers / count
    return {
        "alone": alone,
        "sql": by_sql_took,
        "plain": plain_took,
        "plain_from": count,
        "same": sql == ours and plain_is_same,
    }


def by_sql(trial: Trial) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question(trial.rules), [Run.objects.published().latest("pk").pk])
        return {(before, after): count for before, after, count in cursor.fetchall()}


def question(rules: scoring.Scheme) -> str:
    """Of the points that a re-grade stored as JSON; no tier is set by hand in this book."""
    position, dimensions = 0, []
    for dimension in rules.dimensions:
        own = [(i.weight, f"(g.points->>{position + n})::bigint") for n, i in enumerate(dimension.indicators)]
        position += len(own)
        dimensions.append((dimension.weight, weighed(own)))
    names = [(weight, f"d{n}") for n, (weight, _sql) in enumerate(dimensions)]
    shares = [d.weight * i.weight for d in rules.dimensions for i in d.indicators]
    known = " + ".join(f"CASE WHEN g.values->>{n} IS NULL THEN 0 ELSE {w} END" for n, w in enumerate(shares))
    scores = ", ".join(f"{sql} AS d{n}" for n, (_weight, sql) in enumerate(dimensions))
    tiers = " ".join(f"WHEN t.total >= {floor.total} THEN '{floor.tier}'" for floor in rules.floors)
    return f"""
        SELECT b.key, CASE WHEN t.coverage < {rules.coverage_floor} THEN b.key {tiers} END, count(*)
        FROM (
            SELECT s.customer_id, s.coverage, {weighed(names)} AS total
            FROM (SELECT g.customer_id, {known} AS coverage, {scores} FROM {Grading._meta.db_table} g WHERE g.run_id = %s) s
        ) t
        JOIN customers_standing c ON c.customer_id = t.customer_id LEFT JOIN customers_tier b ON b.id = c.tier_id
        GROUP BY 1, 2
    """


def weighed(parts: list[tuple[int, str]]) -> str:
    """As `scoring` weighs: 100 x sum / weight there, rounded half up; NULL where nothing is."""
    top = " + ".join(f"{weight} * COALESCE({sql}, 0)" for weight, sql in parts)
    weight = " + ".join(f"CASE WHEN {sql} IS NULL THEN 0 ELSE {weight} END" for weight, sql in parts)
    return f"(200 * ({top}) + ({weight})) / NULLIF(2 * ({weight}), 0)"


def plain(trial: Trial) -> tuple[bool, int]:
    """The first customers one by one; whether each gets the tier that the simulation gives."""
    measured, rules = trial.measured, trial.rules
    count = min(LOOPED, measured.size)
    keys = [indicator.key for indicator in rules.indicators]
    rows = zip(*(measured[key][:count].tolist() for key in ("tier", *keys)), strict=True)
    tiers = []
    for present, *values in rows:
        known = {key: None if value == UNKNOWN else value for key, value in zip(keys, values, strict=True)}
        verdict = scoring.grade(rules, known)
        before = trial.all_tiers.get(present)
        is_enough = verdict.coverage >= rules.coverage_floor
        tiers.append(verdict.tier(rules) if is_enough else before and before.key)
    given = [trial.tier(place) for place in trial.after.tier[:count].tolist()]
    return tiers == [tier and tier.key for tier in given], count
