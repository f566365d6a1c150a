"""Cases opened, worked on and left alone, against the clocks of `tests.quarter.clocks`."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from accounts.models import Notice
from customers.models import Customer as CustomerRow
from maintenance import casework
from maintenance.models import Case as CaseRow, Clock as ClockRow
from tests.quarter import book, clocks, people
from tests.quarter.days import SHANGHAI
from tests.quarter.promised import Customer

if TYPE_CHECKING:
    from tests.quarter.life import Life

KINDS = ("case_warning", "case_ran_out")
MINUTE = timedelta(minutes=1)


class CaseLife:
    def __init__(self, life: "Life") -> None:
        self.life = life
        self.cases: dict[int, clocks.Case] = {}
        self.told: dict[clocks.Told, datetime] = {}
        self.noticed = self.missing = 0
        self.rung: set[datetime] = set()
        self.pinned: dict[int, str] = {}

    def ahead(self, day: date) -> None:
        life = self.life
        for text in life.span.pinned:
            moment = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
            if moment.date() == day:
                life.at(moment, self._open_pinned)
        for n in range(life.span.cases_a_day):
            minutes = people.drawn("case", day, n, of=600) + 8 * 60 + 30
            seconds = people.drawn("second", day, n, of=60)
            moment = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(
                minutes=minutes, seconds=seconds
            )
            if life.office.works(day) or n == 0:
                life.at(moment, lambda n=n: self._open_some(n))  # type: ignore[misc]
        self.ring()

    def _open_some(self, n: int) -> None:
        life = self.life
        graded = [
            one
            for one in life.customers.values()
            if one.tier and not one.is_archived and one.code not in life.lost
        ]
        if graded:
            customer = graded[people.drawn("whose", life.today, n, of=len(graded))]
            number = people.drawn("course", life.today, n, of=1_000)
            case = self._open(customer, people.KINDS[number % len(people.KINDS)])
            for step in people.course_of(life.now, number // 7, life.office):
                life.at(step.at, lambda pk=case.pk, step=step: self._step(pk, step.step))  # type: ignore[misc]

    def _open_pinned(self) -> None:
        life = self.life
        core = [one for one in life.customers.values() if one.tier == "core" and not one.is_archived]
        case = self._open(core[0], people.KINDS[0])
        self.pinned[case.pk] = f"{life.now:%Y-%m-%d %H:%M}"

    def _open(self, customer: Customer, kind: tuple[str, str, str]) -> clocks.Case:
        life = self.life
        row = CustomerRow.objects.get(pk=life.ids[customer.code])
        made = casework.open_case(
            row, kind=kind[0], category=kind[1], subject="A question", by=life.people["dora"], at=life.now
        )
        department = {department: name for name, department in book.DEPARTMENTS.items()}
        tier = customer.served_as(life.today)
        has_it = (department.get(kind[2], customer.owner),)
        case = clocks.Case(
            made.pk,
            customer.code,
            tier,
            life.office,
            life.now,
            has_it,
            (book.LEADS[customer.team],),
            ("dora",),
        )
        self.cases[made.pk] = case
        life.lived.counts["cases"] += 1
        self._compare(case)
        self.ring()
        return case

    def _step(self, pk: int, step: str) -> None:
        case, life = self.cases[pk], self.life
        words = {"cause": "product"} if step == "solve" else {}
        by = life.people[case.has_it[0]]
        casework.take(CaseRow.objects.get(pk=pk), step, by=by, at=life.now, words="Said.", **words)
        case.step(step, life.now)
        life.lived.counts["case steps"] += 1
        self._compare(case)
        self.ring()

    def rises(self, customer: Customer) -> None:
        for case in self.cases.values():
            if case.customer == customer.code:
                case.rises(customer.tier, self.life.now)
                self._compare(case)
        self.ring()

    def closes(self, day: date) -> None:
        for case in self.cases.values():
            case.closes(day, self.life.now)

    def ring(self) -> None:
        """The minutes of the day at which something is due are lived, and the ones after them."""
        for case in self.cases.values():
            for due in case.moments():
                for moment in (due, due + MINUTE):
                    if (
                        moment > self.life.now
                        and moment.date() == self.life.today
                        and moment not in self.rung
                    ):
                        self.rung.add(moment)
                        self.life.at(moment, self.life.tick)

    def tick(self) -> None:
        """Who is told of what at this minute, and what ran out."""
        life = self.life
        for case in self.cases.values():
            case.leads = (book.LEADS[life.customers[case.customer].team],)
            for told in case.tick(life.now):
                if told in self.told:
                    life.finding(f"the rules tell {told} twice")
                self.told[told] = life.now
        self._compare_notices()
        for case in self.cases.values():
            if case.moments() or life.now.hour == 18:
                self._compare(case)
        for pk, opened in self.pinned.items():
            if broken := self.cases[pk].clocks["response"].broken:
                life.lived.pinned[opened] = f"{broken.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        self.ring()

    def _compare_notices(self) -> None:
        """The same people, of the same clocks, at the same minute, and nobody besides."""
        life = self.life
        rows = Notice.objects.filter(pk__gt=self.noticed, kind__in=KINDS).order_by("pk")
        for row in rows.select_related("recipient"):
            self.noticed = row.pk
            told = (row.recipient.username, row.facts["case"], row.facts["clock"], row.key.split("-", 2)[2])
            if self.told.get(told) != row.at:
                life.finding(
                    f"{told} is told at {row.at:%m-%d %H:%M:%S}, ought to be at {self.told.get(told)}"
                )
            life.lived.counts["case notices"] += 1
        missing = len(self.told) - Notice.objects.filter(kind__in=KINDS).count()
        if missing > self.missing:
            untold = [told for told, at in self.told.items() if at == life.now]
            life.finding(f"somebody is not told, one of {untold[:5]}")
        self.missing = missing

    def _compare(self, case: clocks.Case) -> None:
        rows = ClockRow.objects.filter(case=case.pk).values_list("kind", "due_at", "met_at", "breached_at")
        is_ = {kind: (due, met, broken) for kind, due, met, broken in rows}
        ought = {kind: (clock.due, clock.met, clock.broken) for kind, clock in case.clocks.items()}
        if is_ != ought:
            self.life.finding(
                f"case {case.pk} of {case.customer} ({case.tier}, opened {case.opened}): {is_}, not {ought}"
            )
