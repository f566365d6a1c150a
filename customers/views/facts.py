"""Adding and correcting facts of one customer. One pair of views serves every kind."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.http import Request, once, only
from customers import services
from customers.forms import BY_ANY_DEPARTMENT, CORRECTABLE, FACTS, FactForm, ResolutionForm
from customers.models import Contact, Customer, ServiceRequest
from customers.views.archived import unless_archived
from customers.views.seen import visible
from customers.views.timeline import talk

pages_of_requests: list[Callable[[int], str]] = []
"""Apps downstream add where a request, by its id, is worked on instead; empty where it is not."""


@unless_archived
@once
def add(request: Request, pk: int, kind: str) -> HttpResponse:
    customer = visible(request, pk)
    form_class = form_of(request, kind, FACTS)
    form = form_class(request.POST or None, instance=form_class._meta.model(customer=customer))
    if request.method == "POST" and form.is_valid():
        form.prepare(form.instance, request.user)
        services.add_fact(form.instance)
        if request.htmx and kind == "interaction":
            return render(request, "customers/detail.html#talk", talk(request, customer, logged=True))
        messages.success(request, _("Saved."))
        return redirect("customers:detail", pk)
    if request.htmx and kind == "interaction":
        return render(request, "customers/detail.html#talk", talk(request, customer, quick=form), status=422)
    return render(request, "customers/fact_form.html", {"customer": customer, "form": form, "kind": kind})


@unless_archived
def correct(request: Request, pk: int, kind: str, fact_pk: int) -> HttpResponse:
    customer = visible(request, pk)
    form_class = form_of(request, kind, CORRECTABLE)
    fact = get_object_or_404(form_class._meta.model, pk=fact_pk, customer=customer)
    form = form_class(request.POST or None, instance=fact)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_fact(form.instance, changed=form.changed_data, by=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("customers:detail", pk)
    context = {"customer": customer, "form": form, "kind": kind, "fact": fact}
    return render(request, "customers/fact_form.html", context)


def form_of(request: Request, kind: str, kinds: object) -> type[FactForm]:
    """The form of a kind of fact: 404 where there is none, 403 where this user may not write it."""
    if kind not in FACTS or kind not in kinds:  # type: ignore[operator]
        raise Http404
    if not (request.user.may_edit_customers or (request.user.may_write and kind in BY_ANY_DEPARTMENT)):
        raise PermissionDenied
    return FACTS[kind]


@require_POST
@only("may_edit_customers")
@unless_archived
def remove_contact(request: Request, pk: int, fact_pk: int) -> HttpResponse:
    contact = get_object_or_404(Contact, pk=fact_pk, customer=visible(request, pk))
    services.remove_contact(contact)
    messages.success(request, _("Contact removed."))
    return redirect("customers:detail", pk)


@only("may_write")
@unless_archived
@once
def resolve(request: Request, pk: int, fact_pk: int) -> HttpResponse:
    customer: Customer = visible(request, pk)
    asked = get_object_or_404(ServiceRequest, pk=fact_pk, customer=customer)
    for page_of in pages_of_requests:
        if page := page_of(asked.pk):
            return redirect(page)
    form = ResolutionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if services.resolve_request(asked, by=request.user, at=timezone.now(), **form.cleaned_data):
            messages.success(request, _("Request closed."))
        else:
            messages.error(request, _("Somebody else has closed this request already. Their answer stays."))
        still_seen = Customer.objects.visible_to(request.user).filter(pk=pk).exists()
        return redirect("customers:detail", pk) if still_seen else redirect("home")
    context = {"customer": customer, "form": form, "kind": "request", "asked": asked}
    return render(request, "customers/fact_form.html", context)
