"""Lists of re-grades, and of who moves in one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language, gettext as _, gettext_lazy

from accounts.exports.columns import choice, person, plain
from accounts.exports.lists import Asker, Column, Found, Listing
from accounts.models import User
from customers.listings.book import money
from customers.listings.tiers import tier, tier_labels
from customers.models.standing import amount_key
from tiering.listings.customers import whose
from tiering.models import Grading, Hold, Movement, Run, SchemeVersion
from tiering.reviewing import holding, shown
from tiering.reviewing.filters import HoldFilter, MovementFilter
from toolbox.pages import Order

NEWEST: Final = Order("newest", "created_at", descending=True, value=lambda run: run.created_at.isoformat())
LARGEST: Final = Order(
    "amount",
    amount_key("customer__standing__"),
    descending=True,
    value=lambda row: row.page_key,
)
"""By the annual amount of the last published re-grade: it is beside the customer."""
OLDEST: Final = Order("id", "customer_id", descending=False, value=lambda row: row.customer_id)


def runs(user: User, _query: QueryDict, _about: int | None = None) -> Found:
    return Found(Run.objects.visible_to(user).select_related("scheme", "version", "started_by"), NEWEST)


def run_columns() -> list[Column]:
    def scheme(zh: str, en: str) -> str:
        return zh if (get_language() or "").startswith("zh") else en

    return [
        plain("period", _("Period"), width=12),
        plain("as_of", _("As of"), kind="date"),
        choice("state", _("State"), Run.State.choices),
        Column(
            key="scheme",
            name=_("Scheme"),
            paths=("scheme__name_zh", "scheme__name_en"),
            value=scheme,
            width=30,
        ),
        plain("version", _("Version"), "version__number", "integer"),
        plain("customers", _("Customers"), kind="integer"),
        choice("trigger", _("Started by what"), Run.Trigger.choices),
        person("started_by", _("Started by")),
        plain("created_at", _("Started"), kind="datetime"),
        plain("published_at", _("Published at"), kind="datetime"),
    ]


RUNS: Final = Listing(
    key="re-grades",
    name=gettext_lazy("Re-grades"),
    page="tiering:runs",
    find=runs,
    columns=run_columns,
    may="sees_all",
)


def run_of(user: User, about: int | None) -> Run:
    return get_object_or_404(Run.objects.visible_to(user), pk=about)


def as_subject(run: Run) -> tuple[str, str]:
    """What the record of exports says of a list that is about this re-grade."""
    return _("Re-grade"), str(run)


def movers(user: User, query: QueryDict, about: int | None) -> Found:
    return movers_of(run_of(user, about), user, query)


def movers_of(run: Run, user: User, query: QueryDict) -> Found:
    rows = run.movements.select_related("customer__owner", "customer__team", "from_tier", "to_tier")
    asked = MovementFilter(query, rows, request=Asker(user))
    return Found(asked.qs, LARGEST, asked, about=as_subject(run))


Say = Callable[[Any], Any]


def together(ask: Callable[[Sequence[Any]], Mapping[Any, Any]]) -> Callable[[Say], Callable[..., Any]]:
    """Columns that need the same of the same rows: it is asked once for all of them."""
    last: dict[str, Any] = {"pks": None, "found": {}}

    def column(say: Say) -> Callable[[Sequence[Any]], Mapping[Any, Any]]:
        def beside(pks: Sequence[Any]) -> Mapping[Any, Any]:
            if last["pks"] != pks:
                last.update(pks=pks, found=ask(pks))
            return {pk: say(row) for pk, row in last["found"].items()}

        return beside

    return column


def as_shown(pks: Sequence[Any]) -> dict[Any, shown.Mover]:
    rows = list(Movement.objects.filter(pk__in=pks).select_related("run", "customer", "from_tier", "to_tier"))
    return {mover.movement.pk: mover for mover in shown.movers(rows[0].run, rows)} if rows else {}


def decided(mover: shown.Mover) -> str:
    if mover.decision is None:
        return _("Takes approval") if mover.takes_approval else _("Undecided")
    return _("Accepted") if mover.decision.is_accepted else _("Rejected")


def mover_columns() -> list[Column]:
    label = tier_labels()
    of_row = together(as_shown)
    return [
        *whose(),
        tier("from_tier", _("From"), "from_tier", label),
        tier("to_tier", _("To"), "to_tier", label),
        Column(key="score", name=_("Score"), beside=of_row(lambda m: m.grading.total), kind="score"),
        money("annual_amount", _("Annual amount"), "customer__standing__annual_amount"),
        Column(key="reason", name=_("Reason"), beside=of_row(lambda m: m.sentence), width=60),
        Column(key="decision", name=_("Decision"), beside=of_row(decided)),
        Column(
            key="comment",
            name=_("Comment"),
            beside=of_row(lambda m: m.decision.comment if m.decision else None),
            width=40,
        ),
        Column(
            key="decided_by",
            name=_("Decided by"),
            beside=of_row(lambda m: m.decision.by.name if m.decision else None),
        ),
    ]


MOVERS: Final = Listing(
    key="movers",
    name=gettext_lazy("Movements of a re-grade"),
    page="tiering:run_movers",
    of="pk",
    find=movers,
    columns=mover_columns,
    may="sees_all",
)


def held(user: User, query: QueryDict, about: int | None) -> Found:
    return held_of(run_of(user, about), user, query)


def held_of(run: Run, user: User, query: QueryDict) -> Found:
    rows = run.holds.exclude(by="").select_related("customer__owner", "from_tier", "to_tier")
    asked = HoldFilter(query, rows, request=Asker(user))
    return Found(asked.qs, OLDEST, asked, about=as_subject(run))


def explained(pks: Sequence[Any]) -> dict[Any, holding.Held]:
    rows = list(Hold.objects.filter(pk__in=pks).select_related("run", "from_tier", "to_tier"))
    if not rows:
        return {}
    run = rows[0].run
    version = SchemeVersion.objects.whole().get(pk=run.version_id)
    return {one.hold.pk: one for one in holding.explained(rows, version, as_of=run.as_of)}


def held_columns() -> list[Column]:
    label = tier_labels()
    of_row = together(explained)
    return [
        *whose(),
        tier("from_tier", _("Customer tier"), "from_tier", label),
        tier("to_tier", _("By the numbers"), "to_tier", label),
        choice("by", _("Held by"), Grading.Kept.choices),
        Column(key="why", name=_("Why"), beside=of_row(lambda one: one.why), width=60),
        Column(key="when", name=_("When it would happen"), beside=of_row(lambda one: one.when), width=60),
    ]


HELD: Final = Listing(
    key="held-back",
    name=gettext_lazy("Held back in a re-grade"),
    page="tiering:run_held",
    of="pk",
    find=held,
    columns=held_columns,
    may="sees_all",
)


def shares(which: int) -> Callable[[User, QueryDict, int | None], Found]:
    def find(user: User, _query: QueryDict, about: int | None) -> Found:
        run = run_of(user, about)
        return Found(shown.shares(run)[which], about=as_subject(run))

    return find


def share_columns() -> list[Column]:
    directions = {
        "up": _("Upgrades"),
        "down": _("Downgrades"),
        "first": _("First gradings"),
        "other": _("To another scale"),
    }

    def pair(key: str, name: str) -> list[Column]:
        amount = _("%(column)s (%(unit)s)") % {"column": name, "unit": money("x", "x").unit}
        return [
            Column(key=key, name=name, value=lambda share: getattr(share, key)[0], kind="integer"),
            Column(
                key=f"{key}_amount", name=amount, value=lambda share: getattr(share, key)[1], kind="money"
            ),
        ]

    return [
        Column(key="name", name=_("Name"), width=24),
        *(one for key, name in directions.items() for one in pair(key, name)),
    ]


SHARES_OF_OWNERS: Final = Listing(
    key="shares-of-account-managers",
    name=gettext_lazy("Movements by account manager"),
    page="tiering:run_shares",
    of="pk",
    find=shares(0),
    columns=share_columns,
    may="sees_all",
)
SHARES_OF_TEAMS: Final = Listing(
    key="shares-of-teams",
    name=gettext_lazy("Movements by team"),
    page="tiering:run_shares",
    of="pk",
    find=shares(1),
    columns=share_columns,
    may="sees_all",
)
