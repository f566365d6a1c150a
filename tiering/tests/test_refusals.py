"""A draft that cannot be scored says what to mend, in the reader's language."""

import ast
import inspect
import re
from collections.abc import Callable
from types import ModuleType

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import translation

from accounts.models import User
from tiering import conditions, refusals, scoring, services
from tiering.models import Condition, Decides, Dimension, Floor, Indicator, Scheme, SchemeVersion

LATIN_SENTENCE = re.compile(r"[A-Za-z]+ [a-z]+ [a-z]+")


def raised(module: ModuleType) -> set[str]:
    """Texts of all ValueErrors in a module's source."""
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Call)]
    said = [
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "ValueError"
        if isinstance(call.args[0], ast.Constant)
    ]
    return {str(text) for text in said}


def test_all_that_the_pure_rules_refuse_has_its_sentence() -> None:
    assert raised(scoring) | raised(conditions) == set(refusals.SENTENCES)
    assert len(refusals.SENTENCES) == 15
    with translation.override("zh-hans"):
        said = [refusals.said(ValueError(text)) for text in refusals.SENTENCES]
    assert [text for text in said if not re.search(r"[一-鿿]", text) or LATIN_SENTENCE.search(text)] == []


def knots(found: object) -> Callable[[SchemeVersion], object]:
    return lambda draft: Indicator.objects.filter(dimension__version=draft).update(knots=found)


def by_rules(draft: SchemeVersion, *tiers: str, indicator: str = "annual_amount") -> None:
    SchemeVersion.objects.filter(pk=draft.pk).update(decides_by=Decides.RULES)
    for floor in draft.floors.filter(tier__key__in=tiers):
        Condition.objects.create(floor=floor, indicator=indicator, at_least=1)


BROKEN: dict[str, tuple[Callable[[SchemeVersion], object], str]] = {
    "no knots": (knots([]), "的曲线无法使用"),
    "falling knots": (knots([[5, 0], [1, 100]]), "的曲线无法使用"),
    "points beyond": (knots([[0, 20_000]]), "的曲线无法使用"),
    "knot too large": (knots([[10**15, 0]]), "的曲线无法使用"),
    "no pair": (knots([3]), "的曲线无法使用"),
    "no whole number": (knots([[0.5, 0]]), "的曲线无法使用"),
    "one floor for two": (lambda d: Floor.objects.filter(version=d).update(total=0), "必须低于"),
    "no floor at 0": (lambda d: Floor.objects.filter(version=d, total=0).delete(), "门槛"),
    "rules without conditions": (by_rules, "没有条件"),
    "a tier without a condition": (lambda d: by_rules(d, "core"), "没有条件"),
    "a last tier with one": (lambda d: by_rules(d, "core", "important", "regular", "potential"), "最低等级"),
    "a foreign indicator": (
        lambda d: by_rules(d, "core", "important", "regular", indicator="renewal_rate"), "此版本没有",
    ),
    "an indicator twice": (
        lambda d: Indicator.objects.filter(dimension__version=d).update(key="annual_amount", weight=100), "重复出现",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_draft_that_cannot_be_scored_says_what_to_mend(
    client: Client, scheme: Scheme, dora: User, name: str
) -> None:
    draft = services.copy_version(scheme.published(), by=dora)
    if name == "an indicator twice":  # in two dimensions: within one the database refuses it
        other = Dimension.objects.create(
            version=draft, key="more", name_en="更多", name_zh="更多", weight=50, position=2
        )
        Dimension.objects.filter(version=draft).update(weight=50)
        Indicator.objects.filter(dimension__version=draft, key="industry_outlook").update(dimension=other)
    breaks, said = BROKEN[name]
    breaks(draft)
    client.force_login(dora)

    response = client.get(f"/simulations/version/{draft.pk}/", headers={"accept-language": "zh-hans"})

    errors = [text for texts in response.context["form"].errors.values() for text in texts]
    assert response.status_code == 422
    assert any(said in text for text in errors), errors
    assert [text for text in errors if LATIN_SENTENCE.search(text)] == []


def test_a_curve_is_refused_in_the_readers_language(scheme: Scheme) -> None:
    indicator = Indicator.objects.filter(dimension__version__scheme=scheme)[0]
    indicator.knots = [[5, 0], [1, 100]]
    with translation.override("zh-hans"), pytest.raises(ValidationError) as refused:
        indicator.clean()
    assert refused.value.message_dict["knots"] == [refusals_in_chinese("A curve's knots must rise.")]


def refusals_in_chinese(text: str) -> str:
    with translation.override("zh-hans"):
        return refusals.said(ValueError(text))
