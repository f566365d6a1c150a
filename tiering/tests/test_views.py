import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.models import User
from customers.models import Assessment, Customer, Figure
from customers.tests.making import a_customer, a_figure
from tiering import queries, regrade, services
from tiering.models import Override, Run, Scheme, TierChange
from tiering.tests.conftest import AT, Q2, Q3, bought, regraded, started, tier, tier_of

HTMX = {"hx-request": "true"}


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice)


@pytest.fixture
def me(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def director(client: Client, dora: User) -> Client:
    client.force_login(dora)
    return client


# Re-grades


def test_the_closed_quarter_is_proposed(scheme: Scheme, dora: User, client: Client) -> None:
    with time_machine.travel(AT, tick=False):
        client.force_login(dora)
        assert client.get("/regrades/").context["form"]["as_of"].value() == Q3


def test_the_day_that_is_proposed_is_one_that_is_not_refused(director: Client, scheme: Scheme) -> None:
    with time_machine.travel(datetime(2026, 11, 30, 4, tzinfo=UTC), tick=False):
        page = director.get("/regrades/")
        assert page.context["form"]["as_of"].value() == Q3
        a_customer()
        regraded(scheme, as_of=date(2026, 11, 29), at=timezone.now())
        page = director.get("/regrades/")
        proposed = page.context["form"]["as_of"].value()
        assert proposed == date(2026, 11, 30)
        assert director.post("/regrades/start/", {"as_of": proposed.isoformat()}).status_code == 302


@pytest.mark.parametrize(
    "as_of, words",
    [
        ("2999-01-01", "in the future"),
        ("2026-06-30", "2026Q3 is already published"),
        ("soon", "valid date"),
        ("", "required"),
    ],
)
def test_a_run_that_must_not_start_is_refused_in_words(
    scheme: Scheme, director: Client, acme: Customer, as_of: str, words: str
) -> None:
    regraded(scheme)

    response = director.post("/regrades/start/", {"as_of": as_of})

    assert response.status_code == 422
    assert words in response.content.decode()
    assert Run.objects.count() == 1


def test_tier_changes_come_in_the_order_of_their_chain(scheme: Scheme, acme: Customer, dora: User) -> None:
    """Moments are taken before anybody waits: who set a tier while a run was published has the earlier one."""
    bought(acme, 85)
    first = regraded(scheme, at=AT + timedelta(minutes=5)).changes.get()
    second = services.set_by_hand(
        acme, tier=tier("important"), reason="Why.", expires_on=date(2027, 1, 31), by=dora, at=AT
    )

    assert second.tier == tier("important")
    assert [change.to_tier for change in queries.tier_changes(acme)] == [second.tier, first.to_tier]


@pytest.mark.parametrize(
    "minutes, state, is_told",
    [
        (2, "grading", False),
        (4, "grading", True),
        (4, "queued", True),
        (4, "paused", False),
        (59, "publishing", False),
        (61, "publishing", True),
    ],
)
def test_a_run_in_which_nothing_moves_says_so(
    scheme: Scheme, director: Client, acme: Customer, minutes: int, state: str, is_told: bool
) -> None:
    run = started(scheme)
    moved_at = timezone.now() - timedelta(minutes=minutes)
    Run.objects.filter(pk=run.pk).update(state=state, moved_at=moved_at)

    response = director.get(f"/regrades/{run.pk}/", headers=HTMX)

    assert ("Nothing has moved for more than 3 minutes." in response.content.decode()) == is_told


def test_a_run_is_watched_steered_and_refreshed_when_it_is_done(
    scheme: Scheme,
    director: Client,
    acme: Customer,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    bought(acme, 85)
    run = started(scheme)
    url = f"/regrades/{run.pk}/"
    working = director.get(url, headers=HTMX)
    assert "HX-Refresh" not in working.headers
    assert "<html" not in working.content.decode()
    assert director.get(url).context["progress"].percent == 0

    director.post(f"{url}steer/", {"do": "pause"})
    assert director.get(url).context["run"].state == Run.State.PAUSED
    with django_capture_on_commit_callbacks(execute=True):
        director.post(f"{url}steer/", {"do": "resume"})

    context = director.get(url).context
    assert (context["run"].state, context["progress"].percent) == (Run.State.PUBLISHED, 100)
    assert director.get(url, headers=HTMX).headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("do", ["pause", "resume", "cancel", "eat", ""])
def test_what_cannot_be_done_any_more_is_said(
    scheme: Scheme, director: Client, acme: Customer, do: str
) -> None:
    run = regraded(scheme)

    response = director.post(f"/regrades/{run.pk}/steer/", {"do": do}, follow=True)

    assert "nothing was changed" in response.content.decode()
    assert response.context["run"].state == Run.State.PUBLISHED


def test_the_outcome_counts_tiers_and_moves(scheme: Scheme, director: Client, alice: User) -> None:
    points = {"up": (30, 90), "down": (90, 30), "same": (70, 75), "new": (None, 50), "unknown": (None, None)}
    for name, (then, _now) in points.items():
        customer = a_customer(name, owner=alice)
        if then:
            bought(customer, then, quarter=Q2)
    regraded(scheme, as_of=Q2)
    for name, (_then, now) in points.items():
        if now:
            bought(Customer.objects.get(name=name), now)

    outcome = director.get(f"/regrades/{regraded(scheme).pk}/").context["outcome"]

    assert [(t.key, count) for t, count, _amount in outcome.tiers] == [
        ("core", 1),
        ("important", 1),
        ("regular", 1),
        ("potential", 1),
    ]
    assert {
        (origin.key if origin else None, to.key): count
        for origin, row in outcome.matrix
        for to, count in row
        if count
    } == {("potential", "core"): 1, ("core", "potential"): 1, (None, "regular"): 1}
    assert (outcome.upgrades, outcome.downgrades, outcome.firsts) == (1, 1, 1)
    assert (outcome.kept, outcome.ungraded) == (1, 1)


@pytest.mark.parametrize("rows", [1, 3])
def test_runs_are_listed_the_newest_first(
    scheme: Scheme, director: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    runs = []
    for n in range(rows):
        runs.append(started(scheme, as_of=date(2026, 9, 30) - timedelta(days=n)))
        regrade.cancel(runs[-1])
    director.get("/regrades/")

    with django_assert_num_queries(7):
        page = director.get("/regrades/").context["page"]

    assert page.rows == runs[::-1]


# Tier changes


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_changes_shows_those_of_my_customers(
    scheme: Scheme,
    me: Client,
    alice: User,
    carol: User,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for n in range(rows):
        bought(a_customer(f"Acme {n}", owner=alice), 85)
    bought(a_customer("Beta", owner=carol), 85)
    regraded(scheme)
    me.get("/tier-changes/")

    with django_assert_num_queries(8):
        response = me.get("/tier-changes/")

    assert sorted(change.customer.name for change, _sentence in response.context["rows"]) == [
        f"Acme {n}" for n in range(rows)
    ]
    assert "Beta" not in response.content.decode()


@pytest.mark.parametrize(
    "query, expected",
    [
        ({}, ["down", "up", "down", "up"]),
        ({"direction": "up"}, ["up"]),
        ({"direction": "down"}, ["down"]),
        ({"direction": "first"}, ["down", "up"]),
        ({"direction": "sideways"}, []),
        ({"run": "999"}, []),
        ({"from_tier": "x"}, []),
    ],
)
def test_changes_are_filtered(
    scheme: Scheme, me: Client, alice: User, query: dict[str, str], expected: list[str]
) -> None:
    for name, quarter, points in (("up", Q2, 30), ("down", Q2, 90)):
        bought(a_customer(name, owner=alice), points, quarter=quarter)
    regraded(scheme, as_of=Q2)
    for name, points in (("up", 90), ("down", 30)):
        bought(Customer.objects.get(name=name), points)
    regraded(scheme)

    page = me.get("/tier-changes/", query).context["page"]

    # within a run the database has them in whatever order its plan brings them
    assert sorted(change.customer.name for change in page.rows) == sorted(expected)
    assert [change.run_id for change in page.rows] == sorted((c.run_id for c in page.rows), reverse=True)


def test_people_add_words_and_never_touch_the_numbers(scheme: Scheme, me: Client, acme: Customer) -> None:
    bought(acme, 85)
    regraded(scheme)
    change = TierChange.objects.get()

    me.post(f"/tier-changes/{change.pk}/", {"words": "A new plant.", "reason": "{}", "to_tier": "1"})

    after = TierChange.objects.get()
    assert (after.words, after.reason, after.to_tier) == ("", change.reason, change.to_tier)
    assert [remark.words for remark in after.remarks.all()] == ["A new plant."]


def test_words_are_added_to_and_never_replaced(scheme: Scheme, me: Client, acme: Customer) -> None:
    bought(acme, 85)
    regraded(scheme)
    change = TierChange.objects.get()

    for words in ("A new plant.", "And a second one."):
        me.post(f"/tier-changes/{change.pk}/", {"words": words})

    page = me.get(f"/tier-changes/{change.pk}/").content.decode()
    assert page.index("A new plant.") < page.index("And a second one.")


def test_the_auditor_adds_no_words(scheme: Scheme, client: Client, acme: Customer, audrey: User) -> None:
    bought(acme, 85)
    regraded(scheme)
    client.force_login(audrey)

    client.post(f"/tier-changes/{TierChange.objects.get().pk}/", {"words": "Hm."})

    assert not TierChange.objects.get().remarks.exists()


# A customer's grading


def test_before_the_first_run_the_panel_says_what_is_missing(me: Client, acme: Customer) -> None:
    page, panel = (me.get(f"/customers/{acme.pk}/grading/", headers=headers) for headers in ({}, HTMX))

    assert (page.status_code, panel.status_code) == (200, 200)
    assert "<html" not in panel.content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_grading_shows_points_that_add_up_and_its_history(
    scheme: Scheme,
    me: Client,
    acme: Customer,
    alice: User,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    days = [Q3 - timedelta(days=n) for n in reversed(range(rows))]
    bought(acme, 77)
    a_figure(acme, alice, date(2026, 8, 1), 33, "industry_outlook")
    for day in days:
        regraded(scheme, as_of=day)
    me.get(f"/customers/{acme.pk}/grading/")

    with django_assert_num_queries(19):
        context = me.get(f"/customers/{acme.pk}/grading/").context

    view = context["view"]
    assert view.grading.total == 59_400_000
    assert [(row.value, row.points, row.shown) for d in view.dimensions for row in d.rows] == [
        ("¥77,000", 7_700, "46.20"),
        ("33", 3_300, "13.20"),
    ]
    assert context["chart"]["radar"] == {"names": ["All"], "scores": [59.4]}
    assert context["chart"]["history"] == [[day.isoformat(), 59.4] for day in days]
    assert [t.key for t in view.possible] == ["regular"]


def alert_of(page: str) -> str:
    """The words of the warning, without their markup."""
    found = re.search(r'<div class="alert alert-warning".*?</div>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


def test_who_was_never_graded_is_told_what_is_missing(
    scheme: Scheme, me: Client, acme: Customer, alice: User
) -> None:
    a_figure(acme, alice, date(2026, 8, 1), 90, "industry_outlook")
    regraded(scheme)
    assert alert_of(me.get(f"/customers/{acme.pk}/grading/").text) == (
        "Not yet graded: too little is known. 40% of the weight is known; a tier takes 50%."
        " The next re-grade counts what is added here: Annual cooperation amount, 60% of the weight (Computed from facts)"
    )
    chinese = me.get(f"/customers/{acme.pk}/grading/", headers={"accept-language": "zh-hans"}).text
    assert alert_of(chinese) == (
        "尚未评级：已知信息太少。 已知权重占 40%，评定等级需要 50%。下次重新评级会计入在此补充的内容："
        " 年度合作金额，占权重 60%（由数据计算）"
    )


def test_who_keeps_a_tier_for_want_of_facts_is_told_what_is_missing(
    scheme: Scheme, me: Client, acme: Customer, alice: User
) -> None:
    order = bought(acme, 85, quarter=Q2)
    regraded(scheme, as_of=Q2)
    order.delete()
    a_figure(acme, alice, date(2026, 8, 1), 10, "industry_outlook")
    regraded(scheme)
    said = alert_of(me.get(f"/customers/{acme.pk}/grading/").text)
    assert said.startswith(
        "Too little is known: the customer keeps the tier it had. 40% of the weight is known"
    )
    assert said.endswith("Annual cooperation amount, 60% of the weight (Computed from facts)")


def test_a_rating_and_a_figure_are_facts_with_their_source(me: Client, acme: Customer, alice: User) -> None:
    me.post(
        f"/customers/{acme.pk}/rate/", {"indicator": "expansion_plan", "rating": "4", "evidence": "Saw it."}
    )
    me.post(
        f"/customers/{acme.pk}/figure/",
        {"indicator": "industry_outlook", "value": "70", "as_of": "2026-01-31", "source": "A study"},
    )

    rating, figure = Assessment.objects.get(), Figure.objects.get()
    assert (rating.rating, rating.evidence, rating.rater, rating.rated_on) == (
        4,
        "Saw it.",
        alice,
        timezone.localdate(),
    )
    assert (figure.value, figure.as_of, figure.source, figure.by) == (70, date(2026, 1, 31), "A study", alice)


@pytest.mark.parametrize(
    "path, data, field",
    [
        ("rate", {"indicator": "expansion_plan", "rating": "6", "evidence": "x"}, "rating"),
        ("rate", {"indicator": "annual_amount", "rating": "5", "evidence": "x"}, "indicator"),
        ("rate", {"indicator": "expansion_plan", "rating": "5", "evidence": " "}, "evidence"),
        (
            "figure",
            {"indicator": "industry_outlook", "value": "101", "as_of": "2026-01-01", "source": "x"},
            "value",
        ),
        (
            "figure",
            {"indicator": "industry_outlook", "value": "1", "as_of": "2999-01-01", "source": "x"},
            "as_of",
        ),
        (
            "figure",
            {"indicator": "industry_outlook", "value": "1", "as_of": "2026-01-01", "source": ""},
            "source",
        ),
    ],
)
def test_what_cannot_be_judged_is_refused(
    me: Client, acme: Customer, path: str, data: dict[str, str], field: str
) -> None:
    response = me.post(f"/customers/{acme.pk}/{path}/", data)

    assert list(response.context["form"].errors) == [field]
    assert (Assessment.objects.count(), Figure.objects.count()) == (0, 0)


def test_a_director_sets_a_tier_by_hand_and_ends_it(director: Client, acme: Customer, dora: User) -> None:
    today = timezone.localdate()
    url = f"/customers/{acme.pk}/tier/"

    director.post(url, {"tier": tier("core").pk, "reason": "A project.", "expires_on": today})
    assert tier_of(acme) == "core"
    override = director.get(f"/customers/{acme.pk}/grading/").context["override"]
    assert (override.by, override.reason) == (dora, "A project.")

    assert director.post(f"{url}end/").status_code == 302
    assert director.post(f"{url}end/").status_code == 404
    assert director.get(f"/customers/{acme.pk}/grading/").context["override"] is None


@pytest.mark.parametrize("days", [-1, 367])
def test_by_hand_it_is_for_a_year_at_most(director: Client, acme: Customer, days: int) -> None:
    expires_on = timezone.localdate() + timedelta(days=days)

    response = director.post(
        f"/customers/{acme.pk}/tier/", {"tier": tier("core").pk, "reason": "x", "expires_on": expires_on}
    )

    assert list(response.context["form"].errors) == ["expires_on"]
    assert not Override.objects.exists()


# Schemes


def test_everybody_reads_how_the_scheme_scores(me: Client) -> None:
    schemes = me.get("/schemes/").context["schemes"]
    assert [scheme.key for scheme in schemes] == ["b2b", "abc", "orders", "retail"]

    context = me.get(f"/schemes/{schemes[0].published().pk}/").context

    assert [(d.name, d.weight, [row.indicator.weight for row in rows]) for d, rows in context["rows"]] == [
        ("Finance", 30, [40, 30, 30]),
        ("Cooperation", 30, [40, 30, 30]),
        ("Demand", 20, [40, 30, 30]),
        ("Potential", 20, [40, 30, 30]),
    ]


# The API


def test_the_api_tells_the_changes_of_my_customers(
    scheme: Scheme, me: Client, acme: Customer, carol: User
) -> None:
    for customer in (acme, a_customer("Beta", owner=carol)):
        bought(customer, 85)
    regraded(scheme)

    [row] = me.get("/api/v1/tier-changes/").json()["results"]

    assert (row["customer"], row["from_tier"], row["to_tier"]) == (acme.pk, None, "core")
    assert row["sentence"] == "First grading: 85.00 points."
    assert me.get("/api/v1/tier-changes/?direction=up").json()["results"] == []
