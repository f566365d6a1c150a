"""What there is in the demo, in a few lines."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.models import Team, User
from crm.demo.people import DIRECTOR, PASSWORD
from customers.models import Customer, Order, Standing, Tier
from maintenance.models import Obligation
from tiering.models import Run, TierChange


def lines(*, today: date) -> Iterator[str]:
    words = {
        "customers": Customer.objects.count(),
        "orders": Order.objects.count(),
        "users": User.objects.count(),
        "teams": Team.objects.count(),
    }
    yield _("%(customers)d customers, %(orders)d orders, %(users)d users in %(teams)d teams") % words
    yield _("Tiers: %(tiers)s") % {"tiers": ", ".join(tiers())}
    changes = TierChange.objects.exclude(from_tier=None)
    yield _("Tier changes: %(up)d up and %(down)d down in %(runs)d re-grades") % {
        "up": changes.upgrades().count(),
        "down": changes.downgrades().count(),
        "runs": Run.objects.published().count(),
    }
    yield _("Promises: %(kept)d kept, %(open)d open, of them %(overdue)d overdue") % {
        "kept": Obligation.objects.done().count(),
        "open": Obligation.objects.open().count(),
        "overdue": Obligation.objects.overdue(today).count(),
    }
    yield _(
        "Log in as %(username)s (%(name)s) with the password %(password)s; the log-in page lists the others."
    ) % {
        "username": DIRECTOR.username,
        "name": DIRECTOR.name,
        "password": PASSWORD,
    }


def tiers() -> Iterator[str]:
    """ "Core 23", in order of rank, those without a tier last."""
    active = Standing.objects.filter(customer__archived_at=None)
    counts = dict(active.order_by().values_list("tier").annotate(Count("pk")))
    for tier in Tier.objects.filter(pk__in=[pk for pk in counts if pk]).order_by("rank"):
        yield f"{tier.name} {counts[tier.pk]}"
    if None in counts:
        yield _("not yet graded %(count)d") % {"count": counts[None]}
