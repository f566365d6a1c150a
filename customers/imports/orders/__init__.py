"""Reading order files: rows become orders, added up by number. Knows no database.

Amounts are added up as whole numbers, exactly: a row is quantity (thousandths) × unit price (millionths of a
yuan), and the order is rounded once, half away from zero, to fen.
"""

from customers.imports.orders.cells import PARTS, parse_price, parse_quantity
from customers.imports.orders.files import read_orders
from customers.imports.orders.found import File, Found, FoundCustomer, FoundOrder, Place, add_order_error
from customers.imports.orders.rows import ANONYMOUS, NO_GOODS, REPEATED, WORTHLESS

__all__ = [
    "ANONYMOUS",
    "NO_GOODS",
    "PARTS",
    "REPEATED",
    "WORTHLESS",
    "File",
    "Found",
    "FoundCustomer",
    "FoundOrder",
    "Place",
    "add_order_error",
    "parse_price",
    "parse_quantity",
    "read_orders",
]
