"""The tier sheet on its way in, as a kind of import: tiers, notes, ratings and figures of customers on record.

What follows from facts stands in the sheet as well; it is compared, remarked where it says something else, and never
taken.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import IO, Any, ClassVar

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _, gettext_lazy

from accounts.models import User
from customers import services as profiles
from customers.imports import columns as cells
from customers.imports.columns import Column, Json, Parser
from customers.imports.kind import Candidate, OfWhatIsThere, missing_cell, portions, register
from customers.imports.of_facts import OfCustomers, customer_columns
from customers.models import Assessment, Customer, Figure, Standing, Tier
from tiering import reasons, services
from tiering.measures import fresh
from tiering.models import Override, TierChange
from tiering.publishing import lock_the_book
from tiering.sheets import columns, customer_columns as dressed, writing
from tiering.sheets.indicator_columns import IndicatorColumn, JudgedIndicator, column_of
from tiering.sheets.lines import BATCH, Line, Lines
from tiering.sheets.rows import IndicatorColumns, nothing_before, reader
from toolbox import sheets
from toolbox.sheets import Header, SheetError, Value, WrongValueError, keys


def as_it_stands(_header: Header) -> Parser:
    """Of a computed cell: whatever can be read."""

    def parse(value: Value) -> Value:
        sheets.parse_text(value)
        return value

    return parse


@register
class Tiers(OfWhatIsThere, OfCustomers):
    key = "tiers"
    name = gettext_lazy("Tier sheet")
    description = gettext_lazy(
        "The list of customers as it is exported to work in: tiers, notes, ratings and figures are taken from it; scores and other computed columns are left as they are, and you are told."
    )
    icon = "file-spreadsheet"
    hidden: ClassVar[tuple[str, ...]] = ("@customer", "@version", "@tier")
    identity: ClassVar[tuple[str, ...]] = ("customer", "customer_name")
    judged = IndicatorColumns()

    # What it is

    def make_columns(self) -> list[Column]:
        self.lines = Lines(today=self.today)
        self._tiers = Tier.objects.in_bulk()
        self._aside: dict[int, dict[str, Value]] = {}
        """Computed cells, by row."""
        self._seen: dict[int, int] = {}
        self._set: dict[int, tuple[int, datetime]] = {}
        """Tiers that are set by hand now, by customer: which, and since when."""
        shown = [column_of(indicator) for indicator in self.lines.indicators]
        possible, computed = (
            dressed.PossibleTiers(),
            dressed.ComputedTier(self.lines.tiers, self.lines.called),
        )
        self.computed: dict[str, columns.Column] = {
            f"computed.{one.key}": one
            for one in (
                *(one for one in shown if not isinstance(one, JudgedIndicator)), dressed.Total(), dressed.Coverage(),
                dressed.Reason(), dressed.Low(), dressed.High(), possible, computed,
            )
        }  # fmt: skip
        made = {key: self._computed_column(key, one) for key, one in self.computed.items()}
        values = [
            self._judged_column(one) if isinstance(one, JudgedIndicator) else made.pop(f"computed.{one.key}")
            for one in shown
        ]
        notes, updated = dressed.Notes(), dressed.Updated()
        code, name = customer_columns()
        return [
            replace(code, also=(*code.also, *dressed.Code.also)),
            replace(name, also=(*name.also, *dressed.Name.also)),
            Column(
                key="tier", name=dressed.TierColumn.name, also=dressed.TierColumn.also, parser=cells.text(100),
                show=self._tier_shown, choices=self._tier_names, width=12,
                hint=gettext_lazy("Set by hand, with a reason and a last day that are asked for before it is committed."),
            ),
            *values,
            *(made.pop(f"computed.{key}") for key in ("total", "coverage", "reason")),
            Column(
                key="notes", name=notes.name, also=notes.also, parser=cells.text(dressed.LONGEST_NOTES), width=notes.width,
            ),
            Column(
                key="updated", name=updated.name, also=updated.also, parser=as_it_stands, written="date", is_computed=True,
                width=updated.width,
            ),
            *made.values(),
        ]  # fmt: skip

    def _computed_column(self, key: str, one: columns.Column) -> Column:
        return Column(
            key=key, name=one.label(), also=tuple(one.also) + self._other_names(one), parser=as_it_stands, written=one.kind,
            is_computed=True, width=one.width,
        )  # fmt: skip

    def _judged_column(self, one: JudgedIndicator) -> Column:
        measure = fresh()[one.key]
        return Column(
            key=f"{self.judged.PREFIX}{one.key}", name=one.label(), also=self._other_names(one),
            parser=partial(lambda header, of: reader(of, header), of=measure),
            show=partial(reasons.show, unit=measure.unit), choices=(lambda: one.choices() or ()) if one.choices() else None,
            written=one.kind, width=one.width, hint=measure.unit.label,
        )  # fmt: skip

    def _other_names(self, one: columns.Column) -> tuple[str, ...]:
        """A scheme may call an indicator otherwise than its measure does, and each speaks two languages."""
        return tuple(sorted(one.spellings())) if isinstance(one, IndicatorColumn) else ()

    def _tier_shown(self, pk: int) -> str:
        tier = self._tiers.get(pk)
        return (
            (dressed.label_of(tier, {one.pk: one.label for one in self.lines.tiers}) or "")
            if tier
            else str(pk)
        )

    def _tier_names(self) -> list[str]:
        return list(dict.fromkeys(tier.label for tier in self.lines.tiers))

    # What a row means

    def settle(self, rows: Sequence[Candidate]) -> None:
        super().settle(rows)
        for row in rows:
            said = row.values.pop("updated", None)
            aside = {key: row.values.pop(key) for key in self.computed if key in row.values}
            self._aside[row.number] = aside | ({"updated": said} if said is not None else {})
        self._settle_tiers([row for row in rows if row.values.get("tier")])

    def _settle_tiers(self, rows: Sequence[Candidate]) -> None:
        """What a tier is called is read on the scale of its customer's scheme."""
        whose = {row.number: row.pk or row.links.get("customer") for row in rows}
        stands: dict[int, int | None] = {}
        offered: dict[int, Sequence[Tier]] = {}
        for some in portions({pk for pk in whose.values() if pk}):
            stands |= dict(Standing.objects.filter(pk__in=some).values_list("pk", "tier"))
            offered |= self.lines.tiers_of(some)
        for row in rows:
            pk = whose[row.number] or 0
            was = row.key.was.get("tier") if row.key else None
            scale = offered.get(pk, self.lines.tiers)
            known = [self._tiers[one] for one in (was, stands.get(pk)) if one in self._tiers]
            found = next(
                (tier for tier in [*known, *scale] if self._names(tier, str(row.values["tier"]))), None
            )
            if found:
                row.values["tier"] = found.pk
                continue
            del row.values["tier"]
            row.refuse(
                "tier",
                _("There is no tier of this name."),
                _("Choose one of %(names)s.") % {"names": _(", ").join(tier.label for tier in scale)},
            )

    def _names(self, tier: Tier, text: str) -> bool:
        return dressed.names_it(tier, text) or text.casefold() in self.lines.called.get(tier.pk, set())

    def find(self, rows: Sequence[Candidate]) -> None:
        for row in rows:
            pk = row.links.get("customer")
            row.label = self.label_of(row.values)
            if pk is None:
                continue
            row.pk = pk
            first = self._seen.setdefault(pk, row.number)
            if first != row.number:
                row.refuse(
                    "customer" if row.values.get("customer") else "customer_name",
                    _("This customer stands in row %(row)s already.") % {"row": first},
                    _("Keep one of the two rows."),
                )
        known = self.current([row.pk for row in rows if row.pk])
        for row in rows:
            row.was = known.get(row.pk or 0, {})

    def same(self, row: Candidate, key: str) -> bool:
        if key == "notes":
            return keys.on_lines(str(row.values[key] or "")) == keys.on_lines(str(row.was.get(key) or ""))
        return super().same(row, key)

    def judge(self, row: Candidate) -> None:
        if row.pk is None:
            if not row.problems:
                missing_cell(row, "customer", self.columns.by_key["customer"].label())
            return
        if "tier" in row.values and not self.by.may_grade:
            present = row.was.get("tier")
            row.refuse(
                "tier",
                _("Only a sales director or an administrator may set a tier."),
                _("Put “%(tier)s” back, or ask one of them to load the sheet.")
                % {"tier": self._tier_shown(int(present))}
                if present
                else _("Empty the cell, or ask one of them to load the sheet."),
            )

    def remark(self, rows: Sequence[Candidate]) -> None:
        told = {row.number: aside for row in rows if (aside := self._aside.pop(row.number, None)) and row.pk}
        asked = [row for row in rows if row.number in told]
        for some in portions(asked, BATCH):
            lines = self._lines_of([row.pk for row in some if row.pk])
            for row in some:
                if line := lines.get(row.pk or 0):
                    self._remark(row, told[row.number], line)

    def _lines_of(self, pks: Sequence[int]) -> dict[int, Line]:
        customers = Customer.objects.visible_to(self.by).for_list().filter(pk__in=pks)
        return {line.customer.pk: line for line in self.lines.of(list(customers))}

    def _remark(self, row: Candidate, aside: Mapping[str, Value], line: Line) -> None:
        is_older = bool(row.key and row.key.was.get("@grading") != line.customer.standing.grading_id)
        for key, said in aside.items():
            if key != "updated" and not is_older and self.computed[key].says_otherwise(line, said):
                row.remark(
                    key,
                    _("“%(column)s” is computed and was left as it is.")
                    % {"column": self.computed[key].label()},
                )
        edited = timezone.localtime(line.customer.updated_at).date()
        written = written_on(aside.get("updated"))
        if row.values and not row.key and written and written < edited:
            row.remark(
                "updated",
                _("This customer was edited on %(day)s, after the sheet was written. Compare old and new.")
                % {"day": date_format(edited)},
            )

    # What is on record

    def lock(self, pks: Sequence[int]) -> None:
        """The book before any customer: a publication takes them in this order."""
        lock_the_book()
        for model in (Customer, Standing):
            for some in portions(sorted(pks)):
                rows: Any = model._default_manager.select_for_update(of=("self",)).filter(pk__in=some)
                list(rows.order_by("pk").values_list("pk", flat=True))

    def current(self, pks: Sequence[int]) -> dict[int, dict[str, Json]]:
        found: dict[int, dict[str, Json]] = {}
        values_of = [f"{self.judged.PREFIX}{name}" for name in self.lines.judged]
        visible = Customer.objects.visible_to(self.by).active()
        for some in portions(sorted(pks)):
            rows = visible.filter(pk__in=some).values_list(
                "pk", "code", "name", "notes", "version", "standing__tier"
            )
            told = {
                pk: {
                    "customer": code, "customer_name": name, "notes": notes or None, "tier": tier, **dict.fromkeys(values_of),
                    "@customer": pk, "@version": version, "@tier": None,
                }
                for pk, code, name, notes, version, tier in rows
            }  # fmt: skip
            by_hand = Override.objects.filter(customer__in=some, ended_at=None)
            for customer, pk, at in by_hand.values_list("customer", "pk", "at"):
                self._set[customer] = (pk, at)
                if customer in told:
                    told[customer]["@tier"] = pk
            for pk, values in self.judged.current(values_of, some, today=self.today).items():
                if pk in told:
                    told[pk].update(values)
            found |= told
        return found

    # What goes out to be edited

    def exported(self, customers: QuerySet[Any]) -> list[int]:
        """Archived ones stand in it where the list is of those; when it comes back they are left out."""
        return list(customers.values_list("pk", flat=True))

    is_dressed = True

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
        return writing.export(
            customers, today=timezone.localdate(at), stream=stream, by=by, at=at, progress=progress,
            with_scoring=bool(query.get("scoring")),
        )  # fmt: skip

    def may_be_emptied(self, key: str) -> bool:
        return key == "notes"

    def label_of(self, said: Mapping[str, Json]) -> str:
        return " · ".join(str(part) for part in (said.get("customer"), said.get("customer_name")) if part)

    def last_changes(self, since: Mapping[int, datetime]) -> dict[int, dict[str, tuple[str, datetime]]]:
        found: dict[int, dict[str, tuple[str, datetime]]] = {}
        for some in portions(sorted(since)):
            for pk, key, shown, username, at in self._changes(some):
                if at >= since[pk]:
                    found.setdefault(pk, {})[key] = (shown or username or "", at)
        return found

    def _changes(self, pks: Sequence[int]) -> Iterator[tuple[int, str, str | None, str | None, datetime]]:
        """Customer, column, who (display and user name), when; the last one last."""
        who = ("display_name", "username")
        tiers = TierChange.objects.filter(customer__in=pks).order_by("pk")
        for pk, shown, username, at in tiers.values_list(
            "customer", *(f"by__{name}" for name in who), "changed_at"
        ):
            yield pk, "tier", shown, username, at
        history: Any = Customer.history
        before: dict[int, list[str]] = {}
        rows = history.filter(id__in=pks).order_by("id", "history_id")
        for pk, shown, username, at, *said in rows.values_list(
            "id", *(f"history_user__{name}" for name in who), "history_date", "code", "name", "notes"
        ):
            for key, was, now in zip(
                ("customer", "customer_name", "notes"), before.get(pk, said), said, strict=True
            ):
                if was != now:
                    yield pk, key, shown, username, at
            before[pk] = said
        for model, person, day in ((Assessment, "rater", "rated_on"), (Figure, "by", "as_of")):
            judged: QuerySet[Any] = model._default_manager.filter(customer__in=pks).order_by(day, "pk")
            for pk, indicator, shown, username, at in judged.values_list(
                "customer", "indicator", *(f"{person}__{name}" for name in who), "recorded_at"
            ):
                yield pk, f"{self.judged.PREFIX}{indicator}", shown, username, at

    # What is done

    def update(self, rows: Sequence[Candidate]) -> None:
        self._write(rows)
        tiers = {row.pk: self._tiers[row.values["tier"]] for row in rows if row.pk and row.values.get("tier")}
        if not tiers:
            return
        if not self.by.may_grade:
            raise SheetError(_("Only a sales director or an administrator may set a tier."))
        until = parse_date(str(self.answers.get("expires_on", "")))
        if until is None or until < self.today:
            raise SheetError(
                _("The day until which the tiers hold is over. Compare again, and choose another one.")
            )
        services.set_many_by_hand(
            tiers, reason=str(self.answers.get("reason", "")), expires_on=until, by=self.by, at=self.at
        )

    def _write(self, rows: Sequence[Candidate]) -> None:
        notes = {row.pk: row.values["notes"] or "" for row in rows if row.pk and "notes" in row.values}
        profiles.write_notes(notes, by=self.by)
        judged: dict[str, list[tuple[int, Any]]] = {}
        for row in rows:
            for key, value in row.values.items():
                if row.pk and key.startswith(self.judged.PREFIX) and value is not None:
                    judged.setdefault(key, []).append((row.pk, value))
        self.judged.write(judged, by=self.by, at=self.at, source=self.source)

    # And taken back

    def irrevocable(self, row: Candidate, key: str) -> str:
        if key.startswith(self.judged.PREFIX) and row.was.get(key) is None:
            return nothing_before()
        if key == "tier" and self._set.get(row.pk or 0, (0, None))[1] != self.committed_at:
            return _("The tier was set by hand again since, or that has ended.")
        return ""

    def restore(self, rows: Sequence[Candidate]) -> None:
        self._write(rows)
        back = {
            row.pk: (self._tiers.get(row.values["tier"] or 0), row.links.get("tier"))
            for row in rows
            if row.pk and "tier" in row.values
        }
        services.take_back_by_hand(back, by=self.by, at=self.at)


def written_on(said: Value) -> date | None:
    try:
        return sheets.parse_date(said)
    except WrongValueError:
        return None
