"""The record of exports as a list of its own."""

from typing import Final

from django.http import QueryDict
from django.utils.translation import get_language, gettext as _, gettext_lazy

from accounts.exports.columns import choice, person, plain
from accounts.exports.lists import Column, Found, Listing, named
from accounts.forms import LogFilterForm
from accounts.models import Export, User
from toolbox.pages import Order

NEWEST: Final = Order("newest", "pk", descending=True, value=lambda export: export.pk)


def exports(user: User, query: QueryDict, _about: int | None = None) -> Found:
    form = LogFilterForm(query)
    return Found(form.narrowed(Export.objects.visible_to(user)).select_related("by"), NEWEST, form)


def columns() -> list[Column]:
    def words(said: dict[str, str]) -> str | None:
        return said.get(get_language() or "") or next(iter(said.values()), None)

    def name(key: str) -> str:
        listing = named(key)
        return str(listing.name) if listing else key

    return [
        plain("created_at", _("Exported at"), kind="datetime"),
        person("by", _("Exported by")),
        Column(key="list", name=_("List"), paths=("listing",), value=name, width=30),
        Column(key="filter", name=_("Filter"), paths=("words",), value=words, width=50),
        plain("rows", _("Rows"), "total", "integer"),
        Column(
            key="columns",
            name=_("Columns"),
            paths=("columns",),
            value=lambda keys: _(", ").join(keys),
            width=40,
        ),
        choice("format", _("Format"), Export.Format.choices),
        choice("state", _("State"), Export.State.choices),
    ]


LOG: Final = Listing(
    key="exports",
    name=gettext_lazy("Record of all exports"),
    page="accounts:export_log",
    find=exports,
    columns=columns,
    may="sees_all",
)
