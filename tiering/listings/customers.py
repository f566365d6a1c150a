"""Lists of what is judged of customers, one by one."""

from typing import Any, Final

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from accounts.exports.columns import asked_of_rows, choice, person, plain
from accounts.exports.lists import Asker, Column, Found, Listing
from accounts.models import User
from customers.columns import or_minus_one, sorted_apart
from customers.listings import CUSTOMERS
from customers.listings.book import BY_ID, money, of_found, to_edit
from customers.listings.tiers import of_customer, tier, tier_labels
from customers.models import Assessment, Figure, Tier
from customers.models.standing import amount_key
from tiering import reasons
from tiering.filters import CandidateFilter, DecisiveFilter, RatingFilter, TierChangeFilter
from tiering.models import Aim, Candidate, Category, Decisive, Override, TierChange
from tiering.nurture import evidence
from tiering.raters import asking
from tiering.reviewing.filters import OverrideFilter
from toolbox.pages import Order

NEWEST_CHANGE: Final = Order(
    "newest", "changed_at", descending=True, value=lambda change: change.changed_at.isoformat()
)
BY_AMOUNT: Final = Order(
    "amount",
    amount_key("customer__standing__"),
    descending=True,
    value=lambda row: or_minus_one(row.customer.standing.annual_amount),
)
BY_OWN_AMOUNT: Final = Order(
    "amount",
    Coalesce("annual_amount", -1),
    descending=True,
    value=lambda row: -1 if row.annual_amount is None else row.annual_amount,
)
SOONEST: Final = Order("soonest", "due_on", descending=False, value=lambda aim: aim.due_on.isoformat())
SOONEST_END: Final = Order(
    "expires", "expires_on", descending=False, value=lambda row: row.expires_on.isoformat()
)
NEWEST: Final = Order("newest", "pk", descending=True, value=lambda row: row.pk)


def whose() -> list[Column]:
    return of_customer(
        code=_("Customer code"), name=_("Customer name"), owner=_("Account manager"), team_name=_("Team")
    )


# Tier changes


def changes(user: User, query: QueryDict, _about: int | None = None) -> Found:
    seen = TierChange.objects.visible_to(user).with_reasons()
    rows = seen.select_related("customer__owner", "from_tier", "to_tier", "by")
    asked = TierChangeFilter(query, rows, request=Asker(user))
    return Found(asked.qs, NEWEST_CHANGE, asked)


def change_columns() -> list[Column]:
    label = tier_labels()
    return [
        *whose(),
        tier("from_tier", _("From"), "from_tier", label),
        tier("to_tier", _("To"), "to_tier", label),
        plain("effective_on", _("As of"), kind="date"),
        plain("changed_at", _("Changed at"), kind="datetime"),
        asked_of_rows(
            "reason",
            _("Reason"),
            lambda: TierChange.objects.with_reasons().select_related("from_tier", "to_tier"),
            reasons.why,
            width=60,
        ),
        plain("words", _("In a person's words"), width=40),
        choice("category", _("Category of the reason"), Category.choices, "cause__category"),
        plain("run", _("Re-grade"), "run__period"),
        person("by", _("By")),
    ]


CHANGES: Final = Listing(
    key="tier-changes",
    name=gettext_lazy("Tier changes"),
    page="tiering:changes",
    find=changes,
    columns=change_columns,
)


# The nurture list


def candidates(user: User, query: QueryDict, _about: int | None = None) -> Found:
    asked = CandidateFilter(query, Candidate.objects.visible_to(user).for_list(), request=Asker(user))
    return Found(asked.qs, BY_AMOUNT, asked)


def candidate_columns() -> list[Column]:
    label = tier_labels()
    return [
        *whose(),
        tier("tier", _("Customer tier"), "customer__standing__tier", label),
        money("annual_amount", _("Annual amount"), "customer__standing__annual_amount"),
        choice("rule", _("Rule"), Candidate.Rule.choices),
        asked_of_rows("evidence", _("Evidence"), Candidate.objects.all, evidence.sentence, width=50),
        plain("since", _("Since"), kind="date"),
        choice("state", _("State"), Candidate.State.choices),
        plain("listed_at", _("Listed at"), kind="datetime"),
        person("taken_by", _("Taken up by")),
        plain("taken_at", _("Taken up at"), kind="datetime"),
        plain("next_step", _("Next step"), width=40),
        plain("follow_up_on", _("Follow up on"), kind="date"),
        person("closed_by", _("Closed by")),
        plain("closed_at", _("Closed at"), kind="datetime"),
        plain("words", _("Reason or outcome"), width=40),
    ]


NURTURE: Final = Listing(
    key="nurture",
    name=gettext_lazy("Nurture list"),
    page="tiering:nurture",
    find=candidates,
    columns=candidate_columns,
)


# The one figure that decides


def decisive_for(user: User) -> QuerySet[Decisive]:
    """Of active customers; not those for whom somebody has said it since, or whose tier was set by hand since.

    Whether a row still is about the grading by which the customer stands, which it is but for the minutes after a
    publication, is looked at page by page: asked of the database it would read the whole book for one page.
    """
    said = {
        "customer": OuterRef("customer"),
        "indicator": OuterRef("indicator"),
        "recorded_at__gt": OuterRef("run__frozen_at"),
    }
    return (
        Decisive.objects.visible_to(user)
        .filter(customer__archived_at=None)
        .exclude(Exists(Assessment.objects.filter(**said)))
        .exclude(Exists(Figure.objects.filter(**said)))
        .exclude(Exists(Override.objects.filter(customer=OuterRef("customer"), ended_at=None)))
        .select_related("customer__owner", "customer__standing__tier")
    )


def decisive(user: User, query: QueryDict, _about: int | None = None) -> Found:
    asked = DecisiveFilter(query, decisive_for(user), request=Asker(user))
    of_few = bool(query.get("owner")) or not user.sees_all
    return Found(
        asked.qs,
        sorted_apart(BY_OWN_AMOUNT) if of_few else BY_OWN_AMOUNT,
        asked,
        whole=asked.qs.filter(grading_id=F("customer__standing__grading_id")),
    )


def decisive_columns() -> list[Column]:
    label = tier_labels()
    known = set(Tier.objects.values_list("pk", flat=True))
    return [
        *whose(),
        money("annual_amount", _("Annual amount")),
        tier("tier", _("Customer tier"), "customer__standing__tier", label),
        indicator("indicator", _("What is unknown")),
        Column(
            key="tiers",
            name=_("Could be"),
            paths=("tiers",),
            value=lambda tiers: _(", ").join(str(label(pk)) for pk in tiers if pk in known),
        ),
    ]


def indicator(key: str, name: str) -> Column:
    return Column(key=key, name=name, paths=("indicator",), value=reasons.name_of, width=24)


DECISIVE: Final = Listing(
    key="deciding",
    name=gettext_lazy("The one figure that decides"),
    page="tiering:decisive",
    find=decisive,
    columns=decisive_columns,
)


# Tasks


def aims(user: User, _query: QueryDict, _about: int | None = None) -> Found:
    rows = Aim.objects.visible_to(user).open().select_related("customer", "assignee", "tier")
    return Found(rows, SOONEST)


def aim_columns() -> list[Column]:
    return [
        *whose(),
        plain("what", _("What to do"), width=50),
        plain("due_on", _("Due on"), kind="date"),
        person("assignee", _("For whom to do")),
        tier("tier", _("Tier aimed at"), "tier", tier_labels()),
        person("by", _("Made by")),
        plain("created_at", _("Made at"), kind="datetime"),
    ]


AIMS: Final = Listing(
    key="tasks", name=gettext_lazy("Tasks"), page="tiering:aims", find=aims, columns=aim_columns
)


# Tiers set by hand


def overrides(user: User, query: QueryDict, _about: int | None = None) -> Found:
    in_force = Override.objects.visible_to(user).in_force(timezone.localdate()).of_active_customers()
    rows = in_force.select_related("customer__owner", "customer__standing__computed_tier", "tier", "by")
    asked = OverrideFilter(query, rows, request=Asker(user))
    return Found(asked.qs, SOONEST_END, asked)


def override_columns() -> list[Column]:
    label = tier_labels()
    return [
        *whose(),
        tier("tier", _("Set by hand"), "tier", label),
        tier("computed_tier", _("Computed tier"), "customer__standing__computed_tier", label),
        plain("expires_on", _("Valid until"), kind="date"),
        plain("reason", _("Reason"), width=50),
        person("by", _("Set by")),
        plain("at", _("Set at"), kind="datetime"),
    ]


OVERRIDES: Final = Listing(
    key="tiers-by-hand",
    name=gettext_lazy("Tiers set by hand"),
    page="tiering:overrides",
    find=overrides,
    columns=override_columns,
)


# Ratings and figures


def ratings(user: User, query: QueryDict, _about: int | None = None) -> Found:
    """The newest first, each with the rating that it took the place of."""
    rows = asking.with_before(Assessment.objects.visible_to(user)).select_related("customer", "rater")
    asked = RatingFilter(query, rows, request=Asker(user))
    return Found(asked.qs, NEWEST, asked)


def rating_columns(*, before: bool = True) -> list[Column]:
    old = [plain("before", _("Rating before"), kind="integer")] if before else []
    return [
        *whose(),
        indicator("indicator", _("Indicator")),
        *old,
        plain("rating", _("Rating"), kind="integer"),
        plain("evidence", _("Evidence"), width=50),
        person("rater", _("Rated by")),
        plain("rated_on", _("Rated on"), kind="date"),
        plain("recorded_at", _("Recorded at"), kind="datetime"),
    ]


RATINGS: Final = Listing(
    key="all-ratings",
    name=gettext_lazy("Ratings"),
    page="tiering:ratings",
    find=ratings,
    columns=rating_columns,
    may="sees_all",
)
RATINGS_OF: Final = Listing(
    key="ratings",
    name=gettext_lazy("Ratings"),
    page="customers:list",
    find=of_found(Assessment, BY_ID),
    columns=lambda: rating_columns(before=False),
    kin=CUSTOMERS.kin,
    editing=to_edit("ratings"),
)


def figure_columns() -> list[Column]:
    def said(key: str, value: Any) -> str:
        return reasons.value_of(key, value)

    return [
        *whose(),
        indicator("indicator", _("Indicator")),
        plain("value", _("Raw value"), kind="integer"),
        Column(key="shown", name=_("Figure"), paths=("indicator", "value"), value=said),
        plain("as_of", _("As of"), kind="date"),
        plain("source", _("Source"), width=30),
        person("by", _("Entered by")),
    ]


FIGURES: Final = Listing(
    key="figures",
    name=gettext_lazy("Figures"),
    page="customers:list",
    find=of_found(Figure, BY_ID),
    columns=figure_columns,
    kin=CUSTOMERS.kin,
    editing=to_edit("figures"),
)
CUSTOMERS.shapes.extend(
    [
        (gettext_lazy("Tier sheet"), "tiering:sheet_export", ""),
        (gettext_lazy("Tier sheet with scoring sheet"), "tiering:sheet_export", "scoring=1"),
    ]
)
CUSTOMERS.kin.extend([RATINGS_OF.key, FIGURES.key])
