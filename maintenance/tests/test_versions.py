"""Versions of a playbook: drafts, in force from a day, past; and what becomes of what is owed."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from customers.models import Tier
from maintenance import services
from maintenance.models import Benefit, Obligation, Playbook, Promise
from maintenance.services import Replanned
from maintenance.tests.conftest import TODAY, MakeCustomer, owed, plan

NOON = datetime(2026, 11, 18, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
SOON = TODAY + timedelta(days=5)


def present(key: str = "potential", on: date = TODAY) -> Playbook:
    return Playbook.objects.in_force(on).get(tier=Tier.objects.get(scale="b2b", key=key))


def put(draft: Playbook, by: User, on: date = TODAY) -> Playbook:
    return services.put_in_force(draft, starts_on=on, note="Fewer letters.", by=by, at=NOON)


@pytest.mark.django_db
def test_a_draft_is_a_copy_and_holds_for_nobody(dora: User) -> None:
    shipped = present("core")
    draft = services.copy_to_draft(shipped, by=dora)

    assert (draft.number, draft.is_draft, draft.created_by) == (2, True, dora)
    assert present("core") == present("core", date(2036, 1, 1)) == shipped
    for lines in (Promise, Benefit):
        fields = [f.name for f in lines._meta.concrete_fields if f.name not in {"id", "playbook"}]
        ours, theirs = (
            list(lines.objects.filter(playbook=book).order_by("position").values_list(*fields))
            for book in (draft, shipped)
        )
        assert ours == theirs != []


@pytest.mark.django_db
def test_a_version_holds_from_its_day_until_the_next_one(dora: User) -> None:
    first = present()
    second = put(services.copy_to_draft(first, by=dora), dora, SOON)
    third = put(services.copy_to_draft(second, by=dora), dora, SOON + timedelta(days=5))

    days = [SOON - timedelta(days=1), SOON, SOON + timedelta(days=4), SOON + timedelta(days=5)]
    assert [present(on=day) for day in days] == [first, second, second, third]
    assert (second.note, second.published_by, second.published_at) == ("Fewer letters.", dora, NOON)


@pytest.mark.django_db
def test_what_is_in_force_is_not_put_in_force_again_called_off_or_deleted(dora: User) -> None:
    version = put(services.copy_to_draft(present(), by=dora), dora)

    with pytest.raises(ValidationError, match="no draft any more"):
        put(version, dora, SOON)
    with pytest.raises(ValidationError, match="not in force yet"):
        services.call_off(version, at=NOON)
    with pytest.raises(ValidationError, match="no draft any more"):
        services.delete_draft(version)
    assert present() == version


@pytest.mark.django_db
def test_what_is_to_come_can_be_called_off(dora: User) -> None:
    version = put(services.copy_to_draft(present(), by=dora), dora, SOON)
    draft = services.call_off(version, at=NOON)

    assert (draft.is_draft, present(on=SOON).number) == (True, 1)
    services.delete_draft(draft)
    assert Playbook.objects.filter(pk=version.pk).count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "on, message",
    [
        (TODAY - timedelta(days=1), "Choose today or a later day."),
        (SOON, "Version 2 takes effect on 23 Nov 2026 already. Choose another day."),
    ],
)
def test_a_day_that_does_not_do_is_refused(dora: User, on: date, message: str) -> None:
    put(services.copy_to_draft(present(), by=dora), dora, SOON)
    draft = services.copy_to_draft(present(), by=dora)

    with pytest.raises(ValidationError) as refusal:
        put(draft, dora, on)
    assert refusal.value.message_dict == {"starts_on": [message]}


@pytest.mark.django_db
def test_nobody_is_served_more_slowly_than_a_lower_tier(dora: User) -> None:
    """As the others stand on that day, not today."""
    slow = services.copy_to_draft(present("regular"), by=dora)
    Playbook.objects.filter(pk=slow.pk).update(respond_within_minutes=90)
    with pytest.raises(ValidationError, match="may not wait longer"):
        put(slow, dora, SOON)

    quick = services.copy_to_draft(present("important"), by=dora)
    Playbook.objects.filter(pk=quick.pk).update(respond_within_minutes=60)
    put(quick, dora, SOON)
    with pytest.raises(ValidationError, match="may not wait longer"):
        put(slow, dora, TODAY)
    assert put(slow, dora, SOON).starts_on == SOON


@pytest.mark.django_db
def test_nor_by_what_takes_effect_or_is_called_off_before_another_version_comes(dora: User) -> None:
    """Regular customers come to wait 90 minutes, for important ones are by then answered within 60."""

    def timed(key: str, minutes: int) -> Playbook:
        draft = services.copy_to_draft(present(key), by=dora)
        Playbook.objects.filter(pk=draft.pk).update(respond_within_minutes=minutes)
        return draft

    quick = put(timed("important", 60), dora, SOON)
    put(timed("regular", 90), dora, SOON + timedelta(days=5))

    with pytest.raises(ValidationError, match="may not wait longer"):
        services.call_off(quick, at=NOON)
    with pytest.raises(ValidationError, match="may not wait longer"):
        put(timed("important", 120), dora, SOON + timedelta(days=1))
    assert present("important", on=SOON + timedelta(days=9)) == quick
    between = put(timed("important", 75), dora, SOON + timedelta(days=2))
    assert present("important", on=SOON + timedelta(days=9)) == between


def test_what_is_open_goes_on_under_the_new_version(
    make_customer: MakeCustomer, alice: User, dora: User
) -> None:
    """The same row, on the same day; another rhythm moves it, a line that ended withdraws it, a new one is planned."""
    acme = make_customer("Acme", tier="important", owner=alice)
    plan(acme)
    before = {row.key: row for row in Obligation.objects.open().filter(department="sales")}
    draft = services.copy_to_draft(present("important"), by=dora)
    draft.promises.filter(key="news").delete()
    draft.promises.filter(key="growth_plan").update(interval=2, unit="quarter")
    Promise.objects.create(
        playbook=draft, key="present", title_en="Present", title_zh="礼品", department="sales", unit="month"
    )
    put(draft, dora, SOON)

    found = plan(acme, today=SOON - timedelta(days=1))
    assert replace(found, missed=0) == Replanned()  # first days are spread by the customer's number
    done = plan(acme, today=SOON)
    assert (done.renewed, done.withdrawn, done.created, done.moved) == (6, 1, 1, 1)
    contact = owed(acme, "contact")
    assert (contact.pk, contact.due_on) == (before["contact"].pk, before["contact"].due_on)
    assert {
        row.promise.playbook for row in Obligation.objects.open().select_related("promise__playbook")
    } == {draft}
    assert owed(acme, "growth_plan").cadence == "2 quarter"
    assert Obligation.objects.get(key="news").why == "promise_ended"
    assert plan(acme, today=SOON) == Replanned()


def test_what_was_kept_under_the_version_before_counts(
    make_customer: MakeCustomer, alice: User, dora: User
) -> None:
    acme = make_customer("Acme", tier="important", owner=alice)
    plan(acme)
    services.complete(owed(acme, "contact"), by=alice, at=NOON, channel="phone", note="Hello.")
    draft = services.copy_to_draft(present("important"), by=dora)
    draft.promises.filter(key="contact").update(interval=3)
    put(draft, dora, SOON)
    plan(acme, today=SOON)

    assert owed(acme, "contact").due_on == TODAY + timedelta(weeks=3)
