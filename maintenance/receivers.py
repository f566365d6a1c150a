"""News from upstream. They only hurry what the nightly sweep would do anyway."""

from datetime import date

from django.db import transaction
from django.db.models.signals import pre_delete, pre_save
from django.dispatch import Signal, receiver
from django.utils import timezone

from customers.models import Contact, Interaction, Order
from customers.models.fact import Fact
from customers.signals import customers_changed, facts_added
from maintenance import casework, services, tasks
from maintenance.models import CalendarOverride
from tiering.signals import tiers_changed

AT_ONCE = 50
"""Customers of whom contacts are logged together: up to so many are matched while one waits."""


@receiver([tiers_changed, customers_changed])
def plan_anew(*, customer_ids: list[int], **_news: object) -> None:
    tasks.replan.delay(customer_ids)


@receiver(facts_added, sender=Interaction)
def match(*, facts: list[Interaction], **_news: object) -> None:
    """A contact of today keeps what it fits, in the same transaction; of an earlier day, a moment later."""
    today = timezone.localdate()
    of_today = {fact.customer_id for fact in facts if timezone.localdate(fact.at) == today}
    others = {fact.customer_id for fact in facts} - of_today
    if len(of_today) > AT_ONCE:
        others, of_today = others | of_today, set()
    if others:
        later(sorted(others))
    ids = sorted(of_today)
    if ids and services.recognise(ids, today=today):
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


@receiver([pre_save, pre_delete], sender=CalendarOverride)
def reschedule_cases(*, instance: CalendarOverride, signal: Signal, **_more: object) -> None:
    """A day off, or one that is worked, has no say in what ran before it was known: what is left of a clock stays left."""
    before: dict[int | None, tuple[date, bool]] = {
        row.pk: (row.day, row.is_working) for row in CalendarOverride.objects.all()
    }
    after = {pk: day for pk, day in before.items() if pk != instance.pk}
    if signal is pre_save:
        day = CalendarOverride._meta.get_field("day").to_python(instance.day)
        after[instance.pk] = day, instance.is_working
    casework.reschedule(before=dict(before.values()), after=dict(after.values()), at=timezone.now())
