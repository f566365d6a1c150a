"""Two at once on PostgreSQL: who waits for a row that somebody changes looks at it again before changing it too."""

import pytest
from django.db import transaction

from customers.tests.making import a_customer
from tiering import regrade
from tiering.models import Chunk, Run
from tiering.tests.conftest import AT, plain_scheme, started
from toolbox.tests.racing import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def run() -> Run:
    """In grading, with a chunk that waits: the messages that were sent found nothing to do."""
    scheme = plain_scheme()
    a_customer()
    with transaction.atomic():
        run = started(scheme)
        regrade.pause(run)
    Run.objects.filter(pk=run.pk).update(state=Run.State.GRADING)
    return run


def test_a_worker_that_takes_a_chunk_in_the_moment_of_a_pause_does_not_end_it(run: Run) -> None:
    chunk = run.chunks.get()

    race(lambda: regrade.pause(run), lambda: regrade.claim(chunk.pk, at=AT))

    run.refresh_from_db()
    assert run.state == Run.State.PAUSED


def test_two_workers_take_a_chunk_in_the_same_moment_and_one_gets_it(run: Run) -> None:
    chunk = run.chunks.get()

    def one() -> None:
        assert regrade.claim(chunk.pk, at=AT)

    assert race(one, lambda: regrade.claim(chunk.pk, at=AT)) is False
    assert Chunk.objects.get(pk=chunk.pk).attempts == 1
