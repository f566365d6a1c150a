"""Every page of the product, looked at with axe, in both languages and at two widths.

The pages stand in PAGES by the name of their address; one without an entry fails. Django's own admin pages are
left out: their markup is Django's (`tests/test_admin.py` looks at their policy and console). So is the API, whose
one page is Swagger's.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from playwright.sync_api import Page, TimeoutError as TooSlowError
from pytest_django.live_server_helper import LiveServer

from accounts.middleware import CHOSEN
from accounts.models import User
from tests.book import small_book

pytestmark = pytest.mark.django_db(transaction=True)

WIDTHS = (1440, 390)
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
VIOLATIONS = "async (options) => (await axe.run(document, options)).violations"
SETTLED = """() => !document.querySelector("[hx-trigger=load], .htmx-request, .htmx-swapping, .htmx-settling")
    && [...document.querySelectorAll("[data-chart]")].every((box) => box.firstChild || !box.checkVisibility())"""
"""Panels have come and charts are drawn."""
TWICE = """() => [...document.querySelectorAll("[id]")].map((each) => each.id)
    .filter((id, at, all) => all.indexOf(id) !== at)"""
WIDER = """(width) => document.documentElement.scrollWidth <= width ? [] :
    [...document.querySelectorAll("body *")].filter((each) => each.getBoundingClientRect().right > width + 1)
    .map((each) => each.outerHTML.slice(0, 120)).slice(0, 5).concat(["wider than the window"])"""


@dataclass(frozen=True)
class Look:
    """`about` are the address's arguments: names of the small book's rows, or words as they are."""

    who: str
    about: tuple[str, ...] = ()
    query: str = ""
    first: Callable[[Page], object] | None = None
    """What is done on the page before it is looked at."""

    def address(self, name: str, book: dict[str, int]) -> str:
        return reverse(name, args=[book.get(word, word) for word in self.about]) + self.query.format_map(book)


def look(who: str, *about: str, query: str = "", first: Callable[[Page], object] | None = None) -> Look:
    return Look(who, about, query, first)


def send_empty(page: Page) -> None:
    """A form that is refused: what must be filled in is not, and the browser lets it through."""
    form = page.locator("main form[method=post]").first
    form.evaluate("""(form) => {
        form.noValidate = true;
        form.querySelectorAll("input:not([type=hidden]), textarea, select").forEach((field) => { field.value = ""; });
    }""")
    form.locator("button").first.click()
    page.wait_for_load_state()
    page.locator(".invalid-feedback, .alert:not([hidden])").first.wait_for()


def tick_nothing(page: Page) -> None:
    """Of the columns of an export; the last one has been moved up before."""
    page.locator("[data-move='-1']").last.click()
    # not ":checked": each that is unticked would be one fewer
    for box in page.locator("[name=columns]").all():
        box.uncheck()
    page.locator("button[value=export]").click()
    page.locator(".alert-danger:not(.notice)").wait_for()


def log_in_wrongly(page: Page) -> None:
    page.locator("[name=username]").fill("nobody")
    page.locator("[name=password]").fill("wrong")
    page.locator("#login-button").click()
    page.locator(".alert:not([hidden])").wait_for()


def open_menus(page: Page) -> None:
    for menu in page.locator("[data-bs-toggle=dropdown]:visible").all():  # others are folded away
        menu.click()
    for more in page.locator("summary").all():
        more.click()


def say_why(page: Page) -> None:
    """Of the first customer, as with the keyboard."""
    page.locator("button.why").first.press("Enter")
    page.locator(".why-box:popover-open").wait_for()


def open_sidebar(page: Page) -> None:
    if page.locator(".navbar-toggler").is_visible():
        page.locator(".navbar-toggler").click()
        page.locator("#sidebar.show").wait_for()


def log_nothing(page: Page) -> None:
    page.locator("#talk form").first.evaluate("(form) => { form.noValidate = true; }")
    page.locator("#talk button.btn-primary").first.click()
    page.locator("#talk .invalid-feedback").wait_for()


def complete_with_nothing(page: Page) -> None:
    row = page.locator("li[id^=obligation-]", has=page.locator("a.btn-primary")).first
    row.locator("a.btn-primary").click()
    form = page.locator("li[id^=obligation-] form[action$='/complete/']")
    form.evaluate("(form) => { form.noValidate = true; }")
    form.locator("button.btn-primary").click()
    page.locator("li[id^=obligation-] .invalid-feedback").first.wait_for()


def show_keys(page: Page) -> None:
    page.locator("[data-day-help]").click()
    page.locator("#day-help[open]").wait_for()


def tick_and(page: Page, verb: str) -> None:
    page.locator("[data-tick-in]").first.check()
    page.locator(f"#many button[formaction$='/{verb}/']").click()
    page.locator("[name=confirm]").wait_for(state="attached")


def done_together_with_nothing(page: Page) -> None:
    tick_and(page, "complete")
    send_empty(page)


def excuse_together(page: Page) -> None:
    tick_and(page, "excuse")


def make_a_feed(page: Page) -> None:
    page.locator("button[value=make]").click()
    page.locator("#feed-address").wait_for()


def move_nothing(page: Page) -> None:
    """The box asks why, and is told nothing."""
    page.locator(".entry a.btn").first.click()
    page.locator("#move[open] form").evaluate("(form) => { form.noValidate = true; }")
    page.locator("#move .btn-primary").click()
    page.locator("#move .invalid-feedback").first.wait_for()


def open_more(page: Page) -> None:
    page.locator("li[id^=obligation-] [data-bs-toggle=dropdown]").first.click()
    page.locator(".dropdown-menu.show").wait_for()


def add_no_rule(page: Page) -> None:
    form = page.locator("form", has=page.locator("#id_department"))
    form.evaluate("(form) => { form.noValidate = true; }")
    form.locator("button").click()
    page.locator(".invalid-feedback").first.wait_for()


def solve_with_nothing(page: Page) -> None:
    page.locator("#case a[href$='/solve/']").click()
    page.locator("#id_solve_words").wait_for()
    page.locator("#case form[action$='/solve/']").evaluate("(form) => { form.noValidate = true; }")
    page.locator("#case form[action$='/solve/'] button").click()
    page.locator("#case .invalid-feedback").first.wait_for()


def take_up_with_nothing(page: Page) -> None:
    row = page.locator("li[id^=candidate-]", has=page.locator("a.btn-primary")).first
    row.locator("a.btn-primary").click()
    form = page.locator("li[id^=candidate-] form[action$='/take-up/']")
    form.evaluate("(form) => { form.noValidate = true; }")
    form.locator("button.btn-primary").click()
    page.locator("li .invalid-feedback").first.wait_for()


def reject_nothing(page: Page) -> None:
    """Without a comment: the list comes back and says what is missing."""
    page.locator("button[value=reject]").click()
    page.locator(".invalid-feedback").first.wait_for()


def choose_nothing(page: Page) -> None:
    """Of two names neither."""
    page.locator("[name=name]").first.evaluate(
        "(field) => { field.form.noValidate = true; field.checked = false; }"
    )
    page.locator("main form[method=post] button.btn-primary").click()
    page.locator(".alert-danger:not(.notice)").wait_for()


def edit_too_late(page: Page) -> None:
    """Somebody else has saved meanwhile."""
    page.locator("[name=version]").evaluate("(field) => { field.value = 0; }")
    page.locator("[name=notes]").fill("Mine")
    page.locator("main form button.btn-primary").click()
    page.locator("main .alert table").wait_for()


def weigh_wrongly(page: Page) -> None:
    page.locator(".draft-dimension input").first.fill("40")
    page.locator("[data-sum-of=all] .down").wait_for()


def name_nothing(page: Page) -> None:
    page.locator("summary").first.click()
    page.locator("[name$=name_zh]").first.fill("")
    page.locator(".draft-bar-bottom .btn-primary").click()
    page.locator(".invalid-feedback").first.wait_for()


def add_a_knot(page: Page) -> None:
    page.locator("[data-add-knot]").click()
    page.keyboard.press("ArrowUp")


def type_nonsense(page: Page) -> None:
    page.locator("[name=at]").first.fill("nonsense")
    page.locator("[data-curve-form] button.btn-primary").click()
    page.locator(".invalid-feedback").first.wait_for()


def save_too_late(page: Page) -> None:
    """Somebody else has saved meanwhile."""
    page.locator("[name=revision]").evaluate("(field) => { field.value = 99; }")
    page.locator(".draft-dimension input").first.fill("40")
    page.locator(".draft-bar-bottom .btn-primary").click()
    page.locator("h2.h4").wait_for()


def send_by_mail_without_a_server(page: Page) -> None:
    page.locator("[name=channel][value=email]").check()
    page.locator("main form[method=post] button.btn-primary").click()
    page.locator(".invalid-feedback").first.wait_for()


def take_a_link(page: Page) -> None:
    page.locator("#link button").click()
    page.locator("#the-link").wait_for()


def answer_nothing(page: Page) -> None:
    page.locator("main button.btn-primary").click()
    page.locator(".invalid-feedback").first.wait_for()


def weigh_too_much(page: Page) -> None:
    page.locator("[data-balanced]").uncheck()
    page.locator("[name=d-finance]").fill("95")
    page.locator("#result .alert").wait_for()


def map_nothing(page: Page) -> None:
    for choice in page.locator("select[name^=column_]").all():
        choice.select_option("")
    page.locator("form.card button.btn-primary").click()
    page.locator(".card .alert-danger").wait_for()


PAGES = {
    "home": [look("alice", first=open_menus), look("dora", first=open_sidebar), look("dan"), look("carol")],
    "accounts:login": [look("nobody"), look("nobody", first=log_in_wrongly)],
    "accounts:webhooks": [look("dora")],
    "accounts:webhook_create": [look("dora"), look("dora", first=send_empty)],
    "accounts:webhook": [look("dora", "webhook")],
    "accounts:webhook_log": [look("dora", "webhook")],
    "accounts:notices": [look("alice"), look("carol")],
    "accounts:exports": [look("dora"), look("carol")],
    "accounts:export_log": [look("dora"), look("audrey", query="?list=groups")],
    "accounts:export": [
        look("alice", "customers", query="?sort=-name"),
        look("alice", "customers", first=tick_nothing),
        look("dora", "movers", "run"),
        look("audrey", "promises"),
    ],
    "accounts:settings": [look("alice")],
    "accounts:notifications": [look("alice"), look("alice", first=make_a_feed)],
    "accounts:password": [look("alice"), look("alice", first=send_empty)],
    "customers:list": [
        look("alice"),
        look("alice", first=say_why),
        look("alice", query="?q=nobody"),
        look("bob", query="?kind=enterprise&archived=true", first=open_menus),
        look("carol"),
        look("dan"),
        look("audrey", query="?sort=-name"),
    ],
    "customers:groups": [look("dora"), look("alice"), look("carol")],
    "customers:group_create": [look("bob"), look("bob", first=send_empty)],
    "customers:group_edit": [look("dora", "group")],
    "customers:group_delete": [look("dora", "group")],
    "customers:create": [look("alice"), look("alice", first=send_empty)],
    "customers:detail": [
        look("alice", "rising", first=open_menus),
        look("dora", "steady", first=log_nothing),
        look("alice", "person"),
        look("tess", "rising", first=complete_with_nothing),
        look("audrey", "falling"),
        look("dora", "archived"),
        look("alice", "gone"),
    ],
    "customers:duplicates": [look("alice"), look("dora", query="?show=apart"), look("carol")],
    "customers:merges": [look("alice"), look("carol")],
    "customers:merge_choose": [
        look("alice", "falling", query="?q=TW"),
        look("alice", "person", query="?q=no"),
    ],
    "customers:merge": [
        look("alice", "falling", "twin"),
        look("alice", "falling", "twin", first=choose_nothing),
    ],
    "customers:edit": [look("bob", "steady"), look("alice", "steady", first=edit_too_late)],
    "customers:edits": [look("alice", "steady")],
    "customers:timeline": [
        look("alice", "rising"),
        look("alice", "person"),
        look("alice", "steady"),
        look("tess", "steady", query="?department=sales&kind=note"),
        look("alice", "person", query="?kind=request"),
    ],
    "customers:note": [look("alice", "steady"), look("tess", "steady", first=send_empty)],
    "customers:team": [look("alice", "steady")],
    "customers:handovers": [look("bob"), look("carol")],
    "customers:handover": [
        look("bob", "handover"),
        look("alice", "handover"),
        look("audrey", "declined_handover"),
    ],
    "customers:handover_create": [look("alice", "falling"), look("alice", "falling", first=send_empty)],
    "customers:handover_book": [look("dora"), look("dora", first=send_empty)],
    "customers:facts": [
        *(look("alice", "rising", kind) for kind in ("orders", "payments", "contracts", "requests")),
        look("alice", "person", "contracts"),
    ],
    "customers:add": [
        *(
            look("alice", "rising", kind)
            for kind in ("interaction", "contact", "key-date", "payment", "request")
        ),
        look("alice", "rising", "order", first=send_empty),
        look("alice", "rising", "contract", first=send_empty),
    ],
    "customers:correct": [
        look("alice", "rising", "contact", "the_contact"),
        look("alice", "rising", "payment", "the_payment"),
    ],
    "customers:resolve": [look("tess", "rising", "the_request")],
    "customers:imports": [look("alice"), look("dora"), look("carol")],
    "customers:import_new": [
        look("dora", "customers"),
        look("dora", "tiers"),
        look("alice", "ratings", first=send_empty),
    ],
    "customers:import": [
        look("alice", "import_stale"),
        look("alice", "import_done"),
        look("alice", "import_undone"),
        look("alice", "import_wrong"),
        look("alice", "import_ready"),
        look("alice", "import_ready", query="?tab=new"),
        look("alice", "import_ready", query="?tab=likely"),
        look("dora", "import_conflict"),
        look("dora", "import_conflict", query="?tab=remarks"),
        look("alice", "import_failed"),
        look("alice", "import_busy"),
    ],
    "customers:import_sheet": [look("alice", "import_read")],
    "customers:import_columns": [
        look("alice", "import_read"),
        look("alice", "import_read", first=map_nothing),
    ],
    "customers:import_undo": [look("alice", "import_done")],
    "customers:uploads": [look("dora"), look("alice")],
    "customers:upload_orders": [look("dora"), look("dora", first=send_empty)],
    "customers:upload": [
        look("dora", "checked"),
        look("dora", "refused"),
        look("adam", "loaded"),
        look("dora", "waiting"),
    ],
    "tiering:grading": [look("alice", "falling", first=open_menus), look("dora", "steady")],
    "tiering:preview": [look("alice", "falling"), look("dora", "steady")],
    "tiering:path": [look("alice", "falling"), look("dora", "steady"), look("alice", "person")],
    "tiering:aim": [
        look("alice", "rising", query="?what=多采购"),
        look("alice", "rising", first=send_empty),
    ],
    "tiering:aims": [look("alice"), look("dora")],
    "tiering:decisive": [look("alice"), look("dora"), look("carol")],
    "tiering:freshness": [look("dora", first=open_menus)],
    "tiering:rate": [look("alice", "rising"), look("alice", "rising", first=send_empty)],
    "tiering:give": [look("alice", "rising", first=send_empty)],
    "tiering:set_by_hand": [look("dora", "rising", first=send_empty)],
    "tiering:changes": [look("dora"), look("carol")],
    "tiering:change": [
        look("alice", "change"),
        look("audrey", "first_change"),
        look("dora", "change_by_hand"),
    ],
    "tiering:compare": [look("alice", "rising", first=open_menus), look("alice", "person")],
    "tiering:nurture": [
        look("alice"),
        look("dora", query="?state=all"),
        look("carol"),
        look("alice", first=take_up_with_nothing),
    ],
    "tiering:nurture_rules": [look("dora"), look("dora", first=send_empty)],
    "tiering:candidate": [look("alice", "growing"), look("audrey", "taken"), look("alice", "dismissed")],
    "tiering:candidate_take_up": [
        look("alice", "growing"),
        look("alice", "taken"),
        look("alice", "growing", first=send_empty),
    ],
    "tiering:candidate_dismiss": [look("alice", "asked"), look("alice", "asked", first=send_empty)],
    "tiering:candidate_finish": [look("alice", "taken")],
    "tiering:course": [look("dora"), look("alice", query="?by=year"), look("carol")],
    "tiering:raters": [look("dora"), look("audrey")],
    "tiering:ratings": [look("dora"), look("audrey", query="?change=raised")],
    "tiering:overrides": [look("dora"), look("alice", query="?ending=soon"), look("carol")],
    "tiering:runs": [look("dora"), look("dora", first=send_empty), look("audrey")],
    "tiering:run_movers": [
        look("dora", "in_review"),
        look("dora", "in_review", first=reject_nothing),
        look("audrey", "run"),
    ],
    "tiering:run_shares": [look("dora", "in_review"), look("audrey", "run")],
    "tiering:run_held": [look("dora", "in_review"), look("dora", "run", query="?by=margin")],
    "tiering:run": [
        look("dora", "in_review"),
        look("dora", "in_review", query="?owner=nobody"),
        look("dora", "undoing"),
        look("audrey", "undone"),
        *(look("dora", run) for run in ("run", "paused", "failed")),
        look("audrey", "last_run"),
        look("audrey", "run"),
    ],
    "tiering:simulations": [look("dora"), look("audrey")],
    "tiering:simulation": [look("dora", "saved_simulation"), look("audrey", "saved_simulation")],
    "tiering:simulate": [
        look("dora", "version", query="?f-core=70", first=open_menus),
        look("audrey", "version"),
        look("dora", "version", first=weigh_too_much),
        look("dora", "orders_version"),
        look("dora", "rules_version"),
    ],
    "tiering:simulation_movers": [
        look("dora", "version", query="?f-core=70"),
        look("audrey", "version", query="?direction=all&q=nobody"),
    ],
    "maintenance:capacity": [look("dora", "version", query="?f-core=70")],
    "tiering:schemes": [look("alice"), look("adam")],
    "tiering:scheme_create": [look("dora"), look("adam", first=send_empty)],
    "tiering:scheme_settings": [look("dora", "orders_scheme")],
    "tiering:scheme_assignments": [
        look("dora"),
        look("dora", query="?changed=1&whose=individual&scheme=2"),
    ],
    "tiering:scheme": [look("alice", "version"), look("dora", "draft"), look("alice", "rules_version")],
    "tiering:scheme_edit": [
        look("dora", "draft", first=open_menus),
        look("dora", "draft", first=weigh_wrongly),
        look("dora", "wrong_draft", first=name_nothing),
        look("adam", "draft", first=save_too_late),
        look("dora", "rules_draft"),
    ],
    "tiering:scheme_curve": [
        look("dora", "curve", first=add_a_knot),
        look("dora", "curve", first=type_nonsense),
        look("adam", "curve_of_rating"),
        look("alice", "curve_in_force"),
    ],
    "tiering:scheme_distribution": [look("audrey", "curve_in_force", first=open_menus)],
    "tiering:scheme_indicators": [look("alice"), look("dora")],
    "tiering:scheme_indicator_add": [look("dora"), look("dora", first=send_empty)],
    "tiering:scheme_indicator": [look("dora", "own_visits"), look("adam", "own_credit")],
    "tiering:scheme_indicator_delete": [look("dora", "own_credit")],
    "tiering:scheme_publish": [
        look("dora", "draft", first=send_empty),
        look("dora", "wrong_draft"),
        look("adam", "changed_draft"),
        look("dora", "rules_draft"),
    ],
    "tiering:scheme_delete": [look("dora", "draft")],
    "tiering:scheme_grade": [look("dora", "orders_version")],
    "tiering:scheme_compare": [
        look("alice"),
        look("dora", query="?left={version}&right={changed_draft}"),
        look("dora", query="?left={version}&right={rules_draft}"),
    ],
    "maintenance:my_day": [
        look("alice"),
        look("dora"),
        look("carol"),
        look("alice", first=complete_with_nothing),
        look("alice", first=show_keys),
        look("alice", first=done_together_with_nothing),
        look("bob", first=excuse_together),
        look("tess"),
    ],
    "maintenance:dispatch": [look("logan"), look("carol")],
    "maintenance:team": [look("bob"), look("dora")],
    "maintenance:calendar": [look("alice"), look("dora"), look("tess"), look("alice", first=move_nothing)],
    "maintenance:move": [look("alice", "late"), look("alice", "late", first=send_empty)],
    "maintenance:obligations": [look("alice"), look("carol"), look("alice", query="?due_after=nonsense")],
    "maintenance:obligation": [
        *(look("alice", name) for name in ("late", "kept", "put_off", "skipped")),
        look("bob", "late", first=open_more),
    ],
    "maintenance:complete": [look("alice", "late"), look("alice", "late", first=send_empty)],
    "maintenance:snooze": [look("alice", "late"), look("alice", "late", first=send_empty)],
    "maintenance:panel": [look("alice", "rising"), look("alice", "person")],
    "maintenance:skip": [look("alice", "late"), look("alice", "late", first=send_empty)],
    "maintenance:excuse": [look("dora", "late"), look("dora", "late", first=send_empty)],
    "maintenance:choose": [
        look("alice", "late"),
        look("alice", "kept"),
        look("alice", "late", first=send_empty),
    ],
    "maintenance:take_back": [look("alice", "kept"), look("alice", "kept", first=send_empty)],
    "maintenance:ledger": [
        *(look("dora", query=f"?by={by}") for by in ("owner", "team", "tier", "quarter", "customer")),
        look("tess", query="?by=department"),
        look("carol"),
        look("alice", query="?quarter=nonsense"),
    ],
    "maintenance:ledger_beyond": [look("dora"), look("alice", query="?by=customer"), look("carol")],
    "maintenance:ledger_hours": [look("dora"), look("alice"), look("carol")],
    "maintenance:ledger_cost": [look("dora"), look("audrey")],
    "maintenance:ledger_rates": [look("dora"), look("dora", first=send_empty)],
    "maintenance:ledger_faith": [look("dora"), look("alice")],
    "maintenance:ledger_panel": [look("alice", "rising"), look("alice", "person")],
    "maintenance:playbooks": [look("alice"), look("adam")],
    "maintenance:playbook": [
        look("alice", "playbook"),
        look("dora", "draft_playbook"),
        look("dora", "coming_playbook"),
    ],
    "maintenance:playbook_times": [look("dora", "draft_playbook")],
    "maintenance:playbook_add": [
        look("dora", "draft_playbook", "promise", first=send_empty),
        look("dora", "draft_playbook", "benefit", first=send_empty),
    ],
    "maintenance:playbook_line": [
        look("dora", "draft_playbook", "promise", "playbook_promise"),
        look("dora", "draft_playbook", "benefit", "playbook_benefit"),
    ],
    "maintenance:playbook_publish": [
        look("dora", "draft_playbook"),
        look("adam", "coming_playbook"),
    ],
    "maintenance:playbook_delete": [look("dora", "draft_playbook")],
    "maintenance:cases": [
        look("dan"),
        look("dan", query="?state=&clock=breached"),
        look("carol"),
        look("dora", query="?due_at=x&opened_after=nonsense"),
    ],
    "maintenance:my_cases": [look("dan"), look("carol")],
    "maintenance:customer_cases": [look("dan", "rising")],
    "maintenance:case_choose": [look("dan", query="?q=HZ01"), look("dan", query="?q=nobody")],
    "maintenance:case_create": [look("dan", "rising"), look("dan", "rising", first=send_empty)],
    "maintenance:case": [
        look("dan", "late_case", first=solve_with_nothing),
        look("dan", "waiting_case"),
        look("dan", "closed_case"),
        look("audrey", "late_case"),
    ],
    "maintenance:case_step": [
        look("dan", "late_case", "respond"),
        look("dan", "late_case", "solve", first=send_empty),
        look("dan", "waiting_case", "solve"),
    ],
    "maintenance:case_hand_over": [look("dan", "late_case")],
    "maintenance:case_rate": [look("dan", "closed_case")],
    "maintenance:case_feedback": [
        look("dan"),
        look("dan", query="?quarter=1999Q1&kind=enquiry"),
        look("carol"),
    ],
    "maintenance:case_routes": [look("dora"), look("dora", first=add_no_rule)],
    "maintenance:case_route": [look("dora", "route")],
    "maintenance:case_letters": [look("dan")],
    "maintenance:case_letter": [look("dan", "letter"), look("dan", "letter", query="?q=HZ01")],
    "maintenance:meetings": [look("dora"), look("alice"), look("carol")],
    "maintenance:meeting": [look("dora", "meeting", first=open_menus), look("alice", "meeting_closed")],
    "maintenance:meeting_paper": [look("dora", "meeting_closed")],
    "maintenance:meeting_task": [look("dora", "meeting"), look("dora", "meeting", first=send_empty)],
    "maintenance:meeting_close": [look("dora", "meeting")],
    "maintenance:meeting_tasks": [look("dora"), look("carol")],
    "maintenance:surveys": [look("dora"), look("alice")],
    "maintenance:survey": [look("dora", "survey"), look("alice", "new_survey")],
    "maintenance:survey_create": [look("dora"), look("dora", first=send_empty)],
    "maintenance:survey_edit": [look("dora", "new_survey")],
    "maintenance:survey_invite": [
        look("alice", query="?customer={rising}"),
        look("alice", query="?customer={rising}", first=send_by_mail_without_a_server),
    ],
    "maintenance:feedback": [
        look("alice"),
        look("dora", query="?by=owner"),
        look("dora", query="?by=quarter&recommends=yes"),
        look("carol"),
    ],
    "maintenance:invitations": [look("alice"), look("carol")],
    "maintenance:invitation": [
        look("alice", "answered"),
        look("alice", "pending"),
        look("alice", "fresh", first=take_a_link),
    ],
    "maintenance:answer": [
        look("nobody", "link-open"),
        look("nobody", "link-open", first=answer_nothing),
        look("nobody", "link-answered"),
        look("nobody", "link-over"),
    ],
}
REFUSALS = [("/regrades/", "alice", 403), ("/nothing/", "alice", 404), ("/nothing/", "nobody", 404)]
"""Addresses that are refused, and to whom."""
NO_PAGES = {
    "health", "search", "accounts:logout", "accounts:language", "accounts:notice", "accounts:password_changed",
    "customers:filters", "customers:columns", "accounts:export_file", "accounts:export_again",
    "accounts:feed", "maintenance:many", "maintenance:feed",
    "customers:duplicate", "customers:duplicates_look", "customers:merge_undo", "customers:alike",
    "customers:assign", "customers:archive_many", "customers:group_fill", "customers:group_take_out",
    "customers:archive", "customers:remove_contact", "customers:seat_many",
    "customers:people", "customers:attachment", "customers:attachment_delete", "customers:watch",
    "customers:import_template", "customers:import_commit", "customers:import_again", "customers:import_discard",
    "customers:import_marked", "customers:import_edit", "customers:import_rule", "customers:import_forget",
    "customers:upload_load", "customers:upload_discard", "tiering:sheet_export", "tiering:sheet_import", "tiering:end_by_hand",
    "customers:import_likely",
    "tiering:simulation_rename", "tiering:simulation_delete", "tiering:simulation_measure",
    "tiering:simulation_keep", "tiering:simulation_draft", "tiering:simulation_progress",
    "tiering:run_start", "tiering:run_steer", "tiering:run_verify", "tiering:run_undo", "tiering:run_decide",
    "tiering:categorise", "tiering:scheme_copy", "tiering:aim_done",
    "maintenance:playbook_begin", "maintenance:playbook_copy", "maintenance:playbook_call_off",
    "maintenance:case_note", "maintenance:case_route_move", "maintenance:meeting_start",
    "maintenance:meeting_notes", "maintenance:meeting_attendance", "maintenance:meeting_minutes",
    "maintenance:meeting_task_done",
    "maintenance:survey_copy", "maintenance:survey_switch", "maintenance:invitation_link",
    "maintenance:invitation_withdraw", "accounts:webhook_delete", "accounts:webhook_test", "accounts:webhook_again",
}  # fmt: skip
"""Addresses that redirect, take a POST alone, or answer with a file or with JSON."""
NOT_OURS = {"admin", "api"}


def names(patterns: list[Any], beginning: str = "", path: str = "") -> Iterator[str]:
    for pattern in patterns:
        here = path + str(pattern.pattern)
        if here.split("/")[0] in NOT_OURS:
            continue
        if isinstance(pattern, URLResolver):
            namespace = f"{beginning}{pattern.namespace}:" if pattern.namespace else beginning
            yield from names(pattern.url_patterns, namespace, here)
        elif isinstance(pattern, URLPattern):
            yield beginning + str(pattern.name)


def test_every_address_has_its_entry() -> None:
    assert set(names(get_resolver().url_patterns)) == set(PAGES) | NO_PAGES


class Sight:
    """Looks at one page after the other, and keeps what is wrong with them."""

    def __init__(self, page: Page, server: LiveServer, language: str, *, is_thorough: bool) -> None:
        self.page, self.server, self.language = page, server, language
        self.is_thorough = is_thorough
        self.found: list[str] = []
        page.emulate_media(reduced_motion="reduce")

    def is_(self, user: User | None) -> None:
        cookies = {CHOSEN: self.language}
        if user:
            client = Client()
            client.force_login(user)
            cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.page.context.clear_cookies()
        self.page.context.add_cookies(
            [{"name": name, "value": value, "url": self.server.url} for name, value in cookies.items()]
        )

    def look(
        self, address: str, who: str, first: Callable[[Page], object] | None = None, *, status: int = 200
    ) -> None:
        said = f"{address} ({who}{f', {first.__name__}' if first else ''})"
        self.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        answer = self.page.goto(address)
        if answer and answer.status != status:
            self.found.append(f"{said}: answers {answer.status}")
        self.settle(said)
        if first:
            first(self.page)
            self.settle(said)
        if self.page.locator("html").get_attribute("lang") != self.language:
            self.found.append(f"{said}: not in {self.language}")
        self.found += [f"{said}: the id {twice} stands twice" for twice in self.page.evaluate(TWICE)]
        self.page.evaluate(AXE_SCRIPT)
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            self.found += [f"{said} {width}: {what}" for what in self.page.evaluate(WIDER, width)]
            if not (self.is_thorough or width == AXE_AT[self.language]):
                continue
            violations = self.page.evaluate(VIOLATIONS, AXE)
            self.found += [
                f"{said} {width}: {v['id']}: {node['html'][:200]}" for v in violations for node in v["nodes"]
            ]

    def settle(self, said: str) -> None:
        try:
            self.page.wait_for_function(SETTLED, timeout=10_000)
        except TooSlowError:
            self.found.append(f"{said}: does not settle")


LOOKS = [(name, each, nth) for name, entries in PAGES.items() for nth, each in enumerate(entries)]
AXE_AT = dict(zip(("en", "zh-hans"), WIDTHS, strict=True))
"""Axe looks at each page in one language wide and in the other narrow, at its other states in one of them by turns; with
--thorough at everything in both, wide and narrow."""
AT_ONCE = 50
"""Pages that one test looks at: tests of a few dozen are spread over the cores, and end in time on a slow one."""


def parts() -> Iterator[tuple[str, int]]:
    """Everybody who looks at pages, with the first of each lot."""
    for who in sorted({each.who for _name, each, _nth in LOOKS}):
        for first in range(0, sum(each.who == who for _name, each, _nth in LOOKS), AT_ONCE):
            yield who, first


@pytest.mark.parametrize("language", AXE_AT)
@pytest.mark.parametrize("who, first", list(parts()))
def test_every_page_can_be_used_by_everybody(
    page: Page,
    live_server: LiveServer,
    cast: dict[str, User],
    pytestconfig: pytest.Config,
    who: str,
    first: int,
    language: str,
) -> None:
    book = small_book(cast)
    sight = Sight(page, live_server, language, is_thorough=pytestconfig.getoption("thorough"))
    sight.is_(cast.get(who))
    own = [entry for entry in LOOKS if entry[1].who == who]
    turn = list(AXE_AT).index(language)
    for name, each, nth in own[first : first + AT_ONCE]:
        if nth and not sight.is_thorough and nth % len(AXE_AT) != turn:
            continue
        sight.look(each.address(name, book), who, each.first)
    if not first:
        for address, whom, status in REFUSALS:
            if whom == who:
                sight.look(address, who, status=status)
    assert sight.found == [], "\n".join(sight.found)
