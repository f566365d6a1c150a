"""The lists of this app, each once: for its page and for its export."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import get_language, gettext as _, gettext_lazy

from accounts.exports.columns import choice, person, plain
from accounts.exports.lists import Asker, Column, Found, Listing
from accounts.models import Department, User
from customers.listings.tiers import of_customer, tier, tier_labels
from maintenance import capacity as hours
from maintenance.effort import Load
from maintenance.filters.obligations import ObligationFilter
from maintenance.models import Obligation
from tiering.models import SchemeVersion
from tiering.trials import trial_of
from toolbox.pages import Order
from toolbox.rounding import round_half_up

BY_DAY: Final = Order(name="due", expression="due_on", descending=False, value=lambda row: str(row.due_on))


def promises(user: User, query: QueryDict, _about: int | None = None) -> Found:
    """Open ones unless another state, or what became of them, is asked for."""
    data = query.copy()
    if not data.get("outcome"):
        data.setdefault("state", Obligation.State.OPEN)
    visible = Obligation.objects.visible_to(user)
    asked = ObligationFilter(data, visible, request=Asker(user), today=timezone.localdate())
    return Found(asked.qs, BY_DAY, asked)


def promise_columns() -> list[Column]:
    today = timezone.localdate()

    def title(zh: str, en: str) -> str:
        return zh if (get_language() or "").startswith("zh") else en

    def days_late(state: str, due: object) -> int | None:
        return max(0, (today - due).days) if state == Obligation.State.OPEN else None  # type: ignore[operator]

    return [
        *of_customer(
            code=_("Customer code"),
            name=_("Customer name"),
            owner=_("Account manager"),
            team_name=_("Team"),
        ),
        tier("tier", _("Tier"), "tier", tier_labels()),
        Column(
            key="promise",
            name=_("Promise"),
            paths=("promise__title_zh", "promise__title_en"),
            value=title,
            width=40,
        ),
        choice("department", _("Department"), Department.choices),
        person("assignee", _("For whom to do")),
        plain("due_on", _("Due on"), kind="date"),
        Column(
            key="days_late",
            name=_("Days late"),
            paths=("state", "due_on"),
            value=days_late,
            kind="integer",
        ),
        choice("state", _("State"), Obligation.State.choices),
        plain("completed_at", _("Kept at"), kind="datetime"),
        person("completed_by", _("Kept by")),
        plain("withdrawn_on", _("Withdrawn on"), kind="date"),
        choice("why", _("Why withdrawn"), Obligation.Why.choices),
    ]


PROMISES: Final = Listing(
    key="promises",
    name=gettext_lazy("Promises"),
    page="maintenance:obligations",
    find=promises,
    columns=promise_columns,
)


@dataclass(frozen=True)
class HoursLine:
    kind: str
    name: str
    load: Load


def load_of(_user: User, query: QueryDict, about: int | None) -> Found:
    version = get_object_or_404(SchemeVersion.objects.whole(), pk=about)
    trial = trial_of(query, version=version)
    if trial is None:
        return Found([], is_understood=False)
    found = hours.capacity(trial, on=timezone.localdate())
    return Found(
        [
            *(HoursLine(_("Team"), str(line.whose), line.load) for line in found.teams),
            *(
                HoursLine(_("Account manager"), str(line.whose or _("Without account manager")), line.load)
                for line in found.people
            ),
            *(HoursLine(_("Department"), name, load) for name, load in found.departments),
        ],
        about=(_("Scheme"), str(version)),
    )


def hour_columns() -> list[Column]:
    def tenths(key: str, name: str) -> Column:
        """As on the page: to the nearest tenth of an hour."""

        def value(line: HoursLine) -> int:
            exact: Fraction = getattr(line.load, key)
            return round_half_up(10 * exact.numerator, exact.denominator) * 100_000

        return Column(key=key, name=name, value=value, kind="score", width=14)

    return [
        Column(key="kind", name=_("Kind"), width=16),
        Column(key="name", name=_("Who"), width=24),
        Column(
            key="capacity",
            name=_("There to be had"),
            value=lambda line: line.load.capacity,
            kind="integer",
        ),
        tenths("now", _("Needed now")),
        tenths("then", _("Needed then")),
    ]


HOURS: Final = Listing(
    key="hours",
    name=gettext_lazy("Hours that the new tiers would take"),
    page="maintenance:capacity",
    of="pk",
    find=load_of,
    columns=hour_columns,
    may="sees_all",
)

ALL: Final = [PROMISES, HOURS]
