"""The one signal that goes upstream: tiers changed. Sent after commit with `customer_ids` and `run_id`."""

from django.dispatch import Signal

tiers_changed = Signal()
