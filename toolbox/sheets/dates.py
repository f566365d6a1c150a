"""Days as people write them. Every one names its year, and none can be taken for another."""

import re
from datetime import date, datetime, time, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from toolbox.sheets.cells import Serial1904, Value, seen, text_of
from toolbox.sheets.problems import WrongValueError
from toolbox.width import of_usual_width

YEARS: Final = range(1900, 2200)
SERIALS: Final = range(10_000, 100_000)
"""Numbers of days that are taken for a day without a date format: 1927 to 2173."""
EPOCH: Final = date(1899, 12, 30)
EPOCH_1904: Final = date(1904, 1, 1)
REMEDY: Final = _("Enter a date such as 2026-09-30.")

_TIME: Final = (
    r"(?:[T ]+(?:上午|下午|中午|am|pm)?\s*(?P<hour>[0-9]{1,2})[:时](?P<minute>[0-9]{1,2})[:分]?"
    r"(?:(?P<second>[0-9]{1,2})(?:\.[0-9]{1,9})?秒?)?\s*(?:am|pm)?)?"
)
_WEEKDAY: Final = r"(?:\s*\(?(?:星期|周|礼拜)[一二三四五六日天]\)?)?"
_YEAR_FIRST: Final = re.compile(
    r"(?P<year>[0-9]{4})\s*(?:(?P<separator>[-/.])\s*(?P<month>[0-9]{1,2})\s*(?P=separator)\s*(?P<day>[0-9]{1,2})"
    r"|年\s*(?P<month_zh>[0-9]{1,2})\s*月\s*(?P<day_zh>[0-9]{1,2})\s*[日号]"
    r"|(?P<month_short>[0-9]{2})(?P<day_short>[0-9]{2}))" + _WEEKDAY + _TIME,
    re.IGNORECASE,
)
_YEAR_LAST: Final = re.compile(
    r"(?P<first>[0-9]{1,2})(?P<separator>[-/])(?P<second_>[0-9]{1,2})(?P=separator)(?P<year>[0-9]{4})"
    + _TIME,
    re.IGNORECASE,
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED: Final = re.compile(
    r"(?:(?P<day>[0-9]{1,2})[- ](?P<month>[a-z]{3,9})\.?[- ,]+|(?P<month_first>[a-z]{3,9})\.? (?P<day_second>[0-9]{1,2})(?:st|nd|rd|th)?,? )(?P<year>[0-9]{4})",
    re.IGNORECASE,
)
_WITHOUT_DAY: Final = re.compile(r"[0-9]{4}(?:[-/.][0-9]{1,2}|年(?:[0-9]{1,2}月)?)?")
_WITHOUT_YEAR: Final = re.compile(r"[0-9]{1,2}月[0-9]{1,2}[日号]?|[0-9]{1,2}[-/.][0-9]{1,2}")
_SHORT_YEAR: Final = re.compile(
    r"[0-9]{2}([-/.])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{1,2}([-/.])[0-9]{1,2}\2[0-9]{2}"
)
_ZONE: Final = re.compile(r".*[T ][0-9]{1,2}:[0-9]{2}.*(?:Z|[-+][0-9]{2}:?[0-9]{2})", re.IGNORECASE)
_CHINESE: Final = str.maketrans("〇○零一二三四五六七八九", "000123456789")


def read(value: Value) -> date:
    """WrongValueError where the cell holds no day, an impossible one, or one that could be two."""
    if isinstance(value, datetime):
        found = value.date()
    elif isinstance(value, date):
        found = value
    elif isinstance(value, float | int):
        found = _of_number(float(value), EPOCH_1904 if isinstance(value, Serial1904) else EPOCH)
    elif isinstance(value, time | timedelta):
        raise WrongValueError(_("This is a time without a day."), REMEDY)
    else:
        found = _of_text(of_usual_width(seen(text_of(value))).strip())
    if found.year not in YEARS:
        raise WrongValueError(_("The year cannot be right."), REMEDY)
    return found


def _of_number(number: float, epoch: date) -> date:
    """Days as a workbook counts them, or 20260930."""
    if SERIALS.start <= number < SERIALS.stop:
        return epoch + timedelta(days=int(number))
    if number.is_integer() and (match := _YEAR_FIRST.fullmatch(f"{number:.0f}")):
        return _day(match["year"], match["month_short"], match["day_short"])
    raise WrongValueError(_("This number is not a date."), REMEDY)


def _of_text(text: str) -> date:
    if match := _YEAR_FIRST.fullmatch(_digits(text)):
        _check_time(match)
        month = match["month"] or match["month_zh"] or match["month_short"]
        return _day(match["year"], month, match["day"] or match["day_zh"] or match["day_short"])
    if match := _YEAR_LAST.fullmatch(text):
        _check_time(match)
        return _year_last(match["year"], int(match["first"]), int(match["second_"]))
    if match := _NAMED.fullmatch(text):
        month = (match["month"] or match["month_first"])[:3].casefold()
        if month in _MONTHS:
            return _day(match["year"], str(_MONTHS.index(month) + 1), match["day"] or match["day_second"])
    raise _problem_of(text)


def _digits(text: str) -> str:
    """二〇二六年九月三日 → 2026年9月3日; 十 is left to those who write it so."""
    return text.translate(_CHINESE) if "年" in text and not re.search("[0-9十]", text) else text


def _year_last(year: str, first: int, second: int) -> date:
    if first <= 12 and second <= 12 and first != second:  # noqa: PLR2004 - months
        raise WrongValueError(_("Day and month could be taken for each other."), REMEDY)
    day, month = (first, second) if first > 12 else (second, first)  # noqa: PLR2004 - as above
    return _day(year, str(month), str(day))


def _day(year: str, month: str, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        said = f"{year}-{int(month):02}-{int(day):02}"
        raise WrongValueError(str(_("There is no day %(day)s.")) % {"day": said}, REMEDY) from None


def _check_time(match: re.Match[str]) -> None:
    if match["hour"] is None:
        return
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004 - of a day
        raise WrongValueError(
            _("There is no such time."), _("Enter a date such as 2026-09-30, or 2026-09-30 14:30.")
        )


def _problem_of(text: str) -> WrongValueError:
    if not text:
        return WrongValueError(_("The cell is empty."), REMEDY)
    if _ZONE.fullmatch(text):
        return WrongValueError(_("The time names a time zone, in which it may be another day."), REMEDY)
    if _WITHOUT_DAY.fullmatch(text):
        return WrongValueError(_("The date has no day."), REMEDY)
    if _WITHOUT_YEAR.fullmatch(text):
        return WrongValueError(_("The date has no year."), REMEDY)
    if _SHORT_YEAR.fullmatch(text):
        return WrongValueError(_("The year has only two digits."), REMEDY)
    return WrongValueError(_("This is not a date."), REMEDY)
