"""Days and hours of the office, written down from the notices of the State Council and reckoned from the start of time."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)


def between(first: str, last: str) -> Iterator[date]:
    """From the first to the last, both in."""
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        yield day
        day += DAY


OFF = {
    *between("2026-01-01", "2026-01-03"),  # New Year
    *between("2026-02-15", "2026-02-23"),  # Spring Festival
    *between("2026-04-04", "2026-04-06"),  # Qingming
    *between("2026-05-01", "2026-05-05"),  # Labour Day
    *between("2026-06-19", "2026-06-21"),  # Dragon Boat
    *between("2026-09-25", "2026-09-27"),  # Mid-Autumn
    *between("2026-10-01", "2026-10-07"),  # National Day
    date(2027, 1, 1),
    *between("2027-02-05", "2027-02-10"),
    date(2027, 4, 5),
    *between("2027-05-01", "2027-05-04"),
    date(2027, 6, 9),
    date(2027, 9, 15),
    *between("2027-10-01", "2027-10-05"),
}
"""国务院办公厅关于 2026 年部分节假日安排的通知; of 2027, which is not announced yet, the statutory days, and working
days for those that fall on a weekend (国务院令第 795 号)."""
MADE_UP = {
    date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 9, 20), date(2026, 10, 10),
}  # fmt: skip
"""Weekend days that are worked instead."""
SPRING_FESTIVAL, MID_AUTUMN = date(2026, 2, 17), date(2026, 9, 25)


class Office:
    """Open from nine to six on the days that are worked. `closed`: days that it takes off besides."""

    OPENS, CLOSES = time(9), time(18)
    LENGTH = timedelta(hours=9)

    def __init__(self) -> None:
        self.closed: set[date] = set()
        self.days = [day for day in between("2025-12-15", "2027-03-31") if self.works(day)]
        """Those that are worked."""

    def close(self, day: date) -> None:
        self.closed.add(day)
        self.days = [each for each in self.days if each != day]

    def open_again(self, day: date) -> None:
        self.closed.remove(day)
        self.days = sorted([*self.days, day])

    def works(self, day: date) -> bool:
        if day in self.closed:
            return False
        return day in MADE_UP or (day.isoweekday() <= 5 and day not in OFF)

    def on_or_after(self, day: date) -> date:
        while not self.works(day):
            day += DAY
        return day

    def on_or_before(self, day: date) -> date:
        while not self.works(day):
            day -= DAY
        return day

    def working_days_before(self, day: date, count: int) -> date:
        for _ in range(count):
            day = self.on_or_before(day - DAY)
        return day

    # Hours: the time that the office was open since the beginning, and the first moment at which it was so long

    def open_until(self, moment: datetime) -> timedelta:
        moment = moment.astimezone(SHANGHAI)
        whole = bisect_left(self.days, moment.date()) * self.LENGTH
        if not self.works(moment.date()):
            return whole
        began = datetime.combine(moment.date(), self.OPENS, SHANGHAI)
        return whole + min(max(moment - began, timedelta()), self.LENGTH)

    def when_open_for(self, length: timedelta) -> datetime:
        """The first moment."""
        whole = max(-(-length // self.LENGTH) - 1, 0)
        began = datetime.combine(self.days[whole], self.OPENS, SHANGHAI)
        return began + length - whole * self.LENGTH


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or the last one that it has."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(number, day.day))
        except ValueError:
            continue
    raise AssertionError(day)
