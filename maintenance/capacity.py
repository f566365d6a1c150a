"""The hours that the playbooks require of people, by the tiers of a simulation, against those that they have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from accounts.models import SUPPORT, Department, Team, User
from maintenance.effort import NO_LOAD, Load, Work, hours_a_week
from maintenance.models import Playbook, Promise
from maintenance.often import often
from tiering.simulation.trying import Share, Trial

Hours = Mapping[tuple[int, str], Fraction]
"""A week for one customer, by tier and department."""


@dataclass(frozen=True)
class Line:
    """Of one person, or of all who belong together. No person: customers without account manager."""

    whose: User | Team | None
    load: Load


@dataclass(frozen=True)
class Capacity:
    people: list[Line]
    """Account managers; who is most over first."""
    teams: list[Line]
    departments: list[tuple[str, Load]]
    """Service, technical, logistics: their promises are the department's, nobody's in particular."""
    everybody: Load


def hours(on: date, *, as_of: date | None = None) -> Hours:
    """By the playbooks in force on a day, and by what is known of customers as of another, if that is said."""
    in_force = Playbook.objects.in_force(on)
    promises = Promise.objects.filter(is_active=True, playbook__in=in_force).select_related("playbook")
    return hours_of(list(promises), on=as_of or on)


def hours_of(promises: Sequence[Promise], *, on: date) -> Hours:
    times = often(promises, on=on)
    works: dict[tuple[int, str], list[Work]] = {}
    for promise in promises:
        work = Work(cadence=promise.cadence, minutes=promise.minutes, times=times.get(promise.pk))
        works.setdefault((promise.playbook.tier_id, promise.department), []).append(work)
    return {key: hours_a_week(own) for key, own in works.items()}


def capacity(trial: Trial, *, on: date) -> Capacity:
    per_customer = hours(on)
    trial = trial.with_everybody()
    shares = trial.by_owner(lambda **_words: "")
    people = [
        Line(share.whose, needed(share, per_customer, Department.SALES, capacity_of(share)))
        for share in shares
    ]
    return Capacity(
        people=sorted(people, key=lambda line: (line.load.capacity - line.load.then, str(line.whose))),
        teams=by_team(people),
        departments=[
            (str(department.label), of_department(trial, per_customer, department))
            for department in (Department.SERVICE, Department.TECHNICAL, Department.LOGISTICS)
        ],
        everybody=sum((line.load for line in people), NO_LOAD),
    )


def needed(share: Share, per_customer: Hours, department: str, available: int) -> Load:
    now = then = Fraction()
    for change in share.changes:
        one = per_customer.get((change.tier.pk if change.tier else 0, department), Fraction())
        now += change.count_before * one
        then += change.count * one
    return Load(now=now, then=then, capacity=available)


def capacity_of(share: Share) -> int:
    """Whoever left has none."""
    person = share.whose
    return person.weekly_hours if isinstance(person, User) and person.is_active else 0


def by_team(people: list[Line]) -> list[Line]:
    """Of the teams in which the account managers work. Members without customers have hours too."""
    teams = Team.objects.in_bulk(
        {line.whose.team_id for line in people if isinstance(line.whose, User)} - {None}
    )
    loads = dict.fromkeys(teams, NO_LOAD)
    for line in people:
        if isinstance(line.whose, User) and line.whose.team_id:
            loads[line.whose.team_id] += line.load
    return [Line(teams[pk], loads[pk]) for pk in sorted(teams, key=lambda pk: teams[pk].path)]


def of_department(trial: Trial, per_customer: Hours, department: Department) -> Load:
    available = hours_of_department(department)
    whole = Share(whose=None, changes=trial.whole(lambda **_words: ""), moved=0)
    return needed(whole, per_customer, department, available)


def hours_of_department(department: Department) -> int:
    roles = [role for role, own in SUPPORT.items() if own == department]
    return sum(User.objects.filter(is_active=True, role__in=roles).values_list("weekly_hours", flat=True))
