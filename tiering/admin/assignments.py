"""Who is graded by which scheme, as an administrator sees it; it is changed on its page, after a look at the numbers."""

from django.contrib import admin

from tiering.models import Assignment
from toolbox.admin import ReadOnly


@admin.register(Assignment)
class AssignmentAdmin(ReadOnly[Assignment]):
    list_display = ("position", "kind", "group", "scheme")
    list_select_related = ("group", "scheme")
    ordering = ("position",)
    fields = ("position", "kind", "group", "scheme")
