"""A share is a whole number of basis points, 0 to 10,000; people type and read percent."""

import re
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from toolbox.hundredths import trimmed
from toolbox.width import of_usual_width
from toolbox.written import Get_co, IntegerField, Set_contra, WrittenFormField, formfield

WHOLE: Final = 10_000
_PERCENT: Final = re.compile(r"(?P<sign>[-+]?)(?P<whole>[0-9]+|(?=\.[0-9]))(?:\.(?P<fraction>[0-9]*))?%?")


def parse_percent(text: str) -> int:
    """ "30", "30%", "12.5 %", full-width too, in basis points.

    Raises ValidationError, whose message is for the person who typed it.
    """
    plain = re.sub(r"\s", "", of_usual_width(text)).replace("−", "-")
    match = _PERCENT.fullmatch(plain)
    if match is None:
        raise ValidationError(_("Enter a percentage such as 92% or 92.5%."), code="invalid")
    fraction = match["fraction"] or ""
    if len(fraction) > 2:  # noqa: PLR2004 - basis points
        raise ValidationError(_("A percentage has at most two decimals."), code="decimals")
    digits = (match["whole"] + fraction.ljust(2, "0")).lstrip("0") or "0"
    is_below = match["sign"] == "-" and digits != "0"
    if is_below or len(digits) > len(str(WHOLE)) or int(digits) > WHOLE:
        raise ValidationError(_("Enter a percentage from 0% to 100%."), code="range")
    return int(digits)


class PercentFormField(WrittenFormField):
    """Takes percent as people write them, gives basis points."""

    def read(self, text: str) -> int:
        return parse_percent(text)

    def write(self, value: int) -> str:
        return trimmed(value)


class PercentField(IntegerField[Set_contra, Get_co]):
    """A share in basis points."""

    def formfield(self, **kwargs: Any) -> Any:
        return formfield(self, PercentFormField, **kwargs)
