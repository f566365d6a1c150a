"""The list of customers, and what is done to many at once."""

from collections.abc import Container

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_POST

from accounts.http import Request, only
from customers import access, columns, services
from customers.filters import CustomerFilter
from customers.forms import AssignForm
from customers.models import Customer
from toolbox.pages import capped_count, keyset_page

SIZES = (25, 50, 100)
MOST_AT_ONCE = 10_000
COUNTED, COUNTED_HITS = 10_000, 1_000
"""How far a list is counted; less far when every row has to be searched."""
LONGEST_ID = 18
"""Digits: a longer number is no id in either database."""
LIST_SETTINGS = {"sort", "size", "cursor"}
TOP_FILTERS = {"q", "tier", "lifecycle", "owner", "team"}
"""Filters that are always in sight; the others unfold."""


def listed(request: Request) -> CustomerFilter:
    """The list as filtered: the page, the export and the bulk actions all start here."""
    return CustomerFilter(request.GET, Customer.objects.visible_to(request.user).for_list(), request=request)


def index(request: Request) -> HttpResponse:
    found = listed(request)
    order = columns.ORDERS.get(request.GET.get("sort", ""), columns.ORDERS[columns.DEFAULT_ORDER])
    size = next((s for s in SIZES if str(s) == request.GET.get("size")), SIZES[1])
    page = keyset_page(found.qs, order=order, cursor=request.GET.get("cursor", ""), size=size)
    keys = request.user.preferences.get("customer_columns", [])
    shown = columns.chosen(keys)
    rows = [(customer, [(column, column.value(customer)) for column in shown]) for customer in page.rows]
    context = {
        "filter": found,
        "page": page,
        "rows": rows,
        "columns": shown,
        "all_columns": columns.COLUMNS.values(),
        "order": order,
        "sort": order.name,
        "sizes": SIZES,
        "size": size,
        "count": capped_count(found.qs, cap=COUNTED_HITS if request.GET.get("q") else COUNTED),
        "scope": access.scope_name(request.user),
        "asked": asked(request.GET, besides=LIST_SETTINGS),
        "asked_more": asked(request.GET, besides={*LIST_SETTINGS, *TOP_FILTERS}),
        "top_filters": TOP_FILTERS,
        "assign": AssignForm(request=request, auto_id="id_assign_%s") if request.user.may_assign else None,
        "query": without_cursor(request.GET),
    }
    return render(request, "customers/list.html", context)


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
    """The ids of the ticked customers that the user may see, or of the whole filtered list."""
    if request.POST.get("everything"):
        query = QueryDict(request.POST.get("query", ""))
        found = CustomerFilter(
            query, Customer.objects.visible_to(request.user).for_list(), request=request
        ).qs
    else:
        pks = [int(pk) for pk in request.POST.getlist("customer") if pk.isdigit() and len(pk) <= LONGEST_ID]
        found = Customer.objects.visible_to(request.user).filter(pk__in=pks)
    return list(found.order_by().values_list("pk", flat=True)[:MOST_AT_ONCE])


@require_POST
@only("may_assign")
def assign(request: Request) -> HttpResponse:
    form = AssignForm(request.POST, request=request)
    pks = ticked(request)
    if not pks:
        messages.error(
            request, _("No customer was ticked. Tick the customers first, then choose who gets them.")
        )
    elif not form.is_valid():
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
    else:
        count = services.assign(pks, by=request.user, **form.cleaned_data)
        messages.success(request, changed(count))
    return back_to_list(request)


@require_POST
@only("may_edit_customers")
def archive_many(request: Request) -> HttpResponse:
    return archiving(request, ticked(request))


def archiving(request: Request, pks: list[int]) -> HttpResponse:
    """Archive or restore the customers, by the button that was pressed."""
    if request.POST.get("do") == "restore":
        count = services.restore(pks, by=request.user)
    elif request.POST.get("do") == "archive":
        count = services.archive(pks, by=request.user, at=timezone.now())
    else:
        raise SuspiciousOperation
    messages.success(request, changed(count))
    return back_to_list(request)


def changed(count: int) -> str:
    return ngettext("%(count)s customer changed.", "%(count)s customers changed.", count) % {"count": count}


def back_to_list(request: Request) -> HttpResponse:
    query = request.POST.get("query", "")
    return redirect(f"{reverse('customers:list')}?{QueryDict(query).urlencode()}")
