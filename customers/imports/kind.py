"""A kind of row that can be imported: its columns, how a row finds what is on record, what creating and updating does.

Apps downstream register theirs in `row_kinds`. An instance serves one pass over one sheet, for one person; all it
asks of the database it asks for many rows at once.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, ClassVar, Final, NamedTuple, TypeVar

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import User
from customers.imports.columns import Columns, Json
from customers.models import Import
from toolbox import sheets
from toolbox.sheets import Header, Row, keys
from toolbox.sheets.keys import Key

T = TypeVar("T")
ASKED_AT_ONCE: Final = 5_000


class Problem(NamedTuple):
    key: str
    problem: str | Promise
    remedy: str | Promise


class Moved(NamedTuple):
    """A cell that somebody changed here since it was exported."""

    was: Json
    """When it was exported."""
    by: str = ""
    at: str = ""
    """ISO text. Both are empty where nobody wrote it down."""


@dataclass(slots=True)
class Candidate:
    """A row of the sheet on its way. `values` holds its filled cells, of an update those that change."""

    number: int
    """As Excel shows it."""
    values: dict[str, Any]
    label: str = ""
    pk: int | None = None
    """Of what is on record."""
    was: dict[str, Json] = field(default_factory=dict)
    """How that stood, in all columns of the kind and its hidden ones."""
    links: dict[str, int] = field(default_factory=dict)
    """Ids of what cells name: the customer, the account manager."""
    problems: list[Problem] = field(default_factory=list)
    likely: list[str] = field(default_factory=list)
    """Names of customers on record that may be the same."""
    why: str = ""
    """Why it is left out."""
    key: Key | None = None
    """With which it was exported."""
    untouched: set[str] = field(default_factory=set)
    """Columns whose cells are as they were exported."""
    emptied: set[str] = field(default_factory=set)
    """Columns whose cells said something when they were exported."""
    remarks: list[Problem] = field(default_factory=list)
    """Of cells that say something else and are left as they are."""
    moved: dict[str, Moved] = field(default_factory=dict)
    """Columns in which the record was changed since the export. Those of them that are in `values` are in conflict."""

    def refuse(self, key: str, problem: str | Promise, remedy: str | Promise = "") -> None:
        self.problems.append(Problem(key, problem, remedy))

    def remark(self, key: str, problem: str | Promise) -> None:
        self.remarks.append(Problem(key, problem, ""))


class Obstacle(NamedTuple):
    """What stands in the way of an undo: of which column; none where it is the row as a whole."""

    pk: int
    key: str
    problem: str


class Kind(ABC):
    do_not_call_in_templates = True
    key: ClassVar[str]
    name: ClassVar[Promise]
    description: ClassVar[Promise]
    icon: ClassVar[str] = "file"
    may: ClassVar[str] = "may_edit_customers"
    """The property of `User` that says who may import such rows, and in `may_update` who may change what is on record."""
    may_update: ClassVar[str] = "may_edit_customers"
    hidden: ClassVar[tuple[str, ...]] = ()
    """What a snapshot holds besides the columns: ids of what they name."""
    identity: ClassVar[tuple[str, ...]] = ()
    """The columns by which a row finds its record; they are compared with nothing."""
    correctable: ClassVar[tuple[str, ...]] = ()
    """Those of them that a row with a key may change."""
    needs: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Without one column of each of these, no row can be anything; unless its rows have keys."""

    asks: ClassVar[Callable[[Import, Mapping[str, Any] | None], forms.Form | None] | None] = None
    """A form of what must be said before such a plan is committed, of what was answered; None where nothing is.

    Its answers go to `Import.answers`, and from there to `answers`.
    """
    creates: ClassVar[bool] = True
    """Whether a row can be new: see `OfWhatIsThere`."""
    knows_twins: ClassVar[bool] = False
    """Rows that are alike are several records."""

    def __init__(self, *, by: User, at: datetime, source: str = "") -> None:
        self.by, self.at, self.source = by, at, source
        self.answers: Mapping[str, Any] = {}
        self.coming: Callable[[], Iterable[Candidate]] = lambda: ()
        """All new rows of the plan that is committed."""
        self.committed_at: datetime | None = None
        """Of what is undone."""
        self.spoken_for: set[int] = set()
        """Records that other rows of the sheet are about: `find` of a kind that knows twins passes them over."""
        self.today = timezone.localdate(at)
        self.columns = Columns(self.make_columns())

    # What it is

    @abstractmethod
    def make_columns(self) -> list[Any]:
        """Its columns, in the order of its template."""

    # From rows to records, where several rows are one

    def placed(self, mapping: dict[str, int], width: int) -> dict[str, int]:  # noqa: ARG002 - for those that override it
        """Where columns stand, those of ours among them that `gathered` puts behind the last one of the sheet."""
        return mapping

    def gathered(
        self,
        rows: Iterator[Row],
        mapping: dict[str, int],  # noqa: ARG002 - as above
        header: Callable[[int], Header],  # noqa: ARG002 - as above
        refuse: Callable[[Candidate, Row], None],  # noqa: ARG002 - as above
    ) -> Iterator[Row]:
        """One row for each record."""
        return rows

    # What a row means

    def settle(self, rows: Sequence[Candidate]) -> None:  # noqa: B027 - for those that override it
        """Fill in `links`, and what cells mean in the light of the others."""

    @abstractmethod
    def find(self, rows: Sequence[Candidate]) -> None:
        """Fill in `pk`, `was` and `label`, in the order of the sheet."""

    def judge(self, row: Candidate) -> None:  # noqa: B027 - for those that override it
        """Refuse what must not be; `values` of a row that is on record are those that change."""

    def same(self, row: Candidate, key: str) -> bool:
        """Whether the cell says what is on record."""
        return alike(row.values[key], row.was.get(key))

    def remark(self, rows: Sequence[Candidate]) -> None:  # noqa: B027 - for those that override it
        """Say of judged rows which of their cells are left as they are, though they say something else."""

    # What is on record

    @abstractmethod
    def lock(self, pks: Sequence[int]) -> None:
        """Nobody else changes these records until the end of the transaction. In the order of their ids."""

    @abstractmethod
    def current(self, pks: Sequence[int]) -> dict[int, dict[str, Json]]:
        """How these records stand; those that are gone, or not for this person to change any more, are missing."""

    def out_of_reach(self, rows: Sequence[Candidate]) -> set[int]:  # noqa: ARG002 - for those that override it
        """Numbers of new rows that hang on what is gone, or not for this person to change any more."""
        return set()

    def recorded(self, rows: Sequence[Candidate]) -> set[int]:
        """Numbers of new rows that have come on record since the preview."""
        asked = [Candidate(row.number, dict(row.values), row.label, links=dict(row.links)) for row in rows]
        self.find(asked)
        return {row.number for row in asked if row.pk is not None or row.problems}

    def mark_likely(self, rows: Sequence[Candidate]) -> None:  # noqa: B027 - for those that override it
        """Say of new rows what on record they may be the same as."""

    # What goes out to be edited

    @abstractmethod
    def exported(self, customers: QuerySet[Any]) -> list[int]:
        """Ids of the records of these customers that this person may see and import, in their order."""

    is_dressed: ClassVar[bool] = False
    """Its sheet for editing is a workbook of its own, by `dress`."""

    @classmethod
    def dress(
        cls,
        customers: QuerySet[Any],
        *,
        by: User,
        at: datetime,
        query: QueryDict,
        stream: IO[bytes],
        progress: Callable[[int], None],
    ) -> int:
        """Write that workbook, of what was asked for besides, and say how many rows it has."""
        raise NotImplementedError

    def written(self, key: str) -> sheets.writing.Kind:
        """How `to_edit` is to be written."""
        return self.columns.by_key[key].written

    def to_edit(self, key: str, said: Mapping[str, Any]) -> Any:
        """What the cell of a column has, where the record says that."""
        return self.columns.by_key[key].to_edit(said.get(key))

    def may_be_emptied(self, key: str) -> bool:  # noqa: ARG002 - for those that override it
        """Whether an empty cell of a row with a key takes away what is on record; otherwise it leaves it."""
        return False

    def last_changes(self, since: Mapping[int, datetime]) -> dict[int, dict[str, tuple[str, datetime]]]:  # noqa: ARG002 - as above
        """Who changed which column of these records last, and when, as far as it is written down."""
        return {}

    @abstractmethod
    def label_of(self, said: Mapping[str, Json]) -> str:
        """A record for people."""

    # What is done. In one transaction, after `recording()`, with everything locked

    def foresee(self, rows: Sequence[Candidate]) -> None:  # noqa: B027 - for those that override it
        """Work out what creating these rows will need, in a thread beside: without the database."""

    @abstractmethod
    def create(self, rows: Sequence[Candidate]) -> list[int]:
        """Write new records, and answer with their ids in the order of the rows. These may get more values and links."""

    @abstractmethod
    def update(self, rows: Sequence[Candidate]) -> None:
        """Write the changed cells of records that are there."""

    # And taken back

    @abstractmethod
    def hindered(self, rows: Sequence[Candidate]) -> list[Obstacle]:
        """Why created rows cannot be removed: somebody edited them since, or something hangs on them."""

    @abstractmethod
    def remove(self, rows: Sequence[Candidate]) -> None:
        """Take created records away again."""

    def staying(self, made: Iterable[Sequence[Candidate]], *, locks: bool) -> list[tuple[Candidate, str]]:  # noqa: ARG002 - for those that override it
        """Before an undo, of all created rows at once: which records that came along with them cannot go, and why."""
        return []

    def remove_along(self) -> None:  # noqa: B027 - as above
        """Take away the others that came along, when their rows are gone."""

    def restore(self, rows: Sequence[Candidate]) -> None:
        """Write back what changed cells said before."""
        self.update(rows)

    def irrevocable(self, row: Candidate, key: str) -> str:  # noqa: ARG002 - for those that override it
        """Why a cell cannot say again what it said; empty where it can."""
        return ""


class OfWhatIsThere:
    """For a kind of which no row is new: its `judge` refuses whoever is not on record. Stands before `Kind`."""

    creates: ClassVar[bool] = False

    def create(self, rows: Sequence[Candidate]) -> list[int]:
        assert not rows  # noqa: S101 - they were refused
        return []

    def hindered(self, _rows: Sequence[Candidate]) -> list[Obstacle]:
        return []

    def remove(self, _rows: Sequence[Candidate]) -> None:
        pass


row_kinds: Final[dict[str, type[Kind]]] = {}
"""By their key, in the order of the start page."""


def register(kind: type[Kind]) -> type[Kind]:
    row_kinds[kind.key] = kind
    return kind


def unmoved(was: Any, now: Json) -> bool:
    """Whether the record still says what a key has of it."""
    return keys.says(was, now) or (not isinstance(was, keys.Long) and alike(was, now))


def alike(one: Json, other: Json) -> bool:
    """Nothing is nothing, and a form ends lines in its own way."""
    if one == other:
        return True
    if isinstance(one, str) and isinstance(other, str):
        return on_lines(one) == on_lines(other)
    return one in {None, ""} and other in {None, ""}


def on_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def portions(items: Iterable[T], size: int = ASKED_AT_ONCE) -> Iterator[list[T]]:
    every = list(items)
    for at in range(0, len(every), size):
        yield every[at : at + size]


def plain(value: Any) -> Json:
    """As JSON keeps it; an empty text is nothing."""
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return None if value == "" else value


def missing_cell(row: Candidate, key: str, label: str) -> None:
    row.refuse(
        key,
        _("“%(column)s” is missing.") % {"column": label},
        _("Fill it in, or delete the row."),
    )
