from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from toolbox.calendars import (
    ONE_DAY,
    Cadence,
    Festival,
    add_working_days,
    festivals,
    is_working_day,
    last_closed_quarter_end,
    months_before,
    next_working_day,
    period_end_before,
    period_end_of,
    period_name,
    quarter_of,
    window_start,
)


@pytest.mark.parametrize(
    "first, last, made_up",
    [
        # 国办发明电〔2024〕12号, the holidays of 2025
        (date(2025, 1, 28), date(2025, 2, 4), [date(2025, 1, 26), date(2025, 2, 8)]),
        (date(2025, 5, 1), date(2025, 5, 5), [date(2025, 4, 27)]),
        (date(2025, 10, 1), date(2025, 10, 8), [date(2025, 9, 28), date(2025, 10, 11)]),
        # 国办发明电〔2025〕7号, the holidays of 2026
        (date(2026, 1, 1), date(2026, 1, 3), [date(2026, 1, 4)]),
        (date(2026, 2, 15), date(2026, 2, 23), [date(2026, 2, 14), date(2026, 2, 28)]),
        (date(2026, 5, 1), date(2026, 5, 5), [date(2026, 5, 9)]),
        (date(2026, 10, 1), date(2026, 10, 7), [date(2026, 9, 20), date(2026, 10, 10)]),
    ],
)
def test_the_notices_of_the_state_council_are_kept(first: date, last: date, made_up: list[date]) -> None:
    assert not any(is_working_day(first + timedelta(days=n)) for n in range((last - first).days + 1))
    assert all(is_working_day(day) for day in made_up)
    assert next_working_day(first) == last + ONE_DAY


def test_other_days_are_as_in_any_week() -> None:
    week = [is_working_day(date(2026, 11, 16) + timedelta(days=n)) for n in range(7)]
    assert week == [True] * 5 + [False] * 2


def test_the_first_of_october_is_off_in_a_year_without_a_notice() -> None:
    assert not is_working_day(date(2031, 10, 1))


def test_an_override_has_the_last_word() -> None:
    overrides = {date(2026, 11, 18): False, date(2026, 11, 21): True, date(2026, 10, 1): True}
    assert [is_working_day(day, overrides=overrides) for day in overrides] == [False, True, True]
    assert next_working_day(date(2026, 11, 18), overrides=overrides) == date(2026, 11, 19)
    assert add_working_days(date(2026, 11, 20), 1, overrides=overrides) == date(2026, 11, 21)


@pytest.mark.parametrize(
    "day, n, answer",
    [
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2026, 9, 30), 4, date(2026, 10, 12)),
        (date(2026, 10, 8), -1, date(2026, 9, 30)),
        (date(2026, 10, 3), 0, date(2026, 10, 8)),
        (date(2026, 10, 3), 1, date(2026, 10, 8)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
    ],
)
def test_working_days_are_counted(day: date, n: int, answer: date) -> None:
    assert add_working_days(day, n) == answer


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(1, 30))
def test_counting_forth_passes_as_many_working_days(day: date, n: int) -> None:
    end = add_working_days(day, n)
    passed = [day + timedelta(days=k) for k in range(1, (end - day).days + 1)]
    assert sum(map(is_working_day, passed)) == n
    assert is_working_day(end)


@pytest.mark.parametrize(
    "day, months, answer",
    [
        (date(2026, 10, 1), 12, date(2025, 10, 1)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2024, 2, 29), 48, date(2020, 2, 29)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 12, 31), -2, date(2027, 2, 28)),
        (date(2026, 5, 5), 0, date(2026, 5, 5)),
    ],
)
def test_months_are_counted_back(day: date, months: int, answer: date) -> None:
    assert months_before(day, months) == answer


@pytest.mark.parametrize(
    "as_of, start",
    [
        (date(2026, 9, 30), date(2025, 10, 1)),
        (date(2026, 2, 28), date(2025, 3, 1)),
        (date(2024, 2, 29), date(2023, 3, 1)),
        (date(2024, 2, 28), date(2023, 2, 28)),
        (date(2025, 2, 28), date(2024, 3, 1)),
        (date(2026, 11, 22), date(2025, 11, 23)),
    ],
)
def test_a_trailing_year_ends_with_its_day(as_of: date, start: date) -> None:
    assert window_start(as_of, 12) == start == months_before(as_of + ONE_DAY, 12)


@pytest.mark.parametrize(
    "today, month, quarter, half",
    [
        (date(2026, 10, 1), date(2026, 9, 30), date(2026, 9, 30), date(2026, 6, 30)),
        (date(2026, 9, 30), date(2026, 8, 31), date(2026, 6, 30), date(2026, 6, 30)),
        (date(2026, 1, 1), date(2025, 12, 31), date(2025, 12, 31), date(2025, 12, 31)),
        (date(2024, 3, 1), date(2024, 2, 29), date(2023, 12, 31), date(2023, 12, 31)),
        (date(2026, 7, 1), date(2026, 6, 30), date(2026, 6, 30), date(2026, 6, 30)),
    ],
)
def test_a_period_is_over_on_the_day_after_it(today: date, month: date, quarter: date, half: date) -> None:
    assert [period_end_before(today, cadence) for cadence in Cadence] == [month, quarter, half]
    assert last_closed_quarter_end(today) == quarter


def test_a_period_has_a_name() -> None:
    end = date(2026, 9, 30)
    assert [period_name(end, cadence) for cadence in Cadence] == ["2026-09", "2026Q3", "2026H2"]
    assert period_name(date(2026, 6, 30), "half_yearly") == "2026H1"
    assert [quarter_of(date(2026, month, 1)) for month in (1, 3, 4, 12)] == [
        "2026Q1",
        "2026Q1",
        "2026Q2",
        "2026Q4",
    ]


@given(st.dates(date(2000, 1, 1), date(2050, 12, 31)), st.sampled_from(Cadence))
def test_periods_follow_each_other_without_a_gap(day: date, cadence: Cadence) -> None:
    end = period_end_of(day, cadence)
    assert period_end_before(day, cadence) < day <= end == period_end_before(end + ONE_DAY, cadence)


def test_an_unknown_cadence_is_refused() -> None:
    with pytest.raises(ValueError, match="weekly"):
        period_end_before(date(2026, 1, 1), "weekly")


@pytest.mark.parametrize(
    "year, spring, autumn",
    [
        (2020, date(2020, 1, 25), date(2020, 10, 1)),  # on National Day
        (2025, date(2025, 1, 29), date(2025, 10, 6)),
        (2026, date(2026, 2, 17), date(2026, 9, 25)),
    ],
)
def test_the_two_festivals_for_which_one_gives_presents(year: int, spring: date, autumn: date) -> None:
    found = festivals(year)
    assert (found[Festival.SPRING], found[Festival.MID_AUTUMN]) == (spring, autumn)


def test_the_other_holidays_of_a_year() -> None:
    """As the State Council announced them for 2026."""
    assert {name: (day.month, day.day) for name, day in festivals(2026).items()} == {
        "new_year": (1, 1), "spring": (2, 17), "qingming": (4, 5), "labour": (5, 1), "dragon_boat": (6, 19),
        "mid_autumn": (9, 25), "national": (10, 1),
    }  # fmt: skip
