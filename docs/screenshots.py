"""Makes the pictures of the README from a running demo.

./run demo --port 8000
.venv/bin/python docs/screenshots.py http://127.0.0.1:8000
"""

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
LANGUAGES = {"en": "en-US", "zh": "zh-CN"}
USER, PASSWORD = "zhouyanqing", "tierbook"
"""An account manager of the demo, and everybody's password."""
PICTURES = {"customer": "/customers/?sort=score", "my-day": "/my-day/"}


def main(address: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for language, locale in LANGUAGES.items():
            page = browser.new_page(
                base_url=address,
                locale=locale,
                timezone_id="Asia/Shanghai",
                viewport={"width": 1440, "height": 1000},
                reduced_motion="reduce",
            )
            log_in(page)
            for name, path in PICTURES.items():
                page.goto(path)
                if name == "customer":  # the best one
                    page.locator("td.name a").first.click()
                    page.locator("[data-chart=radar] svg").wait_for()
                page.wait_for_load_state("networkidle")
                page.screenshot(path=IMAGES / f"{name}-{language}-1440.png")
        browser.close()


def log_in(page: Page) -> None:
    page.goto("/account/login/")
    page.locator("[name=username]").fill(USER)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("#login-button").click()
    page.wait_for_url("**/")


if __name__ == "__main__":
    main(sys.argv[1])
