"""Living through the last quarters in their order: re-grades, what people decided, promises kept."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from django.utils import timezone

from accounts.models import User
from crm.demo import cases, feedback, meetings, money, promises, teamwork
from crm.demo.people import DIRECTOR
from crm.demo.rows import Book
from crm.demo.timeline import ONE_DAY, Timeline, moment
from customers import services as customers
from customers.models import Customer, Tier
from tiering import regrade, services as tiering
from tiering.models import Candidate, Override, Run, Scheme
from tiering.models.governing import Review
from tiering.nurture import listing
from tiering.reviewing.releasing import release
from toolbox.calendars import next_working_day, window_start

LEFT: Final = 2
A_QUARTER: Final = timedelta(days=92)
A_WEEK: Final = timedelta(days=7)
Happening = Callable[[datetime], None]
Event = tuple[datetime, Happening]


def live(book: Book, ids: dict[str, int], users: dict[str, User], *, today: date) -> None:
    """Every event at its own moment, oldest first."""
    written = timezone.now()
    clients = {ids[client.code]: client for client in book.clients}
    events = [
        *re_grades(today, by=users[DIRECTOR.username]),
        *decisions(book, ids, today=today, by=users[DIRECTOR.username]),
    ]
    first = rounds(today)
    for n in range(first, -1, -1):
        day = today - n * A_WEEK
        step = partial(promises.keep, clients, users, left=0 if n else LEFT) if n < first else promises.plan
        events.append((moment(day, 3), partial(at_dawn, step=step, today=day, written=written)))
    for at, event in sorted(events, key=lambda pair: pair[0]):
        event(at)
    promises.snooze(clients, users, today=today)
    cases.fill(users, today=today)
    money.say()
    wait_for_review(Scheme.objects.get(is_default=True), today=today, by=users[DIRECTOR.username])
    nurture(today=today)
    feedback.collect(clients, users, today=today)
    teamwork.fill(users, today=today)
    meetings.hold(users, today=today)


def rounds(today: date) -> int:
    """So many weeks in which promises are kept: the last closed quarter, and this one."""
    start = window_start(Timeline(today).closed, 3)
    return (today - start).days // A_WEEK.days


def nurture(*, today: date) -> None:
    """Found last night; since then one was taken up and one dismissed by their account managers."""
    yesterday = today - ONE_DAY
    listing.refresh(at=moment(yesterday, 4))
    waiting = list(Candidate.objects.for_list().order_by("customer__code", "rule"))
    if len(waiting) > 1:
        taken, dismissed = waiting[0], waiting[-1]
        at, until = moment(yesterday, 10), today + A_WEEK
        listing.take_up(taken, by=owner(taken), at=at, next_step=NEXT_STEP, follow_up_on=until)
        listing.dismiss(dismissed, by=owner(dismissed), at=at, words=DISMISSED)
    listing.refresh(at=moment(today, 0))


def owner(candidate: Candidate) -> User:
    assert candidate.customer.owner  # noqa: S101 - everybody in the demo has one
    return candidate.customer.owner


NEXT_STEP: Final = "约采购负责人来厂看新品样件，带上批量报价。"
DISMISSED: Final = "一次性项目备货，客户明确表示明年不再采购。"


def re_grades(today: date, *, by: User) -> list[Event]:
    return [
        (moment(end + ONE_DAY, 2), partial(grade, end=end, by=by)) for end in Timeline(today).quarter_ends
    ]


def decisions(book: Book, ids: dict[str, int], *, today: date, by: User) -> list[Event]:
    """What the director did with customers of the stories."""
    stories = {client.plot.course: ids[client.code] for client in reversed(book.clients) if client.plot.name}
    partner, mover, sold = stories["set by hand"], stories["steady"], stories["archived"]
    end, until = Timeline(today).closed, today + A_QUARTER

    def on(day: date, what: Happening) -> Event:
        return moment(next_working_day(day), 14), what

    return [
        on(
            end - 150 * ONE_DAY,
            partial(set_by_hand, pk=mover, tier="important", reason=PAUSE, until=until, by=by),
        ),
        on(end - 60 * ONE_DAY, partial(end_by_hand, pk=mover, by=by)),
        on(
            end - 45 * ONE_DAY,
            partial(set_by_hand, pk=partner, tier="core", reason=STRATEGIC, until=until, by=by),
        ),
        on(today - 34 * ONE_DAY, partial(archive, pk=sold, by=by)),
    ]


STRATEGIC: Final = "联合研发伙伴，新一代关节减速器项目由双方共同投入，先按核心客户维护。"
PAUSE: Final = "对方产线搬迁三个月，期间减少走访，暂按重要客户维护。"


def grade(at: datetime, *, end: date, by: User) -> None:
    """As the schedule would have, in the night after the quarter; the worker's part is done here."""
    scheme = Scheme.objects.get(is_default=True)
    run = regrade.start(scheme, as_of=end, trigger=Run.Trigger.SCHEDULE, at=at)
    regrade.work_off(run, clock=lambda: at)
    Run.objects.filter(pk=run.pk).update(created_at=at)
    if run.state == Run.State.REVIEW:  # a guard held it; the director looked and let it go
        release(run, by=by, at=at)
        regrade.work_off(run, clock=lambda: at)


def wait_for_review(scheme: Scheme, *, today: date, by: User) -> None:
    """The director wants to see who would move before the year ends, and from now on before anything is published."""
    Scheme.objects.filter(pk=scheme.pk).update(review=Review.WAIT)
    scheme.refresh_from_db()
    at = moment(today, 2)
    run = regrade.start(scheme, as_of=today - ONE_DAY, trigger=Run.Trigger.PERSON, at=at, by=by)
    regrade.work_off(run, clock=lambda: at)
    Run.objects.filter(pk=run.pk).update(created_at=at)


def at_dawn(_at: datetime, *, step: Callable[..., None], today: date, written: datetime) -> None:
    step(today=today, written=written)


def set_by_hand(at: datetime, *, pk: int, tier: str, reason: str, until: date, by: User) -> None:
    customer = Customer.objects.get(pk=pk)
    set_to = Tier.objects.get(scale="b2b", key=tier)
    tiering.set_by_hand(customer, tier=set_to, reason=reason, expires_on=until, by=by, at=at)


def end_by_hand(at: datetime, *, pk: int, by: User) -> None:
    for override in Override.objects.filter(customer=pk, ended_at=None):
        tiering.end_by_hand(override, by=by, at=at)


def archive(at: datetime, *, pk: int, by: User) -> None:
    """Its history says the day, too."""
    customer = Customer.objects.get(pk=pk)
    customer.archived_at = customer._history_date = at  # noqa: SLF001 - simple_history's own way
    customers.save_customer(customer, version=customer.version, by=by)
    Customer.objects.filter(pk=pk).update(updated_at=at)
