"""The benchmark of re-grading tells the truth: what it compares is the same work with the same outcome."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.models import Count, Sum

from benchmarks import _book, _loop, _owed, _sql, _stages, _state, _trying, attribution
from customers.models import Order, Payment, Standing
from tiering import regrade
from tiering.models import Grading, Movement, Run, TierChange

SAME = {
    "tiering_grading": 0,
    "tiering_movement": 0,
    "tiering_tierchange": 0,
    "customers_standing": 0,
    "standing → grading": 0,
}


@pytest.fixture
def first(transactional_db: None) -> Iterator[Run]:
    """A book of 300, graded as of the quarter before; ours as of the last quarter is kept to compare with."""
    _book.make(300, people=False)
    first = _state.first_grading()
    run = _state.start()
    with _state.alone():
        regrade.work_off(run)
    _state.keep(run)
    yield first
    _state.clear()


def test_all_ways_grade_alike(first: Run) -> None:
    for way in (_sql, _loop):
        _state.restore(first)
        run = _state.start()
        way.run(run)
        assert _state.differences(run) == SAME


def test_the_comparison_sees_what_differs(first: Run) -> None:
    _state.restore(first)
    run = _state.start()
    _sql.run(run)
    with _state.without_triggers():
        Grading.objects.filter(pk__in=Grading.objects.filter(run=run)[:1].values("pk")).update(low=-1)
        Movement.objects.filter(pk=Movement.objects.filter(run=run)[0].pk).update(reason={"kind": "other"})
        TierChange.objects.filter(pk=TierChange.objects.filter(run=run)[0].pk).delete()
        Standing.objects.filter(pk__lte=2).update(total=None, grading_id=None)
    assert list(_state.differences(run).values()) == [1, 1, 1, 2, 2]


def test_a_part_of_the_book_moves_and_every_tier_occurs(first: Run) -> None:
    run = Run.objects.latest("pk")
    assert 30 <= Movement.objects.filter(run=run).count() <= 90
    assert set(Grading.objects.filter(run=run).values_list("tier__key", flat=True)) == {
        "core",
        "important",
        "regular",
        "potential",
        None,
    }


def test_restoring_leaves_nothing_of_a_run(first: Run) -> None:
    _state.restore(first)
    assert list(Run.objects.all()) == [first]
    assert set(Grading.objects.values_list("run", flat=True)) == {first.pk}
    assert set(TierChange.objects.values_list("run", flat=True)) == {first.pk}
    assert not Standing.objects.exclude(graded_on=_book.EARLIER).exists()


def test_stages_add_up(first: Run) -> None:
    _state.restore(first)
    chunks, stages = _stages.of_chunks(_state.start())
    assert chunks == 1
    assert "aggregate the facts" in stages


def test_a_book_is_always_the_same(transactional_db: None) -> None:
    _book.make(20, people=True)
    orders = Order.objects.order_by("pk").values_list("customer_id", "amount", "customised_share")
    assert list(orders[:2]) == [(13, 9_972_633, 7_551), (6, 35_418_450, 2_022)]
    assert Order.objects.aggregate(n=Count("pk"), amount=Sum("amount")) == {"n": 389, "amount": 5_774_010_508}
    assert Payment.objects.aggregate(n=Count("pk"), amount=Sum("amount")) == {
        "n": 64,
        "amount": 4_291_949_981,
    }


def test_the_parts_of_random_changes_add_up() -> None:
    found = attribution.measure(2_000, seed=4)

    assert (found.pairs, found.residuals, found.other_lines) == (2_000, 0, 0)
    assert 1_000 < found.by_two_schemes < 1_900


def test_a_simulation_is_what_sql_and_the_plain_scorer_find(transactional_db: None) -> None:
    director = _book.make(300, people=False)
    with _state.alone():
        regrade.work_off(_state.start(_book.EARLIER))
    basis = _trying.measured()
    trial = _trying.a_trial(basis)

    assert _trying.plain(trial) == (True, 300)
    assert 0 < trial.moved()[0] < 150
    assert director.sees_all
    if _state.is_postgresql():
        assert _trying.compared(basis, 1)["same"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_nights_by_sql_leave_what_the_product_leaves() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL: ./run test --postgres")
    _book.make(300)
    _owed.spread()
    try:
        nights = _owed.nights(workers=0)["nights"]
    finally:
        _owed.clear()
    assert {name: night["differing"] for name, night in nights.items()} == dict.fromkeys(nights, 0)
    assert nights["first"]["written"] > 500
    assert nights["busy"]["written"] > 100
    assert nights["quiet"]["written"] == nights["again"]["written"] == 0
