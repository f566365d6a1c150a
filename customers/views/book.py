"""The list of customers, and what is done to many at once."""

from collections.abc import Callable, Container

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_POST

from accounts.http import Request, only
from customers import access, columns, scales, services
from customers.cells import row
from customers.filters import CustomerFilter
from customers.forms import AssignForm
from customers.listings import CUSTOMERS
from customers.models import Customer
from customers.teamwork_forms import SeatsForm
from toolbox.pages import capped_count, keyset_page

SIZES = (25, 50, 100)
MOST_AT_ONCE = 10_000
COUNTED, COUNTED_HITS = 10_000, 1_000
"""How far a list is counted; less far when every row has to be searched."""
LONGEST_ID = 18
"""Digits: a longer number is no id in either database."""
LIST_SETTINGS = {"sort", "rows", "cursor"}
TOP_FILTERS = {"q", "tier", "lifecycle", "owner", "team"}
"""Filters that are always in sight; the others unfold."""


def index(request: Request) -> HttpResponse:
    found = CUSTOMERS.find(request.user, request.GET, None)
    order = columns.ORDERS.get(request.GET.get("sort", ""), columns.ORDERS[columns.DEFAULT_ORDER])
    size = next((s for s in SIZES if str(s) == request.GET.get("rows")), SIZES[1])
    page = keyset_page(found.rows, order=found.by, cursor=request.GET.get("cursor", ""), size=size)
    keys = request.user.preferences.get("customer_columns", [])
    shown = columns.chosen(keys)
    beside = columns.beside(page.rows, {"why", *(column.beside for column in shown if column.beside)})
    stands = [customer.standing for customer in page.rows]
    possible = beside.get("possible_tiers", {}).values()
    scales.tell_apart(
        [
            *(tier for each in stands for tier in (each.tier, each.computed_tier)),
            *(tier for tiers in possible for tier in tiers),
        ]
    )
    rows = [
        row(
            customer,
            (
                (column, beside[column.beside].get(customer.pk) if column.beside else column.value(customer))
                for column in shown
            ),
            beside["why"].get(customer.pk),
            is_ticked=request.user.may_edit_customers,
        )
        for customer in page.rows
    ]
    context = {
        "filter": found.filter,
        "page": page,
        "rows": rows,
        "columns": shown,
        "all_columns": columns.COLUMNS.values(),
        "order": order,
        "sort": order.name,
        "sizes": SIZES,
        "size": size,
        "count": capped_count(found.rows, cap=COUNTED_HITS if request.GET.get("q") else COUNTED),
        "scope": access.scope_name(request.user),
        "asked": asked(request.GET, besides=LIST_SETTINGS),
        "shows_more": asked(request.GET, besides={*LIST_SETTINGS, *TOP_FILTERS}),
        "top_filters": TOP_FILTERS,
        "assign": AssignForm(request=request, auto_id="id_assign_%s") if request.user.may_assign else None,
        "seats": SeatsForm(auto_id="id_seat_%s") if request.user.may_assign else None,
        "query": without_cursor(request.GET),
    }
    return render(request, "customers/list.html", context)


def filters(request: Request) -> HttpResponse:
    """Those that unfold, when they do: they are a quarter of the work of the page."""
    found = CUSTOMERS.find(request.user, QueryDict(), None)
    context = {"filter": found.filter, "top_filters": TOP_FILTERS}
    return render(request, "customers/_more_filters.html", context)


def asked(query: QueryDict, *, besides: Container[str]) -> bool:
    """Whether the list is narrowed by anything else than these."""
    return any(value for key, value in query.items() if key not in besides)


def without_cursor(query: QueryDict) -> str:
    copy = query.copy()
    copy.pop("cursor", None)
    return copy.urlencode()


@require_POST
def choose_columns(request: Request) -> HttpResponse:
    """Remember which columns the user wants, in the product's order."""
    wanted = set(request.POST.getlist("columns"))
    request.user.preferences["customer_columns"] = [key for key in columns.COLUMNS if key in wanted]
    request.user.save(update_fields=["preferences"])
    return back_to_list(request)


def ticked(request: Request) -> list[int]:
    """The ids of the ticked customers that the user may see, or of the whole filtered list.

    Raises ValidationError, in words for the user, when that is nobody, too many, or not understood.
    """
    visible = Customer.objects.visible_to(request.user)
    if request.POST.get("everything"):
        found = CustomerFilter(QueryDict(request.POST.get("query", "")), visible.for_list(), request=request)
        if not found.is_valid():
            raise ValidationError(
                _("A filter of this list is not understood. Correct it first. Nothing was changed.")
            )
        customers = found.qs
    else:
        pks = [pk for pk in request.POST.getlist("customer") if pk.isdecimal() and len(pk) <= LONGEST_ID]
        customers = visible.filter(pk__in=[int(pk) for pk in pks])
    taken = list(customers.order_by().values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    if not taken:
        raise ValidationError(_("No customer was ticked. Tick the customers first."))
    if len(taken) > MOST_AT_ONCE:
        raise ValidationError(
            _(
                "At most %(limit)s customers are changed at once. Narrow the list with the filters, then change it in parts. Nothing was changed."
            )
            % {"limit": number_format(MOST_AT_ONCE, use_l10n=True, force_grouping=True)}
        )
    return taken


@require_POST
@only("may_assign")
def assign(request: Request) -> HttpResponse:
    form = AssignForm(request.POST, request=request)

    def to_whom(pks: list[int]) -> int:
        if not form.is_valid():
            raise ValidationError([error for errors in form.errors.as_data().values() for error in errors])
        return services.assign(pks, by=request.user, **form.cleaned_data)

    return change_ticked(request, to_whom)


@require_POST
@only("may_edit_customers")
def archive_many(request: Request) -> HttpResponse:
    """Archive or restore the customers, by the button that was pressed."""
    match request.POST.get("do"):
        case "restore":
            return change_ticked(request, lambda pks: services.restore(pks, by=request.user))
        case "archive":
            return change_ticked(
                request, lambda pks: services.archive(pks, by=request.user, at=timezone.now())
            )
        case _unknown:
            raise SuspiciousOperation


def change_ticked(request: Request, change: Callable[[list[int]], int]) -> HttpResponse:
    try:
        count = change(ticked(request))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, changed(count))
    return back_to_list(request)


def changed(count: int) -> str:
    return ngettext("%(count)s customer changed.", "%(count)s customers changed.", count) % {"count": count}


def back_to_list(request: Request) -> HttpResponse:
    query = request.POST.get("query", "")
    return redirect(f"{reverse('customers:list')}?{QueryDict(query).urlencode()}")
