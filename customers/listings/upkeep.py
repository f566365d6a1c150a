"""Lists by which the book is kept in order: groups, possible duplicates, merges, edits, files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _, gettext_lazy

from accounts.exports.columns import choice, person, plain
from accounts.exports.lists import Column, Found, Listing
from accounts.models import User
from customers import queries, services
from customers.listings.book import as_subject, money
from customers.listings.tiers import tier, tier_labels
from customers.models import Customer, Duplicate, Group, Merge, Upload
from customers.services import merging
from toolbox import pinyin
from toolbox.pages import Order
from toolbox.templatetags import formats

BY_AMOUNT: Final = Order("amount", "amount", descending=True, value=lambda row: row.amount)
NEWEST: Final = Order("newest", "at", descending=True, value=lambda row: row.at.isoformat())
NEWEST_FILE: Final = Order(
    "newest", "created_at", descending=True, value=lambda row: row.created_at.isoformat()
)
TOLD_APART: Final = "apart"


def groups(user: User) -> list[Group]:
    """As they are read; `members` are the customers whom the reader may see."""
    found = Group.objects.visible_to(user).counted(user).select_related("created_by")
    return sorted(found, key=lambda group: pinyin.sort_key(group.name))


@dataclass(frozen=True)
class GroupLine:
    group: Group
    use: str


def group_lines(user: User, _query: QueryDict, _about: int | None) -> Found:
    rows = groups(user)
    uses = services.uses_of(rows)
    return Found([GroupLine(row, str(uses[row.pk] or "")) for row in rows])


GROUPS: Final = Listing(
    key="groups",
    name=gettext_lazy("Groups"),
    page="customers:groups",
    find=group_lines,
    columns=lambda: [
        Column(key="name", name=_("Group"), value=lambda line: line.group.name, width=30),
        Column(key="description", name=_("Description"), value=lambda line: line.group.description, width=40),
        Column(key="customers", name=_("Customers"), value=lambda line: line.group.members, kind="integer"),
        Column(key="use", name=_("Used for"), value=lambda line: line.use, width=30),
        Column(
            key="made", name=_("Made"), value=lambda line: line.group.created_at, kind="datetime", width=20
        ),
        Column(key="made_by", name=_("Made by"), value=lambda line: line.group.created_by.name),
    ],
)


def is_apart(query: QueryDict) -> bool:
    return query.get("show") == TOLD_APART


def duplicates(user: User, query: QueryDict, _about: int | None = None) -> Found:
    """Those who may be one, the largest first; asked for, those who were told apart."""
    visible = Duplicate.objects.visible_to(user)
    rows = visible.exclude(dismissed_at=None) if is_apart(query) else visible.open()
    return Found(rows, BY_AMOUNT)


def why_alike(reasons: Sequence[dict[str, Any]]) -> str:
    return _("; ").join(said for reason in reasons if (said := in_words(reason)))


def in_words(reason: dict[str, Any]) -> str:
    match reason["kind"]:
        case "name":
            return _("The same name, but for spelling, place and legal form")
        case "similar":
            return _("Names alike to %(share)s") % {"share": formats.percent(reason["share"])}
        case "phone":
            return _("The same phone: %(what)s") % {"what": reason["what"]}
        case "email":
            return _("The same e-mail address: %(what)s") % {"what": reason["what"]}
        case _other:
            return ""


def duplicate_columns() -> list[Column]:
    label = tier_labels()

    def side(number: str, path: str) -> list[Column]:
        def named(column: str) -> str:
            return _("%(column)s (%(unit)s)") % {"column": column, "unit": number}

        return [
            plain(f"code_{number}", named(_("Customer code")), f"{path}__code", width=14),
            plain(f"name_{number}", named(_("Customer name")), f"{path}__name", width=36),
            tier(f"tier_{number}", named(_("Customer tier")), f"{path}__standing__tier", label),
            person(f"owner_{number}", named(_("Account manager")), f"{path}__owner"),
        ]

    return [
        *side("1", "first"),
        *side("2", "second"),
        money("amount", _("Annual amount")),
        Column(key="why", name=_("Why"), paths=("reasons",), value=why_alike, width=60),
        plain("found_at", _("Found at"), kind="datetime"),
        person("dismissed_by", _("Told apart by")),
        plain("dismissed_at", _("Told apart at"), kind="datetime"),
    ]


DUPLICATES: Final = Listing(
    key="duplicates",
    name=gettext_lazy("Possible duplicates"),
    page="customers:duplicates",
    find=duplicates,
    columns=duplicate_columns,
    may="may_edit_customers",
)


def merges(user: User, _query: QueryDict, _about: int | None = None) -> Found:
    rows = Merge.objects.visible_to(user).select_related("keeper", "gone", "by", "undone_by")
    return Found(rows, NEWEST)


def moved(counts: Any) -> str:
    return _("; ").join(f"{name} {count}" for name, count in merging.named(counts))


MERGES: Final = Listing(
    key="merges",
    name=gettext_lazy("Merges"),
    page="customers:merges",
    find=merges,
    columns=lambda: [
        plain("gone_code", _("Code of who went"), "gone__code", width=14),
        plain("gone", _("Who went"), "gone__name", width=36),
        plain("keeper_code", _("Code of who stayed"), "keeper__code", width=14),
        plain("keeper", _("Who stayed"), "keeper__name", width=36),
        plain("at", _("Merged at"), kind="datetime"),
        person("by", _("Merged by")),
        Column(key="moved", name=_("What moved"), paths=("moved",), value=moved, width=40),
        plain("undone_at", _("Undone at"), kind="datetime"),
        person("undone_by", _("Undone by")),
    ],
    may="may_edit_customers",
)


@dataclass(frozen=True)
class EditLine:
    """One field that was changed."""

    by: str
    at: datetime
    field: str
    before: str
    after: str


def edit_lines(user: User, _query: QueryDict, about: int | None) -> Found:
    customer = get_object_or_404(Customer.objects.visible_to(user), pk=about)
    rows = []
    for edit in queries.edits(customer):
        if edit.is_creation:
            rows.append(EditLine(edit.by, edit.at, _("Customer created"), "", ""))
        rows += [EditLine(edit.by, edit.at, one.label, one.before, one.after) for one in edit.changes]
    return Found(rows, about=as_subject(customer))


EDITS: Final = Listing(
    key="customer-edits",
    name=gettext_lazy("Edits of the profile"),
    page="customers:edits",
    of="pk",
    find=edit_lines,
    columns=lambda: [
        Column(key="at", name=_("When"), kind="datetime"),
        Column(key="by", name=_("By")),
        Column(key="field", name=_("Field")),
        Column(key="before", name=_("Before"), width=40),
        Column(key="after", name=_("After"), width=40),
    ],
)


def uploads(user: User, _query: QueryDict, _about: int | None = None) -> Found:
    return Found(sent(user), NEWEST_FILE)


def sent(user: User) -> QuerySet[Upload]:
    return Upload.objects.visible_to(user).select_related("by").defer("errors", "report")


UPLOADS: Final = Listing(
    key="files",
    name=gettext_lazy("Files sent"),
    page="customers:uploads",
    find=uploads,
    columns=lambda: [
        plain("name", _("File"), width=40),
        choice("kind", _("Kind"), Upload.Kind.choices),
        choice("state", _("State"), Upload.State.choices),
        plain("total", _("Rows"), kind="integer"),
        person("by", _("Sent by")),
        plain("created_at", _("Sent at"), kind="datetime"),
    ],
    may="may_edit_customers",
)
