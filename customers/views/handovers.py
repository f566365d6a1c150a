"""Hand-overs: asked for, talked through line by line, accepted."""

from collections.abc import Sequence
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django_stubs_ext import StrPromise

from accounts.http import Request, once, only
from accounts.models import User
from customers import handing, services
from customers.models import Customer, Handover
from customers.models.handover import Step
from customers.services.handing_over import owned_by
from customers.teamwork_forms import BookForm, HandoverForm, ReasonForm
from customers.views.seen import visible
from toolbox.pages import Order, keyset_page

NEWEST = Order("newest", "at", descending=True, value=lambda row: row.at.isoformat())
SHOWN = 50
SAID: Final[dict[str, StrPromise]] = {
    Step.ACCEPT: gettext_lazy("Accepted. The customers are yours now."),
    Step.DECLINE: gettext_lazy("Declined. Everything stays as it was."),
    Step.WITHDRAW: gettext_lazy("Withdrawn. Everything stays as it was."),
}


def index(request: Request) -> HttpResponse:
    """Those that concern the reader: what waits first."""
    rows = (
        Handover.objects.visible_to(request.user)
        .select_related("giver", "taker", "by")
        .annotate(customers=Count("handed"))
    )
    state = request.GET.get("state", "")
    if state in Handover.State.values:
        rows = rows.filter(state=state)
    page = keyset_page(rows, order=NEWEST, cursor=request.GET.get("cursor", ""), size=25)
    context = {"page": page, "states": Handover.State.choices, "state": state}
    return render(request, "customers/handovers.html", context)


@only("may_edit_customers")
@once
def create(request: Request, pk: int) -> HttpResponse:
    """Of one customer."""
    customer = visible(request, pk)
    form = HandoverForm(request.POST or None, request=request, giver=customer.owner)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if made := asked(request, form, [customer.pk], customer.owner, data):
            return redirect("customers:handover", made.pk)
    return render(request, "customers/handover_new.html", {"customer": customer, "form": form})


@only("may_assign")
@once
def create_of_book(request: Request) -> HttpResponse:
    """All customers of somebody, who may have left."""
    form = BookForm(request.POST or None, request=request, initial={"giver": request.GET.get("from", "")})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        theirs = Customer.objects.filter(owned_by(data["giver"], seen_by=request.user))
        pks = list(theirs.order_by("pk").values_list("pk", flat=True))
        if made := asked(request, form, pks, data["giver"], data):
            return redirect("customers:handover", made.pk)
    return render(request, "customers/handover_new.html", {"form": form})


def asked(
    request: Request, form: HandoverForm, pks: Sequence[int], giver: User | None, data: dict[str, Any]
) -> Handover | None:
    try:
        made = services.ask(
            pks, giver=giver, taker=data["taker"], by=request.user, at=timezone.now(), words=data["words"]
        )
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return None
    messages.success(
        request, _("Asked. Nothing moves before %(name)s accepts.") % {"name": data["taker"].name}
    )
    return made


def detail(request: Request, pk: int) -> HttpResponse:
    """The checklist. Buttons: tick a line, accept, decline, withdraw."""
    rows = Handover.objects.visible_to(request.user).select_related("giver", "taker", "by", "settled_by")
    handover = get_object_or_404(rows, pk=pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            carry_out(request, handover, form.cleaned_data["reason"])
        except ValidationError as refusal:
            form.add_error(None, ValidationError(refusal.messages))
        else:
            return redirect("customers:handover", pk)
    return render(request, "customers/handover.html", shown(request, handover) | {"form": form})


def carry_out(request: Request, handover: Handover, reason: str) -> None:
    """What the button says; refused to whom it is not for."""
    user, at, do = request.user, timezone.now(), request.POST.get("do", "")
    if do not in Step.values:
        raise SuspiciousOperation
    if not handover.is_open and do != Step.TICK:
        raise ValidationError(_("This hand-over is settled already."))
    if not (handover.is_open and handover.may_be_taken_further_by(user, do)):
        raise PermissionDenied
    item = None
    if Step(do).is_of_a_line:
        item = get_object_or_404(handover.items, part=request.POST.get("part", "")[:30])
    services.take_further(handover, do, by=user, at=at, item=item, reason=reason)
    if do in SAID:
        messages.success(request, str(SAID[do]))


def shown(request: Request, handover: Handover) -> dict[str, Any]:
    handed = handover.handed.select_related("customer").order_by("customer__name_key", "pk")
    first = list(handed[:SHOWN])
    seen = Customer.objects.visible_to(request.user).filter(pk__in=[row.customer_id for row in first])
    visible_pks = set(seen.values_list("pk", flat=True))
    items = [
        (item, part, handing.lines(part, handover) if handover.is_open else [])
        for item in handover.items.select_related("ticked_by").order_by("pk")
        if (part := handing.parts.get(item.part))
    ]
    user = request.user
    return {
        "handover": handover,
        "items": items,
        "open_items": sum(item.ticked_at is None for item, _part, _lines in items),
        "customers": [(row, row.customer_id in visible_pks) for row in first],
        "count": handed.count(),
        "may_tick": handover.is_open and handover.may_be_taken_further_by(user, Step.TICK),
        "may_accept": handover.is_open and handover.may_be_taken_further_by(user, Step.ACCEPT),
        "may_withdraw": handover.is_open and handover.may_be_taken_further_by(user, Step.WITHDRAW),
    }
