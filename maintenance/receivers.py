"""News from upstream. They only hurry what the nightly sweep would do anyway."""

from django.dispatch import receiver

from customers.signals import customers_changed
from maintenance import tasks
from tiering.signals import tiers_changed


@receiver([tiers_changed, customers_changed])
def plan_anew(*, customer_ids: list[int], **_news: object) -> None:
    tasks.replan.delay(customer_ids)
