"""Each Monday, or the first day that is worked after it, the leads open their meeting and close it. Nobody types anything;
what stands on it is compared with what happened since the last one, by the words of docs/meetings.md."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from accounts.models import Team
from tests.quarter import book
from tests.quarter.days import DAY
from tests.quarter.promised import PLAYBOOKS, Customer, What

if TYPE_CHECKING:
    from tests.quarter.life import Life

MOST = 20
"""Points of a section that are shown."""


class MeetingLife:
    def __init__(self, life: "Life") -> None:
        self.life = life
        self.closed: dict[str, datetime] = {}
        """When the last one ended, by team."""
        self.moved: list[tuple[datetime, str]] = []
        """When whose tier changed; who is graded for the first time has not moved."""

    def is_today(self, day: date) -> bool:
        monday = day - day.weekday() * DAY
        return self.life.office.works(day) and not any(
            self.life.office.works(monday + n * DAY) for n in range(day.weekday())
        )

    def hold(self) -> None:
        for team, lead in book.LEADS.items():
            self._hold(team, lead)

    def _hold(self, team: str, lead: str) -> None:
        life = self.life
        client = life.clients[lead]
        client.force_login(life.people[lead])
        begun = client.post("/meetings/open/", {"team": Team.objects.get(name=team).pk})
        address = begun["Location"]
        page = client.get(address)
        shown = {section["key"]: section for section in page.context["sections"]}
        if not life.lost:
            for key, ought in self._ought(team).items():
                self._compare(f"{lead}, {key}", shown[key], ought)
        client.post(f"{address}close/")
        self.closed[team] = life.now
        life.lived.counts["meetings"] += 1

    def _compare(self, about: str, section: dict[str, Any], ought: Counter[str]) -> None:
        found = Counter(line["line"].customer for line in section["lines"])
        total, count = ought.total(), found.total()
        if found - ought or count != min(total, MOST) or section["left_out"] != total - count:
            self.life.finding(
                f"{about}: {count} and {section['left_out']} more, not {total}; nothing is known of {found - ought}"
            )
        self.life.lived.counts["points"] += count

    def _ought(self, team: str) -> dict[str, Counter[str]]:
        """How many points each customer has."""
        life = self.life
        theirs = {
            code: one for code, one in life.customers.items() if one.team == team and not one.is_archived
        }
        since = self.closed.get(team, life.now - timedelta(days=7))
        broken = {code: list(self._broken(one, since.date())) for code, one in theirs.items()}
        coming = {code: list(self._coming(one)) for code, one in theirs.items()}
        cases = [case for case in life.cases.cases.values() if case.is_open and case.customer in theirs]
        return {
            "tasks": Counter(),
            "changes": Counter(
                name_of(code) for at, code in self.moved if since < at <= life.now and code in theirs
            ),
            "broken": Counter({name_of(code): len(days) for code, days in broken.items() if days}),
            "cases": Counter(name_of(case.customer) for case in cases),
            "dates": Counter({name_of(code): len(due) for code, due in coming.items() if due}),
        }

    def _broken(self, customer: Customer, since: date) -> Iterator[date]:
        """Since the last one, less what was excused."""
        open_ones = (owed.broken for owed in customer.owed.values())
        settled = (one.broken for one in customer.settled if one.state != "excused")
        for day in (*open_ones, *settled):
            if day and since < day <= self.life.today:
                yield day

    def _coming(self, customer: Customer) -> Iterator[What]:
        """Visits and occasions of next week, and tiers set by hand that end in it."""
        monday = self.life.today + (7 - self.life.today.weekday()) * DAY
        week = {monday + n * DAY for n in range(7)}
        for what, owed in customer.owed.items():
            promise = PLAYBOOKS[owed.tier][what]
            if (promise.by == "visit" or promise.occasion) and owed.day in week:
                yield what
        if self.life.by_hand_until.get(customer.code) in week:
            yield "by hand", ""


def name_of(code: str) -> str:
    return f"Customer {code}"
