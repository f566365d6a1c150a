from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from customers import services as customer_services
from customers.models import Customer, Interaction, KeyDate
from customers.signals import customers_changed
from maintenance import services, tasks
from maintenance.cadence import first_due, next_due, opening_days
from maintenance.defaults import B2B as PLAYBOOKS
from maintenance.models import CalendarOverride, Obligation, Playbook, Promise, Snooze
from maintenance.services import Replanned, planning
from maintenance.tests.conftest import TODAY, MakeCustomer, move, owed, plan
from tiering.signals import tiers_changed
from toolbox.calendars import is_working_day

Capture = Callable[..., AbstractContextManager[list[Callable[[], object]]]]
NOON = datetime(2026, 11, 18, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
CORE = len(PLAYBOOKS["core"].promises)
IMPORTANT = len(PLAYBOOKS["important"].promises)


def keep(obligation: Obligation, by: User, at: datetime = NOON) -> Obligation:
    return services.complete(obligation, by=by, at=at, channel="visit", note="All is well.")


def facts() -> list[tuple[str, ...]]:
    fields = ("customer__name", "promise__key", "department", "due_on", "state", "why", "assignee")
    return sorted(tuple(map(str, row)) for row in Obligation.objects.values_list(*fields))


def test_each_promise_of_the_tier_is_owed_once(make_customer: MakeCustomer, alice: User) -> None:
    acme = make_customer("Acme", owner=alice)

    assert plan(acme) == Replanned(created=CORE)
    assert set(acme.obligations.values_list("promise__key", "department")) == {
        (p.key, p.department) for p in PLAYBOOKS["core"].promises
    }
    assert all(is_working_day(row.due_on) and row.due_on > TODAY for row in acme.obligations.all())


def test_sales_promises_are_the_owner_s_and_the_others_the_department_s(
    make_customer: MakeCustomer, alice: User
) -> None:
    acme = make_customer("Acme", owner=alice)
    plan(acme)

    assert {(row.department, row.assignee) for row in acme.obligations.all()} == {
        ("sales", alice),
        ("service", None),
        ("technical", None),
        ("logistics", None),
    }


def test_a_second_run_changes_nothing(make_customer: MakeCustomer, alice: User) -> None:
    customers = [make_customer(tier, tier=tier, owner=alice) for tier in PLAYBOOKS]
    plan(*customers)
    before = facts()

    assert plan(*customers) == Replanned()
    later = TODAY + timedelta(days=30)
    assert replace(services.replan(None, today=later), missed=0) == Replanned()
    assert services.replan(None, today=later) == Replanned()
    assert facts() == before


@pytest.mark.parametrize("customers", [1, 3])
def test_a_batch_costs_the_same_however_large(
    make_customer: MakeCustomer, customers: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Rules 4, batch: contacts, customers, birthdays, open ones, kept ones, insert, and its transaction's two."""
    book = [make_customer(f"C{n}", tier="regular") for n in range(customers)]

    with django_assert_num_queries(13):
        plan(*book)


def test_the_whole_book_is_planned_in_batches(
    make_customer: MakeCustomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "BATCH", 2)
    for n in range(5):
        make_customer(f"C{n}", tier="potential")

    assert services.replan(None, today=TODAY) == Replanned(created=5)


def test_first_due_dates_are_spread(make_customer: MakeCustomer) -> None:
    book = [make_customer(f"C{n}", tier="core") for n in range(20)]
    plan(*book)

    calls = (
        Obligation.objects.filter(promise__key="contact").order_by("due_on").values_list("due_on", flat=True)
    )
    per_day = [list(calls).count(day) for day in sorted(set(calls))]
    assert per_day == [4, 4, 4, 4, 4]


def test_ungraded_and_archived_customers_are_promised_nothing(make_customer: MakeCustomer) -> None:
    ungraded, archived = make_customer("Ungraded", tier=None), make_customer("Archived")
    Customer.objects.filter(pk=archived.pk).update(archived_at=NOON)

    assert plan(ungraded, archived) == Replanned()


def test_a_tier_change_withdraws_the_old_promises_and_makes_the_new(make_customer: MakeCustomer) -> None:
    acme, other = make_customer("Acme"), make_customer("Other")
    plan(acme, other)
    move(acme, "important")

    assert plan(acme, other) == Replanned(withdrawn=CORE, created=IMPORTANT)
    assert set(acme.obligations.values_list("state", "tier__key", "why", "withdrawn_on")) == {
        ("withdrawn", "core", "tier_changed", TODAY),
        ("open", "important", "", None),
    }
    assert set(other.obligations.values_list("state", flat=True)) == {"open"}


def test_archiving_withdraws_and_restoring_makes_anew(make_customer: MakeCustomer) -> None:
    acme = make_customer("Acme")
    plan(acme)
    Customer.objects.filter(pk=acme.pk).update(archived_at=NOON)

    assert plan(acme) == Replanned(withdrawn=CORE)
    assert set(acme.obligations.values_list("state", "why")) == {("withdrawn", "archived")}

    Customer.objects.filter(pk=acme.pk).update(archived_at=None)
    assert plan(acme) == Replanned(created=CORE)


@pytest.mark.parametrize("end", ["promise", "playbook"])
def test_what_the_playbook_no_longer_promises_is_withdrawn(make_customer: MakeCustomer, end: str) -> None:
    acme = make_customer("Acme", tier="potential")
    plan(acme)
    if end == "promise":
        Promise.objects.filter(playbook__tier__key="potential").update(is_active=False)
    else:
        Playbook.objects.filter(tier__key="potential").update(starts_on=None)

    assert plan(acme) == Replanned(withdrawn=1)
    assert acme.obligations.get().why == "promise_ended"


def test_a_new_owner_takes_over_what_sales_owes(
    make_customer: MakeCustomer, alice: User, carol: User
) -> None:
    acme, other = make_customer("Acme", owner=alice), make_customer("Other", owner=alice)
    plan(acme, other)
    Customer.objects.filter(pk=acme.pk).update(owner=carol)
    sales = acme.obligations.filter(department="sales").count()

    assert plan(acme, other) == Replanned(reassigned=sales)
    assert {(row.department == "sales", row.assignee) for row in acme.obligations.all()} == {
        (True, carol),
        (False, None),
    }
    assert other.obligations.filter(assignee=alice).count() == sales


def test_whoever_is_given_away_archived_or_restored_is_planned_at_once(
    make_customer: MakeCustomer, alice: User, carol: User, django_capture_on_commit_callbacks: Capture
) -> None:
    """From the list and from the page, one or many: nobody waits for the night."""
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    with django_capture_on_commit_callbacks(execute=True):
        customer_services.assign([acme.pk], by=alice, owner=carol)
    assert set(acme.obligations.filter(department="sales").values_list("assignee", flat=True)) == {carol.pk}

    with django_capture_on_commit_callbacks(execute=True):
        customer_services.archive([acme.pk], by=alice, at=NOON)
    assert not acme.obligations.open().exists()

    with django_capture_on_commit_callbacks(execute=True):
        customer_services.restore([acme.pk], by=alice)
    assert acme.obligations.open().count() == CORE


def test_a_kept_promise_is_followed_by_the_next(make_customer: MakeCustomer, alice: User) -> None:
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    call = owed(acme, "contact")
    done = services.complete(call, by=alice, at=NOON, channel="phone", note="They want a second line.")

    interaction = Interaction.objects.get()
    assert (
        interaction.customer,
        interaction.by,
        interaction.at,
        interaction.channel,
        interaction.department,
    ) == (
        acme,
        alice,
        NOON,
        "phone",
        "sales",
    )
    assert (done.state, done.completed_at, done.completed_by, done.interaction) == (
        "done",
        NOON,
        alice,
        interaction,
    )
    following = owed(acme, "contact")
    assert (following.due_on, following.assignee) == (date(2026, 11, 25), alice)
    assert plan(acme) == Replanned()


def test_a_promise_is_kept_once(make_customer: MakeCustomer, alice: User, bob: User) -> None:
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    stale = owed(acme, "contact")
    keep(owed(acme, "contact"), by=alice)
    before = facts()

    with pytest.raises(ValidationError) as refusal:
        keep(stale, by=bob)

    assert refusal.value.messages == ["Already done by alice on 18 Nov 2026."]
    assert facts() == before
    assert Interaction.objects.count() == 1


def test_what_was_withdrawn_cannot_be_kept(make_customer: MakeCustomer, alice: User) -> None:
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    stale = owed(acme, "contact")
    move(acme, None)
    plan(acme)

    with pytest.raises(ValidationError) as refusal:
        keep(stale, by=alice)

    assert refusal.value.messages == ["No longer owed: The tier changed."]
    assert not Interaction.objects.exists()


def test_a_kept_promise_counts_for_both_playbooks(make_customer: MakeCustomer, alice: User) -> None:
    """Contacted as an important customer on the 18th: as a core one the next call is a week later."""
    acme = make_customer("Acme", tier="important", owner=alice)
    plan(acme)
    keep(owed(acme, "contact"), by=alice)
    move(acme, "core")
    plan(acme, today=TODAY + timedelta(days=1))

    assert owed(acme, "contact").due_on == date(2026, 11, 25)


def test_who_rises_keeps_the_day_from_which_on_contacts_count_even_if_the_higher_tier_has_the_same_day(
    make_customer: MakeCustomer,
) -> None:
    acme = make_customer("Acme", tier="core")
    plan(acme)
    drawn = owed(acme, "meeting").due_on
    Obligation.objects.all().delete()
    move(acme, "important")
    plan(acme, today=TODAY - timedelta(days=7))
    Obligation.objects.filter(key="meeting").update(due_on=drawn, originally_due_on=drawn)

    move(acme, "core")
    plan(acme)

    assert (owed(acme, "meeting").due_on, owed(acme, "meeting").opens_on) == (
        drawn,
        TODAY - timedelta(days=7),
    )


def test_another_department_s_promise_of_the_same_key_does_not_count(
    make_customer: MakeCustomer, alice: User
) -> None:
    acme = make_customer("Acme", tier="important", owner=alice)
    plan(acme)
    keep(owed(acme, "meeting"), by=alice)
    move(acme, "core")
    plan(acme)

    assert owed(acme, "meeting").due_on == date(2026, 12, 18)
    never_kept = owed(acme, "meeting", "technical")
    opening = opening_days(never_kept.promise.cadence, begins_on=TODAY)
    assert never_kept.due_on == first_due(opening, seed=acme.pk + crc32(b"meeting"))


def test_a_promise_kept_long_ago_starts_anew_and_is_not_late_at_once(
    make_customer: MakeCustomer, alice: User
) -> None:
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    keep(owed(acme, "contact"), by=alice)
    move(acme, None)
    plan(acme)
    move(acme, "core")
    later = TODAY + timedelta(days=200)
    plan(acme, today=later)

    assert later < owed(acme, "contact").due_on <= later + timedelta(days=10)


def test_the_office_s_calendar_moves_what_is_due(make_customer: MakeCustomer, alice: User) -> None:
    CalendarOverride.objects.create(day=date(2026, 11, 25), is_working=False)
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    keep(owed(acme, "contact"), by=alice)

    assert owed(acme, "contact").due_on == date(2026, 11, 26)
    assert next_due(owed(acme, "contact").promise.cadence, kept_on=TODAY) == date(2026, 11, 25)


def test_a_new_rhythm_moves_what_is_not_due_yet(make_customer: MakeCustomer, alice: User) -> None:
    """Counted from the day it was kept; what never was starts in the new first interval."""
    kept, new, late, put_off = [make_customer(f"C{n}", tier="important", owner=alice) for n in range(4)]
    plan(kept, new, late, put_off)
    keep(owed(kept, "contact"), by=alice)
    Obligation.objects.filter(pk=owed(late, "contact").pk).update(due_on=TODAY, originally_due_on=TODAY)
    services.snooze(owed(put_off, "contact"), by=alice, at=NOON, until=date(2026, 12, 21), reason="Away.")
    others = [fact for fact in facts() if fact[1] != "contact"]
    Promise.objects.filter(playbook__tier__key="important", key="contact").update(unit="month", interval=3)
    today = TODAY + timedelta(days=1)

    assert plan(kept, new, late, put_off, today=today) == Replanned(moved=2)
    assert owed(kept, "contact").due_on == date(2027, 2, 18)
    moved = owed(new, "contact")
    assert moved.due_on == moved.originally_due_on
    assert moved.due_on == first_due(
        opening_days(moved.promise.cadence, begins_on=today), seed=new.pk + crc32(b"contact")
    )
    assert owed(late, "contact").due_on == TODAY
    assert owed(put_off, "contact").due_on == date(2026, 12, 21)
    assert [fact for fact in facts() if fact[1] != "contact"] == others
    assert plan(kept, new, late, put_off, today=today) == Replanned()


def test_a_day_off_moves_what_is_due_on_it(make_customer: MakeCustomer, alice: User) -> None:
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    keep(owed(acme, "contact"), by=alice)
    snoozed, overdue = owed(acme, "meeting"), owed(acme, "gift")
    services.snooze(snoozed, by=alice, at=NOON, until=date(2027, 1, 4), reason="Away.")
    Obligation.objects.filter(pk=overdue.pk).update(due_on=TODAY, originally_due_on=TODAY)
    closed = (TODAY, date(2026, 11, 25), date(2026, 11, 26), date(2027, 1, 4))
    CalendarOverride.objects.bulk_create(CalendarOverride(day=day, is_working=False) for day in closed)
    elsewhere = acme.obligations.exclude(due_on__in=closed).values_list("pk", "due_on")
    before = set(elsewhere)
    on_closed_days = (
        Obligation.objects.open().filter(due_on__in=closed[1:], due_on=F("originally_due_on")).count()
    )

    assert plan(acme, today=date(2026, 11, 19)) == Replanned(moved=on_closed_days)
    call = owed(acme, "contact")
    assert (call.due_on, call.is_snoozed) == (date(2026, 11, 27), False)
    assert owed(acme, "meeting").due_on == date(2027, 1, 4)
    assert owed(acme, "gift").due_on == TODAY
    assert before <= set(elsewhere)
    assert plan(acme, today=date(2026, 11, 19)) == Replanned()


def test_a_greeting_follows_the_company_anniversary(make_customer: MakeCustomer, alice: User) -> None:
    """The key date if there is one, else the day cooperation began; somebody's birthday is neither."""
    acme = make_customer("Acme", owner=alice)
    KeyDate.objects.create(customer=acme, label="Ms Li's birthday", on=date(1990, 1, 5))
    plan(acme)
    assert owed(acme, "anniversary").due_on == date(2027, 5, 6)

    told = KeyDate.objects.create(customer=acme, label="公司成立周年", on=date(2001, 12, 9))
    assert plan(acme) == Replanned(moved=1)
    assert (
        owed(acme, "anniversary").due_on == owed(acme, "anniversary").originally_due_on == date(2026, 12, 9)
    )
    assert plan(acme) == Replanned()

    keep(owed(acme, "anniversary"), by=alice)  # early, and for this year all the same
    assert owed(acme, "anniversary").due_on == date(2027, 12, 9)
    assert plan(acme) == Replanned()

    told.delete()
    Customer.objects.filter(pk=acme.pk).update(cooperation_since=None)
    assert plan(acme) == Replanned(withdrawn=1)
    assert plan(acme) == Replanned()


def test_presents_are_due_before_both_festivals(make_customer: MakeCustomer, alice: User) -> None:
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    assert owed(acme, "gift").due_on == date(2027, 1, 22)

    keep(owed(acme, "gift"), by=alice)
    assert owed(acme, "gift").due_on == date(2027, 9, 1)


def test_a_snooze_moves_the_day_and_says_why(make_customer: MakeCustomer, alice: User) -> None:
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    call = owed(acme, "contact")
    services.snooze(call, by=alice, at=NOON, until=date(2026, 12, 1), reason="At a trade fair.")

    now = owed(acme, "contact")
    assert (now.pk, now.due_on, now.originally_due_on, now.is_snoozed) == (
        call.pk,
        date(2026, 12, 1),
        call.due_on,
        True,
    )
    assert list(Snooze.objects.values_list("obligation", "was_due_on", "until", "reason", "by", "at")) == [
        (call.pk, call.due_on, date(2026, 12, 1), "At a trade fair.", alice.pk, NOON)
    ]
    assert plan(acme) == Replanned()


@pytest.mark.parametrize(
    "until, message",
    [
        (TODAY - timedelta(days=1), "Choose a day after today."),
        (TODAY + timedelta(days=2), "It is due on that day already."),
        (
            TODAY + timedelta(days=93),
            "Choose 18 Feb 2027 or earlier: a promise is put off by 90 days at most.",
        ),
        (date(9999, 12, 31), "Choose 18 Feb 2027 or earlier: a promise is put off by 90 days at most."),
    ],
)
def test_a_snooze_puts_off(make_customer: MakeCustomer, alice: User, until: date, message: str) -> None:
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    call = owed(acme, "contact")
    Obligation.objects.filter(pk=call.pk).update(
        due_on=TODAY + timedelta(days=2), originally_due_on=TODAY + timedelta(days=2)
    )

    with pytest.raises(ValidationError) as refusal:
        services.snooze(call, by=alice, at=NOON, until=until, reason="Later.")

    assert refusal.value.message_dict == {"until": [message]}
    assert not Snooze.objects.exists()


def test_a_snooze_ends_on_a_working_day(make_customer: MakeCustomer, alice: User) -> None:
    acme = make_customer("Acme", tier="potential", owner=alice)
    plan(acme)
    CalendarOverride.objects.create(day=date(2027, 1, 11), is_working=False)
    sunday = date(2027, 1, 10)
    row = services.snooze(acme.obligations.get(), by=alice, at=NOON, until=sunday, reason="Away.")

    assert row.due_on == Snooze.objects.get().until == date(2027, 1, 12)


def test_what_was_put_off_comes_forward_again(make_customer: MakeCustomer, alice: User) -> None:
    """Earlier than it was due at first, too: the customer is back and asks for it."""
    acme = make_customer("Acme", tier="potential", owner=alice)
    plan(acme)
    row = acme.obligations.get()
    day = date(2026, 12, 1)
    Obligation.objects.filter(pk=row.pk).update(due_on=day, originally_due_on=day)
    for until in (date(2026, 12, 21), date(2026, 12, 7), date(2026, 11, 19)):
        services.snooze(row, by=alice, at=NOON, until=until, reason="As they wish.")
        row.refresh_from_db()
        assert (row.due_on, row.originally_due_on) == (until, day)

    assert plan(acme) == Replanned()


def test_the_database_lets_a_promise_be_open_once(make_customer: MakeCustomer) -> None:
    acme = make_customer("Acme", tier="potential")
    plan(acme)
    row = acme.obligations.get()
    row.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "done"},
        {"state": "withdrawn"},
        {"why": "archived"},
        {"completed_at": NOON},
        {"department": "kitchen"},
    ],
)
def test_the_database_wants_a_state_with_its_facts(
    make_customer: MakeCustomer, wrong: dict[str, object]
) -> None:
    acme = make_customer("Acme", tier="potential")
    plan(acme)

    with pytest.raises(IntegrityError), transaction.atomic():
        acme.obligations.update(**wrong)


def test_news_from_tiering_plans_anew(make_customer: MakeCustomer) -> None:
    acme, other = make_customer("Acme", tier="regular"), make_customer("Other", tier="regular")

    tiers_changed.send(sender=None, customer_ids=[acme.pk], run_id=1)

    assert (acme.obligations.count(), other.obligations.count()) == (1, 0)


def test_news_of_customers_plans_anew(make_customer: MakeCustomer, alice: User, carol: User) -> None:
    acme = make_customer("Acme", tier="potential", owner=alice)
    plan(acme)

    def change(**changes: object) -> Obligation:
        Customer.objects.filter(pk=acme.pk).update(**changes)
        customers_changed.send(sender=None, customer_ids=[acme.pk])
        return acme.obligations.latest("pk")

    assert change(owner=carol).assignee == carol
    assert change(archived_at=NOON).why == "archived"
    assert change(archived_at=None).is_open


@pytest.mark.parametrize("verb", ["complete", "snooze"])
def test_nothing_is_done_for_an_archived_customer(
    make_customer: MakeCustomer, alice: User, verb: str
) -> None:
    acme = make_customer("Acme", tier="potential", owner=alice)
    plan(acme)
    row = acme.obligations.get()
    Customer.objects.filter(pk=acme.pk).update(archived_at=NOON)

    said: dict[str, dict[str, Any]] = {
        "complete": {"channel": "phone", "note": "Called."},
        "snooze": {"until": date(2027, 1, 4), "reason": "Later."},
    }
    with pytest.raises(ValidationError) as refusal:
        getattr(services, verb)(row, by=alice, at=NOON, **said[verb])

    assert refusal.value.messages == ["The customer is archived: nothing is owed until it is restored."]
    assert not Interaction.objects.exists()
    assert not Snooze.objects.exists()


def test_the_nightly_sweep_needs_no_news(make_customer: MakeCustomer) -> None:
    acme = make_customer("Acme", tier="regular")
    tasks.sweep()
    tasks.sweep()

    assert acme.obligations.filter(due_on__gt=timezone.localdate()).count() == 1
