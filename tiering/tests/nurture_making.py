"""Candidates of the nurture list for tests."""

from datetime import date
from typing import Any

from customers.models import Customer
from customers.tests.making import LONG_AGO
from tiering.models import Candidate

GROWTH = {"months": [["2026-08-01", 1_000_00], ["2026-09-01", 2_500_00], ["2026-10-01", 4_000_00]]}


def a_candidate(customer: Customer, **more: Any) -> Candidate:
    """Listed for its growth unless said otherwise."""
    return Candidate.objects.create(
        **{
            "customer": customer,
            "rule": Candidate.Rule.GROWTH,
            "evidence": GROWTH,
            "since": date(2026, 8, 1),
            "newest_at": LONG_AGO,
            "listed_at": LONG_AGO,
        }
        | more
    )
