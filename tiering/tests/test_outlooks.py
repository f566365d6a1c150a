"""The way to the next tier on the customer's page, over the API, and as a task."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from customers.models import Customer
from customers.tests.making import a_customer, a_figure
from tiering import outlooks, queries, services
from tiering.measures import Origin, measures
from tiering.models import Aim, Scheme
from tiering.tests.conftest import AT, Q3, bought, regraded, tier

HTMX = {"hx-request": "true"}


@pytest.fixture
def acme(scheme: Scheme, alice: User) -> Customer:
    """50 points: 60 % from what was bought, 40 % from a figure."""
    acme = a_customer("Acme", owner=alice)
    bought(acme, 50)
    a_figure(acme, alice, Q3, 50, "industry_outlook")
    regraded(scheme)
    acme.standing.refresh_from_db()
    return acme


@pytest.fixture
def me(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def view_of(customer: Customer) -> outlooks.OutlookView:
    grading = queries.latest_grading(customer)
    assert grading
    return outlooks.outlook(grading)


@pytest.mark.parametrize(
    "language, up, down",
    [
        (
            "en",
            "Annual cooperation amount ¥50,000 → ¥67,000 (+¥17,000 in 3 months)",
            "Annual cooperation amount ¥50,000 → ¥33,000 (-¥17,000 in 3 months)",
        ),
        (
            "zh-hans",
            "年度合作金额 ¥50,000 → ¥67,000（3 个月内 +¥17,000）",
            "年度合作金额 ¥50,000 → ¥33,000（3 个月内 -¥17,000）",
        ),
    ],
)
def test_the_way_is_told_in_the_units_and_the_language_of_the_reader(
    acme: Customer, language: str, up: str, down: str
) -> None:
    """Ten points by an indicator that weighs 60 %: 16.67 of its points, in steps of ¥1,000."""
    with translation.override(language):
        view = view_of(acme)
        assert (str(view.up), str(view.down)) == (up, down)
    assert view.found
    assert (view.lacking, view.spare, view.found.up and view.found.up.total) == ("10.00", "10.00", 60_200_000)


def test_nobody_is_told_to_rate_better_or_to_let_time_pass() -> None:
    moved = outlooks.levers()

    assert not {key for key, measure in measures().items() if measure.origin != Origin.COMPUTED} & set(moved)
    assert "years_of_cooperation" not in moved
    assert "technical_support" not in moved


@pytest.mark.parametrize(
    "points, figure, words",
    [
        (95, 10, "cannot be reached by what can be influenced alone: at its best that brings 64.00, and 80.00 is needed"),
        (95, 95, "This is the best tier there is."),
        (5, 5, "There is no lower tier."),
        (0, 50, "There is no lower tier."),
        (10, 100, "Nothing of what can be influenced is enough to lose the tier"),
        (None, 50, "Too little is known to say"),
        (None, None, "Too little is known to say"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said(
    scheme: Scheme, me: Client, alice: User, points: int | None, figure: int | None, words: str
) -> None:
    customer = a_customer("Beta", owner=alice)
    if points is not None:
        bought(customer, points or 1).__class__.objects.filter(customer=customer).update(
            amount=points * 100_000
        )
    if figure is not None:
        a_figure(customer, alice, Q3, figure, "industry_outlook")
    regraded(scheme)

    response = me.get(f"/customers/{customer.pk}/path/")

    assert words in " ".join(response.content.decode().split())


def test_before_the_first_grading_nothing_is_known(scheme: Scheme, me: Client, alice: User) -> None:
    customer = a_customer("New", owner=alice)

    assert "Known after the first grading." in me.get(f"/customers/{customer.pk}/path/").content.decode()


def test_the_panel_is_a_part_of_the_page(me: Client, acme: Customer) -> None:
    panel = me.get(f"/customers/{acme.pk}/path/", headers=HTMX).content.decode()

    assert "<html" not in panel
    assert "+¥17,000 in 3 months" in panel
    assert f"/customers/{acme.pk}/task/?tier={tier('important').pk}&amp;what=Reach%20Important" in panel


# Over the API


def test_the_api_tells_the_same_way(me: Client, acme: Customer) -> None:
    answer = me.get(f"/api/v1/outlooks/{acme.pk}/").json()

    assert answer == {
        "customer": acme.pk, "as_of": "2026-09-30", "total": 50_000_000, "low": 50_000_000, "high": 50_000_000,
        "scale": "b2b",
        "possible_tiers": ["regular"], "tier": "regular", "next_tier": "important", "next_floor": 60_000_000,
        "best_total": 80_000_000,
        "up": {
            "tier": "important", "total": 60_200_000, "effort": 17,
            "moves": [{"indicator": "annual_amount", "before": 5_000_000, "after": 6_700_000, "effort": 17}],
        },
        "up_alone": [], "lower_tier": "potential", "floor": 40_000_000,
        "down": {
            "tier": "potential", "total": 39_800_000, "effort": 17,
            "moves": [{"indicator": "annual_amount", "before": 5_000_000, "after": 3_300_000, "effort": 17}],
        },
        "down_alone": [],
        "unmet": [],
    }  # fmt: skip


def test_the_api_says_nothing_of_who_was_never_graded_or_is_not_mine(
    scheme: Scheme, me: Client, alice: User, carol: User
) -> None:
    mine, foreign = a_customer("New", owner=alice), a_customer("Beta", owner=carol)

    assert me.get(f"/api/v1/outlooks/{mine.pk}/").json() == {"customer": mine.pk}
    assert me.get(f"/api/v1/outlooks/{foreign.pk}/").status_code == 404


# As a task


def test_a_way_becomes_a_task_and_is_done_once(me: Client, acme: Customer, alice: User) -> None:
    url = f"/customers/{acme.pk}/task/?tier={tier('important').pk}&what=Reach+Important"
    form = me.get(url).context["form"]
    assert (form.initial["what"], form.initial["assignee"]) == ("Reach Important", alice)
    day = timezone.localdate() + timedelta(days=30)

    me.post(url, {"what": "Sell more.", "due_on": day.isoformat(), "assignee": alice.pk})

    aim = Aim.objects.get()
    assert (aim.customer, aim.what, aim.due_on, aim.assignee, aim.tier, aim.by, aim.done_at) == (
        acme, "Sell more.", day, alice, tier("important"), alice, None,
    )  # fmt: skip
    assert "Sell more." in me.get(f"/customers/{acme.pk}/path/", headers=HTMX).content.decode()
    me.post(f"/tasks/{aim.pk}/done/")
    again = me.post(f"/tasks/{aim.pk}/done/", follow=True)
    aim.refresh_from_db()
    assert aim.done_by == alice
    assert "Somebody else has done this task already." in again.content.decode()


@pytest.mark.parametrize(
    "wrong", [{"what": ""}, {"due_on": "2020-01-01"}, {"due_on": "2999-01-01"}, {"due_on": "soon"}, {"assignee": "x"}, {"assignee": "0"}]
)  # fmt: skip
def test_a_task_that_says_too_little_is_refused(
    me: Client, acme: Customer, alice: User, wrong: dict[str, str]
) -> None:
    good = {"what": "Sell.", "due_on": timezone.localdate().isoformat(), "assignee": str(alice.pk)}

    response = me.post(f"/customers/{acme.pk}/task/?tier=nonsense", good | wrong)

    assert response.context["form"].errors
    assert not Aim.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_open_tasks_are_listed_of_the_customers_one_sees(
    me: Client,
    acme: Customer,
    alice: User,
    carol: User,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    beta = a_customer("Beta", owner=carol)
    day = timezone.localdate()
    for n in range(rows):
        services.make_aim(
            acme,
            what=f"Task {n}",
            due_on=day + timedelta(days=rows - n),
            assignee=alice,
            tier=None,
            by=alice,
            at=AT,
        )
    services.make_aim(beta, what="Foreign", due_on=day, assignee=alice, tier=None, by=carol, at=AT)
    services.finish_aim(
        services.make_aim(acme, what="Old", due_on=day, assignee=alice, tier=None, by=alice, at=AT),
        by=alice,
        at=AT,
    )
    me.get("/tasks/")

    with django_assert_num_queries(4):
        page = me.get("/tasks/").context["page"]
    with django_assert_num_queries(3):
        panel = me.get("/tasks/", headers=HTMX).content.decode()

    assert [aim.what for aim in page.rows] == [f"Task {n}" for n in range(rows)][::-1]
    assert [word in panel for word in ("Task 0", "Foreign", "Old", "<html")] == [True, False, False, False]
