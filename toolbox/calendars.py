"""Working days of mainland China, and the months, quarters and half-years of a business."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final

import holidays

NO_OVERRIDES: Final[Mapping[date, bool]] = MappingProxyType({})
ONE_DAY: Final = timedelta(days=1)
SATURDAY: Final = 5


class Festival(StrEnum):
    """The public holidays, in the order of the year."""

    NEW_YEAR = "new_year"
    SPRING = "spring"
    QINGMING = "qingming"
    LABOUR = "labour"
    DRAGON_BOAT = "dragon_boat"
    MID_AUTUMN = "mid_autumn"
    NATIONAL = "national"


class Cadence(StrEnum):
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"

    @property
    def months(self) -> int:
        return {"monthly": 1, "quarterly": 3, "half_yearly": 6}[self.value]


def is_working_day(day: date, *, overrides: Mapping[date, bool] = NO_OVERRIDES) -> bool:
    """Weekends and public holidays are off, make-up weekends are worked; `overrides` says otherwise.

    A year whose notice the State Council has not given yet has its statutory holidays, and no
    make-up days: that is what the overrides are for.
    """
    if day in overrides:
        return overrides[day]
    off, worked = _year(day.year)
    return day in worked or (day.weekday() < SATURDAY and day not in off)


def next_working_day(day: date, *, overrides: Mapping[date, bool] = NO_OVERRIDES) -> date:
    """The day itself if it is one."""
    while not is_working_day(day, overrides=overrides):
        day += ONE_DAY
    return day


def add_working_days(day: date, n: int, *, overrides: Mapping[date, bool] = NO_OVERRIDES) -> date:
    """The n-th working day after `day` (before it if n is negative); for 0 the next working day."""
    if n == 0:
        return next_working_day(day, overrides=overrides)
    step = ONE_DAY if n > 0 else -ONE_DAY
    for _ in range(abs(n)):
        day += step
        while not is_working_day(day, overrides=overrides):
            day += step
    return day


@cache
def _year(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Its holidays, and the weekend days that are worked."""
    # A new year's make-up days may lie in the old one, and stand in the new one's notice.
    calendar = holidays.country_holidays("CN", years=(year, year + 1), expand=False)
    return frozenset(calendar), frozenset(day for day in calendar.weekend_workdays if day.year == year)


def holiday_name(day: date, *, language: str) -> str:
    """What the public calendar calls a day on which it is off; empty on others. "zh" or "en"."""
    return _calendar(day.year, "zh_CN" if language.startswith("zh") else "en_US").get(day, "")


def is_made_up(day: date) -> bool:
    """A day of a weekend that is worked for a holiday."""
    return day in _year(day.year)[1]


@cache
def _calendar(year: int, language: str) -> dict[date, str]:
    return dict(holidays.country_holidays("CN", years=year, language=language, expand=False))


_NAMES: Final = {
    Festival.NEW_YEAR: "New Year's Day",
    Festival.SPRING: "Spring Festival",
    Festival.QINGMING: "Tomb-Sweeping Day",
    Festival.LABOUR: "Labor Day",
    Festival.DRAGON_BOAT: "Dragon Boat Festival",
    Festival.MID_AUTUMN: "Mid-Autumn Festival",
    Festival.NATIONAL: "National Day",
}
"""What the calendar calls them."""


@cache
def festivals(year: int) -> dict[Festival, date]:
    """The first day of each."""
    calendar = holidays.country_holidays("CN", years=year, language="en_US", expand=False)
    return {festival: min(calendar.get_named(name)) for festival, name in _NAMES.items()}


def months_before(day: date, months: int) -> date:
    """The same day `months` earlier, or that month's last day where there is no such day.

    The trailing window of 12 months up to and including `as_of` starts on
    `months_before(as_of + ONE_DAY, 12)`.
    """
    index = day.year * 12 + day.month - 1 - months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def window_start(as_of: date, months: int) -> date:
    """The first day of the `months` months that end with `as_of`, both included."""
    return months_before(as_of + ONE_DAY, months)


def monday_of(day: date) -> date:
    """The first day of its week."""
    return day - day.weekday() * ONE_DAY


def quarter_start(day: date) -> date:
    """The first day of its quarter."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def quarter_of(day: date) -> str:
    """ "2026Q3"."""
    return f"{day.year}Q{(day.month + 2) // 3}"


def last_closed_quarter_end(today: date) -> date:
    return period_end_before(today, Cadence.QUARTERLY)


def period_end_before(today: date, cadence: str) -> date:
    """The last day of the latest period that is over today."""
    months = Cadence(cadence).months
    return date(today.year, (today.month - 1) // months * months + 1, 1) - ONE_DAY


def period_end_of(day: date, cadence: str) -> date:
    """The last day of the period in which the day lies."""
    months = Cadence(cadence).months
    first_month = (day.month - 1) // months * months + 1
    return months_before(date(day.year, first_month, 1), -months) - ONE_DAY


def period_name(end: date, cadence: str) -> str:
    """ "2026-09", "2026Q3", "2026H2"."""
    match Cadence(cadence):
        case Cadence.MONTHLY:
            return f"{end:%Y-%m}"
        case Cadence.QUARTERLY:
            return quarter_of(end)
        case Cadence.HALF_YEARLY:
            return f"{end.year}H{1 if end.month <= 6 else 2}"  # noqa: PLR2004 - June
