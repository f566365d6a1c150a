"""Sheets that were imported, and what became of them. The files themselves are their senders'."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from customers.models import Import, SavedMapping
from toolbox.admin import ReadOnly


@admin.register(Import)
class ImportAdmin(ReadOnly[Import]):
    list_display = ("name", "kind", "state", "progress", "by", "created_at", "committed_at", "undone_at")
    list_filter = ("kind", "state", "created_at")
    list_select_related = ("by",)
    search_fields = ("name", "by__username", "by__display_name")
    ordering = ("-pk",)
    fields = (
        "name", "kind", "mode", "state", "progress", "reading", "mapping", "counts", "errors", "obstacles", "by", "created_at",
        "committed_at", "undone_at",
    )  # fmt: skip
    readonly_fields = ("progress",)

    @admin.display(description=_("progress"))
    def progress(self, row: Import) -> str:
        return f"{row.done} / {row.total}"


@admin.register(SavedMapping)
class SavedMappingAdmin(ReadOnly[SavedMapping]):
    list_display = ("name", "kind", "by", "is_shared", "saved_at")
    list_filter = ("kind", "is_shared")
    list_select_related = ("by",)
    search_fields = ("name", "by__username", "by__display_name")
    ordering = ("-pk",)
    fields = ("name", "kind", "columns", "is_shared", "by", "saved_at")
