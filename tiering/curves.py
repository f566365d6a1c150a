"""Curves as text that a person can type: one knot per line, "raw value: points"."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _, gettext_lazy
from django_stubs_ext import StrPromise

from tiering.measures import YEAR, Measure, Unit, measures
from tiering.scoring import FULL_POINTS, VALUE_LIMIT
from toolbox.money import parse_money, plain_money
from toolbox.rounding import round_half_up

Knots = list[list[int]]

NUMBER: Final = re.compile(r"(-?)([0-9]+)(?:\.([0-9]{1,3}))?")

UNITS: Final[dict[Unit, StrPromise]] = {
    Unit.FEN: gettext_lazy("Raw values in yuan, such as 100,000 or 10万."),
    Unit.BASIS_POINTS: gettext_lazy("Raw values in percent, such as 92.5."),
    Unit.DAYS: gettext_lazy("Raw values in days."),
    Unit.YEARS: gettext_lazy("Raw values in years of 365 days, such as 0.5."),
    Unit.TIMES: gettext_lazy("Raw values in times."),
    Unit.PER_MONTH: gettext_lazy("Raw values in times a month, such as 2.5."),
    Unit.RATING: gettext_lazy("Raw values are ratings from 1 to 5."),
    Unit.INDEX: gettext_lazy("Raw values are index points from 0 to 100."),
}


def unit_of(key: str) -> Unit:
    known = measures().get(key)
    return known.unit if known else Unit.INDEX


def write(knots: Sequence[Sequence[int]], unit: Unit) -> str:
    """What `read` reads back as exactly these knots."""
    return "\n".join(f"{write_value(at, unit)}: {decimal(points, 2)}" for at, points in knots)


def read(text: str, unit: Unit) -> Knots:
    """Raises ValidationError with a message for each line that is wrong."""
    lines = [(n, line) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]
    knots: Knots = []
    errors: list[str] = []
    for n, line in lines:
        try:
            knots.append(read_line(line, unit, above=knots[-1][0] if knots else None))
        except ValidationError as error:
            errors.append(_("Line %(line)s: %(problem)s") % {"line": n, "problem": " ".join(error.messages)})
    if not lines:
        errors.append(_("Type at least one knot."))
    if errors:
        raise ValidationError(errors)
    return knots


def read_line(line: str, unit: Unit, *, above: int | None) -> list[int]:
    value, colon, points = unicodedata.normalize("NFKC", line).partition(":")
    if not colon:
        raise ValidationError(_("Write it as “raw value: points”."))
    return read_knot(value, points, unit, above=above)


def read_knot(value: str, points: str, unit: Unit, *, above: int | None) -> list[int]:
    """`above` is the raw value of the knot before."""
    earned = scaled(points, 2)
    if not 0 <= earned <= FULL_POINTS:
        raise ValidationError(_("Points lie between 0 and 100."))
    at = read_value(value, unit)
    if abs(at) > VALUE_LIMIT:
        raise ValidationError(_("This raw value is too large."))
    if above is not None and at <= above:
        raise ValidationError(_("The raw values must rise from line to line."))
    return [at, earned]


def read_value(text: str, unit: Unit) -> int:
    match unit:
        case Unit.FEN:
            return parse_money(text)
        case Unit.BASIS_POINTS:
            return scaled(text.strip().removesuffix("%"), 2)
        case Unit.PER_MONTH:
            return scaled(text, 2)
        case Unit.YEARS:
            return round_half_up(scaled(text, 3) * YEAR, 1000)
        case _whole:
            return scaled(text, 0)


def read_end(text: str, unit: Unit, *, is_least: bool) -> int:
    """An end of a condition, which is in; "> 50000" and "< 50000" are the next whole numbers of the raw unit."""
    sign = ">" if is_least else "<"
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain.startswith(sign) and not plain.startswith(f"{sign}="):
        return read_value(plain[1:].strip(), unit) + (1 if is_least else -1)
    return read_value(plain.removeprefix(f"{sign}=").strip(), unit)


def write_end(value: int, unit: Unit, *, is_least: bool) -> str:
    """As it is read back: of money a fen beyond whole yuan is said as what it leaves out."""
    left_out = value - 1 if is_least else value + 1
    if unit == Unit.FEN and left_out % 100 == 0:
        return f"{'>' if is_least else '<'} {write_value(left_out, unit)}"
    return write_value(value, unit)


def drawn(knots: Sequence[Sequence[int]], *, is_bands: bool) -> str:
    """A small picture of the curve: points of an SVG polyline in a box of 100 by 30."""
    xs = [x for x, _points in knots]
    width = (xs[-1] - xs[0]) or 1
    places = [
        (round_half_up(90 * (x - xs[0]), width) + 5, 28 - points * 26 // FULL_POINTS) for x, points in knots
    ]
    steps: list[tuple[int, int]] = [(0, 28 if is_bands else places[0][1])]
    for x, y in places:
        if is_bands:
            steps.append((x, steps[-1][1]))
        steps.append((x, y))
    steps.append((100, steps[-1][1]))
    return " ".join(f"{x},{y}" for x, y in steps)


def axis_value(value: int, unit: Unit) -> float:
    """A raw value as a chart counts it: yuan, percent, years; what is drawn is not reckoned with."""
    return value / {Unit.FEN: 100, Unit.BASIS_POINTS: 100, Unit.PER_MONTH: 100, Unit.YEARS: YEAR}.get(unit, 1)


def within(value: int, measure: Measure) -> int:
    """The value, if people may rate or give it. Raises ValidationError."""
    lowest = -VALUE_LIMIT if measure.lowest is None else measure.lowest
    highest = VALUE_LIMIT if measure.highest is None else measure.highest
    if not lowest <= value <= highest:
        ends = {"first": write_value(lowest, measure.unit), "last": write_value(highest, measure.unit)}
        if measure.unit in {Unit.FEN, Unit.BASIS_POINTS, Unit.PER_MONTH, Unit.YEARS}:
            raise ValidationError(_("Enter a value from %(first)s to %(last)s.") % ends)
        raise ValidationError(_("Enter a whole number from %(first)s to %(last)s.") % ends)
    return value


def write_value(value: int, unit: Unit) -> str:
    match unit:
        case Unit.FEN:
            return plain_money(value)
        case Unit.BASIS_POINTS | Unit.PER_MONTH:
            return decimal(value, 2)
        case Unit.YEARS:
            return years(value)
        case _whole:
            return str(value)


def years(days: int) -> str:
    """With as few decimals as mean these days and no others; three always do."""
    for places in range(3):
        shown = round_half_up(days * 10**places, YEAR)
        if round_half_up(shown * YEAR, 10**places) == days:
            return decimal(shown, places)
    return decimal(round_half_up(days * 1000, YEAR), 3)


def scaled(text: str, places: int) -> int:
    """A number with at most so many decimals as an integer of its last place: ("92.5", 2) is 9250."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").strip()
    match = NUMBER.fullmatch(plain)
    if match is None or len(match[3] or "") > places or len(match[2]) > len(str(VALUE_LIMIT)):
        if places:
            message = _("“%(text)s” is not a number with at most %(places)s decimals.")
            raise ValidationError(message % {"text": text.strip(), "places": places})
        raise ValidationError(_("“%(text)s” is not a whole number.") % {"text": text.strip()})
    number: int = int(match[2]) * 10**places + int((match[3] or "").ljust(places, "0") or 0)
    return -number if match[1] else number


def decimal(number: int, places: int) -> str:
    """The inverse of `scaled`: (9250, 2) is "92.5"."""
    whole, rest = divmod(abs(number), 10**places)
    text = f"{whole}.{rest:0{places}}".rstrip("0").rstrip(".") if places else str(whole)
    return f"-{text}" if number < 0 else text
