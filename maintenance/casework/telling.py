"""How notices of cases read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from accounts import webhooks
from accounts.models import Notice, User
from accounts.notices import Words, register
from maintenance.digest import MOST, Section, more
from maintenance.models import Case, CaseEvent, Clock

ASSIGNED: Final = "case_assigned"
POOL: Final = "case_pool"
WARNING: Final = "case_warning"
RAN_OUT: Final = "case_ran_out"
WROTE: Final = "case_wrote"
REOPENED: Final = "case_reopened"


def about(notices: Sequence[Notice], reader: User) -> dict[int, Case]:
    """The cases that notices are about, by the notice's id; not those that the reader may no longer see."""
    seen = Case.objects.visible_to(reader).filter(pk__in=[notice.facts["case"] for notice in notices])
    found = seen.select_related("request__customer").in_bulk()
    return {n.pk: found[n.facts["case"]] for n in notices if n.facts["case"] in found}


def words(case: Case, title: str, text: str) -> Words:
    return Words(title=title, text=text, url=reverse("maintenance:case", args=[case.pk]))


def named(case: Case) -> dict[str, str]:
    return {"number": case.number, "customer": case.customer.name, "subject": case.request.subject}


def of_assigned(notices: Sequence[Notice], reader: User) -> dict[int, Words]:
    return {
        pk: words(
            case, _("%(customer)s: a case for you") % named(case), f"{case.number} {case.request.subject}"
        )
        for pk, case in about(notices, reader).items()
    }


def of_pool(notices: Sequence[Notice], reader: User) -> dict[int, Words]:
    return {
        pk: words(
            case,
            _("%(customer)s: a case for whoever takes it") % named(case),
            f"{case.number} {case.request.subject}",
        )
        for pk, case in about(notices, reader).items()
    }


def of_wrote(notices: Sequence[Notice], reader: User) -> dict[int, Words]:
    return {
        pk: words(
            case, _("%(customer)s wrote about a case") % named(case), f"{case.number} {case.request.subject}"
        )
        for pk, case in about(notices, reader).items()
    }


def of_reopened(notices: Sequence[Notice], reader: User) -> dict[int, Words]:
    """With what whoever reopened it said is not solved."""
    said = CaseEvent.objects.in_bulk([notice.facts["event"] for notice in notices])
    cases = about(notices, reader)
    return {
        notice.pk: words(
            case,
            _("%(customer)s: %(number)s is open again") % named(case),
            event.words or case.request.subject,
        )
        for notice in notices
        if (case := cases.get(notice.pk)) and (event := said.get(notice.facts["event"]))
    }


Sayings = dict[str, tuple[str, str]]
"""Title and text, by what the clock is for."""


def soon() -> Sayings:
    return {
        Clock.Kind.RESPONSE.value: (
            _("%(customer)s: answer %(number)s soon"),
            _("%(number)s %(subject)s: to be answered by %(moment)s."),
        ),
        Clock.Kind.SOLUTION.value: (
            _("%(customer)s: solve %(number)s soon"),
            _("%(number)s %(subject)s: to be solved by %(moment)s."),
        ),
    }


def over() -> Sayings:
    return {
        Clock.Kind.RESPONSE.value: (
            _("%(customer)s: %(number)s is not answered in time"),
            _("%(number)s %(subject)s: was to be answered by %(moment)s."),
        ),
        Clock.Kind.SOLUTION.value: (
            _("%(customer)s: %(number)s is not solved in time"),
            _("%(number)s %(subject)s: was to be solved by %(moment)s."),
        ),
    }


def of_clock(case: Case, facts: dict[str, Any], sayings: Sayings) -> Words:
    due_at = timezone.localtime(datetime.fromisoformat(facts["due_at"]))
    title, text = sayings[facts["clock"]]
    about_it = named(case) | {"moment": date_format(due_at, "DATETIME_FORMAT")}
    return words(case, title % about_it, text % about_it)


def of_warnings(notices: Sequence[Notice], reader: User) -> dict[int, Words]:
    return of_clocks(notices, reader, soon())


def of_run_out(notices: Sequence[Notice], reader: User) -> dict[int, Words]:
    return of_clocks(notices, reader, over())


def of_clocks(notices: Sequence[Notice], reader: User, sayings: Sayings) -> dict[int, Words]:
    cases = about(notices, reader)
    return {
        notice.pk: of_clock(case, notice.facts, sayings)
        for notice in notices
        if (case := cases.get(notice.pk))
    }


# Outside


def warning_outside(facts: dict[str, Any]) -> Words | None:
    """Of a clock that still runs: what was done meanwhile, or is over, needs no warning."""
    running = Clock.objects.running().filter(case=facts["case"], kind=facts["clock"], breached_at=None)
    return outside(facts, soon()) if running.exists() else None


def run_out_outside(facts: dict[str, Any]) -> Words | None:
    return outside(facts, over())


def outside(facts: dict[str, Any], sayings: Sayings) -> Words | None:
    case = Case.objects.select_related("request__customer").filter(pk=facts["case"]).first()
    return of_clock(case, facts, sayings) if case else None


# In the daily summary


def on_the_desk(reader: User, _since: datetime, now: datetime) -> Section | None:
    """For the daily summary: what is open on one's desk, and for whoever leads what is late besides."""
    visible = Case.objects.visible_to(reader)
    mine = visible.on_the_desk_of(reader)
    rows = visible.filter(pk__in=mine.values("pk")) | visible.late(now) if reader.may_assign else mine
    count = rows.count()
    if not count:
        return None
    late = rows.filter(pk__in=visible.late(now).values("pk")).count()
    title = ngettext(
        "%(count)s case is open, %(late)s late", "%(count)s cases are open, %(late)s late", count
    )
    first = rows.select_related("request__customer").order_by(F("due_at").asc(nulls_last=True), "pk")[:MOST]
    lines = [line_of(case) for case in first]
    if count > MOST:
        lines.append(_("… and more"))
    return Section(title % {"count": count, "late": late}, lines, reverse("maintenance:my_cases"))


def line_of(case: Case) -> str:
    if case.due_at is None:
        return _("%(number)s %(customer)s: %(subject)s") % named(case)
    due = date_format(timezone.localtime(case.due_at), "SHORT_DATETIME_FORMAT")
    return _("%(number)s %(customer)s: %(subject)s, due %(due)s") % (named(case) | {"due": due})


def register_kinds() -> None:
    running_out, ran_out = (
        gettext_lazy("Cases whose time runs out"),
        gettext_lazy("Cases whose time has run out"),
    )
    register(ASSIGNED, of_assigned, name=gettext_lazy("Cases given to me"))
    register(
        POOL, of_pool, name=gettext_lazy("New cases that anybody of my department can take"), mailed=False
    )
    register(WROTE, of_wrote, name=gettext_lazy("Customers who write about my cases"))
    register(REOPENED, of_reopened, name=gettext_lazy("Cases of mine that are opened again"))
    register(WARNING, of_warnings, name=running_out)
    register(RAN_OUT, of_run_out, name=ran_out)
    webhooks.register(WARNING, running_out, warning_outside)
    webhooks.register(RAN_OUT, ran_out, run_out_outside)
    more.append(on_the_desk)
