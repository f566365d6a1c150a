"""No English word is left on a Chinese page: all that is not data is translated."""

import re
from html.parser import HTMLParser
from typing import Any, Final

import pytest
from django.test import Client
from django.utils.translation import override

from accounts.middleware import CHOSEN
from accounts.models import Team, User
from tests.book import ORDERS, orders_sent, small_book
from tests.test_browser import PAGES, REFUSALS, send_empty
from tiering.tests.sheets_making import edited, exported, sent

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE: Final = {
    "alice": "许安宁", "bob": "陆明远", "carol": "欧阳霖", "dan": "丁思齐", "tess": "范立泽", "logan": "马行舟",
    "dora": "沈若川", "audrey": "严守正", "adam": "管理员",
}  # fmt: skip
TEAMS: Final = {"Sales": "销售部", "East": "华东销售组", "South": "华南销售组"}
DATA: Final = (
    "Tier sheet",
    "Suzhou Yuhe Body Systems", "Wants a quarterly summary.", "Gone Ltd", "Acme", "Strategic.",
    "Looked at the new line together.", "On holiday until then.", "MemoryError: the machine has too little of it",
    "How does it work?", "Bring samples.", "Buys for somebody else.", "Seen.", "A report", "UCI 502", "tiers.xlsx", "orders.csv", "orders", "never", "ten",
    "new@example.com", "By hand.", "Visit in autumn.", "Once", "New notes", "waits", "They asked us not to.", "sheet.csv", "sheet",
    "invalid webhook url", "chat.example", "Visit in spring.", "Visit in winter.", "old.pdf", "Total score",
    "nonsense",
)  # fmt: skip
"""What people typed into the small book and its files."""
THE_SAME_IN_CHINESE: Final = {
    "Tierbook", "English", "Excel", "WPS", "CSV", "UTF", "xlsx", "xls", "csv", "Online", "Retail", "VIP", "API",
    "Webhook", "OpenDocument", "ods", "tsv", "xlsb", "BIG", "ERP", "JSON", "HMAC", "SHA", "HTTP", "https",
    "Outlook", "Apple", "Google", "Enter", "Ctrl", "Esc", "Tab", "pdf",
}  # fmt: skip
WORD: Final = re.compile(r"[A-Za-z]{3,}")
HASH: Final = re.compile(r"\b[0-9a-f]{64}\b")
SPOKEN: Final = ("title", "aria-label", "placeholder", "alt")
SILENT: Final = {"script", "style", "template"}
VOID: Final = {"meta", "link", "input", "img", "br", "use", "hr", "path", "source", "col"}


class Texts(HTMLParser):
    """What a page says to people: its texts, and the attributes that are read out or shown."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.within: list[str] = []
        """The open elements; one in another language than the page counts as silent."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.said += [text for name in SPOKEN if (text := given.get(name))]
        if tag not in VOID:
            is_foreign = tag != "html" and (given.get("lang") or "").startswith("en")
            self.within.append("template" if is_foreign else tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self.within:
            self.within.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and not SILENT & set(self.within):
            self.said.append(" ".join(data.split()))


def english(page: str) -> list[str]:
    texts = Texts()
    texts.feed(page)
    return [text for text in texts.said if words_in(text)]


def words_in(text: str) -> set[str]:
    text = HASH.sub("", text)
    for known in (*DATA, *PEOPLE):
        text = text.replace(known, "")
    return set(WORD.findall(text)) - THE_SAME_IN_CHINESE


def test_what_is_english() -> None:
    page = """<html lang="zh-hans"><title>客户</title><p title="Sort">名称 <b>v1</b></p><button lang="en">English</button>
        <script>let score;</script><p>Acme 的 Excel</p><p>Log in</p><br></html>"""
    assert english(page) == ["Sort", "Log in"]


@pytest.fixture
def chinese_book(cast: dict[str, User]) -> dict[str, int]:
    """The small book of Chinese people, with files that were checked in Chinese."""
    for username, name in PEOPLE.items():
        User.objects.filter(username=username).update(display_name=name)
    for english_name, name in TEAMS.items():
        Team.objects.filter(name=english_name).update(name=name)
    for user in cast.values():
        user.refresh_from_db()
    book = small_book(cast, language="zh-hans")

    with override("zh-hans"):
        book["sheet"] = sent(edited(exported(cast["dora"]), edit), cast["dora"]).pk
        book["refused"] = orders_sent(ORDERS + "S3,,A,never,ten,\n", cast["dora"]).pk
    return book


def edit(sheet: Any) -> None:
    """Some notes, a tier, and a name, which is left as it was."""
    head = next(row for row in range(1, 20) if sheet.cell(row, 1).value == "客户编号")
    headers = [cell.value for cell in sheet[head]]
    for row, header, value in (
        (1, "客户备注", "春季拜访。"),
        (1, "客户名称", "杭州精工"),
        (2, "客户等级", "核心"),
    ):
        sheet.cell(head + row, headers.index(header) + 1).value = value


def test_no_english_word_is_left(cast: dict[str, User], chinese_book: dict[str, int]) -> None:
    left: dict[str, list[str]] = {}
    looks = [(each.address(name, chinese_book), each) for name, entries in PAGES.items() for each in entries]
    for who in [*PEOPLE, "nobody"]:
        client = Client()
        client.cookies[CHOSEN] = "zh-hans"
        if who in cast:
            client.force_login(cast[who])
        for address, each in looks:
            if each.who != who:
                continue
            page = client.post(address) if each.first is send_empty else client.get(address)
            if found := english(page.text):
                left.setdefault(address, found)
        for address, whom, _status in REFUSALS:
            if whom == who and (found := english(client.get(address).text)):
                left.setdefault(address, found)
    assert left == {}, "\n".join(f"{address}: {texts}" for address, texts in left.items())
