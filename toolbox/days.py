"""Which days can be true: a validator for models and forms; and days in a query."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Func, IntegerField
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.deconstruct import deconstructible
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from toolbox.calendars import months_before


@deconstructible
@dataclass
class DayFrom:
    """From the first day of a year up to today, or to as many years ahead: `DayFrom(1990, years_ahead=10)`."""

    year: int
    years_ahead: int = 0

    def __call__(self, day: date) -> None:
        first, last = date(self.year, 1, 1), months_before(timezone.localdate(), -12 * self.years_ahead)
        if day < first:
            text = _("Enter a day from %(first)s on: this one is too long ago to be true.")
            raise ValidationError(text, code="too_early", params={"first": date_format(first)})
        if day > last and not self.years_ahead:
            raise ValidationError(_("The day cannot be in the future."), code="too_late")
        if day > last:
            text = _("Enter a day up to %(last)s: this one is too far ahead to be true.")
            raise ValidationError(text, code="too_late", params={"last": date_format(last)})


PAST = DayFrom(1990)
"""For what happened."""
PLANNED = DayFrom(1990, years_ahead=10)
"""For what is due or ends on a day."""
REMEMBERED = DayFrom(1900, years_ahead=10)
"""Birthdays among them."""
COOPERATION = DayFrom(1949)


def month_and_day(text: str) -> None:
    """ "06-21": a day that there is in some year."""
    try:
        found = re.fullmatch(r"[0-9]{2}-[0-9]{2}", text) and date.fromisoformat(f"2000-{text}")
    except ValueError:
        found = None
    if not found:
        raise ValidationError(_("Enter month and day such as 06-21."), code="invalid")


def midnight(day: date) -> datetime:
    """The first moment of a day."""
    return timezone.make_aware(datetime.combine(day, time.min))


class DayNumber(Func):
    """A date as Python's `toordinal` has it: 1 is the first of January of the year 1."""

    output_field = IntegerField()
    template = "(%(expressions)s - DATE '0001-01-01' + 1)"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST(julianday(%(expressions)s) - 1721424.5 AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **context)


class LocalDay(TruncDate):
    """The day of a moment where the office is. SQLite says it by itself where clocks are never put back: Django's own
    function is called row by row, ten times as slow."""

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        minutes = offset_all_year(timezone.localdate().year)
        if minutes is None:
            return self.as_sql(compiler, connection, **context)
        sql, params = compiler.compile(self.lhs)
        return f"date({sql}, '{minutes:+d} minutes')", params


def offset_all_year(year: int) -> int | None:
    """Minutes ahead of UTC, where they are the same in every month."""
    zone = timezone.get_current_timezone()
    offsets = {datetime(year, month, 1, tzinfo=zone).utcoffset() for month in range(1, 13)}
    offset = offsets.pop()
    return None if offsets or offset is None else int(offset.total_seconds()) // 60
