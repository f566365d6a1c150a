"""The page on which people say who is graded by which scheme, and where else several schemes are seen."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from customers import services as customers
from customers.models import Customer, Tier
from customers.tests.making import a_customer, a_group
from tiering import ordering
from tiering.models import Assignment, Run, Scheme, SchemeVersion
from tiering.ordering import Entry
from tiering.sheets.lines import Lines
from tiering.tests.assigning_making import assign, second_scheme
from tiering.tests.conftest import AT, Q2, bought, regraded
from toolbox import append_only

PAGE = "/schemes/assignments/"
Enter = Callable[[User], Client]


@pytest.fixture
def second(scheme: Scheme) -> Scheme:
    return second_scheme()


@pytest.fixture
def book(alice: User) -> dict[str, Customer]:
    found = {
        "Firm": a_customer("Firm", owner=alice),
        "Person": a_customer("Person", owner=alice, kind="individual"),
        "Other": a_customer("Other", owner=alice, kind="individual"),
    }
    for customer in found.values():
        bought(customer, 90)
    return found


def changed(*rows: str, **more: Any) -> str:
    return f"{PAGE}?{urlencode([('changed', '1'), *(('row', row) for row in rows), *more.items()])}"


def lines(context: Any) -> list[tuple[str, str, int]]:
    return [(line.assignment.whose, line.assignment.scheme.key, line.customers) for line in context["lines"]]


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def in_force() -> list[str]:
    return [str(entry) for entry in ordering.present()]


def test_a_line_is_looked_at_in_numbers_before_it_is_kept(
    enter: Enter, dora: User, scheme: Scheme, second: Scheme, book: dict[str, Customer]
) -> None:
    regraded(scheme)
    browser = enter(dora)
    plain = browser.get(PAGE).context
    assert (lines(plain), plain["everybody_else"], plain["passages"]) == ([], 3, [])

    asked = browser.get(changed(whose="individual", scheme=second.pk)).context

    assert lines(asked) == [("Individual", "second", 2)]
    assert [(p.before, p.after, p.customers, p.amount) for p in asked["passages"]] == [
        (scheme, second, 2, 18_000_000)
    ]
    assert not Assignment.objects.exists()
    answer = browser.post(PAGE, {"row": asked["order"], "base": asked["base"]}, follow=True)
    assert said(answer) == ["Kept. Tiers change with the next re-grades; until then everybody stays."]
    assert in_force() == [f"{second.pk}.individual"]
    assert lines(answer.context) == [("Individual", "second", 2)]


def test_lines_are_moved_and_removed(
    enter: Enter, dora: User, scheme: Scheme, second: Scheme, book: dict[str, Customer]
) -> None:
    group = a_group("VIP", book["Person"], by=dora)
    assign(second, kind="individual")
    assign(scheme, group=group)
    browser = enter(dora)
    first, last = browser.get(PAGE).context["lines"]
    assert (first.up, last.down) == ("", "")

    swapped = browser.get(last.up).context
    assert lines(swapped) == [("VIP", "plain", 1), ("Individual", "second", 1)]
    assert lines(browser.get(first.down).context) == lines(swapped)
    assert [(p.before, p.after, p.customers) for p in swapped["passages"]] == [(second, scheme, 1)]
    without = browser.get(first.without).context
    assert lines(without) == [("VIP", "plain", 1)]
    assert [(p.before, p.after, p.customers) for p in without["passages"]] == [(second, scheme, 2)]


def test_what_cannot_be_is_refused_in_words(
    enter: Enter, dora: User, scheme: Scheme, second: Scheme, book: dict[str, Customer]
) -> None:
    with append_only.unlocked(connection):
        SchemeVersion.objects.filter(scheme=second).update(state="draft")
    browser = enter(dora)

    draft = browser.get(changed(whose="individual", scheme=second.pk))
    assert said(draft) == ["“Second” has no version in force yet. Put one in force first."]
    assert (lines(draft.context), draft.context["is_changed"]) == ([], False)
    twice = browser.get(changed(f"{scheme.pk}.individual", whose="individual", scheme=scheme.pk))
    assert said(twice) == ["“Individual” stands in the order already. Move or remove that line."]
    gone = browser.get(changed(f"{scheme.pk}.g999999"))
    assert said(gone) == ["A group of this order is gone meanwhile. Start again from what is in force."]
    for nonsense in (
        "x",
        "1",
        "1.",
        "1.gx",
        "9" * 40 + ".individual",
        f"{scheme.pk}.nobody",
        "１.individual",
    ):
        assert browser.get(changed(nonsense)).status_code == 200
        assert Entry.read(nonsense) is None


def test_who_comes_second_is_told(enter: Enter, dora: User, scheme: Scheme, second: Scheme) -> None:
    browser = enter(dora)
    assign(scheme, kind="enterprise")

    answer = browser.post(PAGE, {"row": [f"{second.pk}.individual"], "base": []}, follow=True)

    assert "Somebody changed the order meanwhile" in said(answer)[0]
    assert in_force() == [f"{scheme.pk}.enterprise"]


def test_only_who_may_grade_says_who_is_graded_how(
    enter: Enter, alice: User, bob: User, audrey: User, scheme: Scheme
) -> None:
    for user in (alice, bob, audrey):
        browser = enter(user)
        assert [browser.get(PAGE).status_code, browser.post(PAGE).status_code] == [403, 403]


def test_a_group_by_which_customers_are_graded_is_not_deleted(
    enter: Enter, dora: User, scheme: Scheme, second: Scheme, book: dict[str, Customer]
) -> None:
    group = a_group("VIP", book["Firm"], by=dora)
    assign(second, group=group)

    answer = enter(dora).post(f"/customers/groups/{group.pk}/delete/", follow=True)

    assert said(answer) == ["“VIP” stays: Its customers are graded by “Second”."]
    with pytest.raises(customers.InUseError):
        customers.delete_group(group)


@pytest.mark.parametrize("rows", [1, 2])
def test_the_page_asks_the_same_for_one_line_and_for_two(
    enter: Enter, dora: User, scheme: Scheme, second: Scheme, rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    for n, kind in enumerate(["individual", "enterprise"][:rows]):
        assign(second, kind=kind)
        a_group(f"Group {n}", by=dora)
    browser = enter(dora)
    browser.get(PAGE)

    with django_assert_num_queries(8):
        browser.get(PAGE)


# Where else


def test_a_re_grade_is_started_of_the_scheme_that_is_chosen(
    enter: Enter, dora: User, scheme: Scheme, second: Scheme, book: dict[str, Customer]
) -> None:
    assign(second, kind="individual")
    browser = enter(dora)
    assert set(browser.get("/regrades/").context["form"].fields) == {"scheme", "as_of"}

    browser.post("/regrades/start/", {"scheme": second.pk, "as_of": "2026-09-30"})
    assert list(Run.objects.values_list("scheme__key", "customers")) == [("second", 2)]
    Run.objects.update(state="cancelled")
    browser.post("/regrades/start/", {"scheme": second.pk, "as_of": ""})
    last = Run.objects.latest("pk")
    assert (last.scheme, last.as_of.day >= 28) == (second, True)


def test_tiers_of_all_schemes_can_be_asked_for_and_those_of_one_name_are_told_apart(
    enter: Enter, dora: User, scheme: Scheme, second: Scheme, book: dict[str, Customer]
) -> None:
    Tier.objects.filter(scale="abc", key="a").update(name_en="Core")
    assign(second, kind="individual")
    regraded(scheme)
    regraded(second)
    browser = enter(dora)

    page = browser.get(reverse("customers:list"))

    labels = [label for _value, label in page.context["filter"].form.fields["tier"].choices]
    assert labels == ["Core · Second", "B", "C", "Core · Plain", "Important", "Regular", "Potential"]
    badges = {c.name: f"{c.standing.tier.name} · {c.standing.tier.also}" for c in page.context["page"].rows}
    assert badges == {"Firm": "Core · Plain", "Person": "Core · Second", "Other": "Core · Second"}
    core = Tier.objects.get(scale="abc", key="a").pk
    found = browser.get(reverse("customers:list"), {"tier": str(core)}).context["page"].rows
    assert sorted(customer.name for customer in found) == ["Other", "Person"]
    home = browser.get("/").context["tiers"]
    assert [(tier.scale, n) for tier, n, _amount in home] == [("abc", 2), ("b2b", 1)]
    for address in ("tiering:course", "tiering:changes"):
        assert "Core · Second" in browser.get(reverse(address)).text


def test_a_change_of_scale_is_said_in_words(
    enter: Enter, dora: User, scheme: Scheme, second: Scheme, book: dict[str, Customer]
) -> None:
    regraded(scheme, as_of=Q2)
    regraded(scheme)
    assign(second, kind="individual")
    run = regraded(second, at=AT.replace(day=2))
    browser = enter(dora)

    page = browser.get(reverse("tiering:run", args=[run.pk])).text
    assert "2 to this scheme" in page
    change = run.changes.first()
    assert change
    text = browser.get(reverse("tiering:change", args=[change.pk])).text
    assert "neither higher nor lower" in text
    for address in (
        f"{reverse('tiering:changes')}?run={run.pk}&",
        f"{reverse('tiering:run_movers', args=[run.pk])}?",
    ):
        assert browser.get(f"{address}direction=other").context["count"].value == 2
    shares = browser.get(reverse("tiering:run_shares", args=[run.pk])).context
    assert [(share.name, share.other[0]) for share in shares["owners"]] == [("alice", 2)]


def test_the_tier_sheet_has_the_indicators_and_tiers_of_all_schemes(
    scheme: Scheme, second: Scheme, book: dict[str, Customer]
) -> None:
    assign(second, kind="individual")
    lines_ = Lines(today=AT.date())

    assert [i.key for i in lines_.indicators] == ["annual_amount", "industry_outlook"]
    assert [t.key for t in lines_.tiers] == ["core", "important", "regular", "potential", "a", "b", "c"]
    found = {line.customer.name: [t.key for t in line.tiers] for line in lines_.of(list(book.values()))}
    assert found == {
        "Firm": ["core", "important", "regular", "potential"], "Person": ["a", "b", "c"], "Other": ["a", "b", "c"],
    }  # fmt: skip
