"""Sending a file of orders, as a person does it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.models import User
from customers.models import Customer, Order

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = "1,K1,苏州精工机械有限公司,2026-01-02,100,齿轮\n2,K2,Acme,2026-02-02,-20,\n"


def orders(directory: Path, rows: str, name: str = "orders.csv") -> Path:
    path = directory / name
    path.write_text("订单号,客户编号,客户名称,日期,金额,产品类别\n" + rows, encoding="utf-8")
    return path


def look(page: Page, name: str) -> None:
    """No breach of WCAG; with SCREENSHOTS set, a picture of it in both widths."""
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert found.response["violations"] == [], found.generate_report()
    for width in (1440, 390) if os.environ.get("SCREENSHOTS") else ():
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=f"{os.environ['SCREENSHOTS']}/{name}-{width}.png", full_page=True)
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, name
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_file_is_sent_seen_and_loaded(sign_in: Callable[[User], Page], dora: User, tmp_path: Path) -> None:
    page = sign_in(dora)
    page.goto("/files/")
    look(page, "uploads-empty")
    page.get_by_role("link", name="Order file").click()
    look(page, "upload-form")
    page.get_by_label("File", exact=True).set_input_files(orders(tmp_path, ROWS))
    page.get_by_role("button", name="Send and check").click()
    expect(page.get_by_role("heading", name="What would happen")).to_be_visible()
    expect(page.get_by_text("苏州精工机械有限公司")).to_be_visible()
    assert Order.objects.count() == 0
    look(page, "upload-checked")
    page.get_by_role("button", name="Load it").click()
    expect(page.get_by_role("heading", name="What was done")).to_be_visible()
    assert (Customer.objects.count(), Order.objects.count()) == (2, 2)
    look(page, "upload-loaded")
    page.get_by_role("link", name="To the customers").click()
    expect(page.get_by_role("link", name="Acme")).to_be_visible()


def test_errors_stand_with_their_cell(sign_in: Callable[[User], Page], dora: User, tmp_path: Path) -> None:
    page = sign_in(dora)
    page.goto("/files/orders/")
    page.get_by_label("File", exact=True).set_input_files(orders(tmp_path, ROWS + "3,,A,never,ten,\n" * 3))
    page.get_by_role("button", name="Send and check").click()
    errors = page.get_by_role("region", name="Errors", exact=True)
    expect(errors.get_by_role("row").nth(1)).to_contain_text("B4")
    expect(errors).to_contain_text("Enter a date such as 2026-09-30.")
    expect(page.get_by_role("button", name="Load it")).to_have_count(0)
    look(page, "upload-refused")
    page.goto("/files/")
    look(page, "uploads")
