"""What a check found: nothing, or where what is stored is not what it should be."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from customers.models import Customer, Tier

MOST = 20
"""So many differences are kept of one check; the others are counted."""
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """`whose` is a customer's code, or what else it is about."""

    whose: str
    what: str
    stored: str
    computed: str


@dataclass
class Findings:
    """The first differences of a check, and at how many customers (or what else it is about) there are any."""

    title: str
    differences: list[Difference] = field(default_factory=list)
    count: int = 0
    latest: str = field(default="", repr=False)

    @property
    def is_fine(self) -> bool:
        return not self.count

    def add(self, whose: str, what: str, stored: object, computed: object) -> None:
        if whose != self.latest:
            self.count += 1
            self.latest = whose
        if len(self.differences) < MOST:
            self.differences.append(Difference(whose, what, shown(stored), shown(computed)))


def shown(value: object) -> str:
    return "–" if value is None else str(value)[:LONGEST]


def codes(customers: Iterable[int]) -> dict[int, str]:
    """Of customers by id; who is gone is named by the number."""
    wanted = list(customers)
    found = dict(Customer.objects.filter(pk__in=wanted).values_list("pk", "code"))
    return {pk: found.get(pk, f"#{pk}") for pk in wanted}


def ask(title: str, sql: str, columns: dict[str, str], values: dict[str, Any]) -> Findings:
    """The rows of a query that returns differing ones alone: customer, then stored and computed by column.

    `columns` says in whose words each pair of columns is shown; a name that ends with "tier" is a tier's id.
    The database counts, so that a book in which everything differs takes no more memory than one that is fine.
    """
    counted = f"SELECT d.*, count(*) OVER () FROM ({sql}) d ORDER BY 1 LIMIT {MOST}"  # noqa: S608 - our own
    if connection.vendor == "sqlite":  # only newer ones know the standard's words
        counted = counted.replace("IS DISTINCT FROM", "IS NOT")
    with connection.cursor() as cursor:
        cursor.execute(counted, values)
        rows = cursor.fetchall()
    findings = Findings(title)
    for whose, what, stored, computed in pairs(rows, columns):
        findings.add(whose, what, stored, computed)
    findings.count = rows[0][-1] if rows else 0
    return findings


def pairs(rows: list[Any], columns: dict[str, str]) -> Iterator[tuple[str, str, object, object]]:
    names = codes({row[0] for row in rows})
    tiers = {tier.pk: f"{tier.scale}:{tier.key}" for tier in Tier.objects.all()} if rows else {}
    for row in rows:
        for n, (column, what) in enumerate(columns.items()):
            stored, computed = row[2 * n + 1], row[2 * n + 2]
            if stored == computed:
                continue
            if column.endswith("tier"):
                stored, computed = tiers.get(stored, stored), tiers.get(computed, computed)
            yield names[row[0]], what, stored, computed
