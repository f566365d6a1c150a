"""The agenda of a meeting for one reader: made as it is read, or as it stood when the meeting was closed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from accounts.models import User
from customers.models import Customer
from maintenance.meetings.sources import SECTION_OF, SECTIONS, SOURCES, Found, Frame
from maintenance.models import Case, Meeting, MeetingTask, Obligation, Point

MOST: Final = 20
"""Points in a section: nobody talks about more in a meeting. What is left out is counted, and there for a click."""
KEPT_FOR_GOOD: Final[dict[str, Any]] = {
    Point.Kind.CASE: Case,
    Point.Kind.BROKEN: Obligation,
    Point.Kind.DUE: Obligation,
    Point.Kind.TASK: MeetingTask,
}
"""Who sees such a point is asked of the row itself; of all others, of the customer."""


@dataclass(frozen=True, slots=True)
class Item:
    """A point with what was written on it so far."""

    kind: str
    subject: int
    customer: int | None
    facts: dict[str, Any]
    point: Point | None = None

    @property
    def key(self) -> tuple[str, int]:
        return self.kind, self.subject

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.subject}"


@dataclass(slots=True)
class Section:
    key: str
    items: list[Item] = field(default_factory=list)
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Agenda:
    sections: list[Section]

    @property
    def items(self) -> list[Item]:
        return [item for section in self.sections for item in section.items]


def agenda_of(meeting: Meeting, *, reader: User | None, at: datetime) -> Agenda:
    """`reader` None is the meeting's own, whoever looks: what is kept when it is closed."""
    if not meeting.is_open:
        return as_it_was(meeting, reader)
    frame = frame_of(meeting, reader, at)
    points = {(point.kind, point.subject): point for point in written(meeting, reader)}
    found = [live(frame, key) for key in SECTIONS]
    for section in found:
        section.items = [with_point(item, points.pop(item.key, None)) for item in section.items]
    for point in points.values():  # what has left the agenda since somebody wrote on it
        section = next(each for each in found if each.key == SECTION_OF[point.kind])
        section.items.append(kept(point))
    return Agenda(found)


def frame_of(meeting: Meeting, reader: User | None, at: datetime) -> Frame:
    return Frame.of(meeting, reader=reader, at=timezone.localtime(at), today=timezone.localdate(at))


def live(frame: Frame, key: str) -> Section:
    """The dates of next week come in the order of the days, whatever they are."""
    points: list[Found] = []
    count = 0
    for source in SECTIONS[key]:
        own = list(source.points(frame, most=MOST))
        count += len(own) if len(own) < MOST else source.rows(frame).order_by().count()
        points += own
    if len(SECTIONS[key]) > 1:
        points.sort(key=lambda point: (-amount(point), point.key))
        points = sorted(points[:MOST], key=lambda point: (point.facts["day"], -amount(point), point.key))
    items = [Item(point.kind, point.subject, pk_of(point.customer), point.facts) for point in points]
    return Section(key, items, left_out=count - len(items))


def pk_of(customer: Customer | None) -> int | None:
    return customer.pk if customer else None


def amount(point: Found) -> int:
    return (point.customer.standing.annual_amount or 0) if point.customer else 0


def one(meeting: Meeting, kind: str, subject: int, *, reader: User, at: datetime) -> Item | None:
    """A point that may be written on: on the agenda now, beyond its first ones too, or written on before."""
    source = SOURCES.get(kind)
    if source is None:
        return None
    point = next(
        iter(visible(Point.objects.filter(meeting=meeting, kind=kind, subject=subject), reader)), None
    )
    frame = frame_of(meeting, reader, at)
    found = next(source.points(frame, only=[subject], most=1), None) if meeting.is_open else None
    if found:
        return Item(kind, subject, pk_of(found.customer), found.facts, point)
    return kept(point) if point else None


def kept(point: Point) -> Item:
    return Item(point.kind, point.subject, point.customer_id, point.facts, point)


def with_point(item: Item, point: Point | None) -> Item:
    return Item(item.kind, item.subject, item.customer, item.facts, point)


def written(meeting: Meeting, reader: User | None) -> list[Point]:
    return visible(meeting.points.select_related("by"), reader)


def as_it_was(meeting: Meeting, reader: User | None) -> Agenda:
    points = visible(meeting.points.select_related("by").order_by("position", "pk"), reader)
    found = {key: Section(key, left_out=left_out(meeting, key, reader)) for key in SECTIONS}
    for point in points:
        found[SECTION_OF[point.kind]].items.append(kept(point))
    return Agenda(list(found.values()))


def left_out(meeting: Meeting, key: str, reader: User | None) -> int:
    """How many more there were is told to those who may see them all."""
    sees_them = reader is None or reader.sees_all or meeting.may_be_led_by(reader)
    return int(meeting.left_out.get(key, 0)) if sees_them else 0


def visible(points: Iterable[Point], reader: User | None) -> list[Point]:
    """Of a closed meeting, too, everybody reads what is theirs to see now: a few questions, however many points."""
    found = list(points)
    if reader is None or (reader.sees_all and reader.is_active):
        return found
    rest = {point.customer_id for point in found if point.customer_id and point.kind not in KEPT_FOR_GOOD}
    customers = (
        set(Customer.objects.visible_to(reader).filter(pk__in=rest).values_list("pk", flat=True))
        if rest
        else set()
    )
    own: set[tuple[str, int]] = set()
    for kind, model in KEPT_FOR_GOOD.items():
        if subjects := [point.subject for point in found if point.kind == kind]:
            rows = model.objects.visible_to(reader).filter(pk__in=subjects)
            own |= {(kind, pk) for pk in rows.values_list("pk", flat=True)}
    return [
        point
        for point in found
        if (
            (point.kind, point.subject) in own
            if point.kind in KEPT_FOR_GOOD
            else point.customer_id in customers
        )
    ]
