"""News from upstream. They only hurry what the nightly sweep would do anyway."""

from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone

from customers.models import Contact, Interaction, Order
from customers.models.fact import Fact
from customers.signals import customers_changed, facts_added
from maintenance import services, tasks
from tiering.signals import tiers_changed

AT_ONCE = 50
"""Customers of whom contacts are logged together: up to so many are matched while one waits."""


@receiver([tiers_changed, customers_changed])
def plan_anew(*, customer_ids: list[int], **_news: object) -> None:
    tasks.replan.delay(customer_ids)


@receiver(facts_added, sender=Interaction)
def match(*, facts: list[Interaction], **_news: object) -> None:
    """A contact of today keeps what it fits, in the same transaction. Older ones wait for the sweep."""
    today = timezone.localdate()
    ids = sorted({fact.customer_id for fact in facts if timezone.localdate(fact.at) == today})
    if len(ids) > AT_ONCE:
        later(ids)
    elif ids and services.recognise(ids, today=today):
        services.replan(ids, today=today)


@receiver(facts_added, sender=Order)
@receiver(facts_added, sender=Contact)
def follow_up(*, facts: list[Fact], **_news: object) -> None:
    """An order may be followed by a call back, a person by greetings."""
    with_day = {fact.customer_id for fact in facts if not isinstance(fact, Contact) or fact.birthday}
    if with_day:
        later(sorted(with_day))


def later(customer_ids: list[int]) -> None:
    transaction.on_commit(lambda: tasks.replan.delay(customer_ids), robust=True)


@receiver(tiers_changed)
def hurry_cases(*, customer_ids: list[int], **_news: object) -> None:
    """Who rose is served faster at once, in what is open already, too."""
    tasks.faster_cases.delay(customer_ids)
