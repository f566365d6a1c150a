"""What this app itself has for the timeline: contacts, requests, notes, the profile, the team, hand-overs."""

from collections.abc import Sequence
from typing import Any, Final

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from accounts.models import Team, User
from customers import queries
from customers.models import (
    SEATS,
    Attachment,
    Channel,
    Customer,
    Handover,
    Interaction,
    Memo,
    Mention,
    Seat,
    ServiceRequest,
)
from customers.stream.sources import Said, Source, name_kind, register

History: Final = Customer.history.model
ICONS: Final = {
    Channel.PHONE: "phone",
    Channel.WECHAT: "brand-wechat",
    Channel.EMAIL: "mail",
    Channel.VISIT: "users",
}


def contacts(_user: User | None) -> QuerySet[Interaction]:
    return Interaction.objects.select_related("by")


def say_contacts(rows: Sequence[Interaction], _user: User) -> dict[int, Said]:
    return {
        row.pk: Said(
            title=row.get_channel_display(),
            text=row.note,
            icon=ICONS.get(Channel(row.channel), "message"),
            badge=row.get_topic_display() if row.topic else "",
            department=row.get_department_display(),
        )
        for row in rows
    }


def requests(_user: User | None) -> QuerySet[ServiceRequest]:
    return ServiceRequest.objects.select_related("opened_by", "resolved_by")


def resolved(user: User | None) -> QuerySet[ServiceRequest]:
    return requests(user).exclude(resolved_at=None)


def say_requests(rows: Sequence[ServiceRequest], _user: User) -> dict[int, Said]:
    return {
        row.pk: Said(
            title=_("Request: %(subject)s") % {"subject": row.subject},
            text=row.detail,
            icon="headset",
            department=row.get_department_display(),
            url=reverse("customers:facts", args=[row.customer_id, "requests"]),
        )
        for row in rows
    }


def say_resolved(rows: Sequence[ServiceRequest], _user: User) -> dict[int, Said]:
    return {
        row.pk: Said(
            title=_("Request closed: %(subject)s") % {"subject": row.subject},
            text=row.resolution,
            icon="check",
            department=row.get_department_display(),
        )
        for row in rows
    }


def memos(_user: User | None) -> QuerySet[Memo]:
    files = Prefetch("attachments", Attachment.objects.select_related("by", "deleted_by").order_by("pk"))
    mentions = Prefetch("mentions", Mention.objects.select_related("person").order_by("pk"))
    return Memo.objects.select_related("by").prefetch_related(files, mentions)


def say_memos(rows: Sequence[Memo], user: User) -> dict[int, Said]:
    return {
        row.pk: Said(
            title=_("Note to colleagues"),
            text=row.words,
            icon="notes",
            department=row.get_department_display(),
            files=[(file, file.may_be_deleted_by(user)) for file in row.attachments.all()],
            marks=[mention.person.name for mention in row.mentions.all()],
        )
        for row in rows
    }


def saves(_user: User | None) -> QuerySet[Any]:
    """Each with the id of the one before it."""
    before = History.objects.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id"))
    last = before.order_by("-history_id").values("history_id")[:1]
    rows: QuerySet[Any] = History.objects.select_related("history_user").annotate(before=Subquery(last))
    return rows


def say_saves(rows: Sequence[Any], _user: User) -> dict[int, Said]:
    """What changed with each save of the profile; nothing of one that changed nothing that is shown."""
    earlier = History.objects.in_bulk([row.before for row in rows if row.before], field_name="history_id")
    pairs = [(row, earlier.get(row.before)) for row in rows]
    users = [getattr(one, "owner_id", None) for pair in pairs for one in pair]
    teams = [getattr(one, "team_id", None) for pair in pairs for one in pair]
    names = {
        "owner": dict[Any, Any](User.objects.in_bulk({pk for pk in users if pk})),
        "team": dict[Any, Any](Team.objects.in_bulk({pk for pk in teams if pk})),
    }
    said = {}
    for row, was in pairs:
        if was is None:
            said[row.pk] = Said(title=_("Customer created"), icon="plus")
        elif lines := [
            f"{change.label}: {change.before} → {change.after}" for change in differences(was, row, names)
        ]:
            title = _("Profile edited")
            if was.archived_at is None and row.archived_at:
                title = _("Customer archived")
            elif was.archived_at and row.archived_at is None:
                title = _("Customer restored")
            said[row.pk] = Said(title=title, text="\n".join(lines), icon="edit")
    return said


def differences(was: Any, row: Any, names: dict[str, dict[Any, Any]]) -> list[queries.Change]:
    """As `queries.differences`, with the names of people and teams at hand."""
    found = []
    for change in row.diff_against(was, excluded_fields=["version"]).changes:
        if change.field == "archived_at":
            found.append(
                queries.Change(
                    _("archived"), _("no") if change.new else _("yes"), _("yes") if change.new else _("no")
                )
            )
            continue
        of = names.get(change.field)
        before, after = (
            str(of.get(value, "–")) if of is not None else queries.shown(state, change.field, value)
            for state, value in ((was, change.old), (row, change.new))
        )
        label = str(getattr(Customer._meta.get_field(change.field), "verbose_name", change.field))
        found.append(queries.Change(label, before, after))
    return found


def seated(_user: User | None) -> QuerySet[Seat]:
    return Seat.objects.select_related("by", "person", "ended_by")


def vacated(user: User | None) -> QuerySet[Seat]:
    return seated(user).exclude(until=None)


def say_seated(rows: Sequence[Seat], _user: User) -> dict[int, Said]:
    return {
        row.pk: Said(
            title=_("Service team: %(name)s serves as %(role)s")
            % {"name": row.person.name, "role": SEATS[row.department]},
            icon="users",
        )
        for row in rows
    }


def say_vacated(rows: Sequence[Seat], _user: User) -> dict[int, Said]:
    return {
        row.pk: Said(
            title=_("Service team: %(name)s no longer serves as %(role)s")
            % {"name": row.person.name, "role": SEATS[row.department]},
            icon="users",
        )
        for row in rows
    }


def handovers(_user: User | None) -> QuerySet[Handover]:
    return Handover.objects.select_related("giver", "taker", "by", "settled_by")


def settled(user: User | None) -> QuerySet[Handover]:
    return handovers(user).exclude(state=Handover.State.OPEN)


def _people(row: Handover) -> dict[str, str]:
    return {"giver": row.giver.name if row.giver else "–", "taker": row.taker.name}


def say_handovers(rows: Sequence[Handover], user: User) -> dict[int, Said]:
    seen = set(
        Handover.objects.visible_to(user).filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True)
    )
    return {
        row.pk: Said(
            title=_("Hand-over asked for: %(giver)s → %(taker)s") % _people(row),
            text=row.words if row.pk in seen else "",
            icon="arrow-right",
            url=reverse("customers:handover", args=[row.pk]) if row.pk in seen else "",
        )
        for row in rows
    }


def say_settled(rows: Sequence[Handover], _user: User) -> dict[int, Said]:
    titles = {
        Handover.State.ACCEPTED: _("Hand-over accepted: %(giver)s → %(taker)s"),
        Handover.State.DECLINED: _("Hand-over declined: %(giver)s → %(taker)s"),
        Handover.State.WITHDRAWN: _("Hand-over withdrawn: %(giver)s → %(taker)s"),
    }
    return {
        row.pk: Said(
            title=titles[Handover.State(row.state)] % _people(row), text=row.reason, icon="arrow-right"
        )
        for row in rows
    }


CONTACT, REQUEST, NOTE, PROFILE, TEAM = "contact", "request", "note", "profile", "team"


def register_own() -> None:
    name_kind(CONTACT, gettext_lazy("Contacts made"))
    name_kind(NOTE, gettext_lazy("Notes and files"))
    name_kind(REQUEST, gettext_lazy("Requests and cases"))
    name_kind(TEAM, gettext_lazy("Service team and hand-overs"))
    name_kind(PROFILE, gettext_lazy("Profile"))
    register(
        Source(
            key="contact", kind=CONTACT, rows=contacts, say=say_contacts, at="at", by="by",
            department="department", recorded="recorded_at",
        ),
        Source(
            key="memo", kind=NOTE, rows=memos, say=say_memos, at="at", by="by",
            department="department", recorded="recorded_at", notice="memo-",
        ),
        Source(
            key="request", kind=REQUEST, rows=requests, say=say_requests, at="opened_at", by="opened_by",
            department="department", recorded="recorded_at",
        ),
        Source(
            key="resolved", kind=REQUEST, rows=resolved, say=say_resolved, at="resolved_at", by="resolved_by",
            department="department",
        ),
        Source(key="seat", kind=TEAM, rows=seated, say=say_seated, at="since", by="by"),
        Source(key="seat-ended", kind=TEAM, rows=vacated, say=say_vacated, at="until", by="ended_by"),
        Source(
            key="handover", kind=TEAM, rows=handovers, say=say_handovers, at="at", by="by",
            customer="handed__customer",
        ),
        Source(
            key="handover-settled", kind=TEAM, rows=settled, say=say_settled, at="settled_at", by="settled_by",
            customer="handed__customer",
        ),
        Source(
            key="save", kind=PROFILE, rows=saves, say=say_saves, at="history_date", by="history_user",
            customer="id",
        ),
    )  # fmt: skip
