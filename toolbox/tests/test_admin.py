"""Lists of the admin count no further than anybody reads."""

from typing import Any

from django.contrib import admin

from toolbox.admin import CappedPaginator, ReadOnly, shown
from toolbox.templatetags.formats import money


def test_counting_stops(thing_model: Any, django_assert_num_queries: Any) -> None:
    thing_model.objects.bulk_create([thing_model(level=n) for n in range(10_001)])
    paginator = CappedPaginator(thing_model.objects.order_by("pk"), 50)
    with django_assert_num_queries(1):
        assert (paginator.count, paginator.num_pages, str(paginator.counted)) == (10_000, 200, "10,000+")
    few = CappedPaginator(thing_model.objects.filter(level__lt=70).order_by("pk"), 50)
    assert (few.count, few.num_pages, str(few.counted)) == (70, 2, "70")


def test_what_is_only_looked_at_can_be_written_by_nobody(thing_model: Any) -> None:
    looked_at: ReadOnly[Any] = ReadOnly(thing_model, admin.site)
    asked: Any = object()
    assert looked_at.has_add_permission(asked) is False
    assert looked_at.has_change_permission(asked, None) is False
    assert looked_at.has_delete_permission(asked, thing_model()) is False


def test_a_column_in_its_unit(thing_model: Any) -> None:
    column = shown("parent__amount", "amount", money)
    assert column(None, thing_model(parent=thing_model(amount=123_450))) == "¥1,234.50"
    assert column(None, thing_model()) == "–"
