"""What happened is added to customers that are worked with; an archived one is restored first."""

from functools import wraps
from typing import ParamSpec

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from accounts.http import Request, View
from customers.models import Customer

P = ParamSpec("P")


def unless_archived(view: View[P]) -> View[P]:
    """For views of one customer, `pk`: says calmly that an archived one has to be restored first."""

    @wraps(view)
    def guarded(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        pk = str(kwargs["pk"])
        if not Customer.objects.visible_to(request.user).exclude(archived_at=None).filter(pk=pk).exists():
            return view(request, *args, **kwargs)
        messages.warning(request, _("This customer is archived. Restore it first, then go on."))
        page = reverse("customers:detail", args=[pk])
        return HttpResponseClientRedirect(page) if request.htmx else redirect(page)

    return guarded
