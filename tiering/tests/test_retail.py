"""The scheme "Retail three tiers" as it ships: facts in, tiers out, against a plain reading of the source."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.models import User
from customers.models import Customer, Order, Payment
from customers.tests.making import LONG_AGO, a_customer, a_rating, an_order
from tiering import beside, following, outlooks, queries, reasons, services, verifying
from tiering.models import (
    Basis,
    Cause,
    Condition,
    Decisive,
    Grading,
    Hold,
    Run,
    Scheme,
    SchemeVersion,
    TierChange,
)
from tiering.simulation import measuring
from tiering.simulation.trying import Trial
from tiering.tests.conftest import AT, Q2, Q3, regraded, tier_of, unguarded
from tiering.tests.test_verifying import wrong
from tiering.trials import TrialForm
from toolbox import append_only

YUAN = 100
DAY = timedelta(days=1)
LONG_SINCE = date(2024, 1, 15)
Enter = Callable[[User], Client]


@pytest.fixture
def retail(db: None) -> Scheme:
    """It grades the book."""
    unguarded()
    scheme = Scheme.objects.get(key="retail")
    services.grade_the_book_by(scheme)
    return scheme


@dataclass(frozen=True)
class Buyer:
    """What somebody bought in the twelve months; None is not on record. Amounts in fen."""

    amount: int | None
    orders: int = 12
    days_to_pay: int | None = None
    new_products: int | None = None
    brings_others: int | None = None
    categories: tuple[str, ...] = ("",)


CORE = Buyer(61_000 * YUAN, 50, 3)


def bought(customer: Customer, buyer: Buyer, by: User, *, last: date = Q3) -> None:
    """In the window that ends on that day, by somebody who first bought long ago."""
    if buyer.amount is not None:
        if not customer.orders.exists():
            an_order(customer, LONG_SINCE, 1 * YUAN)
        each, rest = divmod(buyer.amount, buyer.orders)
        orders = [
            an_order(
                customer,
                last - (100 + n) * DAY,
                each + (0 if n else rest),
                category=buyer.categories[n % len(buyer.categories)],
            )
            for n in range(buyer.orders)
        ]
        if buyer.days_to_pay is not None:
            paid(orders[0], orders[0].ordered_on + buyer.days_to_pay * DAY)
    for key, rating in (("new_products", buyer.new_products), ("referral_ability", buyer.brings_others)):
        if rating is not None:
            a_rating(customer, by, last, rating, key)


def paid(order: Order, on: date | None, *, due: date | None = None) -> Payment:
    return Payment.objects.create(
        customer=order.customer, order=order, due_on=due or order.ordered_on, paid_on=on, amount=order.amount,
        recorded_at=LONG_AGO,
    )  # fmt: skip


def a_buyer(name: str, buyer: Buyer, by: User, *, last: date = Q3) -> Customer:
    customer = a_customer(name, owner=by)
    bought(customer, buyer, by, last=last)
    return customer


def read_aloud(buyer: Buyer) -> str | None:
    """The source, word by word: core buys for more than 50,000 yuan a year AND at least 4 times a month AND pays
    within 7 days, and takes up new products, brings in others; important for 10,000 to 50,000 and 2 to 3 times a
    month, in fixed categories; ordinary for less, now and then.

    Who is above in one thing and not in all belongs to the tier below, whose lower ends it reaches.
    """
    if buyer.amount is None:
        return None
    yuan = buyer.amount / 100
    a_month = buyer.orders / 12
    known = [rating for rating in (buyer.new_products, buyer.brings_others) if rating is not None]
    pays_at_once = buyer.days_to_pay is not None and buyer.days_to_pay <= 7
    if yuan > 50_000 and a_month >= 4 and pays_at_once and all(rating >= 3 for rating in known):
        return "core"
    categories = [buyer.categories[n % len(buyer.categories)] for n in range(buyer.orders)]
    once = {name for name in categories if categories.count(name) == 1}
    is_fixed = not any(categories) or len(once) * 2 <= len(categories)
    if yuan >= 10_000 and a_month >= 2 and is_fixed:
        return "important"
    return "ordinary"


CASES = [
    *(
        Buyer(amount, orders, days)
        for amount, orders, days in product(
            (9_999_99, 10_000_00, 49_999_99, 50_000_00, 50_000_01, 60_000_00),
            (1, 12, 23, 24, 47, 48, 60),
            (None, 0, 7, 8, 20),
        )
    ),
    replace(CORE, new_products=2),
    replace(CORE, new_products=3, brings_others=3),
    replace(CORE, new_products=5, brings_others=1),
    replace(CORE, categories=("茶", "咖啡")),
    replace(CORE, days_to_pay=20, categories=tuple(f"品类{n}" for n in range(50))),
    replace(CORE, days_to_pay=20, categories=("茶", *(f"品类{n}" for n in range(10)))),
    Buyer(20_000 * YUAN, 24, 3, categories=tuple(f"品类{n}" for n in range(24))),
    Buyer(None),
]
"""Amounts in fen around every edge, numbers of orders around 2 and 4 a month, days around a week."""


def test_the_verdicts_are_those_of_a_plain_reading(retail: Scheme, alice: User) -> None:
    buyers = {f"{n}": buyer for n, buyer in enumerate(CASES)}
    for name, buyer in buyers.items():
        a_buyer(name, buyer, alice)
    run = regraded(retail)

    found = dict(run.gradings.values_list("customer__name", "tier__key"))
    assert {name: (buyers[name], tier) for name, tier in found.items()} == {
        name: (buyer, read_aloud(buyer)) for name, buyer in buyers.items()
    }
    assert set(found.values()) == {"core", "important", "ordinary", None}
    assert wrong() == {}
    assert verifying.replay(run, plain=True).findings.differences == []


@pytest.mark.parametrize(
    "buyer, expected",
    [
        (Buyer(60_000 * YUAN, 12, 3), "ordinary"),  # once a month
        (Buyer(60_000 * YUAN, 60, 20), "important"),  # pays after 20 days
        (Buyer(50_000 * YUAN, 60, 3), "important"),  # exactly 50,000
        (Buyer(60_000 * YUAN, 47, 3), "important"),  # 3.91 a month
        (Buyer(60_000 * YUAN, 48, 7), "core"),
        (Buyer(60_000 * YUAN, 48, 8), "important"),
        (Buyer(60_000 * YUAN, 48, None), "important"),  # no payment on record
        (Buyer(10_000 * YUAN, 24, None), "important"),
        (Buyer(9_999_99, 24, 1), "ordinary"),
    ],
)
def test_the_edges_of_the_source(retail: Scheme, alice: User, buyer: Buyer, expected: str) -> None:
    customer = a_buyer("Acme", buyer, alice)
    regraded(retail)

    assert tier_of(customer) == expected == read_aloud(buyer)


def test_the_score_orders_customers_within_a_tier_and_decides_none(retail: Scheme, alice: User) -> None:
    often = a_buyer("Often", Buyer(60_000 * YUAN, 100, 8), alice)
    seldom = a_buyer("Seldom", Buyer(500_000 * YUAN, 12, 0), alice)
    run = regraded(retail)

    totals = dict(run.gradings.values_list("customer", "total"))
    assert (tier_of(often), tier_of(seldom)) == ("important", "ordinary")
    assert None not in totals.values()


# Why


def rising_and_falling(scheme: Scheme, by: User) -> tuple[Customer, Customer]:
    rising = a_buyer("Rising", Buyer(48_000 * YUAN, 38, 3), by, last=Q2 - 365 * DAY)
    falling = a_buyer("Falling", CORE, by, last=Q2 - 365 * DAY)
    regraded(scheme, as_of=Q2 - 365 * DAY, at=AT - 366 * DAY)
    bought(rising, replace(CORE, orders=50), by)
    bought(falling, Buyer(9_000 * YUAN, 50, 3), by)
    regraded(scheme)
    return rising, falling


def test_a_change_says_which_conditions_decided(retail: Scheme, alice: User) -> None:
    rising, falling = rising_and_falling(retail, alice)
    up, down = (TierChange.objects.filter(customer=each).latest("pk") for each in (rising, falling))

    assert (up.from_tier.key, up.to_tier.key) == ("important", "core")  # type: ignore[union-attr]
    assert up.reason["rules"] == [
        ["core", "annual_amount", [48_000_00, 61_000_00], [[50_000_01, None, False]] * 2, [False, True]],
        ["core", "purchases_a_month", [316, 416], [[400, None, False]] * 2, [False, True]],
    ]
    assert reasons.why(up).startswith(
        "Core: Annual amount ¥48,000 → ¥61,000 (more than ¥50,000: now met); "
        "Purchases a month 3.16 → 4.16 (at least 4: now met). Score "
    )
    assert [each[:2] for each in down.reason["rules"]] == [
        ["core", "annual_amount"],
        ["important", "annual_amount"],
    ]
    assert "Important: Annual amount ¥61,000 → ¥9,000 (at least ¥10,000: no longer met)" in (
        reasons.why(down)
    )
    assert (
        sum(line[3] for line in down.reason["lines"]) == down.reason["totals"][1] - down.reason["totals"][0]
    )
    with translation.override("zh-hans"):
        assert reasons.why(up).startswith(
            "核心：年消费额 ¥48,000 → ¥61,000（高于 ¥50,000：现已满足）；"
            "月均购买次数 3.16 → 4.16（不低于 4：现已满足）。得分 "
        )
    assert wrong() == {}


def test_a_first_grading_says_what_is_met_and_what_keeps_it_from_more(retail: Scheme, alice: User) -> None:
    customer = a_buyer("Acme", Buyer(60_000 * YUAN, 60, 20), alice)
    regraded(retail)
    change = TierChange.objects.get(customer=customer)

    assert [(each[0], each[1], each[4]) for each in change.reason["rules"]] == [
        ("core", "days_to_pay", [None, False]),
        ("important", "annual_amount", [None, True]),
        ("important", "purchases_a_month", [None, True]),
        ("important", "fixed_categories", [None, True]),
    ]
    assert "Core: Days to pay (longest) 20 days (at most 7 days: not met)" in reasons.why(change)


def test_a_change_is_put_down_to_the_condition_that_turned(retail: Scheme, alice: User) -> None:
    _rising, falling = rising_and_falling(retail, alice)
    run = Run.objects.latest("pk")
    following.follow_up(run.pk, at=timezone.now())

    assert dict(Cause.objects.values_list("change__customer__name", "category")) == {
        "Rising": "business",
        "Falling": "business",
    }
    assert falling.tier_changes.count() == 2


def test_where_the_rules_alone_turn_the_tier_it_is_the_scheme(
    retail: Scheme, alice: User, dora: User
) -> None:
    customer = a_buyer("Acme", Buyer(60_000 * YUAN, 60, 10), alice)
    regraded(retail, at=AT - DAY)
    draft = services.copy_version(retail.published(), by=dora)
    Condition.objects.filter(floor__version=draft, indicator="days_to_pay").update(at_most=10)
    services.put_in_force(draft, by=dora, at=AT, note="Ten days will do.")
    run = regraded(retail, as_of=Q3 + DAY, at=AT + DAY)
    following.follow_up(run.pk, at=timezone.now())
    change = TierChange.objects.filter(customer=customer).latest("pk")

    assert change.cause.category == "scheme"
    assert change.reason["rules"] == [
        ["core", "days_to_pay", [10, 10], [[None, 7, False], [None, 10, False]], [False, True]]
    ]
    assert "at most 10 days, before at most 7 days: now met" in reasons.why(change)
    assert wrong() == {}


# What is unknown


def test_what_could_still_become_of_somebody(
    retail: Scheme, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    customers = {
        "core": a_buyer("Core", replace(CORE, new_products=4, brings_others=4, categories=("茶",)), alice),
        "unrated": a_buyer("Unrated", CORE, alice),
        "unpaid": a_buyer("Unpaid", replace(CORE, days_to_pay=None), alice),
        "small": a_buyer("Small", Buyer(100 * YUAN, 3), alice),
    }
    regraded(retail)
    rows = list(Customer.objects.select_related("standing").order_by("pk"))
    beside.possible_tiers(rows)  # rules are read once in a process
    with django_assert_num_queries(4):
        beside.possible_tiers(rows[:1])
    with django_assert_num_queries(4):
        found = beside.possible_tiers(rows)

    assert {name: [tier.key for tier in found[each.pk]] for name, each in customers.items()} == {
        "core": ["core"],
        "unrated": ["core", "important", "ordinary"],  # neither ratings nor categories are known
        "unpaid": ["core", "important", "ordinary"],
        "small": ["ordinary"],
    }
    for customer in customers.values():
        grading = queries.latest_grading(Customer.objects.get(pk=customer.pk))
        assert grading
        assert queries.laid_out(grading).possible == found[customer.pk] == outlooks.outlook(grading).possible


def test_the_one_figure_that_decides(retail: Scheme, alice: User) -> None:
    unpaid = a_buyer("Unpaid", replace(CORE, days_to_pay=None, categories=("茶",)), alice)
    a_buyer("Small", Buyer(100 * YUAN, 3), alice)
    run = regraded(retail)
    following.follow_up(run.pk, at=timezone.now())

    row = Decisive.objects.get(indicator="days_to_pay")
    assert row.customer_id == unpaid.pk
    assert list(Decisive.objects.exclude(pk=row.pk).values_list("customer__name", flat=True)) == []


def test_below_the_coverage_floor_the_tier_is_kept(retail: Scheme, alice: User) -> None:
    known_only_by_rating = a_customer("Acme", owner=alice)
    a_rating(known_only_by_rating, alice, Q3, 5, "new_products")
    run = regraded(retail)

    grading = run.gradings.get()
    assert (grading.kept, grading.tier, grading.computed_tier.key) == ("coverage", None, "ordinary")  # type: ignore[union-attr]


# The way up


def test_the_way_up_is_said_in_the_units_of_the_rules(retail: Scheme, alice: User, enter: Enter) -> None:
    customer = a_buyer("Acme", Buyer(48_000 * YUAN, 60, 20, new_products=2), alice)
    regraded(retail)
    grading = queries.latest_grading(Customer.objects.get(pk=customer.pk))
    assert grading
    view = outlooks.outlook(grading)

    assert view.up is None
    assert [(row.condition.name, str(row.move) if row.move else row.why_not) for row in view.unmet] == [
        (
            "Annual amount",
            "Annual amount ¥48,000 → ¥51,000 (+¥3,000 in 12 months)",
        ),
        ("Days to pay (longest)", "Days to pay (longest) 20 days → 7 days (-13 days)"),
        ("Takes up new products", "a rating: nobody is told to rate better"),
    ]
    page = enter(alice).get(f"/customers/{customer.pk}/path/").text
    assert "a rating: nobody is told to rate better" in page
    assert "points away" not in page


# The movement policy


def ruled(scheme: Scheme, **policy: Any) -> None:
    with append_only.unlocked(connection):
        SchemeVersion.objects.filter(scheme=scheme).update(**policy)


def test_a_margin_holds_nobody_back_where_rules_decide(retail: Scheme, alice: User) -> None:
    ruled(retail, margin=50_000_000)
    customer = a_buyer("Acme", CORE, alice)
    regraded(retail, at=AT - DAY)
    paid(customer.orders.latest("pk"), Q3, due=Q3)
    run = regraded(retail, as_of=Q3 + DAY, at=AT)

    assert (tier_of(customer), run.gradings.get().kept) == ("important", "")
    assert wrong() == {}


def test_a_downgrade_may_take_two_runs_and_says_so(retail: Scheme, alice: User, enter: Enter) -> None:
    ruled(retail, dwell=2)
    customer = a_buyer("Acme", CORE, alice)
    regraded(retail, at=AT - DAY)
    paid(customer.orders.latest("pk"), Q3, due=Q3)
    run = regraded(retail, as_of=Q3 + DAY, at=AT)

    assert (tier_of(customer), run.gradings.get().kept, Hold.objects.get().runs) == ("core", "dwell", 1)
    page = enter(alice).get(f"/customers/{customer.pk}/grading/").text
    assert "The rules of Core are not met in 1 re-grade so far; a downgrade takes 2 in a row." in page
    regraded(retail, as_of=Q3 + 2 * DAY, at=AT + DAY)
    assert tier_of(customer) == "important"
    change = TierChange.objects.filter(customer=customer).latest("pk")
    assert "Days to pay (longest) 199 days" not in reasons.why(change)
    assert "at most 7 days: not met" in reasons.why(change)
    assert wrong() == {}


# Simulation


@pytest.fixture
def build(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Callable[[], Basis]:
    def build() -> Basis:
        with django_capture_on_commit_callbacks(execute=True):
            basis = measuring.start(as_of=Q3, window_months=12, at=AT, by=None)
        basis.refresh_from_db()
        return basis

    return build


def test_a_simulation_says_what_the_re_grade_then_does(
    retail: Scheme, alice: User, build: Callable[[], Basis]
) -> None:
    for n, buyer in enumerate(CASES[::7]):
        a_buyer(f"{n}", buyer, alice)
    version = SchemeVersion.objects.whole().get(scheme=retail)
    trial = Trial(version, version.rules(), build())
    expected = {
        mover.customer.pk: (mover.step.to_tier.key if mover.step.to_tier else None, mover.after)
        for mover in trial.movers(trial.select(direction="all"))
    }
    run = regraded(retail)

    assert {
        pk: (key, total) for pk, key, total in run.gradings.values_list("customer", "tier__key", "total")
    } == (expected)


def test_an_end_of_a_condition_is_tried_as_a_floor_is(
    retail: Scheme, alice: User, dora: User, enter: Enter, build: Callable[[], Basis]
) -> None:
    a_buyer("Acme", Buyer(45_000 * YUAN, 60, 3), alice)
    regraded(retail, at=AT)
    build()
    version = SchemeVersion.objects.get(scheme=retail)
    end = Condition.objects.get(floor__version=version, floor__tier__key="core", indicator="annual_amount")
    browser, address = enter(dora), f"/simulations/version/{version.pk}/"

    page = browser.get(address)
    assert page.context["form"][f"a-{end.pk}"].value() == "> 50000"
    assert page.context["mover_count"] == 0
    page = browser.get(address, {f"a-{end.pk}": ">4万"})
    assert (page.context["mover_count"], page.context["form"].changes) == (1, {f"a-{end.pk}": "> 40000"})
    assert "more than ¥40,000, before more than ¥50,000: now met" in page.context["movers"][0].why
    wrong = browser.get(address, {f"a-{end.pk}": "lots"})
    assert (wrong.status_code, wrong.context["form"].errors[f"a-{end.pk}"]) == (
        422,
        ["Enter an amount such as 1,234.56 or 12万."],
    )

    browser.post(f"{address}draft/", {"settings": f"a-{end.pk}=>40000"})
    draft = SchemeVersion.objects.get(scheme=retail, state="draft")
    copied = Condition.objects.get(floor__version=draft, floor__tier__key="core", indicator="annual_amount")
    assert (copied.at_least, end.at_least) == (40_000 * YUAN + 1, 50_000 * YUAN + 1)


def test_of_two_ends_the_lesser_stays_below(retail: Scheme) -> None:
    with append_only.unlocked(connection):
        Condition.objects.filter(floor__tier__key="core", indicator="days_to_pay").update(at_least=1)
    both = Condition.objects.get(floor__tier__key="core", indicator="days_to_pay")
    version = SchemeVersion.objects.whole().get(scheme=retail)
    form = TrialForm({f"a-{both.pk}": "9"}, version=version)

    assert not form.is_valid()
    assert form.errors == {
        f"m-{both.pk}": ["The least value lies above the greatest: nothing could meet this."]
    }


# Pages


def test_the_pages_of_a_customer_show_what_each_tier_asks_for(
    retail: Scheme, alice: User, enter: Enter
) -> None:
    rising, _falling = rising_and_falling(retail, alice)
    browser = enter(alice)
    view = browser.get(f"/customers/{rising.pk}/grading/").context["view"]

    assert [
        (asked.tier.key, [(each.asked, each.shown, each.verdict) for each in asked.conditions])
        for asked in view.rules
    ] == [
        (
            "core",
            [
                ("more than ¥50,000", "¥61,000", "met"),
                ("at least 4", "4.16", "met"),
                ("at most 7 days", "3 days", "met"),
                ("at least 3 of 5", "unknown", "unknown: does not stand against it"),
                ("at least 3 of 5", "unknown", "unknown: does not stand against it"),
            ],
        ),
        (
            "important",
            [
                ("at least ¥10,000", "¥61,000", "met"),
                ("at least 2", "4.16", "met"),
                ("at least 50%", "unknown", "unknown: does not stand against it"),
            ],
        ),
        ("ordinary", []),
    ]
    change = TierChange.objects.filter(customer=rising).latest("pk")
    page = browser.get(f"/tier-changes/{change.pk}/").text
    assert "What decided: the rules" in page
    assert "now met" in page
    preview = queries.preview(Customer.objects.get(pk=rising.pk), at=timezone.now())
    assert preview
    assert browser.get(f"/customers/{rising.pk}/preview/").status_code == 200
    assert browser.get(f"/customers/{rising.pk}/gradings/compare/").status_code == 200


def test_the_scheme_reads_like_its_source(retail: Scheme, alice: User, enter: Enter) -> None:
    context = enter(alice).get(f"/schemes/{retail.published().pk}/").context

    assert [(tier.key, [asked for _each, _name, asked in rows]) for tier, rows in context["rules"]] == [
        (
            "core",
            [
                "more than ¥50,000",
                "at least 4",
                "at most 7 days",
                "at least 3 of 5",
                "at least 3 of 5",
            ],
        ),
        ("important", ["at least ¥10,000", "at least 2", "at least 50%"]),
        ("ordinary", []),
    ]
    assert context["doubts"] == []


def test_the_api_tells_rules_and_what_is_not_met(retail: Scheme, alice: User, enter: Enter) -> None:
    customer = a_buyer("Acme", Buyer(48_000 * YUAN, 60, 3), alice)
    regraded(retail)
    browser = enter(alice)
    [change] = browser.get("/api/v1/tier-changes/").json()["results"]
    assert change["reason"]["rules"][0] == [
        "core", "annual_amount", [None, 48_000_00], [None, [50_000_01, None, False]], [None, False],
    ]  # fmt: skip
    outlook = browser.get(f"/api/v1/outlooks/{customer.pk}/").json()
    assert (outlook["next_tier"], outlook["floor"], outlook["up"]["moves"][0]["indicator"]) == (
        "core",
        None,
        "annual_amount",
    )
    assert outlook["unmet"] == [
        {
            "indicator": "annual_amount",
            "at_least": 50_000_01,
            "at_most": None,
            "value": 48_000_00,
            "can_be_influenced": True,
        }
    ]
    assert Grading.objects.count() == 1
