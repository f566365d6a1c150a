"""Pages and API of cases."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from accounts.models import User
from customers.models import Customer, ServiceRequest
from customers.tests.making import a_contact, a_request
from maintenance import casework
from maintenance.casework import mail_in
from maintenance.models import Case, CaseEvent, Clock, Mail, Route
from maintenance.tests.conftest import MakeCustomer
from maintenance.tests.test_letters import mail

if TYPE_CHECKING:
    from playwright.sync_api import Page

HTMX = {"HX-Request": "true"}


@pytest.fixture
def acme(make_customer: MakeCustomer, alice: User) -> Customer:
    return make_customer("Acme", owner=alice)


def opened(customer: Customer, by: User, subject: str = "Cracked gears", **more: Any) -> Case:
    said: dict[str, Any] = {"kind": "complaint", "at": timezone.now()} | more
    return casework.open_case(customer, subject=subject, by=by, **said)


def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("page, queries", [("/cases/", 14), ("/cases/mine/", 8)])
def test_lists_ask_as_much_for_many_as_for_one(
    client: Client,
    make_customer: MakeCustomer,
    alice: User,
    carol: User,
    rows: int,
    page: str,
    queries: int,
    django_assert_max_num_queries: Any,
) -> None:
    opened(make_customer("Carol's", owner=carol), carol, "Not hers", kind="enquiry")
    for n in range(rows):
        opened(make_customer(f"Acme {n}", owner=alice), alice, f"Gears {n}", kind="enquiry")
    signed_in(client, alice)
    with django_assert_max_num_queries(queries):
        answer = client.get(page)
    assert [f"Gears {n}" in answer.text for n in range(3)] == [n < rows for n in range(3)]
    assertNotContains(answer, "Not hers")


def test_the_most_urgent_stands_first_and_pages_follow(
    client: Client, make_customer: MakeCustomer, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maintenance.views.cases.PAGE_SIZE", 1)
    for tier in ("potential", "regular", "core", "important"):
        opened(make_customer(tier, tier=tier, owner=alice), alice, f"of {tier}", kind="enquiry")
    signed_in(client, alice)
    found, cursor = [], ""
    while True:
        page = client.get("/cases/", {"cursor": cursor}).context["page"]
        found += [row.customer.name for row in page.rows]
        cursor = page.next_cursor
        if not cursor:
            break
    assert found == ["core", "important", "regular", "potential"]


@pytest.mark.parametrize(
    "query, found",
    [
        ("", {"late", "risk", "fresh"}),
        ("?clock=late", {"late"}),
        ("?clock=at_risk", {"risk"}),
        ("?clock=breached&state=", {"late", "done"}),
        ("?state=closed", set()),
        ("?state=solved", {"done"}),
        ("?state=&cause=product", {"done"}),
        ("?state=&cause=none", {"late", "risk", "fresh"}),
        ("?department=technical", {"fresh"}),
        ("?category=use&state=", {"fresh"}),
        ("?kind=enquiry", {"fresh"}),
        ("?clock=nonsense", set()),
    ],
)
def test_filters(client: Client, acme: Customer, alice: User, query: str, found: set[str]) -> None:
    """Moments of clocks are set, not waited for."""
    now, hour = timezone.now(), timedelta(hours=1)
    cases = {name: opened(acme, alice, name, at=now - 2 * hour) for name in ("late", "risk", "done")}
    more = {"kind": "enquiry", "category": "use", "at": now - 2 * hour}
    cases["fresh"] = opened(acme, alice, "fresh", **more)
    moments = {"late": now - hour, "risk": now + hour, "done": now - hour, "fresh": now + hour}
    for name, due_at in moments.items():
        told = 0 if name == "fresh" else 1
        Clock.objects.filter(case=cases[name]).update(due_at=due_at, told=told, next_at=due_at)
    casework.escalate(at=now)
    casework.take(cases["done"], "solve", by=alice, at=now, words="Sent.", cause="product")
    answer = signed_in(client, alice).get(f"/cases/{query}")
    assert {line.case.request.subject for line in answer.context["lines"]} == found


def test_a_case_is_opened_once_however_often_the_form_is_sent(
    client: Client, acme: Customer, alice: User
) -> None:
    page = signed_in(client, alice).get(f"/customers/{acme.pk}/cases/new/")
    form = {
        "kind": "complaint",
        "category": "quality",
        "subject": "Gears",
        "csrfmiddlewaretoken": page.context["csrf_token"],
    }
    answers = [client.post(f"/customers/{acme.pk}/cases/new/", form) for _time in range(2)]
    case = Case.objects.get()
    assert [answer.headers["Location"] for answer in answers] == [f"/cases/{case.pk}/"] * 2
    assert (case.department, ServiceRequest.objects.count()) == ("service", 1)


def test_a_refused_form_keeps_what_was_typed(client: Client, acme: Customer, alice: User) -> None:
    form = {"kind": "complaint", "category": "quality", "detail": "A long story"}
    answer = signed_in(client, alice).post(f"/customers/{acme.pk}/cases/new/", form)
    assertContains(answer, "A long story", status_code=422)


def test_a_case_is_worked_on_in_place(client: Client, acme: Customer, alice: User, dan: User) -> None:
    case = opened(acme, alice)
    signed_in(client, dan)
    address = f"/cases/{case.pk}/steps"
    assertContains(client.get(f"{address}/respond/", headers=HTMX), "What you told the customer")
    assertContains(
        client.post(f"{address}/respond/", {"words": ""}, headers=HTMX), "required", status_code=422
    )
    answer = client.post(f"{address}/respond/", {"words": "We look into it."}, headers=HTMX)
    assertContains(answer, "Response logged.")
    assertNotContains(answer, "<html")
    again = client.post(f"{address}/respond/", {"words": "Once more, typed in vain"}, headers=HTMX)
    assertContains(again, "Once more, typed in vain", status_code=409)
    assertContains(
        client.post(f"{address}/solve/", {"words": "Sent."}, headers=HTMX), "required", status_code=422
    )
    said = {"words": "Sent.", "cause": "transport", "category": "delivery"}
    assertContains(client.post(f"{address}/solve/", said, headers=HTMX), "Damage or delay in transport")
    close = {"satisfaction": "4", "satisfaction_words": "Quick.", "words": ""}
    assertContains(client.post(f"{address}/close/", close, headers=HTMX), "of 5")
    case.refresh_from_db()
    assert (case.state, case.satisfaction, case.category, case.closed_at is None) == (
        "closed",
        4,
        "delivery",
        False,
    )


def test_every_department_that_sees_it_may_write_and_only_its_own_works(
    client: Client, acme: Customer, alice: User, tess: User
) -> None:
    a_request(acme, alice, department="technical")  # so that she sees the customer
    case = opened(acme, alice)
    signed_in(client, tess)
    page = client.get(f"/cases/{case.pk}/")
    assertContains(page, "Service works on it")
    assert client.get(f"/cases/{case.pk}/steps/respond/").status_code == 403
    client.post(f"/cases/{case.pk}/note/", {"words": "The batch was hardened twice."})
    assert CaseEvent.objects.get(kind="note").by == tess


def test_handed_over_out_of_ones_sight(
    client: Client, acme: Customer, alice: User, dan: User, tess: User
) -> None:
    case = opened(acme, alice)
    signed_in(client, dan)
    to = {"department": "technical", "assignee": tess.pk, "words": "Yours."}
    answer = client.post(f"/cases/{case.pk}/hand-over/", to)
    assert answer.headers["Location"] == "/cases/"
    assert client.get(f"/cases/{case.pk}/").status_code == 404
    wrong = {"department": "logistics", "assignee": tess.pk}
    refused = signed_in(client, alice).post(f"/cases/{case.pk}/hand-over/", wrong)
    assertContains(refused, "Choose somebody of this department", status_code=422)


def test_a_request_that_is_a_case_is_closed_on_its_page(client: Client, acme: Customer, alice: User) -> None:
    case = opened(acme, alice)
    plain = a_request(acme, alice, department="sales")
    signed_in(client, alice)
    answer = client.post(f"/customers/{acme.pk}/requests/{case.request_id}/resolve/", {"resolution": "Done"})
    assert (answer.status_code, answer.headers.get("Location")) == (302, f"/cases/{case.pk}/")
    assert ServiceRequest.objects.get(pk=case.request_id).resolved_at is None
    card = client.get(f"/customers/{acme.pk}/cases/", headers=HTMX)
    assertContains(card, case.number)
    assertContains(card, f"/requests/{plain.pk}/")


def test_plain_requests_stand_below_the_open_ones_first(client: Client, acme: Customer, alice: User) -> None:
    now = timezone.now()
    opened(acme, alice)
    for age in (5, 4, 3, 2, 1, 0):
        closed = None if age in {0, 3} else now - timedelta(days=age)
        a_request(
            acme, alice, subject=f"Asked {age}", opened=now - timedelta(days=age + 10), resolved_at=closed
        )
    page = signed_in(client, alice).get(f"/customers/{acme.pk}/cases/")
    shown = [asked.subject for asked in page.context["requests"]]
    assert shown == ["Asked 0", "Asked 3", "Asked 1", "Asked 2", "Asked 4"]


def test_the_feedback_log_adds_up_and_leads_to_its_lists(
    client: Client, acme: Customer, make_customer: MakeCustomer, alice: User, carol: User
) -> None:
    for cause, category in (
        ("product", "quality"),
        ("product", "quality"),
        ("transport", "delivery"),
        ("product", "other"),
    ):
        case = opened(acme, alice, category=category)
        casework.take(case, "solve", by=alice, at=timezone.now(), words="Sent.", cause=cause)
        casework.rate(case, satisfaction=4 if cause == "product" else 5, words="")
    opened(acme, alice, kind="enquiry")
    opened(make_customer("Carol's", owner=carol), carol)
    page = signed_in(client, alice).get("/cases/feedback/")
    log, course = page.context["log"], page.context["course"]
    assert [(row.name, [link.n for link in row.cells], row.total.n) for row in (*log.rows, log.foot)] == [
        ("Fault of the product", [2, 0, 0, 0, 0, 0, 0, 1], 3),
        ("Damage or delay in transport", [0, 1, 0, 0, 0, 0, 0, 0], 1),
        ("Not solved yet", [0, 0, 0, 0, 0, 0, 0, 1], 1),
        ("All", [2, 1, 0, 0, 0, 0, 0, 2], 5),
    ]
    assert (page.context["satisfaction"].average, page.context["satisfaction"].answers) == (425, 4)
    for table in (log, course):
        links = [link for row in (*table.rows, table.foot) for link in (*row.cells, row.total) if link.n]
        assert len(links) >= 8
        assert [len(client.get(link.url).context["lines"]) for link in links] == [link.n for link in links]


def test_rules_are_added_moved_and_deleted(client: Client, dora: User, tess: User) -> None:
    Route.objects.all().delete()
    signed_in(client, dora)
    for category in ("use", "price"):
        client.post("/cases/rules/", {"category": category, "department": "technical", "assignee": tess.pk})
    wrong = client.post("/cases/rules/", {"department": "logistics", "assignee": tess.pk})
    assertContains(wrong, "Choose somebody of this department", status_code=422)
    first, second = Route.objects.order_by("position")
    client.post(f"/cases/rules/{second.pk}/move/", {"do": "up"})
    client.post(f"/cases/rules/{second.pk}/move/", {"do": "up"})
    assert list(Route.objects.order_by("position").values_list("category", flat=True)) == ["price", "use"]
    client.post(f"/cases/rules/{first.pk}/move/", {"do": "delete"})
    client.post(f"/cases/rules/{second.pk}/", {"category": "price", "department": "sales"})
    kept = Route.objects.get()
    assert (kept.department, kept.assignee) == ("sales", None)


def test_a_letter_is_sorted_once(client: Client, acme: Customer, dora: User) -> None:
    letter = mail_in.receive(mail(From="new@acme.cn"), at=timezone.now())
    signed_in(client, dora)
    assertContains(client.get("/cases/"), "waits to be sorted")
    assertContains(client.get(f"/cases/letters/{letter.pk}/?q=Acme"), "Theirs: open a case")
    said = {"customer": acme.pk, "kind": "complaint", "remember": "on", "q": "Acme"}
    assert client.post(f"/cases/letters/{letter.pk}/", said).headers["Location"] == "/cases/letters/"
    again = client.post(f"/cases/letters/{letter.pk}/", said | {"kind": "enquiry"})
    assertContains(again, "Became a case", status_code=422)
    assert Case.objects.get().kind == "complaint"


def test_a_letter_is_given_to_nobody_elses_customer(
    client: Client, acme: Customer, dan: User, make_customer: MakeCustomer
) -> None:
    letter = mail_in.receive(mail(From="new@acme.cn"), at=timezone.now())
    signed_in(client, dan)
    assertNotContains(client.get(f"/cases/letters/{letter.pk}/?q=Acme"), "Theirs: open a case")
    client.post(f"/cases/letters/{letter.pk}/", {"customer": acme.pk, "kind": "complaint"})
    assert Case.objects.count() == 0
    client.post(f"/cases/letters/{letter.pk}/", {"dismiss": "1", "words": ""})
    assert Mail.objects.get().state == "waiting"
    client.post(f"/cases/letters/{letter.pk}/", {"dismiss": "1", "words": "Advertising"})
    assert (Mail.objects.get().state, Mail.objects.get().words) == ("dismissed", "Advertising")


# The API


def test_the_api_opens_reads_and_works_on_cases(client: Client, acme: Customer, alice: User) -> None:
    contact = a_contact(acme)
    signed_in(client, alice)
    asked = {"customer": acme.pk, "kind": "complaint", "subject": "Gears", "contact": contact.pk}
    made = client.post("/api/v1/cases/", asked, content_type="application/json")
    assert made.status_code == 201
    case = made.json()
    wanted = ("number", "state", "department", "source", "customer", "tier")
    assert [case[key] for key in wanted] == [
        Case.objects.get().number,
        "new",
        "service",
        "api",
        acme.pk,
        "core",
    ]
    assert [(clock["kind"], clock["minutes"]) for clock in case["clocks"]] == [
        ("response", 60),
        ("solution", 480),
    ]
    steps = f"/api/v1/cases/{case['id']}/steps/"
    answers = [
        client.post(steps, data, content_type="application/json")
        for data in (
            {"step": "respond", "words": "Yes."},
            {"step": "respond", "words": "Yes."},
            {"step": "solve", "words": "Sent."},
            {"step": "solve", "words": "Sent.", "cause": "product"},
        )
    ]
    assert [answer.status_code for answer in answers] == [200, 409, 400, 200]
    assert [event["kind"] for event in client.get(f"/api/v1/cases/{case['id']}/events/").json()] == [
        "open",
        "respond",
        "solve",
    ]
    found = client.get("/api/v1/cases/", {"state": "solved"}).json()["results"]
    assert [each["resolution"] for each in found] == ["Sent."]


def test_the_api_takes_nothing_of_strangers(
    client: Client, acme: Customer, make_customer: MakeCustomer, alice: User, carol: User, audrey: User
) -> None:
    stranger = make_customer("Carol's", owner=carol)
    contact = a_contact(stranger)
    signed_in(client, alice)

    def post(**data: Any) -> tuple[int, Any]:
        answer = client.post(
            "/api/v1/cases/",
            {"kind": "complaint", "subject": "Gears"} | data,
            content_type="application/json",
        )
        return answer.status_code, answer.json()

    missing = post(customer=999_999)
    assert missing[0] == 400
    foreign = post(customer=stranger.pk)
    assert str(foreign).replace(str(stranger.pk), "999999") == str(missing)
    assert post(customer=acme.pk, contact=contact.pk)[0] == 400
    signed_in(client, audrey)
    assert post(customer=acme.pk)[0] == 403
    assert Case.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ["/cases/", "/obligations/"])
def test_on_a_phone_filters_are_folded(
    sign_in: "Callable[[User], Page]", client: Client, alice: User, address: str
) -> None:
    page = sign_in(alice)
    page.goto(address)
    filters, unfold = page.locator("#filters"), page.locator("a[aria-controls=filters]")
    assert (filters.is_visible(), unfold.is_visible()) == (True, False)
    page.set_viewport_size({"width": 390, "height": 850})
    assert (filters.is_visible(), unfold.is_visible()) == (False, True)
    unfold.click()
    filters.wait_for()

    client.force_login(alice)  # without JavaScript it is a link
    assertContains(client.get(f"{address}?filters=1"), 'class="card mb-3 collapse d-md-block show"')
