"""Merges and possible duplicates, to look at: they are judged, done and undone on their own pages."""

from django.contrib import admin

from customers.models import Duplicate, Merge
from toolbox.admin import ReadOnly


@admin.register(Merge)
class MergeAdmin(ReadOnly[Merge]):
    list_display = ("gone", "keeper", "at", "by", "undone_at", "undone_by")
    list_filter = ("at", "undone_at")
    list_select_related = ("gone", "keeper", "by", "undone_by")
    search_fields = ("gone__code", "gone__name", "keeper__code", "keeper__name")
    ordering = ("-pk",)
    fields = ("gone", "keeper", "at", "by", "moved", "fields", "undone_at", "undone_by", "left")


@admin.register(Duplicate)
class DuplicateAdmin(ReadOnly[Duplicate]):
    list_display = ("first", "second", "found_at", "dismissed_at", "dismissed_by")
    list_filter = ("dismissed_at",)
    list_select_related = ("first", "second", "dismissed_by")
    search_fields = ("first__code", "first__name", "second__code", "second__name")
    ordering = ("-pk",)
    fields = ("first", "second", "reasons", "amount", "found_at", "dismissed_at", "dismissed_by")
