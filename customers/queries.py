"""Questions asked of one customer's facts for its page."""

from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Count, F, Q, QuerySet, Sum
from django.db.models.functions import Cast, ExtractYear
from django.utils.functional import Promise

from accounts.models import User
from customers import access
from customers.models import SEATS, Customer, Handover, Merge, Payment, Seat, ServiceRequest

SHOWN_EDITS = 100


def with_open_request(user: User) -> QuerySet[ServiceRequest, int]:
    """Ids of the customers that wait for an answer of the user's department."""
    waiting = ServiceRequest.objects.open().filter(department=user.department)
    return waiting.values_list("customer_id", flat=True)


def answers_open_request(customer: Customer) -> Q:
    """People of the departments for whose answer the customer waits."""
    waiting = ServiceRequest.objects.open().filter(customer=customer)
    return access.of_departments(waiting.values_list("department", flat=True))


def serves(customer: Customer) -> Q:
    """People of the customer's service team."""
    return Q(pk__in=list(Seat.objects.serving().filter(customer=customer).values_list("person", flat=True)))


def service_team(customer: Customer) -> list[tuple[Promise, Seat | None]]:
    """Every seat beside that of the account manager, taken or not."""
    taken = Seat.objects.taken().filter(customer=customer).select_related("person")
    seats = {seat.department: seat for seat in taken}
    return [(title, seats.get(department)) for department, title in SEATS.items()]


def open_handover(customer: Customer, user: User) -> Handover | None:
    """The one that waits, for whoever may see it."""
    rows = Handover.objects.visible_to(user).open().filter(handed__customer=customer)
    return rows.select_related("taker").first()


def amount_by_year(customer: Customer) -> list[dict[str, Any]]:
    """Net amount and number of orders per calendar year, the newest first."""
    years = customer.orders.order_by().annotate(year=ExtractYear("ordered_on")).values("year")
    sums = years.annotate(amount=Cast(Sum("amount"), BigIntegerField()), count=Count("pk"))
    return [dict(row) for row in sums.order_by("-year")[:6]]


@dataclass(frozen=True)
class Related:
    """A merge, the customer on its other side, and whether the reader may see that one."""

    merge: Merge
    customer: Customer
    is_visible: bool


def went_to(customer: Customer, user: User) -> Related | None:
    """Where a merged customer went."""
    if not customer.merged_into_id:
        return None
    merge = Merge.objects.standing().filter(gone=customer).select_related("keeper__owner", "by").first()
    if merge is None:
        return None
    is_visible = Customer.objects.visible_to(user).filter(pk=merge.keeper_id).exists()
    return Related(merge, merge.keeper, is_visible)


def came_from(customer: Customer, user: User) -> list[Related]:
    """Who went into this customer, the last one first."""
    merges = list(
        Merge.objects.standing().filter(keeper=customer).select_related("gone", "by").order_by("-at", "-pk")
    )
    if not merges:
        return []
    theirs = Customer.objects.visible_to(user).filter(pk__in=[merge.gone_id for merge in merges])
    seen = set(theirs.values_list("pk", flat=True))
    return [Related(merge, merge.gone, merge.gone_id in seen) for merge in merges]


def open_payments(customer: Customer) -> list[Payment]:
    return list(customer.payments.filter(paid_on=None).order_by("due_on")[:5])


def latest_requests(customer: Customer) -> QuerySet[ServiceRequest]:
    """The open ones, then those closed last. Where nothing stands would sort otherwise in either database."""
    newest = F("resolved_at").desc(nulls_first=True)
    return customer.servicerequests.select_related("resolved_by").order_by(newest, "-opened_at", "-pk")


@dataclass(frozen=True)
class Change:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Edit:
    by: str
    at: Any
    is_creation: bool
    changes: list[Change]


def edits(customer: Customer) -> list[Edit]:
    """What changed with each save of the profile, the newest first."""
    rows = list(
        customer.history.select_related("history_user").order_by("-history_date", "-history_id")[
            : SHOWN_EDITS + 1
        ]
    )
    found = []
    for new, old in zip(rows, [*rows[1:], None], strict=True):
        changes = differences(old, new) if old else []
        if not old or changes:
            by = new.history_user.name if new.history_user else ""
            found.append(Edit(by, new.history_date, new.history_type == "+", changes))
    return found[:SHOWN_EDITS]


def differences(old: Any, new: Any) -> list[Change]:
    delta = new.diff_against(old, excluded_fields=["version"], foreign_keys_are_objs=True)
    fields = Customer._meta
    return [
        Change(
            str(getattr(fields.get_field(change.field), "verbose_name", change.field)),
            shown(old, change.field, change.old),
            shown(new, change.field, change.new),
        )
        for change in delta.changes
    ]


def shown(row: Any, field: str, value: Any) -> str:
    display = getattr(row, f"get_{field}_display", None)
    if display:
        return str(display()) or "–"
    reader = {"industry": "industry_name", "province": "region_name", "city": "region_name"}.get(field)
    if reader:
        return str(getattr(Customer(**{field: value}), reader) or "–")
    return "–" if value in {None, ""} else str(value)


def last_edit(customer: Customer) -> Any:
    return customer.history.select_related("history_user").order_by("-history_date", "-history_id").first()


def as_of_version(customer: Customer, version: int | None) -> Any:
    """The profile as it stood at a version; None where no history row says."""
    return customer.history.filter(version=version).order_by("-history_id").first()
