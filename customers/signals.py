"""News for apps downstream: customers were archived, restored or given to somebody else.

Sent after commit with `customer_ids`. It only hurries what their nightly sweeps would do anyway.
"""

from django.db import transaction
from django.dispatch import Signal

customers_changed = Signal()
facts_added = Signal()
"""Sent with `facts`, of one kind, inside the transaction that adds them: whoever listens may add what follows."""


def tell(customer_ids: list[int]) -> None:
    """Once the change is committed; nobody who listens can make it fail."""
    if customer_ids:
        transaction.on_commit(lambda: customers_changed.send(tell, customer_ids=customer_ids), robust=True)
