"""Lives a span of days as beat, people and customers would, and compares what is there with what ought to be."""

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from customers import services as customers
from customers.models import Customer as CustomerRow, Tier
from maintenance.models import CalendarOverride, Obligation
from maintenance.services import Replanned, replan
from tests.quarter import book, people
from tests.quarter.beat import Beat
from tests.quarter.caselife import CaseLife
from tests.quarter.comparing import Comparing
from tests.quarter.days import DAY, SHANGHAI, Office, between
from tests.quarter.mails import Post
from tests.quarter.meetinglife import MeetingLife
from tests.quarter.promised import Customer, What
from tiering import regrade
from tiering.models import Run, Scheme, TierChange
from tiering.services import set_by_hand


@dataclass(frozen=True)
class Span:
    """Days to live. On `up` some rise, on `down` they fall; the night after each shows it."""

    begins: date
    ends: date
    size: int
    up: date
    down: date
    day_off: date
    """Taken off by the office, which says so on the working day before."""
    cases_a_day: int = 2
    pinned: tuple[str, ...] = ()
    """When core customers open cases to which nobody responds."""


@dataclass
class Lived:
    findings: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    pinned: dict[str, str] = field(default_factory=dict)
    """When a case was opened, and when its response was marked as late."""


class Life:
    def __init__(self, span: Span) -> None:
        self.span, self.office, self.lived = span, Office(), Lived()
        self.people: dict[str, User] = book.make_people()
        levels = book.make_book(span.size, self.people, begins=span.begins, ends=span.ends)
        rows = CustomerRow.objects.select_related("owner", "team").order_by("code")
        self.ids = {row.code: row.pk for row in rows}
        self.customers = {row.code: known(row, self.office) for row in rows}
        self.movers = [code for code, level in levels.items() if level == "mover"][:10]
        self.by_hand = [code for code, level in levels.items() if level == "regular"][:4]
        self.by_hand_until: dict[str, date] = {}
        self.lost: set[str] = set()
        """Customers about whom there was a disagreement: what follows from it is no news."""
        self.comparing = Comparing(self)
        self.seen = 0
        self.beat = Beat()
        self.post = Post(self)
        self.cases = CaseLife(self)
        self.meetings = MeetingLife(self)
        self.events: list[tuple[datetime, int, Callable[[], None]]] = []
        self.numbers = count()
        self.clients = {name: Client() for name in self.people}
        self.now = datetime.combine(span.begins, time(), SHANGHAI)

    @property
    def today(self) -> date:
        return self.now.date()

    def finding(self, text: str, code: str = "") -> None:
        if code not in self.lost:
            self.lived.findings.append(f"{self.now:%Y-%m-%d %H:%M} {text}")
        if code:
            self.lost.add(code)

    # The days

    def live(self, *, tell: Callable[[date, list[str]], None] = lambda _day, _findings: None) -> Lived:
        """`tell` hears each day what was found on it."""
        with time_machine.travel(self.now, tick=False) as clock:
            for day in between(str(self.span.begins), str(self.span.ends)):
                found = len(self.lived.findings)
                self._ahead(day)
                while self.events and self.events[0][0].date() <= day:
                    moment, _number, happen = heapq.heappop(self.events)
                    self.now = max(self.now, moment)
                    clock.move_to(self.now)
                    happen()
                tell(day, self.lived.findings[found:])
        self.comparing.check_spread()
        self.lived.counts["customers"] = len(self.customers)
        return self.lived

    def at(self, moment: datetime, happen: Callable[[], None]) -> None:
        heapq.heappush(self.events, (moment, next(self.numbers), happen))

    def _ahead(self, day: date) -> None:
        """What the day will bring, as far as it is known at midnight."""
        on = on_day(day)
        for moment, task in self.beat.of_the_day(day):
            self.at(moment, lambda task=task: self._nightly(task))  # type: ignore[misc]
        for hour, minute in TICKS:
            self.at(on(hour, minute), self.tick)
        for hour, minute in AGAIN:
            self.at(on(hour, minute), self._late_messages)
        self.at(on(7, 50), self.comparing.morning)
        self.at(on(18, 30), self.comparing.everything)
        if self.office.works(day):
            self.at(on(9, 2), self._work)
        if self.meetings.is_today(day):
            self.at(on(9, 1), self.meetings.hold)
        for when, hour, minute, happen in self._what_else():
            if day == when:
                self.at(on(hour, minute), happen)
        self.cases.ahead(day)

    def _what_else(self) -> list[tuple[date, int, int, Callable[[], None]]]:
        span = self.span
        return [
            (span.up, 14, 0, lambda: self._judge_movers(rating=5, outlook=100)),
            (span.up, 14, 5, lambda: self._set_by_hand("important")),
            (span.down, 14, 0, lambda: self._judge_movers(rating=1, outlook=10)),
            (span.down, 14, 5, lambda: self._set_by_hand("regular")),
            (span.down + DAY, 12, 30, self._regrade),
            (self.office.on_or_before(span.day_off - DAY), 13, 0, self._take_a_day_off),
            (span.begins + 6 * DAY, 13, 10, self._give_away),
            (span.begins + 10 * DAY, 13, 20, self._archive),
            (span.begins + 16 * DAY, 13, 20, self._restore),
        ]

    def _nightly(self, task: str) -> None:
        self.beat.run(task)
        if task == "maintenance.tasks.sweep":
            self._plan(self.customers)
            again = replan(None, today=self.today)
            if again != Replanned():
                self.finding(f"a second night changes something: {again}")
        self._hear()

    def tick(self) -> None:
        """A minute passes, for whoever tells people something."""
        self.beat.minute()
        self._hear()
        self.cases.tick()
        self.post.look()

    def _late_messages(self) -> None:
        """Everything that runs each minute runs, and once more."""
        self.beat.minute(everything=True)
        self.tick()

    def _plan(self, codes: Any) -> None:
        for code in codes:
            if code not in self.lost:
                self.customers[code].plan(self.today)
                self.comparing.hear(code)

    # What people do

    def _work(self) -> None:
        """Everybody does what is to be done today, one thing after the other."""
        moments = (self.now + n * timedelta(seconds=41) for n in count(3))
        for code, customer in self.customers.items():
            if code in self.lost or customer.is_archived:
                continue
            for what, owed in list(customer.owed.items()):
                if deed := people.deed_for(customer, what, owed, self.today):
                    self.at(next(moments), lambda c=code, w=what, d=deed: self._do(c, w, d))  # type: ignore[misc]
            if customer.tier and (deed := people.contact_besides(customer, self.today)):
                self.at(next(moments), lambda c=code, d=deed: self._talk(c, "sales", d.channel))  # type: ignore[misc]

    def _do(self, code: str, what: What, deed: people.Deed) -> None:
        customer = self.customers[code]
        if code in self.lost or what not in customer.owed:
            return  # a contact kept it meanwhile
        if deed.verb == "contact":
            self._talk(code, what[1], deed.channel)
            return
        row = Obligation.objects.open().filter(customer=self.ids[code], key=what[0], department=what[1])
        found = row.values_list("pk", flat=True).first()
        if found is None:
            self.finding(f"{code} {what}: nothing is open", code)
            return
        said = {
            "complete": {"channel": deed.channel, "note": "Done."},
            "snooze": {"until": str(deed.until), "reason": "They asked for it."},
        }.get(deed.verb, {"reason": "Not this time."})
        self._send(self._who(customer, what[1], deed.verb), deed.verb, found, said, f"{code} {what}")
        if deed.verb == "complete":
            customer.complete(what, self.today, deed.channel)
        elif deed.verb == "snooze":
            assert deed.until
            customer.snooze(what, deed.until)
        else:
            customer.skip(what, self.today, {"skip": "skipped", "excuse": "excused"}[deed.verb])
        self.comparing.hear(code)
        self.lived.counts[deed.verb] += 1

    def _send(self, who: str, verb: str, pk: int, said: dict[str, str], about: str) -> None:
        """Over its page, as the person who does it."""
        client = self.clients[who]
        client.force_login(self.people[who])
        answer = client.post(reverse(f"maintenance:{verb}", args=[pk]), said)
        if answer.status_code != 302:
            self.finding(f"{about}: {who} may not {verb} ({answer.status_code})", about.split(maxsplit=1)[0])

    def _who(self, customer: Customer, department: str, verb: str) -> str:
        if verb == "excuse":
            return book.LEADS[customer.team] if department == "sales" else "dora"
        by_department = {department: name for name, department in book.DEPARTMENTS.items()}
        return by_department.get(department, customer.owner)

    def _talk(self, code: str, department: str, channel: str) -> None:
        customer = self.customers[code]
        who = self.people[self._who(customer, department, "")]
        row = CustomerRow.objects.get(pk=self.ids[code])
        customers.log_interaction(row, by=who, at=self.now, channel=channel, note="Talked.")
        customer.contact(self.today, department, channel)
        self.comparing.hear(code)
        self.lived.counts["contacts"] += 1

    # What else happens

    def _judge_movers(self, *, rating: int, outlook: int) -> None:
        for code in self.movers:
            book.judge(self.ids[code], self.people["adam"], on=self.today, rating=rating, outlook=outlook)

    def _set_by_hand(self, tier: str) -> None:
        for code in self.by_hand:
            row, to = CustomerRow.objects.get(pk=self.ids[code]), Tier.objects.get(scale="b2b", key=tier)
            until = self.by_hand_until[code] = self.today + 60 * DAY
            set_by_hand(row, tier=to, reason="Agreed.", expires_on=until, by=self.people["dora"], at=self.now)
        self._hear()

    def _regrade(self) -> None:
        scheme = Scheme.objects.get(is_default=True)
        dora = self.people["dora"]
        regrade.start(scheme, as_of=self.today - DAY, trigger=Run.Trigger.PERSON, at=self.now, by=dora)
        self._hear()

    def _take_a_day_off(self) -> None:
        CalendarOverride.objects.create(day=self.span.day_off, note="Outing")
        self.cases.closes(self.span.day_off)
        self.office.close(self.span.day_off)

    def _give_away(self) -> None:
        """Some of Ann's customers go to Deng, in the other team."""
        given = [code for code, customer in self.customers.items() if customer.owner == "ann"][:8]
        customers.assign(
            [self.ids[code] for code in given], by=self.people["dora"], owner=self.people["deng"]
        )
        for code in given:
            self.customers[code].owner, self.customers[code].team = "deng", "south"
        self._plan(given)
        self.comparing.everything()

    def _archive(self) -> None:
        gone = [code for code, customer in self.customers.items() if customer.owner == "bao"][:5]
        customers.archive([self.ids[code] for code in gone], by=self.people["dora"], at=self.now)
        for code in gone:
            self.customers[code].is_archived = True
        self._plan(gone)
        self.comparing.everything()

    def _restore(self) -> None:
        back = [code for code, customer in self.customers.items() if customer.is_archived]
        customers.restore([self.ids[code] for code in back], by=self.people["dora"])
        for code in back:
            self.customers[code].is_archived = False
        self._plan(back)

    def _hear(self) -> None:
        """Whose tier changed: what grades is another's to check, what follows is ours."""
        news = TierChange.objects.filter(pk__gt=self.seen).order_by("pk")
        for row in news.select_related("customer", "from_tier", "to_tier"):
            self.seen = row.pk
            customer, to = self.customers[row.customer.code], row.to_tier.key if row.to_tier else ""
            is_down = book_rank(to) > book_rank(customer.tier) >= 0
            until = self.today + book.GRACE_DAYS * DAY if is_down and row.run_id else None
            if (row.from_tier.key if row.from_tier else "", row.grace_until) != (customer.tier, until):
                self.finding(
                    f"{row.customer.code}: {row} until {row.grace_until}, not {until}", customer.code
                )
            if customer.tier:
                self.meetings.moved.append((row.changed_at, customer.code))
            self.lived.counts["fell" if is_down else "rose" if customer.tier else "graded first"] += 1
            customer.moves(to, grace_until=until)
            self._plan([customer.code])
            if not is_down:
                self.cases.rises(customer)


TICKS = ((6, 0), (7, 0), (8, 0), (9, 0), (12, 0), (18, 1))
AGAIN = ((8, 1), (15, 0))


def on_day(day: date) -> Callable[[int, int], datetime]:
    return lambda hour, minute: datetime.combine(day, time(hour, minute), SHANGHAI)


def known(row: CustomerRow, office: Office) -> Customer:
    assert row.owner
    assert row.team
    assert row.cooperation_since
    return Customer(row.code, row.owner.username, row.team.name, row.cooperation_since, office)


def book_rank(tier: str) -> int:
    order = ("core", "important", "regular", "potential")
    return order.index(tier) if tier else -1
