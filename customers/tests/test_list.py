import re
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains

from accounts.exports import writing
from accounts.models import Team, User
from customers import columns
from customers.imports import loading
from customers.imports.orders import Found, FoundCustomer
from customers.listings.book import CUSTOMERS, all_columns
from customers.models import SEATS, Customer, Standing, Tier
from customers.tests.making import a_contact, a_customer, serves
from toolbox.pages import keyset_page, ordered

URL = "/customers/"


def listed(client: Client, **query: Any) -> list[str]:
    return [customer.name for customer in client.get(URL, query).context["page"].rows]


def stand(
    customer: Customer, *, tier: str = "core", total: int = 80_000_000, amount: int = 1_000_000_00
) -> None:
    """As tiering does it."""
    row = Tier.objects.get(scale="b2b", key=tier)
    Standing.objects.filter(customer=customer).update(
        tier=row, total=total, annual_amount=amount, coverage=9_000, graded_on=date(2026, 9, 30)
    )


@pytest.fixture
def beta(carol: User) -> Customer:
    """Not Alice's."""
    return a_customer("Beta", owner=carol)


@pytest.fixture
def director(client: Client, dora: User) -> Client:
    client.force_login(dora)
    return client


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_shows_my_customers_only(
    client: Client, alice: User, beta: Customer, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(rows):
        customer = a_customer(f"Acme {n}", owner=alice)
        stand(customer)
        a_contact(customer)
    client.force_login(alice)
    client.get(URL)

    with django_assert_num_queries(9):
        response = client.get(URL)

    assert sorted(customer.name for customer in response.context["page"].rows) == [
        f"Acme {n}" for n in range(rows)
    ]
    assert b"Beta" not in response.content


def test_an_empty_list_says_what_to_do_next(client: Client, alice: User, beta: Customer) -> None:
    client.force_login(alice)

    assert reverse("customers:create") in client.get(URL).content.decode()
    assert listed(client, q="nobody is called so") == []


# Filters


@pytest.fixture
def book(alice: User, bob: User, south: Team, beta: Customer) -> None:
    a_customer(
        "Acme",
        owner=alice,
        kind="individual",
        lifecycle="active",
        industry="C36",
        province="44",
        size="large",
    )
    a_customer("Gamma", owner=bob, lifecycle="lost", industry="I65", province="31", size="micro")
    orphan = a_customer("Orphan", industry="C35")
    archived = a_customer("Archived", owner=alice, lifecycle="active")
    Customer.objects.filter(pk=archived.pk).update(archived_at=timezone.now())
    stand(Customer.objects.get(name="Acme"), tier="core", amount=500_000_00)
    stand(orphan, tier="potential", total=10_000_000, amount=10_000_00)


@pytest.mark.parametrize(
    "query, expected",
    [
        ({}, "Acme Beta Gamma Orphan"),
        ({"q": "gam"}, "Gamma"),
        ({"lifecycle": ["lost"]}, "Gamma"),
        ({"lifecycle": ["lost", "active"]}, "Acme Gamma"),
        ({"kind": "individual"}, "Acme"),
        ({"industry": "C"}, "Acme Orphan"),
        ({"province": "31"}, "Gamma"),
        ({"size": "large"}, "Acme"),
        ({"graded": "true"}, "Acme Orphan"),
        ({"graded": "false"}, "Beta Gamma"),
        ({"unowned": "true"}, "Orphan"),
        ({"unowned": "false"}, "Acme Beta Gamma"),
        ({"amount_from": "500000"}, "Acme"),
        ({"amount_from": "500000.01"}, ""),
        ({"amount_from": "10000"}, "Acme Orphan"),
        ({"archived": "true"}, "Archived"),
        ({"archived": "false"}, "Acme Beta Gamma Orphan"),
        ({"q": "a", "lifecycle": ["active"], "graded": "true"}, "Acme"),
    ],
)
def test_every_filter_narrows_the_list(
    director: Client, book: None, query: dict[str, Any], expected: str
) -> None:
    assert sorted(listed(director, **query)) == expected.split()


def test_the_list_is_narrowed_by_tier_owner_and_team(
    director: Client, book: None, alice: User, sales: Team, south: Team
) -> None:
    core = Tier.objects.get(scale="b2b", key="core").pk
    potential = Tier.objects.get(scale="b2b", key="potential").pk

    assert listed(director, tier=[core]) == ["Acme"]
    assert listed(director, tier=[core, potential]) == ["Acme", "Orphan"]
    assert listed(director, owner=alice.pk) == ["Acme"]
    assert listed(director, team=south.pk) == ["Beta"]
    assert sorted(listed(director, team=sales.pk)) == ["Acme", "Beta", "Gamma"]


@pytest.mark.parametrize(
    "query",
    [
        {"tier": "999"},
        {"tier": "x"},
        {"owner": "99999999999999999999"},
        {"lifecycle": "nothing"},
        {"amount_from": "much"},
        {"amount_from": "1e49"},
        {"amount_from": "NaN"},
        {"archived": "maybe"},
        {"cursor": "rubbish"},
        {"sort": "rubbish"},
        {"size": "-1"},
        {"q": "\0"},
        {"q": "x" * 5_000},
    ],
)
def test_rubbish_in_the_address_breaks_nothing(director: Client, book: None, query: dict[str, str]) -> None:
    assert director.get(URL, query).status_code == 200


@pytest.mark.parametrize(
    "query",
    ["tier=999", "owner=999999", "lifecycle=nothing", "team=x", "amount_from=much", "unowned=maybe", "q=%00"],
)
def test_a_filter_that_is_not_understood_finds_nothing_and_says_so(
    director: Client, book: None, query: str
) -> None:
    page = director.get(f"{URL}?{query}")
    assert page.context["page"].rows == []
    assert page.context["filter"].errors
    assertContains(page, "invalid-feedback")
    assert director.get(f"/api/v1/customers/?{query}").status_code == 400

    director.post("/customers/archive/", {"everything": "1", "query": query, "do": "archive"})
    assert Customer.objects.exclude(archived_at=None).count() == 1
    told = director.get(f"/customers/sheet/?{query}", follow=True)
    assertContains(told, "Nothing was exported.")
    assertContains(told, "Nothing was changed.")


# Order and pages


@pytest.fixture
def graded(alice: User) -> list[str]:
    """Totals and amounts with ties and gaps; the best first."""
    rows = [("A", 90), ("B", 70), ("C", 70), ("D", 0), ("E", None), ("F", None)]
    for name, total in rows:
        customer = a_customer(name, owner=alice, code=f"Z-{name}")
        if total is not None:
            stand(customer, total=total * 1_000_000, amount=total * 100)
    return [name for name, _total in rows]


@pytest.mark.parametrize(
    "sort, expected",
    [
        ("", "ACBDFE"),
        ("score", "ACBDFE"),
        ("-score", "EFDBCA"),
        ("amount", "ACBDFE"),
        ("name", "ABCDEF"),
        ("-name", "FEDCBA"),
        ("code", "ABCDEF"),
        ("updated", "FEDCBA"),
    ],
)
def test_the_list_is_sorted_as_asked(director: Client, graded: list[str], sort: str, expected: str) -> None:
    assert "".join(listed(director, sort=sort)) == expected


def test_who_has_no_tier_is_not_yet_graded_whatever_is_known(director: Client, graded: list[str]) -> None:
    """Too little is known for a tier: there is a total all the same, the best of all."""
    Standing.objects.filter(customer__name="F").update(total=99_000_000)

    assert "".join(listed(director, sort="score")) == "ACBDFE"
    assert "".join(listed(director, sort="-score")) == "EFDBCA"
    assert listed(director, graded="false", sort="name") == ["E", "F"]
    assert listed(director, graded="true", sort="name") == ["A", "B", "C", "D"]


@pytest.mark.parametrize("name", ["score", "amount"])
def test_classes_of_keys_stand_in_the_order_of_the_keys(alice: User, name: str) -> None:
    """On the borders between classes, and for many with nothing to sort by."""
    totals = [None, 0, 1, 99_999, 100_000, 100_001, None, 55_555_555, 100_000, 99_900_000, 100_000_000]
    amounts = [None, -(10**12), -2, -1, 0, 1, 9, 10, 11, None, 99, 100, 109, 110, 999, 1_000, 0, 10**14, None]
    for n, number in enumerate(totals if name == "score" else amounts):
        customer = a_customer(f"C{n}", owner=alice)
        stand(customer, total=50_000_000 + n)
        Standing.objects.filter(customer=customer).update(
            **{"total" if name == "score" else "annual_amount": number}
        )
    Standing.objects.filter(customer__name="C3").update(tier=None)
    for order in (columns.ORDERS[name], columns.ORDERS[f"-{name}"]):
        rows = list(ordered(Customer.objects.for_list(), order=order))
        assert rows == sorted(rows, key=lambda row: (order.value(row), row.pk), reverse=order.descending)
        classes = [row.page_class for row in rows]  # type: ignore[attr-defined]
        assert classes == sorted(classes, reverse=order.descending)
        page = keyset_page(Customer.objects.for_list(), order=order, cursor="", size=2)
        walked = [*page.rows]
        while page.next_cursor:
            page = keyset_page(Customer.objects.for_list(), order=order, cursor=page.next_cursor, size=2)
            walked += page.rows
        assert walked == rows


@pytest.mark.postgres
@pytest.mark.parametrize("name, index", [("score", "standing_by_total"), ("amount", "standing_by_amount")])
def test_an_index_serves_the_sorted_list(db: None, name: str, index: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    rows: Any = ordered(Customer.objects.for_list(), order=columns.ORDERS[name])
    for page in (rows[:50], rows.filter(page_class__lte=5)[:50]):
        plan = page.explain()
        assert index in plan, plan
        assert "Presorted Key" in plan, plan


def test_every_order_can_be_asked_for(director: Client, graded: list[str]) -> None:
    assert {order: sorted(listed(director, sort=order)) for order in columns.ORDERS} == dict.fromkeys(
        columns.ORDERS, graded
    )


@pytest.mark.parametrize("sort", sorted(columns.ORDERS))
def test_paging_shows_everybody_once(director: Client, alice: User, sort: str) -> None:
    for n in range(53):
        customer = a_customer(f"客户{n % 7}", owner=alice)
        if n % 3:
            stand(customer, total=n % 5 * 1_000_000, amount=n % 4 * 100)
    seen: list[int] = []
    sizes: list[int] = []
    cursor = ""
    while cursor or not sizes:
        page = director.get(URL, {"sort": sort, "rows": "25", "cursor": cursor}).context["page"]
        seen += [customer.pk for customer in page.rows]
        sizes.append(len(page.rows))
        cursor = page.next_cursor

    assert sizes == [25, 25, 3]
    assert sorted(seen) == list(Customer.objects.order_by("pk").values_list("pk", flat=True))


# Filters that unfold


def test_more_filters_come_when_they_are_asked_for_and_stand_there_when_one_narrows_the_list(
    client: Client, alice: User
) -> None:
    client.force_login(alice)
    field = 'name="industry"'

    assert field not in client.get(URL).content.decode()
    assert field in client.get("/customers/filters/").content.decode()
    assert field in client.get(URL, {"industry": "C34"}).content.decode()
    assert field in client.get(URL, {"more": "1"}).content.decode()  # where no script runs


# Columns


def test_the_chosen_columns_are_remembered_in_the_product_s_order(
    client: Client, alice: User, dora: User
) -> None:
    a_customer("Acme", owner=alice, city="4403", province="44")
    client.force_login(alice)

    response = client.post(
        "/customers/columns/", {"columns": ["city", "name", "no such column"], "query": "sort=name&q=acme"}
    )

    assert response.headers["Location"] == "/customers/?sort=name&q=acme"
    shown = client.get(URL).context
    assert [column.key for column in shown["columns"]] == ["name", "city"]
    [cells] = shown["rows"]
    assert re.findall(r">([A-Z]\w+)<", cells) == ["Acme", "Shenzhen"]
    client.force_login(dora)
    assert [column.key for column in client.get(URL).context["columns"]] == columns.DEFAULT_COLUMNS


def test_all_columns_can_be_shown(client: Client, alice: User) -> None:
    stand(a_customer("Acme", owner=alice))
    a_customer("Bare", owner=alice)
    alice.preferences = {"customer_columns": list(columns.COLUMNS)}
    alice.save()
    client.force_login(alice)

    assert [column.key for column in client.get(URL).context["columns"]] == list(columns.COLUMNS)


def test_a_search_that_finds_nobody_offers_to_look_among_the_archived(director: Client, book: None) -> None:
    page = director.get(URL, {"q": "Archived", "sort": "name"}).content.decode()
    assert "?q=Archived&amp;sort=name&amp;archived=true" in page
    assert listed(director, q="Archived", archived="true") == ["Archived"]
    assert "Look among" not in director.get(URL, {"q": "x", "archived": "true"}).content.decode()
    assert "Look among" not in director.get(URL, {"kind": "individual", "q": "Acme"}).content.decode()


# Who left


def test_customers_of_people_who_left_are_found_and_handed_over(
    client: Client, alice: User, bob: User, carol: User, dora: User
) -> None:
    acme, beta = a_customer("Acme", owner=alice), a_customer("Beta", owner=carol)
    kept = a_customer("Kept", owner=bob)
    User.objects.filter(pk__in=[alice.pk, carol.pk]).update(is_active=False)
    found = {}
    for user in (bob, dora):
        client.force_login(user)
        context = client.get(URL, {"left": "true"}).context
        found[user.name] = sorted(listed(client, left="true"))
        labels = [label for _value, label in context["filter"].form.fields["owner"].choices]
        assert ("alice (left)" in labels, "carol (left)" in labels) == (True, user == dora)
        assert alice not in context["assign"].fields["owner"].queryset

    assert found == {"bob": ["Acme"], "dora": ["Acme", "Beta"]}
    assert listed(client, left="false") == ["Kept"]
    assert listed(client, owner=alice.pk) == ["Acme"]
    client.post("/customers/assign/", {"everything": "1", "query": "left=true", "owner": bob.pk})
    assert set(Customer.objects.filter(owner=bob)) == {acme, beta, kept}
    assert listed(client, left="true") == []


# Many at once


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice)


def ticked(*customers: Customer, **more: Any) -> dict[str, Any]:
    return {"customer": [customer.pk for customer in customers]} | more


def test_the_ticked_customers_are_assigned_if_they_are_mine_to_assign(
    client: Client, acme: Customer, beta: Customer, bob: User
) -> None:
    client.force_login(bob)

    response = client.post("/customers/assign/", ticked(acme, beta, owner=bob.pk, query="q=a"), follow=True)

    assert response.redirect_chain == [("/customers/?q=a", 302)]
    assert "1 customer changed." in response.content.decode()
    assert set(Customer.objects.filter(owner=bob)) == {acme}


def test_customers_go_to_colleagues_one_may_choose_from_only(
    client: Client, acme: Customer, bob: User, carol: User
) -> None:
    client.force_login(bob)

    client.post("/customers/assign/", ticked(acme, owner=carol.pk))

    acme.refresh_from_db()
    assert acme.owner != carol


def test_a_lead_gives_customers_to_teams_of_the_own_tree_only(
    client: Client, acme: Customer, bob: User, east: Team, south: Team, dora: User
) -> None:
    below = Team.objects.create(name="East 2", parent=east)
    offered = {}
    for user in (bob, dora):
        client.force_login(user)
        offered[user.name] = list(client.get(URL).context["assign"].fields["team"].queryset)
    client.force_login(bob)
    client.post("/customers/assign/", ticked(acme, team=south.pk))

    assert offered == {"bob": [east, below], "dora": list(Team.objects.order_by("name"))}
    acme.refresh_from_db()
    assert acme.team == east


def test_who_is_given_customers_works_in_the_team_they_are_given_to(
    director: Client, acme: Customer, carol: User, east: Team, sales: Team
) -> None:
    refused = director.post("/customers/assign/", ticked(acme, owner=carol.pk, team=east.pk), follow=True)
    assert "carol does not work in East." in refused.content.decode()
    acme.refresh_from_db()
    assert acme.version == 1

    director.post("/customers/assign/", ticked(acme, owner=carol.pk, team=sales.pk))
    acme.refresh_from_db()
    assert (acme.owner, acme.team) == (carol, sales)


@pytest.mark.parametrize(
    "data, words",
    [
        ({}, "No customer was ticked."),
        ({"customer": ["x", "-1", "9" * 30, "²"]}, "No customer was ticked."),
        ({"customer": "acme"}, "Choose an account manager or a team."),
    ],
)
def test_what_is_missing_is_said(director: Client, acme: Customer, data: dict[str, Any], words: str) -> None:
    if data.get("customer") == "acme":
        data = ticked(acme)

    assert words in director.post("/customers/assign/", data, follow=True).content.decode()
    acme.refresh_from_db()
    assert acme.version == 1


def test_everything_is_the_list_as_filtered_and_not_more(
    client: Client, acme: Customer, beta: Customer, bob: User, east: Team
) -> None:
    below = Team.objects.create(name="East 2", parent=east)
    omega = a_customer("Omega", owner=bob)
    archived = a_customer("Acme of old", owner=bob)
    Customer.objects.filter(pk=archived.pk).update(archived_at=timezone.now())
    client.force_login(bob)

    client.post("/customers/assign/", {"everything": "1", "query": "q=acme&sort=name", "team": below.pk})

    assert set(Customer.objects.filter(team=below)) == {acme}
    assert omega.team != below


def test_more_than_can_be_changed_at_once_is_left_alone(director: Client, dora: User) -> None:
    loaded = [FoundCustomer(f"K{n}", f"Customer {n}") for n in range(10_001)]
    loading.write(loading.Plan(Found(), loaded), by=dora, at=timezone.now())

    answer = director.post("/customers/archive/", {"everything": "1", "do": "archive"}, follow=True)

    assertContains(answer, "At most 10,000 customers are changed at once.")
    assert not Customer.objects.exclude(archived_at=None).exists()


def test_the_ticked_customers_are_archived_and_restored(
    client: Client, acme: Customer, beta: Customer, alice: User
) -> None:
    client.force_login(alice)

    client.post("/customers/archive/", ticked(acme, beta, do="archive"))
    assert set(Customer.objects.exclude(archived_at=None)) == {acme}

    client.post("/customers/archive/", ticked(acme, beta, do="restore"))
    assert not Customer.objects.exclude(archived_at=None).exists()
    assert client.post("/customers/archive/", ticked(acme, do="eat")).status_code == 400


def test_the_search_box_goes_straight_to_the_one_that_is_found(
    client: Client, acme: Customer, beta: Customer, alice: User
) -> None:
    client.force_login(alice)

    assert client.get("/search/", {"q": "ACME"}).headers["Location"] == f"/customers/{acme.pk}/"
    assert client.get("/search/", {"q": "Beta"}).headers["Location"] == "/customers/?q=Beta"


def test_a_customer_made_long_ago_is_listed(client: Client, alice: User, acme: Customer) -> None:
    Customer.objects.filter(pk=acme.pk).update(
        created_at=datetime(1999, 1, 1, tzinfo=timezone.get_default_timezone())
    )
    client.force_login(alice)

    assert listed(client) == ["Acme"]


def test_the_service_team_goes_out_with_the_list(alice: User, tess: User, dan: User, carol: User) -> None:
    acme = a_customer("Acme", owner=alice, code="A1")
    a_customer("Bare", owner=alice, code="B1")
    foreign = a_customer("Foreign", owner=carol, code="F1")
    serves(acme, alice, technical=tess, service=dan)
    serves(acme, alice, service=None)
    serves(foreign, carol, logistics=User.objects.create_user("logan", role="logistics"))
    taken = [column for column in all_columns() if column.key in {"code", *SEATS}]
    assert [column.key for column in taken] == ["code", "technical", "service", "logistics"]
    rows = writing.lines(CUSTOMERS.find(alice, QueryDict("sort=code"), None), taken)
    assert sorted(rows) == [["A1", "tess", None, None], ["B1", None, None, None]]
