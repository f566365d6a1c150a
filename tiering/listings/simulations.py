"""Simulations that were kept, and the customers behind the numbers of one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language, gettext as _, gettext_lazy

from accounts.exports.columns import person, plain
from accounts.exports.lists import Column, Found, Listing
from accounts.models import User
from customers.listings.book import money
from tiering.book import Ints
from tiering.models import SchemeVersion, Simulation
from tiering.simulation.trying import Mover, Trial
from tiering.trials import MoversForm, trial_of
from toolbox.pages import Order

NEWEST: Final = Order("newest", "at", descending=True, value=lambda row: row.at.isoformat())
AT_ONCE: Final = 1_000


def simulations(user: User, _query: QueryDict, _about: int | None = None) -> Found:
    return Found(Simulation.objects.visible_to(user).select_related("version__scheme", "by"), NEWEST)


def scheme_name(zh: str, en: str) -> str:
    return zh if (get_language() or "").startswith("zh") else en


SIMULATIONS: Final = Listing(
    key="simulations",
    name=gettext_lazy("Simulations"),
    page="tiering:simulations",
    find=simulations,
    columns=lambda: [
        plain("name", _("Name"), width=36),
        Column(
            key="scheme",
            name=_("Scheme"),
            paths=("version__scheme__name_zh", "version__scheme__name_en"),
            value=scheme_name,
            width=30,
        ),
        plain("version", _("Version"), "version__number", "integer"),
        person("by", _("By")),
        plain("at", _("Saved at"), kind="datetime"),
    ],
    may="sees_all",
)


@dataclass(frozen=True)
class Movers:
    """Customers of a trial, a thousand at a time."""

    trial: Trial
    rows: Ints

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Mover]:
        for at in range(0, len(self.rows), AT_ONCE):
            yield from self.trial.movers(self.rows[at : at + AT_ONCE])


def movers(_user: User, query: QueryDict, about: int | None) -> Found:
    """Those whom the page of the simulation's customers lists."""
    version = get_object_or_404(SchemeVersion.objects.whole(), pk=about)
    trial = trial_of(query, version=version)
    if trial is None:
        return Found([], is_understood=False)
    asked = MoversForm(query, trial=trial)
    rows = trial.select(**asked.cleaned_data) if asked.is_valid() else trial.nobody
    return Found(Movers(trial, rows), filter=asked, about=(_("Scheme"), str(version)))


def simulated_columns() -> list[Column]:
    def of(key: str, name: str, value: Any, kind: Any = "text", width: int = 0) -> Column:
        return Column(key=key, name=name, value=value, kind=kind, width=width)

    return [
        of("code", _("Customer code"), lambda m: m.customer.code, width=14),
        of("name", _("Customer name"), lambda m: m.customer.name, width=36),
        of("owner", _("Account manager"), lambda m: m.customer.owner.name if m.customer.owner else None),
        of("team", _("Team"), lambda m: m.customer.team.name if m.customer.team else None),
        of("from_tier", _("From"), lambda m: m.step.from_tier.label if m.step.from_tier else None),
        of("to_tier", _("To"), lambda m: m.step.to_tier.label if m.step.to_tier else None),
        of("before", _("Score before"), lambda m: m.before, "score"),
        of("after", _("Score after"), lambda m: m.after, "score"),
        Column(
            key="annual_amount",
            name=_("Annual amount"),
            value=lambda m: m.amount,
            kind="money",
            unit=money("x", "x").unit,
        ),
        of("why", _("Reason"), lambda m: m.why, width=60),
    ]


SIMULATED: Final = Listing(
    key="simulated",
    name=gettext_lazy("Customers of a simulation"),
    page="tiering:simulation_movers",
    of="pk",
    find=movers,
    columns=simulated_columns,
    may="sees_all",
)
