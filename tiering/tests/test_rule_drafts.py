"""Rules in the editor: conditions typed in their unit, added, removed, merged, compared and put in force."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tiering import services
from tiering.editing.comparing import Comparison
from tiering.models import Condition, Decides, Indicator, Scheme, SchemeVersion
from tiering.rule_faults import doubts
from tiering.tests.conftest import AT
from tiering.tests.test_drafts import edit_page, typed_on


@pytest.fixture
def director(client: Client, dora: User) -> Client:
    client.force_login(dora)
    return client


@pytest.fixture
def retail(db: None) -> SchemeVersion:
    return Scheme.objects.get(key="retail").published()


@pytest.fixture
def draft(retail: SchemeVersion, dora: User) -> SchemeVersion:
    return services.copy_version(retail, by=dora)


def condition(version: SchemeVersion, tier: str, key: str) -> Condition:
    return Condition.objects.get(floor__version=version, floor__tier__key=tier, indicator=key)


def rules(version: SchemeVersion) -> list[tuple[str, str, int | None, int | None, str]]:
    rows = Condition.objects.filter(floor__version=version).order_by("floor__tier__rank", "pk")
    return list(rows.values_list("floor__tier__key", "indicator", "at_least", "at_most", "unknown"))


def whole(version: SchemeVersion) -> SchemeVersion:
    return SchemeVersion.objects.whole().get(pk=version.pk)


def pressed(director: Client, draft: SchemeVersion, do: str, **typed: str) -> Any:
    page = director.get(edit_page(draft))
    return director.post(edit_page(draft), typed_on(page, do=do, **typed), follow=True)


def test_a_copy_asks_for_the_same(retail: SchemeVersion, draft: SchemeVersion) -> None:
    assert draft.is_by_rules
    assert rules(draft) == rules(retail)
    assert len(rules(draft)) == 8
    assert whole(draft).rules() == whole(retail).rules()
    assert services.faults(whole(draft)) == []


@pytest.mark.parametrize(
    "tier, key, typed, kept",
    [
        ("core", "annual_amount", {"at_least": "> 6万"}, (60_000_01, None)),
        ("core", "annual_amount", {"at_least": "60,000"}, (60_000_00, None)),
        ("core", "annual_amount", {"at_least": ">= 60000", "at_most": "<900000"}, (60_000_00, 899_999_99)),
        ("core", "purchases_a_month", {"at_least": "3.5"}, (350, None)),
        ("core", "days_to_pay", {"at_least": "", "at_most": "10"}, (None, 10)),
        ("core", "days_to_pay", {"at_least": "", "at_most": "< 10"}, (None, 9)),
        ("core", "new_products", {"at_least": "4"}, (4, None)),
        ("important", "fixed_categories", {"at_least": "62.5"}, (6_250, None)),
    ],
)
def test_ends_are_typed_in_the_unit_of_the_indicator(
    director: Client, draft: SchemeVersion, tier: str, key: str, typed: dict[str, str], kept: tuple[int, int]
) -> None:
    row = condition(draft, tier, key)
    page = director.get(edit_page(draft))
    director.post(
        edit_page(draft), typed_on(page, **{f"c{row.pk}-{end}": text for end, text in typed.items()})
    )
    row.refresh_from_db()

    assert (row.at_least, row.at_most) == kept


@pytest.mark.parametrize(
    "key, typed, field, message",
    [
        ("annual_amount", {"at_least": "much"}, "at_least", "Enter an amount such as 1,234.56 or 12万."),
        (
            "annual_amount",
            {"at_least": ""},
            "at_least",
            "A condition needs a least value, a greatest one, or both.",
        ),
        (
            "annual_amount",
            {"at_least": "2", "at_most": "1"},
            "at_most",
            "The least value lies above the greatest: nothing could meet this.",
        ),
        ("new_products", {"at_least": "6"}, "at_least", "Enter a whole number from 1 to 5."),
        ("days_to_pay", {"at_most": "7.5"}, "at_most", "“7.5” is not a whole number."),
        (
            "annual_amount",
            {"unknown": "perhaps"},
            "unknown",
            "Select a valid choice. perhaps is not one of the available choices.",
        ),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_is_kept(
    director: Client, draft: SchemeVersion, key: str, typed: dict[str, str], field: str, message: str
) -> None:
    row, before = condition(draft, "core", key), rules(draft)
    sent = {f"c{row.pk}-{end}": text for end, text in typed.items()}
    answer = director.post(edit_page(draft), typed_on(director.get(edit_page(draft)), **sent))

    form = next(
        each
        for _floor, rows in answer.context["form"].conditions
        for each in rows
        if each.instance.pk == row.pk
    )
    assert (answer.status_code, form.errors) == (422, {field: [message]})
    assert {name: form[name.partition("-")[2]].value() for name in sent} == sent
    assert answer.text.count(message) == 1
    assert rules(draft) == before


def test_a_condition_is_added_and_removed(director: Client, draft: SchemeVersion) -> None:
    important = draft.floors.get(tier__key="important")
    answer = pressed(
        director, draft, f"add_condition:f{important.pk}", **{f"f{important.pk}-condition": "days_to_pay"}
    )
    added = condition(draft, "important", "days_to_pay")
    assert (added.at_least, added.at_most, added.unknown) == (None, 30, "fails")
    assert answer.redirect_chain[0][0].endswith(f"#c{added.pk}")

    pressed(director, draft, f"remove:c{added.pk}")
    assert not Condition.objects.filter(pk=added.pk).exists()
    for asked in ("annual_amount", "nonsense", ""):
        answer = pressed(
            director, draft, f"add_condition:f{important.pk}", **{f"f{important.pk}-condition": asked}
        )
        assert "Choose what the condition is about." in answer.text
    assert len(rules(draft)) == 8


def test_conditions_of_a_tier_that_leaves_go_with_it(director: Client, draft: SchemeVersion) -> None:
    pressed(director, draft, f"remove:f{draft.floors.get(tier__key='important').pk}")

    assert {tier for tier, *_rest in rules(draft)} == {"core"}
    assert services.faults(whole(draft)) == []


def test_of_two_who_edit_rules_each_keeps_what_the_other_left_alone(
    director: Client, draft: SchemeVersion
) -> None:
    amount, days = condition(draft, "core", "annual_amount"), condition(draft, "core", "days_to_pay")
    first = director.get(edit_page(draft))
    second = director.get(edit_page(draft))
    director.post(
        edit_page(draft), typed_on(first, **{f"c{days.pk}-at_most": "10", f"c{amount.pk}-at_least": "70000"})
    )
    answer = director.post(edit_page(draft), typed_on(second, **{f"c{amount.pk}-at_least": "80000"}))

    merge = answer.context["merge"]
    assert answer.status_code == 409
    assert [(c.label, c.theirs, c.yours) for c in merge.conflicts] == [
        ("Core · Annual amount · At least", "70000", "80000")
    ]
    assert [(c.label, c.theirs, c.yours) for c in merge.taken] == [
        ("Core · Days to pay (longest) · At most", "10", "7")
    ]
    director.post(edit_page(draft), typed_on(answer))
    amount.refresh_from_db()
    days.refresh_from_db()
    assert (amount.at_least, days.at_most) == (80_000_00, 10)


def test_floors_are_exchanged_for_rules_and_back(director: Client, dora: User) -> None:
    draft = services.copy_version(Scheme.objects.get(key="b2b").published(), by=dora)
    answer = director.post(
        edit_page(draft), typed_on(director.get(edit_page(draft)), **{"v-decides_by": "rules"}), follow=True
    )
    draft.refresh_from_db()
    assert draft.decides_by == Decides.RULES
    assert answer.context["faults"] == [
        "“Core” has no condition: everybody would be in it. Add one.",
        "“Important” has no condition: everybody would be in it. Add one.",
        "“Regular” has no condition: everybody would be in it. Add one.",
    ]
    totals = list(draft.floors.order_by("tier__rank").values_list("total", flat=True))
    director.post(edit_page(draft), typed_on(director.get(edit_page(draft)), **{"v-decides_by": "floors"}))
    assert list(draft.floors.order_by("tier__rank").values_list("total", flat=True)) == totals
    assert services.faults(whole(draft)) == []


def test_rules_that_do_not_decide_are_not_put_in_force(draft: SchemeVersion, dora: User) -> None:
    ordinary = draft.floors.get(tier__key="ordinary")
    Condition.objects.create(floor=ordinary, indicator="annual_amount", at_least=1)
    Indicator.objects.filter(dimension__version=draft, key="days_to_pay").update(key="payment_timeliness")
    SchemeVersion.objects.filter(pk=draft.pk).update(margin=1_000_000)

    assert services.faults(whole(draft)) == [
        "A condition of “Core” is about “Days to pay (longest)”, which this version does not have.",
        "“Ordinary” is the last tier and takes everybody: remove its conditions.",
        "A margin is counted in points, and rules go by none: set it to 0.",
    ]
    with pytest.raises(services.NotReadyError):
        services.put_in_force(draft, by=dora, at=AT, note="All the same.")


def test_a_better_tier_that_is_easier_to_reach_is_remarked_on_and_refused_nothing(
    director: Client, draft: SchemeVersion, dora: User
) -> None:
    Condition.objects.filter(floor__version=draft, floor__tier__key="core", indicator="annual_amount").update(
        at_least=5_000_00
    )
    condition(draft, "core", "purchases_a_month").delete()
    said = [
        "“Core” asks for less than “Important” of “Annual amount”: at least ¥5,000 against at least ¥10,000.",
        "“Core” asks for less than “Important” of “Purchases a month”: – against at least 2.",
    ]
    assert doubts(whole(draft)) == said
    assert director.get(edit_page(draft)).context["doubts"] == said
    assert director.get(f"/schemes/{draft.pk}/publish/").context["doubts"] == said
    services.put_in_force(draft, by=dora, at=AT, note="On purpose.")


def test_rules_are_compared_line_by_line(
    director: Client, draft: SchemeVersion, retail: SchemeVersion
) -> None:
    Condition.objects.filter(floor__version=draft, indicator="days_to_pay").update(at_most=10)
    condition(draft, "core", "new_products").delete()
    important = draft.floors.get(tier__key="important")
    Condition.objects.create(floor=important, indicator="new_products", at_least=2, unknown="passes")
    found = Comparison(whole(retail), whole(draft))

    assert [(line.label, line.before, line.after) for line in found.changes] == [
        ("Core · Days to pay (longest)", "at most 7 days", "at most 10 days"),
        ("Core · Takes up new products", "at least 3 of 5 · unknown passes", "–"),
        ("Important · Takes up new products", "–", "at least 2 of 5 · unknown passes"),
    ]
    assert director.get(f"/schemes/compare/?left={retail.pk}&right={draft.pk}").status_code == 200
    b2b = Scheme.objects.get(key="b2b").published()
    assert director.get(f"/schemes/compare/?left={b2b.pk}&right={draft.pk}").status_code == 200


def test_of_a_version_in_force_no_condition_is_changed_in_the_admin(
    client: Client, adam: User, draft: SchemeVersion, retail: SchemeVersion
) -> None:
    client.force_login(adam)
    core = draft.floors.get(tier__key="core")
    row = condition(draft, "core", "annual_amount")
    lines: dict[str, Any] = {"conditions-TOTAL_FORMS": 6, "conditions-INITIAL_FORMS": 5}
    for n, each in enumerate(core.conditions.order_by("pk")):
        lines |= {
            f"conditions-{n}-id": each.pk, f"conditions-{n}-floor": core.pk, f"conditions-{n}-unknown": each.unknown,
            f"conditions-{n}-indicator": each.indicator, f"conditions-{n}-at_least": each.at_least or "",
            f"conditions-{n}-at_most": each.at_most or "",
        }  # fmt: skip
    lines |= {
        "conditions-0-at_least": "> 60000", "conditions-1-at_least": "4",
        "conditions-5-indicator": "fixed_categories", "conditions-5-at_least": "30", "conditions-5-unknown": "passes",
        "conditions-5-floor": core.pk, "conditions-5-id": "", "conditions-5-at_most": "",
    }  # fmt: skip
    assert client.post(f"/admin/tiering/floor/{core.pk}/change/", lines).status_code == 302
    row.refresh_from_db()
    assert row.at_least == 60_000_01
    assert condition(draft, "core", "fixed_categories").at_least == 3_000
    in_force = retail.floors.get(tier__key="core")
    page = client.get(f"/admin/tiering/floor/{in_force.pk}/change/")
    assert page.status_code == 200
    assert "more than ¥50,000" in page.text
    assert "conditions-0-at_least" not in page.text
