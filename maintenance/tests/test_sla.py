"""Clocks in office hours. What is due when is written down by hand, from the State Council's notices for 2026."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from maintenance import sla
from maintenance.sla import OfficeHours, OfficeTime
from toolbox.calendars import is_working_day

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = OfficeTime(hours=OfficeHours.parse("09:00-18:00"), zone=SHANGHAI)
LUNCH = OfficeTime(hours=OfficeHours.parse("09:00-12:00,13:00-18:00"), zone=SHANGHAI)


def on(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "opened, minutes, due",
    [
        ("2026-11-18 10:00", 60, "2026-11-18 11:00"),  # a plain Wednesday
        ("2026-11-18 17:00", 60, "2026-11-18 18:00"),  # used up at closing time: due then
        ("2026-11-18 17:01", 60, "2026-11-19 09:01"),
        ("2026-11-18 18:00", 60, "2026-11-19 10:00"),  # closed: the clock waits for the morning
        ("2026-11-18 03:00", 60, "2026-11-18 10:00"),
        ("2026-11-18 23:59", 60, "2026-11-19 10:00"),
        ("2026-11-20 17:50", 60, "2026-11-23 09:50"),  # Friday to Monday
        ("2026-11-18 09:00", 8 * 60, "2026-11-18 17:00"),
        ("2026-11-18 14:00", 8 * 60, "2026-11-19 13:00"),
        ("2026-11-18 14:00", 24 * 60, "2026-11-23 11:00"),  # 4 + 9 + 9 + 2
        # National Day 2026: off from 1 to 7 October, Sunday 20 September and Saturday 10 October are worked
        ("2026-09-30 17:50", 60, "2026-10-08 09:50"),
        ("2026-10-09 17:50", 60, "2026-10-10 09:50"),  # Friday to the make-up Saturday
        ("2026-10-10 17:50", 60, "2026-10-12 09:50"),
        ("2026-09-18 17:50", 60, "2026-09-20 09:50"),  # Friday to the make-up Sunday
        ("2026-10-03 12:00", 8 * 60, "2026-10-08 17:00"),  # opened in the middle of it
        # Spring Festival 2026: off from 15 to 23 February, Saturdays 14 and 28 February are worked
        ("2026-02-13 17:50", 60, "2026-02-14 09:50"),
        ("2026-02-14 17:50", 60, "2026-02-24 09:50"),
        ("2026-02-27 17:50", 8 * 60, "2026-02-28 16:50"),
        ("2026-02-28 17:50", 8 * 60, "2026-03-02 16:50"),
        # New Year 2026: off from 1 to 3 January, Sunday 4 is worked
        ("2025-12-31 17:50", 60, "2026-01-04 09:50"),
        # Labour Day 2026: off from 1 to 5 May, Saturday 9 May is worked; a Friday is the holiday
        ("2026-04-30 17:50", 120, "2026-05-06 10:50"),
        ("2026-05-08 17:50", 120, "2026-05-09 10:50"),
    ],
)
def test_due(opened: str, minutes: int, due: str) -> None:
    assert sla.due(OFFICE, opened=on(opened), minutes=minutes) == on(due)


def test_a_case_opened_friday_ten_to_six_before_a_holiday_breaches_at_the_right_minute() -> None:
    """The Dragon Boat Festival of 2025: Saturday 31 May to Monday 2 June are off, and no day is made up."""
    due_at = sla.due(OFFICE, opened=on("2025-05-30 17:50"), minutes=60)
    assert due_at == on("2025-06-03 09:50")
    moments = ("2025-05-30 18:00", "2025-06-02 12:00", "2025-06-03 09:50", "2025-06-03 09:50:01")
    assert [sla.is_breached(due_at=due_at, at=on(at)) for at in moments] == [False, False, False, True]
    # Thursdays before holidays of 2026 that begin on a Friday: the Dragon Boat and the Mid-Autumn Festival
    assert sla.due(OFFICE, opened=on("2026-06-18 17:50"), minutes=60) == on("2026-06-22 09:50")
    assert sla.due(OFFICE, opened=on("2026-09-24 17:50"), minutes=60) == on("2026-09-28 09:50")


def test_a_friday_evening_before_a_week_of_holidays_declared_by_the_office() -> None:
    """The yearly notice is not out yet: the office says itself what it works."""
    closed = {date(2028, 1, 24) + timedelta(days=n): False for n in range(9)}
    office = OfficeTime(hours=OFFICE.hours, zone=SHANGHAI, overrides=closed | {date(2028, 1, 22): True})
    friday = on("2028-01-21 17:50")
    assert sla.due(office, opened=friday, minutes=60) == on("2028-01-22 09:50")
    assert sla.due(office, opened=on("2028-01-22 17:50"), minutes=60) == on("2028-02-02 09:50")


def test_a_break_at_noon() -> None:
    assert sla.due(LUNCH, opened=on("2026-11-18 11:50"), minutes=60) == on("2026-11-18 13:50")
    assert sla.due(LUNCH, opened=on("2026-11-18 11:00"), minutes=60) == on("2026-11-18 12:00")
    assert sla.due(LUNCH, opened=on("2026-11-18 12:30"), minutes=1) == on("2026-11-18 13:01")
    assert LUNCH.between(on("2026-11-18 11:00"), on("2026-11-18 14:00")) == timedelta(hours=2)
    assert [
        LUNCH.is_open(on(f"2026-11-18 {at}")) for at in ("08:59", "09:00", "12:00", "13:00", "18:00")
    ] == [
        False,
        True,
        False,
        True,
        False,
    ]


def test_moments_of_another_zone_are_the_same_moments() -> None:
    opened = datetime(2026, 11, 20, 9, 50, tzinfo=UTC)  # 17:50 in Shanghai
    assert sla.due(OFFICE, opened=opened, minutes=60) == on("2026-11-23 09:50")


def test_a_pause_leaves_what_was_left() -> None:
    due_at = sla.due(OFFICE, opened=on("2026-11-18 10:00"), minutes=8 * 60)  # 18:00
    again = sla.resumed(OFFICE, due_at=due_at, paused=on("2026-11-18 12:00"), at=on("2026-11-20 17:00"))
    assert again == on("2026-11-23 14:00")  # 6 h left: 1 on Friday, 5 on Monday


def test_a_pause_in_the_night_takes_nothing() -> None:
    due_at = on("2026-11-19 11:00")
    again = sla.resumed(OFFICE, due_at=due_at, paused=on("2026-11-18 19:00"), at=on("2026-11-19 08:00"))
    assert again == due_at


def test_what_was_broken_before_the_pause_stays_so() -> None:
    due_at = on("2026-11-18 11:00")
    assert (
        sla.resumed(OFFICE, due_at=due_at, paused=on("2026-11-18 12:00"), at=on("2026-11-20 12:00")) == due_at
    )


def test_an_upgrade_shortens_and_never_lengthens_or_breaks_at_once() -> None:
    opened, at = on("2026-11-18 09:00"), on("2026-11-18 15:00")
    slow = sla.due(OFFICE, opened=opened, minutes=24 * 60)
    assert sla.shortened(OFFICE, due_at=slow, minutes=8 * 60, at=at) == on("2026-11-19 14:00")
    soon = on("2026-11-18 16:00")
    assert sla.shortened(OFFICE, due_at=soon, minutes=8 * 60, at=at) == soon


def test_the_moment_at_which_a_share_is_used_up() -> None:
    due_at = on("2026-11-23 09:50")  # an hour from Friday 17:50
    said = [sla.moment_of(OFFICE, due_at=due_at, minutes=60, percent=p) for p in (0, 10, 50, 75, 100)]
    assert said == [
        on(at)
        for at in (
            "2026-11-20 17:50",
            "2026-11-20 17:56",
            "2026-11-23 09:20",
            "2026-11-23 09:35",
            "2026-11-23 09:50",
        )
    ]


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "written 09:00-18:00"),
        ("9-18", "written 09:00"),
        ("18:00-09:00", "end before they begin"),
        ("09:00-12:00,11:00-18:00", "overlap"),
        ("09:00-24:01", "no time of day"),
        ("09:60-18:00", "no time of day"),
        ("０９:00-18:00", "written 09:00"),
    ],
)
def test_strange_office_hours_are_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        OfficeHours.parse(text)


def test_round_the_clock() -> None:
    always = OfficeTime(hours=OfficeHours.parse("00:00-24:00"), zone=SHANGHAI)
    assert sla.due(always, opened=on("2026-11-20 23:30"), minutes=60) == on("2026-11-23 00:30")


# Against a computation that knows nothing but minutes


def by_the_minute(office: OfficeTime, opened: datetime, minutes: int) -> datetime:
    """Counts every minute of the calendar, and those in which the office works."""
    moment = opened
    while minutes:
        minute = moment.hour * 60 + moment.minute
        works = is_working_day(moment.date()) and any(
            start <= minute < end for start, end in office.hours.spans
        )
        moment += timedelta(minutes=1)
        minutes -= works
    return moment


MOMENTS = st.integers(0, 400 * 24 * 60).map(lambda n: on("2025-12-20 00:00") + timedelta(minutes=n))
OFFICES = st.sampled_from([OFFICE, LUNCH])


@given(office=OFFICES, opened=MOMENTS, minutes=st.integers(1, 2_000))
def test_due_is_where_counting_minutes_ends(office: OfficeTime, opened: datetime, minutes: int) -> None:
    due_at = sla.due(office, opened=opened, minutes=minutes)
    assert due_at == by_the_minute(office, opened, minutes)
    assert office.between(opened, due_at) == timedelta(minutes=minutes)


@given(
    office=OFFICES,
    opened=MOMENTS,
    minutes=st.integers(1, 2_000),
    pause=st.integers(0, 5_000),
    wait=st.integers(0, 20_000),
)
def test_with_a_pause_as_much_is_worked_as_without(
    office: OfficeTime, opened: datetime, minutes: int, pause: int, wait: int
) -> None:
    due_at = sla.due(office, opened=opened, minutes=minutes)
    paused = min(opened + timedelta(minutes=pause), due_at - timedelta(minutes=1))
    paused = max(paused, opened)
    at = paused + timedelta(minutes=wait)
    again = sla.resumed(office, due_at=due_at, paused=paused, at=at)
    worked = office.between(opened, paused) + office.between(at, again)
    assert worked == timedelta(minutes=minutes)


@given(office=OFFICES, opened=MOMENTS, minutes=st.integers(1, 2_000), percent=st.integers(0, 99))
def test_so_much_is_used_up_at_its_moment(
    office: OfficeTime, opened: datetime, minutes: int, percent: int
) -> None:
    due_at = sla.due(office, opened=opened, minutes=minutes)
    moment = sla.moment_of(office, due_at=due_at, minutes=minutes, percent=percent)
    assert office.between(opened, moment) == timedelta(minutes=minutes) * percent / 100
