"""What the admin pages of every app have in common."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from toolbox.pages import Count, capped_count

M = TypeVar("M", bound=Model)

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator


class CappedPaginator(_Paginator):
    """Counts and pages no further than 10,000 rows: whoever looks for more searches or filters."""

    @cached_property
    def counted(self) -> Count:
        return capped_count(cast("QuerySet[Any]", self.object_list))

    @cached_property
    def count(self) -> int:
        return self.counted.value


class Guarded:
    """A permission of Django's says what one may look at; to write takes the role of administrator besides."""

    def has_add_permission(self, request: HttpRequest, *asked: Any) -> bool:
        return may_write(request) and super().has_add_permission(request, *asked)  # type: ignore[misc]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_write(request) and super().has_change_permission(request, obj)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_write(request) and super().has_delete_permission(request, obj)  # type: ignore[misc]


def may_write(request: HttpRequest) -> bool:
    return getattr(request.user, "may_administer", False)


class Admin(Guarded, admin.ModelAdmin[M]):
    """As fast over a million rows as over ten; each shows what its reader sees in the product."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        rows = super().get_queryset(request)
        visible_to = getattr(rows, "visible_to", None)
        return visible_to(request.user) if visible_to else rows

    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 500
    save_on_top = True


class ReadOnly(Admin[M]):
    """Looked at, never written: what happened, and what other pages write."""

    save_on_top = False
    actions = None

    def has_add_permission(self, *_asked: Any, **_more: Any) -> bool:
        return False

    def has_change_permission(self, *_asked: Any, **_more: Any) -> bool:
        return False

    def has_delete_permission(self, *_asked: Any, **_more: Any) -> bool:
        return False


def whether(field: str, title: StrPromise) -> type[admin.SimpleListFilter]:
    """A filter on whether a date or moment is set: `whether("paid_on", _("paid"))`."""

    class Whether(admin.SimpleListFilter):
        parameter_name = field

        def lookups(self, *_asked: Any) -> list[tuple[str, StrPromise]]:
            return [("yes", _("Yes")), ("no", _("No"))]

        def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            if self.value() not in {"yes", "no"}:
                return queryset
            return queryset.filter(**{f"{field}__isnull": self.value() == "no"})

    Whether.title = title
    return Whether


def titled(kind: type[admin.FieldListFilter], title: StrPromise) -> type[admin.FieldListFilter]:
    """A filter on a field whose own name is in English for everybody."""

    class Titled(kind):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self.title = title

    return Titled


def shown(field: str, label: str | StrPromise, by: Callable[[Any], object]) -> Callable[[Any, Any], object]:
    """A column that shows a field in its unit: `shown("amount", _("amount"), money)`."""

    @admin.display(description=label, ordering=field)
    def column(_admin: object, row: Any) -> object:
        for step in field.split("__"):
            row = getattr(row, step, None)
        return by(row)

    return column
