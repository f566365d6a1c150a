"""Two weeks around the Spring Festival, with a Saturday that is made up: a small part of `./run quarter`."""

from datetime import date

import pytest

from tests.quarter.life import Life, Span

WEEKS = Span(
    begins=date(2026, 2, 10),
    ends=date(2026, 2, 25),
    size=20,
    up=date(2026, 2, 11),
    down=date(2026, 2, 13),
    day_off=date(2026, 2, 25),
    cases_a_day=1,
    pinned=("2026-02-13 17:50", "2026-02-14 17:50"),
)
WHAT_HAPPENS = (
    "graded first", "rose", "fell", "complete", "contacts", "cases", "case steps", "case notices", "summaries", "e-mails",
    "compared", "my day", "meetings", "points",
)  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_two_weeks_around_the_spring_festival_go_by_the_rules() -> None:
    lived = Life(WEEKS).live()
    assert lived.findings == []
    assert lived.pinned == {
        "2026-02-13 17:50": "2026-02-14 09:50",  # a Friday; the Saturday is worked
        "2026-02-14 17:50": "2026-02-24 09:50",
    }
    assert lived.counts["customers"] == 20
    assert {what for what in WHAT_HAPPENS if not lived.counts[what]} == set()
