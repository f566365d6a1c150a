"""The page of a tier change, two gradings side by side, and what a person may add."""

from datetime import date

import pytest
from django.test import Client

from accounts.models import User
from customers.models import Customer
from customers.tests.making import a_customer, a_figure, an_order
from tiering import comparing, following, reasons, services
from tiering.explanation import explain, shown_parts
from tiering.models import (
    CategoryCorrection,
    Cause,
    Decision,
    Grading,
    Indicator,
    Run,
    Scheme,
    TierChange,
)
from tiering.tests.conftest import AT, POINT, Q2, Q3, bought, graded, regraded, started, tier


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice)


@pytest.fixture
def change(scheme: Scheme, acme: Customer, alice: User, dora: User) -> TierChange:
    """From 70 points known alone to 55: more was bought, a poor figure became known, and the weights changed."""
    bought(acme, 70, quarter=Q2)
    regraded(scheme, as_of=Q2)
    draft = services.copy_version(scheme.published(), by=dora)
    for key, weight in (("annual_amount", 50), ("industry_outlook", 50)):
        Indicator.objects.filter(dimension__version=draft, key=key).update(weight=weight)
    services.put_in_force(draft, by=dora, at=AT, note="Outlook counts for more.")
    bought(acme, 80)
    a_figure(acme, alice, Q3, 30, "industry_outlook")
    run = regraded(scheme)
    return TierChange.objects.get(run=run)


@pytest.fixture
def me(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def test_a_change_is_shown_in_parts_that_add_up(me: Client, change: TierChange) -> None:
    found = me.get(f"/tier-changes/{change.pk}/").context["comparison"]

    assert {row.key: row.parts for row in found.rows} == {
        "annual_amount": {"data": 1000, "scheme": -800, "missing": 0, "reweighing": -3200},
        "industry_outlook": {"data": 0, "scheme": 300, "missing": 1200, "reweighing": 0},
    }
    assert found.sums == {"data": 1000, "scheme": -500, "missing": 1200, "reweighing": -3200}
    assert (found.total, change.reason["totals"]) == ("-15.00", [70_000_000, 55_000_000])
    assert found.waterfall == {
        "names": ["Annual cooperation amount", "Annual cooperation amount (scheme)", "Industry outlook (scheme)",
                  "Missing data", "Re-weighing"],
        "base": [70.0, 72.0, 72.0, 75.0, 55.0],
        "size": [10.0, 8.0, 3.0, 12.0, 32.0],
        "delta": [10.0, -8.0, 3.0, 12.0, -32.0],
    }  # fmt: skip


def test_the_table_says_to_the_hundredth_what_the_sentence_says(
    scheme: Scheme, alice: User, dora: User
) -> None:
    """Awkward figures, so that nothing comes out even; of 40 customers several would differ if each were rounded alone."""
    customers = [a_customer(f"No {n}", owner=alice) for n in range(40)]
    for n, customer in enumerate(customers):
        an_order(customer, Q2, (20 + n) * POINT + 1_700 * n)
        a_figure(customer, alice, Q2, 31 + n, "industry_outlook")
    regraded(scheme, as_of=Q2)
    draft = services.copy_version(scheme.published(), by=dora)
    for key, weight in (("annual_amount", 37), ("industry_outlook", 63)):
        knots = [[0, 0], [97 * (POINT if weight == 37 else 1), 9_900]]
        Indicator.objects.filter(dimension__version=draft, key=key).update(weight=weight, knots=knots)
    services.put_in_force(draft, by=dora, at=AT, note="")
    for n, customer in enumerate(customers):
        an_order(customer, Q3, (75 - n) * POINT + 2_300 * n)
        a_figure(customer, alice, Q3, 90 - 2 * n, "industry_outlook")
    run = regraded(scheme)

    for after in Grading.objects.filter(run=run).select_related("run__version", "customer"):
        before = Grading.objects.select_related("run__version").get(customer=after.customer, run__as_of=Q2)
        found = comparing.compare(before, after)
        reason = explain(comparing.graded(before), comparing.graded(after))
        assert list(found.sums.values()) == shown_parts(found.effects.parts, found.shown_change)
        assert {row.key: row.delta for row in found.rows} == {
            row.key: row.delta for row in reasons.rows_of(reason)
        }


def test_the_table_names_first_what_became_known_without_points(
    scheme: Scheme, alice: User, dora: User, client: Client
) -> None:
    """Its row has no number, and all rows add up as before."""
    acme = a_customer("Acme", owner=alice)
    an_order(acme, Q2, 80 * POINT)
    regraded(scheme, as_of=Q2)
    an_order(acme, Q3, 80 * POINT)
    a_figure(acme, alice, Q3, 0, "industry_outlook")
    regraded(scheme)
    change = TierChange.objects.latest("pk")
    client.force_login(dora)
    page = client.get(f"/tier-changes/{change.pk}/")
    [turned, amount] = page.context["comparison"].rows
    assert (turned.name, turned.before, turned.after, turned.delta) == ("Industry outlook", "unknown", "0", 0)
    assert page.context["comparison"].seen == ["reweighing"]  # no column where there is nothing
    assert page.text.count("<abbr") == 1
    assert amount.shown == page.context["comparison"].total
    assert page.context["sentence"].partition("): ")[2].startswith("Industry outlook unknown → 0; Annual")


SAID = {
    "en": (
        "70.00 → 55.00 (-15.00: data +10.00, scheme -5.00, missing data +12.00, re-weighing -32.00), "
        "by a new version of the scheme: Annual cooperation amount ¥70,000 → ¥80,000 -30.00; "
        "Industry outlook unknown → 30 +15.00."
    ),
    "zh-hans": (
        "70.00 → 55.00（-15.00：数据 +10.00、方案 -5.00、数据缺失 +12.00、重新加权 -32.00），分级方案已换新版本："
        "年度合作金额 ¥70,000 → ¥80,000 -30.00；行业发展前景 未知 → 30 +15.00。"
    ),
}


@pytest.mark.parametrize("language", SAID)
def test_the_sentence_says_the_effects_in_either_language(change: TierChange, language: str) -> None:
    assert change.run_id
    following.follow_up(change.run_id, at=AT)
    fresh = TierChange.objects.select_related("cause").get(pk=change.pk)

    assert reasons.why(fresh, language=language) == SAID[language]


@pytest.mark.parametrize("address", ["/tier-changes/{change}/", "/customers/{customer}/gradings/compare/"])
def test_what_the_scheme_says_otherwise_since_stands_there_with_why(
    me: Client, change: TierChange, acme: Customer, address: str
) -> None:
    """To the account manager, too, who has to explain it."""
    assert change.run
    response = me.get(address.format(change=change.pk, customer=acme.pk))

    assert [(line.label, line.before, line.after) for line in response.context["versions"].changes] == [
        ("Annual cooperation amount · Weight", "60%", "50%"),
        ("Industry outlook · Weight", "40%", "50%"),
    ]
    page = response.content.decode()
    assert "Outlook counts for more." in page
    assert f"/schemes/compare/?left={change.run.version_id - 1}&amp;right={change.run.version_id}" in page


def test_where_the_scheme_is_the_same_nothing_is_said_of_versions(me: Client, change: TierChange) -> None:
    first = TierChange.objects.exclude(pk=change.pk).get()

    assert me.get(f"/tier-changes/{first.pk}/").context["versions"] is None


def test_until_it_is_worked_out_the_sentence_does_without(change: TierChange) -> None:
    assert reasons.why(change, language="en").startswith("70.00 → 55.00 (-15.00), by a new version")


def test_the_page_says_it_at_once(me: Client, change: TierChange) -> None:
    response = me.get(f"/tier-changes/{change.pk}/")

    assert "(-15.00: data +10.00, scheme -5.00" in response.context["sentence"]
    assert response.context["computed"].label == "Missing data"


def test_a_first_grading_is_shown_as_what_is_known(me: Client, change: TierChange) -> None:
    first = TierChange.objects.exclude(pk=change.pk).get()
    context = me.get(f"/tier-changes/{first.pk}/").context

    assert [(row.key, row.parts["data"]) for row in context["comparison"].rows] == [("annual_amount", 7000)]
    assert (context["computed"], context["sentence"]) == (None, "First grading: 70.00 points.")


def test_floors_that_turned_the_tier_are_said(scheme: Scheme, acme: Customer, dora: User, me: Client) -> None:
    for quarter in (Q2, Q3):
        bought(acme, 70, quarter=quarter)
    regraded(scheme, as_of=Q2)
    draft = services.copy_version(scheme.published(), by=dora)
    draft.floors.filter(tier=tier("core")).update(total=65_000_000)
    services.put_in_force(draft, by=dora, at=AT, note="")
    change = TierChange.objects.get(run=regraded(scheme))

    response = me.get(f"/tier-changes/{change.pk}/")

    assert response.context["comparison"].by_old_way == tier("important")
    assert "by those of before this score would be" in response.content.decode()
    assert response.context["computed"].label == "Change of the scheme"


def test_what_was_decided_about_the_tier_is_a_sentence_of_its_own(
    scheme: Scheme, acme: Customer, dora: User, me: Client
) -> None:
    for quarter, points in ((Q2, 70), (Q3, 30)):
        bought(acme, points, quarter=quarter)
    regraded(scheme, as_of=Q2)
    services.set_by_hand(acme, tier=tier("core"), reason="Why.", expires_on=date(2999, 1, 1), by=dora, at=AT)
    run = started(scheme)
    Decision.objects.create(run=run, customer=acme, is_accepted=False, comment="Not now.", by=dora, at=AT)
    graded(run)

    comparison = me.get(f"/customers/{acme.pk}/gradings/compare/").context["comparison"]

    assert comparison.total == "-40.00"
    assert comparison.policy == [
        "By the numbers the tier would be Potential, it is Core: Set by hand.",
        "dora rejected the change, the tier stayed. Not now.",
    ]


# Any two gradings


def test_the_last_two_gradings_are_compared_unless_others_are_chosen(
    me: Client, change: TierChange, acme: Customer
) -> None:
    old, new = Grading.objects.filter(customer=acme).order_by("run__as_of")
    url = f"/customers/{acme.pk}/gradings/compare/"

    first = me.get(url).context["comparison"]
    back = me.get(url, {"before": new.pk, "after": old.pk}).context["comparison"]

    assert (first.before, first.after, first.total) == (old, new, "-15.00")
    assert (back.before, back.after, back.total) == (new, old, "+15.00")


@pytest.mark.parametrize(
    "chosen",
    [
        {"before": "x", "after": ""},
        {"before": "{new}", "after": "{new}"},
        {"before": "{foreign}", "after": "{new}"},
    ],
)
def test_what_cannot_be_compared_is_said(
    me: Client, change: TierChange, acme: Customer, carol: User, scheme: Scheme, chosen: dict[str, str]
) -> None:
    beta = a_customer("Beta", owner=carol)
    bought(beta, 10)
    run = Run.objects.latest("pk")
    foreign = Grading.objects.create(
        run=run,
        customer=beta,
        low=0,
        high=0,
        coverage=0,
        values=[None] * 2,
        points=[None] * 2,
        dimensions=[None],
    )
    new = Grading.objects.filter(customer=acme).latest("pk")
    query = {name: text.format(new=new.pk, foreign=foreign.pk) for name, text in chosen.items()}

    response = me.get(f"/customers/{acme.pk}/gradings/compare/", query)

    assert (response.status_code, response.context["comparison"]) == (200, None)
    assert response.context["form"].errors


def test_somebody_graded_once_has_nothing_to_compare(me: Client, acme: Customer, scheme: Scheme) -> None:
    bought(acme, 50)
    regraded(scheme)

    assert (
        "There are no two gradings yet" in me.get(f"/customers/{acme.pk}/gradings/compare/").content.decode()
    )


def test_the_api_tells_the_effects_and_for_one_change_those_of_each_indicator(
    me: Client, change: TierChange
) -> None:
    assert change.run_id
    following.follow_up(change.run_id, at=AT)

    one = me.get(f"/api/v1/tier-changes/{change.pk}/").json()
    listed = me.get("/api/v1/tier-changes/").json()["results"][0]

    nothing = dict.fromkeys(("data", "missing", "reweighing", "curve", "weight", "added", "removed"), 0)
    assert one["parts"] == [
        nothing
        | {"key": "annual_amount", "data": 10_000_000, "reweighing": -32_000_000, "weight": -8_000_000},
        nothing | {"key": "industry_outlook", "missing": 12_000_000, "weight": 3_000_000},
    ]
    assert listed == {key: value for key, value in one.items() if key != "parts"}
    assert listed["effects"] == {
        "data": 10_000_000, "scheme": -5_000_000, "missing": 12_000_000, "reweighing": -32_000_000,
    }  # fmt: skip
    assert (listed["category"], listed["computed_category"]) == ("missing", "missing")
    assert listed["sentence"] == SAID["en"]


# Categories


def test_a_person_corrects_the_category_and_never_the_numbers(
    me: Client, change: TierChange, alice: User
) -> None:
    url = f"/tier-changes/{change.pk}/"
    for category in ("payment", "relation"):
        me.post(f"{url}category/", {"category": category, "reason": "{}", "data": "9"})

    context = me.get(url).context
    assert TierChange.objects.get(pk=change.pk).reason == change.reason
    assert [(said.category, said.by) for said in CategoryCorrection.objects.order_by("pk")] == [
        ("payment", alice), ("relation", alice),
    ]  # fmt: skip
    assert (context["category"].label, context["computed"].label) == ("Relation", "Missing data")
    assert Cause.objects.get(change=change).category == "relation"


@pytest.mark.parametrize("category", ["", "nonsense"])
def test_a_category_that_is_none_changes_nothing(me: Client, change: TierChange, category: str) -> None:
    response = me.post(f"/tier-changes/{change.pk}/category/", {"category": category}, follow=True)

    assert "Choose one of the categories." in response.content.decode()
    assert not CategoryCorrection.objects.exists()


@pytest.mark.parametrize(
    "category, expected", [("missing", ["Acme"]), ("payment", []), ("", ["Acme", "Acme"]), ("x", [])]
)
def test_changes_are_listed_by_category(
    me: Client, change: TierChange, category: str, expected: list[str]
) -> None:
    assert change.run_id
    following.follow_up(change.run_id, at=AT)

    page = me.get("/tier-changes/", {"category": category}).context["page"]

    assert [row.customer.name for row in page.rows] == expected


def test_what_is_compared_is_what_was_stored(change: TierChange) -> None:
    """The parts of an indicator add up to the line that the reason keeps."""
    found = comparing.of_change(change)

    assert found
    assert {part.key: part.delta for part in found.split.parts} == {
        key: delta for key, _values, _points, delta in change.reason["lines"]
    }


# What the scheme calls its indicators


@pytest.fixture
def renamed(scheme: Scheme, acme: Customer, dora: User) -> TierChange:
    """The version in force calls the amount otherwise than its measure does; the one before did not."""
    bought(acme, 70, quarter=Q2)
    regraded(scheme, as_of=Q2)
    draft = services.copy_version(scheme.published(), by=dora)
    own = Indicator.objects.filter(dimension__version=draft, key="annual_amount")
    own.update(name_en="Turnover with us", name_zh="与我司成交额")
    services.put_in_force(draft, by=dora, at=AT, note="")
    bought(acme, 50)
    return TierChange.objects.get(run=regraded(scheme))


@pytest.mark.parametrize(
    "language, said",
    [("en", "Turnover with us ¥70,000 → ¥50,000"), ("zh-hans", "与我司成交额 ¥70,000 → ¥50,000")],
)
def test_reasons_call_indicators_as_their_scheme_does(renamed: TierChange, language: str, said: str) -> None:
    assert said in reasons.why(renamed, language=language)


@pytest.mark.parametrize(
    "address",
    ["/tier-changes/", "/tier-changes/{change}/", "/customers/{customer}/grading/",
     "/customers/{customer}/gradings/compare/",
     "/customers/{customer}/path/", "/customers/{customer}/preview/"],
)  # fmt: skip
def test_pages_call_indicators_as_their_scheme_does(
    me: Client, renamed: TierChange, acme: Customer, address: str
) -> None:
    text = me.get(address.format(change=renamed.pk, customer=acme.pk)).content.decode()

    assert "Turnover with us" in text
    assert "Annual cooperation amount" not in text
