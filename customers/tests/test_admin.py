"""Customers and their facts in the admin."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from accounts.models import User
from customers import services
from customers.models import (
    Assessment,
    Attachment,
    Channel,
    Contact,
    Contract,
    Correction,
    Customer,
    Duplicate,
    Figure,
    Group,
    Handover,
    Import,
    Interaction,
    KeyDate,
    Memo,
    Merge,
    Order,
    Payment,
    SavedMapping,
    Seat,
    ServiceRequest,
    Standing,
    Tier,
    Upload,
)
from customers.tests.making import a_file, a_group, a_note
from toolbox.tests.admin_pages import LANGUAGES, models_of, open_pages, refusals, status_of_pages, url

History = Customer.history.model
MODELS = models_of("customers")
LOOKED_AT = [
    History,
    Correction,
    Duplicate,
    Merge,
    Standing,
    Interaction,
    Assessment,
    Figure,
    Upload,
    Group,
    Import,
    SavedMapping,
    Seat,
    Memo,
    Attachment,
    Handover,
]

DAY = date(2026, 10, 9)


@pytest.fixture
def browser_of_adam(client: Client, adam: User) -> Client:
    client.force_login(adam)
    return client


def one_of_each(code: str, owner: User) -> Customer:
    customer = services.create_customer(Customer(code=code, name=f"杭州机电 {code}", owner=owner), by=owner)
    now = timezone.now()
    order = Order(
        customer=customer, number=f"N{code}", ordered_on=DAY, amount=123_450, customised_share=2_500
    )
    for fact in (
        Contact(customer=customer, name="王芳"),
        KeyDate(customer=customer, label="周年", on=DAY),
        order,
        Payment(customer=customer, order=order, amount=100_00, due_on=DAY, paid_on=DAY),
        Contract(customer=customer, number=f"K{code}", starts_on=DAY, ends_on=DAY, amount=100_00),
        Assessment(
            customer=customer, indicator="expansion_plan", rating=4, evidence="e", rater=owner, rated_on=DAY
        ),
        Figure(customer=customer, indicator="industry_outlook", value=70, as_of=DAY, source="s", by=owner),
        ServiceRequest(
            customer=customer, subject="Help", department="service", opened_at=now, opened_by=owner
        ),
    ):
        services.add_fact(fact)
    order.category = "齿轮"
    services.save_fact(order, changed=["category"], by=owner)
    services.log_interaction(customer, by=owner, at=now, channel=Channel.PHONE, note="Called.")
    Upload.objects.create(kind=Upload.Kind.ORDERS, name="orders.csv", by=owner)
    Import.objects.create(kind="orders", name=f"{code}.csv", by=owner, language="en")
    SavedMapping.objects.create(kind="orders", name=code, by=owner, is_shared=True)
    gone = services.create_customer(Customer(code=f"X{code[1:]}", name="Gone", owner=owner), by=owner)
    Duplicate.objects.create(first=customer, second=gone, reasons=[{"kind": "name"}], found_at=now)
    services.merge(customer, gone, fields={}, by=owner, at=now)
    customer.refresh_from_db()
    a_group(f"Group {code}", customer, by=owner)
    a_note(customer, owner, "Look.", a_file())
    works_here, _made = User.objects.get_or_create(username="techie", defaults={"role": "technical"})
    services.seat([customer.pk], team={"technical": works_here}, by=owner, at=now)
    other, _made = User.objects.get_or_create(username="other", defaults={"role": "account_manager"})
    services.ask([customer.pk], giver=owner, taker=other, by=owner, at=now)
    Tier.objects.filter(key="core").update(colour="yellow")
    Standing.objects.filter(pk=customer.pk).update(
        tier=Tier.objects.get(scale="b2b", key="core"),
        total=81_230_000,
        annual_amount=1_234_50,
        coverage=9_250,
    )
    return customer


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("model", MODELS)
def test_every_page_opens(browser_of_adam: Client, alice: User, model: type[Model], language: str) -> None:
    one_of_each("A1", alice)
    expected = open_pages(add=model not in LOOKED_AT)
    assert status_of_pages(browser_of_adam, model, language=language) == expected


def test_the_admin_knows_every_fact() -> None:
    assert set(MODELS) == {
        Customer, History, Contact, KeyDate, Order, Payment, Contract, ServiceRequest, Interaction, Assessment, Figure,
        Correction, Duplicate, Merge, Standing, Tier, Upload, Group, Import, SavedMapping, Seat, Memo, Attachment, Handover,
    }  # fmt: skip


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    "model, queries",
    [
        (Customer, 7), (History, 4), (Contact, 4), (KeyDate, 4), (Order, 4), (Payment, 4), (Contract, 4),
        (ServiceRequest, 4), (Interaction, 4), (Assessment, 4), (Figure, 4), (Correction, 5), (Standing, 6), (Upload, 4),
        (Duplicate, 4), (Merge, 4), (Group, 4), (Import, 5), (SavedMapping, 5),
        (Seat, 4), (Memo, 4), (Attachment, 5), (Handover, 4),
    ],
)  # fmt: skip
def test_a_longer_list_asks_no_more(
    browser_of_adam: Client,
    alice: User,
    model: type[Model],
    queries: int,
    rows: int,
    django_assert_num_queries: Any,
) -> None:
    for n in range(rows):
        one_of_each(f"A{n}", alice)
    with django_assert_num_queries(queries):
        assert browser_of_adam.get(url(model, "changelist")).status_code == 200


@pytest.mark.parametrize("model", LOOKED_AT)
def test_what_happened_is_not_rewritten(browser_of_adam: Client, alice: User, model: type[Model]) -> None:
    one_of_each("A1", alice)
    assert refusals(browser_of_adam, model) == {403}


def test_a_customer_is_archived_not_deleted(browser_of_adam: Client, adam: User, alice: User) -> None:
    customer = one_of_each("A1", alice)
    assert browser_of_adam.post(url(Customer, "delete", customer.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "archive", "_selected_action": [customer.pk]}
    assert browser_of_adam.post(url(Customer, "changelist"), chosen).status_code == 302
    customer.refresh_from_db()
    assert (customer.is_archived, customer.version) == (True, 2)
    assert customer.history.first().history_user == adam
    browser_of_adam.post(url(Customer, "changelist"), chosen | {"action": "restore"})
    customer.refresh_from_db()
    assert (customer.is_archived, customer.version) == (False, 3)


@pytest.mark.parametrize("text", ["hzjd", "杭州机电", "A1", "王芳"])
def test_a_customer_and_its_facts_are_found_as_in_the_product(
    browser_of_adam: Client, alice: User, text: str
) -> None:
    one_of_each("A1", alice)
    services.create_customer(Customer(code="B7", name="Other"), by=alice)
    for model in (Customer, Order, Interaction):
        found = browser_of_adam.get(url(model, "changelist"), {"q": text}).context["cl"].result_list
        assert [getattr(row, "customer", row).code for row in found] == ["A1"]
    answer = browser_of_adam.get(
        "/admin/autocomplete/",
        {"term": text, "app_label": "customers", "model_name": "order", "field_name": "customer"},
    )
    assert [result["text"] for result in answer.json()["results"]] == ["杭州机电 A1"]


def form_of(page: Any) -> dict[str, Any]:
    """The page's form as the browser would send it back."""
    form = page.context["adminform"].form
    forms = [form, *(part for formset in page.context["inline_admin_formsets"] for part in _forms(formset))]
    sent: dict[str, Any] = {}
    for part in forms:
        for field in part:
            value = field.value()
            if isinstance(value, bool):
                sent |= {field.html_name: "on"} if value else {}
            else:
                sent[field.html_name] = "" if value is None else value
    return sent


def _forms(inline: Any) -> list[Any]:
    return [inline.formset.management_form, *inline.formset.initial_forms]


def test_an_edit_keeps_history_version_and_search_true(
    browser_of_adam: Client, adam: User, alice: User
) -> None:
    customer = one_of_each("A1", alice)
    sent = form_of(browser_of_adam.get(url(Customer, "change", customer.pk))) | {
        "name": "苏州机电",
        "initials": "",
    }
    assert browser_of_adam.post(url(Customer, "change", customer.pk), sent).status_code == 302
    customer.refresh_from_db()
    assert (customer.name, customer.version, customer.initials) == ("苏州机电", 2, "SZJD")
    assert [(row.version, row.history_user) for row in customer.history.all()] == [(2, adam), (1, alice)]
    assert [found.pk for found in Customer.objects.matching("szjd 王芳")] == [customer.pk]
    assert customer.standing.total == 81_230_000


def test_whoever_comes_second_looks_again(browser_of_adam: Client, alice: User) -> None:
    customer = one_of_each("A1", alice)
    sent = form_of(browser_of_adam.get(url(Customer, "change", customer.pk)))
    customer.notes = "Alice was faster."
    services.save_customer(customer, version=1, by=alice)
    answer = browser_of_adam.post(url(Customer, "change", customer.pk), sent | {"name": "Slow"})
    assert "Somebody else has saved this customer meanwhile." in answer.text
    customer.refresh_from_db()
    assert (customer.name, customer.notes) == ("杭州机电 A1", "Alice was faster.")


def test_a_new_customer_is_complete(browser_of_adam: Client, adam: User) -> None:
    sent = form_of(browser_of_adam.get(url(Customer, "add"))) | {"name": "New"}
    assert browser_of_adam.post(url(Customer, "add"), sent).status_code == 302
    customer = Customer.objects.get(name="New")
    assert (customer.code, customer.version, customer.standing.total) == ("C000001", 1, None)
    assert customer.history.get().history_user == adam


def test_money_is_typed_and_shown_in_yuan(browser_of_adam: Client, alice: User) -> None:
    order = one_of_each("A1", alice).orders.get()
    assert "¥1,234.50" in browser_of_adam.get(url(Order, "changelist")).text
    page = browser_of_adam.get(url(Order, "change", order.pk))
    assert 'value="1234.50"' in page.text
    browser_of_adam.post(url(Order, "change", order.pk), form_of(page) | {"amount": "12万"})
    order.refresh_from_db()
    assert order.amount == 12_000_000
    standing = browser_of_adam.get(url(Standing, "changelist")).text
    assert [part in standing for part in ("81.23", "92.5%", "¥1,234.50")] == [True, True, True]


def test_a_share_is_typed_and_shown_in_percent(browser_of_adam: Client, alice: User) -> None:
    order = one_of_each("A1", alice).orders.get()
    page = browser_of_adam.get(url(Order, "change", order.pk))
    assert 'value="25"' in page.text
    browser_of_adam.post(url(Order, "change", order.pk), form_of(page) | {"customised_share": "30%"})
    order.refresh_from_db()
    assert order.customised_share == 3_000


def test_a_contact_that_is_gone_finds_nobody(browser_of_adam: Client, alice: User) -> None:
    contact = one_of_each("A1", alice).contacts.get()
    assert browser_of_adam.post(url(Contact, "delete", contact.pk), {"post": "yes"}).status_code == 302
    assert not Customer.objects.matching("王芳").exists()


def test_what_gradings_refer_to_stays(browser_of_adam: Client, db: None) -> None:
    tier = Tier.objects.get(scale="b2b", key="core")
    sent = form_of(browser_of_adam.get(url(Tier, "change", tier.pk))) | {
        "key": "other",
        "name_en": "Key accounts",
    }
    assert browser_of_adam.post(url(Tier, "change", tier.pk), sent).status_code == 302
    tier.refresh_from_db()
    assert (tier.key, tier.name_en) == ("core", "Key accounts")


# Staff who are no administrators


def staff(user: User) -> User:
    """With every permission there is."""
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.all())
    return user


@pytest.mark.parametrize("model", [model for model in MODELS if model not in {Tier, Upload, SavedMapping}])
def test_staff_see_in_the_admin_what_they_see_in_the_product(
    client: Client, alice: User, carol: User, model: type[Model]
) -> None:
    one_of_each("A1", carol)
    client.force_login(staff(alice))
    assert client.get(url(model, "changelist")).context["cl"].result_count == 0
    foreign = model._default_manager.order_by("-pk").first()
    assert foreign is not None
    assert client.get(url(model, "change", foreign.pk)).status_code == 302
    one_of_each("A2", alice)
    assert client.get(url(model, "changelist")).context["cl"].result_count > 0


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", ["audrey", "dora", "alice"])
def test_staff_who_are_no_administrators_write_nothing(
    client: Client, cast: dict[str, User], model: type[Model], name: str
) -> None:
    customer = one_of_each("A1", cast[name])
    client.force_login(staff(cast[name]))
    assert refusals(client, model) == {403}
    client.post(url(Customer, "changelist"), {"action": "archive", "_selected_action": [customer.pk]})
    customer.refresh_from_db()
    assert not customer.is_archived
