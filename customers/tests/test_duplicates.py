"""Customers that may be one: found in time that grows with the book, judged by people."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from customers import services, tasks
from customers.duplicates import finding, names, pairs
from customers.duplicates.pairs import Asked
from customers.models import Contact, Customer, Duplicate, Standing
from customers.tests.making import a_contact, a_customer

SPELLINGS = [
    ("深圳市華強電子(集團)股份有限公司", "华强电子集团"),
    ("华强电子（深圳）有限公司", "深圳华强电子有限责任公司"),
    ("广东省深圳市华强电子有限公司", "深圳华强电子"),
    ("广东华强电子", "深圳华强电子"),
    ("Ａｃｍｅ　Trading", "ACME Trading Co., Ltd."),
    ("中国移动通信集团有限公司", "移动通信"),
]
OTHERS = [
    ("深圳华强电子有限公司", "杭州华强电子有限公司"),
    ("北京公司", "上海公司"),
    ("华强", "华润"),
    ("华东机械一厂有限公司", "华东机械二厂有限公司"),
    ("Customer 00123", "Customer 00124"),
    ("华腾电子科技发展有限公司", "大腾电子科技发展有限公司"),
    ("大地仪表厂A", "大地仪表厂B"),
]


def named(*called: str) -> list[Asked]:
    return [Asked(n, name) for n, name in enumerate(names.of(called), start=1)]


def found(*called: str) -> dict[tuple[int, int], list[dict[str, object]]]:
    return pairs.pairs(named(*called), [], [])


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_spelling_place_and_legal_form_do_not_make_another_company(spelling: tuple[str, str]) -> None:
    assert found(*spelling) == {(1, 2): [{"kind": "name"}]}


@pytest.mark.parametrize("two", OTHERS)
def test_these_are_two(two: tuple[str, str]) -> None:
    assert found(*two) == {}


def test_names_nearly_the_same_are_told_with_how_near() -> None:
    assert found("华强电子科技有限公司", "华强电子科技发展有限公司", "Acme Tradng", "Acme Trading") == {
        (1, 2): [{"kind": "similar", "share": 8571}],
        (3, 4): [{"kind": "similar", "share": 9524}],
    }


def test_a_name_that_many_have_is_compared_with_the_first_alone() -> None:
    assert len(found(*["散客户"] * 1_000)) == 999


def test_what_many_have_in_common_says_nothing() -> None:
    few, many = [(n, "1") for n in range(1, 11)], [(n, "2") for n in range(1, 12)]

    assert set(pairs.pairs([], few, [])) == {(1, n) for n in range(2, 11)}
    assert pairs.pairs([], many, many) == {}


@pytest.mark.parametrize(
    "phone, digits",
    [
        ("+86 138-0000-0000", "13800000000"),
        ("0086 21 5555 1234 转 88", "2155551234"),
        ("021-55551234 ext. 7", "2155551234"),
        ("110", ""),
    ],
)
def test_phones_are_compared_by_their_digits(phone: str, digits: str) -> None:
    assert pairs.plain_phone(phone) == digits


@pytest.fixture
def book(alice: User, carol: User) -> dict[str, Customer]:
    return {
        code: a_customer(name, owner=owner, code=code)
        for code, name, owner in (
            ("A1", "华强电子有限公司", alice),
            ("A2", "深圳华强电子", alice),
            ("A3", "明月楼", alice),
            ("C1", "华强电子集团", carol),
        )
    }


def listed(user: User) -> list[tuple[str, str]]:
    rows = Duplicate.objects.visible_to(user).open().order_by("-amount", "first", "second")
    return list(rows.values_list("first__code", "second__code"))


def test_the_list_is_made_anew_and_judgements_stay(
    book: dict[str, Customer], alice: User, carol: User, dora: User
) -> None:
    for code in ("A3", "C1"):
        a_contact(book[code], phone="138 0000 0000", email="Wang@example.com")
    Standing.objects.filter(customer=book["C1"]).update(annual_amount=7)
    at = timezone.now()
    finding.find(at=at)
    assert listed(dora) == [("A1", "C1"), ("A3", "C1"), ("A1", "A2")]
    assert (listed(alice), listed(carol)) == ([("A1", "A2")], [])
    assert Duplicate.objects.get(first=book["A3"]).reasons == [
        {"kind": "phone", "what": "13800000000"},
        {"kind": "email", "what": "wang@example.com"},
    ]

    assert finding.tell_apart(Duplicate.objects.get(second=book["A2"]), by=alice, at=at)
    assert not finding.tell_apart(Duplicate.objects.get(second=book["A2"]), by=dora, at=at)
    Contact.objects.all().delete()
    services.archive([book["C1"].pk], by=dora, at=at)
    assert listed(dora) == []
    finding.find(at=at + timedelta(days=1))

    [kept] = Duplicate.objects.all()
    assert (kept.second, kept.dismissed_by) == (book["A2"], alice)
    finding.put_back(kept)
    assert listed(alice) == [("A1", "A2")]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_lists_pairs_with_why(
    rows: int, client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(rows):
        for suffix in ("", "有限公司"):
            a_customer(f"明月楼{chr(0x4E00 + n)}{suffix}", owner=alice)
    tasks.find_duplicates()
    client.force_login(alice)
    client.get("/customers/duplicates/")

    with django_assert_num_queries(5):
        response = client.get("/customers/duplicates/")

    assert response.content.decode().count("The same name") == rows


def test_nobody_is_listed_whom_the_reader_does_not_see(
    book: dict[str, Customer], client: Client, carol: User
) -> None:
    tasks.find_duplicates()
    client.force_login(carol)

    page = client.get("/customers/duplicates/").content.decode()

    assert "No two of your customers look like one" in page
    assert "深圳" not in page


def test_who_was_told_apart_can_be_listed_again(
    book: dict[str, Customer], client: Client, alice: User, dora: User
) -> None:
    tasks.find_duplicates()
    pair = Duplicate.objects.get(second=book["A2"])
    client.force_login(alice)

    client.post(f"/customers/duplicates/{pair.pk}/", {"do": "apart"})
    assert "told apart by alice" in client.get("/customers/duplicates/?show=apart").content.decode()
    assert client.get("/customers/duplicates/").context["page"].rows == []
    client.post(f"/customers/duplicates/{pair.pk}/", {"do": "back"})
    assert client.get("/customers/duplicates/").context["page"].rows == [pair]
    assert client.post(f"/customers/duplicates/{pair.pk}/", {"do": "nonsense"}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_a_director_has_the_book_looked_through_now(
    book: dict[str, Customer], client: Client, dora: User
) -> None:
    client.force_login(dora)

    page = client.post("/customers/duplicates/look/", follow=True).content.decode()

    assert "being looked through" in page
    assert Duplicate.objects.count() == 2


@pytest.mark.parametrize(
    "typed, shown",
    [
        ("深圳市華強電子股份有限公司", ["A1", "A2"]),
        ("明月", []),
        ("明月楼有限公司", ["A3"]),
        ("", []),
        ("\0华", []),
    ],
)
def test_a_new_customer_is_told_who_is_there_already(
    typed: str, shown: list[str], book: dict[str, Customer], client: Client, alice: User
) -> None:
    client.force_login(alice)

    response = client.get("/customers/alike/", {"name": typed})

    assert sorted(customer.code for customer in response.context["alike"]) == shown
