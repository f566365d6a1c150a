"""One customer: the page, creating, editing, archiving."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.http import Request, once, only
from customers import queries, services
from customers.forms import CustomerForm
from customers.models import Customer, Group
from customers.views.seen import visible
from customers.views.timeline import talk


def detail(request: Request, pk: int) -> HttpResponse:
    customer = visible(request, pk)
    context = talk(request, customer, timeline=None) | {
        "went_to": queries.went_to(customer, request.user),
        "came_from": queries.came_from(customer, request.user),
        "contacts": list(customer.contacts.order_by("-is_primary", "pk")),
        "key_dates": customer.key_dates.order_by("on"),
        "last_contact": customer.interactions.order_by("-at").values_list("at", flat=True).first(),
        "team": queries.service_team(customer),
        "handover": queries.open_handover(customer, request.user),
        "orders": customer.orders.order_by("-ordered_on", "-pk")[:8],
        "payments": queries.open_payments(customer),
        "contracts": customer.contracts.order_by("-ends_on")[:5],
        "groups": Group.objects.visible_to(request.user)
        .filter(memberships__customer=customer)
        .order_by("name"),
        "years": queries.amount_by_year(customer),
        "may_edit": request.user.may_edit_customers,
        "may_add": request.user.may_edit_customers and not customer.is_archived,
    }
    return render(request, "customers/detail.html", context)


def edits(request: Request, pk: int) -> HttpResponse:
    """Who changed what on the profile."""
    customer = visible(request, pk)
    return render(request, "customers/edits.html", {"customer": customer, "edits": queries.edits(customer)})


@only("may_edit_customers")
@once
def create(request: Request) -> HttpResponse:
    customer = Customer(owner=request.user, team=request.user.team)
    form = CustomerForm(request.POST or None, instance=customer, request=request)
    if request.method == "POST" and form.is_valid():
        customer = services.create_customer(form.save(commit=False), by=request.user)
        messages.success(request, _("Customer created."))
        return redirect("customers:detail", customer.pk)
    return render(request, "customers/form.html", {"form": form})


@only("may_edit_customers")
def edit(request: Request, pk: int) -> HttpResponse:
    """A stale edit changes nothing: it comes back with what was typed beside what stands there now."""
    customer = visible(request, pk)
    form = CustomerForm(
        request.POST or None, instance=customer, initial={"version": customer.version}, request=request
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.save_customer(form.instance, version=form.cleaned_data["version"] or 0, by=request.user)
        except services.StaleEditError as stale:
            return show_conflict(request, form, stale.current)
        messages.success(request, _("Customer saved."))
        return redirect("customers:detail", pk)
    return render(request, "customers/form.html", {"form": form, "customer": visible(request, pk)})


def show_conflict(request: Request, form: CustomerForm, current: Customer) -> HttpResponse:
    """What only the other person changed is taken over; what both changed stays as typed, beside theirs."""
    base = queries.as_of_version(current, form.cleaned_data["version"])
    merge = form.merge(current, base)
    again = CustomerForm(
        request.POST.dict() | merge.data | {"version": current.version},
        instance=Customer.objects.get(pk=current.pk),
        request=request,
    )
    context = {
        "form": again,
        "customer": current,
        "merge": merge,
        "last_edit": queries.last_edit(current),
    }
    return render(request, "customers/form.html", context, status=409)


@require_POST
@only("may_edit_customers")
def archive(request: Request, pk: int) -> HttpResponse:
    customer = visible(request, pk)
    if request.POST.get("do") == "restore":
        if customer.merged_into_id:
            messages.error(
                request, _("This customer went into another one. Undo the merge to work with it again.")
            )
            return redirect("customers:detail", pk)
        services.restore([customer.pk], by=request.user)
        messages.success(request, _("Customer restored."))
    else:
        services.archive([customer.pk], by=request.user, at=timezone.now())
        messages.success(
            request, _("Customer archived. It is out of lists and re-grades until it is restored.")
        )
    return redirect("customers:detail", pk)
