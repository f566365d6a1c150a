"""Groups: made, filled from the list, listed, and never a way to what one may not see."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from customers import services
from customers.models import Customer, Group
from customers.services import groups
from customers.tests.making import a_customer, a_group

LIST, GROUPS, FILL = "/customers/", "/customers/groups/", "/customers/groups/fill/"


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice)


@pytest.fixture
def beta(carol: User) -> Customer:
    """Not Alice's, and not in Bob's team."""
    return a_customer("Beta", owner=carol)


@pytest.fixture
def used() -> Iterator[None]:
    groups.uses.append(lambda found: {group.pk: "Something goes by it." for group in found})
    yield
    groups.uses.pop()


def members(group: Group) -> list[str]:
    return sorted(group.memberships.values_list("customer__name", flat=True))


def shown(client: Client) -> list[tuple[str, int]]:
    return [(group.name, group.members) for group, *_more in client.get(GROUPS).context["groups"]]


def listed(client: Client, **query: Any) -> list[str]:
    return [customer.name for customer in client.get(LIST, query).context["page"].rows]


def test_ticked_customers_go_to_a_new_group_after_it_is_named(
    client: Client, bob: User, acme: Customer, beta: Customer
) -> None:
    client.force_login(bob)
    ticked = {"customer": [acme.pk, beta.pk]}

    asked = client.post(FILL, ticked)
    assert (asked.status_code, asked.context["count"]) == (200, 1)
    assert not Group.objects.exists()

    done = client.post(FILL, ticked | {"confirmed": "1", "name": "Fair", "description": "Met there"})
    group = Group.objects.get()
    assert (done.status_code, done.headers["Location"]) == (302, f"{LIST}?group={group.pk}")
    assert (members(group), group.description, group.created_by) == (["Acme"], "Met there", bob)
    assert listed(client, group=group.pk) == ["Acme"]


def test_everybody_that_a_filter_finds_can_be_moved_and_leaves_the_other_group(
    client: Client, dora: User, acme: Customer, beta: Customer
) -> None:
    client.force_login(dora)
    old, new = a_group("Old", acme, by=dora), a_group("New", by=dora)

    client.post(
        FILL,
        {"everything": "1", "query": f"group={old.pk}", "confirmed": "1", "group": new.pk, "out_of": old.pk},
    )

    assert (members(old), members(new)) == ([], ["Acme"])


def test_a_customer_stands_in_several_groups_once_each(dora: User, acme: Customer) -> None:
    first, second = a_group("One", acme, by=dora), a_group("Two", acme, by=dora)

    again = services.add_to_group(first, [acme.pk], by=dora, at=timezone.now())

    assert (again, members(first), members(second)) == (0, ["Acme"], ["Acme"])


def test_a_new_group_needs_a_name_of_its_own(client: Client, dora: User, acme: Customer) -> None:
    client.force_login(dora)
    a_group("VIP", by=dora)

    for name in ("", "VIP"):
        answer = client.post(FILL, {"customer": acme.pk, "confirmed": "1", "name": name})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["name"])
    answer = client.post(GROUPS + "new/", {"name": "VIP"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["name"])


def test_nobody_ticked_is_said(client: Client, dora: User) -> None:
    client.force_login(dora)
    answer = client.post(FILL, {}, follow=True)

    assert [str(m) for m in answer.context["messages"]] == [
        "No customer was ticked. Tick the customers first."
    ]


def test_customers_are_taken_out_and_stay_as_they_are(client: Client, dora: User, acme: Customer) -> None:
    client.force_login(dora)
    group = a_group("VIP", acme, by=dora)

    client.post(f"{GROUPS}{group.pk}/take-out/", {"customer": acme.pk})

    assert (members(group), Customer.objects.count()) == ([], 1)


def test_only_members_that_i_may_see_are_counted_and_listed(
    client: Client, alice: User, bob: User, dora: User, acme: Customer, beta: Customer
) -> None:
    group = a_group("VIP", acme, beta, by=dora)

    for user, expected in ((alice, ["Acme"]), (bob, ["Acme"]), (dora, ["Acme", "Beta"])):
        client.force_login(user)
        assert shown(client) == [("VIP", len(expected))]
        assert sorted(listed(client, group=group.pk)) == expected


def test_a_group_without_a_customer_of_mine_is_not_there(
    client: Client, alice: User, carol: User, dora: User, acme: Customer, beta: Customer
) -> None:
    foreign = a_group("Carol's", beta, by=dora)
    client.force_login(alice)

    assert (shown(client), listed(client, group=foreign.pk)) == ([], [])
    missing = client.get(LIST, {"group": 999_999}).content
    assert (b"VIP" in missing, b"Carol's" in client.get(LIST).content) == (False, False)
    page = client.get(reverse("customers:detail", args=[acme.pk]))
    assert list(page.context["groups"]) == []


def test_a_lead_keeps_the_own_groups_and_fills_those_of_the_house(
    client: Client, bob: User, dora: User, acme: Customer
) -> None:
    own, house = a_group("East", by=bob), a_group("House", by=dora)
    client.force_login(bob)

    assert client.get(f"{GROUPS}{own.pk}/").status_code == 200
    assert client.get(f"{GROUPS}{house.pk}/").status_code == 404
    client.post(FILL, {"customer": acme.pk, "confirmed": "1", "group": house.pk})
    assert members(house) == ["Acme"]


def test_a_group_is_renamed_and_deleted_without_its_customers(
    client: Client, dora: User, acme: Customer
) -> None:
    client.force_login(dora)
    group = a_group("VIP", acme, by=dora)

    client.post(f"{GROUPS}{group.pk}/", {"name": "Key", "description": ""})
    assert shown(client) == [("Key", 1)]
    assert "whom you see" in client.get(f"{GROUPS}{group.pk}/delete/").content.decode()
    client.post(f"{GROUPS}{group.pk}/delete/")

    assert (Group.objects.count(), Customer.objects.count()) == (0, 1)


@pytest.mark.usefixtures("used")
def test_a_group_by_which_something_is_done_stays_and_is_filled_by_directors(
    client: Client, bob: User, dora: User, acme: Customer
) -> None:
    group = a_group("VIP", by=dora)
    client.force_login(bob)
    refused = client.post(FILL, {"customer": acme.pk, "confirmed": "1", "group": group.pk})
    assert refused.context["form"].errors["group"] == [
        "Who stands in “VIP” is decided by directors: Something goes by it."
    ]
    client.force_login(dora)
    client.post(FILL, {"customer": acme.pk, "confirmed": "1", "group": group.pk})
    answer = client.post(f"{GROUPS}{group.pk}/delete/", follow=True)

    assert [str(m) for m in answer.context["messages"]][-1] == "“VIP” stays: Something goes by it."
    assert members(group) == ["Acme"]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_of_groups_asks_the_same_for_one_and_for_many(
    client: Client, alice: User, dora: User, acme: Customer, rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    for n in range(rows):
        a_group(f"Group {n}", acme, by=dora)
    client.force_login(alice)
    client.get(GROUPS)

    with django_assert_num_queries(5):
        found = client.get(GROUPS).context["groups"]

    assert [group.members for group, *_more in found] == [1] * rows


def test_archived_members_are_not_counted(client: Client, dora: User, acme: Customer) -> None:
    a_group("VIP", acme, by=dora)
    services.archive([acme.pk], by=dora, at=timezone.now())
    client.force_login(dora)

    assert shown(client) == [("VIP", 0)]
