"""When cases run late and who is told, by the words of docs/cases.md and nothing else: a second computation."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from tests.quarter.days import DAY, SHANGHAI, Office

RESPONSE, SOLUTION = "response", "solution"
HOUR: Final = timedelta(hours=1)
PROMISED: Final[dict[str, dict[str, timedelta]]] = {
    "core": {RESPONSE: HOUR, SOLUTION: 8 * HOUR},
    "important": {RESPONSE: 2 * HOUR, SOLUTION: 24 * HOUR},
    "regular": {RESPONSE: 48 * HOUR},
    "potential": {},
}
"""Of an open office."""
WARNED: Final = (50, 75, 90)
"""Whoever has it at a half, the lead at three quarters, the directors at nine tenths."""
Told = tuple[str, int, str, str]
"""Who, of which case and clock, what."""


@dataclass
class Clock:
    length: timedelta
    due: datetime
    met: datetime | None = None
    broken: datetime | None = None
    told: set[int] = field(default_factory=set)
    """Which percents."""
    warned: set[str] = field(default_factory=set)
    """Who."""


@dataclass
class Case:
    pk: int
    customer: str
    tier: str
    office: Office
    opened: datetime
    has_it: tuple[str, ...]
    leads: tuple[str, ...]
    directors: tuple[str, ...]
    clocks: dict[str, Clock] = field(default_factory=dict)
    waiting: datetime | None = None
    is_open: bool = True
    answered: bool = False

    def __post_init__(self) -> None:
        for kind, length in PROMISED.get(self.tier, {}).items():
            self.clocks[kind] = Clock(length, self._after(self.opened, length))

    def _after(self, moment: datetime, length: timedelta) -> datetime:
        return self.office.when_open_for(self.office.open_until(moment) + length)

    def _left(self, clock: Clock, moment: datetime) -> timedelta:
        return self.office.open_until(clock.due) - self.office.open_until(moment)

    # What is done with it

    def step(self, step: str, at: datetime) -> None:
        if step in {"respond", "wait", "solve"}:
            self.answered = True
            self._meet(RESPONSE, at)
        if step == "wait":
            self._run_out(at)
            self.waiting = at
        elif step == "start":
            self._go_on(at)
        elif step == "solve":
            self._go_on(at)
            self._meet(SOLUTION, at)
            self.is_open = False
        elif step == "reopen":
            self.is_open = True
            clock = self.clocks.get(SOLUTION)
            if clock and clock.met and not clock.broken:
                clock.due = self._after(at, self._left(clock, clock.met))
            if clock:
                clock.met = None

    def _meet(self, kind: str, at: datetime) -> None:
        clock = self.clocks.get(kind)
        if clock and clock.met is None:
            if at > clock.due:
                clock.broken = clock.broken or clock.due
            clock.met = at

    def _go_on(self, at: datetime) -> None:
        """What was left when the waiting began is left when it ends."""
        if self.waiting:
            for clock in self.clocks.values():
                if clock.met is None and clock.broken is None and clock.due > self.waiting:
                    clock.due = self._after(at, self._left(clock, self.waiting))
            self.waiting = None

    def _run_out(self, at: datetime) -> None:
        for clock in self.clocks.values():
            if clock.met is None and at > clock.due:
                clock.broken = clock.broken or clock.due

    def rises(self, tier: str, at: datetime) -> None:
        """Less time from that moment on, never later than it was due; and the clock that the old tier had not."""
        if not self.is_open:
            return
        since = self.waiting or at
        self._run_out(since)
        for kind, length in PROMISED.get(tier, {}).items():
            clock = self.clocks.get(kind)
            if clock is None and (kind == SOLUTION or not self.answered):
                self.clocks[kind] = Clock(length, self._after(since, length))
            elif clock and not clock.met and not clock.broken and length < clock.length:
                clock.length, clock.due = length, min(clock.due, self._after(since, length))
        self.tier = tier

    def closes(self, day: date, at: datetime) -> None:
        """The office takes a day off that it meant to work: what is left of a clock is left all the same."""
        since = self.waiting or at
        running = [
            clock
            for clock in self.clocks.values()
            if self.is_open and not clock.met and not clock.broken and clock.due > since
        ]
        left = [self._left(clock, since) for clock in running]
        self.office.close(day)
        for clock, time in zip(running, left, strict=True):
            clock.due = self._after(since, time)
        self.office.open_again(day)

    # Each minute

    def tick(self, at: datetime) -> list[Told]:
        """What people are told that were not told before."""
        if not self.is_open or self.waiting:
            return []
        said: list[Told] = []
        for kind, clock in self.clocks.items():
            if clock.met or clock.broken:
                continue
            if at > clock.due:
                clock.broken = clock.due
                everybody = {*self.has_it, *self.leads, *self.directors}
                said += [(who, self.pk, kind, "over") for who in everybody]
                continue
            for percent, people in zip(WARNED, (self.has_it, self.leads, self.directors), strict=True):
                if percent not in clock.told and at > self._used(clock, percent):
                    clock.told.add(percent)
                    said += [(who, self.pk, kind, "warning") for who in people if who not in clock.warned]
                    clock.warned.update(people)
        return said

    def _used(self, clock: Clock, percent: int) -> datetime:
        """When so much of the time is used up; what falls on closing time is told when the office opens again."""
        left = clock.length * (100 - percent) / 100
        moment = self.office.when_open_for(self.office.open_until(clock.due) - left)
        if moment.time() == self.office.CLOSES:
            morning = self.office.on_or_after(moment.date() + DAY)
            moment = datetime.combine(morning, self.office.OPENS, SHANGHAI)
        return moment

    def moments(self) -> list[datetime]:
        """When there is something to tell."""
        if not self.is_open or self.waiting:
            return []
        found = []
        for clock in self.clocks.values():
            if not clock.met and not clock.broken:
                found += [clock.due, *(self._used(clock, percent) for percent in WARNED)]
        return found
