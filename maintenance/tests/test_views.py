from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains, assertNotContains, assertTemplateUsed

from accounts.models import User
from customers.models import Channel, Contact, Customer, Interaction
from maintenance.models import Obligation, Snooze
from maintenance.tests.conftest import TODAY, MakeCustomer, move, owed, plan

HTMX = {"HX-Request": "true"}
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_noon")]


@pytest.fixture
def _noon() -> Iterator[None]:
    with time_machine.travel("2026-11-18T12:00+08:00", tick=False):
        yield


def overdue(customer: Customer, key: str = "contact", department: str = "sales") -> Obligation:
    row = owed(customer, key, department)
    day = TODAY - timedelta(days=3)
    Obligation.objects.filter(pk=row.pk).update(due_on=day, originally_due_on=day)
    row.refresh_from_db()
    return row


@pytest.fixture
def acme(make_customer: MakeCustomer, alice: User) -> Customer:
    customer = make_customer("Acme", owner=alice)
    plan(customer)
    return customer


@pytest.fixture
def foreign(make_customer: MakeCustomer, carol: User) -> Customer:
    customer = make_customer("Foreign", owner=carol)
    plan(customer)
    return customer


@pytest.mark.parametrize("rows", [1, 3])
def test_my_day_shows_my_overdue_customers_only(
    client: Client,
    alice: User,
    make_customer: MakeCustomer,
    foreign: Customer,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """Session, user and team; four counts; three sections; contacts, cases and tier changes of their cards."""
    mine = [make_customer(f"C{n}", owner=alice) for n in range(rows)]
    plan(*mine)
    for customer in mine:
        Contact.objects.create(customer=customer, name="Ms Li", phone="010-1234", is_primary=True)
    expected = [overdue(customer) for customer in mine]
    Obligation.objects.filter(customer__in=mine).exclude(promise__key="contact").delete()
    overdue(foreign)
    client.force_login(alice)

    with django_assert_num_queries(13):
        response = client.get("/my-day/")

    first = response.context["sections"][0]
    assert [line.obligation for line in first.lines] == expected
    assert str(first.count) == str(rows)
    assertContains(response, "3 days late", count=rows)
    assertContains(response, "010-1234", count=2 * rows)
    assertNotContains(response, "Foreign")


def test_what_is_done_is_counted_no_more(
    client: Client,
    alice: User,
    acme: Customer,
    foreign: Customer,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    row = overdue(acme)
    overdue(foreign)
    client.force_login(alice)
    count = '<span class="text-secondary" id="overdue-count" {}>{}</span>'
    assertContains(client.get("/my-day/"), 'hx-get="/my-day/" hx-trigger="contact-logged from:body"')
    assertContains(client.get("/my-day/"), count.format("", 1), html=True)

    done = client.post(f"/obligations/{row.pk}/complete/", {"channel": "phone", "note": "Yes."}, headers=HTMX)
    assert done["HX-Trigger"] == "contact-logged"
    with django_assert_num_queries(6):
        fresh = client.get("/my-day/", headers=HTMX)
    assertContains(fresh, count.format('hx-swap-oob="true"', 0), html=True)
    assertContains(fresh, "<span", count=3)
    assertContains(client.get("/my-day/?section=overdue", headers=HTMX), "<span", count=1)


def test_an_empty_day_says_so(client: Client, alice: User, foreign: Customer) -> None:
    client.force_login(alice)
    response = client.get("/my-day/")

    assertContains(response, "Nothing is overdue.")
    assertContains(response, "Nothing is due today.")
    assertNotContains(response, "Foreign")


def test_a_long_section_goes_on_to_its_end(
    client: Client, alice: User, make_customer: MakeCustomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maintenance.worklist.SECTION_SIZE", 2)
    book = [make_customer(f"C{n}", owner=alice, amount=100 - n) for n in range(5)]
    plan(*book)
    for customer in book:
        overdue(customer)
    client.force_login(alice)

    seen, cursor = [], ""
    for _page in range(3):
        [section] = client.get(f"/my-day/?section=overdue&cursor={cursor}").context["sections"]
        seen += [line.obligation.customer.name for line in section.lines]
        cursor = section.page.next_cursor
    assert cursor == ""
    assert seen == ["C0", "C1", "C2", "C3", "C4"]
    assertContains(client.get("/my-day/"), "Show more", count=1)


@pytest.mark.parametrize(
    "query", ["section=nonsense", "person=nonsense", "cursor=%00", "section=overdue&cursor=x"]
)
def test_a_strange_address_still_shows_the_day(
    client: Client, alice: User, acme: Customer, query: str
) -> None:
    overdue(acme)
    client.force_login(alice)

    assertContains(client.get(f"/my-day/?{query}"), "Acme")


def test_a_team_lead_switches_between_mine_and_the_team_s(
    client: Client, alice: User, bob: User, carol: User, acme: Customer, foreign: Customer
) -> None:
    overdue(acme)
    overdue(foreign)
    client.force_login(bob)

    assertContains(client.get("/my-day/"), "Acme")
    assertNotContains(client.get(f"/my-day/?person={bob.pk}"), "Acme")
    assertContains(client.get(f"/my-day/?person={alice.pk}"), "Acme")
    stranger = client.get(f"/my-day/?person={carol.pk}")
    assertNotContains(stranger, "Foreign")
    assert list(stranger.context["whose"].fields["person"].queryset) == [alice, bob]


def test_somebody_who_left_is_found_while_anything_is_to_be_done(
    client: Client, alice: User, bob: User, acme: Customer
) -> None:
    overdue(acme)
    alice.is_active = False
    alice.save()
    client.force_login(bob)
    option = f'<option value="{alice.pk}"{{}}>alice (left)</option>'

    assertContains(client.get(f"/my-day/?person={alice.pk}"), option.format(" selected"), html=True)
    assertContains(client.get(f"/my-day/?person={alice.pk}"), "Acme")
    assertContains(client.get("/obligations/"), option.format(""), html=True)

    Customer.objects.filter(pk=acme.pk).update(owner=bob)
    plan(acme)
    assertNotContains(client.get("/my-day/"), "(left)")


def test_an_account_manager_cannot_look_at_somebody_else_s_day(
    client: Client, alice: User, carol: User, acme: Customer, foreign: Customer
) -> None:
    overdue(acme)
    overdue(foreign)
    client.force_login(alice)
    response = client.get(f"/my-day/?person={carol.pk}")

    assertContains(response, "Acme")
    assertNotContains(response, "Foreign")


def test_the_auditor_looks_and_has_no_buttons(client: Client, audrey: User, acme: Customer) -> None:
    overdue(acme)
    client.force_login(audrey)
    response = client.get("/my-day/")

    assertContains(response, "Acme")
    assertNotContains(response, "/complete/")
    assertNotContains(response, "/snooze/")


def test_an_archived_customer_s_promises_have_no_buttons(client: Client, alice: User, acme: Customer) -> None:
    row = overdue(acme)
    Customer.objects.filter(pk=acme.pk).update(archived_at=timezone.now())
    client.force_login(alice)

    assertNotContains(client.get(f"/customers/{acme.pk}/promises/"), "/complete/")
    response = client.post(
        f"/obligations/{row.pk}/complete/", {"channel": "phone", "note": "Too late."}, headers=HTMX
    )
    assertContains(response, "The customer is archived: nothing is owed until it is restored.")
    assertContains(response, "Too late.")


@pytest.mark.parametrize("verb", ["complete", "snooze"])
def test_the_form_opens_in_place_and_as_a_page(
    client: Client, alice: User, acme: Customer, verb: str
) -> None:
    row = overdue(acme)
    client.force_login(alice)

    fragment = client.get(f"/obligations/{row.pk}/{verb}/", headers=HTMX)
    assert fragment.content.strip().startswith(
        f'<li class="list-group-item day-card" id="obligation-{row.pk}" tabindex="-1">'.encode()
    )
    assertContains(fragment, f'hx-post="/obligations/{row.pk}/{verb}/"')
    page = client.get(f"/obligations/{row.pk}/{verb}/")
    assertTemplateUsed(page, "base.html")
    assertContains(page, f'action="/obligations/{row.pk}/{verb}/"')


def test_the_form_proposes_the_promised_channel(client: Client, alice: User, acme: Customer) -> None:
    client.force_login(alice)
    response = client.get(f"/obligations/{owed(acme, 'meeting').pk}/complete/")

    assertContains(response, '<option value="visit" selected>Visit</option>', html=True)


def test_a_visit_is_logged_and_the_row_says_so(client: Client, alice: User, acme: Customer) -> None:
    row = overdue(acme)
    client.force_login(alice)
    response = client.post(
        f"/obligations/{row.pk}/complete/", {"channel": "visit", "note": "Saw the new line."}, headers=HTMX
    )

    assertContains(response, "Visit logged. The next one is due on 25 Nov 2026.")
    assertContains(response, f'id="obligation-{row.pk}"')
    assertNotContains(response, "<form")
    interaction = Interaction.objects.get()
    assert (interaction.channel, interaction.note, interaction.at) == (
        "visit",
        "Saw the new line.",
        timezone.now(),
    )
    row.refresh_from_db()
    assert (row.state, row.completed_by, row.interaction) == ("done", alice, interaction)


@pytest.mark.parametrize("channel", Channel)
def test_every_channel_has_its_calm_word(client: Client, alice: User, acme: Customer, channel: str) -> None:
    client.force_login(alice)
    response = client.post(
        f"/obligations/{owed(acme, 'contact').pk}/complete/",
        {"channel": channel, "note": "Yes."},
        headers=HTMX,
    )

    assertContains(response, "logged. The next one is due on 25 Nov 2026.")


def test_without_javascript_one_comes_back_to_the_day(client: Client, alice: User, acme: Customer) -> None:
    row = overdue(acme)
    client.force_login(alice)
    response = client.post(
        f"/obligations/{row.pk}/complete/", {"channel": "phone", "note": "They are happy."}, follow=True
    )

    assert response.redirect_chain == [("/my-day/", 302)]
    assertContains(response, "Call logged.")


@pytest.mark.parametrize(
    "data, said",
    [
        ({"channel": "phone", "note": "   "}, "This field is required."),
        ({"channel": "pigeon", "note": "Typed with care."}, "pigeon is not one of the available choices."),
        ({"channel": "phone", "note": "x" * 10_001}, "at most 10000 characters"),
    ],
)
@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_refused_completion_keeps_what_was_typed(
    client: Client, alice: User, acme: Customer, data: dict[str, str], said: str, headers: dict[str, str]
) -> None:
    row = overdue(acme)
    client.force_login(alice)
    response = client.post(f"/obligations/{row.pk}/complete/", data, headers=headers)

    assertContains(response, said)
    assertContains(response, data["note"].strip() or "<textarea")
    assert not Interaction.objects.exists()


def test_a_second_completion_is_refused_calmly(
    client: Client, alice: User, bob: User, acme: Customer
) -> None:
    row = overdue(acme)
    url = f"/obligations/{row.pk}/complete/"
    client.force_login(bob)
    client.post(url, {"channel": "phone", "note": "By bob."}, headers=HTMX)
    client.force_login(alice)
    response = client.post(url, {"channel": "phone", "note": "By alice."}, headers=HTMX)

    assertContains(response, "Already done by bob on 18 Nov 2026.")
    assertContains(response, "By alice.")
    assert Interaction.objects.count() == 1
    assert Obligation.objects.open().filter(customer=acme, promise=row.promise).count() == 1


def test_a_snooze_says_why_and_until_when(client: Client, alice: User, acme: Customer) -> None:
    row = overdue(acme)
    client.force_login(alice)
    data = {"until": "2026-12-01", "reason": "At a trade fair."}
    response = client.post(f"/obligations/{row.pk}/snooze/", data, headers=HTMX)

    assertContains(response, "Snoozed until 1 Dec 2026.")
    assertContains(response, "1 Dec 2026")
    assertContains(client.get(f"/obligations/{row.pk}/"), "At a trade fair.")
    assert Snooze.objects.get().by == alice


@pytest.mark.parametrize(
    "until, reason, said",
    [
        ("2026-11-18", "Kept reason.", "Choose a day after today."),
        ("9999-12-31", "Kept reason.", "or earlier: a promise is put off by 90 days at most."),
        ("gibberish", "Kept reason.", "Enter a valid date."),
        ("2026-12-01", "", "This field is required."),
    ],
)
def test_a_refused_snooze_keeps_what_was_typed(
    client: Client, alice: User, acme: Customer, until: str, reason: str, said: str
) -> None:
    row = overdue(acme)
    client.force_login(alice)
    response = client.post(f"/obligations/{row.pk}/snooze/", {"until": until, "reason": reason}, headers=HTMX)

    assertContains(response, said)
    assertContains(response, f'value="{until}"')
    assertContains(response, reason)
    assert not Snooze.objects.exists()


@pytest.mark.parametrize(
    "method, path",
    [("get", ""), ("get", "complete/"), ("get", "snooze/"), ("post", "complete/"), ("post", "snooze/")],
)
def test_a_foreign_promise_is_as_good_as_missing(
    client: Client, alice: User, foreign: Customer, path: str, method: str
) -> None:
    client.force_login(alice)
    theirs = getattr(client, method)(f"/obligations/{owed(foreign, 'contact').pk}/{path}")
    missing = getattr(client, method)(f"/obligations/999999/{path}")

    assert (theirs.status_code, missing.status_code) == (404, 404)


@pytest.mark.parametrize("who, status", [("audrey", 403), ("tess", 404), ("alice", 200), ("dora", 200)])
@pytest.mark.parametrize("verb", ["complete", "snooze"])
def test_who_may_act_on_a_sales_promise(
    client: Client, cast: dict[str, User], acme: Customer, who: str, status: int, verb: str
) -> None:
    client.force_login(cast[who])

    assert client.get(f"/obligations/{owed(acme, 'contact').pk}/{verb}/").status_code == status


def test_another_department_s_promise_is_seen_but_not_kept(
    client: Client, alice: User, acme: Customer
) -> None:
    row = owed(acme, "upkeep", "technical")
    client.force_login(alice)

    assert client.get(f"/obligations/{row.pk}/").status_code == 200
    data = {"channel": "visit", "note": "I did it."}
    assert client.post(f"/obligations/{row.pk}/complete/", data).status_code == 403
    assert not Interaction.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_holds_what_is_open(
    client: Client,
    alice: User,
    make_customer: MakeCustomer,
    foreign: Customer,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """Session, user and team; rows; count; the choices of tier, assignee, and account manager and team on the day."""
    plan(*[make_customer(f"C{n}", tier="potential", owner=alice) for n in range(rows)])
    client.force_login(alice)

    with django_assert_num_queries(9):
        response = client.get("/obligations/")

    assert {line.obligation.customer.name for line in response.context["lines"]} == {
        f"C{n}" for n in range(rows)
    }
    assertNotContains(response, "Foreign")


@pytest.mark.parametrize(
    "query, keys",
    [
        ("department=logistics", {"delivery"}),
        ("department=technical", {"meeting", "upkeep", "training"}),
        ("state=done", {"gift"}),
        ("overdue=on", {"contact"}),
        ("due_before=2026-11-15", {"contact"}),
        ("due_after=2100-01-01", set()),
        ("due_after=nonsense&department=logistics", set()),
        ("department=nonsense&due_before=2026-11-15", set()),
    ],
)
def test_the_list_is_asked(client: Client, alice: User, acme: Customer, query: str, keys: set[str]) -> None:
    overdue(acme)
    gift = owed(acme, "gift")
    client.force_login(alice)
    client.post(f"/obligations/{gift.pk}/complete/", {"channel": "post", "note": "Tea."})

    lines = client.get(f"/obligations/?{query}").context["lines"]
    assert {line.obligation.promise.key for line in lines} == keys


def test_the_list_is_asked_by_tier_person_and_customer(
    client: Client, dora: User, alice: User, acme: Customer, foreign: Customer, make_customer: MakeCustomer
) -> None:
    plan(make_customer("Regular", tier="regular"))
    client.force_login(dora)

    def names(query: str) -> set[str]:
        return {
            line.obligation.customer.name for line in client.get(f"/obligations/?{query}").context["lines"]
        }

    assert names("") == {"Acme", "Foreign", "Regular"}
    assert names(f"tier={acme.obligations.all()[0].tier_id}") == {"Acme", "Foreign"}
    assert names(f"assignee={alice.pk}") == {"Acme"}
    assert names(f"customer={foreign.pk}") == {"Foreign"}


@pytest.mark.parametrize("rows", [1, 3])
def test_the_panel_shows_what_is_open_what_was_kept_and_the_benefits(
    client: Client,
    alice: User,
    make_customer: MakeCustomer,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """Session and user; customer; days of grace; open ones; kept ones; benefits."""
    acme = make_customer("Acme", tier="regular" if rows == 1 else "core", owner=alice)
    plan(acme)
    client.force_login(alice)
    for row in acme.obligations.filter(department="sales")[:rows]:
        client.post(f"/obligations/{row.pk}/complete/", {"channel": "phone", "note": "All is well."})

    with django_assert_num_queries(9):
        response = client.get(f"/customers/{acme.pk}/promises/", headers=HTMX)

    assertNotContains(response, "<html")
    assert len(response.context["kept"]) == rows
    assertContains(response, "All is well.", count=rows)
    assertContains(response, "Points" if rows == 1 else "Annual rebate")
    assertContains(client.get(f"/customers/{acme.pk}/promises/"), "<html")


def test_the_panel_of_an_ungraded_customer_says_why_it_is_empty(
    client: Client, alice: User, make_customer: MakeCustomer
) -> None:
    client.force_login(alice)
    customer = make_customer("New", tier=None, owner=alice)

    assertContains(client.get(f"/customers/{customer.pk}/promises/"), "promises follow from the tier")


def test_a_department_sees_its_own_promises_in_the_panel(client: Client, tess: User, acme: Customer) -> None:
    client.force_login(tess)
    response = client.get(f"/customers/{acme.pk}/promises/")

    assert {line.obligation.department for line in response.context["lines"]} == {"technical"}


def test_the_panel_of_a_foreign_customer_is_as_good_as_missing(
    client: Client, alice: User, foreign: Customer
) -> None:
    client.force_login(alice)

    assert client.get(f"/customers/{foreign.pk}/promises/").status_code == 404
    assert client.get("/customers/999999/promises/").status_code == 404


def test_the_panel_is_closed_to_a_department_without_a_task(
    client: Client, logan: User, acme: Customer
) -> None:
    client.force_login(logan)
    assert client.get(f"/customers/{acme.pk}/promises/").status_code == 200

    move(acme, "potential")
    plan(acme)
    assert client.get(f"/customers/{acme.pk}/promises/").status_code == 404


@pytest.mark.parametrize("verb", ["complete", "snooze"])
def test_a_row_on_the_customer_s_page_does_not_name_the_customer(
    client: Client, alice: User, acme: Customer, verb: str
) -> None:
    """`hx-vals` of the panel comes along with every question its rows ask."""
    row = overdue(acme)
    client.force_login(alice)
    assertContains(client.get(f"/customers/{acme.pk}/promises/", headers=HTMX), 'hx-vals=\'{"bare": "1"}\'')
    url, link = f"/obligations/{row.pk}/{verb}/", f'href="/customers/{acme.pk}/"'

    assertNotContains(client.get(f"{url}?bare=1", headers=HTMX), link)
    assertNotContains(client.post(url, {"bare": "1"}, headers=HTMX), link)
    assertContains(client.get(url, headers=HTMX), link)


@pytest.mark.parametrize("who", ["dan", "dora", "audrey"])
def test_everybody_reads_the_playbooks(
    client: Client, cast: dict[str, User], who: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(cast[who])
    with django_assert_num_queries(9):
        response = client.get("/playbooks/")

    assertContains(response, "Weekly call by the account manager")
    assertContains(response, "responds within 1 working hour")
    assertContains(response, "solves within 8 working hours")


@pytest.mark.parametrize("path", ["/my-day/", "/obligations/", "/playbooks/"])
def test_pages_are_behind_the_log_in(client: Client, path: str) -> None:
    assert client.get(path).headers["Location"].startswith("/account/login/")


def test_pages_speak_chinese(client: Client, alice: User, acme: Customer) -> None:
    overdue(acme)
    alice.language = "zh-hans"
    alice.save()
    client.force_login(alice)

    assertContains(client.get("/my-day/"), "客户经理每周电话联系")


def test_today_is_the_day_in_shanghai(client: Client, alice: User, acme: Customer) -> None:
    row = owed(acme, "contact")
    Obligation.objects.filter(pk=row.pk).update(
        due_on=date(2026, 11, 19), originally_due_on=date(2026, 11, 19)
    )
    client.force_login(alice)
    with time_machine.travel("2026-11-18T17:00+00:00", tick=False):
        response = client.get("/my-day/")

    assert [line.obligation for line in response.context["sections"][1].lines] == [row]
