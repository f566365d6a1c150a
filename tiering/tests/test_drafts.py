"""Changing a scheme in the browser: a draft, its page, its buttons."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given, strategies as st

from accounts.models import User
from customers.models import Tier
from customers.tests.making import a_customer, a_payment, a_rating
from tiering import queries, services
from tiering.editing.steps import levelled
from tiering.models import Basis, Dimension, Floor, Indicator, Run, Scheme, SchemeVersion
from tiering.scoring import PERCENT
from tiering.tests.conftest import AT, Q3, bought, regraded, unguarded

State = SchemeVersion.State


@pytest.fixture
def director(client: Client, dora: User) -> Client:
    client.force_login(dora)
    return client


@pytest.fixture
def b2b(db: None) -> SchemeVersion:
    return Scheme.objects.get(key="b2b").published()


@pytest.fixture
def draft(b2b: SchemeVersion, dora: User) -> SchemeVersion:
    return services.copy_version(b2b, by=dora)


def edit_page(draft: SchemeVersion) -> str:
    return f"/schemes/{draft.pk}/edit/"


def part(draft: SchemeVersion, key: str) -> str:
    """How the line with that key is called on the page."""
    dimension = Dimension.objects.filter(version=draft, key=key).first()
    if dimension:
        return f"d{dimension.pk}"
    indicator = Indicator.objects.filter(dimension__version=draft, key=key).first()
    if indicator:
        return f"i{indicator.pk}"
    return f"f{Floor.objects.get(version=draft, tier__key=key).pk}"


def typed_on(page: Any, **typed: str) -> dict[str, str]:
    """What the browser sends back from a page on which these fields were typed into."""
    form = page.context["form"]
    sent = {"revision": str(page.context["version"].revision), "base": form.base, "do": "save"}
    boxes = {
        name: text
        for name, text in form.texts().items()
        if text or not name.startswith(("v-one", "v-nightly"))
    }
    boxes = {name: text for name, text in boxes.items() if text or "-approve_" not in name}
    return {**boxes, **sent, **typed}


def weights(version: SchemeVersion) -> dict[str, int]:
    return dict(version.dimensions.order_by("position").values_list("key", "weight"))


def test_a_version_is_copied_to_a_draft_and_its_page_opens(director: Client, b2b: SchemeVersion) -> None:
    answer = director.post(f"/schemes/{b2b.pk}/copy/", follow=True)
    made = SchemeVersion.objects.get(scheme=b2b.scheme, number=2)
    assert answer.redirect_chain == [(edit_page(made), 302)]
    assert made.state == State.DRAFT
    assert weights(made) == weights(b2b)
    page = director.get(f"/schemes/{made.pk}/").content.decode()
    assert '<dt>Drafted</dt><dd class="notes">v1, dora</dd>' in page


def test_a_weight_is_changed_and_put_in_force(
    director: Client, draft: SchemeVersion, b2b: SchemeVersion
) -> None:
    finance = f"{part(draft, 'finance')}-weight"
    page = director.get(edit_page(draft))
    answer = director.post(edit_page(draft), typed_on(page, **{finance: "40"}), follow=True)
    assert weights(draft) == {"finance": 40, "cooperation": 30, "demand": 20, "potential": 20}
    assert answer.context["faults"] == ["The weights of the dimensions add up to 110, not to 100."]

    answer = director.post(edit_page(draft), typed_on(answer, do="level:all"), follow=True)
    assert weights(draft) == {"finance": 40, "cooperation": 26, "demand": 17, "potential": 17}
    assert answer.context["faults"] == []

    publish = f"/schemes/{draft.pk}/publish/"
    page = director.get(publish)
    assert [(line.label, line.before, line.after) for line in page.context["changes"]] == [
        ("Finance · Weight", "30%", "40%"),
        ("Cooperation · Weight", "30%", "26%"),
        ("Demand · Weight", "20%", "17%"),
        ("Potential · Weight", "20%", "17%"),
    ]
    sent = {"revision": str(page.context["version"].revision), "note": " "}
    refused = director.post(publish, sent)
    assert (refused.status_code, refused.context["form"].errors) == (
        422,
        {"note": ["This field is required."]},
    )
    answer = director.post(publish, sent | {"note": "Finance matters more."})
    draft.refresh_from_db()
    b2b.refresh_from_db()
    assert (draft.state, draft.note, b2b.state) == (State.PUBLISHED, "Finance matters more.", State.RETIRED)


def test_a_draft_that_does_not_add_up_is_not_put_in_force(director: Client, draft: SchemeVersion) -> None:
    Dimension.objects.filter(version=draft, key="finance").update(weight=40)
    page = director.get(f"/schemes/{draft.pk}/publish/")
    assert page.context["faults"] == ["The weights of the dimensions add up to 110, not to 100."]
    answer = director.post(f"/schemes/{draft.pk}/publish/", {"note": "All the same.", "revision": "0"})
    draft.refresh_from_db()
    assert (answer.status_code, draft.state) == (422, State.DRAFT)


def test_a_draft_changed_since_it_was_read_is_not_put_in_force(
    director: Client, draft: SchemeVersion
) -> None:
    SchemeVersion.objects.filter(pk=draft.pk).update(revision=1)
    answer = director.post(f"/schemes/{draft.pk}/publish/", {"note": "As read.", "revision": "0"})
    draft.refresh_from_db()
    assert (answer.status_code, draft.state) == (422, State.DRAFT)
    assert "Somebody changed the draft meanwhile." in answer.text


@pytest.mark.parametrize(
    "field, text, message",
    [
        ("finance-weight", "101", "less than or equal to 100"),
        ("finance-weight", "-1", "greater than or equal to 0"),
        ("finance-weight", "half", "Enter a whole number."),
        ("finance-name_zh", "", "This field is required."),
        ("annual_amount-weight", "", "This field is required."),
        ("annual_amount-missing", "guess", "Select a valid choice."),
        ("core-total", "100.01", "Points lie between 0 and 100."),
        ("core-total", "eighty", "is not a number with at most 2 decimals"),
        ("v-margin", "101", "Points lie between 0 and 100."),
        ("v-dwell", "0", "greater than or equal to 1"),
        ("v-grace_days", "367", "less than or equal to 366"),
        ("v-window_months", "61", "less than or equal to 60"),
        ("v-coverage_floor", "101", "less than or equal to 100"),
    ],
)
def test_what_is_wrong_is_said_and_all_that_was_typed_is_kept(
    director: Client, draft: SchemeVersion, field: str, text: str, message: str
) -> None:
    key, _dash, name = field.partition("-")
    wrong = field if key == "v" else f"{part(draft, key)}-{name}"
    kept = f"{part(draft, 'demand')}-weight"
    sent = typed_on(director.get(edit_page(draft)), **{wrong: text, kept: "21"})

    answer = director.post(edit_page(draft), sent)

    assert answer.status_code == 422
    assert message in answer.text
    texts = answer.context["form"].texts()
    assert {name: text for name, text in texts.items() if text} == {
        name: sent[name] for name in texts if sent.get(name)
    }
    assert weights(draft)["demand"] == 20
    draft.refresh_from_db()
    assert draft.revision == 0


def test_the_second_of_two_who_edit_is_told(director: Client, draft: SchemeVersion, adam: User) -> None:
    finance, demand, cooperation = (
        f"{part(draft, key)}-weight" for key in ("finance", "demand", "cooperation")
    )
    mine = director.get(edit_page(draft))
    other = Client()
    other.force_login(adam)
    other.post(edit_page(draft), typed_on(other.get(edit_page(draft)), **{finance: "35", demand: "15"}))

    answer = director.post(edit_page(draft), typed_on(mine, **{finance: "40", cooperation: "25"}))

    assert answer.status_code == 409
    assert weights(draft) == {"finance": 35, "cooperation": 30, "demand": 15, "potential": 20}
    merged = answer.context["merge"]
    assert [(c.label, c.theirs, c.yours) for c in merged.conflicts] == [("Finance · Weight", "35", "40")]
    assert [(c.label, c.theirs, c.yours) for c in merged.taken] == [("Demand · Weight", "15", "20")]
    texts = answer.context["form"].texts()
    assert (texts[finance], texts[demand], texts[cooperation]) == ("40", "15", "25")
    director.post(edit_page(draft), typed_on(answer))
    assert weights(draft) == {"finance": 40, "cooperation": 25, "demand": 15, "potential": 20}


def test_what_the_other_added_meanwhile_stays(director: Client, draft: SchemeVersion, adam: User) -> None:
    mine = director.get(edit_page(draft))
    other = Client()
    other.force_login(adam)
    other.post(edit_page(draft), typed_on(other.get(edit_page(draft)), do="add_dimension"))
    finance = f"{part(draft, 'finance')}-weight"

    answer = director.post(edit_page(draft), typed_on(mine, **{finance: "40"}))
    assert answer.status_code == 409
    director.post(edit_page(draft), typed_on(answer))

    assert weights(draft) == {
        "finance": 40,
        "cooperation": 30,
        "demand": 20,
        "potential": 20,
        "dimension-1": 0,
    }


def test_when_a_tier_changes_is_typed_compared_and_merged(
    director: Client, draft: SchemeVersion, b2b: SchemeVersion, adam: User
) -> None:
    core = part(draft, "core")
    page = director.get(edit_page(draft))
    typed = {
        "v-margin": "2.5",
        "v-dwell": "2",
        "v-grace_days": "30",
        "v-one_step": "on",
        f"{core}-approve_leaving": "on",
    }
    director.post(edit_page(draft), typed_on(page, **typed))
    draft.refresh_from_db()
    assert (draft.margin, draft.dwell, draft.grace_days, draft.one_step, draft.nightly_upgrades) == (
        2_500_000, 2, 30, True, False,
    )  # fmt: skip
    assert [
        (line.label, line.before, line.after)
        for line in director.get(f"/schemes/{draft.pk}/publish/").context["changes"]
    ] == [
        ("Floor of Core", "≥ 80.00", "≥ 80.00 · leaving takes approval"),
        ("Margin in points", "0.00", "2.50"),
        ("Re-grades below before a downgrade", "1", "2"),
        ("One tier down at most in a re-grade", "no", "yes"),
        ("Days of grace", "0", "30"),
    ]
    assert director.get(f"/schemes/{draft.pk}/").context["movement"] == [
        "margin of 2.50 points", "down after 2 re-grades below", "one tier down at most",
        "Core: leaving takes approval", "30 days of grace",
    ]  # fmt: skip
    mine = typed_on(director.get(edit_page(draft)))
    del mine["v-one_step"]  # a box that is emptied is not sent
    other = Client()
    other.force_login(adam)
    other.post(edit_page(draft), typed_on(other.get(edit_page(draft)), **{"v-nightly_upgrades": "on"}))
    answer = director.post(edit_page(draft), mine)
    assert answer.status_code == 409
    sent = {name: text for name, text in typed_on(answer).items() if text}
    director.post(edit_page(draft), sent)
    draft.refresh_from_db()
    assert (draft.one_step, draft.nightly_upgrades, draft.dwell) == (False, True, 2)


def test_a_draft_is_tried_on_the_book_from_its_page(director: Client, draft: SchemeVersion) -> None:
    finance = f"{part(draft, 'finance')}-weight"
    wrong = pressed(director, draft, "simulate", **{finance: "40"})
    assert wrong.headers["Location"] == edit_page(draft)
    right = pressed(director, draft, "simulate", **{finance: "30"})
    assert right.headers["Location"] == f"/simulations/version/{draft.pk}/"


# The buttons


def pressed(browser: Client, draft: SchemeVersion, do: str, **typed: str) -> Any:
    page = browser.get(edit_page(draft))
    return browser.post(edit_page(draft), typed_on(page, do=do, **typed))


def test_who_asks_to_see_who_would_move_need_not_ask_to_measure_the_book(
    director: Client, draft: SchemeVersion
) -> None:
    pressed(director, draft, "simulate")
    draft.refresh_from_db()
    answer = pressed(director, draft, "simulate")

    assert Basis.objects.get().window_months == draft.window_months
    assert "The book is being measured." in director.get(answer.headers["Location"]).content.decode()


def test_after_a_re_grade_the_book_is_measured_anew_for_who_asks_who_would_move(
    director: Client, draft: SchemeVersion, alice: User
) -> None:
    """The tiers that were the present ones when it was measured are so no more."""
    bought(a_customer("Acme", owner=alice), 50)
    pressed(director, draft, "simulate")
    Basis.objects.update(state=Basis.State.READY)
    pressed(director, draft, "simulate")
    assert Basis.objects.count() == 1

    unguarded()
    regraded(draft.scheme)
    Run.objects.update(published_at=timezone.now())
    pressed(director, draft, "simulate")

    assert Basis.objects.count() == 2


def test_a_dimension_is_added_named_filled_and_removed(director: Client, draft: SchemeVersion) -> None:
    pressed(director, draft, "add_dimension")
    added = draft.dimensions.get(key="dimension-1")
    assert (added.name_en, added.name_zh, added.weight, added.position) == ("New dimension", "新维度", 0, 5)
    at = f"d{added.pk}"
    pressed(
        director,
        draft,
        f"add_indicator:{at}",
        **{f"{at}-name_en": "Activity", f"{at}-measure": "order_trend"},
    )
    added.refresh_from_db()
    indicator = added.indicators.get()
    orders = Indicator.objects.get(dimension__version__scheme__key="orders", key="order_trend")
    assert added.name_en == "Activity"
    assert (indicator.key, indicator.name_en, indicator.name_zh, indicator.weight, indicator.knots) == (
        "order_trend", "Trend of the last two quarters", "近两季度趋势", 0, orders.knots,
    )  # fmt: skip
    pressed(director, draft, f"level:{at}")
    indicator.refresh_from_db()
    assert indicator.weight == 100
    pressed(director, draft, f"remove:{at}")
    assert "dimension-1" not in weights(draft)


def test_an_indicator_is_not_measured_twice(director: Client, draft: SchemeVersion) -> None:
    at = part(draft, "potential")
    page = director.get(edit_page(draft))
    assert {each.key for each in page.context["unused"]} == {
        "days_since_last_order",
        "order_trend",
        "satisfaction",
        "survey_satisfaction",
        "purchases_a_month",
        "days_to_pay",
        "fixed_categories",
        "new_products",
    }
    answer = pressed(director, draft, f"add_indicator:{at}", **{f"{at}-measure": "annual_amount"})
    assert answer.status_code == 302
    assert Indicator.objects.filter(dimension__version=draft, key="annual_amount").count() == 1


def test_lines_move_up_and_down(director: Client, draft: SchemeVersion) -> None:
    pressed(director, draft, f"up:{part(draft, 'potential')}")
    assert list(weights(draft)) == ["finance", "cooperation", "potential", "demand"]
    pressed(director, draft, f"up:{part(draft, 'finance')}")
    assert list(weights(draft)) == ["finance", "cooperation", "potential", "demand"]
    pressed(director, draft, f"down:{part(draft, 'annual_amount')}")
    inner = Indicator.objects.filter(dimension__version=draft, dimension__key="finance").order_by("position")
    assert [i.key for i in inner] == ["single_order_amount", "annual_amount", "payment_timeliness"]


def test_tiers_leave_and_come_back(director: Client, draft: SchemeVersion) -> None:
    regular = draft.floors.get(tier__key="regular")
    pressed(director, draft, f"remove:f{regular.pk}")
    assert [f.tier.key for f in draft.floors.order_by("tier__rank")] == ["core", "important", "potential"]
    pressed(director, draft, "add_floor", tier=str(regular.tier_id))
    assert draft.floors.get(tier__key="regular").total == 60_000_000
    page = director.get(edit_page(draft))
    assert page.context["faults"] == ["Floors must fall from the best tier to the last, whose floor is 0."]


@pytest.mark.parametrize(
    "do", ["remove:d0", "up:x", "level:", "add_indicator:d0", "add_floor", "dance", "curve:x"]
)
def test_a_button_that_makes_no_sense_is_refused_and_what_was_typed_is_saved(
    director: Client, draft: SchemeVersion, do: str
) -> None:
    answer = pressed(director, draft, do, **{f"{part(draft, 'finance')}-weight": "40"})
    assert answer.status_code == 302
    assert weights(draft) == {"finance": 40, "cooperation": 30, "demand": 20, "potential": 20}


@given(
    weights=st.lists(st.integers(0, 100), min_size=1, max_size=8), kept=st.sets(st.integers(0, 7), max_size=8)
)
def test_weights_made_to_fit_add_up(weights: list[int], kept: set[int]) -> None:
    kept = {n for n in kept if n < len(weights)}
    found = levelled(weights, kept)
    assert sum(found) == PERCENT
    assert min(found) >= 0
    if sum(weights[n] for n in kept) <= PERCENT and len(kept) < len(weights):
        assert [found[n] for n in kept] == [weights[n] for n in kept]


# What is no draft


@pytest.mark.parametrize("state", [State.PUBLISHED, State.RETIRED])
def test_what_was_in_force_is_never_changed(director: Client, draft: SchemeVersion, state: str) -> None:
    page = director.get(edit_page(draft))
    sent = typed_on(page, **{f"{part(draft, 'finance')}-weight": "40"})
    SchemeVersion.objects.filter(scheme=draft.scheme, state=State.PUBLISHED).update(state=State.RETIRED)
    SchemeVersion.objects.filter(pk=draft.pk).update(state=state)
    answer = director.post(edit_page(draft), sent)
    assert answer.headers["Location"] == f"/schemes/{draft.pk}/"
    assert weights(draft)["finance"] == 30
    for page_of in ("edit", "publish", "delete"):
        assert director.get(f"/schemes/{draft.pk}/{page_of}/").headers["Location"] == f"/schemes/{draft.pk}/"
    director.post(f"/schemes/{draft.pk}/delete/")
    assert '<form method="post" novalidate' not in director.get(f"/schemes/{draft.pk}/").text
    assert SchemeVersion.objects.filter(pk=draft.pk).exists()


def test_a_draft_is_deleted_after_a_question(director: Client, draft: SchemeVersion) -> None:
    assert "gone for good" in director.get(f"/schemes/{draft.pk}/delete/").text
    assert SchemeVersion.objects.filter(pk=draft.pk).exists()
    assert director.post(f"/schemes/{draft.pk}/delete/").headers["Location"] == "/schemes/"
    assert not SchemeVersion.objects.filter(pk=draft.pk).exists()


def test_a_draft_that_something_was_worked_out_with_stays(director: Client, draft: SchemeVersion) -> None:
    Run.objects.create(
        scheme=draft.scheme,
        version=draft,
        as_of=Q3,
        period="2026Q3",
        trigger=Run.Trigger.COMMAND,
        frozen_at=AT,
    )
    answer = director.post(f"/schemes/{draft.pk}/delete/", follow=True)
    assert "cannot be deleted" in answer.text
    assert SchemeVersion.objects.filter(pk=draft.pk).exists()


def test_the_book_is_given_to_another_scheme_after_a_question(director: Client, b2b: SchemeVersion) -> None:
    orders = Scheme.objects.get(key="orders")
    address = f"/schemes/{orders.published().pk}/grade/"
    assert "Today the book is graded by “B2B four dimensions”." in director.get(address).text
    assert list(Scheme.objects.filter(is_default=True)) == [b2b.scheme]
    director.post(address)
    assert list(Scheme.objects.filter(is_default=True)) == [orders]


# Side by side


def test_two_versions_are_compared_line_by_line(
    director: Client, draft: SchemeVersion, b2b: SchemeVersion
) -> None:
    Floor.objects.filter(version=draft, tier__key="core").update(total=85_000_000)
    SchemeVersion.objects.filter(pk=draft.pk).update(window_months=6)
    Indicator.objects.filter(dimension__version=draft, key="renewal_rate").delete()
    Indicator.objects.filter(dimension__version=draft, key="industry_outlook").update(
        knots=[[0, 0], [50, 10_000]], missing="zero"
    )
    finance = draft.dimensions.get(key="finance")
    Indicator.objects.create(
        dimension=finance,
        key="order_trend",
        name_en="Trend",
        name_zh="趋势",
        weight=0,
        position=9,
        knots=[[0, 0]],
    )
    found = director.get(f"/schemes/compare/?left={b2b.pk}&right={draft.pk}").context["found"]
    assert [(line.label, line.before, line.after) for line in found.changes] == [
        ("Months of facts", "12", "6"),
        ("Floor of Core", "≥ 80.00", "≥ 85.00"),
        ("“Trend” is new", "–", "0%"),
        ("“Contract renewal rate” is dropped", "30%", "–"),
        ("Industry outlook · When unknown", "Leave out and re-weigh", "Zero points"),
        (
            "Industry outlook · Curve",
            "Linear between knots: 0 → 0, 100 → 100",
            "Linear between knots: 0 → 0, 50 → 100",
        ),
    ]
    other_scheme = Scheme.objects.get(key="orders").published()
    assert director.get(f"/schemes/compare/?left={b2b.pk}&right={other_scheme.pk}").status_code == 200


@pytest.mark.parametrize("query, status", [("", 200), ("?left=1", 422), ("?left=x&right=y", 422)])
def test_what_cannot_be_compared_is_said(director: Client, query: str, status: int) -> None:
    assert director.get(f"/schemes/compare/{query}").status_code == status


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_no_more_for_more_versions(
    director: Client, b2b: SchemeVersion, dora: User, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        services.copy_version(b2b, by=dora)
    with django_assert_num_queries(5):
        assert director.get("/schemes/").status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_of_a_draft_asks_no_more_for_more_lines(
    director: Client, draft: SchemeVersion, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        pressed(director, draft, "add_dimension")
    with django_assert_num_queries(9):
        assert director.get(edit_page(draft)).status_code == 200


def test_a_base_that_was_tampered_with_is_no_error(director: Client, draft: SchemeVersion) -> None:
    for base in ("", "{", "[1]", json.dumps({"x": 1})):
        page = director.get(edit_page(draft))
        answer = director.post(edit_page(draft), typed_on(page) | {"base": base, "revision": "99"})
        assert answer.status_code == 409


# What ships


def test_letters_grade_on_a_scale_of_their_own_and_add_up(db: None) -> None:
    abc = SchemeVersion.objects.whole().get(scheme__key="abc")
    assert [(floor.tier.scale, floor.tier.key, floor.total) for floor in abc.floors.all()] == [
        ("abc", "a", 75_000_000), ("abc", "b", 50_000_000), ("abc", "c", 0),
    ]  # fmt: skip
    assert [(d.name_zh, d.weight) for d in abc.dimensions.all()] == [
        ("购买力", 25), ("客户关系", 20), ("客户价值", 25), ("客户潜力", 15), ("满意度", 15),
    ]  # fmt: skip
    assert abc.state == State.PUBLISHED
    assert len(abc.rules().indicators) == 12


@pytest.mark.parametrize("key", ["b2b", "orders", "abc"])
def test_what_ships_can_be_put_in_force_again(key: str, dora: User) -> None:
    draft = services.copy_version(Scheme.objects.get(key=key).published(), by=dora)
    assert services.faults(SchemeVersion.objects.whole().get(pk=draft.pk)) == []


def test_the_book_graded_by_letters_stands_on_them(alice: User, dora: User) -> None:
    customer = a_customer("Acme", owner=alice, cooperation_since=Q3.replace(year=2016))
    bought(customer, 40_000)
    a_payment(customer, Q3, paid=Q3)
    for rated in ("satisfaction", "referral_ability", "expansion_plan"):
        a_rating(customer, alice, Q3, 5, rated)
    abc = Scheme.objects.get(key="abc")
    services.grade_the_book_by(abc)
    unguarded()
    regraded(abc)
    customer.standing.refresh_from_db()
    assert customer.standing.tier
    assert customer.standing.tier.scale == "abc"
    assert [tier.key for tier in Tier.objects.in_use()] == ["a", "b", "c"]
    assert [tier.key for tier in queries.tiers_in_force(a_customer())] == ["a", "b", "c"]
