"""What promises add to the checklist of a hand-over: what is owed, cases, surveys that wait for an answer."""

from dataclasses import replace

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _, gettext_lazy

from accounts.models import Department
from customers.handing import MOVES, Move, Part, of, parts, register
from customers.models import Handover
from maintenance.models import Case, CaseEvent, Invitation, MeetingTask, Obligation
from tiering.models import Aim


def owed(handover: Handover) -> QuerySet[Obligation]:
    """What sales owes: the account manager."""
    return of(Obligation, "due_on")(handover).open().for_department(Department.SALES)  # type: ignore[attr-defined,no-any-return]


def cases(handover: Handover) -> QuerySet[Case]:
    return of_customers(handover).order_by("due_at", "pk")


def of_customers(handover: Handover) -> QuerySet[Case]:
    customers = handover.handed.values("customer")
    return Case.objects.open().filter(request__customer__in=customers)


def waiting(handover: Handover) -> QuerySet[Invitation]:
    return of(Invitation, "sent_at")(handover).open(timezone.now())  # type: ignore[attr-defined,no-any-return]


def move_owed(move: Move) -> int:
    """Planning says the same soon; until then nobody is to be asked for it."""
    rows = Obligation.objects.open().filter(customer__in=move.customers, department=Department.SALES)
    return rows.update(assignee=move.taker)


def move_cases(move: Move) -> int:
    """Those that the predecessor had by name. Each keeps a step that says so."""
    if move.giver is None:
        return 0
    rows = Case.objects.open().filter(request__customer__in=move.customers, assignee=move.giver)
    held = list(rows.select_related("request").select_for_update(of=("self",)).order_by("pk"))
    Case.objects.filter(pk__in=[case.pk for case in held]).update(assignee=move.taker)
    CaseEvent.objects.bulk_create(
        CaseEvent(
            case=case,
            at=move.at,
            by=move.by,
            kind=CaseEvent.Kind.HAND_OVER,
            before=case.state,
            after=case.state,
            facts={
                "department": [case.department, case.department],
                "assignee": [move.giver.pk, move.taker.pk],
            },
        )
        for case in held
    )
    return len(held)


def with_meetings(aims: Part) -> Part:
    """Tasks of meetings about a customer are among its tasks, and go over with them."""

    def move(move: Move) -> int:
        theirs = Aim.objects.open().filter(customer__in=move.customers, assignee=move.giver)
        MeetingTask.objects.filter(aim__in=theirs.values("pk")).update(assignee=move.taker)
        return aims.move(move) if aims.move else 0

    return replace(aims, move=move)


def register_parts() -> None:
    register(
        with_meetings(parts["aims"]),
        Part(
            key="promises",
            name=gettext_lazy("Open promises of sales"),
            rows=owed,
            line=lambda row: (
                _("%(customer)s: %(promise)s, due on %(day)s")
                % {
                    "customer": row.customer.name,
                    "promise": row.promise.title,
                    "day": date_format(row.due_on),
                }
            ),
            with_names=("customer", "promise"),
            fate=MOVES,
            move=move_owed,
        ),
        Part(
            key="cases",
            name=gettext_lazy("Open cases"),
            rows=cases,
            line=lambda row: f"{row.number} {row.request.subject} · {row.request.customer.name}",
            with_names=("request__customer",),
            fate=gettext_lazy("those of the predecessor go over, the others stay where they are"),
            move=move_cases,
        ),
        Part(
            key="invitations",
            name=gettext_lazy("Surveys that wait for an answer"),
            rows=waiting,
            line=lambda row: f"{row.survey} · {row.customer.name}",
            with_names=("customer", "survey"),
        ),
    )
