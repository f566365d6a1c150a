"""Which column of an order file is what, and what is left out by rule: as data."""

from collections.abc import Iterable, Mapping as Dictionary, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from toolbox.sheets import plain_header

NUMBER: Final = "number"
CUSTOMER: Final = "customer"
NAME: Final = "name"
DATE: Final = "date"
AMOUNT: Final = "amount"
QUANTITY: Final = "quantity"
PRICE: Final = "price"
CATEGORY: Final = "category"
CODE: Final = "code"
PLACE: Final = "place"
"""A country or province that goes into the name of a new customer that has no other."""
PROVINCE: Final = "province"

FIELDS: Final[Dictionary[str, Promise]] = MappingProxyType(
    {
        NUMBER: _("Order number"),
        CUSTOMER: _("Customer code"),
        NAME: _("Customer name"),
        DATE: _("Ordered on"),
        AMOUNT: _("Amount"),
        QUANTITY: _("Quantity"),
        PRICE: _("Unit price"),
        CATEGORY: _("Category"),
        CODE: _("Article code"),
        PLACE: _("Country"),
        PROVINCE: _("Province"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """Headers are compared without regard to case, width, spaces, and what stands in brackets."""

    key: str
    name: Promise
    description: Promise
    headers: Dictionary[str, Sequence[str]]
    """Field to the headers it may have; the first one is named when the column is missing."""
    cancelled_by: str = ""
    """An order number that begins so is a cancellation: it must not be worth more than nothing."""
    codes_of_no_goods: frozenset[str] = frozenset()
    beginnings_of_no_goods: tuple[str, ...] = ()
    """Article codes, in capitals, of lines that are no goods; such lines are left out."""
    leaves_out_anonymous: bool = False
    """Lines without a customer are left out; otherwise they are errors."""
    leaves_out_worthless: bool = False
    """Lines at a price of nothing or less are left out."""
    name_pattern: str = "{code}"
    """The name of a new customer where the file has none: of {code} and {place}."""

    def is_no_goods(self, code: str) -> bool:
        code = code.upper()
        return code in self.codes_of_no_goods or code.startswith(self.beginnings_of_no_goods or ("\0",))


@dataclass(frozen=True)
class Columns:
    """Where each field stands, counted from 0."""

    at: Dictionary[str, int]
    headers: Sequence[str]
    missing: Sequence[str] = field(default=())
    """What the file must have and has not: a field, AMOUNT for amount as well as quantity and unit price."""

    def header(self, name: str) -> str:
        return self.headers[self.at[name]]


def find_columns(mapping: Mapping, cells: Iterable[str]) -> Columns:
    """Read a row as headers. The first of two columns of the same name is taken."""
    headers = list(cells)
    places: dict[str, int] = {}
    for n, header in enumerate(headers):
        places.setdefault(plain_header(header), n)
    at = {}
    for name, spellings in mapping.headers.items():
        found = [places[plain_header(spelling)] for spelling in spellings if plain_header(spelling) in places]
        if found:
            at[name] = found[0]
    missing = [name for name in (NUMBER, CUSTOMER, DATE) if name not in at]
    if AMOUNT not in at and not {QUANTITY, PRICE} <= at.keys():
        missing.append(AMOUNT)
    return Columns(at, headers, missing)


GENERIC: Final = Mapping(
    key="generic",
    name=_("Order list"),
    description=_(
        "One row per order, or one per order line: rows with the same order number are added up. Columns are found "
        "by their Chinese or English header."
    ),
    headers={
        NUMBER: ("订单号", "Order number", "订单编号", "订单号码", "单号", "销售单号", "合同号", "Order no", "Order no.", "Order",
                 "Order ID", "Invoice number", "Invoice no", "Invoice"),
        CUSTOMER: ("客户编号", "Customer code", "客户代码", "客户编码", "客户号", "Customer no", "Customer number",
                   "Customer ID", "Client code", "Account"),
        NAME: ("客户名称", "Customer name", "客户", "公司名称", "客户全称", "客户简称", "Customer", "Company", "Client", "Name"),
        DATE: ("订单日期", "Ordered on", "下单日期", "日期", "下单时间", "销售日期", "签订日期", "Order date", "Date", "Invoice date"),
        AMOUNT: ("金额", "Amount", "订单金额", "总金额", "价税合计", "合计金额", "销售额", "小计", "Order amount", "Total",
                 "Total amount", "Line total"),
        QUANTITY: ("数量", "Quantity", "订购数量", "Qty"),
        PRICE: ("单价", "Unit price", "含税单价", "Price"),
        CATEGORY: ("产品类别", "Category", "品类", "类别", "产品名称", "品名", "商品名称", "产品", "Product category", "Product",
                   "Description", "Item"),
        PROVINCE: ("省份", "Province", "省", "所在省份"),
    },
)  # fmt: skip

ONLINE_RETAIL: Final = Mapping(
    key="online_retail",
    name=_("Online Retail II"),
    description=_(
        "The public data set of a British gift shop (UCI 502). Lines without a customer, of no goods or without a "
        "price are left out and counted."
    ),
    headers={
        NUMBER: ("InvoiceNo", "Invoice"),
        CODE: ("StockCode",),
        CATEGORY: ("Description",),
        QUANTITY: ("Quantity",),
        DATE: ("InvoiceDate",),
        PRICE: ("UnitPrice", "Price"),
        CUSTOMER: ("CustomerID", "Customer ID"),
        PLACE: ("Country",),
    },
    cancelled_by="C",
    codes_of_no_goods=frozenset(
        {
            "POST", "DOT", "C2", "C3",  # postage and carriage
            "D", "M", "B", "S",  # discount, typed by hand, bad debt, samples
            "BANK CHARGES", "AMAZONFEE", "CRUK",  # fees, and a commission for a charity
            "PADS",  # booked at a tenth of a penny to go with cushions
        }
    ),
    beginnings_of_no_goods=("TEST", "ADJUST", "GIFT"),  # tests, corrections, vouchers
    leaves_out_anonymous=True,
    leaves_out_worthless=True,
    name_pattern="Customer {code} ({place})",
)  # fmt: skip

MAPPINGS: Final = {mapping.key: mapping for mapping in (GENERIC, ONLINE_RETAIL)}
