"""Cases, as their page lists them."""

from datetime import UTC, datetime
from typing import Final

from django.db.models import DateTimeField, Value
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy, pgettext

from accounts.exports.columns import asked_of_rows, choice, person, plain
from accounts.exports.lists import Asker, Column, Found, Listing
from accounts.models import Department, User
from customers.listings.tiers import of_customer, tier, tier_labels
from maintenance.filters.cases import OPEN, CaseFilter
from maintenance.models import Case, Clock
from toolbox.pages import Order

NEVER: Final = datetime(9000, 1, 1, tzinfo=UTC)
BY_URGENCY: Final = Order(
    "urgency",
    Coalesce("due_at", Value(NEVER, DateTimeField())),
    descending=False,
    value=lambda row: row.page_key.isoformat(),
)
NEWEST: Final = Order(
    "newest", "request__opened_at", descending=True, value=lambda row: row.request.opened_at.isoformat()
)


def cases(user: User, query: QueryDict, _about: int | None = None) -> Found:
    """Open ones by urgency unless another state is asked for; then the newest first."""
    data = query.copy()
    data.setdefault("state", OPEN)
    asked = CaseFilter(data, Case.objects.visible_to(user), request=Asker(user), at=timezone.now())
    return Found(asked.qs, BY_URGENCY if data["state"] == OPEN else NEWEST, asked)


def case_columns() -> list[Column]:
    def clock(key: str, name: str, kind: Clock.Kind) -> Column:
        """When it ran out; empty where it did not."""

        def ran_out(row: Case) -> datetime | None:
            return next((each.breached_at for each in row.clocks.all() if each.kind == kind), None)

        return asked_of_rows(
            key, name, lambda: Case.objects.prefetch_related("clocks"), ran_out, kind="datetime", width=18
        )

    return [
        Column(key="number", name=_("Case"), paths=("pk",), value=lambda pk: Case(pk=pk).number, width=10),
        plain("subject", _("Subject"), "request__subject", width=40),
        *of_customer(
            code=_("Customer code"),
            name=_("Customer name"),
            owner=_("Account manager"),
            team_name=_("Team"),
            path="request__customer",
        ),
        tier("tier", _("Tier"), "request__customer__standing__tier", tier_labels()),
        choice("kind", _("Kind"), Case.Kind.choices),
        choice("category", pgettext("of a case", "Category"), Case.Category.choices),
        choice("state", _("State"), Case.State.choices),
        choice("department", _("Department"), Department.choices, "request__department"),
        person("assignee", _("For whom to do")),
        plain("opened_at", _("Opened at"), "request__opened_at", kind="datetime"),
        plain("due_at", _("Next due at"), kind="datetime"),
        clock("response_late", _("Response ran late at"), Clock.Kind.RESPONSE),
        clock("solution_late", _("Solution ran late at"), Clock.Kind.SOLUTION),
        choice("cause", _("Cause"), Case.Cause.choices),
        plain("closed_at", _("Closed at"), kind="datetime"),
        plain("satisfaction", _("Satisfaction (1 to 5)"), kind="integer"),
        plain("satisfaction_words", _("What they said"), width=40),
    ]


CASES: Final = Listing(
    key="cases",
    name=gettext_lazy("Cases"),
    page="maintenance:cases",
    find=cases,
    columns=case_columns,
)
