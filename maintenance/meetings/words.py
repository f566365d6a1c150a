"""A point in the reader's words, from what is kept of it: the same for the page, the e-mail and the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext as _, ngettext

from accounts.models import Department
from customers import scales
from customers.models import Contact, Tier
from maintenance.meetings.agenda import Item
from maintenance.meetings.sources import SECTION_OF
from maintenance.models import Case, Obligation, Point
from tiering import reasons
from tiering.models import TierChange

Kind = Point.Kind


@dataclass(frozen=True, slots=True)
class Line:
    item: Item
    customer: str
    tier: Tier | None
    text: str
    why: str
    who: str
    url: str
    is_bad: bool

    @property
    def title(self) -> str:
        return f"{self.customer}: {self.text}" if self.customer else self.text


def lines(items: Sequence[Item]) -> list[Line]:
    """A few questions, however many points."""
    named = {item.facts.get(key) for item in items for key in ("tier", "from", "to", "set_to")}
    tiers = Tier.objects.in_bulk([pk for pk in named if pk])
    scales.tell_apart(tiers.values())
    changes = {
        row.pk: row for row in TierChange.objects.filter(pk__in=subjects(items, Kind.CHANGE)).with_reasons()
    }
    contacts = dict(Contact.objects.filter(pk__in=subjects(items, Kind.BIRTHDAY)).values_list("pk", "name"))
    return [line(item, tiers, changes, contacts) for item in items]


def subjects(items: Sequence[Item], kind: str) -> list[int]:
    return [item.subject for item in items if item.kind == kind]


def line(
    item: Item, tiers: dict[int, Tier], changes: dict[int, TierChange], contacts: dict[int, str]
) -> Line:
    facts = item.facts
    change = changes.get(item.subject) if item.kind == Kind.CHANGE else None
    return Line(
        item=item,
        customer=facts.get("customer", ""),
        tier=tiers.get(facts.get("tier") or 0),
        text=said(item, tiers, contacts),
        why=reasons.why(change) if change else state_of(item),
        who=who(facts),
        url=url_of(item),
        is_bad=is_bad(item, tiers),
    )


def said(item: Item, tiers: dict[int, Tier], contacts: dict[int, str]) -> str:
    facts = item.facts

    def tier(key: str) -> str:
        found = tiers.get(facts.get(key) or 0)
        return found.label if found else _("Not yet graded")

    match item.kind:
        case Kind.TASK:
            words = str(facts["what"])
        case Kind.CHANGE:
            words = f"{tier('from')} → {tier('to')}"
        case Kind.CASE:
            words = f"{facts['number']} {facts['subject']}"
        case Kind.BROKEN | Kind.DUE:
            words = title(facts)
        case Kind.DAY:
            words = str(facts["label"])
        case Kind.BIRTHDAY:
            name = contacts.get(item.subject)
            words = _("Birthday of %(name)s") % {"name": name} if name else _("Birthday of a contact")
        case Kind.CONTRACT:
            words = _("Contract %(number)s ends") % {"number": facts["number"]}
        case _:
            words = _("“%(tier)s”, set by hand, ends") % {"tier": tier("set_to")}
    return f"{day(facts)} {words}" if SECTION_OF[item.kind] == "dates" else words


def state_of(item: Item) -> str:
    """How it stands, or stood when the meeting was closed."""
    states = {Kind.TASK: of_task, Kind.BROKEN: of_broken, Kind.CASE: of_case}
    return states[Kind(item.kind)](item.facts) if item.kind in states else ""


def of_task(facts: dict[str, Any]) -> str:
    if facts["done"]:
        return _("Done on %(day)s") % {"day": moment(facts["done"], "DATE_FORMAT")}
    return _("Open, due on %(day)s") % {"day": day(facts)}


def of_broken(facts: dict[str, Any]) -> str:
    if facts["late"]:
        words = ngettext("%(count)s day late", "%(count)s days late", facts["late"])
        late = words % {"count": facts["late"]}
        return _("Was due on %(day)s, %(late)s") % {"day": day(facts), "late": late}
    state = Obligation.State(facts["state"]).label
    return _("Was due on %(day)s, by now: %(state)s") % {"day": day(facts), "state": state}


def of_case(facts: dict[str, Any]) -> str:
    state = str(Case.State(facts["state"]).label)
    if not facts["due_at"]:
        return state
    words = _("%(state)s, was due %(due)s") if facts["late"] else _("%(state)s, due %(due)s")
    return words % {"state": state, "due": moment(facts["due_at"], "SHORT_DATETIME_FORMAT")}


def title(facts: dict[str, Any]) -> str:
    return str(facts["zh" if (get_language() or "").startswith("zh") else "en"])


def day(facts: dict[str, Any]) -> str:
    return date_format(date.fromisoformat(facts["day"]))


def moment(text: str, how: str) -> str:
    return date_format(timezone.localtime(datetime.fromisoformat(text)), how)


def who(facts: dict[str, Any]) -> str:
    """Whose it is to do; where nobody is named the department, and where none is the account manager."""
    if facts.get("who"):
        return str(facts["who"])
    if facts.get("department"):
        return str(Department(facts["department"]).label)
    return str(facts.get("owner", ""))


def is_bad(item: Item, tiers: dict[int, Tier]) -> bool:
    facts = item.facts
    if item.kind == Kind.CHANGE:
        before, after = (tiers.get(facts.get(key) or 0) for key in ("from", "to"))
        return bool(before and after and before.step_to(after) == -1)
    return bool(item.kind == Kind.CASE and facts["late"]) or item.kind == Kind.BROKEN


def url_of(item: Item) -> str:
    match item.kind:
        case Kind.TASK:
            return reverse("maintenance:meeting", args=[item.facts["meeting"]])
        case Kind.CHANGE:
            return reverse("tiering:change", args=[item.subject])
        case Kind.BROKEN | Kind.DUE:
            return reverse("maintenance:obligation", args=[item.subject])
        case Kind.CASE:
            return reverse("maintenance:case", args=[item.subject])
        case _:
            return reverse("customers:detail", args=[item.customer])
