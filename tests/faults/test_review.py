"""A run that waits for review, is let go, and is undone, while workers are killed and people decide."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import User
from customers.models import Standing
from tests.faults.scene import Scene
from tiering import regrade, reviewing, tasks
from tiering.models import Decision, Run, Scheme, TierChange
from tiering.models.governing import Review
from tiering.reviewing.releasing import release
from tiering.undoing import undo

pytestmark = pytest.mark.faults
long = pytest.mark.long


def director() -> User:
    return User.objects.get(username="dora")


def waiting(scene: Scene) -> Run:
    """Graded, and held; some of those who would move are rejected."""
    Scheme.objects.update(review=Review.WAIT)
    scene.worker()
    run = scene.start()
    assert scene.settle(run) == Run.State.REVIEW
    some = list(run.movements.order_by("pk").values_list("customer", flat=True)[:20])
    reviewing.decide(run, some, is_accepted=False, comment="Not now.", by=director(), at=timezone.now())
    scene.dismiss()
    return run


def everybody_is_where_it_was_decided(run: Run) -> None:
    """Who was rejected did not move, everybody else did, but for those whose tier is set by hand."""
    rejected = set(Decision.objects.filter(run=run, is_accepted=False).values_list("customer", flat=True))
    moved = set(run.changes.values_list("customer", flat=True))
    assert not rejected & moved
    assert moved == set(run.movements.values_list("customer", flat=True)) - rejected


def standings() -> list[tuple[object, ...]]:
    return list(
        Standing.objects.order_by("pk").values_list("pk", "tier", "computed_tier", "total", "grading_id")
    )


@pytest.mark.parametrize(
    "orders",
    [
        "regrade.finishing=kill@1",
        pytest.param("regrade.publishing=kill@1", marks=long),
        "publishing.changed=kill@1",
        pytest.param("publishing.before_commit=kill_group@1", marks=long),
        pytest.param("publishing.committed=kill@1", marks=long),
    ],
)
def test_a_worker_is_killed_between_review_and_publication(scene: Scene, orders: str) -> None:
    run = waiting(scene)
    scene.fault = orders
    scene.worker(orders)

    assert release(run, by=director(), at=timezone.now())
    scene.repaired()

    assert scene.settle(run) == Run.State.PUBLISHED
    scene.wait_until_struck()
    everybody_is_where_it_was_decided(run)


def test_a_run_is_published_by_many_clicks_and_messages_at_once(scene: Scene) -> None:
    run = waiting(scene)
    scene.fault = "publish clicked eight times, finished by twenty messages"
    for name in ("one", "two"):
        scene.worker(name=name)
    together = Barrier(8)

    def click() -> bool:
        try:
            together.wait(10)
            return release(run, by=director(), at=timezone.now())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = [clicked.result(60) for clicked in [pool.submit(click) for _n in range(8)]]
    for _n in range(20):
        tasks.finish.delay(run.pk)
    scene.repaired()

    assert sorted(answers) == [False] * 7 + [True]
    assert scene.settle(run) == Run.State.PUBLISHED
    time.sleep(1)
    assert TierChange.objects.filter(run=run).count() == run.changes.values("customer").distinct().count()
    everybody_is_where_it_was_decided(run)


def test_rejections_arrive_while_the_run_is_let_go_and_published(scene: Scene) -> None:
    """One that is taken counts, one that comes too late is refused: nobody is told one thing and moved to another."""
    run = waiting(scene)
    scene.fault = "rejections all the while, publication takes a second"
    scene.worker("publishing.changed=sleep:1")
    movers = list(run.movements.order_by("-pk").values_list("customer", flat=True)[:200])
    taken: list[int] = []
    refused: list[int] = []

    def reject_one_after_another() -> None:
        try:
            for pk in movers:
                now = timezone.now()
                try:
                    reviewing.decide(run, [pk], is_accepted=False, comment="No.", by=director(), at=now)
                    taken.append(pk)
                except reviewing.TooLateError:
                    refused.append(pk)
                time.sleep(0.01)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        somebody = pool.submit(reject_one_after_another)
        scene.until(lambda: len(taken) >= 20)
        assert release(run, by=director(), at=timezone.now())
        scene.repaired()
        assert scene.settle(run) == Run.State.PUBLISHED
        somebody.result(60)

    assert refused
    assert len(taken) + len(refused) == len(movers)
    assert set(taken) <= set(Decision.objects.filter(run=run).values_list("customer", flat=True))
    assert not set(refused) & set(Decision.objects.filter(run=run).values_list("customer", flat=True))
    everybody_is_where_it_was_decided(run)


@pytest.mark.parametrize(
    "orders",
    [
        "restoring.changed=kill@1",
        pytest.param("restoring.restored=kill_group@1", marks=long),
        pytest.param("publishing.before_commit=kill@1", marks=long),
        pytest.param("regrade.publishing=kill@1", marks=long),
    ],
)
def test_a_worker_is_killed_while_it_undoes_a_run(scene: Scene, orders: str) -> None:
    before = standings()
    scene.worker()
    run = scene.start()
    assert scene.settle(run) == Run.State.PUBLISHED
    assert standings() != before
    scene.dismiss()
    scene.fault = orders
    scene.worker(orders)

    undoing = undo(run, by=director(), at=timezone.now())
    scene.repaired()

    assert scene.settle(undoing) == Run.State.PUBLISHED
    run.refresh_from_db()
    assert (run.state, scene.struck() != []) == (Run.State.UNDONE, True)
    assert standings() == before


def test_every_undoing_fails_and_the_run_stays_published(scene: Scene) -> None:
    """After five attempts it stands as failed; nothing of it is done. Mended and resumed, it is."""
    scene.worker()
    run = scene.start()
    assert scene.settle(run) == Run.State.PUBLISHED
    before = standings()
    scene.dismiss()
    scene.fault = "restoring.changed=raise"
    scene.worker(scene.fault)

    undoing = undo(run, by=director(), at=timezone.now())
    scene.repaired()
    assert scene.settle(undoing) == Run.State.FAILED
    run.refresh_from_db()
    assert (run.state, standings()) == (Run.State.PUBLISHED, before)

    scene.dismiss()
    scene.worker()
    assert regrade.resume(undoing)
    scene.repaired()
    assert scene.settle(undoing) == Run.State.PUBLISHED
