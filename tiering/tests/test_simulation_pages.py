"""The pages of simulations: what they say, who may what, and what becomes of wrong input."""

import re
from datetime import date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.models import User
from customers.models import Customer
from customers.tests.making import a_customer, a_figure
from tiering import services
from tiering.models import Basis, Scheme, SchemeVersion, Simulation
from tiering.simulation import measuring
from tiering.tests.conftest import AT, Q2, Q3, bought, regraded

RESULT = {"hx-request": "true", "hx-target": "result"}


@pytest.fixture
def director(client: Client, dora: User) -> Client:
    client.force_login(dora)
    return client


@pytest.fixture
def book(scheme: Scheme, alice: User, dora: User) -> list[Customer]:
    """Three with 75, 45 and 25 points by what was bought, and 50 by the figure: 65, 47 and 35 in all."""
    found = [a_customer(name, owner=alice) for name in ("Acme", "Beta", "Gamma")]
    for customer, points in zip(found, (75, 45, 25), strict=True):
        bought(customer, points, quarter=Q2)
        bought(customer, points)
        a_figure(customer, dora, Q2, 50, "industry_outlook")
    regraded(scheme, as_of=Q2)
    return found


@pytest.fixture
def basis(book: list[Customer], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Basis:
    with django_capture_on_commit_callbacks(execute=True):
        return measuring.start(as_of=Q3, window_months=3, at=AT, by=None)


@pytest.fixture
def version(scheme: Scheme) -> SchemeVersion:
    return scheme.published()


@pytest.fixture
def address(version: SchemeVersion) -> str:
    return f"/simulations/version/{version.pk}/"


def numbers(page: str) -> dict[str, int]:
    """Of the tiles: kind of movement and how many."""
    tiles = re.findall(r"direction=(\w+)\".*?as-count\">([\d,]+)<", page, re.DOTALL)
    return {kind: int(count.replace(",", "")) for kind, count in tiles[:4]}


def test_a_weight_that_is_moved_moves_the_book(director: Client, basis: Basis, address: str) -> None:
    before = director.get(address)
    after = director.get(address, {"i-annual_amount": 90, "i-industry_outlook": 10}, headers=RESULT)

    assert numbers(before.content.decode()) == {"up": 0, "down": 0, "first": 0, "stays": 3}
    assert numbers(after.content.decode()) == {"up": 0, "down": 0, "first": 0, "stays": 3}
    moved = director.get(address, {"i-annual_amount": 10, "i-industry_outlook": 90}, headers=RESULT)
    assert numbers(moved.content.decode()) == {"up": 1, "down": 1, "first": 0, "stays": 1}
    assert moved.headers["HX-Replace-Url"] == "?i-annual_amount=10&i-industry_outlook=90"
    assert "<html" not in moved.content.decode()


@pytest.mark.parametrize(
    "day, said",
    [(AT, ""), (AT + timedelta(days=92), "A re-grade started today is proposed as of 31 Dec 2026")],
)
def test_it_says_as_of_which_day_a_regrade_would_be_where_that_is_another(
    client: Client, dora: User, basis: Basis, address: str, day: datetime, said: str
) -> None:
    with time_machine.travel(day, tick=False):
        client.force_login(dora)
        page = client.get(address).text
    assert re.findall(r"A re-grade started today[^,]*", page) == ([said] if said else [])


def test_a_floor_that_is_moved_moves_the_book(director: Client, basis: Basis, address: str) -> None:
    page = director.get(address, {"f-important": "65.01"}).content.decode()
    assert numbers(page) == {"up": 0, "down": 1, "first": 0, "stays": 2}


@pytest.mark.parametrize(
    "changed, field, words",
    [
        ({"i-annual_amount": "70"}, "sum-all", "The weights add up to 110, not to 100."),
        ({"d-all": "90"}, "sum-dimensions", "The weights add up to 90, not to 100."),
        ({"d-all": ""}, "error-d-all", "This field is required."),
        ({"d-all": "101"}, "error-d-all", "less than or equal to 100"),
        ({"i-annual_amount": "sixty"}, "error-i-annual_amount", "Enter a whole number."),
        ({"f-core": "60"}, "error-f-important", "Lower than the floor of “Core”, please."),
        ({"f-core": "NaN"}, "error-f-core", "Enter a number."),
        ({"f-core": "1e400"}, "error-f-core", "less than or equal to 100"),
        ({"f-potential": "1"}, "error-f-potential", "less than or equal to 0"),
    ],
)
def test_what_cannot_be_scored_is_said_beside_the_field(
    director: Client, basis: Basis, address: str, changed: dict[str, str], field: str, words: str
) -> None:
    whole, part = director.get(address, changed), director.get(address, changed, headers=RESULT)

    assert (whole.status_code, part.status_code) == (422, 422)
    for slot, answer in ((f'id="{field}"', whole), (f'innerHTML:#{field}"', part)):
        page = answer.content.decode()
        beside = page[page.index(slot) : page.index("</div>", page.index(slot) + 1)]
        assert words in beside
    assert "sankey" not in part.content.decode()


def test_a_version_that_does_not_add_up_can_be_tried_once_it_does(
    director: Client, basis: Basis, scheme: Scheme, book: list[Customer], dora: User
) -> None:
    from tiering import services

    draft = services.copy_version(scheme.published(), by=dora)
    draft.dimensions.get().indicators.filter(key="annual_amount").update(weight=50)

    assert director.get(f"/simulations/version/{draft.pk}/").status_code == 422
    assert director.get(f"/simulations/version/{draft.pk}/", {"i-annual_amount": 60}).status_code == 200


def test_every_number_leads_to_the_customers_behind_it(
    director: Client, basis: Basis, address: str, alice: User
) -> None:
    page = director.get(address, {"i-annual_amount": 10, "i-industry_outlook": 90}).content.decode()
    links = re.findall(r'href="(/simulations/version/\d+/movers/[^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL)
    counted = [(url.replace("&amp;", "&"), re.search(r'as-count">([\d,]+)<', text)) for url, text in links]

    assert len([each for each in counted if each[1]]) >= 15
    for url, count in counted:
        if count:
            listed = director.get(url)
            assert (url, listed.context["count"]) == (url, int(count[1]))
    movers = director.get(links[-1][0].replace("&amp;", "&"))
    assert movers.status_code == 200


def test_the_list_of_customers_is_filtered_and_paged(
    director: Client, scheme: Scheme, basis: Basis, address: str, alice: User
) -> None:
    def found(**asked: str | int | None) -> list[str]:
        return [
            mover.customer.name
            for mover in director.get(
                f"{address}movers/", {k: v for k, v in asked.items() if v is not None}
            ).context["movers"]
        ]

    assert found() == []
    assert found(direction="all") == ["Acme", "Beta", "Gamma"]
    assert found(direction="all", q="bet") == ["Beta"]
    assert found(direction="all", owner=alice.pk, team=alice.team_id) == ["Acme", "Beta", "Gamma"]
    assert found(direction="all", owner=0) == []
    assert found(direction="sideways") == []
    assert found(direction="all", cursor="<nonsense") == ["Acme", "Beta", "Gamma"]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_lead_through_everybody_and_back(
    director: Client, basis: Basis, address: str, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    from tiering.views import simulations

    monkeypatch.setattr(simulations, "PAGE", size)
    seen, cursor, last = [], "", ""
    for _n in range(4):
        context = director.get(f"{address}movers/", {"direction": "all", "cursor": cursor}).context
        seen += [mover.customer.name for mover in context["movers"]]
        cursor, last = context["page"].next_cursor, context["page"].previous_cursor
        if not cursor:
            break
    assert seen == ["Acme", "Beta", "Gamma"]
    if size < 3:
        back = director.get(f"{address}movers/", {"direction": "all", "cursor": last}).context["movers"]
        assert [mover.customer.name for mover in back] == {1: ["Beta"], 2: ["Acme", "Beta"]}[size]


def test_a_list_asks_as_often_for_one_as_for_three(
    director: Client, basis: Basis, address: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    director.get(f"{address}movers/", {"direction": "all"})  # the measured book is fetched once
    for q in ("acme", "a"):
        with django_assert_num_queries(15):
            director.get(f"{address}movers/", {"direction": "all", "q": q})


def test_the_book_is_measured_when_somebody_asks(
    director: Client,
    book: list[Customer],
    address: str,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    assert "has not been measured yet" in director.get(address).content.decode()
    with time_machine.travel(AT, tick=False), django_capture_on_commit_callbacks(execute=True):
        director.post(f"{address}measure/", {"as_of": Q3, "settings": "f-core=70"})

    assert (Basis.objects.get().as_of, Basis.objects.get().state) == (Q3, "ready")
    assert "Data as of 30 Sep 2026, 3 customers" in director.get(address).content.decode()


@pytest.mark.parametrize("as_of", ["2999-01-01", "soon", ""])
def test_a_day_as_of_which_nothing_can_be_measured_is_refused(
    director: Client, book: list[Customer], address: str, as_of: str
) -> None:
    answer = director.post(f"{address}measure/", {"as_of": as_of}, follow=True)
    assert "alert-danger" in answer.content.decode()
    assert not Basis.objects.exists()


def test_while_the_book_is_measured_the_page_says_how_far_it_is(
    director: Client, book: list[Customer], address: str
) -> None:
    basis = measuring.start(as_of=Q3, window_months=3, at=AT, by=None)

    assert "The book is being measured." in director.get(address).content.decode()
    assert "HX-Refresh" not in director.get(f"/simulations/basis/{basis.pk}/").headers
    measuring.measure_chunk(basis.chunks.get().pk, at=AT)
    assert director.get(f"/simulations/basis/{basis.pk}/").headers["HX-Refresh"] == "true"


# Kept


def test_a_simulation_is_saved_and_opened_again_as_it_was(
    director: Client, basis: Basis, address: str, audrey: User
) -> None:
    settings = "i-annual_amount=10&i-industry_outlook=90&against=in_force"
    saved = director.post(f"{address}keep/", {"name": "Outlook first", "settings": settings}, follow=True)

    kept = Simulation.objects.get()
    assert (kept.name, kept.basis, kept.changes) == (
        "Outlook first",
        basis,
        {"i-annual_amount": "10", "i-industry_outlook": "90", "against": "in_force"},
    )
    assert numbers(saved.content.decode()) == {"up": 1, "down": 1, "first": 0, "stays": 1}
    director.force_login(audrey)
    opened = director.get(f"/simulations/{kept.pk}/", follow=True)
    assert numbers(opened.content.decode()) == {"up": 1, "down": 1, "first": 0, "stays": 1}
    assert "Outlook first" in opened.content.decode()


@pytest.mark.parametrize(
    "sent", [{"name": "", "settings": ""}, {"name": "n" * 101}, {"name": "X", "settings": "d-all=7"}, {}]
)
def test_what_has_no_name_or_does_not_add_up_is_not_saved(
    director: Client, basis: Basis, address: str, sent: dict[str, str]
) -> None:
    assert director.post(f"{address}keep/", sent).status_code == 302
    assert not Simulation.objects.exists()


def test_a_saved_simulation_keeps_its_numbers_when_its_draft_is_changed(
    director: Client, basis: Basis, version: SchemeVersion, dora: User
) -> None:
    """And nothing of the draft as it is now is mixed in, until somebody asks for it."""
    draft = services.copy_version(version, by=dora)
    settings = "i-annual_amount=10&i-industry_outlook=90"
    director.post(f"/simulations/version/{draft.pk}/keep/", {"name": "Outlook first", "settings": settings})
    kept = Simulation.objects.get()
    url = f"/simulations/{kept.pk}/"
    assert "changed since" not in director.get(url, follow=True).content.decode()

    draft.floors.filter(tier__key="important").update(total=48_000_000)
    SchemeVersion.objects.filter(pk=draft.pk).update(revision=1)
    saved = director.get(url)
    anew = director.get(f"{url}?anew=1", follow=True)

    assert saved.status_code == 200
    assert [(kind, n) for kind, _words, n, _fen in saved.context["moved"]] == [
        ("up", 1), ("down", 1), ("first", 0), ("stays", 1),
    ]  # fmt: skip
    page = saved.content.decode()
    assert "These are the numbers as saved" in page
    assert f'href="{url}?anew=1"' in page
    assert "/movers/" not in page
    assert numbers(anew.content.decode()) != {"up": 1, "down": 1, "first": 0, "stays": 1}
    assert "these numbers are by the draft as it is now" in anew.content.decode()
    assert f'href="{url}"' in anew.content.decode()


def test_data_that_is_no_longer_kept_is_said_to_be_other_data(
    director: Client, basis: Basis, address: str, version: SchemeVersion, dora: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    kept = Simulation.objects.create(name="Old", version=version, basis=basis, by=dora, at=AT)
    with django_capture_on_commit_callbacks(execute=True):
        measuring.start(as_of=Q2, window_months=3, at=AT, by=None)
    words = "The data of the day on which it was saved is no longer kept"
    assert words not in director.get(f"/simulations/{kept.pk}/", follow=True).content.decode()

    basis.delete()

    assert words in director.get(f"/simulations/{kept.pk}/", follow=True).content.decode()


def test_who_made_it_renames_and_deletes_it_and_nobody_else(
    client: Client, version: SchemeVersion, dora: User, adam: User
) -> None:
    kept = Simulation.objects.create(name="Mine", version=version, by=dora, at=AT)
    client.force_login(adam)
    for verb in ("rename", "delete"):
        assert client.post(f"/simulations/{kept.pk}/{verb}/", {"name": "Yours"}).status_code == 404
    client.force_login(dora)
    client.post(f"/simulations/{kept.pk}/rename/", {"name": ""})
    assert Simulation.objects.get().name == "Mine"
    client.post(f"/simulations/{kept.pk}/rename/", {"name": "Still mine"})
    assert Simulation.objects.get().name == "Still mine"
    client.post(f"/simulations/{kept.pk}/delete/")
    assert not Simulation.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_saved_ones_asks_as_often_for_one_as_for_three(
    director: Client, version: SchemeVersion, dora: User, rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    for n in range(rows):
        Simulation.objects.create(name=f"Number {n}", version=version, by=dora, at=AT)
    with django_assert_num_queries(5):
        page = director.get("/simulations/").content.decode()
    assert page.count("Number") == 4 * rows


def test_what_was_tried_becomes_a_draft(director: Client, basis: Basis, address: str, scheme: Scheme) -> None:
    settings = "i-annual_amount=55&i-industry_outlook=45&f-core=79.5"
    answer = director.post(f"{address}draft/", {"settings": settings})

    draft = scheme.versions.get(state=SchemeVersion.State.DRAFT)
    assert answer.headers["Location"] == f"/schemes/{draft.pk}/"
    rules = SchemeVersion.objects.whole().get(pk=draft.pk).rules()
    assert [i.weight for i in rules.indicators] == [55, 45]
    assert [floor.total for floor in rules.floors] == [79_500_000, 60_000_000, 40_000_000, 0]
    old = SchemeVersion.objects.whole().get(pk=scheme.published().pk).rules()
    assert [i.weight for i in old.indicators] == [60, 40]


def test_from_a_draft_that_was_tried_it_goes_on_to_editing_and_into_force(
    client: Client,
    director: Client,
    basis: Basis,
    address: str,
    version: SchemeVersion,
    dora: User,
    audrey: User,
) -> None:
    draft = services.copy_version(version, by=dora)
    on = [f"/schemes/{draft.pk}/edit/", f"/schemes/{draft.pk}/publish/"]

    page = director.get(f"/simulations/version/{draft.pk}/").content.decode()
    assert [link in page for link in on] == [True, True]
    tried = "?i-annual_amount=55&i-industry_outlook=45"  # which the draft does not say
    page = director.get(f"/simulations/version/{draft.pk}/{tried}").content.decode()
    assert [link in page for link in on] == [False, False]
    assert "/publish/" not in director.get(address).content.decode()
    client.force_login(audrey)
    page = client.get(f"/simulations/version/{draft.pk}/").content.decode()
    assert [link in page for link in on] == [False, False]


def test_what_does_not_add_up_becomes_no_draft(
    director: Client, basis: Basis, address: str, scheme: Scheme
) -> None:
    answer = director.post(f"{address}draft/", {"settings": "d-all=50"})
    assert parse_qs(urlsplit(answer.headers["Location"]).query) == {"d-all": ["50"]}
    assert scheme.versions.count() == 1


def test_the_account_manager_s_numbers_are_nobody_s_who_may_not_see_the_whole_book(
    client: Client, alice: User, basis: Basis, address: str
) -> None:
    client.force_login(alice)
    for path in (address, f"{address}movers/?direction=all", f"{address}hours/", "/simulations/"):
        answer = client.get(path)
        assert answer.status_code == 403
        assert "Acme" not in answer.content.decode()


def test_a_version_with_other_months_of_facts_has_data_of_its_own(
    director: Client, basis: Basis, scheme: Scheme, dora: User
) -> None:
    from tiering import services

    draft = services.copy_version(scheme.published(), by=dora)
    SchemeVersion.objects.filter(pk=draft.pk).update(window_months=12)
    page = director.get(f"/simulations/version/{draft.pk}/", {"basis": basis.pk}).content.decode()
    assert "has not been measured yet" in page
    assert date(2026, 9, 30) == basis.as_of
