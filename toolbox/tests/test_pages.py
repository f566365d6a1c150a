import base64
import itertools
import json
from dataclasses import replace
from typing import Any

import pytest
from django.db.models import BigIntegerField, Case, F, Model, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Length
from django.db.models.lookups import Exact
from django.utils import translation
from hypothesis import HealthCheck, given, settings, strategies as st

from toolbox.pages import Count, Order, Page, capped_count, keyset_page, ordered

pytestmark = pytest.mark.django_db

Things = type[Any]


def by_level(*, descending: bool) -> Order:
    return Order(name="level", expression="level", descending=descending, value=lambda row: int(row.level))


def tens(key: Combinable, pk: Combinable) -> Case:
    """Who has no key one by one, the others in tens."""
    return Case(When(Exact(key, -1), then=pk - 1_000_000), default=key / 10, output_field=BigIntegerField())


def fill(thing_model: Things, levels: list[int]) -> None:
    thing_model.objects.bulk_create(
        [thing_model(name=f"n{level}", level=level, amount=level or None) for level in levels]
    )


def page_of(thing_model: Things, order: Order, cursor: str, size: int) -> Page[Model]:
    return keyset_page(thing_model.objects.all(), order=order, cursor=cursor, size=size)


def walk(thing_model: Things, order: Order, size: int) -> tuple[list[Page[Model]], list[Page[Model]]]:
    """All pages from the first to the last, and back again from there."""
    there = [page_of(thing_model, order, "", size)]
    while there[-1].next_cursor:
        there.append(page_of(thing_model, order, there[-1].next_cursor, size))
    back = [there[-1]]
    while back[-1].previous_cursor:
        back.append(page_of(thing_model, order, back[-1].previous_cursor, size))
    return there, back[::-1]


def pks(pages: list[Page[Model]]) -> list[list[Any]]:
    return [[row.pk for row in page.rows] for page in pages]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    levels=st.lists(st.integers(0, 3), max_size=12),
    size=st.integers(1, 5),
    descending=st.booleans(),
)
def test_every_row_stands_on_exactly_one_page_there_and_back(
    thing_model: Things, levels: list[int], size: int, descending: bool
) -> None:
    thing_model.objects.all().delete()
    fill(thing_model, levels)
    there, back = walk(thing_model, by_level(descending=descending), size)
    rows = list(thing_model.objects.values_list("level", "pk"))
    expected = [pk for _, pk in sorted(rows, reverse=descending)]
    assert list(itertools.chain(*pks(there))) == expected
    assert pks(back) == pks(there)
    assert there[0].previous_cursor == back[0].previous_cursor == ""
    assert there[-1].next_cursor == ""


@pytest.mark.parametrize(
    "order",
    [
        Order("name", "name", descending=False, value=lambda row: str(row.name)),
        Order("length", Length("name"), descending=True, value=lambda row: int(row.page_key)),
        Order("amount", Coalesce("amount", -1), descending=True, value=lambda row: int(row.page_key)),
        Order(
            "tens of amounts",
            Coalesce("amount", -1),
            descending=True,
            value=lambda row: int(row.page_key),
            coarse=tens,
        ),
        Order("tens", "level", descending=False, value=lambda row: int(row.level), coarse=tens),
        Order("double", F("level") * 2, descending=False, value=lambda row: int(row.page_key)),
        Order("above", "parent__level", descending=True, value=lambda row: int(row.parent.level)),
    ],
    ids=lambda order: order.name,
)
def test_a_key_may_be_text_an_expression_or_lie_beyond_a_relation(thing_model: Things, order: Order) -> None:
    fill(thing_model, [5, 0, 12, 5, 7, 0, 100])
    thing_model.objects.update(parent=F("pk"))
    there, back = walk(thing_model, order, 2)
    plain = ordered(thing_model.objects.all(), order=replace(order, coarse=None))
    assert list(itertools.chain(*pks(there))) == [row.pk for row in plain]
    assert pks(back) == pks(there)


def test_what_cannot_be_seen_in_a_name_does_not_end_the_list(thing_model: Things) -> None:
    thing_model.objects.bulk_create(thing_model(name=f"a\u200b\u3000\n{n}", level=n) for n in range(5))
    by_name = Order(name="name", expression="name", descending=False, value=lambda row: str(row.name))
    there, _back = walk(thing_model, by_name, 2)
    assert [len(page.rows) for page in there] == [2, 2, 1]


def test_a_page_is_one_query(thing_model: Things, django_assert_num_queries: Any) -> None:
    fill(thing_model, [1, 2, 3])
    with django_assert_num_queries(1):
        page = page_of(thing_model, by_level(descending=True), "", 2)
    with django_assert_num_queries(1):
        page_of(thing_model, by_level(descending=True), page.next_cursor, 2)


def cursor_of(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "====",
        "AAAA",
        cursor_of(),
        cursor_of("name", True, False, 3, 1),
        cursor_of("level", False, False, 3, 1),
        cursor_of("level", True, 0, 3, 1),
        cursor_of("level", True, False, "three", 1),
        cursor_of("level", True, False, 3, "one"),
        cursor_of("level", True, False, True, 1),
        cursor_of("level", True, False, None, 1),
        cursor_of("level", True, False, 3, 10**40),
        cursor_of("level", True, False, "\0", 1),
        cursor_of("level", True, False, "\ud800", 1),
        cursor_of("level", True, False, [3], 1),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
        base64.urlsafe_b64encode(b"5").decode(),
    ],
)
def test_a_broken_or_foreign_cursor_gives_page_one(thing_model: Things, cursor: str) -> None:
    fill(thing_model, [1, 2, 3])
    for order in (by_level(descending=True), replace(by_level(descending=True), coarse=tens)):
        assert pks([page_of(thing_model, order, cursor, 2)]) == pks([page_of(thing_model, order, "", 2)])


def test_when_the_rows_around_a_cursor_are_gone_page_one_is_shown(thing_model: Things) -> None:
    fill(thing_model, [1, 2, 3, 4, 5, 6])
    order = by_level(descending=False)
    first = page_of(thing_model, order, "", 2)
    second = page_of(thing_model, order, first.next_cursor, 2)
    thing_model.objects.filter(level=2).delete()
    assert [row.level for row in page_of(thing_model, order, second.previous_cursor, 2).rows] == [1, 3]  # type: ignore[attr-defined]
    thing_model.objects.filter(level__gt=2).delete()
    assert [row.level for row in page_of(thing_model, order, first.next_cursor, 2).rows] == [1]  # type: ignore[attr-defined]


def test_an_empty_list_is_one_empty_page(thing_model: Things) -> None:
    assert page_of(thing_model, by_level(descending=True), "", 2) == Page([], "", "")


@pytest.mark.parametrize("rows, count", [(0, Count(0, False)), (3, Count(3, False)), (4, Count(3, True))])
def test_a_count_stops_at_its_cap(thing_model: Things, rows: int, count: Count) -> None:
    fill(thing_model, [1] * rows)
    assert capped_count(thing_model.objects.order_by("name"), cap=3) == count


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_capped_count_says_so(language: str) -> None:
    with translation.override(language):
        assert [str(Count(10_000, True)), str(Count(9_999, False))] == ["10,000+", "9,999"]
