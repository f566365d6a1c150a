"""Facts of customers as rows of a sheet: contacts, orders, payments, contracts."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from customers.duplicates import names
from customers.imports import columns as cells
from customers.imports.columns import Column, Json
from customers.imports.kind import Candidate, Kind, Obstacle, missing_cell, plain, portions, register
from customers.models import Channel, Contact, Contract, Correction, Customer, Order, Payment
from customers.models.fact import Fact
from customers.services import many_facts, survivors
from toolbox.days import PAST, PLANNED

Known = tuple[int, str, str, bool]
"""Of a customer: id, code, name, whether it is archived."""


def customer_columns() -> list[Column]:
    return [
        Column(
            key="customer", name=gettext_lazy("Customer code"),
            also=(
                "客户编号", "客户编码", "客户代码", "客户号", "会员号", "往来单位编码", "往来单位编号", "购货单位编码", "购货单位代码",
                "购货单位编号", "客商编码", "单位编号", "单位编码", "customer code", "customer no", "customer number", "customer id",
                "account number", "customerid",
            ),
            parser=cells.code(40), sample="K0001", width=14,
            hint=gettext_lazy("Empty: the customer is found by its name."),
        ),
        Column(
            key="customer_name", name=gettext_lazy("Customer name"),
            also=(
                "客户名称", "客户全称", "客户", "公司名称", "企业名称", "单位名称", "往来单位", "往来单位名称", "购货单位", "购货单位名称",
                "购方名称", "购买方", "买方", "买方名称", "买家名称", "买家公司名", "买家会员名", "单位全名", "单位全称", "客户全名", "采购方", "客商名称", "甲方", "甲方名称", "付款单位", "付款方",
                "付款单位名称", "付款方户名", "customer name", "customer", "company name", "company", "bill to", "buyer",
            ),
            parser=cells.text(200), width=30,
        ),
    ]  # fmt: skip


class OfCustomers(Kind):
    """Each row is about a customer who is on record, under `customer_columns`; `links` says which one."""

    needs: ClassVar[tuple[tuple[str, ...], ...]] = (("customer", "customer_name"),)

    def settle(self, rows: Sequence[Candidate]) -> None:
        codes = {row.values["customer"] for row in rows if row.values.get("customer")}
        called = {
            row.values["customer_name"]
            for row in rows
            if row.values.get("customer_name") and not row.values.get("customer")
        }
        by_code, by_name = self._by_code(codes), self._by_name(called)
        for row in rows:
            self._find_customer(row, by_code, by_name)

    def _by_code(self, codes: set[str]) -> dict[str, Known]:
        """The code of a customer who was merged is another name of whom it went into."""
        found: dict[str, int] = {}
        for some in portions(codes):
            found |= dict(Customer.objects.filter(code__among=some).values_list("code", "pk"))
        went = survivors(found.values())
        wanted = {code: went.get(pk, pk) for code, pk in found.items()}
        seen: dict[int, Known] = {}
        for some_pks in portions(set(wanted.values())):
            rows = Customer.objects.visible_to(self.by).filter(pk__among=some_pks)
            for pk, code, name, archived in rows.values_list("pk", "code", "name", "archived_at"):
                seen[pk] = (pk, code, name, archived is not None)
        return {code: seen[pk] for code, pk in wanted.items() if pk in seen}

    def _by_name(self, called: set[str]) -> dict[str, list[Known]]:
        found: dict[str, list[Known]] = {}
        for some in portions(called):
            rows = Customer.objects.visible_to(self.by).active().filter(name__among=some).order_by("pk")
            for pk, code, name in rows.values_list("pk", "code", "name"):
                found.setdefault(name, []).append((pk, code, name, False))
        return found

    def _find_customer(
        self, row: Candidate, by_code: dict[str, Known], by_name: dict[str, list[Known]]
    ) -> None:
        code, name = row.values.get("customer"), row.values.get("customer_name")
        known = by_code.get(code) if code else None
        if not code and name:
            several = by_name.get(name, [])
            if len(several) > 1:
                row.refuse(
                    "customer_name",
                    _("Several customers on record have this name."),
                    _("Add a column with the customer code, and say in it which one is meant."),
                )
                return
            known = several[0] if several else None
        if not code and not name:
            if not any(problem.key in {"customer", "customer_name"} for problem in row.problems):
                missing_cell(row, "customer", self.columns.by_key["customer"].label())
        elif known is None:
            row.refuse(
                "customer" if code else "customer_name",
                _("There is no customer with this code among those you may see.")
                if code
                else _("There is no customer of this name among those you may see."),
                _("Correct it, or import the customer first."),
            )
        elif known[3]:
            row.refuse(
                "customer" if code else "customer_name",
                _("This customer is archived."),
                _("Restore the customer first, or delete the row."),
            )
        else:
            if code and name and name != known[2] and not same_company(name, known[2]):
                row.refuse(
                    "customer_name",
                    _("The customer with this code is called “%(name)s”.") % {"name": known[2]},
                    _("Correct the code or the name."),
                )
            row.links["customer"] = known[0]
            row.values["customer"], row.values["customer_name"] = known[1], known[2]


class FactKind(OfCustomers):
    """`fields` are our columns to those of the model; what a row is found by stands in `identity`."""

    model: ClassVar[type[Fact]]
    fields: ClassVar[dict[str, str]]
    hidden: ClassVar[tuple[str, ...]] = ("@customer",)

    # What is on record

    def lock(self, pks: Sequence[int]) -> None:
        for some in portions(sorted(pks)):
            rows = self.model._default_manager.select_for_update(of=("self",)).filter(pk__among=some)
            list(rows.order_by("pk").values_list("pk", flat=True))

    def current(self, pks: Sequence[int]) -> dict[int, dict[str, Json]]:
        found: dict[int, dict[str, Json]] = {}
        rows = self.model._default_manager.visible_to(self.by)  # type: ignore[attr-defined]
        for some in portions(sorted(pks)):
            told = rows.filter(pk__among=some, customer__archived_at=None).values_list(
                "pk", "customer_id", "customer__code", "customer__name", *self.fields.values()
            )
            for pk, customer, code, name, *values in told:
                found[pk] = {
                    "customer": code,
                    "customer_name": name,
                    "@customer": customer,
                    **dict(zip(self.fields, map(plain, values), strict=True)),
                }
        return found

    def out_of_reach(self, rows: Sequence[Candidate]) -> set[int]:
        wanted = {row.links["customer"] for row in rows}
        there: set[int] = set()
        for some in portions(wanted):
            visible = Customer.objects.visible_to(self.by).active().filter(pk__among=some)
            there |= set(visible.values_list("pk", flat=True))
        return {row.number for row in rows if row.links["customer"] not in there}

    def fill(self, rows: Sequence[Candidate]) -> None:
        """What stands on record of those that were found."""
        known = self.current([row.pk for row in rows if row.pk])
        for row in rows:
            if row.pk:
                row.was = known.get(row.pk, {})

    def named(self, row: Candidate, *more: Any) -> None:
        row.label = " · ".join(str(part) for part in (row.values.get("customer_name"), *more) if part)

    # What goes out to be edited

    def exported(self, customers: QuerySet[Any]) -> list[int]:
        theirs = customers.order_by().values("pk")
        rows: Any = self.model._default_manager
        found = rows.visible_to(self.by).filter(customer__in=theirs, customer__archived_at=None)
        return list(found.order_by("customer_id", "pk").values_list("pk", flat=True))

    def may_be_emptied(self, key: str) -> bool:
        if key not in self.fields:
            return False
        field: Any = self.model._meta.get_field(self.fields[key].removesuffix("_id"))
        return bool(field.blank)

    def label_of(self, said: Mapping[str, Json]) -> str:
        shown = (self.columns.by_key[key].shown(said.get(key)) for key in self.labelled)
        return " · ".join(str(part) for part in (said.get("customer_name"), *shown) if part)

    labelled: ClassVar[tuple[str, ...]] = ()
    """The columns by which people know a row, beside its customer."""

    def last_changes(self, since: Mapping[int, datetime]) -> dict[int, dict[str, tuple[str, datetime]]]:
        found: dict[int, dict[str, tuple[str, datetime]]] = {}
        keys = {name.removesuffix("_id"): key for key, name in self.fields.items()}
        for some in portions(sorted(since)):
            later = Correction.objects.filter(kind=self.model._meta.model_name or "", fact_id__among=some)
            for pk, changes, shown, username, at in later.order_by("pk").values_list(
                "fact_id", "changes", "by__display_name", "by__username", "recorded_at"
            ):
                for name in changes:
                    if name in keys and at >= since[pk]:
                        found.setdefault(pk, {})[keys[name]] = (shown or username, at)
        return found

    # What is done

    def create(self, rows: Sequence[Candidate]) -> list[int]:
        fields = list(self.fields)
        wanted = [
            [row.links["customer"], *(self.kept(key, row.values.get(key), row) for key in fields)]
            for row in rows
        ]
        return many_facts.record(
            self.model, ["customer_id", *(self.fields[key] for key in fields)], wanted, at=self.at
        )

    def kept(self, key: str, value: Json, row: Candidate) -> Json:  # noqa: ARG002 - for those that override it
        """As the model keeps it: nothing is an empty text where the column knows no NULL."""
        field: Any = self.model._meta.get_field(self.fields[key].removesuffix("_id"))
        if value is None and not field.null:
            return False if field.get_internal_type() == "BooleanField" else ""
        return value

    def update(self, rows: Sequence[Candidate]) -> None:
        changes = {
            row.pk: {
                self.fields[key]: self.kept(key, value, row)
                for key, value in row.values.items()
                if key in self.fields
            }
            for row in rows
            if row.pk
        }
        many_facts.correct(self.model, changes, by=self.by, at=self.at)

    def hindered(self, rows: Sequence[Candidate]) -> list[Obstacle]:
        found: dict[int, Obstacle] = {}
        kind = self.model._meta.model_name or ""
        for some in portions([row.pk for row in rows if row.pk]):
            later = Correction.objects.filter(kind=kind, fact_id__among=some)
            for pk in later.values_list("fact_id", flat=True).distinct():
                found[pk] = Obstacle(pk, "", _("It was corrected since."))
        return list(found.values())

    def remove(self, rows: Sequence[Candidate]) -> None:
        many_facts.take_back(self.model, [row.pk for row in rows if row.pk], by=self.by, at=self.at)


def same_company(one: str, other: str) -> bool:
    """As the list of possible duplicates compares names."""
    first, second = names.of([one.replace("\n", " "), other.replace("\n", " ")])
    return first.is_same(second)


class Numbered(FactKind):
    """Found by a number that stands once in the book."""

    number: ClassVar[Promise]

    def find(self, rows: Sequence[Candidate]) -> None:
        known: dict[str, tuple[int, int, bool]] = {}
        model: Any = self.model
        for some in portions({row.values["number"] for row in rows if row.values.get("number")}):
            on_record = list(
                model._default_manager.filter(number__among=some).values_list("number", "pk", "customer")
            )
            seen = set(
                model._default_manager.visible_to(self.by)
                .filter(pk__in=[pk for _number, pk, _customer in on_record])
                .values_list("pk", flat=True)
            )
            known |= {number: (pk, customer, pk in seen) for number, pk, customer in on_record}
        for row in rows:
            number = row.values.get("number")
            self.named(row, number)
            if not number:
                if not any(problem.key == "number" for problem in row.problems):
                    missing_cell(row, "number", self.columns.by_key["number"].label())
                continue
            first = self.seen.setdefault(str(number), row.number)
            if first != row.number:
                row.refuse(
                    "number",
                    _("This number stands in row %(row)s already.") % {"row": first},
                    _("Keep one of the two rows."),
                )
            if number in known:
                self._identify(row, *known[str(number)])
        self.fill(rows)

    @property
    def seen(self) -> dict[str, int]:
        if not hasattr(self, "_seen"):
            self._seen: dict[str, int] = {}
        return self._seen

    def _identify(self, row: Candidate, pk: int, customer: int, is_visible: bool) -> None:
        if not is_visible:
            row.refuse(
                "number", _("This number is taken, and not by one of yours."), _("Correct the number.")
            )
        elif row.links.get("customer", customer) != customer:
            row.refuse(
                "customer" if row.values.get("customer") else "customer_name",
                _("On record, this number is another customer's."),
                _("Correct the customer or the number."),
            )
            row.pk = pk
        else:
            row.pk = pk


@register
class Contacts(FactKind):
    key = "contacts"
    name = gettext_lazy("Contacts")
    description = gettext_lazy("People at customers: found by the customer and the person's name.")
    icon = "phone"
    model = Contact
    fields: ClassVar[dict[str, str]] = {
        "name": "name", "title": "title", "phone": "phone", "email": "email", "wechat": "wechat",
        "preferred_channel": "preferred_channel", "is_primary": "is_primary",
    }  # fmt: skip
    identity: ClassVar[tuple[str, ...]] = ("customer", "customer_name", "name")
    needs: ClassVar[tuple[tuple[str, ...], ...]] = (*OfCustomers.needs, ("name",))
    correctable: ClassVar[tuple[str, ...]] = ("name",)
    labelled: ClassVar[tuple[str, ...]] = ("name",)

    def make_columns(self) -> list[Column]:
        return [
            *customer_columns(),
            Column(
                key="name", name=gettext_lazy("Contact name"),
                also=("联系人", "联系人姓名", "姓名", "联系人名称", "客户联系人", "主要联系人姓名", "contact", "contact name", "contact person", "name", "full name"),
                parser=cells.text(100), is_required=True, sample="李雷",
            ),
            Column(key="title", name=gettext_lazy("Position"), also=("职务", "职位", "岗位", "联系人职务", "title", "job title", "position"), parser=cells.text(100), sample="采购经理"),
            Column(
                key="phone", name=gettext_lazy("Phone"),
                also=("电话", "手机", "手机号", "手机号码", "联系电话", "移动电话", "手机电话", "联系人电话", "联系人手机", "办公电话", "联系方式", "电话号码", "phone", "mobile", "telephone", "phone number", "tel"),
                parser=cells.phone, sample="13800138000",
            ),
            Column(key="email", name=gettext_lazy("E-mail"), also=("邮箱", "电子邮箱", "电子邮件", "邮件", "邮箱地址", "电邮", "email", "e-mail", "mail", "email address"), parser=cells.email, width=24),
            Column(key="wechat", name=gettext_lazy("WeChat"), also=("微信", "微信号", "wechat", "wechat id"), parser=cells.text(60)),
            cells.choice_column("preferred_channel", gettext_lazy("Preferred channel"), Channel, also=("偏好渠道", "沟通方式", "首选沟通方式", "preferred channel")),
            Column(
                key="is_primary", name=gettext_lazy("First contact"), also=("首要联系人", "主要联系人", "主联系人", "是否主要联系人", "first contact", "primary contact", "primary", "main contact"),
                parser=cells.truth, show=cells.shown_truth, choices=lambda: [_("Yes"), _("No")],
            ),
        ]  # fmt: skip

    def find(self, rows: Sequence[Candidate]) -> None:
        on_record: dict[tuple[int, str], list[int]] = {}
        for some in portions({row.links["customer"] for row in rows if "customer" in row.links}):
            told = Contact.objects.filter(customer__among=some).order_by("pk")
            for pk, customer, called in told.values_list("pk", "customer_id", "name"):
                on_record.setdefault((customer, called), []).append(pk)
        for row in rows:
            name = row.values.get("name")
            self.named(row, name)
            if not name:
                if not any(problem.key == "name" for problem in row.problems):
                    missing_cell(row, "name", self.columns.by_key["name"].label())
                continue
            if "customer" not in row.links:
                continue
            who = (row.links["customer"], str(name))
            first = self.seen.setdefault(who, row.number)
            if first != row.number:
                row.refuse(
                    "name",
                    _("This contact stands in row %(row)s already.") % {"row": first},
                    _("Keep one of the two rows."),
                )
            known = on_record.get(who, [])
            if len(known) > 1:
                row.refuse(
                    "name",
                    _("The customer has several contacts of this name."),
                    _("Correct them on the customer's page, and delete the row."),
                )
            row.pk = known[0] if known else None
        self.fill(rows)

    @property
    def seen(self) -> dict[tuple[int, str], int]:
        if not hasattr(self, "_seen"):
            self._seen: dict[tuple[int, str], int] = {}
        return self._seen


def order_number(*, also: tuple[str, ...] = (), is_required: bool = False, key: str = "number") -> Column:
    return Column(
        key=key, name=gettext_lazy("Order number"),
        also=("订单号", "订单编号", "订单号码", "单号", "单据编号", "单据号", "销售单号", "销售订单号", "销售订单编号", "出库单号", "合同订单号", "发票号", "发票号码", "order number", "order no", "order id", "invoice no", *also),
        parser=cells.code(60), is_required=is_required, sample="D2026-0001" if is_required else None,
    )  # fmt: skip


@register
class Orders(Numbered):
    key = "orders"
    name = gettext_lazy("Orders")
    description = gettext_lazy(
        "One row for each order, found by its number. Returns have a negative amount. A file with a row for each line of an order is imported as order lines."
    )
    icon = "receipt"
    may_update = "may_load_orders"
    model = Order
    fields: ClassVar[dict[str, str]] = {
        "number": "number", "ordered_on": "ordered_on", "amount": "amount", "category": "category",
        "customised_share": "customised_share",
    }  # fmt: skip
    identity: ClassVar[tuple[str, ...]] = ("number", "customer", "customer_name")
    needs: ClassVar[tuple[tuple[str, ...], ...]] = (*OfCustomers.needs, ("number",))
    labelled: ClassVar[tuple[str, ...]] = ("number",)

    def make_columns(self) -> list[Column]:
        return [
            order_number(is_required=True),
            *customer_columns(),
            cells.day_column(
                "ordered_on", gettext_lazy("Ordered on"), PAST, is_required=True, sample=date(2026, 1, 15),
                also=("订单日期", "下单日期", "下单时间", "订单时间", "订单创建时间", "订货日期", "成交日期", "销售日期", "单据日期", "下单日", "日期", "order date", "ordered on", "date"),
            ),
            Column(
                key="amount", name=gettext_lazy("Amount"),
                also=("金额", "订单金额", "合计金额", "销售金额", "成交金额", "总金额", "含税金额", "价税合计", "订单总额", "订单总金额", "销售额", "实付款", "实付金额", "应付金额", "总价", "amount", "order amount", "total", "total amount"),
                parser=cells.money(), show=cells.shown_money, is_required=True, written="money", sample=1_234_56,
            ),
            Column(
                key="category", name=gettext_lazy("Category"), also=("产品类别", "类别", "产品", "品类", "产品名称", "商品类别", "产品线", "货物名称", "商品名称", "物料名称", "存货名称", "category", "product category", "product"),
                parser=cells.text(100), sample="齿轮",
            ),
            Column(
                key="customised_share", name=gettext_lazy("Customised share"), also=("定制化占比", "定制占比", "定制比例", "定制化比例", "customised share", "customized share"),
                parser=cells.share, show=cells.shown_share, written="percent",
            ),
        ]  # fmt: skip

    def judge(self, row: Candidate) -> None:
        if row.pk is None:
            for key in ("ordered_on", "amount"):
                if row.values.get(key) is None:
                    missing_cell(row, key, self.columns.by_key[key].label())

    def hindered(self, rows: Sequence[Candidate]) -> list[Obstacle]:
        found = super().hindered(rows)
        for some in portions([row.pk for row in rows if row.pk]):
            paid = Payment.objects.filter(order__among=some).values_list("order", flat=True).distinct()
            found += [Obstacle(pk, "", _("A payment was recorded for this order.")) for pk in paid if pk]
        return found


@register
class Payments(FactKind):
    key = "payments"
    name = gettext_lazy("Payments")
    description = gettext_lazy(
        "What was due and when it was paid: found by customer, order, due day and amount, so that a later sheet fills in the day of payment."
    )
    icon = "cash"
    model = Payment
    fields: ClassVar[dict[str, str]] = {
        "amount": "amount",
        "due_on": "due_on",
        "paid_on": "paid_on",
        "order": "order_id",
    }
    hidden: ClassVar[tuple[str, ...]] = ("@customer", "@order")
    knows_twins = True
    identity: ClassVar[tuple[str, ...]] = ("customer", "customer_name", "order", "amount", "due_on")
    needs: ClassVar[tuple[tuple[str, ...], ...]] = (*OfCustomers.needs, ("amount",), ("due_on",))
    correctable: ClassVar[tuple[str, ...]] = ("order", "amount", "due_on")
    labelled: ClassVar[tuple[str, ...]] = ("order", "due_on")

    def make_columns(self) -> list[Column]:
        return [
            *customer_columns(),
            order_number(key="order"),
            Column(
                key="amount", name=gettext_lazy("Amount due"), also=("金额", "应收金额", "应付金额", "回款金额", "付款金额", "到款金额", "到账金额", "收款金额", "账款金额", "应收账款", "应收款", "amount", "amount due", "payment amount"),
                parser=cells.money(lowest=1), show=cells.shown_money, is_required=True, written="money", sample=1_234_56,
            ),
            cells.day_column(
                "due_on", gettext_lazy("Due on"), PLANNED, is_required=True, sample=date(2026, 2, 15),
                also=("到期日", "应付日期", "应收日期", "应回款日期", "应付款日", "付款期限", "到期日期", "应收日", "应付日", "应付款日期", "应收款日期", "账期到期日", "due date", "due on", "due"),
            ),
            cells.day_column(
                "paid_on", gettext_lazy("Paid on"), PAST, sample=date(2026, 2, 10),
                also=("付款日期", "回款日期", "实际付款日期", "实际回款日期", "到账日期", "到账时间", "到款日期", "实收日期", "收款日期", "收款时间", "付款时间", "回款时间", "交易日期", "交易时间", "入账日期", "paid on", "payment date", "paid date", "paid"),
            ),
        ]  # fmt: skip

    def settle(self, rows: Sequence[Candidate]) -> None:
        super().settle(rows)
        orders: dict[str, tuple[int, int]] = {}
        for some in portions({row.values["order"] for row in rows if row.values.get("order")}):
            told = Order.objects.visible_to(self.by).filter(number__among=some)
            orders |= {
                number: (pk, customer)
                for number, pk, customer in told.values_list("number", "pk", "customer_id")
            }
        for row in rows:
            number = row.values.get("order")
            if not number or "customer" not in row.links:
                continue
            known = orders.get(str(number))
            if known is None or known[1] != row.links["customer"]:
                row.refuse(
                    "order",
                    _("This customer has no order of this number."),
                    _("Correct the number, or import the order first."),
                )
            else:
                row.links["order"] = known[0]

    def find(self, rows: Sequence[Candidate]) -> None:
        """Two that are alike are two payments: the first in the sheet is the first on record, and so on."""
        on_record: dict[tuple[Any, ...], list[int]] = {}
        for some in portions({row.links["customer"] for row in rows if "customer" in row.links}):
            told = Payment.objects.filter(customer__among=some).order_by("pk")
            for pk, customer, order, amount, due in told.values_list(
                "pk", "customer_id", "order_id", "amount", "due_on"
            ):
                if pk not in self.spoken_for:
                    on_record.setdefault((customer, order, amount, due.isoformat()), []).append(pk)
        for row in rows:
            self.named(
                row, row.values.get("order"), self.columns.by_key["due_on"].shown(row.values.get("due_on"))
            )
            for key in ("amount", "due_on"):
                if row.values.get(key) is None and not any(problem.key == key for problem in row.problems):
                    missing_cell(row, key, self.columns.by_key[key].label())
            if row.problems:
                continue
            which = (
                row.links["customer"],
                row.links.get("order"),
                row.values["amount"],
                row.values["due_on"],
            )
            place = self.counted[which] = self.counted.get(which, -1) + 1
            known = on_record.get(which, [])
            row.pk = known[place] if place < len(known) else None
        self.fill(rows)

    @property
    def counted(self) -> dict[tuple[Any, ...], int]:
        if not hasattr(self, "_counted"):
            self._counted: dict[tuple[Any, ...], int] = {}
        return self._counted

    def current(self, pks: Sequence[int]) -> dict[int, dict[str, Json]]:
        found = super().current(pks)
        numbers: dict[int, str] = {}
        for some in portions({said["order"] for said in found.values() if said["order"]}):
            numbers |= dict(Order.objects.filter(pk__among=some).values_list("pk", "number"))
        for said in found.values():
            said["@order"] = said["order"]
            said["order"] = numbers.get(said["order"]) if isinstance(said["order"], int) else None
        return found

    def kept(self, key: str, value: Json, row: Candidate) -> Json:
        return row.links.get("order") if key == "order" else super().kept(key, value, row)


@register
class Contracts(Numbered):
    key = "contracts"
    name = gettext_lazy("Contracts")
    description = gettext_lazy("Framework contracts and their renewals, found by their number.")
    icon = "file-text"
    model = Contract
    fields: ClassVar[dict[str, str]] = {
        "number": "number", "subject": "subject", "amount": "amount", "starts_on": "starts_on", "ends_on": "ends_on",
        "renewed_on": "renewed_on",
    }  # fmt: skip
    identity: ClassVar[tuple[str, ...]] = ("number", "customer", "customer_name")
    needs: ClassVar[tuple[tuple[str, ...], ...]] = (*OfCustomers.needs, ("number",))
    labelled: ClassVar[tuple[str, ...]] = ("number",)

    def make_columns(self) -> list[Column]:
        return [
            Column(
                key="number", name=gettext_lazy("Contract number"), also=("合同号", "合同编号", "合同号码", "协议编号", "contract number", "contract no", "contract id"),
                parser=cells.code(60), is_required=True, sample="HT2026-01",
            ),
            *customer_columns(),
            Column(key="subject", name=gettext_lazy("Subject"), also=("合同名称", "合同标题", "标的", "主题", "项目名称", "合同内容", "subject", "contract name", "title"), parser=cells.text(200), sample="年度框架协议", width=30),
            Column(
                key="amount", name=gettext_lazy("Amount"), also=("金额", "合同金额", "合同总额", "合同总价", "合同价款", "合同总金额", "签约金额", "总金额", "amount", "contract amount"),
                parser=cells.money(), show=cells.shown_money, written="money", sample=500_000_00,
            ),
            cells.day_column(
                "starts_on", gettext_lazy("Starts on"), PLANNED, is_required=True, sample=date(2026, 1, 1),
                also=("开始日期", "生效日期", "起始日期", "开始时间", "生效时间", "起始时间", "合同开始日期", "合同开始时间", "合同起始日", "合同生效日期", "服务开始日期", "签订日期", "签约日期", "签署日期", "合同签订日期", "start date", "starts on", "start"),
            ),
            cells.day_column(
                "ends_on", gettext_lazy("Ends on"), PLANNED, is_required=True, sample=date(2026, 12, 31),
                also=("结束日期", "终止日期", "到期日期", "结束时间", "终止时间", "到期时间", "到期日", "合同到期日", "合同结束时间", "合同终止日期", "合同截止日期", "截止日期", "服务结束日期", "合同结束日期", "end date", "ends on", "end", "expiry date"),
            ),
            cells.day_column(
                "renewed_on", gettext_lazy("Renewed on"), PAST, also=("续签日期", "续约日期", "续签时间", "renewed on", "renewal date"),
            ),
        ]  # fmt: skip

    def judge(self, row: Candidate) -> None:
        if row.pk is None:
            for key in ("starts_on", "ends_on"):
                if row.values.get(key) is None:
                    missing_cell(row, key, self.columns.by_key[key].label())
        starts = row.values.get("starts_on") or row.was.get("starts_on")
        ends = row.values.get("ends_on") or row.was.get("ends_on")
        if starts and ends and str(ends) < str(starts):
            row.refuse(
                "ends_on" if "ends_on" in row.values else "starts_on",
                _("A contract cannot end before it starts."),
                _("Correct one of the two days."),
            )
