"""Where news goes outside of the product: for directors and administrators."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import webhooks
from accounts.forms import EndpointForm
from accounts.http import Request, once, only
from accounts.models import Endpoint, Parcel
from accounts.webhooks import delivering
from toolbox.pages import Order, keyset_page

NEWEST = Order("newest", "at", descending=True, value=lambda parcel: parcel.at.isoformat())


@require_safe
@only("may_set_up")
def index(request: Request) -> HttpResponse:
    endpoints = list(Endpoint.objects.order_by("-is_active", "name", "pk"))
    last = {
        one.pk: Parcel.objects.filter(endpoint=one)
        .exclude(state=Parcel.State.EMPTY)
        .order_by("-at", "-pk")
        .first()
        for one in endpoints
    }
    rows = [
        (one, last[one.pk], [webhooks.kinds[k].name for k in one.kinds if k in webhooks.kinds])
        for one in endpoints
    ]
    return render(request, "accounts/webhooks.html", {"rows": rows})


@only("may_set_up")
@once
def create(request: Request) -> HttpResponse:
    return _edit(request, Endpoint(made_by=request.user, made_at=timezone.now()))


@only("may_set_up")
@once
def edit(request: Request, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(Endpoint, pk=pk))


def _edit(request: Request, endpoint: Endpoint) -> HttpResponse:
    is_new = endpoint.pk is None
    form = EndpointForm(request.POST or None, instance=endpoint)
    if request.method == "POST" and form.is_valid():
        saved = form.save(commit=False)
        if saved.format == Endpoint.Format.JSON and not saved.secret:
            saved.secret = delivering.fresh_secret()
            messages.info(request, _("The secret, shown this once: %(secret)s") % {"secret": saved.secret})
        saved.save()
        messages.success(request, _("Webhook saved. Send a test now."))
        return redirect("accounts:webhooks")
    context = {"form": form, "endpoint": None if is_new else Endpoint.objects.get(pk=endpoint.pk)}
    return render(request, "accounts/webhook.html", context, status=422 if form.errors else 200)


@require_POST
@only("may_set_up")
def delete(request: Request, pk: int) -> HttpResponse:
    with transaction.atomic():
        get_object_or_404(Endpoint.objects.select_for_update(), pk=pk).delete()
    messages.success(request, _("Webhook deleted, with its log."))
    return redirect("accounts:webhooks")


@require_POST
@only("may_set_up")
def try_out(request: Request, pk: int) -> HttpResponse:
    parcel = delivering.try_out(get_object_or_404(Endpoint, pk=pk), at=timezone.now())
    if parcel.state == Parcel.State.SENT:
        messages.success(request, _("The test has arrived."))
    else:
        messages.error(request, _("The test did not arrive: %(error)s") % {"error": parcel.error})
    return redirect("accounts:webhook_log", pk)


@require_safe
@only("may_set_up")
def log(request: Request, pk: int) -> HttpResponse:
    endpoint = get_object_or_404(Endpoint, pk=pk)
    page = keyset_page(endpoint.parcels.all(), order=NEWEST, cursor=request.GET.get("cursor", ""), size=50)
    rows = [(parcel, _named(parcel)) for parcel in page.rows]
    return render(request, "accounts/webhook_log.html", {"endpoint": endpoint, "page": page, "rows": rows})


def _named(parcel: Parcel) -> str:
    kind = webhooks.kinds.get(parcel.kind)
    return str(kind.name) if kind else _("Test")


@require_POST
@only("may_set_up")
def again(request: Request, pk: int) -> HttpResponse:
    parcel = get_object_or_404(Parcel, pk=pk)
    if delivering.again(parcel, at=timezone.now()):
        messages.success(request, _("It is on its way again."))
    else:
        messages.warning(request, _("It is on its way already, or has arrived."))
    return redirect("accounts:webhook_log", parcel.endpoint_id)
