"""Groups, as an administrator sees them; they are made and filled on their pages."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers.models import Group
from toolbox.admin import ReadOnly


@admin.register(Group)
class GroupAdmin(ReadOnly[Group]):
    list_display = ("name", "description", "size", "created_by", "created_at")
    list_select_related = ("created_by",)
    search_fields = ("name", "description")
    ordering = ("name",)
    fields = ("name", "description", "size", "created_by", "created_at")
    readonly_fields = ("size",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).annotate(size=Count("memberships"))

    @admin.display(description=_("customers"), ordering="size")
    def size(self, group: Group) -> int:
        count: int = group.size  # type: ignore[attr-defined]
        return count
