"""The service team: of one customer, and of many."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.http import Request, only
from customers import services
from customers.teamwork_forms import SeatsForm, TeamForm
from customers.views.book import change_ticked
from customers.views.seen import visible


@only("may_edit_customers")
def team(request: Request, pk: int) -> HttpResponse:
    customer = visible(request, pk)
    form = TeamForm(request.POST if request.method == "POST" else None, customer=customer)
    if request.method == "POST" and form.is_valid():
        try:
            services.seat([customer.pk], team=form.changes(), by=request.user, at=timezone.now())
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Service team saved."))
            return redirect("customers:detail", pk)
    return render(request, "customers/team.html", {"customer": customer, "form": form})


@require_POST
@only("may_assign")
def seat_many(request: Request) -> HttpResponse:
    form = SeatsForm(request.POST)

    def to_whom(pks: list[int]) -> int:
        if not form.is_valid():
            raise ValidationError([error for errors in form.errors.as_data().values() for error in errors])
        return services.seat(pks, team=form.team(), by=request.user, at=timezone.now())

    return change_ticked(request, to_whom)
