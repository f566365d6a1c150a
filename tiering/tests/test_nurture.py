"""The nurture list: its three rules against a plain reading of them, and what becomes of a candidate."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries
from time_machine import travel

from accounts.models import User
from customers import services as customers
from customers.models import Customer, Standing, Tier, Topic
from customers.tests.making import a_customer, a_request, a_talk, an_order, at
from tiering.models import Candidate, NurtureRules
from tiering.nurture import listing, rules
from tiering.nurture.evidence import bars, sentence
from tiering.nurture.listing import Refreshed
from tiering.tests.conftest import tier
from tiering.tests.nurture_making import a_candidate

TODAY = date(2026, 11, 22)
NIGHT = at(TODAY, 4)
NEW, BULK = Topic.NEW_PRODUCT, Topic.BULK
State, Rule = Candidate.State, Candidate.Rule
SPOKE = {"count": 1, "first": "2026-11-01", "last": "2026-11-01", "days": 90}
SAID = {"next_step": "Bring samples.", "follow_up_on": "2026-12-01"}


@pytest.fixture(autouse=True)
def _today(db: None) -> Iterator[None]:
    with travel(at(TODAY, 9), tick=False):
        yield


def stands(customer: Customer, key: str, amount: int = 0) -> Customer:
    Standing.objects.filter(customer=customer).update(tier=tier(key), annual_amount=amount)
    customer.standing.refresh_from_db()
    return customer


@pytest.fixture
def acme(alice: User) -> Customer:
    return stands(a_customer("Acme", owner=alice), "regular", 90_000_00)


@pytest.fixture
def beta(carol: User) -> Customer:
    """Grows too, and is not Alice's."""
    beta = stands(a_customer("Beta", owner=carol), "potential", 10_000_00)
    buys(beta, 1, 2, 3)
    return beta


def buys(customer: Customer, *yuan: int, until: date = date(2026, 10, 31)) -> None:
    """In each of the months up to that one, the last one last."""
    for n, amount in enumerate(reversed(yuan)):
        index = until.year * 12 + until.month - 1 - n
        an_order(customer, date(index // 12, index % 12 + 1, 9), amount * 100)


def said(customer: Customer, by: User, topic: str, *days_ago: int) -> None:
    for days in days_ago:
        a_talk(customer, by, when=at(TODAY - timedelta(days=days)))  # about nothing in particular
        customers.log_interaction(
            customer, by=by, at=at(TODAY - timedelta(days=days)), channel="phone", note="Asked.", topic=topic
        )


def listed() -> set[tuple[str, str, str]]:
    return set(Candidate.objects.values_list("customer__name", "rule", "state"))


# The rules


@pytest.mark.parametrize(
    "months, expected",
    [((1, 2, 3), True), ((1, 2, 2), False), ((3, 2, 4), False), ((0, 1, 2), False), ((-1, 1, 2), False)],
)
def test_three_months_grow_when_each_brings_more_than_the_one_before(
    months: tuple[int, ...], expected: bool
) -> None:
    assert rules.grows(months) is expected


def test_the_lower_half_of_a_scale() -> None:
    halves = {
        count: [rank for rank in range(1, count + 1) if rules.is_lower_half(rank, range(1, count + 1))]
        for count in range(1, 6)
    }
    assert halves == {1: [], 2: [2], 3: [3], 4: [3, 4], 5: [4, 5]}


@pytest.mark.parametrize(
    "today, months",
    [
        (date(2026, 11, 1), ["2026-08-01", "2026-09-01", "2026-10-01", "2026-11-01"]),
        (date(2026, 2, 28), ["2025-11-01", "2025-12-01", "2026-01-01", "2026-02-01"]),
    ],
)
def test_closed_months_end_before_the_one_that_runs(today: date, months: list[str]) -> None:
    assert [month.isoformat() for month in rules.closed_months(today)] == months


def plainly(customer: Customer) -> set[str]:
    """The rules of the list as one would read them aloud, a customer and a fact at a time."""
    standing = Standing.objects.select_related("tier").get(customer=customer)
    if customer.archived_at or standing.tier is None or standing.tier.key not in {"regular", "potential"}:
        return set()
    found = set()
    months = [0, 0, 0]
    for order in customer.orders.all():
        if order.ordered_on.year == 2026 and order.ordered_on.month in {8, 9, 10}:
            months[order.ordered_on.month - 8] += order.amount
    if 0 < months[0] < months[1] < months[2]:
        found.add("growth")
    first = TODAY - timedelta(days=89)
    talks = [(each.topic, timezone.localdate(each.at)) for each in customer.interactions.all()]
    asked = [(each.topic, timezone.localdate(each.opened_at)) for each in customer.servicerequests.all()]
    topics = [topic for topic, day in talks + asked if first <= day <= TODAY]
    if topics.count("new_product") >= 3:
        found.add("enquiries")
    if topics.count("bulk") >= 1:
        found.add("bulk")
    return found


@pytest.mark.parametrize("seed", range(4))
def test_the_list_is_what_a_plain_reading_of_the_rules_finds(alice: User, seed: int) -> None:
    chance = Random(seed)
    tiers: list[Tier | None] = [None, *Tier.objects.filter(scale="b2b")]
    for n in range(40):
        customer = a_customer(f"C{n}", owner=alice)
        Standing.objects.filter(customer=customer).update(tier=chance.choice(tiers))
        for month in (7, 8, 9, 10, 11):
            for _order in range(chance.randrange(3)):
                an_order(
                    customer, date(2026, month, chance.choice((1, 15, 30))), chance.randrange(-2, 9) * 100
                )
        for _fact in range(chance.randrange(6)):
            day = TODAY - timedelta(days=chance.choice((0, 1, 30, 88, 89, 90, 120)))
            topic = chance.choice(("", NEW, NEW, NEW, BULK))
            when = at(day, chance.choice((0, 12, 23)))
            if chance.random() < 0.5:
                customers.log_interaction(
                    customer, by=alice, at=when, channel="phone", note="Said.", topic=topic
                )
            else:
                a_request(customer, alice, opened=when, topic=topic)
        if chance.random() < 0.1:
            customers.archive([customer.pk], by=alice, at=NIGHT)
    listing.refresh(at=NIGHT)
    expected = {(customer.pk, rule) for customer in Customer.objects.all() for rule in plainly(customer)}
    assert expected
    assert set(Candidate.objects.values_list("customer", "rule")) == expected
    kept = list(Candidate.objects.order_by("pk").values())
    assert listing.refresh(at=NIGHT) == Refreshed()
    assert list(Candidate.objects.order_by("pk").values()) == kept


def test_customers_are_looked_at_a_stretch_at_a_time(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "STRETCH", 2)
    for n in range(5):
        buys(stands(a_customer(f"C{n}", owner=alice), "potential"), 1, 2, 3)
    assert listing.refresh(at=NIGHT) == Refreshed(listed=5)


@pytest.mark.parametrize("rows", [1, 3])
def test_nothing_is_asked_of_the_database_per_customer(
    alice: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(rows):
        customer = stands(a_customer(f"C{n}", owner=alice), "potential")
        buys(customer, 1, 2, 3)
        said(customer, alice, BULK, 3)
    settings = 3 if connection.vendor == "postgresql" else 0  # `bulk.plan_for_many`
    with transaction.atomic(), django_assert_num_queries(14 + settings):
        listing.refresh(at=NIGHT)


# What becomes of a candidate


def test_evidence_says_months_and_figures(acme: Customer) -> None:
    buys(acme, 100, 250, 400)
    listing.refresh(at=NIGHT)
    row = Candidate.objects.get()
    assert (row.evidence, row.since, row.newest_at) == (
        {"months": [["2026-08-01", 10_000], ["2026-09-01", 25_000], ["2026-10-01", 40_000]]},
        date(2026, 8, 1),
        at(date(2026, 11, 1), 0),
    )
    assert [(bar.x, bar.y, bar.height) for bar in bars(row)] == [(0, 30, 10), (34, 15, 25), (68, 0, 40)]


@pytest.mark.parametrize(
    "language, expected",
    [
        ("en", "Asked about new products 3 times within 90 days, last on 20 Nov 2026."),
        ("zh-hans", "90 天内 3 次询问新产品，最近一次在 2026年11月20日。"),
    ],
)
def test_evidence_of_enquiries_is_a_sentence(
    acme: Customer, alice: User, language: str, expected: str
) -> None:
    said(acme, alice, NEW, 40, 20, 2)
    listing.refresh(at=NIGHT)
    row = Candidate.objects.get()
    assert row.evidence == {"count": 3, "first": "2026-10-13", "last": "2026-11-20", "days": 90}
    with override(language):
        assert sentence(row) == expected


def test_the_thresholds_are_the_lists_own(acme: Customer, alice: User) -> None:
    said(acme, alice, NEW, 50, 20)
    assert listing.refresh(at=NIGHT) == Refreshed()
    NurtureRules.objects.create(pk=1, enquiries=2, enquiry_days=51)
    assert listing.refresh(at=NIGHT) == Refreshed(listed=1)
    NurtureRules.objects.update(enquiry_days=50)
    assert listing.refresh(at=NIGHT) == Refreshed(lapsed=1)
    NurtureRules.objects.update(enquiry_days=51)
    assert listing.refresh(at=NIGHT) == Refreshed(renewed=1)
    assert listed() == {("Acme", "enquiries", "listed")}


def test_what_was_dismissed_stays_away_until_there_is_new_evidence(acme: Customer, alice: User) -> None:
    said(acme, alice, BULK, 9)
    listing.refresh(at=NIGHT)
    assert listing.dismiss(Candidate.objects.get(), by=alice, at=NIGHT, words="A joke.")
    assert listing.refresh(at=NIGHT) == Refreshed()
    said(acme, alice, BULK, 1)
    assert listing.refresh(at=NIGHT) == Refreshed(listed=1)
    assert listed() == {("Acme", "bulk", "dismissed"), ("Acme", "bulk", "listed")}


def test_the_next_month_of_growth_is_new_evidence(acme: Customer, alice: User) -> None:
    buys(acme, 1, 2, 3)
    listing.refresh(at=NIGHT)
    assert listing.dismiss(Candidate.objects.get(), by=alice, at=NIGHT, words="Seasonal.")
    an_order(acme, date(2026, 9, 30), 50)  # another figure for the same months
    assert listing.refresh(at=at(date(2026, 11, 30), 4)) == Refreshed()
    buys(acme, 4, until=date(2026, 11, 30))
    assert listing.refresh(at=at(date(2026, 12, 1), 4)) == Refreshed(listed=1)


def test_what_is_listed_follows_its_figures_and_lapses_with_them(acme: Customer, alice: User) -> None:
    said(acme, alice, NEW, 80, 40, 20)
    listing.refresh(at=NIGHT)
    said(acme, alice, NEW, 1)
    assert listing.refresh(at=NIGHT) == Refreshed(renewed=1)
    assert Candidate.objects.get().evidence["count"] == 4
    stands(acme, "important")
    assert listing.refresh(at=NIGHT) == Refreshed(lapsed=1)
    assert listed() == {("Acme", "enquiries", "lapsed")}


def test_what_is_taken_up_stays(acme: Customer, alice: User) -> None:
    buys(acme, 1, 2, 3)
    listing.refresh(at=NIGHT)
    row = Candidate.objects.get()
    step = {"next_step": "Call.", "follow_up_on": date(2026, 12, 1)}
    assert listing.take_up(row, by=alice, at=NIGHT, **step)  # type: ignore[arg-type]
    stands(acme, "important")
    assert listing.refresh(at=NIGHT) == Refreshed()
    assert listed() == {("Acme", "growth", "taken")}
    assert not listing.dismiss(row, by=alice, at=NIGHT, words="Late.")
    assert listing.finish(row, by=alice, at=NIGHT, words="Ordered.")
    assert not listing.take_up(row, by=alice, at=NIGHT, **step)  # type: ignore[arg-type]
    stands(acme, "regular")
    assert listing.refresh(at=NIGHT) == Refreshed()


def test_the_database_lists_nobody_twice(acme: Customer) -> None:
    a_candidate(acme)
    with pytest.raises(IntegrityError), transaction.atomic():
        a_candidate(acme, newest_at=NIGHT)
    with pytest.raises(IntegrityError), transaction.atomic():
        a_candidate(acme, rule=Rule.BULK, state=State.TAKEN)


# The page


def names(page: object) -> list[str]:
    return [line.candidate.customer.name for line in page.context["lines"]]  # type: ignore[attr-defined]


def test_everybody_sees_the_candidates_among_their_customers(
    enter: Callable[[User], Client], acme: Customer, beta: Customer, cast: dict[str, User]
) -> None:
    buys(acme, 1, 2, 3)
    listing.refresh(at=NIGHT)
    address = reverse("tiering:nurture")
    assert names(enter(cast["alice"]).get(address)) == ["Acme"]
    assert names(enter(cast["bob"]).get(address)) == ["Acme"]
    assert names(enter(cast["carol"]).get(address)) == ["Beta"]
    assert names(enter(cast["audrey"]).get(address)) == ["Acme", "Beta"]
    assert names(enter(cast["dan"]).get(address)) == []
    found = enter(cast["alice"]).get("/api/v1/nurture/").json()["results"]
    assert [(row["customer"], row["rule"], row["state"]) for row in found] == [(acme.pk, "growth", "listed")]


@pytest.mark.parametrize(
    "query, expected",
    [
        ("", ["Acme", "Acme"]),
        ("rule=growth", ["Acme"]),
        ("state=taken", ["Acme"]),
        ("state=dismissed", ["Beta"]),
        ("state=all", ["Acme", "Acme", "Beta"]),
        ("due=true", ["Acme"]),
        ("due=false", ["Acme"]),
        ("due=perhaps", []),
        ("state=nonsense", []),
    ],
)
def test_the_list_is_filtered(
    enter: Callable[[User], Client],
    dora: User,
    acme: Customer,
    beta: Customer,
    query: str,
    expected: list[str],
) -> None:
    a_candidate(acme)
    a_candidate(
        acme, rule=Rule.BULK, evidence=SPOKE,
        state=State.TAKEN, taken_by=dora, taken_at=NIGHT, next_step="Call.", follow_up_on=TODAY,
    )  # fmt: skip
    a_candidate(beta, state=State.DISMISSED, closed_by=dora, closed_at=NIGHT, words="No.")
    assert names(enter(dora).get(f"{reverse('tiering:nurture')}?{query}")) == expected


def test_the_list_is_filtered_by_whose_and_which_tier(
    enter: Callable[[User], Client], dora: User, alice: User, carol: User, acme: Customer, beta: Customer
) -> None:
    a_candidate(acme)
    a_candidate(beta)
    address = reverse("tiering:nurture")
    assert names(enter(dora).get(address, {"owner": alice.pk})) == ["Acme"]
    assert names(enter(dora).get(address, {"team": str(carol.team_id)})) == ["Beta"]
    assert names(enter(dora).get(address, {"tier": tier("potential").pk})) == ["Beta"]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_of_the_database_however_long_it_is(
    enter: Callable[[User], Client], alice: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(rows):
        a_candidate(stands(a_customer(f"C{n}", owner=alice), "potential", n))
    client = enter(alice)
    with django_assert_num_queries(10):
        page = client.get(reverse("tiering:nurture"))
    assert names(page) == [f"C{n}" for n in reversed(range(rows))]


def test_pages_follow_one_another_by_amount(
    enter: Callable[[User], Client], alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tiering.views.nurture.SIZE", 2)
    for n in range(3):
        a_candidate(stands(a_customer(f"C{n}", owner=alice), "potential", n))
    client = enter(alice)
    page = client.get(reverse("tiering:nurture"))
    following = client.get(reverse("tiering:nurture"), {"cursor": page.context["page"].next_cursor})
    assert (names(page), names(following)) == (["C2", "C1"], ["C0"])


def test_a_candidate_is_taken_up_and_finished_in_the_browser(
    enter: Callable[[User], Client], alice: User, acme: Customer
) -> None:
    row = a_candidate(acme)
    client = enter(alice)
    client.post(reverse("tiering:candidate_take_up", args=[row.pk]), SAID)
    row.refresh_from_db()
    assert (row.state, row.taken_by, row.taken_at, row.next_step, row.follow_up_on) == (
        State.TAKEN, alice, timezone.now(), "Bring samples.", date(2026, 12, 1),
    )  # fmt: skip
    assert "Bring samples." in client.get(reverse("tiering:nurture")).text
    assert "Bring samples." in client.get(reverse("tiering:grading", args=[acme.pk])).text
    client.post(reverse("tiering:candidate_take_up", args=[row.pk]), SAID | {"next_step": "Quote."})
    row.refresh_from_db()
    assert (row.state, row.next_step) == (State.TAKEN, "Quote.")
    client.post(reverse("tiering:candidate_finish", args=[row.pk]), {"words": "Ordered 500."})
    row.refresh_from_db()
    assert (row.state, row.words, row.closed_by) == (State.DONE, "Ordered 500.", alice)
    assert "On the nurture list" not in client.get(reverse("tiering:grading", args=[acme.pk])).text


@pytest.mark.parametrize(
    "verb, typed",
    [
        ("dismiss", {"words": ""}),
        ("finish", {"words": " "}),
        ("take_up", SAID | {"next_step": ""}),
        ("take_up", SAID | {"follow_up_on": "2026-11-21"}),
        ("take_up", SAID | {"follow_up_on": "never"}),
    ],
)
def test_without_words_nothing_is_done(
    enter: Callable[[User], Client], alice: User, acme: Customer, verb: str, typed: dict[str, str]
) -> None:
    row = a_candidate(acme)
    answer = enter(alice).post(reverse(f"tiering:candidate_{verb}", args=[row.pk]), typed)
    assert answer.status_code == 422
    row.refresh_from_db()
    assert row.state == State.LISTED


def test_whoever_comes_second_is_told(
    enter: Callable[[User], Client], alice: User, bob: User, acme: Customer
) -> None:
    row = a_candidate(acme)
    listing.dismiss(row, by=bob, at=NIGHT, words="No money.")
    answer = enter(alice).post(
        reverse("tiering:candidate_take_up", args=[row.pk]), SAID, headers={"HX-Request": "true"}
    )
    assert (answer.status_code, "Somebody was faster" in answer.text, "No money." in answer.text) == (
        200,
        True,
        True,
    )
    row.refresh_from_db()
    assert (row.state, row.taken_by) == (State.DISMISSED, None)


def test_nothing_is_done_with_an_archived_customer(
    enter: Callable[[User], Client], alice: User, acme: Customer
) -> None:
    row = a_candidate(acme)
    customers.archive([acme.pk], by=alice, at=NIGHT)
    enter(alice).post(reverse("tiering:candidate_dismiss", args=[row.pk]), {"words": "Gone."})
    row.refresh_from_db()
    assert row.state == State.LISTED
    assert names(enter(alice).get(reverse("tiering:nurture"))) == []


def test_the_director_sets_the_thresholds(
    enter: Callable[[User], Client], dora: User, acme: Customer, alice: User
) -> None:
    typed = {"enquiries": "2", "enquiry_days": "30", "bulk_days": "60"}
    address = reverse("tiering:nurture_rules")
    assert enter(dora).post(address, typed | {"enquiries": "1"}).status_code == 422
    assert enter(dora).post(address, typed).headers["Location"] == reverse("tiering:nurture")
    found = NurtureRules.in_force()
    assert (found.enquiries, found.enquiry_days, found.bulk_days) == (2, 30, 60)
    enter(dora).post(address, typed | {"enquiries": "4"})
    assert NurtureRules.objects.get().enquiries == 4


def test_a_topic_is_said_when_a_contact_is_logged(
    enter: Callable[[User], Client], alice: User, acme: Customer
) -> None:
    address = reverse("customers:add", args=[acme.pk, "interaction"])
    enter(alice).post(address, {"channel": "phone", "topic": "bulk", "note": "Five hundred."})
    assert enter(alice).post(address, {"channel": "phone", "topic": "none", "note": "X"}).status_code == 200
    assert list(acme.interactions.values_list("topic", flat=True)) == ["bulk"]
    assert "Buying in bulk" in enter(alice).get(reverse("customers:timeline", args=[acme.pk])).text


def test_moments_are_days_of_the_business(acme: Customer, alice: User) -> None:
    """Ninety days ago at one minute to midnight is too long ago; a minute later is not."""
    edge = at(TODAY - timedelta(days=89), 0)
    for n, when in enumerate((edge - timedelta(minutes=1), edge)):
        assert Candidate.objects.filter(rule=Rule.BULK).count() == 0
        customers.log_interaction(acme, by=alice, at=when, channel="phone", note=f"{n}", topic=BULK)
        listing.refresh(at=NIGHT)
    assert Candidate.objects.filter(rule=Rule.BULK).count() == 1


def test_who_wanted_to_look_again_is_told_at_home(
    enter: Callable[[User], Client], alice: User, bob: User, dora: User, acme: Customer, beta: Customer
) -> None:
    taken = {"state": State.TAKEN, "taken_at": NIGHT, "next_step": "Call."}
    a_candidate(acme, taken_by=alice, follow_up_on=TODAY, **taken)
    a_candidate(
        acme, rule=Rule.BULK, evidence=SPOKE, taken_by=alice, follow_up_on=TODAY + timedelta(days=1), **taken
    )
    a_candidate(beta, taken_by=dora, follow_up_on=TODAY, **taken)
    client = enter(alice)
    [notice] = client.get("/").context["attention"]
    assert notice.text == "1 customer of the nurture list waits for your follow-up."
    assert names(client.get(notice.url)) == ["Acme"]
    assert "follow-up" not in enter(bob).get("/").text
