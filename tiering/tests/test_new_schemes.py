"""A new scheme is made on a page and begins with a draft; what a scheme says of itself is changed on another."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from accounts.models import User
from customers.models import Tier
from tiering import services
from tiering.editing.new import NewSchemeForm
from tiering.models import Scheme, SchemeVersion

PAGE = "/schemes/new/"
Enter = Callable[[User], Client]
TIERS = {
    "tier1_en": "Gold", "tier1_zh": "金", "tier1_colour": "yellow", "tier2_en": "Silver", "tier2_colour": "blue",
    "tier3_en": "Bronze", "tier3_colour": "secondary",
}  # fmt: skip


def typed(**more: Any) -> dict[str, Any]:
    return {"name_en": "Retail persons", "cadence": "monthly", "source": "new", "scale": "new"} | TIERS | more


def errors(answer: Any) -> dict[str, list[str]]:
    return {name: list(found) for name, found in answer.context["form"].errors.items()}


def made() -> Scheme:
    return Scheme.objects.latest("pk")


def test_an_empty_scheme_with_tiers_of_its_own_leads_to_its_draft(enter: Enter, dora: User) -> None:
    answer = enter(dora).post(PAGE, typed())

    scheme = made()
    draft = scheme.versions.get()
    assert answer.headers["Location"] == f"/schemes/{draft.pk}/edit/"
    assert (scheme.key, scheme.name_en, scheme.name_zh, scheme.cadence, scheme.is_default) == (
        "retail-persons", "Retail persons", "Retail persons", "monthly", False,
    )  # fmt: skip
    tiers = Tier.objects.filter(scale="retail-persons").order_by("rank")
    assert list(tiers.values_list("name_en", "name_zh", "colour")) == [
        ("Gold", "金", "yellow"), ("Silver", "Silver", "blue"), ("Bronze", "Bronze", "secondary"),
    ]  # fmt: skip
    floors = draft.floors.order_by("-total").values_list("tier__name_en", "total")
    assert list(floors) == [("Gold", 66_000_000), ("Silver", 33_000_000), ("Bronze", 0)]
    assert (draft.state, draft.number, draft.edited_by) == ("draft", 1, dora)
    assert enter(dora).get(f"/schemes/{draft.pk}/edit/").status_code == 200


def test_a_copy_takes_over_what_another_version_says(enter: Enter, dora: User) -> None:
    original = Scheme.objects.get(is_default=True).published()
    enter(dora).post(PAGE, typed(source=original.pk, scale="b2b", key="mine"))

    draft = SchemeVersion.objects.whole().get(scheme__key="mine")
    assert (draft.number, draft.rules(), draft.note) == (
        1,
        SchemeVersion.objects.whole().get(pk=original.pk).rules(),
        "B2B four dimensions v1, dora",
    )
    assert not Tier.objects.filter(scale="mine").exists()
    services.put_in_force(draft, by=dora, at=draft.created_at, note="")


@pytest.mark.parametrize(
    "scale, expected",
    [
        ("abc", [("a", 66_000_000), ("b", 33_000_000), ("c", 0)]),
        (
            "new",
            [("retail-persons-1", 66_000_000), ("retail-persons-2", 33_000_000), ("retail-persons-3", 0)],
        ),
    ],
)
def test_a_copy_can_grade_on_another_scale(
    enter: Enter, dora: User, scale: str, expected: list[tuple[str, int]]
) -> None:
    original = Scheme.objects.get(is_default=True).published()
    enter(dora).post(PAGE, typed(source=original.pk, scale=scale))

    draft = made().versions.get()
    assert list(draft.floors.order_by("-total").values_list("tier__key", "total")) == expected
    assert draft.dimensions.count() == 4
    assert services.faults(SchemeVersion.objects.whole().get(pk=draft.pk)) == []


def test_floors_are_kept_where_there_are_as_many_tiers(enter: Enter, dora: User) -> None:
    original = Scheme.objects.get(is_default=True).published()
    enter(dora).post(PAGE, typed(source=original.pk, tier4_en="Tin", tier4_colour="green"))

    floors = made().versions.get().floors.order_by("-total")
    assert list(floors.values_list("total", flat=True)) == [80_000_000, 60_000_000, 40_000_000, 0]


def test_rules_go_along_where_there_are_as_many_tiers_and_else_floors_decide(
    enter: Enter, dora: User
) -> None:
    original = Scheme.objects.get(key="retail").published()
    enter(dora).post(PAGE, typed(source=original.pk, scale="new", key="like"))
    enter(dora).post(PAGE, typed(source=original.pk, scale="b2b", key="unlike"))

    like, unlike = (SchemeVersion.objects.whole().get(scheme__key=key) for key in ("like", "unlike"))
    assert [(f.tier.key, f.conditions.count()) for f in like.floors.all()] == [
        ("like-1", 5), ("like-2", 3), ("like-3", 0),
    ]  # fmt: skip
    assert (like.is_by_rules, unlike.is_by_rules) == (True, False)
    assert (services.faults(like), services.faults(unlike)) == ([], [])


@pytest.mark.parametrize(
    "wrong, expected",
    [
        ({"name_en": ""}, {"name_en": ["This field is required."]}),
        ({"key": "b2b"}, {"key": ["There is a scheme with this key already. Choose another one."]}),
        ({"tier2_en": "", "tier3_en": ""}, {"tier1_en": ["Name at least two tiers, the best first."]}),
        ({"tier2_en": ""}, {"tier2_en": ["Leave no row empty between two tiers."]}),
        ({"tier2_en": "Gold"}, {"tier2_en": ["Two tiers have this name."]}),
    ],
)
def test_what_is_wrong_is_said_where_it_was_typed(
    enter: Enter, dora: User, wrong: dict[str, str], expected: dict[str, list[str]]
) -> None:
    answer = enter(dora).post(PAGE, typed(**wrong))

    assert (answer.status_code, errors(answer)) == (422, expected)
    assert Scheme.objects.count() == 4


@pytest.mark.django_db
def test_names_are_asked_in_the_readers_language_first() -> None:
    with override("zh-hans"):
        form = NewSchemeForm(
            {"name_zh": "零售", "cadence": "monthly", "source": "new", "scale": "abc"}, versions=[]
        )
        assert form.is_valid()
        assert [field.name for field in form.names][:2] == ["name_zh", "name_en"]
        assert form.cleaned_data["name_en"] == "零售"


def test_a_name_without_latin_letters_gets_a_key_all_the_same(enter: Enter, dora: User) -> None:
    browser = enter(dora)
    for _n in range(2):
        browser.post(PAGE, typed(name_en="零售", scale="abc"))

    assert list(Scheme.objects.order_by("-pk").values_list("key", flat=True)[:2]) == ["scheme-2", "scheme"]


def test_settings_are_changed_on_a_page(enter: Enter, dora: User) -> None:
    scheme = Scheme.objects.get(key="orders")
    page = f"/schemes/settings/{scheme.pk}/"
    browser = enter(dora)
    said = {
        "name_en": "Orders alone", "name_zh": "", "description_en": "", "description_zh": "", "cadence": "monthly",
        "review": "wait", "guard_customers": "20", "guard_amount": "", "guard_coverage": "5", "guard_stale_days": "10",
    }  # fmt: skip

    wrong = browser.post(page, said | {"guard_customers": "101"})
    assert (wrong.status_code, list(errors(wrong))) == (422, ["guard_customers"])
    browser.post(page, said)

    scheme.refresh_from_db()
    assert (scheme.name_en, scheme.name_zh, scheme.cadence, scheme.review, scheme.guard_customers) == (
        "Orders alone", "Orders alone", "monthly", "wait", 20,
    )  # fmt: skip
    assert scheme.guard_amount is None


def test_only_who_may_grade_makes_and_sets_schemes(enter: Enter, bob: User, audrey: User) -> None:
    for user in (bob, audrey):
        browser = enter(user)
        pages = [PAGE, f"/schemes/settings/{Scheme.objects.latest('pk').pk}/"]
        assert [browser.get(page).status_code for page in pages] == [403, 403]
