"""Two gradings by two schemes whose scales have tiers of the same key: they are told apart, and the sentence says so."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from customers.models import Customer, Standing, Tier
from customers.tests.making import a_customer
from tiering import attribution, comparing, following, reasons, services
from tiering.attribution import Largest
from tiering.conditions import Condition
from tiering.explanation import explain, rulings
from tiering.models import Override, Scheme, TierChange
from tiering.scoring import Curve, Dimension, Floor, Indicator, Scheme as Rules, Shape
from tiering.tests.assigning_making import assign
from tiering.tests.conftest import AT, Q2, Q3, bought, regraded, tier, unguarded
from tiering.tests.test_explanation import graded
from tiering.tests.test_verifying import wrong

STRAIGHT = Curve(Shape.LINEAR, ((0, 0), (100, 10_000)))
ALL = (Dimension("all", 100, (Indicator("a", 100, STRAIGHT),)),)
FIRMS = Rules(ALL, (Floor("core", 80_000_000), Floor("rest", 0)), key="firms", scale="firms")
PERSONS = replace(FIRMS, floors=(Floor("core", 30_000_000), Floor("rest", 0)), key="persons", scale="persons")
BY_RULES = replace(FIRMS, conditions=(Condition("core", "a", 50),))
ALSO_BY_RULES = replace(PERSONS, conditions=(Condition("core", "a", 20),))


def test_the_same_key_on_another_scale_is_another_tier() -> None:
    """Core of the firms, now core of the persons: the scheme did it, and the floors of before are nobody's."""
    found = attribution.split(graded(FIRMS, {"a": 90}), graded(PERSONS, {"a": 40}))

    assert found.tiers == (("firms", "core"), ("persons", "core"))
    assert (found.tier_by_old_way, found.turned_by) == (None, ())
    assert attribution.largest(found) == Largest("scheme")
    assert sum(part.delta for part in found.parts) == found.delta == -50_000_000


def test_conditions_of_another_scale_are_not_those_of_before() -> None:
    before, after = graded(BY_RULES, {"a": 30}), graded(ALSO_BY_RULES, {"a": 30})

    (found,) = rulings(before, after)
    assert (found.tier, found.asks, found.allows) == ("core", (None, (20, None, False)), (None, True))
    assert not attribution.split(before, after).turned_by


def test_a_reason_says_between_which_schemes_it_leads() -> None:
    same = explain(graded(FIRMS, {"a": 90}), graded(replace(FIRMS, coverage_floor=0), {"a": 90}))
    other = explain(graded(FIRMS, {"a": 90}), graded(ALSO_BY_RULES, {"a": 90}))

    assert (same.schemes, same.is_new_scheme) == (None, True)
    assert (other.schemes, other.is_new_scheme, other.scale) == (("firms", "persons"), True, "persons")


@pytest.fixture
def person(scheme: Scheme, alice: User) -> Customer:
    return a_customer("Lin", owner=alice, kind="individual")


def moved_to_retail(scheme: Scheme, person: Customer) -> TierChange:
    """Core by the plain scheme; then persons are assigned to the retail scheme, whose rules give the lowest tier."""
    for quarter, points in ((Q2, 90), (Q3, 70)):
        bought(person, points, quarter=quarter)
    regraded(scheme, as_of=Q2, at=AT - timedelta(days=2))
    retail = Scheme.objects.get(key="retail")
    unguarded()
    assign(retail, kind="individual")
    run = regraded(retail)
    following.follow_up(run.pk, at=AT)
    return TierChange.objects.with_reasons().filter(customer=person).latest("pk")


@pytest.mark.parametrize(
    "language, said",
    [
        ("en", "now graded by the scheme “Retail three tiers” instead of “Plain”"),
        ("zh-hans", "现由分级方案“零售三级”评级，此前为“简”"),
    ],
)
def test_the_sentence_says_that_another_scheme_grades_now(
    scheme: Scheme, person: Customer, language: str, said: str
) -> None:
    change = moved_to_retail(scheme, person)

    assert (change.from_tier.scale, change.to_tier.scale) == ("b2b", "retail")  # type: ignore[union-attr]
    assert said in reasons.why(change, language=language)
    assert change.cause.category == "scheme"
    assert sum(line[3] for line in change.reason["lines"]) == (
        change.reason["totals"][1] - change.reason["totals"][0]
    )
    assert wrong() == {}


def test_tiers_in_the_reason_are_those_of_the_scale_now(
    client: Client, scheme: Scheme, person: Customer, alice: User
) -> None:
    """The important tier of retail is called otherwise than that of the default scale, and is the one named."""
    Tier.objects.filter(scale="retail", key="important").update(name_en="Middle")
    Tier.objects.filter(scale="b2b", key="important").update(name_en="Upper")
    change = moved_to_retail(scheme, person)
    comparison = comparing.of_change(change)
    assert comparison

    assert {each.name for each in comparison.rulings} == {"Middle"}
    assert "Middle: " in reasons.why(change)
    assert comparison.by_old_way is None
    client.force_login(alice)
    assert "floors changed too" not in client.get(f"/tier-changes/{change.pk}/").content.decode()


# On pages and over the API


@pytest.fixture
def held(scheme: Scheme, person: Customer, dora: User) -> Customer:
    """Set by hand to the default scale's core, and graded since by the retail scheme, whose core is another."""
    set_by_hand(person, tier("core"), dora)
    moved_to_retail(scheme, person)
    Standing.objects.filter(customer=person).update(
        computed_tier=Tier.objects.get(scale="retail", key="core")
    )
    return person


def set_by_hand(customer: Customer, to: Tier, by: User) -> Override:
    day = timezone.localdate() + timedelta(days=3)
    return services.set_by_hand(customer, tier=to, reason="A partner.", expires_on=day, by=by, at=AT)


def test_the_api_names_the_scale_of_every_tier(client: Client, held: Customer, alice: User) -> None:
    client.force_login(alice)
    found = client.get(f"/api/v1/customers/{held.pk}/").json()

    assert [found[name] for name in ("tier", "tier_scale", "computed_tier", "computed_tier_scale")] == [
        "core", "b2b", "core", "retail",
    ]  # fmt: skip
    assert (found["possible_tiers"][-1], found["possible_tiers_scale"]) == ("ordinary", "retail")
    assert client.get(f"/api/v1/outlooks/{held.pk}/").json()["scale"] == "retail"


def test_who_was_never_graded_has_no_scale(
    client: Client, scheme: Scheme, person: Customer, alice: User
) -> None:
    client.force_login(alice)
    found = client.get(f"/api/v1/customers/{person.pk}/").json()

    assert [found[name] for name in ("tier_scale", "computed_tier_scale", "possible_tiers_scale")] == [
        None
    ] * 3


def test_tiers_called_alike_are_told_apart_where_one_is_set_by_hand(
    client: Client, held: Customer, dora: User
) -> None:
    client.force_login(dora)
    in_english = {"accept-language": "en"}
    (row, *_more), *_rest = client.get("/tiers-by-hand/", headers=in_english).context["rows"]
    form = client.get(f"/customers/{held.pk}/tier/", headers=in_english).context["form"]

    with translation.override("en"):
        assert (row.tier.label, row.customer.standing.computed_tier.label) == (
            "Core · Plain", "Core · Retail three tiers",
        )  # fmt: skip
        assert [label for _value, label in form.fields["tier"].choices][1:] == [
            "Core · Retail three tiers", "Important · Retail three tiers", "Ordinary",
        ]  # fmt: skip
    book = client.get("/customers/", headers=in_english).text
    assert "Core · Plain" in book
    assert "Core · Retail three tiers" in book


def test_tiers_of_two_scales_say_which_where_another_has_the_name(
    client: Client, scheme: Scheme, person: Customer, alice: User
) -> None:
    """Core to ordinary is no downgrade: this core is that of the default scale, and retail has a core too."""
    change = moved_to_retail(scheme, person)
    client.force_login(alice)

    shown = client.get(f"/tier-changes/{change.pk}/").context["change"]

    with translation.override("en"):
        assert [shown.from_tier.label, shown.to_tier.label] == ["Core · Plain", "Ordinary"]
