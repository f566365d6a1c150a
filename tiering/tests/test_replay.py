"""A run once more from what it stored: the same totals, tiers, reasons, and one hash wherever it was computed."""

from datetime import timedelta

import pytest

from accounts.models import User
from customers.models import Customer
from customers.tests.making import a_customer, a_figure
from tiering import verifying
from tiering.models import Run, Scheme
from tiering.tests.conftest import AT, Q2, Q3, bought, regraded

HASH = "715c9e691e12b365b1d0a25c9f34d19ff4f7fa3a7b20a76239af15a7c67a564a"
"""Of the book below: the same on every machine, database and whatever the ids."""


@pytest.fixture
def run(scheme: Scheme, dora: User) -> Run:
    """Up, down, the same, with a figure, with too little known."""
    for name, then, now in (("up", 30, 90), ("down", 90, 30), ("same", 70, 75), ("none", None, None)):
        customer = a_customer(name, code=f"客户-{name}")
        for points, quarter in ((then, Q2), (now, Q3)):
            if points is not None:
                bought(customer, points, quarter=quarter)
    a_figure(Customer.objects.get(name="same"), dora, Q3, 70, "industry_outlook")
    regraded(scheme, as_of=Q2, at=AT - timedelta(days=1))
    return regraded(scheme)


def test_a_replay_gives_the_same_by_both_forms(run: Run) -> None:
    done = verifying.replay(run, plain=True)

    assert (done.findings.differences, done.gradings, done.graded_plainly) == ([], 4, 4)


def test_the_hash_is_the_same_everywhere(run: Run) -> None:
    assert verifying.replay(run).hash == HASH
