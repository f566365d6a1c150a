"""Names are looked for by how they sound."""

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from accounts.models import Team, User
from toolbox.choices import NameField, NameFilter
from toolbox.filters import YesNoFilter

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> None:
    for n, name in enumerate(("周砚清", "单雨", "Bob", "欧阳霖", "安然", "许安宁")):
        User.objects.create_user(f"u{n}", display_name=name)


def names(choices: object) -> list[str]:
    return [str(label) for _value, label in choices]  # type: ignore[attr-defined]


SORTED = ["安然", "Bob", "欧阳霖", "单雨", "许安宁", "周砚清"]
"""单 is read as the surname it is."""


def test_people_come_by_pinyin(people: None) -> None:
    assert names(NameField(User.objects.order_by("pk"), empty_label=None).choices) == SORTED


def test_in_a_filter_after_a_word_for_no_matter(people: None) -> None:
    field = NameFilter(queryset=User.objects.order_by("pk")).field
    assert names(field.choices) == ["All", *SORTED]
    with override("zh-hans"):
        assert names(field.choices)[0] == "全部"


def test_teams_too() -> None:
    Team.objects.bulk_create(Team(name=name) for name in ("华南销售组", "北方销售组", "华东销售组"))
    field = NameField(Team.objects.order_by("pk"))
    assert names(field.choices)[1:] == ["北方销售组", "华东销售组", "华南销售组"]


def test_yes_no_or_no_matter() -> None:
    field = YesNoFilter().field
    assert names(field.choices) == ["All", "Yes", "No"]
    assert [field.clean(word) for word in ("true", "false", "")] == [True, False, ""]
    with pytest.raises(ValidationError):
        field.clean("maybe")
