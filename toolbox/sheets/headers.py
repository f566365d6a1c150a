"""Headers: what is left of one when units, marks and ways of writing are taken off, and what its unit says."""

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from django.conf import settings

FACTORS: Final = {
    "": 1, "十": 10, "百": 100, "千": 1_000, "k": 1_000, "thousand": 1_000, "thousands": 1_000, "万": 10_000,
    "百万": 1_000_000, "million": 1_000_000, "millions": 1_000_000, "mn": 1_000_000, "千万": 10_000_000,
    "亿": 100_000_000,
}  # fmt: skip
CURRENCIES: Final = {
    "CNY": "元|圆|人民币|rmb|cny|¥", "USD": r"美元|美金|usd|us\$|\$", "EUR": "欧元|eur|€", "GBP": "英镑|gbp|£",
    "HKD": r"港元|港币|hkd|hk\$", "JPY": "日元|日圆|jpy",
}  # fmt: skip
TRADITIONAL: Final = str.maketrans(
    "戶編號稱單額價數產類別據電話聯繫絡係務門員級評備註職業區縣鄉鎮鐘時間開關閉總計實際應收發貨賬帳戰歲貸錢銀號碼圖書庫"
    "處當會長場廠廣東灣雲貴陝遼寧龍陽陰島嶼國際內億萬個條項結構規則標準續簽訂約銷售購買進選擇負責經濟屬傳郵網頁來創設團隊"
    "親優劣維護師從衛醫藥車輛飛機動態狀況歷紀錄檔導轉換變現層歸領導帶積權證書驗檢查詢複製錯誤無與為",
    "户编号称单额价数产类别据电话联系络系务门员级评备注职业区县乡镇钟时间开关闭总计实际应收发货账帐战岁贷钱银号码图书库"
    "处当会长场厂广东湾云贵陕辽宁龙阳阴岛屿国际内亿万个条项结构规则标准续签订约销售购买进选择负责经济属传邮网页来创设团队"
    "亲优劣维护师从卫医药车辆飞机动态状况历纪录档导转换变现层归领导带积权证书验检查询复制错误无与为",
)
JOINT: Final = " / "
"""Between the header of a group and that of a column in it."""

_BRACKETS: Final = re.compile(r"[(\[{【〔〈《](?P<within>[^()\[\]{}【】〔〕〈〉《》]*)[)\]}】〕〉》]")
_CURRENCY: Final = "|".join(CURRENCIES.values())
_SCALE: Final = "百万|千万|thousands?|millions?|mn|[千万亿k百十]"
_UNIT: Final = re.compile(
    rf"(?:单位|unit|in)?[:\s]*(?P<before>{_CURRENCY})?[:\s]*(?P<scale>{_SCALE})?\s*"
    rf"(?:(?P<currency>{_CURRENCY})\s*(?P<behind>{_SCALE})?(?:人民币|rmb|cny)?)?(?P<per>/.*)?",
    re.IGNORECASE,
)
_YUAN: Final = "(?:[百千]?万|[千亿])(?:元|圆)"
_SAID_ABOVE: Final = re.compile(
    rf"(?<![制报])(?:金额|货币|计量|计价|币种)?单位\s*:\s*(?P<unit>(?:人民币)?\s*(?:[百千]?万|[百千亿])?\s*(?:{_CURRENCY}))(?!\w)",
    re.IGNORECASE,
)
"""单位：万元, somewhere above the table; not 编制单位：, which is who made it."""
_ELSEWHERE: Final = re.compile(
    r"(?<![a-z])(?:"
    + "|".join(names for code, names in CURRENCIES.items() if code != "CNY")
    + r"|人民币|rmb|cny)(?![a-z])",
    re.IGNORECASE,
)
"""A currency that is named within a header: 美元金额, Amount USD. A 元 may be part of another word."""
_PERCENT: Final = re.compile(r"%|百分比|百分数|percent(?:age)?", re.IGNORECASE)
_TAIL: Final = re.compile(rf"[/_:\s-][千万亿百]{{0,2}}(?:元|圆)$|{_YUAN}$|\s*%$")
_MARKS: Final = re.compile(r"[^\w%#]|_", re.UNICODE)


@dataclass(frozen=True)
class Header:
    """`text` as it stands in the sheet; of a group and a column in it "订单 / 金额"."""

    text: str
    plain: str
    """Comparable: "金额（万元）*" and "金 额" are both "金额"."""
    unit: str = ""
    """As it is written: "万元"."""
    factor: int = 1
    """What an amount in the column is to be multiplied by: 10,000."""
    is_percent: bool = False
    currency: str = ""
    """Of the unit, where it is not the book's: "USD"."""

    @property
    def last(self) -> str:
        """The plain header without its group."""
        return plain_header(self.text.rpartition(JOINT)[2])


def read_header(text: str) -> Header:
    text = " ".join(text.split())
    written = simplified(text)
    unit, factor, is_percent, currency = "", 1, False, ""
    tail = _TAIL.search(written) or re.search(_YUAN, _BRACKETS.sub("", written))
    parts = [part.strip() for within in _BRACKETS.findall(written) for part in re.split("[,、;]", within)]
    for said in [*([tail[0].strip("/_:- ")] if tail else []), *parts]:
        if _PERCENT.fullmatch(said):
            unit, is_percent = said, True
        elif (found := _UNIT.fullmatch(said)) and (found["scale"] or found["currency"] or found["before"]):
            scale = FACTORS[(found["scale"] or found["behind"] or "").casefold()]
            unit, factor = (said, scale) if scale > factor or not unit else (unit, factor)
            currency = currency or _other_currency(found["before"] or found["currency"] or "")
    if not currency and (named := _ELSEWHERE.search(written)):
        currency = _other_currency(named[0])
    return Header(text, plain_header(text), unit, factor, is_percent, currency)


def unit_above(text: str) -> str:
    """What a remark above a table says of its amounts: "万元"; nothing where it says nothing."""
    found = _SAID_ABOVE.search(simplified(text))
    return "".join(found["unit"].split()) if found else ""


def in_unit(header: Header, unit: str) -> Header:
    """The header as one whose unit is said elsewhere, unless it says one itself."""
    if header.unit or header.currency or not unit:
        return header
    said = read_header(f"{header.text}({unit})")
    return replace(header, unit=unit, factor=said.factor, currency=said.currency)


@lru_cache(maxsize=5_000)  # the names of known columns are compared with every row that may be a header
def plain_header(text: str) -> str:
    """Of usual width, in small letters and simplified characters, without units, marks and spaces."""
    written = simplified(text)
    without = _BRACKETS.sub("", written)
    without = _TAIL.sub("", without.strip(" *:")) or without
    plain = _MARKS.sub("", without)
    return plain or _MARKS.sub("", written)


def simplified(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().translate(TRADITIONAL)


def is_own_currency(text: str) -> bool:
    """Of a cell that names a currency; one that names none does not contradict."""
    written = simplified(text).strip()
    named = [code for code, names in CURRENCIES.items() if re.search(names, written, re.IGNORECASE)]
    return written in {"", "本币", "本位币"} or (settings.BOOK_CURRENCY in named and len(named) == 1)


def _other_currency(written: str) -> str:
    for code, names in CURRENCIES.items():
        if written and re.fullmatch(names, written, re.IGNORECASE):
            return "" if code == settings.BOOK_CURRENCY else code
    return ""
