from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from maintenance.cadence import (
    OCCASIONS,
    Bucket,
    Cadence,
    Days,
    Unit,
    answered_together,
    bucket,
    deadline,
    first_due,
    next_due,
    next_occasion,
    opening_days,
    spans,
)
from toolbox.calendars import Festival, is_working_day

WEEKLY = Cadence(unit=Unit.WEEK, interval=1)
YEARLY = Cadence(unit=Unit.YEAR, interval=1)
PRESENTS = Cadence(unit=Unit.FESTIVAL, interval=1)
GREETING = Cadence(unit=Unit.ANNIVERSARY, interval=1)
days = st.dates(date(2015, 1, 1), date(2035, 12, 31))
cadences = st.builds(
    Cadence, unit=st.sampled_from(sorted(set(Unit) - OCCASIONS - {Unit.ORDER})), interval=st.integers(1, 6)
)
overrides = st.dictionaries(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.booleans(), max_size=20)


@pytest.mark.parametrize(
    "unit, interval, day, expected",
    [
        (Unit.DAY, 10, date(2026, 11, 22), date(2026, 12, 2)),
        (Unit.WEEK, 2, date(2026, 11, 18), date(2026, 12, 2)),
        (Unit.MONTH, 1, date(2026, 1, 31), date(2026, 2, 28)),
        (Unit.MONTH, 1, date(2028, 1, 31), date(2028, 2, 29)),
        (Unit.QUARTER, 1, date(2026, 11, 30), date(2027, 2, 28)),
        (Unit.QUARTER, 2, date(2026, 8, 31), date(2027, 2, 28)),
        (Unit.YEAR, 1, date(2028, 2, 29), date(2029, 2, 28)),
    ],
)
def test_an_interval_ends_on_the_same_day_or_the_month_s_last(
    unit: Unit, interval: int, day: date, expected: date
) -> None:
    assert Cadence(unit=unit, interval=interval).after(day) == expected


def test_a_cadence_has_an_interval() -> None:
    with pytest.raises(ValueError, match="0"):
        Cadence(unit=Unit.DAY, interval=0)


@pytest.mark.parametrize(
    "kept_on, expected",
    [
        (date(2026, 11, 18), date(2026, 11, 25)),  # Wednesday to Wednesday
        (date(2026, 11, 21), date(2026, 11, 30)),  # kept on a Saturday: the Monday after the next one
        (date(2026, 9, 25), date(2026, 10, 8)),  # National Day: after the holiday
        (date(2026, 2, 7), date(2026, 2, 14)),  # a Saturday made up for the Spring Festival
        (date(2026, 2, 12), date(2026, 2, 24)),  # into the Spring Festival: the first day after it
    ],
)
def test_a_weekly_promise_falls_on_a_working_day(kept_on: date, expected: date) -> None:
    assert next_due(WEEKLY, kept_on=kept_on) == expected


def test_the_office_s_own_calendar_wins() -> None:
    closed = {date(2026, 11, 25): False, date(2026, 11, 26): False}

    assert next_due(WEEKLY, kept_on=date(2026, 11, 18), overrides=closed) == date(2026, 11, 27)


@given(cadence=cadences, kept_on=days, overrides=overrides)
def test_the_next_one_is_a_working_day_and_never_early(
    cadence: Cadence, kept_on: date, overrides: dict[date, bool]
) -> None:
    due_on = next_due(cadence, kept_on=kept_on, overrides=overrides)

    assert due_on >= cadence.after(kept_on) > kept_on
    assert is_working_day(due_on, overrides=overrides)
    between = (due_on - cadence.after(kept_on)).days
    assert not any(
        is_working_day(cadence.after(kept_on) + timedelta(days=n), overrides=overrides)
        for n in range(between)
    )


@pytest.mark.parametrize(
    "after, expected",
    [
        (date(2026, 2, 1), date(2026, 2, 3)),  # New Year's Day on 17 February, two days off before it
        (date(2026, 2, 3), date(2026, 9, 14)),  # the 25th; Sunday the 20th is made up
        (date(2026, 9, 13), date(2026, 9, 14)),
        (date(2026, 9, 14), date(2027, 1, 22)),  # 6 February, one day off before it
        (date(2026, 12, 31), date(2027, 1, 22)),
    ],
)
def test_a_present_is_due_well_before_the_festival(after: date, expected: date) -> None:
    assert next_occasion(PRESENTS, after=after, of=Days()) == expected


@pytest.mark.parametrize(
    "anniversary, after, expected",
    [
        (date(2001, 12, 9), date(2026, 11, 22), date(2026, 12, 9)),
        (date(2001, 12, 9), date(2026, 12, 9), date(2027, 12, 9)),
        (date(2001, 11, 29), date(2026, 11, 22), date(2026, 11, 27)),  # a Sunday: the Friday before
        (date(2004, 2, 29), date(2026, 11, 22), date(2027, 2, 26)),  # no leap year, and a Sunday
        (date(2010, 1, 1), date(2026, 11, 22), date(2026, 12, 31)),  # New Year is a holiday
        (date(2010, 1, 1), date(2026, 12, 31), date(2027, 12, 31)),
    ],
)
def test_a_greeting_is_due_by_the_anniversary(anniversary: date, after: date, expected: date) -> None:
    assert next_occasion(GREETING, after=after, of=Days(anniversary=anniversary)) == expected


@given(unit=st.sampled_from(sorted(OCCASIONS)), after=days, anniversary=days, overrides=overrides)
def test_an_occasion_is_found_again_from_its_eve(
    unit: Unit, after: date, anniversary: date, overrides: dict[date, bool]
) -> None:
    occasion = Cadence(unit=unit, interval=1)
    of = Days(anniversary=anniversary, birthdays=((2, 29), (anniversary.month, 1)))
    due_on = next_occasion(occasion, after=after, of=of, overrides=overrides)

    assert due_on > after
    assert is_working_day(due_on, overrides=overrides)
    eve = due_on - timedelta(days=1)
    assert next_occasion(occasion, after=eve, of=of, overrides=overrides) == due_on


@pytest.mark.parametrize(
    "after, expected",
    [
        (date(2026, 11, 18), date(2027, 2, 26)),  # 28 February is a Sunday
        (date(2027, 2, 26), date(2027, 6, 21)),
        (date(2028, 1, 1), date(2028, 2, 29)),
    ],
)
def test_the_next_birthday_of_anybody_there(after: date, expected: date) -> None:
    of = Days(birthdays=((6, 21), (2, 29)))
    assert next_occasion(Cadence(unit=Unit.BIRTHDAY, interval=1), after=after, of=of) == expected


def test_festivals_are_chosen() -> None:
    national = Cadence(unit=Unit.FESTIVAL, interval=1, which=(Festival.NATIONAL, Festival.NEW_YEAR))
    assert next_occasion(national, after=date(2026, 8, 1), of=Days()) == date(2026, 9, 17)
    assert next_occasion(national, after=date(2026, 9, 17), of=Days()) == date(2026, 12, 18)


@pytest.mark.parametrize(
    "ordered_on, days, expected",
    [
        (date(2026, 11, 18), 7, date(2026, 11, 25)),
        (date(2026, 11, 21), 7, date(2026, 11, 27)),  # the seventh day is a Saturday: the Friday before
        (date(2026, 9, 28), 7, date(2026, 9, 30)),  # into National Day: before the holiday
        (date(2026, 9, 30), 7, date(2026, 10, 8)),  # nothing but the holiday: the first day after it
        (date(2026, 11, 20), 2, date(2026, 11, 23)),  # a Friday, and a weekend
    ],
)
def test_a_call_back_is_due_within_the_days(ordered_on: date, days: int, expected: date) -> None:
    assert deadline(ordered_on, days=days) == expected


def test_orders_of_one_window_are_answered_together() -> None:
    first = date(2026, 11, 2)
    bought = [first + timedelta(days=n) for n in (0, 3, 7, 8, 15, 16)]
    assert answered_together(bought, days=7) == [bought[0], bought[3], bought[5]]
    assert answered_together(bought, days=7, already=bought[1:2]) == [bought[0], bought[4]]


@pytest.mark.parametrize(
    "unit, interval, opens_on",
    [
        (Unit.DAY, 1, date(2026, 11, 25)),
        (Unit.WEEK, 1, date(2026, 11, 22)),
        (Unit.WEEK, 2, date(2026, 11, 18)),
        (Unit.QUARTER, 1, date(2026, 10, 10)),
        (Unit.ANNIVERSARY, 1, date(2026, 11, 11)),
    ],
)
def test_a_contact_counts_from_the_middle_of_the_interval_on(
    unit: Unit, interval: int, opens_on: date
) -> None:
    assert Cadence(unit=unit, interval=interval).opens_on(date(2026, 11, 25)) == opens_on


@given(start=st.dates(date(2026, 3, 2), date(2026, 3, 6)))
def test_weekly_stays_weekly(start: date) -> None:
    """Four weeks without a holiday: the same weekday in each, and none is left out."""
    kept = [start]
    for _ in range(3):
        kept.append(next_due(WEEKLY, kept_on=kept[-1]))

    assert [day.isocalendar().week for day in kept] == [10, 11, 12, 13]
    assert {day.weekday() for day in kept} == {start.weekday()}


@given(cadence=cadences, begins_on=days, overrides=overrides, seed=st.integers(0, 10**12))
def test_a_first_one_is_a_working_day_inside_the_first_interval(
    cadence: Cadence, begins_on: date, overrides: dict[date, bool], seed: int
) -> None:
    opening = opening_days(cadence, begins_on=begins_on, overrides=overrides)
    due_on = first_due(opening, seed=seed)

    assert is_working_day(due_on, overrides=overrides)
    assert begins_on < due_on <= max(opening[0], cadence.after(begins_on))
    assert due_on == first_due(opening, seed=seed)


@given(begins_on=days, first_seed=st.integers(0, 10**12))
def test_500_customers_are_spread_evenly(begins_on: date, first_seed: int) -> None:
    opening = opening_days(YEARLY, begins_on=begins_on)
    per_day = [0] * len(opening)
    for seed in range(first_seed, first_seed + 500):
        per_day[opening.index(first_due(opening, seed=seed))] += 1

    assert max(per_day) - min(per_day) <= 1


def test_a_first_one_waits_for_the_end_of_a_holiday() -> None:
    daily = Cadence(unit=Unit.DAY, interval=1)

    assert opening_days(daily, begins_on=date(2026, 10, 1)) == [date(2026, 10, 8)]


@pytest.mark.parametrize(
    "due_on, expected",
    [
        (date(2026, 11, 17), Bucket.OVERDUE),
        (date(2026, 11, 18), Bucket.TODAY),
        (date(2026, 11, 19), Bucket.THIS_WEEK),
        (date(2026, 11, 22), Bucket.THIS_WEEK),
        (date(2026, 11, 23), Bucket.LATER),
    ],
)
def test_a_week_ends_on_its_sunday(due_on: date, expected: Bucket) -> None:
    assert bucket(due_on, today=date(2026, 11, 18)) == expected


@given(due_on=days, today=days)
def test_every_day_is_in_exactly_one_bucket(due_on: date, today: date) -> None:
    assert [name for name, span in spans(today).items() if due_on in span] == [bucket(due_on, today=today)]
