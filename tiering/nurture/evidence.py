"""A candidate's evidence laid out for people."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _, ngettext

from tiering.models import Candidate

HEIGHT = 40
"""Of the tallest bar, in the units of the drawing."""


@dataclass(frozen=True, slots=True)
class Bar:
    month: date
    amount: int
    """Fen."""
    x: int
    y: int
    height: int


def bars(candidate: Candidate) -> list[Bar]:
    """The three months, to be drawn side by side; none for the other rules."""
    months: list[list[Any]] = candidate.evidence.get("months", [])
    tallest = max((amount for _month, amount in months), default=1)
    found = []
    for n, (month, amount) in enumerate(months):
        height = max(amount * HEIGHT // tallest, 1)
        found.append(Bar(date.fromisoformat(month), amount, n * 34, HEIGHT - height, height))
    return found


def sentence(candidate: Candidate) -> str:
    said = candidate.evidence
    if candidate.rule == Candidate.Rule.GROWTH:
        return _("More was bought in each of three months, one after the other.")
    days = {name: date_format(date.fromisoformat(said[name])) for name in ("first", "last")}
    values = {"count": said["count"], "days": said["days"], **days}
    if candidate.rule == Candidate.Rule.ENQUIRIES:
        words = ngettext(
            "Asked about new products %(count)s time within %(days)s days, last on %(last)s.",
            "Asked about new products %(count)s times within %(days)s days, last on %(last)s.",
            said["count"],
        )
    else:
        words = ngettext(
            "Spoke of buying in bulk %(count)s time within %(days)s days, last on %(last)s.",
            "Spoke of buying in bulk %(count)s times within %(days)s days, last on %(last)s.",
            said["count"],
        )
    return words % values
