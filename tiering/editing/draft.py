"""A draft as one form, and what becomes of it when somebody else saved meanwhile."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django import forms
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from accounts.models import User
from customers.forms import Conflict, Merge
from tiering import reasons
from tiering.editing.rows import ConditionRow, DimensionRow, FloorRow, HeadForm, IndicatorRow, Row
from tiering.models import Indicator, SchemeVersion

Texts = dict[str, str]
"""What stands in the fields, by their names."""
R = TypeVar("R", HeadForm, FloorRow, ConditionRow, DimensionRow, IndicatorRow)
MARKS = {"Floor": "f", "Condition": "c", "Dimension": "d", "Indicator": "i"}


def mark(row: Model) -> str:
    """How a line of a draft is called on its page: "d12", "i34"."""
    return f"{MARKS[type(row).__name__]}{row.pk}"


class NoDraftError(ValueError):
    """What was to be changed is in force, retired or gone."""


def lock(version: SchemeVersion) -> SchemeVersion:
    """The draft as it stands, whole; nobody else changes it until the transaction ends."""
    SchemeVersion.objects.select_for_update().get(pk=version.pk)
    found = SchemeVersion.objects.whole().get(pk=version.pk)
    if not found.is_draft:
        raise NoDraftError(_("This version is no draft any more. Copy it to a draft to change it."))
    return found


def stamp(version: SchemeVersion, *, by: User, at: datetime) -> None:
    """Whoever has the page open from before is told when they save."""
    version.revision += 1
    version.edited_by, version.edited_at = by, at
    version.save(update_fields=["revision", "edited_by", "edited_at"])


class DraftForm:
    """All of a draft (`whole()`). A line that is not in what was sent keeps what it says."""

    def __init__(self, version: SchemeVersion, data: Mapping[str, str] | None = None) -> None:
        self.version, self._data = version, data
        self.by_rules = version.is_by_rules
        """As saved, whatever is typed."""
        self.head = self._row(HeadForm, version, "v")
        self.floors = [self._row(FloorRow, floor, mark(floor)) for floor in version.floors.all()]
        self.conditions = [
            (row, [self._row(ConditionRow, each, mark(each)) for each in row.instance.conditions.all()])
            for row in (self.floors if self.by_rules else [])
        ]
        """Of each tier, where rules decide."""
        self.dimensions = [
            (
                self._row(DimensionRow, dimension, mark(dimension)),
                [self._row(IndicatorRow, each, mark(each)) for each in dimension.indicators.all()],
            )
            for dimension in version.dimensions.all()
        ]
        for dimension, indicators in self.dimensions:
            counted(dimension, "all")
            for row in indicators:
                counted(row, str(dimension.prefix))

    def _row(self, form: type[R], instance: Any, prefix: str) -> R:
        is_sent = self._data is not None and any(name.startswith(f"{prefix}-") for name in self._data)
        return form(self._data if is_sent else None, instance=instance, prefix=prefix)

    @property
    def rows(self) -> list[Row]:
        """In the order of the page."""
        found: list[Row] = [self.head, *self.floors]
        for _floor, conditions in self.conditions:
            found += conditions
        for dimension, indicators in self.dimensions:
            found += [dimension, *indicators]
        return found

    def is_valid(self) -> bool:
        return all(row.is_valid() for row in self.rows if row.is_bound)

    def save(self) -> None:
        for row in self.rows:
            if row.is_bound and row.has_changed():
                row.save()

    def texts(self) -> Texts:
        """As the page shows them."""
        return {row.add_prefix(name): text_in(row, name) for row in self.rows for name in row.fields}

    def sent(self, typed: Mapping[str, str]) -> Texts:
        """What was typed; a box that was left empty is not sent at all."""
        rows = {str(row.prefix): row for row in self.rows}
        there = {name.partition("-")[0] for name in typed} & set(rows)
        boxes = {rows[prefix].add_prefix(name): "" for prefix in there for name in boxes_of(rows[prefix])}
        return {**boxes, **typed}

    @property
    def base(self) -> str:
        """What stood there when the page was made, to tell later what was typed on it."""
        return json.dumps(DraftForm(self.version).texts()) if self._data is None else self._data["base"]

    @property
    def has_margin(self) -> bool:
        return "margin" in self.head.fields

    @property
    def sum(self) -> int:
        return sum(weight_in(dimension) for dimension, _indicators in self.dimensions)

    def label(self, name: str) -> str:
        """ "Finance · Weight"."""
        prefix, _dash, field = name.partition("-")
        row = next(row for row in self.rows if row.prefix == prefix)
        label = str(row.fields[field].label)
        return label if row is self.head else f"{about(row, self.version)} · {label}"


def counted(row: DimensionRow | IndicatorRow, group: str) -> None:
    """Say of which sum a weight is a part, and of what it is the weight."""
    attrs = row.fields["weight"].widget.attrs
    attrs["data-weight-of"] = group
    attrs["aria-label"] = f"{row.instance.name} · {row.fields['weight'].label}"


def about(row: Row, version: SchemeVersion) -> str:
    match row:
        case FloorRow():
            return row.instance.tier.name
        case ConditionRow():
            names = {indicator.key: indicator.name for indicator in version.indicators()}
            return f"{row.instance.floor.tier.name} · {reasons.name_of(row.instance.indicator, names)}"
    return str(row.instance)


def boxes_of(row: Row) -> list[str]:
    return [name for name, field in row.fields.items() if isinstance(field, forms.BooleanField)]


def text_in(row: Row, name: str) -> str:
    """A field as its page sends it."""
    value = row[name].value()
    if name in boxes_of(row):
        return "on" if value else ""
    return "" if value is None else str(value)


def weight_in(row: DimensionRow | IndicatorRow) -> int:
    """What is typed, as far as it is a number."""
    text = str(row["weight"].value())
    return int(text) if text.isascii() and text.isdigit() else 0


def merge(current: DraftForm, typed: Mapping[str, str]) -> Merge:
    """Yours where you typed something, theirs elsewhere; conflicts are what both typed. `yours` in what is taken over
    is what stood there before."""
    base, sent = read_base(typed.get("base", "")), current.sent(typed)
    merged, conflicts, taken = dict[str, str](), [], []
    for name, theirs in current.texts().items():
        yours, was = sent.get(name, theirs), base.get(name, theirs)
        is_mine = yours != was
        merged[name] = yours if is_mine else theirs
        if is_mine and theirs not in (was, yours):
            conflicts.append(Conflict(current.label(name), theirs, yours))
        if not is_mine and theirs != was:
            taken.append(Conflict(current.label(name), theirs, was))
    return Merge(conflicts, taken, dict(merged))


def read_base(text: str) -> Texts:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


class StaleError(Exception):
    """Somebody else saved the draft; nothing was changed."""

    def __init__(self, current: SchemeVersion) -> None:
        super().__init__(current.revision)
        self.current = current


class WrongInputError(Exception):
    def __init__(self, form: DraftForm) -> None:
        super().__init__(form)
        self.form = form


@transaction.atomic
def save(version: SchemeVersion, typed: Mapping[str, str], *, by: User, at: datetime) -> SchemeVersion:
    """Wrong sums are saved too: only what is in force must add up. Answers with the draft as it now stands."""
    current = lock(version)
    if typed.get("revision") != str(current.revision):
        raise StaleError(current)
    form = DraftForm(current, typed)
    if not form.is_valid():
        raise WrongInputError(form)
    form.save()
    stamp(current, by=by, at=at)
    return SchemeVersion.objects.whole().get(pk=current.pk)


@transaction.atomic
def save_curve(indicator: Indicator, *, shape: str, knots: list[list[int]], by: User, at: datetime) -> None:
    version = lock(indicator.dimension.version)
    indicator.shape, indicator.knots = shape, knots
    indicator.save(update_fields=["shape", "knots"])
    stamp(version, by=by, at=at)
