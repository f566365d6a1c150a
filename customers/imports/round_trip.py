"""Rows that come back with the key they were exported with: who they are, and which of their cells were touched.

Each cell is as it was exported, changed in the sheet, changed here meanwhile, or in conflict. What was changed here
alone stays; what is in conflict is decided by a person.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from customers.imports.kind import Candidate, Kind, Moved, missing_cell, unmoved
from toolbox.sheets import Row, Table, Value, keys, text_of
from toolbox.sheets.keys import Key, Long, on_lines

ROWS_NAMED: Final = 20
PARTS: Final = {"money": 100, "percent": 10_000, "integer": 1}

MISSING, DOUBLED, UNKNOWN, FOREIGN = "missing", "doubled", "unknown", "foreign"


@dataclass
class Keys:
    """The keys of one sheet."""

    kind: Kind
    at: int
    """In which column they stand."""
    repeated: set[int]
    """Of texts that stand in several rows that differ: whoever copies a row copies its key."""
    taken: int = 0
    without: dict[str, list[int]] = field(default_factory=dict)
    """Rows whose key does not say who they are, by the reason."""
    of_kind: str = ""
    """The other kind of sheet that rows were exported with, where they were."""
    seen: dict[int, int] = field(default_factory=dict)
    """In which row which record stands."""
    first: dict[int, int] = field(default_factory=dict)
    """In which row which text was taken."""

    @classmethod
    def of(cls, kind: Kind, table: Table) -> "Keys | None":
        places = [at for at, header in enumerate(table.headers) if keys.is_header(header.text)]
        if not places:
            return None
        counted = Counter(hash(text) for row in table.rows() if (text := _text_at(row, places[0])))
        several = {text for text, count in counted.items() if count > 1}
        said: dict[int, set[str]] = {}
        for row in table.rows() if several else []:
            if (key := hash(_text_at(row, places[0]))) in several:
                said.setdefault(key, set()).add(repr(row.values))
        return cls(kind, places[0], {text for text, rows in said.items() if len(rows) > 1})

    def recognise(self, rows: Sequence[Row]) -> dict[int, Candidate]:
        """By the number of the row: a candidate that knows its record, or why it is left out."""
        found: dict[int, Candidate] = {}
        for row in rows:
            text = _text_at(row, self.at)
            key = keys.unseal(text) if text else None
            if not text:
                self._say(MISSING, row)
            elif key is None:
                self._say(UNKNOWN, row)
            elif key.kind != self.kind.key:
                self.of_kind = key.kind
                self._say(FOREIGN, row)
            elif first := self.first.get(hash(text)):
                why = _("It is a copy of row %(row)s that says the same.") % {"row": first}
                found[row.number] = Candidate(row.number, {}, key=key, why=why)
            elif hash(text) in self.repeated or key.pk in self.seen:
                self._say(DOUBLED, row)
            else:
                self.seen[key.pk] = self.first[hash(text)] = row.number
                found[row.number] = Candidate(row.number, {}, key=key)
        current = self.kind.current([row.key.pk for row in found.values() if row.key])
        for row in rows:
            if (candidate := found.get(row.number)) and not candidate.why:
                self._find(candidate, row, current)
        return found

    def _find(self, candidate: Candidate, row: Row, current: dict[int, Any]) -> None:
        assert candidate.key  # noqa: S101 - it is one with a key
        now = current.get(candidate.key.pk)
        self.taken += 1
        if now is None:
            candidate.why = _(
                "Since the sheet was exported, the record was archived or deleted, or is no longer yours to change."
            )
        elif sum(value is not None for value in row.values) == 1:
            candidate.why = _(
                "Everything in the row was deleted but its key. Nothing of the record was changed."
            )
            candidate.label = self.kind.label_of(now)
        else:
            candidate.pk, candidate.was = candidate.key.pk, now
            candidate.label = self.kind.label_of(now)

    def _say(self, why: str, row: Row) -> None:
        self.without.setdefault(why, []).append(row.number)

    def refuse_twice(self, rows: Sequence[Candidate], identity: str) -> None:
        """Of rows without a key: a record that stands in the sheet with one already."""
        for row in rows:
            if row.pk and self.seen.setdefault(row.pk, row.number) != row.number and not row.problems:
                row.refuse(
                    identity,
                    _("What this row is about stands in row %(row)s already.") % {"row": self.seen[row.pk]},
                    _("Keep one of the two rows."),
                )

    def told(self) -> dict[str, Any]:
        return {
            "taken": self.taken,
            **({"kind": self.of_kind} if self.of_kind else {}),
            **{why: {"count": len(rows), "rows": rows[:ROWS_NAMED]} for why, rows in self.without.items()},
        }


def _text_at(row: Row, at: int) -> str:
    value = row.values[at] if at < len(row.values) else None
    return value.strip() if isinstance(value, str) else text_of(value)


# One row


def look_at_cell(kind: Kind, row: Candidate, name: str, value: Value) -> None:
    """Say whether a cell was touched, before it is read: what was not touched is never an error."""
    assert row.key  # noqa: S101 - it is one with a key
    if name not in row.key.was:
        return
    was = row.key.was[name]
    if is_as_written(kind, name, row.key, value):
        row.untouched.add(name)
    elif text_of(value) == "" and was is not None:
        row.emptied.add(name)


def is_as_written(kind: Kind, name: str, key: Key, value: Value) -> bool:
    was = key.was[name]
    if isinstance(was, Long):
        return isinstance(value, str) and keys.says(was, value)
    written = kind.to_edit(name, key.was)
    if written is None or written == "":
        return text_of(value) == ""
    if isinstance(written, str):
        return on_lines(text_of(value)) == on_lines(written)
    if isinstance(written, date):
        return text_of(value) == written.isoformat() or (
            isinstance(value, date) and not isinstance(value, datetime) and value == written
        )
    parts = PARTS.get(kind.columns.by_key[name].written, 0)
    return (
        bool(parts)
        and isinstance(value, int | float)
        and not isinstance(value, bool)
        and value == written / parts
    )


def fill_in(kind: Kind, row: Candidate, mapped: Sequence[str]) -> None:
    """Whose row it is, where the sheet does not say: its columns were deleted, or their cells emptied."""
    for name in kind.identity:
        if name not in kind.correctable and (name not in mapped or name in row.emptied):
            row.emptied.discard(name)
            row.untouched.add(name)
            if (now := row.was.get(name)) is not None:
                row.values[name] = now
                row.problems = [one for one in row.problems if one.key != name]


def merge(kind: Kind, row: Candidate, mapped: Sequence[str]) -> None:
    """Leave in `values` what the sheet changes, and put into `moved` what was changed here since."""
    assert row.key  # noqa: S101 - it is one with a key
    touched: dict[str, Any] = {}
    for name in mapped:
        if name in row.emptied:
            _empty(kind, row, name, touched)
        elif name in row.values and not is_what_it_was(kind, row, name):
            touched[name] = row.values[name]
    row.problems = [
        one for one in row.problems if one.key not in row.untouched or (touched and one.key == "indicator")
    ]
    row.values = {}
    if row.was.get("@customer"):
        _keep_customer(kind, row, touched)
    for name in mapped:
        of_id = f"@{name}" if f"@{name}" in row.key.was else name
        if of_id in row.key.was and not unmoved(row.key.was[of_id], row.was.get(of_id)):
            row.moved[name] = Moved(keys.shown(row.key.was.get(name)))
    for name, value in touched.items():
        row.values[name] = value
        if _is_so(kind, row, name):
            del row.values[name]
            row.moved.pop(name, None)  # both said the same
        elif name in kind.identity and name not in kind.correctable:
            del row.values[name]
            _refuse_identity(kind, row, name)


def is_what_it_was(kind: Kind, row: Candidate, name: str) -> bool:
    """Whether the cell means what was exported, however it is written by now."""
    assert row.key  # noqa: S101 - it is one with a key
    if name in row.untouched:
        return True
    if name not in row.key.was:
        return False
    was = row.key.was[name]
    if isinstance(was, Long):
        return keys.says(was, row.values[name])
    now, row.was = row.was, dict(row.key.was)
    try:
        return kind.same(row, name)
    finally:
        row.was = now


def _is_so(kind: Kind, row: Candidate, name: str) -> bool:
    if row.values[name] is None:
        return row.was.get(name) in {None, ""}
    return kind.same(row, name)


def _empty(kind: Kind, row: Candidate, name: str, touched: dict[str, Any]) -> None:
    column = kind.columns.by_key[name]
    if column.is_required:
        missing_cell(row, name, column.label())
    elif kind.may_be_emptied(name):
        touched[name] = None


def _keep_customer(kind: Kind, row: Candidate, touched: dict[str, Any]) -> None:
    """A fact stays with its customer, whatever that is called by now."""
    own = row.was["@customer"]
    for name in ("customer", "customer_name"):
        if name in touched:
            del touched[name]
            if row.links.get("customer", own) != own:
                _refuse_identity(kind, row, name)
    row.links["customer"] = int(str(own))


def _refuse_identity(kind: Kind, row: Candidate, name: str) -> None:
    row.refuse(
        name,
        _("This row was exported as “%(said)s”, and a sheet does not make another one of it.")
        % {"said": kind.columns.by_key[name].shown(row.was.get(name))},
        _("Put that back. For a new record, insert a row and leave the hidden column empty in it.")
        if kind.creates
        else _("Put that back. When you sort, take the hidden column along."),
    )


def say_who(kind: Kind, rows: Sequence[Candidate]) -> None:
    """Who changed here what was changed here, and when."""
    asked = {row.key.pk: row.key.at for row in rows if row.key and row.moved}
    if not asked:
        return
    known = kind.last_changes(asked)
    for row in rows:
        for name, moved in row.moved.items():
            if found := known.get(row.pk or 0, {}).get(name):
                row.moved[name] = Moved(moved.was, found[0], found[1].isoformat())
