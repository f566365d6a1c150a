"""A worker that is killed or frozen, messages that come twice, late or never, servers that vanish."""

import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psutil
import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.faults import book
from tests.faults.machine import ROOT, Worker, goes_on
from tests.faults.scene import Scene, attempts
from tiering import regrade, tasks
from tiering.models import Chunk, Run, Scheme
from tiering.tests.conftest import Q3

pytestmark = pytest.mark.faults
long = pytest.mark.long

CHUNKS = book.CUSTOMERS // 50
IN_A_CHUNK = ("regrade.claimed", "grading.read", "grading.written", "grading.moved", "regrade.graded")
AFTER_A_CHUNK = ("regrade.committed",)
AT_THE_END = (
    "regrade.finishing",
    "regrade.publishing",
    "publishing.changed",
    "publishing.before_commit",
    "publishing.committed",
)
SOONER = {"kill": {"grading.written", "publishing.changed"}, "kill_group": {"regrade.graded"}}
"""The places that are tried with the tests."""
SLOWLY = "regrade.claimed=sleep:0.3"


def at_every_place(action: str) -> list[object]:
    """The fault strikes in the third chunk, or the first time that the run is finished."""
    orders = [f"{place}={action}@3" for place in IN_A_CHUNK + AFTER_A_CHUNK]
    orders += [f"{place}={action}@1" for place in AT_THE_END]
    return [
        pytest.param(order, id=order, marks=[] if order.partition("=")[0] in SOONER[action] else [long])
        for order in orders
    ]


# Killed


@pytest.mark.parametrize("orders", at_every_place("kill"))
def test_a_child_of_the_worker_is_killed(scene: Scene, orders: str) -> None:
    scene.worker(orders)
    run = scene.start()

    assert scene.settle(run) == Run.State.PUBLISHED
    scene.wait_until_struck()


@pytest.mark.parametrize("orders", at_every_place("kill_group"))
def test_a_whole_worker_is_killed(scene: Scene, orders: str) -> None:
    scene.worker(orders)
    run = scene.start()

    assert scene.settle(run) == Run.State.PUBLISHED
    scene.wait_until_struck()


def test_who_starts_the_run_is_killed_before_the_commit(scene: Scene) -> None:
    scene.fault = "regrade.starting=kill@1"
    command = [sys.executable, "manage.py", "regrade", "--as-of", Q3.isoformat()]
    done = subprocess.run(command, cwd=ROOT, env=scene.environment(scene.fault), check=False)
    assert (done.returncode, Run.objects.filter(as_of=Q3).count()) == (-signal.SIGKILL, 0)

    scene.worker()
    assert scene.settle(scene.start()) == Run.State.PUBLISHED


def test_children_and_whole_workers_are_killed_at_random(scene: Scene) -> None:
    """Run after run, each with new facts, until all kills are spent. A chunk that loses five workers is resumed.

    People go on recording and correcting all the while: every run reads the book as at its freeze.
    """
    kills, seed = scene.machine.kills, scene.machine.seed
    chance = random.Random(seed)
    workers = [scene.worker(SLOWLY, name=name) for name in ("one", "two")]
    runs = resumed = killed = 0
    longest = 0.0
    with book.people_at_work(seed) as people:
        while killed < kills:
            book.change(chance)
            run, runs = scene.start(), runs + 1
            strikes_left = chance.randint(1, 6)
            while strikes_left and killed < kills and run.is_active:
                scene.wait_until_worked_at(run)
                time.sleep(chance.uniform(0, 0.3))
                killed += a_random_kill(chance.choice(workers), chance)
                strikes_left -= 1
                scene.settle_a_little(run)
            scene.repaired()
            while scene.settle(run) == Run.State.FAILED:
                resumed += regrade.resume(run)
            assert run.state == Run.State.PUBLISHED
            assert book.graded_otherwise(run) == []
            longest = max(longest, scene.seconds or 0)
    scene.seconds = longest
    scene.fault = (
        f"{killed} kills in {runs} runs, seed {seed}, {resumed} resumed, "
        f"while people did {people.total()} things; the slowest"
    )


def a_random_kill(worker: Worker, chance: random.Random) -> int:
    """A child three times out of four, else the worker with all of them."""
    children = worker.children()
    if children and chance.random() < 0.75:
        try:
            chance.choice(children).kill()
        except psutil.NoSuchProcess:
            return 0
    else:
        worker.kill()
    return 1


# Frozen


@pytest.mark.parametrize(
    "place,nth",
    [
        ("regrade.graded", 3),
        pytest.param("regrade.claimed", 3, marks=long),
        pytest.param("grading.read", 3, marks=long),
        pytest.param("grading.written", 3, marks=long),
        ("publishing.changed", 1),
        pytest.param("publishing.before_commit", 1, marks=long),
        pytest.param("regrade.publishing", 1, marks=long),
    ],
)
def test_who_grades_or_publishes_is_frozen_beyond_its_lease_and_goes_on_later(
    scene: Scene, place: str, nth: int
) -> None:
    scene.worker(f"{place}=freeze@{nth}")
    run = scene.start()

    assert scene.settle(run) == Run.State.PUBLISHED
    assert goes_on(scene.struck()[nth - 1])


@long
def test_a_whole_worker_is_frozen_beyond_its_leases_and_goes_on_later(scene: Scene) -> None:
    frozen = scene.worker("regrade.claimed=sleep:1")
    run = scene.start()
    scene.wait_for(run, chunks=2)
    scene.wait_until_worked_at(run)
    frozen.signal_group(signal.SIGSTOP)
    scene.fault = "SIGSTOP of one of two workers"
    scene.repaired()
    scene.worker(name="two")

    assert scene.settle(run) == Run.State.PUBLISHED
    assert scene.attempts
    frozen.signal_group(signal.SIGCONT)
    time.sleep(3)


# Messages


def test_two_start_the_run_in_the_same_moment(scene: Scene) -> None:
    scene.fault = "double click"
    scheme = Scheme.objects.get(is_default=True)
    together = Barrier(4)

    def click() -> int:
        try:
            together.wait(10)
            return regrade.start(scheme, as_of=Q3, trigger=Run.Trigger.PERSON, at=timezone.now()).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        runs = {clicked.result(60) for clicked in [pool.submit(click) for _n in range(4)]}

    assert len(runs) == 1
    scene.worker()
    scene.repaired()
    assert scene.settle(Run.objects.get(pk=runs.pop())) == Run.State.PUBLISHED


def test_a_second_beat_asks_for_the_scheduled_run(scene: Scene) -> None:
    scene.fault = "regrade_when_due eight times at once"
    for name in ("one", "two"):
        scene.worker(name=name)
    for _n in range(8):
        tasks.regrade_when_due.delay()

    scene.until(lambda: Run.objects.filter(as_of=Q3).exists())
    scene.repaired()
    assert scene.settle(Run.objects.get(as_of=Q3)) == Run.State.PUBLISHED
    time.sleep(1)
    assert Run.objects.filter(as_of=Q3).count() == 1


def test_messages_come_twice_and_late(scene: Scene) -> None:
    scene.fault = "every message five times, and again after the end"
    for name in ("one", "two"):
        scene.worker(SLOWLY, name=name)
    run = scene.start()
    for _n in range(4):
        regrade.wake(run)
    assert scene.settle(run) == Run.State.PUBLISHED
    before = attempts()

    for chunk in run.chunks.all():
        tasks.grade_chunk.delay(chunk.pk)
    time.sleep(2)

    assert attempts() == before


@long
def test_messages_come_after_the_run_is_cancelled(scene: Scene) -> None:
    scene.fault = "cancelled in work, messages come later"
    scene.worker(SLOWLY)
    run = scene.start()
    scene.wait_for(run, chunks=2)

    assert regrade.cancel(run)
    for chunk in run.chunks.all():
        tasks.grade_chunk.delay(chunk.pk)
    time.sleep(3)
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
    assert run.chunks.filter(state=Chunk.State.WAITING).exists()

    assert scene.settle(scene.start()) == Run.State.PUBLISHED


@long
def test_two_machines_work_at_one_run(scene: Scene) -> None:
    scene.fault = "two workers with names of their own"
    both = [scene.worker(SLOWLY, name=name) for name in ("one", "two")]
    scene.until(lambda: all("ready." in worker.log.read_text() for worker in both))
    run = scene.start()

    assert scene.settle(run) == Run.State.PUBLISHED
    assert all("grade_chunk" in worker.log.read_text() for worker in both)
    assert scene.attempts == 0


# Servers


def test_redis_forgets_everything(scene: Scene) -> None:
    scene.fault = "FLUSHALL"
    worker = scene.worker(SLOWLY)
    run = scene.start()
    scene.wait_for(run, chunks=2)

    scene.redis.flushall()
    scene.repaired()

    assert (scene.settle(run), worker.starts) == (Run.State.PUBLISHED, 1)


def test_redis_is_killed_and_comes_back(scene: Scene) -> None:
    scene.fault = "kill -9 of Redis, back after 3 s"
    worker = scene.worker(SLOWLY)
    run = scene.start()
    scene.wait_for(run, chunks=2)

    broker = scene.machine.broker
    broker.stop(signal.SIGKILL)
    time.sleep(3)
    broker.start()
    scene.repaired()

    assert (scene.settle(run), worker.starts) == (Run.State.PUBLISHED, 1)


def test_redis_is_gone_when_the_run_starts(scene: Scene) -> None:
    scene.fault = "no Redis at the start, back after 3 s"
    scene.worker()
    broker = scene.machine.broker
    broker.stop(signal.SIGKILL)
    started = time.monotonic()
    run = scene.start()
    assert time.monotonic() - started < 5
    assert run.state == Run.State.QUEUED

    time.sleep(3)
    broker.start()
    scene.repaired()

    assert scene.settle(run) == Run.State.PUBLISHED


@pytest.mark.parametrize(
    "number", [signal.SIGQUIT, pytest.param(signal.SIGKILL, marks=long)], ids=["immediate", "kill"]
)
def test_postgresql_is_restarted_in_the_middle(scene: Scene, number: signal.Signals) -> None:
    scene.fault = f"{number.name} of PostgreSQL while chunks are graded, back after 1 s"
    worker = scene.worker("regrade.graded=sleep:1")
    run = scene.start()
    scene.wait_for(run, chunks=2)
    scene.wait_until_worked_at(run)

    scene.break_postgresql(number)

    assert (scene.settle(run), worker.starts) == (Run.State.PUBLISHED, 1)
    assert scene.attempts


@pytest.mark.parametrize(
    "number", [signal.SIGQUIT, pytest.param(signal.SIGKILL, marks=long)], ids=["immediate", "kill"]
)
def test_postgresql_is_restarted_while_the_run_is_published(scene: Scene, number: signal.Signals) -> None:
    scene.fault = f"{number.name} of PostgreSQL in the publication, back after 1 s"
    worker = scene.worker("publishing.changed=sleep:4@1")
    run = scene.start()
    scene.wait_until_struck()

    scene.break_postgresql(number)

    assert (scene.settle(run), worker.starts) == (Run.State.PUBLISHED, 1)


# Poison


@pytest.mark.parametrize(
    "fault, error",
    [
        ("raise:the disk is full", "FailpointError: the disk is full"),
        pytest.param("kill", "The worker was lost.", marks=long),
    ],
)
def test_one_chunk_is_poison(scene: Scene, fault: str, error: str) -> None:
    """It is given up and says why, the others finish, and the run is resumed once it is mended."""
    run = scene.start()
    poisoned = run.chunks.order_by("first")[3]
    scene.worker(f"grading.written[{poisoned.pk}]={fault}")

    assert scene.settle(run) == Run.State.FAILED
    assert run.error == error
    assert run.chunks.filter(state=Chunk.State.DONE).count() == CHUNKS - 1
    director = Client()
    director.force_login(User.objects.get(username="dora"))
    assert error in director.get(f"/regrades/{run.pk}/").content.decode()

    scene.dismiss()
    scene.worker()
    director.post(f"/regrades/{run.pk}/steer/", {"do": "resume"})
    scene.repaired()
    assert scene.settle(run) == Run.State.PUBLISHED


@pytest.mark.parametrize("fault", ["raise", pytest.param("kill", marks=long)])
def test_every_publication_fails(scene: Scene, fault: str) -> None:
    """After five attempts the run stands as failed, and is resumed once it is mended."""
    scene.worker(f"publishing.changed={fault}")
    run = scene.start()

    assert scene.settle(run) == Run.State.FAILED
    assert run.chunks.filter(state=Chunk.State.DONE).count() == CHUNKS

    scene.dismiss()
    assert regrade.resume(run)
    run.refresh_from_db()
    assert run.state == Run.State.GRADING  # it is the workers who publish
    scene.worker()
    scene.repaired()
    assert scene.settle(run) == Run.State.PUBLISHED


# People


def test_the_run_is_paused_and_resumed_while_it_works(scene: Scene) -> None:
    scene.fault = "pause and resume, three times"
    scene.worker(SLOWLY)
    run = scene.start()
    for chunks in (1, 3, 5):
        scene.wait_for(run, chunks=chunks)
        assert regrade.pause(run)
        assert scene.settle(run) == Run.State.PAUSED
        time.sleep(1)
        assert regrade.resume(run)

    scene.repaired()
    assert scene.settle(run) == Run.State.PUBLISHED
