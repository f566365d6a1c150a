"""What is owed to a customer, by the words of docs/promises.md and nothing else: a second computation."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from tests.quarter.days import DAY, MID_AUTUMN, SPRING_FESTIVAL, Office, months_later

SALES, SERVICE, TECHNICAL, LOGISTICS = "sales", "service", "technical", "logistics"
BEST_FIRST: Final = ("core", "important", "regular", "potential")
What = tuple[str, str]
"""What counts as the same across tiers, and the department."""


@dataclass(frozen=True)
class Promise:
    """Every so many weeks or months, else on an occasion. `by`: the channel; `contact`: a fitting contact keeps it."""

    grace: int
    weeks: int = 0
    months: int = 0
    occasion: str = ""
    by: str = ""
    contact: bool = False

    def later(self, day: date) -> date:
        return day + timedelta(weeks=self.weeks) if self.weeks else months_later(day, self.months)

    def half(self, due: date) -> timedelta:
        """Half of the interval that ends when it is due, in whole days."""
        before = due - timedelta(weeks=self.weeks) if self.weeks else months_later(due, -self.months)
        return (due - before).days // 2 * DAY


CALL = Promise(2, weeks=1, by="phone", contact=True)
MEETING = Promise(5, months=1, by="visit", contact=True)
PLAYBOOKS: Final[dict[str, dict[What, Promise]]] = {
    "core": {
        ("contact", SALES): CALL,
        ("meeting", SALES): MEETING,
        ("meeting", TECHNICAL): MEETING,
        ("meeting", SERVICE): MEETING,
        ("delivery", LOGISTICS): Promise(5, months=1),
        ("upkeep", TECHNICAL): Promise(10, months=3, by="visit"),
        ("training", TECHNICAL): Promise(10, months=6),
        ("workshop", SALES): Promise(10, months=6, by="visit"),
        ("salon", SALES): Promise(10, months=6),
        ("gift", SALES): Promise(5, occasion="festival"),
        ("anniversary", SALES): Promise(3, occasion="anniversary"),
    },
    "important": {
        ("contact", SALES): Promise(2, weeks=2, contact=True),
        ("meeting", SALES): Promise(10, months=3, by="visit", contact=True),
        ("survey", SERVICE): Promise(10, months=3),
        ("news", SALES): Promise(5, months=1),
        ("case_sharing", SALES): Promise(10, months=6),
        ("training", TECHNICAL): Promise(15, months=12),
        ("growth_plan", SALES): Promise(15, months=12),
    },
    "regular": {("meeting", SALES): Promise(15, months=12, by="visit", contact=True)},
    "potential": {("recommendation", SALES): Promise(5, months=1)},
}


@dataclass
class Owed:
    """`due` is None as long as it begins anew on a day of `window` that is ours to hear, not to reckon."""

    tier: str
    due: date | None
    opens: date
    first: date | None = None
    """Originally due."""
    broken: date | None = None
    window: tuple[date, ...] = ()
    before: "Owed | None" = None
    """What was owed by the lower tier, where that may be sooner."""

    def hears(self, due: date) -> None:
        self.due = self.first = due
        if self.before and due == self.window[-1]:
            self.opens = min(self.opens, self.before.opens)

    @property
    def day(self) -> date:
        assert self.due is not None
        return self.due

    @property
    def is_put_off(self) -> bool:
        return self.due != self.first


@dataclass
class Contact:
    day: date
    department: str
    channel: str
    used: set[What] = field(default_factory=set)


@dataclass
class Settled:
    """What became of one: done, skipped, excused or withdrawn, on a day."""

    what: What
    tier: str
    due: date
    state: str
    on: date
    broken: date | None


@dataclass
class Customer:
    code: str
    owner: str
    team: str
    anniversary: date
    office: Office
    tier: str = ""
    granted: list[tuple[str, date]] = field(default_factory=list)
    """A tier as which it is served for days of grace, and the last of them."""
    is_archived: bool = False
    owed: dict[What, Owed] = field(default_factory=dict)
    kept: dict[What, tuple[date, date]] = field(default_factory=dict)
    """When it was last kept, and the latest day for which."""
    contacts: list[Contact] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)

    # What happens to a customer

    def moves(self, tier: str, *, grace_until: date | None) -> None:
        if grace_until:
            self.granted.append((self.tier, grace_until))
        self.tier = tier

    def served_as(self, today: date) -> str:
        """In the days of grace after a downgrade the playbook of the tier before goes on, whatever comes next."""
        still = [tier for tier, until in self.granted if today <= until]
        return min([self.tier, *still], key=(*BEST_FIRST, "").index)

    def promised(self, today: date) -> dict[What, Promise]:
        return {} if self.is_archived else PLAYBOOKS.get(self.served_as(today), {})

    def plan(self, today: date) -> None:
        """Contacts are recognised, what is past its grace is broken, what is not promised any more goes, what is missing
        comes."""
        self._recognise(today)
        self._break(today)
        tier, promises = self.served_as(today), self.promised(today)
        before: dict[What, Owed] = {}
        for what, owed in list(self.owed.items()):
            if what in promises and owed.tier == tier:
                self._off_a_day_taken_off(owed, today)
                continue
            del self.owed[what]
            self._settle(what, owed, "withdrawn", today)
            is_up = tier in BEST_FIRST and BEST_FIRST.index(tier) < BEST_FIRST.index(owed.tier)
            if what in promises and is_up and not promises[what].occasion:
                before[what] = owed
        for what, promise in promises.items():
            if what not in self.owed:
                self.owed[what] = self._begin(what, promise, today, before.get(what))

    def _begin(self, what: What, promise: Promise, today: date, before: Owed | None) -> Owed:
        tier = self.served_as(today)
        kept = self.kept.get(what)
        if promise.occasion:
            after = max(today - DAY, *kept) if kept else today - DAY
            due = self._occasion(promise.occasion, after)
            return Owed(tier, due, due - 14 * DAY, due)
        if kept and (due := self.office.on_or_after(promise.later(kept[0]))) >= today:
            owed = Owed(tier, due, max(due - promise.half(due), kept[0] + DAY), due)
        else:
            last = promise.later(today)
            interval = (today + n * DAY for n in range(1, (last - today).days + 1))
            window = tuple(day for day in interval if self.office.works(day))
            owed = Owed(tier, None, today, None, None, window or (self.office.on_or_after(last),))
        if before:  # nothing comes later than it would have
            soonest = self.office.on_or_after(max(before.day, today))
            if owed.due is None and before.day <= owed.window[-1]:
                owed.window = (*(day for day in owed.window if day <= before.day), soonest)
                owed.before = before
            elif owed.due and before.day <= owed.due:
                owed.due = owed.first = soonest
                owed.opens = min(owed.opens, before.opens)
        return owed

    def _occasion(self, occasion: str, after: date) -> date:
        """A present ten working days before the festival; a greeting on the day itself, or the working day before it."""
        if occasion == "festival":
            days = [self.office.working_days_before(day, 10) for day in (SPRING_FESTIVAL, MID_AUTUMN)]
            days.append(date(2027, 1, 22))  # Spring Festival of 2027, by a calendar that is not announced
        else:
            born = self.anniversary
            years = (born.replace(day=28) if (born.month, born.day) == (2, 29) else born,) * 3
            days = [
                self.office.on_or_before(day.replace(year=year))
                for day, year in zip(years, (2026, 2027, 2028), strict=True)
            ]
        return next(day for day in sorted(days) if day > after)

    def _off_a_day_taken_off(self, owed: Owed, today: date) -> None:
        if owed.day >= today and not owed.is_put_off:
            owed.due = owed.first = self.office.on_or_after(owed.day)

    def _break(self, today: date) -> None:
        for what, owed in self.owed.items():
            self._note_broken(what, owed, today)

    def _note_broken(self, what: What, owed: Owed, today: date) -> None:
        promised = max(
            owed.day, owed.first or owed.day
        )  # who plans it for a day before that has its grace all the same
        first_day_after = promised + (PLAYBOOKS[owed.tier][what].grace + 1) * DAY
        if owed.broken is None and first_day_after <= today:
            owed.broken = first_day_after

    def _settle(self, what: What, owed: Owed, state: str, on: date) -> None:
        assert owed.first
        self.settled.append(Settled(what, owed.tier, owed.first, state, on, owed.broken))

    # What people do

    def contact(self, day: date, department: str, channel: str) -> None:
        self.contacts.append(Contact(day, department, channel))
        if self._recognise(day):
            self.plan(day)

    def complete(self, what: What, day: date, channel: str) -> None:
        self._keep(what, day)
        self.contacts.append(Contact(day, what[1], channel, {what}))
        self.plan(day)

    def skip(self, what: What, day: date, state: str) -> None:
        """Skipped or excused: the next one is planned from the day it was due."""
        owed = self.owed[what]
        self._note_broken(what, owed, day)
        self._remember(what, owed, owed.day)
        self._settle(what, self.owed.pop(what), state, day)
        self.plan(day)

    def snooze(self, what: What, until: date) -> None:
        self.owed[what].due = self.office.on_or_after(until)

    def _keep(self, what: What, day: date) -> None:
        owed = self.owed[what]
        self._note_broken(what, owed, day)
        self._remember(what, owed, day)
        self._settle(what, self.owed.pop(what), "done", day)

    def _remember(self, what: What, owed: Owed, day: date) -> None:
        assert owed.first
        on, due = self.kept.get(what, (day, owed.first))
        self.kept[what] = max(on, day), max(due, owed.first)

    def _recognise(self, today: date) -> bool:
        """One contact keeps everything that it fits, once of a kind; the first one counts."""
        found = False
        for what, owed in list(self.owed.items()):
            promise = PLAYBOOKS[owed.tier][what]
            fits = (
                contact
                for contact in self.contacts
                if promise.contact
                and contact.department == what[1]
                and promise.by in ("", contact.channel)
                and owed.opens <= contact.day <= today
                and what not in contact.used
            )
            if contact := next(fits, None):
                contact.used.add(what)
                self._keep(what, contact.day)
                found = True
        return found
