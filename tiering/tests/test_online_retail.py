"""Online Retail II from its files to tier changes, against a plain reading of the same files."""

import csv
import gzip
import os
from collections import Counter
from datetime import date
from decimal import Decimal
from functools import cache
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.models import Count, F, Max, Min, Sum

from customers.models import Customer, Order, Standing
from tiering.explanation import Reason
from tiering.management.commands.online_retail import FILES, QUARTERS
from tiering.models import Grading, Run, TierChange
from tiering.reasons import rows_of, shown_change

DATA = Path(os.environ.get("ONLINE_RETAIL_DIR", settings.BASE_DIR / "../shared/data/online_retail_ii"))
NO_GOODS = {"POST", "DOT", "C2", "C3", "D", "M", "B", "S", "BANK CHARGES", "AMAZONFEE", "CRUK", "PADS"}

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.real_data,
    pytest.mark.skipif(
        not all((DATA / name).exists() for name in FILES),
        reason=f"NOT CHECKED: {' and '.join(FILES)} are not in ../shared/data/online_retail_ii (ONLINE_RETAIL_DIR)",
    ),
]


class Plainly:
    """The rules of docs/online-retail.md once more, without any of the product's code."""

    def __init__(self) -> None:
        self.rows = 0
        self.left_out: Counter[str] = Counter()
        self.customers: set[str] = set()
        self.orders: dict[str, tuple[str, str, Decimal]] = {}
        self.shared = 0
        for name in FILES:
            self.read(name)

    def read(self, name: str) -> None:
        before = set(self.orders)
        shared = set()
        with gzip.open(DATA / name, "rt", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                self.rows += 1
                code = row["StockCode"].upper()
                if not row["CustomerID"]:
                    self.left_out["anonymous"] += 1
                    continue
                self.customers.add(row["CustomerID"])
                if code in NO_GOODS or code.startswith(("TEST", "ADJUST", "GIFT")):
                    self.left_out["no goods"] += 1
                elif Decimal(row["UnitPrice"]) <= 0:
                    self.left_out["no price"] += 1
                elif row["InvoiceNo"] in before:
                    self.left_out["repeated"] += 1
                    shared.add(row["InvoiceNo"])
                else:
                    amount = self.orders.get(row["InvoiceNo"], ("", "", Decimal(0)))[2]
                    amount += int(row["Quantity"]) * Decimal(row["UnitPrice"])
                    self.orders[row["InvoiceNo"]] = (row["CustomerID"], row["InvoiceDate"][:10], amount)
        self.shared += len(shared)


@cache
def plainly() -> Plainly:
    return Plainly()


def test_online_retail_from_file_to_tier_changes() -> None:
    out = StringIO()
    call_command("online_retail", DATA, stdout=out)
    expected = plainly()
    check_facts(expected, out.getvalue())
    check_gradings(expected)
    check_changes()
    again = StringIO()
    paths = [str(DATA / name) for name in FILES]
    call_command("load_orders", *paths, mapping="online_retail", stdout=again)
    assert "Nothing is new." in again.getvalue()
    assert Order.objects.count() == len(expected.orders)


def check_facts(expected: Plainly, said: str) -> None:
    """Every customer, order and amount is that of the plain reading; nothing is counted twice."""
    on_record = {
        number: (code, on.isoformat(), amount)
        for number, code, on, amount in Order.objects.values_list(
            "number", "customer__code", "ordered_on", "amount"
        )
    }
    assert on_record == {
        n: (code, on, int(amount * 100)) for n, (code, on, amount) in expected.orders.items()
    }
    assert set(Customer.objects.values_list("code", flat=True)) == expected.customers
    assert (Customer.objects.count(), len(on_record)) == (5_942, 43_876)
    assert Order.objects.filter(number__startswith="C").count() == 7_282
    assert not Order.objects.filter(number__startswith="C", amount__gte=0).exists()
    assert not Order.objects.exclude(number__startswith="C").filter(amount__lte=0).exists()
    assert Order.objects.aggregate(n=Sum("amount"))["n"] == 1_641_193_133
    days = Order.objects.aggregate(first=Min("ordered_on"), last=Max("ordered_on"))
    assert days == {"first": date(2009, 12, 1), "last": date(2011, 12, 9)}
    assert (expected.rows, expected.shared) == (1_067_370, 895)
    assert expected.left_out == {"anonymous": 243_007, "no goods": 3_735, "no price": 61, "repeated": 14_737}
    for line in (
        "1,067,370 rows, 2009-12-01 to 2011-12-09",
        "customers: 5,942 new, 0 known",
        "orders: 36,594 new and 7,282 returns new, 0 known",
        "rows in new orders: 805,830; in known orders: 0",
        "rows without a customer: 243,007",
        "rows of no goods: 3,735",
        "rows without a price: 61",
        "rows in orders that stand in two files or sheets: 14,737",
    ):
        assert f"{line}\n" in said
    stages = dict(Customer.objects.order_by().values_list("lifecycle").annotate(n=Count("pk")))
    assert stages["prospect"] == 5_942 - len({code for code, _on, _amount in expected.orders.values()})
    assert Customer.objects.filter(lifecycle="prospect").exclude(cooperation_since=None).count() == 0
    assert Customer.history.count() == Standing.objects.count() == 5_942


def check_gradings(expected: Plainly) -> None:
    """Everybody is graded as of each quarter's end, by no order that came after it."""
    runs = list(Run.objects.order_by("as_of"))
    assert [(run.as_of, run.state, run.customers) for run in runs] == [
        (d, "published", 5_942) for d in QUARTERS
    ]
    for run in runs:
        # A customer that had only returned something by then has too little on record.
        had_bought = {
            c for c, on, amount in expected.orders.values() if on <= run.as_of.isoformat() and amount > 0
        }
        had_orders = {c for c, on, _amount in expected.orders.values() if on <= run.as_of.isoformat()}
        graded = set(run.gradings.exclude(tier=None).values_list("customer__code", flat=True))
        assert had_bought <= graded <= had_orders
    first, last = date(2010, 12, 10), QUARTERS[-1]
    spent: Counter[str] = Counter()
    for code, on, amount in expected.orders.values():
        if first.isoformat() <= on <= last.isoformat():
            spent[code] += int(amount * 100)
    amounts = Grading.objects.filter(run=runs[-1]).exclude(annual_amount=None)
    assert {code: n for code, n in amounts.values_list("customer__code", "annual_amount") if n} == {
        code: n for code, n in spent.items() if n
    }
    tiers = Counter(Standing.objects.filter(graded_on=last).values_list("tier__key", flat=True))
    assert tiers == {"core": 127, "important": 827, "regular": 1_735, "potential": 3_186, None: 67}


def check_changes() -> None:
    """Each change has its reason, whose parts add up exactly to the change of the total."""
    assert TierChange.objects.filter(from_tier=F("to_tier")).count() == 0
    for run in Run.objects.order_by("as_of"):
        changes = run.changes.all()
        ups, downs = changes.upgrades().count(), changes.downgrades().count()
        assert (ups > 100, downs > 100) == (run.as_of > QUARTERS[0],) * 2
        assert changes.count() == ups + downs + changes.filter(from_tier=None).count()
        totals = dict(run.gradings.values_list("customer_id", "total"))
        for change in changes.exclude(from_tier=None):
            reason = Reason.from_json(change.reason)
            before, after = reason.totals
            assert (after, sum(line.delta for line in reason.lines)) == (
                totals[change.customer_id],
                (after or 0) - (before or 0),
            )
            assert sum(row.delta for row in rows_of(reason)) == shown_change(reason)
