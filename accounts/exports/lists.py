"""What a list is: whom it shows what, by which filter, in which order, under which columns.

The page of the list and its export ask the same description. Each app registers its own in `AppConfig.ready()`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Final

import django_filters
from django.db.models import QuerySet
from django.forms import Form, ModelChoiceField, ModelMultipleChoiceField
from django.http import QueryDict
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import User
from toolbox.pages import Order, ordered
from toolbox.sheets.writing import Kind

PAGE_SETTINGS: Final = frozenset({"cursor", "rows", "column_set"})
"""Of a query string: what says how a page is shown and not what is on it."""


@dataclass(frozen=True)
class Asker:
    """What filters ask of a request: who asks."""

    user: User


@dataclass(frozen=True, kw_only=True)
class Column:
    """`paths` are read from each row, from the database all in one query; `value` makes of them what is shown.

    Values come as `toolbox.sheets.Column` takes them. `beside` is asked for many rows at once, by their ids, and only
    where the column is chosen. Of a list that is no queryset `value` is asked of the row itself.
    """

    key: str
    name: str | Promise
    paths: tuple[str, ...] = ()
    kind: Kind = "text"
    value: Callable[..., Any] | None = None
    beside: Callable[[Sequence[Any]], Mapping[Any, Any]] | None = None
    width: int = 0
    unit: str = ""

    @property
    def header(self) -> str:
        """With the unit, in the language active now."""
        if not self.unit:
            return str(self.name)
        return _("%(column)s (%(unit)s)") % {"column": self.name, "unit": self.unit}


@dataclass(frozen=True)
class Found:
    """The rows that are on the list, for one reader."""

    rows: Any
    """A queryset, or something with a length to go through where the list is counted out in Python."""
    order: Order | None = None
    filter: django_filters.FilterSet | Form | None = None
    is_understood: bool = True
    whole: Any = None
    """The rows of an export, where a page leaves some of its rows out only when it has them."""
    about: tuple[str | Promise, str] | None = None
    """What kind of thing the list is about, and which one; None where it is about none."""

    @property
    def by(self) -> Order:
        """The order, of a list that comes in pages."""
        assert self.order  # noqa: S101 - a sequence has none
        return self.order

    @property
    def exported(self) -> Any:
        return self.rows if self.whole is None else self.whole

    @property
    def in_order(self) -> Any:
        return ordered(self.exported, order=self.order) if self.order else self.exported

    @property
    def is_valid(self) -> bool:
        return self.is_understood and (self.filter is None or self.filter.is_valid())

    @property
    def form(self) -> Any:
        return self.filter.form if isinstance(self.filter, django_filters.FilterSet) else self.filter

    def count(self, *, most: int) -> int:
        """How many they are, or one more than `most`."""
        if not isinstance(self.exported, QuerySet):
            return min(len(self.exported), most + 1)
        return int(self.exported.order_by()[: most + 1].count())


Find = Callable[[User, QueryDict, int | None], Found]
"""Raises Http404 where the address is about something that the user may not see."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A workbook of its own that is written of the rows of a list, in place of chosen columns. Both are told for whom;
    both raise ValueError, with a sentence for people, where it is not written."""

    count: Callable[[Found, User, int], int]
    """How many rows it has, or one more than the number given."""
    write: Callable[[Found, User, QueryDict, IO[bytes], Callable[[int], None]], int]
    """Writes it, tells how many rows are written now and then, and says how many they were."""


@dataclass(frozen=True, kw_only=True)
class Listing:
    key: str
    name: str | Promise
    page: str
    """The name of the page's address."""
    find: Find
    columns: Callable[[], Sequence[Column]]
    """Made for one export, in its language: they may remember names."""
    shown: Callable[[User], Sequence[str]] | None = None
    """The keys that are ticked at first; all where None."""
    may: str = ""
    """The property of `User` that lets one see the list."""
    of: str = ""
    """The name of the address's argument, where the list is about something."""
    page_arguments: Mapping[str, str] | None = None
    kin: list[str] = field(default_factory=list)
    """Keys of the lists, this one among them, that can be exported of the same selection."""
    shapes: list[tuple[str | Promise, str, str]] = field(default_factory=list)
    """Other files of the same selection: what each is called, the name of its address, and what is asked besides."""

    editing: tuple[str, str, str] | None = None
    """Where the selection comes as a sheet to be edited and sent back: the name of the address, its argument, and the
    property of `User` that lets one do so."""

    shape: Shape | None = None

    def editing_url(self, user: User, query: str) -> str:
        if self.editing is None or not getattr(user, self.editing[2]):
            return ""
        return reverse(self.editing[0], args=[self.editing[1]]) + (f"?{query}" if query else "")

    def may_be_seen_by(self, user: User) -> bool:
        return user.is_active and (not self.may or bool(getattr(user, self.may)))

    def page_url(self, about: int | None, query: str = "") -> str:
        arguments: dict[str, Any] = dict(self.page_arguments or {})
        if self.of:
            arguments[self.of] = about
        return reverse(self.page, kwargs=arguments) + (f"?{query}" if query else "")

    def chosen(self, keys: Sequence[str]) -> list[Column]:
        """The columns of these keys in this order; unknown ones are left out."""
        known = {column.key: column for column in self.columns()}
        return [known[key] for key in dict.fromkeys(keys) if key in known]

    def first_shown(self, user: User) -> list[str]:
        return list(self.shown(user)) if self.shown else [column.key for column in self.columns()]


lists: Final[dict[str, Listing]] = {}
"""By key."""
sheets: Final[dict[str, Listing]] = {}
"""Those with a shape of their own, which have no page: by key."""


def named(key: str) -> Listing | None:
    return lists.get(key) or sheets.get(key)


def register(*listings: Listing) -> None:
    lists.update({listing.key: listing for listing in listings})


def export_url(listing: Listing, about: int | None = None, query: QueryDict | None = None) -> str:
    """The page on which the list is exported as it is shown."""
    arguments: dict[str, Any] = {"key": listing.key} | ({"pk": about} if listing.of else {})
    asked = settled(query) if query else ""
    return reverse("accounts:export", kwargs=arguments) + (f"?{asked}" if asked else "")


def settled(query: QueryDict) -> str:
    """The query string without what says only how the page is shown."""
    copy = query.copy()
    for name in PAGE_SETTINGS:
        copy.pop(name, None)
    return copy.urlencode()


def in_words(found: Found) -> str:
    """What the list is about and narrowed by, for people, in the language active now."""
    form = found.form
    said = (
        [(field, form.cleaned_data.get(name)) for name, field in form.fields.items()]
        if form and form.is_valid()
        else []
    )
    words = [(field.label, _said(field, value)) for field, value in said if not _is_nothing(value)]
    return _("; ").join(f"{label}{_(': ')}{text}" for label, text in [*filter(None, [found.about]), *words])


def _is_nothing(value: Any) -> bool:
    return value is None or value is False or (not isinstance(value, bool | int) and not value)


def _said(field: Any, value: Any) -> str:
    if isinstance(field, ModelMultipleChoiceField):
        return _(", ").join(_label(field, row) for row in value)
    if isinstance(field, ModelChoiceField):
        return _label(field, value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if hasattr(field, "choices"):
        labels = {str(key): str(label) for key, label in field.choices}
        values = value if isinstance(value, list | tuple) else [value]
        return _(", ").join(labels.get(str(one), str(one)) for one in values)
    return date_format(value) if hasattr(value, "year") else str(value)


def _label(field: Any, row: Any) -> str:
    if isinstance(row, str):  # asked for those that have none
        return str(field.null_label)
    return str(getattr(row, "label", "") or field.label_from_instance(row))
