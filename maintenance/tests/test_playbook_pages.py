"""The editor of playbooks in the browser."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from accounts.models import User
from customers.models import Customer, Standing, Tier
from maintenance import services
from maintenance.models import Benefit, Obligation, Playbook, Promise
from maintenance.tests.conftest import MakeCustomer, owed

PROMISE = {
    "title_en": "Call back", "title_zh": "回访", "department": "sales", "channel": "phone", "interval": "7",
    "unit": "order", "one_for_all": "on", "by_contact": "on", "grace_days": "1", "minutes": "15", "key": "",
    "position": "0",
}  # fmt: skip


@pytest.fixture
def director(client: Client, dora: User) -> Client:
    client.force_login(dora)
    return client


@pytest.fixture
def shipped(db: None) -> Playbook:
    return Playbook.objects.get(tier__scale="b2b", tier__key="potential")


@pytest.fixture
def draft(shipped: Playbook, dora: User) -> Playbook:
    return services.copy_to_draft(shipped, by=dora)


def test_what_comes_into_force_before_it_is_what_a_draft_is_compared_with(
    director: Client, shipped: Playbook, draft: Playbook, dora: User
) -> None:
    """Two that are said to come: the second changes what the first one left, and nobody says yes to anything else."""
    today = timezone.localdate()
    first, second = draft, services.copy_to_draft(shipped, by=dora)
    first.promises.update(title_en="Newsletter")
    first_day = today + timedelta(days=10)
    services.put_in_force(first, starts_on=first_day, note="", by=dora, at=timezone.now())
    address = f"/playbooks/{second.pk}/in-force/"

    page = director.get(address)
    assert (page.context["effect"].before, page.context["effect"].is_nothing) == (shipped, True)
    later = first_day + timedelta(days=1)
    assertContains(page, f'href="?starts_on={later}"')
    page = director.get(f"{address}?starts_on={later}")
    assert page.context["effect"].before == first
    assertContains(page, "<del>Newsletter</del>")
    assertContains(page, f'name="starts_on" value="{later}"')

    said = {"starts_on": str(later), "note": "", "against": shipped.pk}
    page = director.post(address, said)
    assertContains(page, "On the day before, version 2 is in force.")
    assert page.context["effect"].before == first
    second.refresh_from_db()
    assert second.is_draft
    assert director.post(address, said | {"against": first.pk}).status_code == 302


def test_a_version_is_copied_changed_and_put_in_force(
    director: Client, shipped: Playbook, make_customer: MakeCustomer, alice: User
) -> None:
    acme = make_customer("Acme", tier="potential", owner=alice)
    answer = director.post(f"/playbooks/{shipped.pk}/copy/")
    draft = Playbook.objects.get(number=2)
    assertRedirects(answer, f"/playbooks/{draft.pk}/")

    director.post(f"/playbooks/{draft.pk}/promise/add/", PROMISE)
    director.post(
        f"/playbooks/{draft.pk}/benefit/add/",
        {"title_en": "Rebate", "title_zh": "返利", "kind": "rebate", "cost_share": "1.5", "position": "0"},
    )
    director.post(f"/playbooks/{draft.pk}/times/", {"respond_within_minutes": "2880"})
    line = draft.promises.get(title_en="Call back")
    assert (line.unit, line.interval, line.one_for_all, line.by_contact, line.minutes, line.position) == (
        "order", 7, True, True, 15, 2,
    )  # fmt: skip
    assert line.key.startswith("own-")
    assert draft.benefits.get(kind="rebate").cost_share == 150

    page = director.get(f"/playbooks/{draft.pk}/in-force/")
    assertContains(page, "1 customer has this tier today.")
    assertContains(page, "Call back")
    today = timezone.localdate()
    director.post(f"/playbooks/{draft.pk}/in-force/", {"starts_on": str(today), "note": "Call back."})
    draft.refresh_from_db()
    assert (draft.starts_on, draft.note, draft.respond_within_minutes) == (today, "Call back.", 2880)
    services.replan(None, today=today)
    assert owed(acme, "recommendation").promise.playbook == draft


def test_what_is_wrong_comes_back_with_all_that_was_typed(director: Client, draft: Playbook) -> None:
    wrong = PROMISE | {"title_zh": "", "interval": "0", "grace_days": "two"}
    page = director.post(f"/playbooks/{draft.pk}/promise/add/", wrong)

    assertContains(page, "invalid-feedback", 3)
    assertContains(page, 'value="Call back"')
    assertContains(page, 'value="two"')
    assert draft.promises.count() == 1


def test_the_same_promise_twice_is_refused_where_it_is_typed(director: Client, draft: Playbook) -> None:
    page = director.post(f"/playbooks/{draft.pk}/promise/add/", PROMISE | {"key": "recommendation"})

    assertContains(page, "This playbook promises that already for this department.")
    assert draft.promises.count() == 1


def test_festivals_are_ticked(director: Client, draft: Playbook) -> None:
    line = draft.promises.get()
    address = f"/playbooks/{draft.pk}/promise/{line.pk}/"
    ticked = PROMISE | {
        "unit": "festival", "interval": "3", "festivals": ["national", "spring"], "key": line.key,
    }  # fmt: skip
    director.post(address, ticked)
    line.refresh_from_db()
    assert (line.which, line.interval) == ("national spring", 1)
    assert line.rhythm == "before Spring Festival, National Day"
    assertContains(director.get(address), "checked", 4)

    director.post(address, ticked | {"unit": "week"})
    line.refresh_from_db()
    assert (line.which, str(line.cadence)) == ("", "3 week")


def test_a_line_is_taken_out(director: Client, draft: Playbook) -> None:
    line = draft.benefits.earliest("pk")
    director.post(f"/playbooks/{draft.pk}/benefit/{line.pk}/", {"do": "remove"})

    assert not Benefit.objects.filter(pk=line.pk).exists()


def test_what_is_in_force_is_not_changed_whatever_is_sent(director: Client, shipped: Playbook) -> None:
    def all_of_it() -> list[object]:
        return [*Playbook.objects.values(), *Promise.objects.values(), *Benefit.objects.values()]

    before = all_of_it()
    promise, benefit = shipped.promises.get(), shipped.benefits.earliest("pk")
    here = f"/playbooks/{shipped.pk}"
    for address, data in (
        (f"{here}/promise/add/", PROMISE),
        (f"{here}/promise/{promise.pk}/", PROMISE),
        (f"{here}/promise/{promise.pk}/", {"do": "remove"}),
        (f"{here}/benefit/{benefit.pk}/", {"do": "remove"}),
        (f"{here}/times/", {"respond_within_minutes": "5"}),
        (f"{here}/in-force/", {"starts_on": "2036-01-01"}),
        (f"{here}/call-off/", {}),
        (f"{here}/delete/", {}),
    ):
        assert director.post(address, data).status_code in {200, 302}
    assert all_of_it() == before


def test_a_line_of_another_playbook_is_missing(director: Client, draft: Playbook) -> None:
    foreign = Promise.objects.exclude(playbook=draft).earliest("pk")

    assert director.get(f"/playbooks/{draft.pk}/promise/{foreign.pk}/").status_code == 404
    assert director.get(f"/playbooks/{draft.pk}/team/add/").status_code == 404


def test_what_is_to_come_is_called_off(director: Client, draft: Playbook) -> None:
    soon = timezone.localdate() + timedelta(days=9)
    director.post(f"/playbooks/{draft.pk}/in-force/", {"starts_on": str(soon)})
    assertContains(director.get("/playbooks/"), "in force from")

    director.post(f"/playbooks/{draft.pk}/call-off/")
    draft.refresh_from_db()
    assert draft.is_draft


def test_contacts_made_are_no_contact_persons_in_chinese(director: Client, dora: User) -> None:
    dora.language = "zh-hans"
    dora.save()
    core = Playbook.objects.get(tier__scale="b2b", tier__key="core")

    assertContains(director.get(f"/playbooks/{core.pk}/"), ">联系</th>")


def test_a_tier_that_is_promised_nothing_begins_with_what_another_is_promised(
    director: Client, make_customer: MakeCustomer, alice: User
) -> None:
    best = Tier.objects.get(scale="abc", rank=1)
    acme = make_customer("Acme", tier=None, owner=alice)
    Standing.objects.filter(customer=acme).update(tier=best)
    core = Playbook.objects.get(tier__scale="b2b", tier__key="core")
    begins = f"/playbooks/tiers/{best.pk}/begin/"
    assertContains(director.get("/playbooks/"), begins)

    shown = [scale for scale, *_more in director.get("/playbooks/").context["scales"]]
    assert shown == ["abc", "b2b", "retail"]
    Standing.objects.update(tier=core.tier)
    shown = [scale for scale, *_more in director.get("/playbooks/").context["scales"]]
    assert shown == ["b2b", "retail", "abc"]
    Standing.objects.update(tier=best)

    answer = director.post(begins, {"like": core.pk})
    draft = Playbook.objects.get(tier=best)
    assertRedirects(answer, f"/playbooks/{draft.pk}/")
    assert (draft.number, draft.is_draft, draft.respond_within_minutes) == (1, True, 60)
    assert (draft.promises.count(), draft.benefits.count()) == (11, 10)
    assertNotContains(director.get("/playbooks/"), begins)
    page = director.get(f"/playbooks/{draft.pk}/in-force/")
    assertContains(page, "1 customer has this tier today.")
    assertContains(page, "<ins>1 working hour</ins>", html=True)

    today = timezone.localdate()
    director.post(f"/playbooks/{draft.pk}/in-force/", {"starts_on": str(today)})
    services.replan(None, today=today)
    assert owed(acme, "contact").tier == best


def test_a_playbook_begins_empty_and_once(director: Client, alice: User, client: Client) -> None:
    tier = Tier.objects.get(scale="abc", rank=2)
    begins = f"/playbooks/tiers/{tier.pk}/begin/"
    director.post(begins, {"like": ""})
    assertContains(director.post(begins, {"like": ""}, follow=True), "This tier has a playbook already.")

    draft = Playbook.objects.get(tier=tier)
    assert (draft.is_draft, draft.promises.count(), draft.benefits.count()) == (True, 0, 0)
    client.force_login(alice)
    assertNotContains(client.get("/playbooks/"), "/begin/")


def test_other_times_are_shown_before_they_are_put_in_force(director: Client, draft: Playbook) -> None:
    address = f"/playbooks/{draft.pk}/in-force/"
    assertNotContains(director.get(address), "Respond within")
    director.post(f"/playbooks/{draft.pk}/times/", {"respond_within_minutes": "2880"})
    page = director.get(address)

    assertContains(page, "<del>–</del> <ins>48 working hours</ins>", html=True)
    assertContains(page, "Solve within")


def test_everybody_reads_and_directors_write(client: Client, alice: User, draft: Playbook) -> None:
    client.force_login(alice)
    page = client.get(f"/playbooks/{draft.pk}/")

    assertContains(page, "Tailored recommendation")
    assertNotContains(page, "/promise/add/")
    assert client.post(f"/playbooks/{draft.pk}/promise/add/", PROMISE).status_code == 403
    assert draft.promises.count() == 1


# One obligation: skipped, excused, matched


@pytest.fixture
def acme(make_customer: MakeCustomer, alice: User) -> Customer:
    customer = make_customer("Acme", owner=alice)
    services.replan([customer.pk], today=timezone.localdate())
    return customer


def test_a_promise_is_skipped_with_a_reason(client: Client, alice: User, acme: Customer) -> None:
    client.force_login(alice)
    row = owed(acme, "contact")
    address = f"/obligations/{row.pk}/skip/"
    assertContains(client.post(address, {"reason": ""}, headers={"hx-request": "true"}), "invalid-feedback")
    answer = client.post(address, {"reason": "They are closed."}, headers={"hx-request": "true"})

    assertContains(answer, "Skipped.")
    row.refresh_from_db()
    assert (row.state, row.reason, row.set_aside_by) == ("skipped", "They are closed.", alice)
    assert client.post(f"/obligations/{owed(acme, 'contact').pk}/excuse/", {"reason": "x"}).status_code == 403


def test_a_contact_is_chosen_and_taken_back(client: Client, alice: User, acme: Customer) -> None:
    client.force_login(alice)
    row = owed(acme, "workshop")
    said = services.complete(
        owed(acme, "contact"), by=alice, at=timezone.now(), channel="phone", note="All well."
    ).interaction
    assert said
    assertContains(client.get(f"/obligations/{row.pk}/contact/"), "All well.")
    client.post(f"/obligations/{row.pk}/contact/", {"contact": said.pk})
    assert Obligation.objects.get(pk=row.pk).interaction == said

    client.post(f"/obligations/{row.pk}/take-back/", {"reason": "Another matter."})
    assert Obligation.objects.get(pk=row.pk).is_open
    assertContains(client.get(f"/obligations/{row.pk}/"), "Another matter.")
