"""The lists of this app, each once: for its page and for its export."""

from typing import Final

from customers.listings.book import ALL_FACTS, CUSTOMERS, OF_A_CUSTOMER
from customers.listings.timeline import TIMELINE
from customers.listings.upkeep import DUPLICATES, EDITS, GROUPS, MERGES, UPLOADS

ALL: Final = [
    CUSTOMERS, *ALL_FACTS, *OF_A_CUSTOMER.values(), TIMELINE, EDITS, GROUPS, DUPLICATES, MERGES, UPLOADS,
]  # fmt: skip

__all__ = [
    "ALL",
    "ALL_FACTS",
    "CUSTOMERS",
    "DUPLICATES",
    "EDITS",
    "GROUPS",
    "MERGES",
    "OF_A_CUSTOMER",
    "TIMELINE",
    "UPLOADS",
]
