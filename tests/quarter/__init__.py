"""A quarter lived day by day on a moved clock, against a computation of its own: `./run quarter`.

`days`, `promised` and `clocks` are that computation: plain Python by the words of docs/promises.md and docs/cases.md,
with nothing of ours in it. `book` makes customers and people, `people` says what they do, `life` lives and compares.
"""

from typing import Final

ASKED_FOR: Final[list[str]] = []
"""Set by `./run quarter`."""
