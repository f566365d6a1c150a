"""Loading a checked sheet: what the preview showed, all of it or nothing."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from accounts.models import User
from customers.imports import kinds
from customers.imports.kinds import RefusedError
from customers.imports.uploads import whole_file
from customers.models import Assessment, Customer, Figure, Standing, Tier, Upload
from customers.services import add_facts, recording, write_notes
from tiering import services
from tiering.measures import Origin, measures
from tiering.publishing import lock_the_book
from tiering.sheets.lines import BATCH, Line, Lines
from tiering.sheets.merging import SHEET, ruling
from tiering.sheets.planning import spoken

LONGEST_REASON: Final = 2_000
LONGEST_SOURCE: Final = 200
MOST_DAYS_BY_HAND: Final = 366


def load(upload: Upload) -> None:
    """Raises RefusedError, and changes nothing, when the book is no longer as the preview saw it."""
    with spoken(upload), transaction.atomic():
        if not upload.by.may_edit_customers:
            raise RefusedError([flaw(_("You may not change customers."))])
        rows = decided(upload)
        recording()
        sets_tiers = any(cell["key"] == "tier" for row in rows for cell in row["cells"])
        if sets_tiers:
            lock_the_book()  # before any customer: a publication takes them in this order
        current = locked_lines(upload, [row["customer"] for row in rows])
        if errors := [
            stale(upload, row) for row in rows if not is_as_seen(row, current.get(row["customer"]))
        ]:
            raise RefusedError(errors)
        Loading.of(upload, at=timezone.now(), sets_tiers=sets_tiers).apply(rows, current)
        upload.report |= {"is_loaded": True, "rows": rows, "changed": len(rows)}
        kinds.mark_loaded(upload)


def decided(upload: Upload) -> list[dict[str, Any]]:
    """The rows without the cells of which somebody said to keep what is here. Raises RefusedError where one is open."""
    rows = []
    for row in upload.report["rows"]:
        rulings = [ruling(upload.options, row["row"], cell) for cell in row["cells"]]
        if "" in rulings:
            raise RefusedError(
                [
                    flaw(
                        _("Decide first on all cells that were changed in the sheet and here."),
                        row=row["row"],
                    )
                ]
            )
        cells = [cell for cell, said in zip(row["cells"], rulings, strict=True) if said == SHEET]
        if cells:
            rows.append(row | {"cells": cells})
    return rows


def locked_lines(upload: Upload, pks: list[int]) -> dict[int, Line]:
    """The customers as they stand, as far as the sender may see them. Nobody edits them from here on."""
    lines = Lines(today=timezone.localdate())
    found: dict[int, Line] = {}
    for batch in (sorted(pks)[at : at + BATCH] for at in range(0, len(pks), BATCH)):
        for model in (Customer, Standing):
            list(
                model._default_manager.select_for_update()
                .filter(pk__in=batch)
                .order_by("pk")
                .values_list("pk")
            )
        customers = Customer.objects.visible_to(upload.by).for_list().filter(pk__in=batch)
        found |= {line.customer.pk: line for line in lines.of(list(customers))}
    return found


def is_as_seen(row: dict[str, Any], line: Line | None) -> bool:
    """Whether the customer, and every value that is to change, is still what the preview showed."""
    if line is None:
        return False
    seen = (row["version"], row["tier"])
    judged = [cell for cell in row["cells"] if cell["key"] not in {"notes", "tier"}]
    return seen == (line.customer.version, line.customer.standing.tier_id) and all(
        line.values.get(cell["key"]) == cell["was"] for cell in judged
    )


def stale(upload: Upload, row: dict[str, Any]) -> dict[str, Any]:
    return flaw(
        _("This customer was changed by somebody else after the preview."),
        remedy=_("Send the file again to see what it would change now."),
        row=row["row"],
        value=row["code"],
        **upload.report["code_column"],
    )


def flaw(problem: str, *, remedy: str = "", **place: Any) -> dict[str, Any]:
    """Like CellError.as_json(); without a place it is about the file as a whole."""
    return whole_file(problem) | place | {"remedy": remedy}


@dataclass(frozen=True)
class ByHand:
    """What a tier set by a sheet needs to be told once."""

    reason: str
    expires_on: date


def by_hand(upload: Upload, *, today: date) -> ByHand:
    """As typed on the preview page. Raises RefusedError where that is not enough."""
    if not upload.by.may_grade:
        raise RefusedError([flaw(_("Only a sales director or an administrator may set a tier."))])
    reason = str(upload.options.get("reason", "")).strip()
    try:
        expires_on = parse_date(str(upload.options.get("expires_on", "")))
    except ValueError:
        expires_on = None
    if not reason or len(reason) > LONGEST_REASON:
        raise RefusedError([flaw(_("Say in a sentence why the tiers are set by hand."))])
    if expires_on is None or not today <= expires_on <= today + timedelta(days=MOST_DAYS_BY_HAND):
        raise RefusedError(
            [flaw(_("Choose the day until which the tiers hold: from today up to one year ahead."))]
        )
    return ByHand(reason, expires_on)


@dataclass(frozen=True)
class Loading:
    """Every cell becomes what its column's service makes of it."""

    by: User
    at: datetime
    today: date
    source: str
    by_hand: ByHand | None
    tiers: dict[int, Tier]

    @classmethod
    def of(cls, upload: Upload, *, at: datetime, sets_tiers: bool) -> "Loading":
        today = timezone.localdate(at)
        return cls(
            by=upload.by,
            at=at,
            today=today,
            source=_("tier sheet %(name)s") % {"name": upload.name},
            by_hand=by_hand(upload, today=today) if sets_tiers else None,
            tiers=Tier.objects.in_bulk(),
        )

    def apply(self, rows: list[dict[str, Any]], current: dict[int, Line]) -> None:
        cells = [(current[row["customer"]].customer, cell) for row in rows for cell in row["cells"]]
        notes = {customer.pk: cell["becomes"] for customer, cell in cells if cell["key"] == "notes"}
        write_notes(notes, by=self.by)
        judged = [pair for pair in cells if pair[1]["key"] not in {"notes", "tier"}]
        add_facts(self._fact(customer, cell["key"], cell["becomes"]) for customer, cell in judged)
        for customer, cell in cells:
            if cell["key"] == "tier":
                self._set_tier(customer, self.tiers[cell["becomes"]])

    def _fact(self, customer: Customer, key: str, value: int) -> Assessment | Figure:
        if measures()[key].origin == Origin.RATED:
            return Assessment(
                customer=customer,
                indicator=key,
                rating=value,
                evidence=self.source,
                rater=self.by,
                rated_on=self.today,
            )
        return Figure(
            customer=customer,
            indicator=key,
            value=value,
            as_of=self.today,
            source=self.source[:LONGEST_SOURCE],
            by=self.by,
        )

    def _set_tier(self, customer: Customer, tier: Tier) -> None:
        assert self.by_hand  # noqa: S101 - there is one where any tier changes
        services.set_by_hand(
            customer,
            tier=tier,
            reason=self.by_hand.reason,
            expires_on=self.by_hand.expires_on,
            by=self.by,
            at=self.at,
        )
