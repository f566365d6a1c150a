"""What the number format of a cell says about its number."""

import re
from typing import Final

DATES: Final = frozenset({*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)})
"""Built in; 27 to 58 in Chinese, Japanese and Korean workbooks."""
PERCENTS: Final = frozenset({9, 10})

NUMBER, PERCENT, DATE = 0, 100, 200
"""Between NUMBER and PERCENT: so many digits are shown, with leading zeros."""

_QUOTED: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_PADDED: Final = re.compile(r"0{2,50}")


def kind_of(number: int, code: str | None) -> int:
    """Of a built-in format by its number, of another one by its code."""
    if code is None:
        return PERCENT if number in PERCENTS else DATE if number in DATES else NUMBER
    positive = _QUOTED.sub("", code.split(";")[0]).strip()
    if "%" in positive:
        return PERCENT
    if re.search(r"[ymdhs]", positive, re.IGNORECASE) and not re.search(
        "general|[0#?]{2}", positive, re.IGNORECASE
    ):
        return DATE
    return len(positive) if _PADDED.fullmatch(positive) else NUMBER
