"""A tier sheet that comes back beside what others did meanwhile: cell by cell, by the key of its row."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from customers.models import Assessment, Customer, Figure
from tiering import reasons
from tiering.sheets.columns import Column, Remark, Verdict, WrongCellError, text_in
from tiering.sheets.lines import Line, Lines
from toolbox import sheets
from toolbox.sheets import keys
from toolbox.sheets.cells import Value
from toolbox.sheets.keys import Key, Long

KIND: Final = "tier_sheet"
SHEET, HERE = "sheet", "here"
EVERY: Final = "conflicts"
"""The answer for all cells in conflict that have none of their own."""


class RowKey(Column):
    """The hidden column. Without `by` and `at` it is only looked for."""

    key = "key"
    name = keys.HEADER  # type: ignore[assignment]
    width = 12
    is_hidden = True

    def __init__(self, lines: Lines, *, by: User | None = None, at: datetime | None = None) -> None:
        self.lines, self.by, self.at = lines, by, at

    def value(self, line: Line) -> str:
        assert self.by and self.at  # noqa: S101, PT018 - whoever writes gives both
        was = {"code": line.customer.code} | standing(line, self.lines)
        return keys.seal(KIND, line.customer.pk, was, by=self.by.pk, at=self.at)


def unsealed(cell: Value) -> Key | None:
    key = keys.unseal(cell) if isinstance(cell, str) else None
    return key if key and key.kind == KIND else None


def standing(line: Line, lines: Lines) -> dict[str, Any]:
    """What the cells say that a sheet may change."""
    judged = {key: line.values.get(key) for key in lines.judged}
    return {"tier": line.customer.standing.tier_id, "notes": line.customer.notes, **judged}


@dataclass(frozen=True)
class Base:
    """A row as it was exported, beside the customer as it stands now."""

    key: Key
    now: Mapping[str, Any]
    line: Line
    """As the customer stood when it was exported."""
    here: Line

    @classmethod
    def of(cls, key: Key | None, line: Line, lines: Lines) -> "Base | None":
        if key is None or key.pk != line.customer.pk:
            return None
        now = standing(line, lines)
        was = {name: value for name, value in key.was.items() if name in now}
        then = replace(line, customer=as_it_stood(line.customer, was, lines), values={**line.values, **was})
        return cls(key, now, then, line)

    def is_untouched(self, column: Column, cell: Value, by: User) -> bool:
        """Whether the cell says what was exported. A cell that cannot be read was touched."""
        if column.key not in self.now or column.key not in self.key.was:
            return False
        was = self.key.was[column.key]
        if isinstance(was, Long):
            return keys.says(was, text_in(cell))
        try:
            verdict: Verdict = column.judge(self.line, cell, by)
        except WrongCellError:
            return False
        return verdict is None or (isinstance(verdict, Remark) and sheets.text_of(cell) == "")

    def is_moved(self, name: str) -> bool:
        """Whether somebody changed it here since."""
        if name not in self.now or name not in self.key.was:
            return False
        was, now = self.key.was[name], self.now[name]
        return not keys.says(was, now) if isinstance(was, Long) else (was or None) != (now or None)

    def conflict(self, column: Column) -> dict[str, str]:
        by, at = self._who(column.key)
        moment = date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT") if at else ""
        return {"exported": shown(column, self.line, self.key.was[column.key]), "by": by, "at": moment}

    def stayed(self, row: int, column: Column) -> dict[str, Any]:
        customer = self.here.customer
        return {
            "row": row, "customer": customer.pk, "code": customer.code, "name": customer.name, "label": column.label(),
            "here": shown(column, self.here, self.now[column.key]),
        } | self.conflict(column)  # fmt: skip

    def _who(self, name: str) -> tuple[str, datetime | None]:
        """Who changed it here last, as far as it is written down. A few questions for each cell that was changed here."""
        customer = self.here.customer
        if name == "tier":
            change = self.here.change
            return (change.by.name if change and change.by else ""), (change.changed_at if change else None)
        if name == "notes":
            history: Any = customer.history
            rows = history.filter(history_date__gte=self.key.at).select_related("history_user")
            last = rows.order_by("-history_date", "-history_id").first()
            return (
                last.history_user.name if last and last.history_user else "",
                last.history_date if last else None,
            )
        rating = Assessment.objects.filter(customer=customer, indicator=name).select_related("rater")
        if found := rating.order_by("-rated_on", "-pk").first():
            return found.rater.name, found.recorded_at
        figure = Figure.objects.filter(customer=customer, indicator=name).select_related("by")
        if known := figure.order_by("-as_of", "-pk").first():
            return known.by.name, known.recorded_at
        return "", None


def as_it_stood(customer: Customer, was: Mapping[str, Any], lines: Lines) -> Customer:
    then, standing_then = copy(customer), copy(customer.standing)
    standing_then.tier = next((tier for tier in lines.tiers if tier.pk == was.get("tier")), None)
    then.standing = standing_then
    notes = was.get("notes")
    then.notes = notes if isinstance(notes, str) else keys.shown(notes) or ""
    return then


def shown(column: Column, line: Line, value: Any) -> str:
    if isinstance(value, Long):
        return str(keys.shown(value))
    if column.key in {"tier", "notes"}:
        return str(column.value(line) or "")
    return "" if value is None else reasons.show(value, column.measured)  # type: ignore[attr-defined]


def ruling(options: Mapping[str, Any], row: int, cell: Mapping[str, Any]) -> str:
    """What is to be taken; empty where a cell in conflict is not decided."""
    if "exported" not in cell:
        return SHEET
    said = options.get(f"conflict-{row}-{cell['key']}") or options.get(EVERY) or ""
    return str(said) if said in {SHEET, HERE} else ""
