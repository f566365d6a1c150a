"""Opening a case, giving it to somebody, and what is written on it besides its steps."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Department, Role, User
from accounts.notices import News, tell
from customers.models import Contact, Customer, Seat, ServiceRequest
from customers.models.seat import ROLES
from customers.services import add_fact, save_fact
from maintenance.casework import clocks
from maintenance.casework.telling import ASSIGNED, POOL
from maintenance.casework.whose import who_has
from maintenance.models import Case, CaseEvent, Route


@transaction.atomic
def open_case(
    customer: Customer,
    *,
    kind: str,
    subject: str,
    detail: str = "",
    category: str = Case.Category.OTHER,
    topic: str = "",
    contact: Contact | None = None,
    department: str = "",
    assignee: User | None = None,
    by: User | None,
    at: datetime,
    source: str = Case.Source.PAGE,
) -> Case:
    """A new fact, and its clocks by the customer's tier. Where no department is said the rules say who answers."""
    if customer.archived_at:
        raise ValidationError(_("The customer is archived. Restore it first, then go on."))
    if not department:
        department, assignee = route(customer, kind=kind, category=category)
    request = ServiceRequest(
        customer=customer,
        subject=subject,
        detail=detail,
        topic=topic,
        department=department,
        opened_at=at,
        opened_by=by,
    )
    add_fact(request)  # its customer may have been merged meanwhile: then it is the survivor's
    promised = clocks.promised_to([request.customer_id], at=at).get(request.customer_id, clocks.NOTHING)
    case = Case.objects.create(
        request=request,
        kind=kind,
        category=category,
        source=source,
        contact=contact,
        assignee=assignee,
        tier_id=promised.tier,
    )
    clocks.start(case, promised, opened=at)
    case.save(update_fields=["due_at"])
    event = write(case, CaseEvent.Kind.OPEN, by=by, at=at, before="")
    _tell(case, event)
    return case


def route(customer: Customer, *, kind: str, category: str) -> tuple[str, User | None]:
    """Department and person, by the first rule that fits; sales and the account manager where none does.

    Of a supporting department whoever serves the customer comes before whom the rule names.
    """
    teams = [int(pk) for pk in customer.team.path.split("/") if pk] if customer.team else []
    fits = Q(Q(team=None) | Q(team__in=teams)) & Q(kind__in=["", kind]) & Q(category__in=["", category])
    rule = Route.objects.filter(fits).select_related("assignee").order_by("position", "pk").first()
    if rule is None:
        return Department.SALES, _active(customer.owner)
    if seat := Seat.objects.serving().filter(customer=customer, department=rule.department).first():
        return rule.department, seat.person
    if rule.assignee and people_for(customer, rule.department).filter(pk=rule.assignee.pk).exists():
        return rule.department, rule.assignee
    return rule.department, _active(customer.owner) if rule.department == Department.SALES else None


def _active(owner: User | None) -> User | None:
    return owner if owner and owner.is_active else None


def people_for(customer: Customer, department: str) -> QuerySet[User]:
    """Who can be given a case of the customer: of the department, and in sales of those who see the customer."""
    active = User.objects.filter(is_active=True)
    if department in ROLES:
        return active.filter(role=ROLES[department])
    teams = [int(pk) for pk in customer.team.path.split("/") if pk] if customer.team else []
    leads = Q(role=Role.TEAM_LEAD, team__in=teams) | Q(role=Role.DIRECTOR)
    return active.filter(Q(pk=customer.owner_id) | leads)


def write(
    case: Case,
    kind: str,
    *,
    by: User | None,
    at: datetime,
    before: str,
    words: str = "",
    facts: dict[str, Any] | None = None,
) -> CaseEvent:
    return CaseEvent.objects.create(
        case=case, at=at, by=by, kind=kind, before=before, after=case.state, words=words, facts=facts or {}
    )


@transaction.atomic
def note(case: Case, *, by: User, at: datetime, words: str) -> CaseEvent:
    return write(case, CaseEvent.Kind.NOTE, by=by, at=at, before=case.state, words=words)


@transaction.atomic
def hand_over(
    case: Case, *, department: str, assignee: User | None, by: User, at: datetime, words: str = ""
) -> Case:
    """To another department or person. The fact that gradings read is corrected, and a Correction keeps what it said."""
    row = (
        Case.objects.select_for_update(of=("self",)).select_related("request__customer__team").get(pk=case.pk)
    )
    if not row.is_open:
        raise ValidationError(_("It is solved: reopen it first."))
    if assignee and not people_for(row.customer, department).filter(pk=assignee.pk).exists():
        raise ValidationError({"assignee": _("Choose somebody of this department who sees the customer.")})
    facts: dict[str, list[Any]] = {
        "department": [row.department, department],
        "assignee": [row.assignee_id, assignee.pk if assignee else None],
    }
    if all(was == now for was, now in facts.values()):
        raise ValidationError(_("It is there already."))
    if row.department != department:
        row.request.department = department
        row.request = save_fact(row.request, changed=["department"], by=by)
    row.assignee = assignee
    row.save(update_fields=["assignee"])
    event = write(row, CaseEvent.Kind.HAND_OVER, by=by, at=at, before=row.state, words=words, facts=facts)
    _tell(row, event)
    return row


def _tell(case: Case, event: CaseEvent) -> None:
    """Whose it is by name, else once everybody who may take it. Who gave it to themselves, or there, knows it."""
    kind, key = (ASSIGNED, f"case-event-{event.pk}") if case.assignee_id else (POOL, f"case-{case.pk}-pool")
    people = sorted(who_has(case) - {event.by_id})
    tell(kind, [News(pk, key, {"case": case.pk}) for pk in people], at=event.at)
