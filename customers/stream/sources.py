"""Where entries of the timeline come from. An app that has something to show registers a source when it is ready."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.functional import Promise

from accounts.models import User


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """How an entry reads, in the active language."""

    title: str
    text: str = ""
    icon: str = "notes"
    mood: str = ""
    """ "broken" for what went wrong; anything else for nothing."""
    url: str = ""
    badge: str = ""
    department: str = ""
    """Its label, where it is another than that of who did it."""
    files: Sequence[Any] = ()
    marks: Sequence[str] = ()
    """Names that stand in the text after an @."""


Rows = Callable[[User | None], QuerySet[Any]]
"""Of all customers, as far as this user may see them beside the customer itself; all for None."""
Say = Callable[[Sequence[Any], User], Mapping[Any, Said]]
"""How rows read to somebody, by their pk, in a bounded number of queries; what says nothing is left out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Rows of one model as entries: by which columns they are found."""

    key: str
    kind: str
    """What people filter by; several sources may share it."""
    rows: Rows
    say: Say
    at: str
    """The column of its moment, never null in `rows`; or of its day."""
    is_day: bool = False
    customer: str = "customer"
    """The path to the customer's id."""
    by: str = ""
    """The path to who did it; empty: it happens by itself."""
    department: str = ""
    """The path to the department; empty: that of who did it."""
    recorded: str = ""
    """The column of when we learnt of it, where that is not `at`."""
    notice: str = ""
    """How the key of another notice of the same begins, before the row's id: who got that is not told twice."""
    narrowed: list[Callable[[QuerySet[Any]], QuerySet[Any]]] = field(default_factory=list)
    """Apps downstream leave out here what they show themselves."""

    def found(self, user: User | None) -> QuerySet[Any]:
        rows = self.rows(user)
        for narrow in self.narrowed:
            rows = narrow(rows)
        return rows


sources: Final[dict[str, Source]] = {}
kinds: Final[dict[str, Promise]] = {}
"""What kinds are called where people filter by them."""


def register(*new: Source) -> None:
    sources.update({source.key: source for source in new})


def name_kind(kind: str, name: Promise) -> None:
    kinds[kind] = name
