"""What people are told of their exports."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _, gettext_lazy

from accounts.exports.keeping import NOTICE
from accounts.exports.lists import named
from accounts.models import Export, Notice, User
from accounts.notices import Words, register


def of_ready(notices: Sequence[Notice], reader: User) -> dict[int, Words]:
    exports = Export.objects.made_by(reader).in_bulk([notice.facts["export"] for notice in notices])
    found = {}
    for notice in notices:
        export = exports.get(notice.facts["export"])
        listing = named(export.listing) if export else None
        if export and listing and export.expires_at:
            found[notice.pk] = Words(
                title=_("Your export is ready: %(list)s, %(rows)s rows")
                % {
                    "list": listing.name,
                    "rows": number_format(export.total, use_l10n=True, force_grouping=True),
                },
                text=_("The file is kept until %(until)s.")
                % {"until": date_format(localtime(export.expires_at), "DATETIME_FORMAT")},
                url=reverse("accounts:exports"),
            )
    return found


def register_kinds() -> None:
    register(NOTICE, of_ready, name=gettext_lazy("Exports that are ready"))
