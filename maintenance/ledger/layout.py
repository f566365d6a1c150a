"""The ledger laid out for people: every number of promises leads to the list of exactly those."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Model
from django.urls import reverse
from django.utils.http import urlencode

from maintenance.ledger import outcomes
from maintenance.ledger.beyond import Line as BeyondLine
from maintenance.ledger.counting import Quarter, Tally
from maintenance.ledger.reckoning import Line
from toolbox.calendars import quarter_of

NARROWING: Final = ("owner", "team", "tier", "department", "customer")
NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Linked:
    """A number and the list it counts."""

    n: int
    url: str
    share: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    line: Line
    numbers: list[Linked]
    """In the order of `outcomes.NAMES`."""


def narrowing(said: dict[str, Any]) -> dict[str, Any]:
    """What is asked for besides the quarter, as it stands in addresses."""
    found = {name: said.get(name) for name in NARROWING}
    return {name: value.pk if isinstance(value, Model) else value for name, value in found.items() if value}


def numbers(tally: Tally, quarter: Quarter, asked: dict[str, Any]) -> list[Linked]:
    days = {"promised_from": quarter.first.isoformat(), "promised_until": quarter.last.isoformat()}
    return [
        Linked(
            getattr(tally, word),
            f"{reverse('maintenance:obligations')}?{urlencode({'outcome': word} | days | asked)}",
        )
        for word in outcomes.NAMES
    ]


def rows(lines: Sequence[Line], by: str, quarter: Quarter, asked: dict[str, Any]) -> list[Row]:
    return [
        Row(line, numbers(line.tally, of_line(line, by, quarter), asked | about(line.key, by)))
        for line in lines
    ]


def of_line(line: Line, by: str, quarter: Quarter) -> Quarter:
    return line.quarter if by == "quarter" and line.quarter else quarter


def about(key: int | str, by: str) -> dict[str, Any]:
    return {} if by == "quarter" else {by: key or NONE}


@dataclass(frozen=True, slots=True)
class BeyondRow:
    line: BeyondLine
    cost: int | None
    customers: str
    """The address of the same, customer by customer; of a customer its timeline."""


def beyond_rows(
    lines: Sequence[BeyondLine], by: str, quarter: Quarter, asked: dict[str, Any], cost: Any
) -> list[BeyondRow]:
    def url(line: BeyondLine) -> str:
        if by == "customer":
            return reverse("customers:timeline", args=[line.key])
        said = {"by": "customer", "quarter": quarter_of(quarter.first)} | asked | about(line.key, by)
        if by == "quarter":
            said["quarter"] = quarter_of(line.first) if line.first else said["quarter"]
        return f"{reverse('maintenance:ledger_beyond')}?{urlencode(said)}"

    return [BeyondRow(line, cost(line.minutes), url(line)) for line in lines]
