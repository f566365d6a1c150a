"""Service teams, notes, files and hand-overs, to look at: they are written on their own pages."""

from django.contrib import admin

from customers.models import Attachment, Handover, Memo, Seat
from toolbox.admin import ReadOnly


@admin.register(Seat)
class SeatAdmin(ReadOnly[Seat]):
    list_display = ("customer", "department", "person", "since", "by", "until", "ended_by")
    list_filter = ("department", "until")
    list_select_related = ("customer", "person", "by", "ended_by")
    search_fields = ("customer__code", "customer__name", "person__username", "person__display_name")
    ordering = ("-pk",)


@admin.register(Memo)
class MemoAdmin(ReadOnly[Memo]):
    list_display = ("customer", "at", "by", "department", "words")
    list_filter = ("department", "at")
    list_select_related = ("customer", "by")
    search_fields = ("customer__code", "customer__name", "words")
    ordering = ("-pk",)


@admin.register(Attachment)
class AttachmentAdmin(ReadOnly[Attachment]):
    list_display = ("name", "customer", "media_type", "size", "by", "at", "deleted_at", "deleted_by")
    list_filter = ("media_type", "at", "deleted_at")
    list_select_related = ("customer", "by", "deleted_by")
    search_fields = ("name", "customer__code", "customer__name")
    ordering = ("-pk",)
    exclude = ("file",)


@admin.register(Handover)
class HandoverAdmin(ReadOnly[Handover]):
    list_display = ("giver", "taker", "state", "at", "by", "settled_at", "settled_by")
    list_filter = ("state", "at")
    list_select_related = ("giver", "taker", "by", "settled_by")
    search_fields = ("giver__username", "giver__display_name", "taker__username", "taker__display_name")
    ordering = ("-pk",)
