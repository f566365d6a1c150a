"""The cards of My day: what one wants to know before one calls, logging in place, and planning the next."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains, assertNotContains

from accounts.models import User
from customers.models import Contact, Customer, Interaction
from customers.tests.making import a_talk
from maintenance import casework, services, worklist
from maintenance.cadence import Bucket
from maintenance.models import Obligation, Snooze
from maintenance.tests.conftest import TODAY, MakeCustomer, owed, plan
from tiering.models import TierChange
from toolbox.pages import Count

if TYPE_CHECKING:
    from playwright.sync_api import Page

HTMX = {"HX-Request": "true"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def _noon() -> Iterator[None]:
    with time_machine.travel("2026-11-18T12:00+08:00", tick=False):
        yield


def due(row: Obligation, days: int) -> Obligation:
    day = TODAY + timedelta(days=days)
    Obligation.objects.filter(pk=row.pk).update(due_on=day, originally_due_on=day)
    row.refresh_from_db()
    return row


def with_a_story(customer: Customer, by: User) -> Customer:
    """Four contacts, four open cases, a tier with a reason."""
    plan(customer)
    due(owed(customer, "contact"), -3)
    Contact.objects.create(customer=customer, name="Ms Li", phone="010-1234", is_primary=True)
    for n in range(4):
        day = timezone.now() - timedelta(days=10 - n)  # too early to keep anything
        a_talk(customer, by, f"Talk {n} with {customer.name}.", when=day)
        casework.open_case(
            customer, kind="complaint", subject=f"Gear {n}", department="sales", by=by, at=timezone.now()
        )
    TierChange.objects.create(
        customer=customer,
        to_tier=customer.standing.tier,
        effective_on=TODAY,
        changed_at=timezone.now(),
        reason={"kind": "by_hand", "expires_on": "2027-01-31"},
    )
    return customer


@pytest.mark.usefixtures("_noon")
@pytest.mark.parametrize("rows", [1, 3])
def test_a_card_says_what_one_wants_to_know_in_as_many_queries_for_many(
    client: Client,
    alice: User,
    carol: User,
    make_customer: MakeCustomer,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """Session, user and team; four counts; three sections; contacts, tier changes, cases with clocks and overrides."""
    with_a_story(make_customer("Foreign", owner=carol), carol)
    mine = [with_a_story(make_customer(f"C{n}", owner=alice), alice) for n in range(rows)]
    Obligation.objects.filter(customer__in=mine).exclude(promise__key="contact").delete()
    client.force_login(alice)

    with django_assert_num_queries(15):
        response = client.get("/my-day/")

    lines = response.context["sections"][0].lines
    assert [line.obligation.customer for line in lines] == mine
    for line in lines:
        name = line.obligation.customer.name
        assert [said.note for said in line.card.contacts] == [f"Talk {n} with {name}." for n in (3, 2, 1)]
        assert [each.case.request.subject for each in line.card.cases] == ["Gear 0", "Gear 1", "Gear 2"]
        assert line.card.more_cases == 1
        assert line.card.why.text == "Set by hand until 31 Jan 2027."
    assertContains(response, "Set by hand until 31 Jan 2027.", count=rows)
    assertContains(response, 'href="tel:010-1234"', count=rows)
    assertContains(response, lines[0].card.cases[0].case.number)
    assertNotContains(response, "Foreign")


@pytest.mark.usefixtures("_noon")
def test_a_new_customer_s_card_says_that_there_is_nothing(
    client: Client, alice: User, make_customer: MakeCustomer
) -> None:
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    due(owed(acme, "contact"), 0)
    Obligation.objects.exclude(promise__key="contact").delete()
    client.force_login(alice)

    response = client.get("/my-day/")
    for text in ("No contact yet", "No open case", "No tier change on record"):
        assertContains(response, text, count=1)


@pytest.mark.usefixtures("_noon")
def test_of_the_same_tier_and_value_the_latest_comes_first(alice: User, make_customer: MakeCustomer) -> None:
    """To the thousand yuan: a few fen are no other value."""
    for name, amount, days in (
        ("Rich", 10**9, -1),
        ("Late", 200_000_00, -2),
        ("Later", 200_000_37, -9),
        ("Latest", 200_000_01, -400),
        ("Less", 199_000_00, -30),
    ):
        acme = make_customer(name, owner=alice, amount=amount)
        plan(acme)
        due(owed(acme, "contact"), days)

    found = worklist.section(Bucket.OVERDUE, user=alice, today=TODAY, count=Count(0, is_capped=False))
    assert [line.obligation.customer.name for line in found.lines] == [
        "Rich",
        "Latest",
        "Later",
        "Late",
        "Less",
    ]


@pytest.mark.usefixtures("_noon")
def test_the_card_comes_back_with_the_contact_that_was_logged(
    client: Client, alice: User, make_customer: MakeCustomer
) -> None:
    acme = with_a_story(make_customer("Acme", owner=alice), alice)
    row = owed(acme, "contact")
    client.force_login(alice)

    form = client.get(f"/obligations/{row.pk}/complete/?day=1", headers=HTMX)
    assertContains(form, "Talk 3 with Acme.")
    assertContains(form, "Empty: as promised; after a contact of today on 25 Nov 2026.")
    done = client.post(
        f"/obligations/{row.pk}/complete/",
        {"channel": "phone", "note": "They want samples.", "day": "1"},
        headers=HTMX,
    )
    assertContains(done, "They want samples.")
    assertNotContains(done, "Talk 1 with Acme.")  # three are shown


@pytest.mark.usefixtures("_noon")
def test_what_was_done_on_an_earlier_day_is_kept_on_that_day(
    client: Client, alice: User, make_customer: MakeCustomer
) -> None:
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    row = due(owed(acme, "contact"), 2)
    client.force_login(alice)
    address = f"/obligations/{row.pk}/complete/"

    form = client.get(f"{address}?day=1", headers=HTMX)
    assertContains(form, '<input type="date" name="on" value="2026-11-18"')
    said = {"channel": "phone", "note": "They want samples.", "on": "2026-11-16", "day": "1"}
    assertContains(client.post(address, said, headers=HTMX), "The next one is due on 23 Nov 2026.")

    row.refresh_from_db()
    then = datetime(2026, 11, 16, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert (row.state, row.completed_at, row.missed_on) == ("done", then, None)
    assert [each.at for each in Interaction.objects.all()] == [then]
    assert plan(acme) == services.Replanned()


@pytest.mark.usefixtures("_noon")
@pytest.mark.parametrize("on", ["2026-11-19", "2025-11-17", "gibberish"])
def test_no_day_to_come_and_none_long_gone(
    client: Client, alice: User, make_customer: MakeCustomer, on: str
) -> None:
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    row = owed(acme, "contact")
    client.force_login(alice)
    said = {"channel": "phone", "note": "Typed with care.", "on": on}

    assertContains(client.post(f"/obligations/{row.pk}/complete/", said, headers=HTMX), "Typed with care.")
    assert client.post(f"/api/v1/obligations/{row.pk}/complete/", said).status_code == 400
    assert not Interaction.objects.exists()


@pytest.mark.usefixtures("_noon")
@pytest.mark.parametrize(
    "on, due_on",
    [
        ("2026-11-20", date(2026, 11, 20)),
        ("2026-12-05", date(2026, 12, 7)),
        ("2026-11-25", date(2026, 11, 25)),
    ],
)
def test_the_next_one_is_planned_with_the_contact(
    client: Client, alice: User, make_customer: MakeCustomer, on: str, due_on: date
) -> None:
    """Sooner or later than promised, on a working day; why is what was agreed."""
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    row = due(owed(acme, "contact"), 0)
    client.force_login(alice)

    done = client.post(
        f"/obligations/{row.pk}/complete/",
        {"channel": "phone", "note": "Call again then.", "next_on": on},
        headers=HTMX,
    )

    following = owed(acme, "contact")
    assert (following.due_on, following.originally_due_on) == (due_on, date(2026, 11, 25))
    assertContains(done, f"The next one is due on {due_on.day} {due_on:%b} 2026.")
    snoozes = list(Snooze.objects.values_list("obligation", "until", "reason", "by"))
    agreed = (
        []
        if following.due_on == following.originally_due_on
        else [(following.pk, due_on, "Call again then.", alice.pk)]
    )
    assert snoozes == agreed


@pytest.mark.usefixtures("_noon")
@pytest.mark.parametrize("on", ["2026-11-18", "2026-11-01", "2027-06-01", "gibberish"])
def test_nothing_is_logged_where_the_next_one_cannot_be_then(
    client: Client, alice: User, make_customer: MakeCustomer, on: str
) -> None:
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    row = due(owed(acme, "contact"), 0)
    client.force_login(alice)

    refused = client.post(
        f"/obligations/{row.pk}/complete/",
        {"channel": "phone", "note": "Typed with care.", "next_on": on},
        headers=HTMX,
    )

    assertContains(refused, "Typed with care.")
    assert refused.context["form"].errors.keys() == {"next_on"}
    assert not Interaction.objects.exists()
    assert owed(acme, "contact") == row


@pytest.mark.usefixtures("_noon")
def test_what_is_planned_early_and_kept_in_time_was_never_broken(
    alice: User, make_customer: MakeCustomer
) -> None:
    """Grace is counted from the day that was promised."""
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    call = due(owed(acme, "contact"), 6)
    early = services.snooze(
        call, by=alice, at=timezone.now(), until=TODAY + timedelta(days=1), reason="Before the fair."
    )
    assert (early.due_on, early.is_brought_forward, early.breaks_on) == (
        TODAY + timedelta(days=1),
        True,
        TODAY + timedelta(days=9),
    )
    plan(acme, today=TODAY + timedelta(days=8))
    early.refresh_from_db()
    assert (early.due_on, early.missed_on) == (TODAY + timedelta(days=1), None)
    plan(acme, today=TODAY + timedelta(days=9))
    early.refresh_from_db()
    assert early.missed_on == TODAY + timedelta(days=9)


@pytest.mark.usefixtures("_noon")
def test_what_is_due_today_cannot_be_moved_to_today(alice: User, make_customer: MakeCustomer) -> None:
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    call = due(owed(acme, "contact"), 0)
    with pytest.raises(ValidationError, match="Choose a day after today"):
        services.snooze(call, by=alice, at=timezone.now(), until=TODAY, reason="No.")
    later = due(call, 5)
    assert services.snooze(later, by=alice, at=timezone.now(), until=TODAY, reason="Now.").due_on == TODAY


@pytest.mark.usefixtures("_noon")
def test_a_lead_sees_who_has_how_much_to_do(
    client: Client,
    cast: dict[str, User],
    make_customer: MakeCustomer,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for owner, days in (("alice", -5), ("bob", 0), ("carol", 1)):
        acme = make_customer(owner, owner=cast[owner])
        plan(acme)
        Obligation.objects.filter(customer=acme).exclude(promise__key__in=["contact", "upkeep"]).delete()
        Obligation.objects.filter(customer=acme, promise__key="upkeep").exclude(
            department="technical"
        ).delete()
        for row in acme.obligations.all():
            due(row, days)
        plan(acme)
        Obligation.objects.filter(customer=acme).exclude(promise__key__in=["contact", "upkeep"]).delete()

    def table(who: str) -> set[tuple[str, int, int, int, int]]:
        return {
            (
                load.person.name if load.person else load.department,
                load.overdue,
                load.broken,
                load.today,
                load.this_week,
            )
            for load in worklist.loads(cast[who], TODAY)
        }

    with django_assert_num_queries(3):
        assert table("bob") == {("alice", 1, 1, 0, 0), ("bob", 0, 0, 1, 0)}
    assert table("dora") == {
        ("alice", 1, 1, 0, 0),
        ("bob", 0, 0, 1, 0),
        ("carol", 0, 0, 0, 1),
        ("technical", 1, 0, 1, 1),
    }
    client.force_login(cast["bob"])
    assertContains(client.get("/my-day/"), 'hx-get="/my-day/team/"')
    page = client.get("/my-day/team/")
    assertContains(page, f'href="/my-day/?person={cast["alice"].pk}"')
    assertNotContains(page, "carol")
    client.force_login(cast["alice"])
    assertNotContains(client.get("/my-day/"), "/my-day/team/")
    assert client.get("/my-day/team/").status_code == 403


@pytest.mark.usefixtures("_noon")
def test_a_department_s_pool_is_less_what_colleagues_took(
    client: Client, tess: User, make_customer: MakeCustomer
) -> None:
    tom = User.objects.create(username="tom", role="technical")
    acme = make_customer("Acme")
    plan(acme)
    upkeep = due(owed(acme, "upkeep", "technical"), 0)
    Obligation.objects.exclude(pk=upkeep.pk).delete()

    assert [worklist.owed(user).count() for user in (tess, tom)] == [1, 1]
    Obligation.objects.update(assignee=tom)
    assert [worklist.owed(user).count() for user in (tess, tom)] == [0, 1]
    client.force_login(tess)
    assertNotContains(client.get("/my-day/"), "Acme")
    assertContains(client.get(f"/my-day/?person={tom.pk}"), "Acme")


@pytest.fixture
def day_of_two(
    transactional_db: None, make_customer: MakeCustomer, alice: User
) -> tuple[Obligation, Obligation]:
    """On the real today: the browser's clock is."""
    today = timezone.localdate()
    rows = []
    for name, amount in (("Large", 10**9), ("Small", 10**8)):
        acme = make_customer(name, owner=alice, amount=amount)
        plan(acme, today=today)
        row = owed(acme, "contact")
        Obligation.objects.filter(customer=acme).exclude(pk=row.pk).delete()
        Obligation.objects.filter(pk=row.pk).update(due_on=today, originally_due_on=today)
        rows.append(row)
    return rows[0], rows[1]


def focused(page: "Page") -> str:
    return str(page.evaluate("document.activeElement.id"))


@pytest.mark.django_db(transaction=True)
def test_a_day_is_done_with_the_keyboard_alone(
    sign_in: "Callable[[User], Page]", alice: User, day_of_two: tuple[Obligation, Obligation]
) -> None:
    first, second = day_of_two
    page = sign_in(alice)
    page.goto("/my-day/")
    press = page.keyboard.press

    for key, row in (("j", first), ("j", second), ("j", second), ("k", first), ("k", first)):
        press(key)
        assert focused(page) == f"obligation-{row.pk}"
    press("?")
    page.locator("#day-help[open]").wait_for()
    press("j")
    press("Escape")
    page.locator("#day-help[open]").wait_for(state="detached")

    page.locator(f"#obligation-{first.pk}").focus()
    press("s")
    page.locator(f"#id_{first.pk}_until:focus").wait_for()
    page.evaluate("document.activeElement.blur()")  # as in the moment before a new form gets the focus
    press("Escape")
    page.locator(f"#obligation-{first.pk}:focus").wait_for()
    press("Enter")
    note = page.locator(f"#id_{first.pk}_note")
    note.wait_for()
    page.locator(f"#id_{first.pk}_note:focus").wait_for()
    page.keyboard.type("just jokes, x?")  # every letter a key of the page, were it not a field
    assert note.input_value() == "just jokes, x?"
    press("Control+Enter")
    page.locator(f"#obligation-{first.pk} [role=status]").wait_for()
    page.locator(f"#obligation-{first.pk}:focus").wait_for()
    assert Interaction.objects.get().note == "just jokes, x?"

    press("j")
    press("x")
    assert page.locator("[data-ticked]").inner_text() == "1"
    press("b")
    assert page.evaluate("document.activeElement.form.id") == "many"

    page.locator("[data-day-help]").click()
    page.locator("[data-day-keys]").uncheck()
    press("Escape")
    page.locator(f"#obligation-{second.pk}").focus()
    press("s")
    page.wait_for_timeout(300)
    assert not page.locator(f"#id_{second.pk}_until").count()
    assert focused(page) == f"obligation-{second.pk}"


@pytest.mark.django_db(transaction=True)
def test_a_section_is_ticked_at_once(
    sign_in: "Callable[[User], Page]", alice: User, day_of_two: tuple[Obligation, Obligation]
) -> None:
    page = sign_in(alice)
    page.goto("/my-day/")
    page.locator("[data-tick-in=today]").check()
    assert page.locator("[data-ticked]").inner_text() == "2"
    page.locator("#many button", has_text="Skip").click()
    page.locator("#id_many_reason").fill("The fair.")
    page.locator("main .btn-primary").click()
    page.locator(".alert", has_text="2 promises changed.").wait_for()
    assert set(
        Obligation.objects.filter(pk__in=[row.pk for row in day_of_two]).values_list("state", "reason")
    ) == {("skipped", "The fair.")}
