"""500 customers and 12 people: a quarter with the Spring Festival, and eleven weeks around National Day."""

import sys
from datetime import date

import pytest

from tests.quarter.life import Life, Span
from tests.quarter.test_weeks import WHAT_HAPPENS

SPRING = Span(
    begins=date(2026, 1, 1),
    ends=date(2026, 4, 10),
    size=500,
    up=date(2026, 2, 3),  # the Tuesday of week 5
    down=date(2026, 3, 3),  # of week 9
    day_off=date(2026, 3, 13),
    pinned=("2026-02-13 17:50", "2026-02-14 17:50", "2026-04-03 17:50"),
)
NATIONAL_DAY = Span(
    begins=date(2026, 9, 7),
    ends=date(2026, 11, 20),
    size=500,
    up=date(2026, 10, 6),
    down=date(2026, 11, 3),
    day_off=date(2026, 10, 23),
    pinned=("2026-09-24 17:50", "2026-09-30 17:50", "2026-10-09 17:50"),
)
LATE = {
    "2026-02-13 17:50": "2026-02-14 09:50",
    "2026-02-14 17:50": "2026-02-24 09:50",
    "2026-04-03 17:50": "2026-04-07 09:50",  # the Friday before Qingming
    "2026-09-24 17:50": "2026-09-28 09:50",
    "2026-09-30 17:50": "2026-10-08 09:50",
    "2026-10-09 17:50": "2026-10-10 09:50",  # a Saturday that is worked
}


def tell(day: date, findings: list[str]) -> None:
    """It takes a while: what is found is said at once, and each Sunday how far it is."""
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    if findings or day.isoweekday() == 7:
        sys.stdout.write(f"{day} is over\n")
        sys.stdout.flush()


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("span", [SPRING, NATIONAL_DAY], ids=["spring", "national_day"])
def test_a_quarter_goes_by_the_rules(span: Span, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        sys.stdout.write("\n")
        lived = Life(span).live(tell=tell)
        said = ", ".join(f"{number} {what}" for what, number in sorted(lived.counts.items()))
        sys.stdout.write(f"{span.begins} to {span.ends}: {said}\n")
    assert lived.findings == []
    assert lived.pinned == {opened: LATE[opened] for opened in span.pinned}
    assert {what for what in (*WHAT_HAPPENS, "snooze", "skip", "excuse") if not lived.counts[what]} == set()
