from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory, override_settings
from django.utils import translation


def render(template: str, **context: Any) -> str:
    return Template(template).render(Context(context))


@pytest.mark.parametrize("name", ["money", "money_short", "percent", "score", "points", "days"])
def test_what_is_not_known_is_a_dash(name: str) -> None:
    assert render(f"{{{{ value|{name} }}}}", value=None) == "–"


@pytest.mark.parametrize(
    "name, value, text",
    [
        ("money", 123_456, "¥1,234.56"),
        ("money_short", 82_000_000, "¥820K"),
        ("percent", 9_200, "92%"),
        ("percent", 9_250, "92.5%"),
        ("percent", 9_253, "92.53%"),
        ("percent", 10_000, "100%"),
        ("percent", 0, "0%"),
        ("percent", -50, "-0.5%"),
        ("score", 79_996_000, "79.99"),
        ("score", 80_000_000, "80.00"),
        ("score", 100_000_000, "100.00"),
        ("score", 9_999, "0.00"),
        ("score", -1_239_999, "-1.23"),
        ("score", -9_999, "0.00"),
        ("points", 8_500, "85"),
        ("points", 8_550, "85.5"),
        ("points", 8_505, "85.05"),
        ("points", 0, "0"),
        ("points", 10_000, "100"),
        ("days", 1, "1 day"),
        ("days", 1_200, "1,200 days"),
    ],
)
def test_a_number_is_written_for_people(name: str, value: int, text: str) -> None:
    with translation.override("en"):
        assert render(f"{{{{ value|{name} }}}}", value=value) == text


def test_short_amounts_follow_the_readers_language() -> None:
    with translation.override("zh-hans"):
        assert render("{{ value|money_short }}", value=82_000_000) == "¥82.0万"


@override_settings(
    STORAGES={"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
)
def test_an_icon_is_decoration() -> None:
    html = render("{% icon name size=20 %}", name='x"><script>')
    assert html.startswith('<svg class="icon" aria-hidden="true" width="20" height="20"><use href="')
    assert html.endswith('#icon-x&quot;&gt;&lt;script&gt;"></use></svg>')
    assert "width" not in render("{% icon 'home' %}")


def test_the_sprite_is_where_the_icon_tag_says() -> None:
    from django.contrib.staticfiles import finders

    from toolbox.templatetags.formats import ICONS

    assert finders.find(ICONS)


@pytest.mark.parametrize(
    "tag, query",
    [
        ("{% query_replace sort='-total' %}", "?tier=a&amp;tier=b&amp;sort=-total"),
        ("{% query_replace tier='' %}", "?sort=name"),
        ("{% query_replace tier=none %}", "?sort=name"),
        ("{% query_replace tier=several %}", "?sort=name&amp;tier=c&amp;tier=d"),
        ("{% query_replace cursor='next' sort='' %}", "?tier=a&amp;tier=b&amp;cursor=next"),
        ("{% query_replace tier='' sort='' %}", "?"),
        ("{% query_replace q='a b&amp;中' tier='' sort='' %}", "?q=a+b%26amp%3B%E4%B8%AD"),
    ],
)
def test_a_link_replaces_part_of_the_query_and_leaves_the_cursor(tag: str, query: str) -> None:
    request = RequestFactory().get("/?tier=a&tier=b&sort=name&empty=&cursor=old")
    html = render(tag, request=request, none=None, several=["c", "d"])
    assert sorted(html.removeprefix("?").split("&amp;")) == sorted(query.removeprefix("?").split("&amp;"))
    assert html.startswith("?")
