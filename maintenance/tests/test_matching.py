"""Contacts keep the promises that they fit: by themselves, and corrected by people."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from customers.models import Customer, Interaction
from customers.services import log_interaction
from maintenance import services
from maintenance.models import Match, Obligation
from maintenance.tests.conftest import TODAY, MakeCustomer, owed, plan

NOON = datetime(2026, 11, 18, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


def at(day: date) -> datetime:
    return NOON + (day - TODAY)


def talk(
    customer: Customer, by: User, day: date = TODAY, channel: str = "phone", department: str = "sales"
) -> Interaction:
    return log_interaction(customer, by=by, at=at(day), channel=channel, note="Said.", department=department)


@pytest.fixture
def acme(make_customer: MakeCustomer, alice: User) -> Customer:
    customer = make_customer("Acme", owner=alice)
    plan(customer)
    return customer


def kept(customer: Customer) -> list[tuple[str, str]]:
    rows = Obligation.objects.done().filter(customer=customer)
    return sorted(rows.values_list("key", "department"))


@pytest.mark.parametrize(
    "channel, department, keeps",
    [
        ("phone", "sales", [("contact", "sales")]),
        ("visit", "sales", [("meeting", "sales")]),
        ("visit", "technical", [("meeting", "technical")]),
        ("phone", "technical", []),
        ("wechat", "sales", []),
    ],
)
def test_a_contact_keeps_what_its_channel_and_department_fit(
    acme: Customer, alice: User, channel: str, department: str, keeps: list[tuple[str, str]]
) -> None:
    """Never a deed: no call is a present, no visit a maintenance of the equipment."""
    said = talk(acme, alice, channel=channel, department=department)
    done = plan(acme)

    assert kept(acme) == keeps
    assert (done.matched, done.created) == (len(keeps), len(keeps))
    for row in Obligation.objects.done():
        assert (row.how, row.interaction, row.completed_at, row.completed_by) == (
            "matched",
            said,
            NOON,
            alice,
        )
    matches = [(match.interaction, match.holds, match.by) for match in Match.objects.all()]
    assert matches == [(said, True, None)] * len(keeps)
    assert plan(acme) == services.Replanned()


def test_somebody_else_s_contact_keeps_nothing(
    acme: Customer, make_customer: MakeCustomer, alice: User
) -> None:
    other = make_customer("Other", owner=alice)
    talk(other, alice)

    assert plan(acme).matched == 0


def test_one_contact_keeps_all_that_it_fits(make_customer: MakeCustomer, alice: User) -> None:
    """A visit is a contact too."""
    acme = make_customer("Acme", tier="important", owner=alice)
    plan(acme)
    talk(acme, alice, channel="visit")
    plan(acme)

    assert kept(acme) == [("contact", "sales"), ("meeting", "sales")]


def test_a_contact_too_soon_is_one_beyond_the_promise(acme: Customer, alice: User) -> None:
    """A weekly call kept on the 18th: the next is due on the 25th, and calls count from the 22nd on."""
    talk(acme, alice)
    plan(acme)
    assert (owed(acme, "contact").due_on, owed(acme, "contact").opens_on) == (
        date(2026, 11, 25),
        date(2026, 11, 22),
    )
    talk(acme, alice, date(2026, 11, 21))
    assert plan(acme, today=date(2026, 11, 21)).matched == 0

    talk(acme, alice, date(2026, 11, 23))
    assert plan(acme, today=date(2026, 11, 23)).matched == 1
    assert owed(acme, "contact").due_on == date(2026, 11, 30)


@pytest.mark.parametrize("days, missed_on", [(2, None), (3, date(2026, 11, 28))])
def test_kept_within_its_grace_is_not_broken(
    acme: Customer, alice: User, days: int, missed_on: date | None
) -> None:
    talk(acme, alice)
    plan(acme)
    due = owed(acme, "contact")
    talk(acme, alice, due.due_on + timedelta(days=days))
    plan(acme, today=date(2026, 12, 9))  # nobody looked meanwhile
    due.refresh_from_db()

    assert (due.state, due.missed_on) == ("done", missed_on)


def test_logging_a_contact_today_keeps_it_at_once(acme: Customer, alice: User) -> None:
    today = timezone.localdate()
    Obligation.objects.filter(key="contact").update(opens_on=today, due_on=today, originally_due_on=today)
    said = log_interaction(acme, by=alice, at=timezone.now(), channel="phone", note="Said.")

    assert Obligation.objects.done().get().interaction == said
    assert owed(acme, "contact").due_on > today


def test_logging_a_contact_of_yesterday_keeps_it_a_moment_later(
    acme: Customer, alice: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    day = timezone.localdate() - timedelta(days=1)
    Obligation.objects.filter(key="contact").update(opens_on=day, due_on=day, originally_due_on=day)
    with django_capture_on_commit_callbacks(execute=True):
        said = log_interaction(
            acme, by=alice, at=timezone.now() - timedelta(days=1), channel="phone", note="Said."
        )

    kept = Obligation.objects.done().get()
    assert (kept.interaction, kept.missed_on) == (said, None)


def test_what_is_said_to_be_kept_is_not_recognised_again(acme: Customer, alice: User) -> None:
    row = services.complete(owed(acme, "contact"), by=alice, at=NOON, channel="phone", note="Said.")

    assert (row.how, row.interaction) == ("said", Interaction.objects.get())
    assert plan(acme, today=TODAY) == services.Replanned()
    assert not Match.objects.exists()


def test_a_wrong_match_is_taken_back_and_stays_so(acme: Customer, alice: User, bob: User) -> None:
    first = owed(acme, "contact")
    said = talk(acme, alice)
    plan(acme)
    following = owed(acme, "contact")
    row = services.take_back(first, by=bob, at=NOON, reason="That was about a parcel.")
    following.refresh_from_db()

    assert (row.pk, row.state, row.interaction, row.completed_by, row.due_on) == (
        first.pk, "open", None, None, first.due_on,
    )  # fmt: skip
    assert (following.state, following.why) == ("withdrawn", "reopened")
    assert list(Match.objects.filter(holds=False).values_list("interaction", "reason", "by")) == [
        (said.pk, "That was about a parcel.", bob.pk)
    ]
    assert plan(acme) == services.Replanned()
    assert owed(acme, "contact").pk == first.pk


def test_another_contact_that_fits_takes_its_place(acme: Customer, alice: User) -> None:
    first = owed(acme, "contact")
    talk(acme, alice)
    later = talk(acme, alice, TODAY + timedelta(days=1))
    plan(acme)
    row = services.take_back(first, by=alice, at=at(TODAY + timedelta(days=2)), reason="Wrong number.")

    assert (row.state, row.interaction) == ("done", later)
    assert owed(acme, "contact").due_on == date(2026, 11, 26)


def test_a_contact_is_chosen_by_hand_whatever_its_channel(acme: Customer, alice: User, bob: User) -> None:
    chat = talk(acme, alice, channel="wechat")
    row = services.choose(owed(acme, "contact"), chat, by=bob, at=at(TODAY + timedelta(days=1)))

    assert (row.state, row.how, row.interaction, row.completed_by, row.completed_at) == (
        "done", "chosen", chat, alice, NOON,
    )  # fmt: skip
    assert owed(acme, "contact").due_on == date(2026, 11, 25)

    call = talk(acme, alice, TODAY + timedelta(days=1))
    services.choose(row, call, by=bob, at=at(TODAY + timedelta(days=2)), reason="The call it was.")
    row.refresh_from_db()
    assert row.interaction == call
    assert owed(acme, "contact").due_on == date(2026, 11, 26)
    assert replace(plan(acme, today=TODAY + timedelta(days=2)), missed=0) == services.Replanned()


def test_what_others_build_upon_is_not_taken_back(acme: Customer, alice: User) -> None:
    first = owed(acme, "contact")
    for days in (0, 7):
        talk(acme, alice, TODAY + timedelta(days=days))
        plan(acme, today=TODAY + timedelta(days=days))

    with pytest.raises(ValidationError, match="settled already"):
        services.take_back(first, by=alice, at=at(TODAY + timedelta(days=8)), reason="No.")
    assert Obligation.objects.done().count() == 2


def test_a_contact_of_another_customer_is_refused(
    acme: Customer, make_customer: MakeCustomer, alice: User
) -> None:
    foreign = talk(make_customer("Other", owner=alice), alice)

    with pytest.raises(ValidationError, match="with this customer"):
        services.choose(owed(acme, "contact"), foreign, by=alice, at=NOON)


# Skipped, excused, broken


@pytest.mark.parametrize("verb, state", [("skip", "skipped"), ("excuse", "excused")])
def test_what_is_set_aside_says_why_and_the_next_one_is_planned(
    acme: Customer, bob: User, alice: User, verb: str, state: str
) -> None:
    talk(acme, alice)
    plan(acme)
    row = getattr(services, verb)(owed(acme, "contact"), by=bob, at=NOON, reason="They are closed.")

    assert (row.state, row.set_aside_at, row.set_aside_by, row.reason, row.missed_on) == (
        state, NOON, bob, "They are closed.", None,
    )  # fmt: skip
    assert owed(acme, "contact").due_on == date(2026, 12, 2)  # a week after the day it was due
    assert plan(acme) == services.Replanned()
    with pytest.raises(ValidationError, match="Set aside by bob on 18 Nov 2026"):
        services.complete(row, by=bob, at=NOON, channel="phone", note="Late.")


def test_broken_is_a_fact_with_a_day(acme: Customer, alice: User, bob: User) -> None:
    """The first day after the grace, however late we look; keeping, putting off or a lower tier changes nothing."""
    talk(acme, alice)
    plan(acme)
    due = owed(acme, "contact")
    assert due.due_on == date(2026, 11, 25)
    plan(acme, today=date(2026, 11, 27))
    assert not Obligation.objects.filter(pk=due.pk, missed_on__isnull=False).exists()
    assert plan(acme, today=date(2026, 12, 7)).missed >= 1
    due.refresh_from_db()
    assert (due.missed_on, due.state) == (date(2026, 11, 28), "open")

    services.snooze(due, by=alice, at=at(date(2026, 12, 7)), until=date(2026, 12, 14), reason="Fair.")
    services.excuse(due, by=bob, at=at(date(2026, 12, 8)), reason="Their phones were down.")
    due.refresh_from_db()
    assert (due.missed_on, due.state) == (date(2026, 11, 28), "excused")
