"""Home, search, health and the pages for what went wrong."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template import loader
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _, ngettext

from accounts.http import Request
from accounts.models import Role, User
from customers import access
from customers.models import Customer, ServiceRequest, Tier
from maintenance import worklist
from tiering import queries, reasons
from tiering.models import Candidate, Override, Run, TierChange
from tiering.notices import WARNED
from toolbox.pages import capped_count

SHOWN = 8


def home(request: Request) -> HttpResponse:
    """What matters today, by role."""
    user = request.user
    today = timezone.localdate()
    run = Run.objects.visible_to(user).select_related("version__scheme").order_by("-created_at").first()
    changes = (
        TierChange.objects.visible_to(user)
        .exclude(from_tier=None)
        .select_related("customer", "from_tier", "to_tier")
        .with_reasons()
    )
    context: dict[str, Any] = {
        "today": today,
        "scope": access.scope_name(user),
        "work": worklist.summary(user, today),
        "changes": [(c, reasons.why(c, most=2)) for c in changes.order_by("-changed_at", "-pk")[:SHOWN]],
        "run": run,
        "works": user.may_write and user.role not in {Role.DIRECTOR, Role.ADMINISTRATOR},
        "first": worklist.first_lines(user, today, most=5),
        "requests": open_requests(request).order_by("opened_at", "pk")[:SHOWN],
        "requests_count": capped_count(open_requests(request)),
        "attention": attention(user),
        "tiers": tiers_of(user, run),
    }
    return render(request, "home.html", context)


def tiers_of(user: User, run: Run | None) -> list[tuple[Tier | None, int, int]]:
    """Customers and amounts per tier; a whole book is counted once a minute, and anew after a re-grade."""
    customers = Customer.objects.active().visible_to(user)
    if not user.sees_all:
        return queries.by_tier(customers)
    key = f"tiers-of-the-book-{run.pk}-{run.state}" if run else "tiers-of-the-book"
    return cache.get_or_set(key, lambda: queries.by_tier(customers), 60) or []


@dataclass(frozen=True)
class Notice:
    """Something that somebody should look into."""

    text: str
    url: str


def attention(user: User) -> list[Notice]:
    """What no list of the day shows."""
    answers_for_the_book = user.may_assign or user.sees_all
    return follow_ups(user) + (of_the_book(user) if answers_for_the_book else [])


def follow_ups(user: User) -> list[Notice]:
    """Of the nurture list: what this person took up and wanted to look at again by today."""
    mine = Candidate.objects.visible_to(user).filter(customer__archived_at=None, taken_by=user)
    count = mine.due(timezone.localdate()).count()
    if not count:
        return []
    words = ngettext(
        "%(count)s customer of the nurture list waits for your follow-up.",
        "%(count)s customers of the nurture list wait for your follow-up.",
        count,
    )
    url = f"{reverse('tiering:nurture')}?taken_by={user.pk}&due=true"
    return [Notice(words % {"count": count}, url)]


def of_the_book(user: User) -> list[Notice]:
    mine = Customer.objects.active().visible_to(user)
    customers = reverse("customers:list")
    found = []
    if unowned := mine.filter(owner=None).count():
        words = ngettext(
            "%(count)s customer has no account manager.",
            "%(count)s customers have no account manager.",
            unowned,
        )
        found.append(Notice(words % {"count": unowned}, f"{customers}?unowned=true"))
    left = mine.filter(owner__is_active=False).order_by().values_list("owner", "owner__display_name")
    for owner, name, count in left.annotate(n=Count("pk")):
        words = ngettext(
            "%(count)s customer belongs to %(name)s, who has left.",
            "%(count)s customers belong to %(name)s, who has left.",
            count,
        )
        found.append(Notice(words % {"count": count, "name": name}, f"{customers}?owner={owner}"))
    today = timezone.localdate()
    ending = Override.objects.visible_to(user).of_active_customers().ending(today, within=WARNED).count()
    if ending:
        words = ngettext(
            "%(count)s tier set by hand ends within a week.",
            "%(count)s tiers set by hand end within a week.",
            ending,
        )
        url = f"{reverse('tiering:overrides')}?ending=soon"
        found.append(Notice(words % {"count": ending}, url))
    waiting = Run.objects.visible_to(user).filter(state=Run.State.REVIEW).first()
    if waiting:
        words = _("The re-grade %(period)s waits for review.")
        found.append(Notice(words % {"period": waiting.period}, reverse("tiering:run", args=[waiting.pk])))
    stopped = Run.objects.visible_to(user).filter(state=Run.State.FAILED).order_by("-pk").first()
    if stopped:
        words = _("The re-grade %(period)s has failed.")
        found.append(Notice(words % {"period": stopped.period}, reverse("tiering:run", args=[stopped.pk])))
    return found


def open_requests(request: Request) -> QuerySet[ServiceRequest]:
    """Waiting for an answer: of one's department, or of one's customers."""
    waiting = ServiceRequest.objects.visible_to(request.user).open().select_related("customer")
    if request.user.is_support:
        waiting = waiting.filter(department=request.user.department)
    return waiting


def search(request: Request) -> HttpResponse:
    """One hit goes straight to the customer, else to the list."""
    text = request.GET.get("q", "").strip()
    hits = list(Customer.objects.visible_to(request.user).active().matching(text)[:2]) if text else []
    if len(hits) == 1:
        return redirect("customers:detail", hits[0].pk)
    return redirect(f"{reverse('customers:list')}?{urlencode({'q': text})}")


@login_not_required
def health(_request: HttpRequest) -> JsonResponse:
    """For whoever watches the server: answers 200 when the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    return render(request, "404.html", status=404)


def broken(_request: HttpRequest) -> HttpResponse:
    """Without context processors: whatever broke may be in them."""
    return HttpResponse(loader.get_template("500.html").render(), status=500)
