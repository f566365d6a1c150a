"""Indicators without code: made on a page, rated or given, graded by, sent in with tier sheets."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from customers.models import Assessment, Customer, Figure
from customers.tests.making import a_customer, a_figure, a_rating
from tiering import queries, services
from tiering.editing import steps
from tiering.measures import Measure, Origin, Unit, fresh, measures
from tiering.measures.own import forget
from tiering.models import Grading, OwnIndicator, Scheme, SchemeVersion
from tiering.tests.conftest import AT, Q3, regraded
from tiering.tests.sheets_making import edited, exported, loaded, put, sent

ADD = "/schemes/indicators/add/"
VISITS = {
    "name_zh": "走访评价",
    "name_en": "Site visit",
    "kind": "rated",
    "unit": "index",
    "help_en": "Ask <b>twice</b>.",
}
CREDIT = {
    "name_zh": "授信额度",
    "name_en": "Credit limit",
    "kind": "given",
    "unit": "fen",
    "lowest": "0",
    "highest": "100万",
}


@pytest.fixture
def director(client: Client, dora: User) -> Client:
    client.force_login(dora)
    return client


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice)


@pytest.fixture
def visits(db: None) -> OwnIndicator:
    return OwnIndicator.objects.create(
        key="own-site-visit",
        name_en="Site visit",
        name_zh="走访评价",
        kind="rated",
        help_en="Ask <b>twice</b>.",
    )


@pytest.fixture
def credit(db: None) -> OwnIndicator:
    return OwnIndicator.objects.create(
        key="own-credit-limit", name_en="Credit limit", name_zh="授信额度", kind="given", unit="fen",
        lowest=0, highest=100_000_000,
    )  # fmt: skip


def in_force_with(scheme: Scheme, dora: User, *rows: OwnIndicator) -> SchemeVersion:
    """A version of which these are all that is looked at, each with its usual curve."""
    draft = services.copy_version(scheme.published(), by=dora)
    dimension = draft.dimensions.get()
    dimension.indicators.all().delete()
    at = f"d{dimension.pk}"
    for row in rows:
        whole = SchemeVersion.objects.whole().get(pk=draft.pk)
        steps.act(whole, f"add_indicator:{at}", {f"{at}-measure": row.key})
    steps.act(SchemeVersion.objects.whole().get(pk=draft.pk), f"level:{at}", {})
    return services.put_in_force(draft, by=dora, at=AT, note="Own.")


def test_an_indicator_is_made_on_a_page_and_becomes_a_measure(director: Client) -> None:
    assert director.post(ADD, CREDIT).headers["Location"] == "/schemes/indicators/"
    assert director.post(ADD, VISITS | {"lowest": "7", "highest": "3"}).status_code == 302
    credit, visits = OwnIndicator.objects.order_by("pk")
    assert (credit.key, credit.lowest, credit.highest) == ("own-credit-limit", 0, 100_000_000)
    assert (visits.key, visits.lowest, visits.highest) == ("own-site-visit", None, None)
    made: dict[str, Measure] = {key: measures()[key] for key in (credit.key, visits.key)}
    assert [(m.unit, m.origin, m.lowest, m.highest) for m in made.values()] == [
        (Unit.FEN, Origin.GIVEN, 0, 100_000_000),
        (Unit.RATING, Origin.RATED, 1, 5),
    ]
    assert len({m.number for m in measures().values()}) == len(measures())


def test_the_list_says_what_values_it_takes_in_the_words_of_the_unit(director: Client) -> None:
    director.post(ADD, CREDIT)
    assert "money · ¥0–¥1,000,000" in " ".join(director.get("/schemes/indicators/").text.split())


def test_names_that_are_the_same_get_keys_that_are_not(director: Client) -> None:
    for n in range(2):
        director.post(ADD, CREDIT | {"help_en": str(n)})
    director.post(ADD, VISITS | {"name_en": "走访"})
    assert list(OwnIndicator.objects.order_by("pk").values_list("key", flat=True)) == [
        "own-credit-limit", "own-credit-limit-2", "own-indicator",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "typed, field, message",
    [
        ({"name_zh": ""}, "name_zh", "This field is required."),
        ({"kind": "guessed"}, "kind", "Select a valid choice. guessed is not one of the available choices."),
        ({"unit": "moons"}, "unit", "Select a valid choice. moons is not one of the available choices."),
        ({"lowest": "a lot"}, "lowest", "Enter an amount such as 1,234.56 or 12万."),
        ({"lowest": "200万"}, "__all__", "The highest value must be above the lowest."),
    ],
)
def test_what_is_wrong_is_said_and_kept(
    director: Client, typed: dict[str, str], field: str, message: str
) -> None:
    answer = director.post(ADD, CREDIT | typed)
    assert (answer.status_code, OwnIndicator.objects.count()) == (422, 0)
    assert answer.context["form"].errors == {field: [message]}
    assert answer.context["form"]["highest"].value() == "100万"


def test_the_book_is_graded_by_it(
    scheme: Scheme, visits: OwnIndicator, credit: OwnIndicator, dora: User, alice: User, acme: Customer
) -> None:
    other = a_customer("Beta", owner=alice)
    in_force_with(scheme, dora, visits, credit)
    a_rating(acme, alice, Q3, 4, visits.key)
    a_rating(acme, alice, Q3, 2, "expansion_plan")
    a_figure(acme, alice, Q3, 50_000_000, credit.key)
    a_figure(other, alice, Q3, 90, "industry_outlook")
    run = regraded(scheme)
    assert {g.customer.name: g.values for g in Grading.objects.filter(run=run).select_related("customer")} == {
        "Acme": [4, 50_000_000], "Beta": [None, None],
    }  # fmt: skip
    preview = queries.preview(acme, at=AT)
    assert preview
    assert list(preview.grading.values) == [4, 50_000_000]


def test_another_process_grades_by_what_was_just_made(
    scheme: Scheme, visits: OwnIndicator, dora: User, alice: User, acme: Customer
) -> None:
    in_force_with(scheme, dora, visits)
    a_rating(acme, alice, Q3, 5, visits.key)
    forget()  # as a worker that has not read it yet
    assert visits.key not in measures()
    run = regraded(scheme)
    assert Grading.objects.get(run=run).values == [5]


def test_a_page_is_behind_by_some_seconds_at_most(visits: OwnIndicator, settings: Any) -> None:
    forget()
    assert visits.key not in measures()
    settings.OWN_INDICATORS_SECONDS = 5
    assert visits.key in measures()


def test_it_is_rated_and_given_on_the_customers_page(
    client: Client, alice: User, acme: Customer, visits: OwnIndicator, credit: OwnIndicator
) -> None:
    client.force_login(alice)
    page = client.get(f"/customers/{acme.pk}/rate/").text
    assert "<b>Site visit</b> · Ask &lt;b&gt;twice&lt;/b&gt;." in page
    client.post(
        f"/customers/{acme.pk}/rate/", {"indicator": visits.key, "rating": "4", "evidence": "Saw the line."}
    )
    assert Assessment.objects.get().indicator == visits.key
    given = {"indicator": credit.key, "value": "50万", "as_of": "2026-09-30", "source": "Bank"}
    client.post(f"/customers/{acme.pk}/figure/", given)
    assert Figure.objects.get().value == 50_000_000
    answer = client.post(f"/customers/{acme.pk}/figure/", given | {"value": "200万"})
    assert answer.context["form"].errors == {"value": ["Enter a value from 0 to 1000000."]}
    answer = client.post(f"/customers/{acme.pk}/figure/", given | {"value": "much"})
    assert answer.context["form"].errors == {"value": ["Enter an amount such as 1,234.56 or 12万."]}
    assert "¥500,000" in client.get(f"/customers/{acme.pk}/grading/").text


def test_it_comes_in_with_a_tier_sheet(
    scheme: Scheme, visits: OwnIndicator, credit: OwnIndicator, dora: User, acme: Customer
) -> None:
    in_force_with(scheme, dora, visits, credit)

    def edit(sheet: Any) -> None:
        put(sheet, acme.code, "Site visit", 4)
        put(sheet, acme.code, "Credit limit", 300_000)

    loaded(sent(edited(exported(dora), edit), dora))
    assert (Assessment.objects.get().rating, Figure.objects.get().value) == (4, 30_000_000)

    def beyond(sheet: Any) -> None:
        put(sheet, acme.code, "Site visit", 6)
        put(sheet, acme.code, "Credit limit", 2_000_000)

    upload = sent(edited(exported(dora), beyond), dora)
    assert [(error["problem"], error["remedy"]) for error in upload.errors] == [
        ("The value is out of range.", "Enter a whole number from 1 to 5."),
        ("The value is out of range.", "Enter a value from 0 to 1000000."),
    ]


def test_what_a_version_in_force_goes_by_keeps_its_meaning(
    scheme: Scheme, director: Client, visits: OwnIndicator, credit: OwnIndicator, dora: User
) -> None:
    in_force_with(scheme, dora, credit)
    address = f"/schemes/indicators/{credit.pk}/"
    sent_ = CREDIT | {
        "name_en": "Limit",
        "unit": "days",
        "kind": "rated",
        "is_lower_better": "on",
        "highest": "50万",
    }
    assert director.post(address, sent_).status_code == 302
    credit.refresh_from_db()
    assert (credit.name_en, credit.unit, credit.kind, credit.is_lower_better, credit.highest) == (
        "Limit", "fen", "given", False, 50_000_000,
    )  # fmt: skip
    assert "Plain v2 goes by it." in director.get(address).text
    director.post(f"{address}delete/")
    assert OwnIndicator.objects.filter(pk=credit.pk).exists()
    assert "Plain v2" in director.get("/schemes/indicators/").text


def test_what_nothing_goes_by_can_be_deleted(director: Client, visits: OwnIndicator) -> None:
    address = f"/schemes/indicators/{visits.pk}/delete/"
    assert "gone for good" in director.get(address).text
    director.post(address)
    assert not OwnIndicator.objects.exists()
    assert visits.key not in fresh()


def test_what_customers_were_rated_by_stays(
    director: Client, visits: OwnIndicator, credit: OwnIndicator, acme: Customer, alice: User
) -> None:
    a_rating(acme, alice, Q3, 4, visits.key)
    a_figure(acme, alice, Q3, 4, credit.key)
    for row, why in (
        (visits, "Customers have been rated by it."),
        (credit, "Figures of customers have been entered"),
    ):
        address = f"/schemes/indicators/{row.pk}/"
        director.post(f"{address}delete/")
        assert OwnIndicator.objects.filter(pk=row.pk).exists()
        assert why in director.get(address).text


def test_the_database_keeps_bounds_and_keys(visits: OwnIndicator) -> None:
    for wrong in ({"lowest": 5, "highest": 5}, {"key": visits.key}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OwnIndicator.objects.create(
                **{"key": "own-x", "name_en": "X", "name_zh": "X", "kind": "given", **wrong}
            )


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_no_more_for_more(
    director: Client, scheme: Scheme, dora: User, rows: int, django_assert_num_queries: Any
) -> None:
    made = [
        OwnIndicator.objects.create(key=f"own-{n}", name_en=str(n), name_zh=str(n), kind="rated")
        for n in range(rows)
    ]
    in_force_with(scheme, dora, *made)
    with django_assert_num_queries(5):
        assert director.get("/schemes/indicators/").status_code == 200
