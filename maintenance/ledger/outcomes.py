"""What became of an obligation, as the database counts it. The words are those of docs/ledger.md."""

from typing import Final

from django.db.models import Case, F, Q, Value, When
from django.db.models.lookups import GreaterThan
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from maintenance.ledger.counting import Outcome
from maintenance.models import Obligation
from maintenance.models.obligation import ObligationQuerySet
from toolbox.days import LocalDay

State = Obligation.State
FELL_AWAY: Final = Q(state=State.WITHDRAWN, missed_on=None)
"""Withdrawn before it was broken: no longer promised."""
NAMES: Final[dict[str, tuple[Promise | str, Outcome | None]]] = {
    "promised": (_("Promised"), None),
    "kept": (pgettext_lazy("in the ledger", "Kept"), Outcome.KEPT),
    "late": (_("Kept late"), Outcome.LATE),
    "broken": (_("Broken"), Outcome.BROKEN),
    "excused": (_("Excused"), Outcome.EXCUSED),
    "open": (_("Still open"), Outcome.OPEN),
}
"""By the word in addresses."""


def outcome() -> Case:
    """An excuse takes it out of the reckoning, even after it was broken; what was left out was not kept."""
    return Case(
        When(state=State.EXCUSED, then=Value(int(Outcome.EXCUSED))),
        When(Q(missed_on__isnull=False) | Q(state=State.SKIPPED), then=Value(int(Outcome.BROKEN))),
        When(state=State.OPEN, then=Value(int(Outcome.OPEN))),
        When(GreaterThan(LocalDay("completed_at"), F("due_on")), then=Value(int(Outcome.LATE))),
        default=Value(int(Outcome.KEPT)),
    )


def promised(rows: ObligationQuerySet) -> ObligationQuerySet:
    return rows.exclude(FELL_AWAY)


def came_to(rows: ObligationQuerySet, word: str) -> ObligationQuerySet:
    """Those that the ledger counts under the word."""
    _name, which = NAMES[word]
    rows = promised(rows)
    return rows if which is None else rows.annotate(outcome=outcome()).filter(outcome=int(which))
