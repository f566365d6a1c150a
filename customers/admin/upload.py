"""What was sent, and what became of it. The files themselves are their senders'."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from customers.models import Upload
from toolbox.admin import ReadOnly


@admin.register(Upload)
class UploadAdmin(ReadOnly[Upload]):
    list_display = ("name", "kind", "state", "progress", "by", "created_at")
    list_filter = ("kind", "state", "created_at")
    list_select_related = ("by",)
    search_fields = ("name", "by__username", "by__display_name")
    ordering = ("-pk",)
    fields = ("name", "kind", "state", "progress", "options", "errors", "report", "by", "created_at")
    readonly_fields = ("progress",)

    @admin.display(description=_("progress"))
    def progress(self, upload: Upload) -> str:
        return f"{upload.done} / {upload.total}"
