"""A double click, a retry of the browser, a page gone back to: the same form twice makes one row."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from time_machine import travel

from accounts.models import SentForm, Team, User
from customers.models import Assessment, Contact, Customer, Figure, Interaction, Order, Payment, Tier, Upload
from customers.tests.making import a_customer
from tiering.models import Override, Remark, TierChange
from toolbox.tests.racing import race

NEW = {"name": "苏州新客户", "kind": "enterprise", "lifecycle": "prospect"}
ORDER = {"number": "2026-1", "ordered_on": "2026-11-01", "amount": "12万"}
FACTS: list[tuple[str, type[Model], dict[str, str]]] = [
    ("contact", Contact, {"name": "李雷"}),
    ("interaction", Interaction, {"channel": "visit", "note": "We met."}),
    ("order", Order, ORDER),
    ("payment", Payment, {"amount": "1,234.50", "due_on": "2026-12-01"}),
]


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice)


@pytest.fixture
def open_for(db: None) -> Callable[[User], Client]:
    """A client that is checked for forgery, as every browser is."""

    def open_for(user: User) -> Client:
        client = Client(enforce_csrf_checks=True)
        client.force_login(user)
        return client

    return open_for


def filled(client: Client, address: str, typed: dict[str, Any]) -> dict[str, Any]:
    """The form of the page that opens at the address now, as typed."""
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(address).text)
    assert token
    return typed | {"csrfmiddlewaretoken": token[1]}


def test_a_customer_sent_twice_is_there_once(open_for: Callable[[User], Client], alice: User) -> None:
    client, address = open_for(alice), reverse("customers:create")
    form = filled(client, address, NEW)
    first, second = (client.post(address, form) for _click in range(2))
    page = reverse("customers:detail", args=[Customer.objects.get().pk])
    assert [(answer.status_code, answer["Location"]) for answer in (first, second)] == [(302, page)] * 2


@pytest.mark.parametrize("kind,model,typed", FACTS)
def test_a_fact_sent_twice_is_there_once(
    open_for: Callable[[User], Client],
    alice: User,
    acme: Customer,
    kind: str,
    model: type[Model],
    typed: dict[str, str],
) -> None:
    client, address = open_for(alice), reverse("customers:add", args=[acme.pk, kind])
    form = filled(client, address, typed)
    first, second = (client.post(address, form) for _click in range(2))
    page = reverse("customers:detail", args=[acme.pk])
    assert [(answer.status_code, answer["Location"]) for answer in (first, second)] == [(302, page)] * 2
    assert model._default_manager.count() == 1


def test_a_contact_logged_twice_in_place_shows_the_page_anew(
    open_for: Callable[[User], Client], alice: User, acme: Customer
) -> None:
    client, address = open_for(alice), reverse("customers:add", args=[acme.pk, "interaction"])
    form = filled(client, address, {"channel": "phone", "note": "We talked."})
    first, second = (client.post(address, form, headers={"hx-request": "true"}) for _click in range(2))
    assert ("We talked." in first.text, first.headers.get("HX-Refresh")) == (True, None)
    assert (second.text, second["HX-Refresh"]) == ("", "true")
    assert Interaction.objects.count() == 1


def test_a_new_page_or_other_words_are_another_form(
    open_for: Callable[[User], Client], alice: User, acme: Customer
) -> None:
    """The same call twice on one day is two calls; whoever goes back and types on means it."""
    client, address = open_for(alice), reverse("customers:add", args=[acme.pk, "interaction"])
    typed = {"channel": "phone", "note": "Nobody answered."}
    form = filled(client, address, typed)
    client.post(address, form)
    client.post(address, form | {"note": "They answered."})
    client.post(address, filled(client, address, typed))
    notes = Interaction.objects.order_by("pk").values_list("note", flat=True)
    assert list(notes) == ["Nobody answered.", "They answered.", "Nobody answered."]


def test_a_form_that_came_back_may_be_sent_again(
    open_for: Callable[[User], Client], alice: User, acme: Customer
) -> None:
    """Its number was taken, and is free by now."""
    taken = Order.objects.create(customer=acme, number="2026-1", ordered_on="2026-10-01", amount=1)
    client, address = open_for(alice), reverse("customers:add", args=[acme.pk, "order"])
    form = filled(client, address, ORDER)
    assert client.post(address, form).status_code == 200
    taken.delete()
    assert client.post(address, form).status_code == 302
    assert Order.objects.get().amount == 12_000_000


def test_what_an_archived_customer_refused_may_be_sent_again(
    open_for: Callable[[User], Client], alice: User, acme: Customer
) -> None:
    client, address = open_for(alice), reverse("customers:add", args=[acme.pk, "order"])
    form = filled(client, address, ORDER)
    Customer.objects.update(archived_at=timezone.now())
    client.post(address, form)
    Customer.objects.update(archived_at=None)
    client.post(address, form)
    assert Order.objects.count() == 1


def test_another_persons_form_is_another_form(
    open_for: Callable[[User], Client], alice: User, bob: User, acme: Customer
) -> None:
    address = reverse("customers:add", args=[acme.pk, "contact"])
    for user in (alice, bob):
        client = open_for(user)
        form = filled(client, address, {"name": "李雷"})
        client.cookies["csrftoken"] = "a" * 32
        client.post(address, form | {"csrfmiddlewaretoken": "a" * 32})
    assert Contact.objects.count() == 2


@pytest.mark.parametrize(
    "name,model,typed",
    [
        ("rate", Assessment, {"indicator": "expansion_plan", "rating": "4", "evidence": "A new hall."}),
        ("give", Figure, {"indicator": "industry_outlook", "value": "70", "as_of": "2026-11-01", "source": "Report"}),
        ("set_by_hand", Override, {"tier": "core", "reason": "They asked.", "expires_on": "2026-12-31"}),
    ],
)  # fmt: skip
def test_judgements_sent_twice_are_there_once(
    open_for: Callable[[User], Client],
    dora: User,
    acme: Customer,
    name: str,
    model: type[Model],
    typed: dict[str, str],
) -> None:
    with travel(timezone.now().replace(year=2026, month=11, day=20)):
        client, address = open_for(dora), reverse(f"tiering:{name}", args=[acme.pk])
        number = {"tier": number_of(typed["tier"])} if "tier" in typed else {}
        form = filled(client, address, typed | number)
        answers = [client.post(address, form).status_code for _click in range(2)]
    assert (answers, model._default_manager.count()) == ([302, 302], 1)


def number_of(tier: str) -> str:
    return str(Tier.objects.get(scale="b2b", key=tier).pk)


def test_words_on_a_change_are_saved_once_and_the_end_of_a_tier_by_hand_is_no_404(
    open_for: Callable[[User], Client], dora: User, acme: Customer
) -> None:
    with travel(timezone.now().replace(year=2026, month=11, day=20)):
        client, address = open_for(dora), reverse("tiering:set_by_hand", args=[acme.pk])
        client.post(
            address,
            filled(
                client,
                address,
                {"tier": number_of("core"), "reason": "Asked.", "expires_on": "2026-12-31"},
            ),
        )
        change = reverse("tiering:change", args=[TierChange.objects.get().pk])
        words = filled(client, change, {"words": "Their director called."})
        end, page = (reverse(f"tiering:{name}", args=[acme.pk]) for name in ("end_by_hand", "grading"))
        button = filled(client, page, {})
        answers = [client.post(to, form) for to, form in [(change, words)] * 2 + [(end, button)] * 2]
    assert [answer.status_code for answer in answers] == [302] * 4
    assert (Remark.objects.count(), Override.objects.filter(ended_at=None).count()) == (1, 0)


def test_a_file_sent_twice_is_received_once_and_another_of_its_name_again(
    open_for: Callable[[User], Client], dora: User
) -> None:
    client, address = open_for(dora), reverse("customers:upload_orders")
    form = filled(client, address, {"mapping": "generic"})
    for content in (b"a,b\n1,2\n", b"a,b\n1,2\n", b"a,b\n1,3\n"):
        client.post(address, form | {"file": SimpleUploadedFile("orders.csv", content)})
    kept = [Path(upload.file.path).read_bytes() for upload in Upload.objects.order_by("pk")]
    assert kept == [b"a,b\n1,2\n", b"a,b\n1,3\n"]


def test_a_row_added_twice_in_admin_is_there_once(open_for: Callable[[User], Client], adam: User) -> None:
    client, address = open_for(adam), reverse("admin:accounts_team_add")
    form = filled(client, address, {"name": "North"})
    answers = [client.post(address, form) for _click in range(2)]
    assert [answer["Location"] for answer in answers] == [reverse("admin:accounts_team_changelist")] * 2
    window = filled(client, f"{address}?_popup=1", {"name": "West", "_popup": "1"})
    client.post(f"{address}?_popup=1", window)
    assert list(Team.objects.order_by("pk").values_list("name", flat=True)) == ["North", "West"]


def test_forms_are_forgotten_after_a_day(
    open_for: Callable[[User], Client], alice: User, acme: Customer
) -> None:
    client, address = open_for(alice), reverse("customers:add", args=[acme.pk, "contact"])
    client.post(address, filled(client, address, {"name": "李雷"}))
    SentForm.objects.update(at=timezone.now() - timedelta(days=2))
    client.post(address, filled(client, address, {"name": "韩梅梅"}))
    assert SentForm.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind,model,typed", [("customer", Customer, NEW), *FACTS])
def test_two_clicks_at_the_same_moment_make_one_row(
    open_for: Callable[[User], Client],
    alice: User,
    kind: str,
    model: type[Model],
    typed: dict[str, str],
) -> None:
    """The second comes in while the first has not committed."""
    address = (
        reverse("customers:create")
        if kind == "customer"
        else reverse("customers:add", args=[a_customer("Acme", owner=alice).pk, kind])
    )
    before = model._default_manager.count()
    one, other = open_for(alice), open_for(alice)
    form = filled(one, address, typed)
    other.cookies = one.cookies
    answers: list[Any] = []
    second = race(lambda: answers.append(one.post(address, form)), lambda: other.post(address, form))
    assert model._default_manager.count() == before + 1
    assert (second.status_code, second["Location"]) == (302, answers[0]["Location"])
