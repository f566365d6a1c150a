"""Handing over: asked, talked through, accepted; what moves, what stays, and that nothing is lost."""

from collections import Counter
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Notice, User
from customers import services
from customers.models import Customer, Handed, Handover, HandoverItem
from customers.services.handing_over import owned_by
from customers.tests.making import (
    a_contact,
    a_customer,
    a_file,
    a_note,
    a_payment,
    a_request,
    a_talk,
    an_order,
    serves,
)
from maintenance import casework, meetings
from maintenance.meetings.agenda import Item
from maintenance.models import Case, CaseEvent, MeetingTask, Obligation
from maintenance.services import replan
from tiering import services as judging
from tiering.models import Aim, Override
from tiering.tests.conftest import tier
from tiering.tests.nurture_making import a_candidate

NOW = timezone.now()
TODAY = timezone.localdate()


def full(name: str, cast: dict[str, User]) -> Customer:
    """A customer of Alice's on whom everything hangs."""
    alice, dan = cast["alice"], cast["dan"]
    customer = a_customer(name, owner=alice, notes="Likes tea.")
    a_contact(customer)
    a_talk(customer, alice)
    an_order(customer, TODAY)
    a_payment(customer, TODAY)
    a_request(customer, alice, department="service")
    a_note(customer, alice, "Look.", a_file())
    serves(customer, alice, service=dan)
    judging.set_by_hand(customer, tier=tier("core"), reason="r", expires_on=TODAY, by=cast["dora"], at=NOW)
    for _again in range(2):  # the talk keeps a promise, and the next one is planned
        replan([customer.pk], today=TODAY)
    for department, assignee in (("sales", alice), ("service", dan)):
        casework.open_case(
            customer,
            kind="request",
            subject=department,
            department=department,
            assignee=assignee,
            by=alice,
            at=NOW,
        )
    for assignee in (alice, cast["dora"]):
        judging.make_aim(
            customer, what="Sell.", due_on=TODAY, assignee=assignee, tier=None, by=assignee, at=NOW
        )
    candidate = a_candidate(customer)
    type(candidate).objects.filter(pk=candidate.pk).update(
        state="taken", taken_by=alice, taken_at=NOW, next_step="Call.", follow_up_on=TODAY
    )
    customer.refresh_from_db()
    return customer


def counts() -> Counter[str]:
    """Rows of every table that holds something of customers, but for the hand-over itself and what it appends."""
    apart = {
        "handover",
        "handed",
        "handoveritem",
        "notice",
        "delivery",
        "caseevent",
        "historicalcustomer",
        "session",
    }
    models = [
        model
        for app in ("customers", "tiering", "maintenance")
        for model in apps.get_app_config(app).get_models()
        if model._meta.model_name not in apart
    ]
    return Counter({model._meta.label: model._default_manager.count() for model in models})


def ask(cast: dict[str, User], *customers: Customer, to: str = "bob") -> Handover:
    return services.ask(
        [customer.pk for customer in customers], giver=cast["alice"], taker=cast[to], by=cast["dora"], at=NOW, words="Mind the tea."
    )  # fmt: skip


def talk_through(handover: Handover, by: User) -> None:
    for item in handover.items.all():
        assert services.tick(item, by=by, at=NOW, is_done=True)


def test_the_checklist_is_made_of_what_there_is(cast: dict[str, User]) -> None:
    handover = ask(cast, full("Acme", cast))
    found = dict(handover.items.values_list("part", "count"))
    sales = Obligation.objects.open().filter(department="sales").count()
    assert found == {
        "contacts": 1, "notes": 1, "memos": 1, "seats": 1, "requests": 3, "payments": 1, "overrides": 1, "aims": 2, "nurture": 1,
        "promises": sales, "cases": 2,
    }  # fmt: skip
    bare = services.ask(
        [a_customer("Bare", owner=cast["alice"]).pk],
        giver=cast["alice"],
        taker=cast["bob"],
        by=cast["dora"],
        at=NOW,
    )
    assert not bare.items.exists()


def test_nothing_moves_before_it_is_accepted_and_nothing_is_lost_after(cast: dict[str, User]) -> None:
    alice, bob, dora, dan = (cast[name] for name in ("alice", "bob", "dora", "dan"))
    acme, other = full("Acme", cast), full("Other", cast)
    talks = list(acme.interactions.values_list("by", "note"))
    before = counts()
    handover = ask(cast, acme)
    acme.refresh_from_db()
    assert acme.owner == alice
    talk_through(handover, bob)
    assert counts() == before

    services.accept(handover, by=bob, at=NOW)
    replan([acme.pk], today=TODAY)
    acme.refresh_from_db()
    other.refresh_from_db()
    assert (acme.owner, acme.team, other.owner) == (bob, bob.team, alice)
    assert counts() == before  # planning anew changes nothing but who is to do it
    assert list(acme.interactions.values_list("by", "note")) == talks
    assert acme.history.filter(owner=alice).exists()
    assert acme.history.latest("history_id").history_user == bob
    owed = Obligation.objects.open().filter(department="sales")
    assert set(owed.filter(customer=acme).values_list("assignee", flat=True)) == {bob.pk}
    assert set(owed.filter(customer=other).values_list("assignee", flat=True)) == {alice.pk}
    cases = Case.objects.filter(request__customer=acme).order_by("pk")
    assert [case.assignee for case in cases] == [bob, dan]
    step = CaseEvent.objects.get(case=cases[0], kind="hand_over")
    assert (step.by, step.facts["assignee"]) == (bob, [alice.pk, bob.pk])
    assert set(Aim.objects.filter(customer=acme).values_list("assignee", flat=True)) == {bob.pk, dora.pk}
    assert set(Aim.objects.filter(customer=other).values_list("assignee", flat=True)) == {alice.pk, dora.pk}
    assert acme.candidacies.get().taken_by == bob
    assert Override.objects.filter(customer=acme, ended_at=None).exists()
    moved = dict(handover.items.values_list("part", "moved"))
    assert (moved["cases"], moved["aims"], moved["nurture"], moved["contacts"]) == (1, 1, 1, None)
    told = Notice.objects.filter(kind="handover").values_list("recipient__username", "key")
    assert set(told) == {
        ("bob", f"handover-{handover.pk}"),
        ("alice", f"handover-{handover.pk}-accepted"),
        ("dora", f"handover-{handover.pk}-accepted"),
    }


def test_tasks_of_meetings_go_over_with_the_customer_and_nobody_else_s(
    client: Client, cast: dict[str, User]
) -> None:
    alice, bob, dora = (cast[name] for name in ("alice", "bob", "dora"))
    acme, other = (a_customer(name, owner=alice) for name in ("Acme", "Other"))
    meeting = meetings.open_meeting(None, by=dora, at=NOW, today=TODAY)

    def task(customer: Customer, assignee: User) -> MeetingTask:
        item = Item("day", customer.pk, customer.pk, {})
        return meetings.make_task(meeting, what="Call.", due_on=TODAY, assignee=assignee, item=item, by=dora, at=NOW)  # fmt: skip

    done, *tasks = (task(acme, alice), task(acme, alice), task(other, alice), task(acme, dora))
    assert meetings.finish_task(done, by=alice, at=NOW)
    handover = ask(cast, acme)
    talk_through(handover, bob)
    services.accept(handover, by=bob, at=NOW)
    for row in [done, *tasks]:
        row.refresh_from_db()
    assert [row.assignee for row in [done, *tasks]] == [alice, bob, alice, dora]
    assert handover.items.get(part="aims").moved == 1
    assert tasks[0] in MeetingTask.objects.visible_to(bob)
    client.force_login(alice)
    assert client.post(f"/meetings/tasks/{tasks[0].pk}/done/").status_code == 404
    client.force_login(bob)
    assert client.post(f"/meetings/tasks/{tasks[0].pk}/done/").status_code == 302
    assert MeetingTask.objects.done().filter(pk=tasks[0].pk).exists()


def test_a_whole_book_goes_over_at_once_but_for_what_somebody_else_took(cast: dict[str, User]) -> None:
    book = [full(f"C{n}", cast) for n in range(3)]
    User.objects.filter(pk=cast["alice"].pk).update(is_active=False)
    cast["alice"].refresh_from_db()
    theirs = Customer.objects.filter(owned_by(cast["alice"], seen_by=cast["dora"]))
    assert set(theirs) == set(book)
    assert not Customer.objects.filter(owned_by(cast["alice"], seen_by=cast["carol"])).exists()
    handover = ask(cast, *book)
    talk_through(handover, cast["bob"])
    services.assign([book[0].pk], by=cast["dora"], owner=cast["carol"])
    services.accept(handover, by=cast["bob"], at=NOW)

    assert list(Customer.objects.order_by("pk").values_list("owner__username", flat=True)) == [
        "carol",
        "bob",
        "bob",
    ]
    assert list(handover.handed.order_by("customer").values_list("moved", flat=True)) == [False, True, True]
    assert not Handed.objects.filter(is_open=True).exists()
    assert not Case.objects.filter(assignee=cast["alice"], request__customer__in=book[1:]).exists()
    assert Case.objects.get(assignee=cast["alice"]).request.customer == book[0]


def test_a_book_of_many_is_accepted_in_as_many_queries_as_one(
    cast: dict[str, User], django_assert_max_num_queries: Any
) -> None:
    one, many = (
        [a_customer("One", owner=cast["alice"])],
        [a_customer(f"M{n}", owner=cast["alice"]) for n in range(40)],
    )
    for customer in one + many:
        a_contact(customer)
        casework.open_case(
            customer,
            kind="request",
            subject="s",
            department="sales",
            assignee=cast["alice"],
            by=cast["alice"],
            at=NOW,
        )
    asked = [ask(cast, *customers) for customers in (one, many)]
    for handover in asked:
        talk_through(handover, cast["bob"])
    with django_assert_max_num_queries(60) as few:
        services.accept(asked[0], by=cast["bob"], at=NOW)
    with django_assert_max_num_queries(len(few)):
        services.accept(asked[1], by=cast["bob"], at=NOW)
    assert Customer.objects.filter(owner=cast["bob"]).count() == 41


def test_it_is_accepted_once_and_only_when_all_is_talked_through(cast: dict[str, User]) -> None:
    handover = ask(cast, full("Acme", cast))
    with pytest.raises(ValidationError, match="every line"):
        services.accept(handover, by=cast["bob"], at=NOW)
    handover.refresh_from_db()
    assert handover.is_open
    talk_through(handover, cast["bob"])
    item = handover.items.earliest("pk")
    assert services.tick(item, by=cast["bob"], at=NOW, is_done=True) is False
    services.accept(handover, by=cast["bob"], at=NOW)
    for again in (services.accept, services.withdraw):
        with pytest.raises(ValidationError, match="settled"):
            again(handover, by=cast["bob"], at=NOW)
    assert services.tick(item, by=cast["bob"], at=NOW, is_done=False) is False


def test_a_customer_is_handed_over_to_one_at_a_time(cast: dict[str, User]) -> None:
    acme = a_customer("Acme", owner=cast["alice"])
    first = ask(cast, acme)
    with pytest.raises(ValidationError, match="already"):
        ask(cast, acme, to="carol")
    with pytest.raises(IntegrityError), transaction.atomic():
        Handed.objects.create(
            handover=Handover.objects.create(
                giver=cast["alice"], taker=cast["carol"], by=cast["dora"], at=NOW
            ),
            customer=acme,
        )
    services.withdraw(first, by=cast["dora"], at=NOW)
    assert ask(cast, acme, to="carol").is_open


@pytest.mark.parametrize("taker", ["alice", "gone"])
def test_it_goes_to_somebody_else_who_works_here(cast: dict[str, User], taker: str) -> None:
    cast["gone"] = User.objects.create_user("gone", is_active=False)
    with pytest.raises(ValidationError):
        ask(cast, a_customer("Acme", owner=cast["alice"]), to=taker)
    assert not Handover.objects.exists()


def test_whoever_declines_says_why(cast: dict[str, User]) -> None:
    acme = a_customer("Acme", owner=cast["alice"])
    handover = ask(cast, acme)
    with pytest.raises(ValidationError):
        services.decline(handover, by=cast["bob"], at=NOW, reason="")
    services.decline(handover, by=cast["bob"], at=NOW, reason="No time.")
    acme.refresh_from_db()
    handover.refresh_from_db()
    assert (acme.owner, handover.state, handover.reason) == (cast["alice"], "declined", "No time.")


# Pages


def test_from_asking_to_accepting_in_the_browser_s_steps(client: Client, cast: dict[str, User]) -> None:
    acme = full("Acme", cast)
    client.force_login(cast["alice"])
    made = client.post(f"/customers/{acme.pk}/hand-over/", {"taker": cast["bob"].pk, "words": "Tea."})
    handover = Handover.objects.get()
    url = made.headers["Location"]
    assert url == f"/customers/hand-overs/{handover.pk}/"
    page = client.get(url).text
    for said in ("李雷", "Likes tea.", "stays with the customer", "goes over to the successor"):
        assert said in page
    assert client.post(url, {"do": "accept"}).status_code == 403
    client.force_login(cast["bob"])
    assert client.post(url, {"do": "accept"}).status_code == 200
    for item in HandoverItem.objects.all():
        assert client.post(url, {"do": "tick", "part": item.part}).status_code == 302
    assert client.post(url, {"do": "accept"}).status_code == 302
    acme.refresh_from_db()
    assert acme.owner == cast["bob"]
    client.force_login(cast["alice"])
    assert client.get(f"/customers/{acme.pk}/").status_code == 404
    assert client.get(url).status_code == 200  # whose customers they were still reads what became of it
    client.force_login(cast["carol"])
    assert client.get(url).status_code == 404


def test_the_book_of_whoever_left_is_handed_over_by_whoever_sees_it(
    client: Client, cast: dict[str, User]
) -> None:
    acme, beta = a_customer("Acme", owner=cast["alice"]), a_customer("Beta", owner=cast["carol"])
    User.objects.filter(pk__in=[cast["alice"].pk, cast["carol"].pk]).update(is_active=False)
    client.force_login(cast["bob"])
    url = "/customers/hand-overs/new/"
    assert client.post(url, {"giver": cast["carol"].pk, "taker": cast["bob"].pk}).status_code == 200
    assert client.post(url, {"giver": cast["alice"].pk, "taker": cast["bob"].pk}).status_code == 302
    assert list(Handed.objects.values_list("customer", flat=True)) == [acme.pk]
    client.force_login(cast["dora"])
    assert client.post(url, {"giver": cast["carol"].pk, "taker": cast["bob"].pk}).status_code == 302
    assert set(Handed.objects.values_list("customer", flat=True)) == {acme.pk, beta.pk}


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_hand_overs_asks_no_more_for_more(
    client: Client, cast: dict[str, User], rows: int, django_assert_num_queries: Any
) -> None:
    for n in range(rows):
        ask(cast, a_customer(f"C{n}", owner=cast["alice"]))
    services.ask(
        [a_customer("Beta", owner=cast["carol"]).pk],
        giver=cast["carol"],
        taker=cast["dora"],
        by=cast["dora"],
        at=NOW,
    )
    client.force_login(cast["bob"])
    with django_assert_num_queries(5):
        assert len(client.get("/customers/hand-overs/", {"state": "open"}).context["page"].rows) == rows


def test_a_program_asks_ticks_and_accepts(cast: dict[str, User], client: Client) -> None:
    acme, beta = full("Acme", cast), a_customer("Beta", owner=cast["alice"])
    foreign = a_customer("Gamma", owner=cast["carol"])
    client.force_login(cast["bob"])

    def post(path: str, said: dict[str, object]) -> tuple[int, Any]:
        answer = client.post(f"/api/v1/hand-overs/{path}", said, content_type="application/json")
        return answer.status_code, answer.json()

    taker = cast["bob"].pk
    assert post("", {"customers": [acme.pk, foreign.pk], "taker": taker})[0] == 400
    assert post("", {"customers": [], "taker": taker})[0] == 400
    status, made = post("", {"customers": [acme.pk, beta.pk], "taker": taker, "words": "Tea."})
    assert (status, made["giver"], made["taker"], made["customers"], made["moved"]) == (
        201, cast["alice"].pk, taker, sorted([acme.pk, beta.pk]), [],
    )  # fmt: skip
    assert post("", {"customers": [beta.pk], "taker": taker})[0] == 400  # it is being handed over

    steps = f"{made['id']}/steps/"
    assert post(steps, {"step": "accept"})[0] == 400  # the checklist first
    assert post(steps, {"step": "tick", "part": "nonsense"})[0] == 404
    assert post(steps, {"step": "sing"})[0] == 400
    ticks = [post(steps, {"step": "tick", "part": line["part"]}) for line in made["checklist"]]
    assert {status for status, _now in ticks} == {200}
    assert {line["ticked_by"] for line in ticks[-1][1]["checklist"]} == {taker}
    status, now = post(steps, {"step": "accept"})
    assert (status, now["state"], now["moved"]) == (200, "accepted", sorted([acme.pk, beta.pk]))
    assert post(steps, {"step": "withdraw"})[0] == 409
    acme.refresh_from_db()
    assert acme.owner == cast["bob"]
    [listed] = client.get("/api/v1/hand-overs/?state=accepted").json()["results"]
    assert listed["id"] == made["id"]


def test_over_the_api_a_stranger_sees_no_hand_over_and_a_giver_accepts_none(
    cast: dict[str, User], client: Client
) -> None:
    made = ask(cast, full("Acme", cast))
    for who, status in (("carol", 404), ("alice", 403)):
        client.force_login(cast[who])
        answer = client.post(
            f"/api/v1/hand-overs/{made.pk}/steps/", {"step": "accept"}, content_type="application/json"
        )
        assert (who, answer.status_code) == (who, status)
    client.force_login(cast["carol"])
    assert client.get("/api/v1/hand-overs/").json()["results"] == []


@pytest.mark.parametrize("rows", [1, 3])
def test_a_hand_over_costs_the_same_however_many_customers(
    rows: int, cast: dict[str, User], client: Client, django_assert_num_queries: Any
) -> None:
    made = ask(cast, *(a_customer(f"C{n}", owner=cast["alice"]) for n in range(rows)))
    client.force_login(cast["dora"])
    with django_assert_num_queries(7):
        client.get(f"/api/v1/hand-overs/{made.pk}/")
