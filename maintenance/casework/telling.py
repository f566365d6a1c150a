"""How notices of cases read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _, ngettext

from accounts.models import Notice, User
from accounts.notices import Words, register
from maintenance.digest import MOST, Section, more
from maintenance.models import Case, Clock

ASSIGNED: Final = "case_assigned"
WARNING: Final = "case_warning"
RAN_OUT: Final = "case_ran_out"
WROTE: Final = "case_wrote"


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


def of_wrote(notices: Sequence[Notice], reader: User) -> dict[int, Words]:
    return {
        pk: words(
            case, _("%(customer)s wrote about a case") % named(case), f"{case.number} {case.request.subject}"
        )
        for pk, case in about(notices, reader).items()
    }


def moment(notice: Notice) -> str:
    return date_format(timezone.localtime(datetime.fromisoformat(notice.facts["due_at"])), "DATETIME_FORMAT")


def of_warnings(notices: Sequence[Notice], reader: User) -> dict[int, Words]:
    return of_clocks(
        notices,
        reader,
        response=(
            _("%(customer)s: answer %(number)s soon"),
            _("%(number)s %(subject)s: to be answered by %(moment)s."),
        ),
        solution=(
            _("%(customer)s: solve %(number)s soon"),
            _("%(number)s %(subject)s: to be solved by %(moment)s."),
        ),
    )


def of_run_out(notices: Sequence[Notice], reader: User) -> dict[int, Words]:
    return of_clocks(
        notices,
        reader,
        response=(
            _("%(customer)s: %(number)s is not answered in time"),
            _("%(number)s %(subject)s: was to be answered by %(moment)s."),
        ),
        solution=(
            _("%(customer)s: %(number)s is not solved in time"),
            _("%(number)s %(subject)s: was to be solved by %(moment)s."),
        ),
    )


def of_clocks(
    notices: Sequence[Notice], reader: User, *, response: tuple[str, str], solution: tuple[str, str]
) -> dict[int, Words]:
    """Title and text of each notice about a clock, by what the clock is for."""
    cases = about(notices, reader)
    found = {}
    for notice in notices:
        if case := cases.get(notice.pk):
            title, text = response if notice.facts["clock"] == Clock.Kind.RESPONSE else solution
            about_it = named(case) | {"moment": moment(notice)}
            found[notice.pk] = words(case, title % about_it, text % about_it)
    return found


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
    register(ASSIGNED, of_assigned)
    register(WARNING, of_warnings)
    register(RAN_OUT, of_run_out)
    register(WROTE, of_wrote)
    more.append(on_the_desk)
