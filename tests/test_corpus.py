"""Sheets as companies send them, from the file to the book: each comes in exactly, or is refused with its cell.

What single rules do with single cells is tried in `toolbox/tests` and `customers/tests`; here whole files go through the
three doors, and all of them say the same.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from customers.models import Assessment, Contact, Contract, Customer, Figure, Import, Order, Payment
from customers.tests.making import a_customer
from toolbox.tests.sheets_making import (
    binary,
    compound,
    ods,
    record,
    related,
    repacked,
    rows_of,
    saved,
    wide,
    workbook,
    xls,
    xlsb,
    xlsx,
)

pytestmark = pytest.mark.django_db
Capture = Callable[..., Any]
NO_RESULT: Final = "The cell holds a formula whose result was not saved."
ORDERS: Final = ["订单号", "客户名称", "订单日期", "金额"]
DAY: Final = date(2026, 1, 5)
BOOKED: Final[dict[str, tuple[type[Model], tuple[str, ...]]]] = {
    "customers": (Customer, ("code", "name", "province", "notes")),
    "contacts": (Contact, ("customer__code", "name", "phone", "email")),
    "orders": (Order, ("number", "customer__code", "ordered_on", "amount")),
    "order_lines": (Order, ("number", "customer__code", "ordered_on", "amount")),
    "payments": (Payment, ("customer__code", "amount", "due_on", "paid_on")),
    "contracts": (Contract, ("number", "customer__code", "amount", "ends_on")),
    "ratings": (Assessment, ("customer__code", "indicator", "rating")),
    "figures": (Figure, ("customer__code", "indicator", "value")),
    "tiers": (Customer, ("code", "notes")),
}


@dataclass(frozen=True)
class Sent:
    kind: str
    file: str
    data: bytes
    comes_in: Sequence[tuple[Any, ...]] = ()
    """What is on record afterwards, of what was not there before."""
    wrong: Mapping[str, str] = field(default_factory=dict)
    """Cells that are refused, each with why; under "" why the file is, as a whole."""


def text(
    kind: str,
    content: str,
    *comes_in: tuple[Any, ...],
    encoding: str = "utf-8",
    file: str = "表.csv",
    **wrong: str,
) -> Sent:
    return Sent(kind, file, content.encode(encoding), comes_in, wrong)


def sheet(
    kind: str,
    rows: Sequence[Sequence[Any]],
    *comes_in: tuple[Any, ...],
    merged: Sequence[str] = (),
    **wrong: str,
) -> Sent:
    return Sent(kind, "表.xlsx", rows_of(rows, title="表", merged=merged), comes_in, wrong)


def refused(data: bytes | str, why: str, file: str = "表.xls") -> Sent:
    return Sent("customers", file, data if isinstance(data, bytes) else data.encode(), (), {"": why})


def several_sheets() -> bytes:
    book = openpyxl.Workbook()
    first: Any = book.active
    first.append(["填表说明", "请在第二张表填写"])
    second: Any = book.create_sheet("客户")
    for row in (["客户编号", "客户名称"], ["N1", "甲公司"]):
        second.append(row)
    old: Any = book.create_sheet("旧表")
    old.append(["客户编号", "客户名称", "省份", "备注"])
    old.append(["N9", "旧公司", "浙江", "x"])
    old.sheet_state = "hidden"
    second.auto_filter.ref = "A1:B2"
    second.protection.sheet = True
    return saved(book)


def cell(at: str, inner: str) -> str:
    return f'<c r="{at}" t="inlineStr"><is><t>{inner}</t></is></c>'


HEADER: Final = f'<row r="1">{cell("A1", "客户编号")}{cell("B1", "客户名称")}</row>'
ONE: Final = f'{HEADER}<row r="2">{cell("A2", "N1")}{cell("B2", "甲公司")}</row>'
N1: Final = ("N1", "甲公司", "", "")
X1: Final = ("X1", "A1", DAY, 100_00)
HTML: Final = "<table><tr><td>客户编号</td><td>客户名称</td></tr><tr><td>N1</td><td>甲公司</td></tr></table>"
XML_2003: Final = (
    '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
    "<Worksheet><Table><Row><Cell><Data>N1</Data></Cell></Row></Table></Worksheet></Workbook>"
)


def text_cell(column: int, said: str) -> bytes:
    return binary(6, column.to_bytes(4, "little") + b"\0" * 4 + wide(said))


def binary_row(number: int) -> bytes:
    return binary(0, number.to_bytes(4, "little") + b"\0" * 13)


CORPUS: Final[dict[str, Sent]] = {
    # Headers
    "往来单位": text("customers", "往来单位编码,往来单位名称,所属省份,备注信息\nN1,甲公司,浙江省,好\n", ("N1", "甲公司", "33", "好")),
    "traditional characters": text("customers", "客戶編號,客戶名稱,省份\nN1,甲公司,浙江\n", ("N1", "甲公司", "33", "")),
    "headers with stars, colons and breaks": text("customers", '*客户编号：,"客户\n名称（必填）"\nN1,甲公司\n', N1),
    "headers with spaces of no width": text("customers", "\u200b客 户 编 号\u00a0,客　户　名　称\nN1,甲公司\n", N1),
    "an invoice program": text(
        "orders", "单据日期,单据编号,购货单位代码,购货单位,价税合计(本位币)\n2026/1/5,X1,A1,Acme,100.00\n", X1
    ),
    "移动电话": text(
        "contacts", "单位名称,姓名,移动电话,邮箱地址\nAcme,李雷,+86 138-0013-8000,li@example.com\n",
        ("A1", "李雷", "+86 138-0013-8000", "li@example.com"),
    ),
    "到账时间": text(
        "payments", "付款单位,到账金额,应收日,到账时间\nAcme,¥1130,2026.1.5,2026-01-04 12:30\n",
        ("A1", 1130_00, DAY, date(2026, 1, 4)),
    ),
    "甲方": text(
        "contracts", "合同号,甲方,合同总价（万元）,签约日期,合同终止日期\nH1,Acme,50,2025-1-1,2025年12月31日\n",
        ("H1", "A1", 500_000_00, date(2025, 12, 31)),
    ),
    "得分": text("ratings", "客户名称,指标名称,得分,评分日期\nAcme,转介绍能力,4,20260105\n", ("A1", "referral_ability", 4)),
    "值": text("figures", "客户编号,指标,值,截至日期\nA1,行业发展前景,80,2026-01-05\n", ("A1", "industry_outlook", 80)),
    "核心客户": text("tiers", "客户编号,客户等级,客户备注\nA1,核心客户,好\n", ("A1", "好")),
    "no headers": text("customers", "N1,杭州甲公司,浙江\nN2,杭州乙公司,浙江\n", **{"": "No row of headers was recognised in sheet “表”."}),
    "no table": text("customers", "no table\nat all\n", **{"": "No row of headers was recognised in sheet “表”."}),
    "a header that comes twice": text(
        "orders", "订单号,客户编号,订单日期,金额,金额\nX1,A1,2026-01-05,1,2\n",
        **{"": "In sheet “表”, columns D, E could each be “Amount”. Say which one is."},
    ),
    "no customer": text(
        "orders", "订单号,订单日期,金额\nX1,2026-01-05,1\n", **{"": "There is no column “Customer code” or “Customer name” in sheet “表”."}
    ),
    "two headers that are alike, beside others": text(
        "customers", "客户编号,客户名称,备注,备注\nN1,甲公司,a,b\n",
        **{"": "In sheet “表”, columns C, D could each be “Customer notes”. Say which one is."},
    ),
    "单位全名": text("customers", "单位编号,单位全名,单位简称,联系电话\nN1,甲公司,甲,13800138000\n", N1),
    "a shop's orders": text(
        "orders", "订单编号,买家公司名,买家会员名,货品总价(元),运费(元),实付款(元),订单创建时间,订单付款时间\n"
        '"=""3012345678901234567""",Acme,acme88,90.00,10.00,100.00,2026-01-05 12:30:11,2026-01-05 12:31:00\n',
        ("3012345678901234567", "A1", DAY, 100_00), encoding="gb18030",
    ),
    "a bank's": text(
        "payments", "交易日期,付款方户名,收入金额,到期日\n20260104,Acme,100.00,20260105\n", ("A1", 100_00, DAY, date(2026, 1, 4))
    ),
    "开始时间": text(
        "contracts", "合同编号,客户名称,合同金额(元),开始时间,结束时间,签订日期\nH1,Acme,￥500,2025-01-01,2025-12-31,2024-12-20\n",
        ("H1", "A1", 500_00, date(2025, 12, 31)),
    ),
    # Where the table is
    "who made and checked it, and when": sheet(
        "orders", [ORDERS, ["X1", "Acme", DAY, 100], ["制表人：张三", "审核：李四", "会计：", "日期：2026-02-01"]], X1
    ),
    "two tables, one below the other": sheet(
        "customers", [["客户编号", "客户名称"], ["N1", "甲公司"], [], ["供应商编号", "供应商名称"], ["S1", "乙公司"]],
        A4="Another table seems to begin here.",
    ),
    "two tables beside each other": sheet(
        "customers", [["客户编号", "客户名称", None, "客户编号", "客户名称"], ["N1", "甲公司", None, "N2", "乙公司"]],
        **{"": "In sheet “表”, columns A, D could each be “Customer code”. Say which one is."},
    ),
    "headers below each other": sheet(
        "customers", [["客户编号", "N1", "N2"], ["客户名称", "甲公司", "乙公司"], ["省份", "浙江", "江苏"]],
        **{"": "In sheet “表” the headers stand below each other, in column A."},
    ),
    "a title, and amounts in 万元": sheet(
        "orders", [["2026年销售订单"], ["编制单位：某某公司", None, None, "单位：万元"], ORDERS, ["X1", "Acme", DAY, 0.01]], X1, merged=["A1:D1"]
    ),
    "sums of groups, and who made it": sheet(
        "orders",
        [ORDERS, ["X1", "Acme", DAY, 100], ["Acme 汇总", None, None, 100], [None, "小计", None, 100], ["合  计：", None, None, 100], ["制表：张三"]],
        X1,
    ),
    "customers merged downwards": sheet(
        "orders", [["客户名称", "订单号", "订单日期", "金额"], ["Acme", "X1", DAY, 100], [None, "X2", DAY, 5]],
        X1, ("X2", "A1", DAY, 5_00), merged=["A2:A3"],
    ),
    "amounts merged downwards": sheet(
        "orders", [ORDERS, ["X1", "Acme", DAY, 100], ["X2", "Acme", DAY, None]], merged=["D2:D3"], D3="“Amount” is missing."
    ),
    "a form with an example": sheet(
        "customers", [["填写说明：\n客户编号必填。"], ["客户编号", "客户名称"], ["（必填）", "（必填）"], ["示例：K001", "示例公司"], ["N1", "甲公司"]], N1
    ),
    "two header rows": sheet(
        "contracts",
        [["合同号", "客户", None, "合同", None, None], [None, "编号", "名称", "金额", "开始日期", "结束日期"],
         ["H1", "A1", "Acme", 5, date(2025, 1, 1), date(2025, 12, 31)]],
        ("H1", "A1", 5_00, date(2025, 12, 31)), merged=["A1:A2", "B1:C1", "D1:F1"],
    ),
    "several sheets, one of them hidden": Sent("customers", "表.xlsx", several_sheets(), [N1]),
    "an empty workbook": Sent("customers", "表.xlsx", rows_of([]), (), {"": "The file holds no rows."}),
    "headers alone": text("customers", "客户编号,客户名称\n , \n", **{"": "There are no rows of data below the header."}),
    # What stands in it
    "amounts as people write them": text(
        "orders", "订单号,客户编号,订单日期,金额\n" + "".join(
            f'X{n},A1,2026-01-05,"{amount}"\n'
            for n, amount in enumerate(["1,234.5", "1.2万", "￥１２００", "（1200）", "RMB 1,200元", "壹仟贰佰元整", "\u202a1200\u202c"])
        ),
        *((f"X{n}", "A1", DAY, fen) for n, fen in enumerate([1234_50, 12_000_00, 1200_00, -1200_00, 1200_00, 1200_00, 1200_00])),
    ),
    "amounts nobody can tell": text(
        "orders", "订单号,客户编号,订单日期,金额,币种\nX1,A1,2026-01-05,1.2E+5,\nX2,A1,2026-01-05,$5,\nX3,A1,2026-01-05,5,美元\nX4,A1,2026-01-05,#REF!,\n",
        D2="The number was shortened, and its last digits are lost.", D3="This is not an amount.",
        E4="The amounts of this row are in another currency, and amounts are kept in CNY.", D5="The cell holds the error #REF!.",
    ),
    "digits that are none": text(
        "orders", "订单号,客户编号,订单日期,金额\nX1,A1,2026-01-0⁵,10²\nX2,A1,2026-01-05,①\nX3,A1,2026-01-05,壹贰叁元整\n",
        C2="This is not a date.", D2="This is not an amount.", D3="This is not an amount.", D4="This is not an amount.",
    ),
    "an address of full width": text(
        "contacts", "客户名称,姓名,邮箱\nAcme,李雷,li＠example．com\n", ("A1", "李雷", "", "li@example.com")
    ),
    "days nobody can tell": text(
        "orders", "订单号,客户编号,订单日期,金额\nX1,A1,3月5日,1\nX2,A1,2026-02-30,1\nX3,A1,03/05/2026,1\nX4,A1,26/1/5,1\n",
        C2="The date has no year.", C3="There is no day 2026-02-30.", C4="Day and month could be taken for each other.",
        C5="The year has only two digits.",
    ),
    "codes that Excel changed": sheet(
        "customers", [["客户编号", "客户名称"], [12345678901234567, "甲"], ["1.2E+16", "乙"], [datetime(2026, 3, 1), "丙"]],  # noqa: DTZ001
        A2="The number has more than 15 digits, and Excel keeps only 15: the last ones are lost.",
        A3="Excel has shortened this code, and its last digits are lost.", A4="Excel made something else of this code.",
    ),
    "formulas nobody reckoned": sheet("orders", [ORDERS, ["X1", "Acme", DAY, "=1+1"]], D2=NO_RESULT),
    "formulas that XlsxWriter wrote": Sent(
        "customers", "表.xlsx", xlsx(ONE.replace(cell("B2", "甲公司"), '<c r="B2"><f>A2</f><v>0</v></c>'), properties='<calcPr fullCalcOnLoad="1"/>'),
        (), {"B2": NO_RESULT},
    ),
    "rare characters and what looks like formulas": text(
        "customers", '客户编号,客户名称,备注\nN1,𠮷野家㐂,"=1+1\n@x"\nN2,+86公司,😀\n',
        ("N1", "𠮷野家㐂", "", "=1+1\n@x"), ("N2", "+86公司", "", "😀"),
    ),
    # Files
    "GB18030": text("customers", "客户编号,客户名称\nN1,𠮷野家€\n", ("N1", "𠮷野家€", "", ""), encoding="gb18030"),
    "UTF-16, separated by tabs": text("customers", "客户编号\t客户名称\nN1\t甲公司\n", N1, encoding="utf-16", file="表.txt"),
    "a line for Excel, and semicolons": text("customers", "sep=;\n客户编号;客户名称\nN1;甲公司\n", N1),
    "a DOS file": text("customers", "客户编号,客户名称\r\nN1,甲公司\r\n\x1a", N1),
    "a text that has shifted": text("customers", "客户编号,客户名称,备注\nN1,甲,乙公司,x\n", D2="This cell stands beyond the last header."),
    "xls": Sent(
        "customers", "表.xlsx", xls(
            b"".join(
                record(0x0204, row.to_bytes(2, "little") + column.to_bytes(2, "little") + b"\0\0" + len(said).to_bytes(2, "little") + b"\1" + said.encode("utf-16-le"))
                for row, line in enumerate([["客户编号", "客户名称"], ["N1", "甲公司"]]) for column, said in enumerate(line)
            )
        ), [N1],
    ),
    "xlsb": Sent(
        "customers", "表.xlsb", xlsb(
            b"".join(
                binary_row(n) + text_cell(0, code) + text_cell(1, name)
                for n, (code, name) in enumerate([("客户编号", "客户名称"), ("N1", "甲公司")])
            )
        ), [N1],
    ),
    "ods": Sent(
        "customers", "表.ods", ods(
            "".join(
                "<table:table-row>" + "".join(f'<table:table-cell office:value-type="string"><text:p>{said}</text:p></table:table-cell>' for said in line) + "</table:table-row>"
                for line in [["客户编号", "客户名称"], ["N1", "甲公司"]]
            )
        ), [N1],
    ),
    "macros and links elsewhere": Sent(
        "customers", "表.xlsm", repacked(xlsx(ONE), {"xl/vbaProject.bin": b"\0" * 99, "xl/externalLinks/externalLink1.xml": related()}), [N1]
    ),
    "a million blank rows": Sent("customers", "表.xlsx", xlsx(ONE + "".join(f'<row r="{n}"/>' for n in range(3, 1_048_577))), [N1]),
    "a NUL": refused("客户编号,客户名称\nN1,甲\0公司\n", "Row 2 of the text file holds a character that no text has (NUL)."),
    "a long text in a line": refused(
        f"客户编号,客户名称\nN1,{'x' * 32_768}\n", "A cell may hold at most 32767 characters; B2 of “表” holds more.", file="表.csv"
    ),
    "a web page called xls": refused(f"<style>td {{}}</style>{HTML}", "This is a web page called a workbook."),
    "a web page in GBK": refused(f"<html><meta charset=gb2312>{HTML}".encode("gbk"), "This is a web page called a workbook."),
    "a web archive": refused(f"MIME-Version: 1.0\n\n{HTML}", "This is a web page called a workbook."),
    "XML of Excel 2003": refused(XML_2003, "This is a workbook written as XML"),
    "two encodings": refused(
        "客户编号,客户名称\nN1,甲公司\n".encode() + "N2,乙公司\n".encode("gbk"), "The text is written in different encodings; row 3 cannot be read."
    ),
    "encrypted": refused(compound({"EncryptedPackage": b"x" * 5_000}), "The workbook is protected by a password."),
    "cut off": refused(workbook({"A1": 1})[:-200], "The workbook is damaged or not complete."),
    "an external entity": refused(
        repacked(xlsx(ONE), {"xl/sharedStrings.xml": '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><sst>&y;</sst>'}),
        "The workbook declares entities or a document type",
    ),
    "a bomb": refused(xlsx("", worksheet=HEADER + " " * 60_000_000), "The workbook unpacks to many times its size."),
    "201 columns": refused(rows_of([["x"] * 201]), "A sheet may have at most 200 columns, and something stands in GS1 of “Sheet”."),
    "a long text": refused(xlsx(HEADER + f'<row r="2">{cell("A2", "x" * 32_768)}</row>'), "A cell may hold at most 32767 characters; A2 of “S” holds more."),
}  # fmt: skip


@pytest.fixture
def book(alice: User, dora: User) -> User:
    a_customer("Acme", owner=alice, code="A1")
    return dora


def booked(kind: str) -> list[tuple[Any, ...]]:
    model, fields = BOOKED[kind]
    return list(model._default_manager.order_by("pk").values_list(*fields))


@pytest.mark.parametrize("name", CORPUS)
def test_it_comes_in_exactly_or_every_door_says_what_is_wrong(
    client: Client, book: User, tmp_path: Path, django_capture_on_commit_callbacks: Capture, name: str
) -> None:
    sent = CORPUS[name]
    before = booked(sent.kind)
    client.force_login(book)
    said = [
        by_api(client, sent, django_capture_on_commit_callbacks),
        by_page(client, sent, django_capture_on_commit_callbacks),
        by_command(sent, tmp_path),
    ]
    assert booked(sent.kind) == before
    for errors in said[:2]:
        assert errors.keys() == sent.wrong.keys()
        assert all(errors[at].startswith(why) for at, why in sent.wrong.items())
    assert all(why in said[2][""] for why in sent.wrong.values())
    assert bool(said[2][""]) == bool(sent.wrong)
    if sent.comes_in:
        commit(client, django_capture_on_commit_callbacks)
        assert [row for row in booked(sent.kind) if row not in before] == list(sent.comes_in)


def by_api(client: Client, sent: Sent, capture: Capture) -> dict[str, str]:
    """Cells with what is wrong with them."""
    file = SimpleUploadedFile(sent.file, sent.data)
    with capture(execute=True):
        answer = client.post("/api/v1/imports/", {"file": file, "kind": sent.kind})
    assert answer.status_code in {201, 202, 422}
    return wrong_cells(Import.objects.latest("pk"))


def by_page(client: Client, sent: Sent, capture: Capture) -> dict[str, str]:
    """With what is proposed; where nobody could go on with that, what the page says instead."""
    file = SimpleUploadedFile(sent.file, sent.data)
    with capture(execute=True):
        client.post(reverse("customers:import_new", args=[sent.kind]), {"file": file, "mode": "both"})
    parent = Import.objects.latest("pk")
    if parent.state == Import.State.FAILED:
        return wrong_cells(parent)
    columns = reverse("customers:import_columns", args=[parent.pk])
    assert client.get(columns).status_code == 200
    mapped = {f"column_{at}": key for key, at in parent.mapping.items()}
    with capture(execute=True):
        answer = client.post(columns, mapped | {"mode": "both", "save_as": ""})
    if answer.status_code == 422:
        return {"": " ".join(answer.context["form"].non_field_errors())}
    parent.refresh_from_db()
    assert client.get(reverse("customers:import", args=[parent.pk])).status_code == 200
    return wrong_cells(parent)


def by_command(sent: Sent, folder: Path) -> dict[str, str]:
    """All it says is wrong, in one text."""
    file = folder / sent.file
    file.write_bytes(sent.data)
    errors = io.StringIO()
    try:
        call_command(
            "import", sent.kind, file, user="dora", dry_run=True, stdout=io.StringIO(), stderr=errors
        )
    except CommandError:
        assert errors.getvalue()
    return {"": errors.getvalue()}


def wrong_cells(parent: Import) -> dict[str, str]:
    return {f"{error['column']}{error['row'] or ''}": error["problem"] for error in parent.errors}


def commit(client: Client, capture: Capture) -> None:
    """What the page planned."""
    parent = Import.objects.exclude(state=Import.State.DISCARDED).latest("pk")
    answers = {"reason": "Agreed", "expires_on": timezone.localdate() + timedelta(days=30)}
    with capture(execute=True):
        client.post(reverse("customers:import_commit", args=[parent.pk]), answers)
    parent.refresh_from_db()
    assert parent.state == Import.State.DONE, parent.errors
