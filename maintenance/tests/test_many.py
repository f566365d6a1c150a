"""Many promises together: all or nothing, and why not, row by row."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains, assertNotContains

from accounts import notices
from accounts.models import Notice, User
from customers.models import Customer, Interaction
from maintenance import services
from maintenance.models import Obligation, Snooze
from maintenance.services import RefusedError
from maintenance.tests.conftest import TODAY, MakeCustomer, owed, plan
from maintenance.views import many

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_noon")]
TALK: dict[str, Any] = {"channel": "phone", "note": "We talked about all of it."}
SAID = {"reason": "The fair."}


@pytest.fixture
def _noon() -> Iterator[None]:
    with time_machine.travel("2026-11-18T12:00+08:00", tick=False):
        yield


@pytest.fixture
def mine(make_customer: MakeCustomer, alice: User) -> list[Obligation]:
    """Of two customers a call and a present each, all due today."""
    customers = [make_customer(name, owner=alice) for name in ("Acme", "Beta")]
    plan(*customers)
    rows = [owed(customer, key) for customer in customers for key in ("contact", "gift")]
    Obligation.objects.filter(pk__in=[row.pk for row in rows]).update(due_on=TODAY, originally_due_on=TODAY)
    for row in rows:
        row.refresh_from_db()
    return rows


def states() -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Obligation.objects.exclude(state="open").values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def pks(rows: list[Obligation]) -> list[int]:
    return [row.pk for row in rows]


def test_done_together_is_one_contact_a_customer_and_plans_the_next(
    alice: User, mine: list[Obligation]
) -> None:
    count = services.complete_many(pks(mine), by=alice, at=timezone.now(), **TALK)

    assert (count, states()) == (4, {"done": 4})
    said = Interaction.objects.order_by("customer__name")
    assert [(each.customer.name, each.note, each.by) for each in said] == [
        (name, TALK["note"], alice) for name in ("Acme", "Beta")
    ]
    assert set(
        Obligation.objects.done().values_list("customer__name", "interaction", "how", "completed_by")
    ) == {(each.customer.name, each.pk, "said", alice.pk) for each in said}
    assert [owed(row.customer, "contact").due_on for row in mine[::2]] == [date(2026, 11, 25)] * 2
    assert plan(*{row.customer for row in mine}) == services.Replanned()


def test_done_together_on_an_earlier_day(client: Client, alice: User, mine: list[Obligation]) -> None:
    client.force_login(alice)
    client.post(
        "/obligations/many/complete/", {"obligation": pks(mine), "confirm": "1", "on": "2026-11-17", **TALK}
    )

    then = timezone.now() - timedelta(days=1)
    assert set(Obligation.objects.done().values_list("completed_at", flat=True)) == {then}
    assert set(Interaction.objects.values_list("at", flat=True)) == {then}
    assert [owed(row.customer, "contact").due_on for row in mine[::2]] == [date(2026, 11, 24)] * 2


@pytest.mark.parametrize("verb", ["complete", "snooze", "skip"])
def test_ten_take_as_many_queries_as_two(
    alice: User, make_customer: MakeCustomer, django_assert_num_queries: Any, verb: str
) -> None:
    act, said = {
        "complete": (services.complete_many, TALK),
        "snooze": (services.snooze_many, SAID | {"until": date(2026, 12, 1)}),
        "skip": (services.skip_many, SAID),
    }[verb]

    def asked(count: int) -> int:
        customers = [make_customer(f"{count}-{n}", owner=alice) for n in range(count)]
        plan(*customers)
        rows = [owed(customer, "contact").pk for customer in customers]
        with django_assert_num_queries(1_000, exact=False) as counted:
            act(rows, by=alice, at=timezone.now(), **said)  # type: ignore[operator]
        return len(counted.captured_queries)

    assert asked(2) == asked(10)


def test_all_are_put_off_to_the_same_working_day(alice: User, mine: list[Obligation]) -> None:
    services.snooze_many(pks(mine), by=alice, at=timezone.now(), until=date(2026, 12, 5), **SAID)

    due = set(Obligation.objects.filter(pk__in=pks(mine)).values_list("due_on", "originally_due_on"))
    assert due == {(date(2026, 12, 7), TODAY)}
    assert set(Snooze.objects.values_list("was_due_on", "until", "reason", "by")) == {
        (TODAY, date(2026, 12, 7), "The fair.", alice.pk)
    }
    assert Snooze.objects.count() == 4


def test_one_that_stands_in_the_way_stops_all(alice: User, bob: User, mine: list[Obligation]) -> None:
    services.skip(mine[0], by=bob, at=timezone.now(), reason="Mine.")
    with pytest.raises(RefusedError) as refused:
        services.complete_many([*pks(mine), 999_999], by=alice, at=timezone.now(), **TALK)

    assert refused.value.why == {
        mine[0].pk: "Set aside by bob on 18 Nov 2026.",
        999_999: "No longer there, or no longer yours to see.",
    }
    assert states() == {"skipped": 1}
    assert not Interaction.objects.exists()


def test_each_row_keeps_its_own_rule(alice: User, mine: list[Obligation]) -> None:
    Obligation.objects.filter(pk=mine[1].pk).update(due_on=date(2026, 12, 1))
    with pytest.raises(RefusedError) as refused:
        services.snooze_many(pks(mine), by=alice, at=timezone.now(), until=date(2026, 12, 1), **SAID)
    assert refused.value.why == {mine[1].pk: "It is due on that day already."}
    assert not Snooze.objects.exists()


def test_a_foreign_row_is_as_good_as_missing(
    alice: User, carol: User, make_customer: MakeCustomer, mine: list[Obligation]
) -> None:
    foreign = make_customer("Foreign", owner=carol)
    plan(foreign)
    row = owed(foreign, "contact")
    with pytest.raises(RefusedError) as refused:
        services.skip_many([mine[0].pk, row.pk], by=alice, at=timezone.now(), **SAID)
    assert refused.value.why == {row.pk: "No longer there, or no longer yours to see."}
    assert states() == {}


def test_another_department_s_is_not_kept(alice: User, mine: list[Obligation]) -> None:
    row = owed(mine[0].customer, "upkeep", "technical")
    with pytest.raises(RefusedError) as refused:
        services.skip_many([row.pk], by=alice, at=timezone.now(), **SAID)
    assert refused.value.why == {row.pk: "Another department owes this."}


def test_excused_by_who_answers_for_them(alice: User, bob: User, mine: list[Obligation]) -> None:
    with pytest.raises(RefusedError) as refused:
        services.excuse_many(pks(mine), by=alice, at=timezone.now(), **SAID)
    assert set(refused.value.why.values()) == {"Only who answers for it can excuse it."}
    assert services.excuse_many(pks(mine), by=bob, at=timezone.now(), **SAID) == 4
    assert states() == {"excused": 4}


def test_handed_to_a_colleague_of_the_department(
    tess: User, dan: User, alice: User, dora: User, mine: list[Obligation]
) -> None:
    tom = User.objects.create(username="tom", role="technical")
    upkeep = owed(mine[0].customer, "upkeep", "technical")
    at = timezone.now()
    assert services.hand_over([upkeep.pk], by=tess, at=at, to=tom) == 1
    [(_notice, words)] = notices.words(list(Notice.objects.filter(recipient=tom)), tom)
    assert words
    assert (words.title, words.url) == ("tess handed you a promise", f"/obligations/{upkeep.pk}/")
    assert words.text.endswith(" · Acme")
    assert Obligation.objects.get(pk=upkeep.pk).assignee == tom
    assert plan(mine[0].customer).reassigned == 0
    assert services.hand_over([upkeep.pk], by=tom, at=at, to=None) == 1
    assert Obligation.objects.get(pk=upkeep.pk).assignee is None
    assert notices.words(list(Notice.objects.filter(recipient=tom)), tom)[0][1] is None
    assert Notice.objects.count() == 1
    for to, row, said in (
        (dan, upkeep, "dan does not work in the department that owes this."),
        (
            alice,
            mine[0],
            "What sales owes is for the account manager: give the customer to somebody else instead.",
        ),
    ):
        with pytest.raises(RefusedError) as refused:
            services.hand_over([row.pk], by=dora, at=at, to=to)
        assert refused.value.why == {row.pk: said}


# The page


def post(client: Client, verb: str, rows: list[Obligation], **more: Any) -> Any:
    return client.post(f"/obligations/many/{verb}/", {"obligation": pks(rows), "from": "day", **more})


def test_the_page_names_what_was_ticked_then_does_it(
    client: Client, alice: User, mine: list[Obligation]
) -> None:
    client.force_login(alice)
    page = post(client, "complete", mine, query="section=today")
    assertContains(page, 'name="obligation"', count=4)
    assert states() == {}

    wrong = post(client, "complete", mine, confirm="1", channel="phone", note="")
    assertContains(wrong, "This field is required.", status_code=422)
    done = post(client, "complete", mine, confirm="1", query="section=today", **TALK)
    assert (done.status_code, done["Location"]) == (302, "/my-day/?section=today")
    assert states() == {"done": 4}
    assertContains(client.get("/my-day/"), "4 promises changed.")


def test_what_is_refused_is_told_and_may_be_left_out(
    client: Client, alice: User, bob: User, mine: list[Obligation]
) -> None:
    services.skip(mine[0], by=bob, at=timezone.now(), reason="Mine.")
    client.force_login(alice)
    refused = post(client, "skip", mine, confirm="1", **SAID)
    assertContains(refused, "Set aside by bob on 18 Nov 2026.", count=1, status_code=422)
    assertContains(refused, "Leave those out, do the other 3", status_code=422)
    assertContains(refused, "The fair.", status_code=422)
    assert states() == {"skipped": 1}

    post(client, "skip", mine, confirm="1", leave_out="1", **SAID)
    assert states() == {"skipped": 4}


@pytest.mark.parametrize(
    "came_from, query, expected",
    [
        ("day", "", {"contact", "gift"}),
        ("day", "section=nonsense", {"contact", "gift"}),
        ("day", "section=overdue", set()),
        ("list", "due_before=2026-11-18&department=sales", {"contact", "gift"}),
        ("list", "due_before=2026-11-17", set()),
        ("list", "due_before=nonsense", set()),
    ],
)
def test_all_that_the_filter_shows(
    client: Client, alice: User, carol: User, make_customer: MakeCustomer, mine: list[Obligation],
    came_from: str, query: str, expected: set[str],
) -> None:  # fmt: skip
    plan(make_customer("Foreign", owner=carol))
    Obligation.objects.filter(due_on__gt=TODAY, due_on__lte=TODAY + timedelta(days=6)).update(
        due_on=TODAY + timedelta(days=30)
    )
    client.force_login(alice)
    page = client.post("/obligations/many/skip/", {"everything": "1", "from": came_from, "query": query})
    rows = page.context["rows"] if page.status_code == 200 else []
    assert {row.promise.key for row, _why in rows} == expected
    assert {row.customer.name for row, _why in rows} <= {"Acme", "Beta"}


def test_too_many_are_refused(
    client: Client, alice: User, mine: list[Obligation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "MOST_AT_ONCE", 3)
    client.force_login(alice)
    assertContains(
        client.post("/obligations/many/skip/", {"obligation": pks(mine)}, follow=True),
        "At most 3 promises are changed at once.",
    )


@pytest.mark.parametrize("ticked", [[], ["x"], ["9" * 30], ["0"]])
def test_nothing_ticked_says_so(client: Client, alice: User, ticked: list[str]) -> None:
    client.force_login(alice)
    answer = client.post("/obligations/many/skip/", {"obligation": ticked, "from": "list"}, follow=True)
    assert answer.redirect_chain == [("/obligations/", 302)]
    assertContains(answer, "No promise was ticked.")


def test_a_supporter_hands_over_on_the_page(client: Client, tess: User, mine: list[Obligation]) -> None:
    tom = User.objects.create(username="tom", role="technical", display_name="Tom")
    User.objects.create(username="sue", role="service", display_name="Sue")
    upkeep = owed(mine[0].customer, "upkeep", "technical")
    client.force_login(tess)
    page = post(client, "hand-over", [upkeep])
    assertContains(page, "Tom")
    assertNotContains(page, "Sue")
    post(client, "hand-over", [upkeep], confirm="1", to=tom.pk)
    assert Obligation.objects.get(pk=upkeep.pk).assignee == tom


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_as_much_for_many(
    client: Client,
    alice: User,
    mine: list[Obligation],
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """Session, user and team; savepoint and form sent; which, and the rows."""
    client.force_login(alice)
    with django_assert_num_queries(5):
        assert post(client, "skip", mine[:rows]).status_code == 200


def test_customers_that_were_archived_stand_in_the_way(alice: User, mine: list[Obligation]) -> None:
    Customer.objects.filter(pk=mine[0].customer_id).update(archived_at=timezone.now())
    with pytest.raises(RefusedError) as refused:
        services.skip_many(pks(mine), by=alice, at=timezone.now(), **SAID)
    assert set(refused.value.why) == set(pks(mine[:2]))
