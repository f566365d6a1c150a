"""Groups, as an administrator sees them; they are made and filled on their pages."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Group
from customers.models.group import GroupQuerySet
from toolbox.admin import ReadOnly


@admin.register(Group)
class GroupAdmin(ReadOnly[Group]):
    list_display = ("name", "description", "size", "created_by", "created_at")
    list_select_related = ("created_by",)
    search_fields = ("name", "description")
    ordering = ("name",)
    fields = ("name", "description", "size", "created_by", "created_at")
    readonly_fields = ("size",)

    def get_queryset(self, request: HttpRequest) -> Any:
        user = cast("User", request.user)
        return cast("GroupQuerySet", super().get_queryset(request)).visible_to(user).counted(user)

    @admin.display(description=_("customers"), ordering="members")
    def size(self, group: Group) -> int:
        count: int = group.members  # type: ignore[attr-defined]
        return count
