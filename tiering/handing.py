"""What gradings add to the checklist of a hand-over: tiers set by hand, tasks, customers being nurtured."""

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _, gettext_lazy

from customers import scales
from customers.handing import Move, Part, of, register
from customers.models import Handover
from tiering.models import Aim, Candidate, Override

OWN_MOVE = gettext_lazy("those of the predecessor go over, the others stay where they are")


def by_hand(handover: Handover) -> QuerySet[Override]:
    rows: QuerySet[Override] = of(Override, "expires_on")(handover).in_force(timezone.localdate())  # type: ignore[attr-defined]
    return rows


def aims(handover: Handover) -> QuerySet[Aim]:
    rows: QuerySet[Aim] = of(Aim, "due_on")(handover).open()  # type: ignore[attr-defined]
    return rows


def taken_up(handover: Handover) -> QuerySet[Candidate]:
    return of(Candidate, "follow_up_on")(handover).filter(state=Candidate.State.TAKEN)


def move_aims(move: Move) -> int:
    rows = Aim.objects.open().filter(customer__in=move.customers, assignee=move.giver)
    return rows.update(assignee=move.taker)


def move_taken_up(move: Move) -> int:
    rows = Candidate.objects.filter(
        customer__in=move.customers, taken_by=move.giver, state=Candidate.State.TAKEN
    )
    return rows.update(taken_by=move.taker)


def register_parts() -> None:
    register(
        Part(
            key="overrides",
            name=gettext_lazy("Tiers set by hand"),
            rows=by_hand,
            line=lambda row: (
                _("%(customer)s: %(tier)s until %(day)s")
                % {"customer": row.customer.name, "tier": row.tier.label, "day": date_format(row.expires_on)}
            ),
            with_names=("customer", "tier"),
            prepare=lambda rows: scales.tell_from_all([row.tier for row in rows]),
        ),
        Part(
            key="aims",
            name=gettext_lazy("Open tasks"),
            rows=aims,
            line=lambda row: f"{date_format(row.due_on)} · {row.what} · {row.customer.name}",
            fate=OWN_MOVE,
            move=move_aims,
            follows=True,
        ),
        Part(
            key="nurture",
            name=gettext_lazy("Customers being nurtured"),
            rows=taken_up,
            line=lambda row: f"{row.customer.name}: {row.next_step}",
            fate=OWN_MOVE,
            move=move_taken_up,
        ),
    )
