"""How notices of promises read."""

from collections.abc import Sequence
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from accounts.models import Notice, User
from accounts.notices import Words, register
from maintenance.models import Obligation

HANDED_OVER: Final = "promises_handed"


def of_handed_over(notices: Sequence[Notice], reader: User) -> dict[int, Words]:
    """What the reader may still see of it, and still has to do."""
    pks = {pk for notice in notices for pk in notice.facts["promises"]}
    rows = Obligation.objects.visible_to(reader).open().filter(pk__in=pks, assignee=reader).with_names()
    open_now = {row.pk: row for row in rows}
    found = {}
    for notice in notices:
        own = [open_now[pk] for pk in notice.facts["promises"] if pk in open_now]
        if own:
            title = ngettext(
                "%(name)s handed you a promise", "%(name)s handed you %(count)s promises", len(own)
            )
            text = f"{own[0].promise.title} · {own[0].customer}"
            url = (
                reverse("maintenance:obligation", args=[own[0].pk])
                if len(own) == 1
                else reverse("maintenance:my_day")
            )
            found[notice.pk] = Words(
                title=title % {"name": notice.facts["by"], "count": len(own)},
                text=text if len(own) == 1 else _("%(first)s, and others") % {"first": text},
                url=url,
            )
    return found


def register_kinds() -> None:
    register(HANDED_OVER, of_handed_over, name=gettext_lazy("Promises handed to you"))
