from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from customers import services
from customers.forms import BY_ANY_DEPARTMENT, CORRECTABLE, FACTS
from customers.models import Correction, Customer, Order
from customers.models.fact import Fact
from customers.tests.making import a_contact, a_contract, a_customer, a_payment, a_request, an_order

RIGHT: dict[str, dict[str, str]] = {
    "interaction": {"channel": "visit", "note": "We met."},
    "contact": {"name": "李雷", "phone": "13800138000", "email": "lilei@example.com"},
    "key-date": {"label": "Anniversary", "on": "2001-05-20", "repeats": "on"},
    "order": {"number": "2026-1", "ordered_on": "2026-11-01", "amount": "12万", "customised_share": "92.5%"},
    "payment": {"amount": "1,234.50", "due_on": "2026-12-01"},
    "contract": {"number": "K-1", "starts_on": "2026-01-01", "ends_on": "2026-12-31"},
    "request": {"subject": "Drawing wanted", "department": "technical"},
}
WRONG: list[tuple[str, dict[str, str], str]] = [
    ("interaction", {"note": ""}, "note"),
    ("interaction", {"channel": "pigeon"}, "channel"),
    ("interaction", {"on": "2999-01-01"}, "on"),
    ("interaction", {"on": "1999-12-31"}, "on"),
    ("contact", {"name": ""}, "name"),
    ("contact", {"email": "nowhere"}, "email"),
    ("key-date", {"on": "someday"}, "on"),
    ("order", {"amount": "much"}, "amount"),
    ("order", {"amount": "1e30"}, "amount"),
    ("order", {"customised_share": "100.01"}, "customised_share"),
    ("order", {"customised_share": "0.001"}, "customised_share"),
    ("order", {"number": "TAKEN"}, "number"),
    ("order", {"number": "2026\u200b1"}, "number"),
    ("contract", {"number": "K\t1"}, "number"),
    ("payment", {"amount": "-5"}, "__all__"),
    ("payment", {"amount": "0"}, "__all__"),
    ("contract", {"ends_on": "2025-12-31"}, "__all__"),
    ("key-date", {"on": "1899-12-31"}, "on"),
    ("order", {"ordered_on": "1989-12-31"}, "ordered_on"),
    ("order", {"ordered_on": "9999-12-31"}, "ordered_on"),
    ("payment", {"due_on": "0001-01-01"}, "due_on"),
    ("payment", {"paid_on": "2999-01-01"}, "paid_on"),
    ("contract", {"starts_on": "1800-01-01"}, "starts_on"),
    ("contract", {"ends_on": "9999-12-31"}, "ends_on"),
    ("contract", {"renewed_on": "2999-01-01"}, "renewed_on"),
    ("request", {"department": "kitchen"}, "department"),
    ("request", {"subject": " "}, "subject"),
]


@pytest.fixture
def acme(alice: User, dan: User) -> Customer:
    """Alice's; the service department has an open request."""
    customer = a_customer("Acme", owner=alice)
    a_request(customer, alice, department="service")
    return customer


@pytest.fixture
def me(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def rows(customer: Customer, kind: str) -> Any:
    return FACTS[kind]._meta.model._default_manager.filter(customer=customer)


# Adding


@pytest.mark.parametrize("kind", FACTS)
def test_every_kind_of_fact_can_be_added(me: Client, acme: Customer, kind: str) -> None:
    before = rows(acme, kind).count()

    assert me.get(f"/customers/{acme.pk}/add/{kind}/").status_code == 200
    response = me.post(f"/customers/{acme.pk}/add/{kind}/", RIGHT[kind])

    assert response.headers["Location"] == f"/customers/{acme.pk}/"
    assert rows(acme, kind).count() == before + 1
    assert timezone.now() - rows(acme, kind).latest("pk").recorded_at < timedelta(minutes=1)


@pytest.mark.parametrize("kind, wrong, field", WRONG)
def test_what_cannot_be_is_refused_and_what_was_typed_is_kept(
    me: Client, acme: Customer, kind: str, wrong: dict[str, str], field: str
) -> None:
    an_order(acme, timezone.localdate(), number="TAKEN")
    before = rows(acme, kind).count()

    response = me.post(f"/customers/{acme.pk}/add/{kind}/", RIGHT[kind] | wrong)

    form = response.context["form"]
    assert list(form.errors) == [field]
    assert {name: form[name].value() for name in wrong} == wrong
    assert rows(acme, kind).count() == before


def test_amounts_are_typed_in_yuan_and_kept_in_fen(me: Client, acme: Customer) -> None:
    me.post(f"/customers/{acme.pk}/add/order/", RIGHT["order"])
    me.post(f"/customers/{acme.pk}/add/payment/", RIGHT["payment"])

    assert Order.objects.get().amount == 120_000_00
    assert acme.payments.get().amount == 1_234_50


def test_an_interaction_says_who_when_and_for_which_department(
    client: Client, acme: Customer, dan: User
) -> None:
    client.force_login(dan)

    client.post(f"/customers/{acme.pk}/add/interaction/", RIGHT["interaction"])

    interaction = acme.interactions.get()
    assert (interaction.by, interaction.department, interaction.note) == (dan, "service", "We met.")
    assert timezone.now() - interaction.at < timedelta(minutes=1)


def test_a_contact_of_an_earlier_day_is_logged_for_that_day(me: Client, acme: Customer) -> None:
    on = timezone.localdate() - timedelta(days=3)
    for day in (on, timezone.localdate()):
        me.post(f"/customers/{acme.pk}/add/interaction/", RIGHT["interaction"] | {"on": str(day)})

    earlier, now = acme.interactions.order_by("at")
    assert (timezone.localtime(earlier.at).date(), timezone.localtime(earlier.at).hour) == (on, 12)
    assert timezone.now() - now.at < timedelta(minutes=1)


def test_a_visit_logged_in_place_answers_with_the_timeline(me: Client, acme: Customer) -> None:
    url, htmx = f"/customers/{acme.pk}/add/interaction/", {"hx-request": "true"}

    done = me.post(url, RIGHT["interaction"], headers=htmx)
    failed = me.post(url, RIGHT["interaction"] | {"note": ""}, headers=htmx)

    assert (done.status_code, failed.status_code) == (200, 422)
    assert "We met." in done.content.decode()
    assert "<html" not in done.content.decode() + failed.content.decode()
    assert acme.interactions.count() == 1


@pytest.mark.parametrize("kind", ["assessment", "standing", "nothing"])
def test_a_kind_that_is_not_on_the_list_is_not_there(me: Client, acme: Customer, kind: str) -> None:
    assert me.post(f"/customers/{acme.pk}/add/{kind}/", {}).status_code == 404


# Who may


@pytest.mark.parametrize("kind", FACTS)
def test_who_may_add_what(client: Client, acme: Customer, cast: dict[str, User], kind: str) -> None:
    answers = {}
    for name, user in cast.items():
        client.force_login(user)
        answers[name] = client.get(f"/customers/{acme.pk}/add/{kind}/").status_code

    of_a_department = 200 if kind in BY_ANY_DEPARTMENT else 403
    assert answers == {
        "alice": 200,
        "bob": 200,
        "carol": 404,
        "dan": of_a_department,
        "tess": 404,
        "logan": 404,
        "dora": 200,
        "audrey": 403,
        "adam": 200,
    }


# Correcting


def test_what_changes_by_nature_can_be_corrected(me: Client, acme: Customer) -> None:
    payment = a_payment(acme, timezone.localdate())
    url = f"/customers/{acme.pk}/correct/payment/{payment.pk}/"
    form = me.get(url).context["form"]
    assert form["amount"].value() == "1000"

    me.post(url, {"amount": "1000", "due_on": payment.due_on, "paid_on": payment.due_on})

    recorded_at = payment.recorded_at
    payment.refresh_from_db()
    assert (payment.amount, payment.paid_on, payment.recorded_at) == (1_000_00, payment.due_on, recorded_at)


def test_a_correction_changes_what_was_typed_alone(me: Client, acme: Customer) -> None:
    """Somebody else enters the payment while the form is open."""
    payment = a_payment(acme, timezone.localdate())
    url = f"/customers/{acme.pk}/correct/payment/{payment.pk}/"
    form = me.get(url).context["form"]
    typed = {form[name].html_name: form[name].value() or "" for name in form.fields}
    began = {form[name].html_initial_name: form[name].value() or "" for name in form.fields}
    type(payment).objects.filter(pk=payment.pk).update(paid_on=payment.due_on)

    response = me.post(url, typed | began | {"amount": "2,000"})

    assert response.status_code == 302
    payment.refresh_from_db()
    assert (payment.amount, payment.paid_on) == (2_000_00, payment.due_on)
    assert Correction.objects.get().changes == {"amount": [1_000_00, 2_000_00]}


def test_who_closes_a_request_second_is_told(me: Client, acme: Customer, dan: User) -> None:
    request = acme.servicerequests.get()
    services.resolve_request(request, by=dan, at=timezone.now(), resolution="Explained.")

    answer = me.post(
        f"/customers/{acme.pk}/requests/{request.pk}/resolve/", {"resolution": "x"}, follow=True
    ).content.decode()

    assert "Their answer stays." in answer
    assert "by dan" in me.get(f"/customers/{acme.pk}/cases/").content.decode()


def test_what_happened_is_never_edited(me: Client, acme: Customer) -> None:
    order = an_order(acme, timezone.localdate())

    assert [kind for kind in FACTS if kind not in CORRECTABLE] == ["interaction", "order", "request"]
    assert me.post(f"/customers/{acme.pk}/correct/order/{order.pk}/", RIGHT["order"]).status_code == 404


def test_a_fact_of_another_customer_is_not_there(me: Client, acme: Customer, carol: User) -> None:
    beta = a_customer("Beta", owner=carol)
    contact, contract = a_contact(beta), a_contract(beta, timezone.localdate())
    request = a_request(beta, carol)

    answers = [
        me.post(f"/customers/{acme.pk}/correct/contact/{contact.pk}/", RIGHT["contact"]),
        me.post(f"/customers/{acme.pk}/correct/contract/{contract.pk}/", RIGHT["contract"]),
        me.post(f"/customers/{acme.pk}/contacts/{contact.pk}/remove/"),
        me.post(f"/customers/{acme.pk}/requests/{request.pk}/resolve/", {"resolution": "Done."}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert beta.contacts.get() == contact
    assert beta.servicerequests.get().resolved_at is None


def test_a_contact_is_removed(me: Client, acme: Customer) -> None:
    contact = a_contact(acme)

    me.post(f"/customers/{acme.pk}/contacts/{contact.pk}/remove/")

    assert not acme.contacts.exists()


# Archived customers


@pytest.mark.parametrize(
    "path",
    [f"add/{kind}/" for kind in FACTS]
    + [
        "correct/contact/{contact}/",
        "contacts/{contact}/remove/",
        "requests/{request}/resolve/",
        "rate/",
        "figure/",
    ],
)
def test_nothing_is_added_to_an_archived_customer(me: Client, acme: Customer, alice: User, path: str) -> None:
    contact, request = a_contact(acme), acme.servicerequests.get()
    services.archive([acme.pk], by=alice, at=timezone.now())
    url = f"/customers/{acme.pk}/{path.format(contact=contact.pk, request=request.pk)}"

    answer = me.post(url, RIGHT["interaction"] | {"resolution": "Done."}, follow=True)
    in_place = me.post(url, RIGHT["interaction"], headers={"hx-request": "true"})

    assert answer.redirect_chain == [(f"/customers/{acme.pk}/", 302)]
    assert "This customer is archived. Restore it first, then go on." in answer.content.decode()
    assert in_place.headers["HX-Redirect"] == f"/customers/{acme.pk}/"
    request.refresh_from_db()
    assert (acme.interactions.count(), acme.contacts.get(), request.resolved_at) == (0, contact, None)


def test_the_page_of_an_archived_customer_offers_nothing_to_add(
    client: Client, acme: Customer, dora: User
) -> None:
    contact, payment = a_contact(acme), a_payment(acme, timezone.localdate())
    client.force_login(dora)
    pages = [f"/customers/{acme.pk}/", f"/customers/{acme.pk}/grading/"]
    doors = [f"/customers/{acme.pk}/{verb}/" for verb in ("add", "correct", "requests", "rate", "tier")]

    def offered() -> set[str]:
        text = "".join(client.get(page).content.decode() for page in pages)
        return {door for door in doors if door in text}

    assert len(offered()) > 3, (contact, payment)
    services.archive([acme.pk], by=dora, at=timezone.now())
    assert offered() == set()


# Requests


def test_the_department_that_was_asked_answers(client: Client, acme: Customer, dan: User) -> None:
    request = acme.servicerequests.get()
    client.force_login(dan)
    url = f"/customers/{acme.pk}/requests/{request.pk}/resolve/"
    assert client.get(url).status_code == 200

    empty = client.post(url, {"resolution": " "})
    done = client.post(url, {"resolution": "Explained."}, follow=True)

    assert list(empty.context["form"].errors) == ["resolution"]
    request.refresh_from_db()
    assert request.resolution == "Explained."
    assert done.redirect_chain == [("/", 302)]  # Dan has no business with Acme any more
    assert "Request closed." in done.content.decode()


def test_whose_customer_it_is_comes_back_to_its_page(me: Client, acme: Customer) -> None:
    request = acme.servicerequests.get()

    done = me.post(f"/customers/{acme.pk}/requests/{request.pk}/resolve/", {"resolution": "Explained."})

    assert done.headers["Location"] == f"/customers/{acme.pk}/"


def test_the_auditor_looks_and_never_touches(client: Client, acme: Customer, audrey: User) -> None:
    request = acme.servicerequests.get()
    client.force_login(audrey)

    assert client.get(f"/customers/{acme.pk}/").status_code == 200
    assert (
        client.post(f"/customers/{acme.pk}/requests/{request.pk}/resolve/", {"resolution": "x"}).status_code
        == 403
    )
    assert client.post(f"/customers/{acme.pk}/archive/").status_code == 403


@pytest.mark.parametrize("kind", Fact.__subclasses__(), ids=lambda kind: kind.__name__)
def test_facts_are_found_by_their_customer(kind: type[Fact]) -> None:
    customer: Any = kind._meta.get_field("customer")
    begins = [
        index.fields[0] if index.fields else getattr(index.expressions[0], "name", "")
        for index in kind._meta.indexes
        if not index.condition
    ]
    assert customer.db_index or "customer" in begins
