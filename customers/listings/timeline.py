"""The whole story of a customer as its page tells it, entry by entry."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _, gettext_lazy

from accounts.exports.lists import Column, Found, Listing
from accounts.models import User
from customers.listings.book import as_subject
from customers.models import Customer
from customers.stream import Asked, how_many, kinds, page
from customers.stream.paging import Entry
from customers.teamwork_forms import StreamForm

AT_ONCE: Final = 500


@dataclass(frozen=True)
class Story:
    """The entries that are asked for, the newest first; read in stretches."""

    customer: Customer
    user: User
    asked: Asked

    def __len__(self) -> int:
        return how_many(self.customer, self.user, asked=self.asked)

    def __iter__(self) -> Iterator[Entry]:
        cursor = ""
        while True:
            found = page(self.customer, self.user, asked=self.asked, cursor=cursor, size=AT_ONCE)
            yield from found.rows
            cursor = found.next_cursor
            if not cursor:
                return


def story(user: User, query: QueryDict, about: int | None) -> Found:
    customer = get_object_or_404(Customer.objects.visible_to(user), pk=about)
    form = StreamForm(query)
    asked = form.asked()
    if asked is None:
        return Found([], filter=form, is_understood=False)
    return Found(Story(customer, user, asked), filter=form, about=as_subject(customer))


def columns() -> list[Column]:
    return [
        Column(key="at", name=_("When"), kind="datetime", value=lambda entry: entry.at),
        Column(key="kind", name=_("Kind"), value=lambda entry: str(kinds[entry.source.kind])),
        Column(key="title", name=_("What"), width=40, value=lambda entry: str(entry.said.title)),
        Column(key="text", name=_("In words"), width=60, value=lambda entry: str(entry.said.text)),
        Column(key="by", name=_("By"), value=lambda entry: entry.by.name if entry.by else ""),
        Column(key="department", name=_("Department"), value=lambda entry: entry.department),
        Column(
            key="files",
            name=_("Files"),
            value=lambda entry: _(", ").join(file.name for file, _may in entry.said.files),
        ),
    ]


TIMELINE: Final = Listing(
    key="customer-timeline",
    name=gettext_lazy("Timeline"),
    page="customers:timeline",
    of="pk",
    find=story,
    columns=columns,
)
