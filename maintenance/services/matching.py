"""Contacts are taken for the keeping of promises: by themselves, set-wise."""

from collections.abc import Sequence
from datetime import date

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from customers.models import Interaction
from maintenance.models import Match, Obligation

UPDATED = ["state", "interaction", "completed_at", "completed_by", "how", "missed_on"]


def recognise(customer_ids: Sequence[int], *, today: date) -> int:
    """Keep what is open and was done already: by the first contact of the department, by its channel, in time.

    One contact keeps everything that it fits. What somebody took back is not recognised again.
    """
    rows = (
        Obligation.objects.open()
        .filter(customer__in=customer_ids, promise__by_contact=True, opens_on__lte=today)
        .filter(customer__archived_at=None)
        .annotate(found=Subquery(fitting().values("pk")[:1]))
        .filter(found__isnull=False)
        .select_related("promise")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    kept = list(rows)
    found: dict[int, int] = {row.pk: getattr(row, "found") for row in kept}  # noqa: B009 - annotated
    contacts = Interaction.objects.in_bulk(found.values()) if kept else {}
    for row in kept:
        contact = contacts[found[row.pk]]
        row.state, row.how, row.interaction = Obligation.State.DONE, Obligation.How.MATCHED, contact
        row.completed_at, row.completed_by_id = contact.at, contact.by_id
        row.note_if_missed(timezone.localdate(contact.at))
    if kept:
        Obligation.objects.open().bulk_update(kept, UPDATED, batch_size=500)
        pairs = [(row, contacts[found[row.pk]]) for row in kept]
        Match.objects.bulk_create(Match(obligation=row, interaction=said, at=said.at) for row, said in pairs)
    return len(kept)


def fitting() -> QuerySet[Interaction]:
    """Contacts that keep the obligation of the query around, the first one first."""
    taken_back = Match.objects.filter(
        obligation=OuterRef(OuterRef("pk")), interaction=OuterRef("pk"), holds=False
    )
    counted = Obligation.objects.filter(
        interaction=OuterRef("pk"), key=OuterRef(OuterRef("key")), department=OuterRef("department")
    )  # for the next one, or for whoever went into this customer
    return (
        Interaction.objects.filter(
            customer=OuterRef("customer"),
            department=OuterRef("department"),
            at__date__gte=OuterRef("opens_on"),
        )
        .annotate(wanted=ExpressionWrapper(OuterRef("promise__channel"), CharField()))
        .filter(Q(wanted="") | Q(channel=F("wanted")))
        .filter(~Exists(taken_back), ~Exists(counted))
        .order_by("at", "pk")
    )
