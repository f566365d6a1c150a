"""Every address of the house × everybody × what is theirs and what is not.

An address without a rule here fails. What one may not see answers exactly as what is not there.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.exports.lists import Listing, lists
from accounts.models import Endpoint, Export, Notice, Parcel, User
from customers import services as customer_services
from customers.models import Customer, Duplicate, Handover, Import, SavedMapping, Standing, Tier, Upload
from customers.tests.imports_making import planned
from customers.tests.making import a_contact, a_customer, a_file, a_group, a_note, a_request
from maintenance import casework, meetings
from maintenance.models import Case, Invitation, Mail, Obligation, Playbook, Route, Survey
from maintenance.services import copy_to_draft, replan
from maintenance.surveys.inviting import invite
from tiering import services
from tiering.models import Aim, Basis, OwnIndicator, Run, Scheme, Simulation
from tiering.tests.nurture_making import a_candidate

EVERYBODY = frozenset(["alice", "bob", "carol", "dan", "tess", "logan", "dora", "audrey", "adam"])
WRITERS = EVERYBODY - {"audrey"}
EDITORS = frozenset(["alice", "bob", "carol", "dora", "adam"])
LEADERS = frozenset(["bob", "dora", "adam"])
DIRECTORS = frozenset(["dora", "adam"])
WHOLE_BOOK = frozenset(["dora", "audrey", "adam"])
SALES = frozenset(["alice", "bob", "carol", "dora", "adam"])
TECHNICAL = frozenset(["tess", "dora", "adam"])
CASE_WORKERS = SALES | {"dan"}
"""Of those who see the cases of the world: Alice's is for service to answer, Carol's for sales."""
NOBODY: frozenset[str] = frozenset()

MISSING = 999_999
FINE = {200, 202, 302, 400, 409, 422}
"""Let in: a page, a redirect, work that was taken on, or a complaint about the empty form that the test sends."""


@dataclass(frozen=True)
class Rule:
    """Who may GET and POST. None: the method is not answered at all (405).

    `of` names the kind of object in the address (see `world`); `more` fills in the rest of the address.
    """

    get: frozenset[str] | None = EVERYBODY
    post: frozenset[str] | None = None
    of: str = ""
    more: tuple[tuple[str, Any], ...] = ()


def form(who: frozenset[str], of: str = "", **more: Any) -> Rule:
    """A page with a form."""
    return Rule(get=who, post=who, of=of, more=tuple(more.items()))


def page(of: str = "", who: frozenset[str] = EVERYBODY) -> Rule:
    """A page that takes whatever is posted for a request to read it."""
    return Rule(get=who, post=who, of=of)


def read(of: str = "", who: frozenset[str] = EVERYBODY) -> Rule:
    return Rule(get=who, of=of)


def act(who: frozenset[str], of: str = "") -> Rule:
    """A button."""
    return Rule(get=None, post=who, of=of)


MAY = {"": EVERYBODY, "sees_all": WHOLE_BOOK, "may_edit_customers": EDITORS}
ABOUT = {
    "customers:": "customer",
    "tiering:run_": "run",
    "tiering:simulation": "version",
    "maintenance:": "version",
}


def exported(listing: Listing) -> Rule:
    """Whoever may see the list of what they may see."""
    of = next(kind for start, kind in ABOUT.items() if listing.page.startswith(start)) if listing.of else ""
    return form(MAY[listing.may], of, key=listing.key)


PUBLIC = {"health", "accounts:login", "accounts:language", "maintenance:answer", "maintenance:feed"}
RULES: dict[str, list[Rule]] = {
    "home": [page()],
    "health": [page()],
    "search": [page()],
    "accounts:login": [form(EVERYBODY)],
    "accounts:logout": [act(EVERYBODY)],
    "accounts:language": [act(EVERYBODY)],
    "accounts:settings": [form(EVERYBODY)],
    "accounts:notifications": [form(EVERYBODY)],
    "accounts:feed": [act(EVERYBODY)],
    "accounts:webhooks": [read(who=DIRECTORS)],
    "accounts:webhook_create": [form(DIRECTORS)],
    "accounts:webhook": [form(DIRECTORS, "webhook")],
    "accounts:webhook_delete": [act(DIRECTORS, "webhook")],
    "accounts:webhook_test": [act(DIRECTORS, "webhook")],
    "accounts:webhook_log": [read("webhook", DIRECTORS)],
    "accounts:webhook_again": [act(DIRECTORS, "parcel")],
    "accounts:notices": [page()],
    "accounts:notice": [page("notice")],
    "accounts:exports": [read()],
    "accounts:export_log": [read(who=WHOLE_BOOK)],
    "accounts:export_file": [read("export")],
    "accounts:export_again": [act(EVERYBODY, "export")],
    "accounts:export": [*map(exported, lists.values()), form(NOBODY, key="no-such-list")],
    "accounts:password": [form(EVERYBODY)],
    "accounts:password_changed": [page()],
    "customers:list": [page()],
    "customers:filters": [page()],
    "customers:columns": [act(EVERYBODY)],
    "customers:assign": [act(LEADERS)],
    "customers:archive_many": [act(EDITORS)],
    "customers:duplicates": [read(who=EDITORS)],
    "customers:duplicates_look": [act(DIRECTORS)],
    "customers:duplicate": [act(EDITORS, "pair")],
    "customers:alike": [read(who=EDITORS)],
    "customers:merges": [read(who=EDITORS)],
    "customers:merge_undo": [act(EDITORS, "merge")],
    "customers:merge_choose": [read("customer", EDITORS)],
    "customers:merge": [form(EDITORS, "two customers")],
    "customers:groups": [read()],
    "customers:group_create": [form(LEADERS)],
    "customers:group_fill": [act(LEADERS)],
    "customers:group_edit": [form(LEADERS, "own group")],
    "customers:group_delete": [form(LEADERS, "own group")],
    "customers:group_take_out": [act(LEADERS, "group")],
    "customers:create": [form(EDITORS)],
    "customers:detail": [page("customer")],
    "customers:edit": [form(EDITORS, "customer")],
    "customers:edits": [page("customer")],
    "customers:archive": [act(EDITORS, "customer")],
    "customers:timeline": [page("customer")],
    "customers:note": [form(WRITERS, "customer")],
    "customers:people": [read("customer")],
    "customers:attachment": [read("attachment")],
    "customers:attachment_delete": [act(EDITORS, "attachment")],
    "customers:watch": [act(EVERYBODY, "customer")],
    "customers:team": [form(EDITORS, "customer")],
    "customers:seat_many": [act(LEADERS)],
    "customers:handovers": [page()],
    "customers:handover_book": [form(LEADERS)],
    "customers:handover_create": [form(EDITORS, "customer")],
    "customers:handover": [page("handover")],
    "customers:facts": [
        *(
            Rule(of="customer", more=(("kind", kind),))
            for kind in ("orders", "payments", "contracts", "requests")
        ),
        Rule(get=NOBODY, of="customer", more=(("kind", "no-such-kind"),)),
    ],
    "customers:add": [
        form(EDITORS, "customer", kind="contact"),
        form(EDITORS, "customer", kind="order"),
        form(WRITERS, "customer", kind="interaction"),
        form(WRITERS, "customer", kind="request"),
        form(NOBODY, "customer", kind="no-such-kind"),
    ],
    "customers:correct": [form(EDITORS, "contact", kind="contact")],
    "customers:remove_contact": [act(EDITORS, "contact")],
    "customers:resolve": [form(WRITERS, "request")],
    "customers:imports": [read(who=EDITORS)],
    "customers:import_new": [form(EDITORS, kind="customers")],
    "customers:import_template": [Rule(get=EDITORS, more=(("kind", "customers"),))],
    "customers:import_edit": [Rule(get=EDITORS, more=(("kind", "customers"),))],
    "customers:import_rule": [act(EVERYBODY, "import")],
    "customers:import": [page("import")],
    "customers:import_sheet": [form(EVERYBODY, "import")],
    "customers:import_columns": [form(EVERYBODY, "import")],
    "customers:import_likely": [act(EVERYBODY, "import")],
    "customers:import_commit": [act(EVERYBODY, "import")],
    "customers:import_again": [act(EVERYBODY, "import")],
    "customers:import_discard": [act(EVERYBODY, "import")],
    "customers:import_undo": [form(EVERYBODY, "import")],
    "customers:import_marked": [read("import")],
    "customers:import_forget": [act(EVERYBODY, "mapping")],
    "customers:uploads": [page(who=EDITORS)],
    "customers:upload_orders": [form(DIRECTORS)],
    "customers:upload": [page("upload")],
    "customers:upload_load": [act(DIRECTORS, "upload")],
    "customers:upload_discard": [act(DIRECTORS, "upload")],
    "tiering:sheet_export": [read()],
    "tiering:sheet_import": [read(who=EDITORS)],
    "tiering:grading": [page("customer")],
    "tiering:preview": [page("customer")],
    "tiering:path": [read("customer")],
    "tiering:aim": [form(EDITORS, "customer")],
    "tiering:aims": [read()],
    "tiering:decisive": [read()],
    "tiering:freshness": [read(who=WHOLE_BOOK)],
    "tiering:aim_done": [act(EDITORS, "aim")],
    "tiering:rate": [form(EDITORS, "customer")],
    "tiering:give": [form(EDITORS, "customer")],
    "tiering:set_by_hand": [form(DIRECTORS, "customer")],
    "tiering:end_by_hand": [act(DIRECTORS, "customer")],
    "tiering:changes": [page()],
    "tiering:change": [Rule(of="change", post=EVERYBODY)],
    "tiering:categorise": [act(EDITORS, "change")],
    "tiering:compare": [page("customer")],
    "tiering:nurture": [read()],
    "tiering:nurture_rules": [form(DIRECTORS)],
    "tiering:candidate": [read("candidate")],
    "tiering:candidate_take_up": [form(EDITORS, "candidate")],
    "tiering:candidate_dismiss": [form(EDITORS, "candidate")],
    "tiering:candidate_finish": [form(EDITORS, "candidate")],
    "tiering:course": [read()],
    "tiering:raters": [read(who=WHOLE_BOOK)],
    "tiering:ratings": [read(who=WHOLE_BOOK)],
    "tiering:overrides": [page()],
    "tiering:runs": [page(who=WHOLE_BOOK)],
    "tiering:run_start": [act(DIRECTORS)],
    "tiering:run": [page("run", WHOLE_BOOK)],
    "tiering:run_steer": [act(DIRECTORS, "run")],
    "tiering:run_verify": [act(WHOLE_BOOK, "run")],
    "tiering:simulations": [read(who=WHOLE_BOOK)],
    "tiering:simulation": [read("simulation", WHOLE_BOOK)],
    "tiering:simulation_rename": [act(DIRECTORS, "own simulation")],
    "tiering:simulation_delete": [act(DIRECTORS, "own simulation")],
    "tiering:simulate": [read("version", WHOLE_BOOK)],
    "tiering:simulation_movers": [read("version", WHOLE_BOOK)],
    "tiering:simulation_measure": [act(DIRECTORS, "version")],
    "tiering:simulation_keep": [act(DIRECTORS, "version")],
    "tiering:simulation_draft": [act(DIRECTORS, "version")],
    "tiering:simulation_progress": [read("basis", WHOLE_BOOK)],
    "maintenance:capacity": [read("version", WHOLE_BOOK)],
    "tiering:run_undo": [act(DIRECTORS, "run")],
    "tiering:run_movers": [page("run", WHOLE_BOOK)],
    "tiering:run_decide": [act(DIRECTORS, "run")],
    "tiering:run_shares": [page("run", WHOLE_BOOK)],
    "tiering:run_held": [page("run", WHOLE_BOOK)],
    "tiering:schemes": [page()],
    "tiering:scheme_create": [form(DIRECTORS)],
    "tiering:scheme_settings": [form(DIRECTORS, "scheme")],
    "tiering:scheme_assignments": [form(DIRECTORS)],
    "tiering:scheme": [page("version"), page("draft")],
    "tiering:scheme_compare": [page()],
    "tiering:scheme_curve": [Rule(post=DIRECTORS, of="curve")],
    "tiering:scheme_distribution": [page("curve", WHOLE_BOOK)],
    "tiering:scheme_indicators": [page()],
    "tiering:scheme_indicator_add": [form(DIRECTORS)],
    "tiering:scheme_indicator": [form(DIRECTORS, "own indicator")],
    "tiering:scheme_indicator_delete": [form(DIRECTORS, "own indicator")],
    "tiering:scheme_copy": [act(DIRECTORS, "version")],
    "tiering:scheme_edit": [form(DIRECTORS, "draft"), form(DIRECTORS, "version")],
    "tiering:scheme_publish": [form(DIRECTORS, "draft")],
    "tiering:scheme_delete": [form(DIRECTORS, "draft"), form(DIRECTORS, "version")],
    "tiering:scheme_grade": [form(DIRECTORS, "version")],
    "maintenance:my_day": [read()],
    "maintenance:team": [read(who=WHOLE_BOOK | {"bob"})],
    "maintenance:calendar": [read()],
    "maintenance:move": [form(SALES, "promise of sales"), form(TECHNICAL, "promise of technical")],
    "maintenance:feed": [Rule(get=NOBODY, more=(("token", "nonsense"),))],
    "maintenance:many": [
        *(
            Rule(get=None, post=WRITERS, more=(("verb", verb),))
            for verb in ("complete", "snooze", "skip", "hand-over")
        ),
        Rule(get=None, post=LEADERS, more=(("verb", "excuse"),)),
        Rule(get=None, post=NOBODY, more=(("verb", "no-such-verb"),)),
    ],
    "maintenance:obligations": [read()],
    "maintenance:dispatch": [read()],
    "maintenance:obligation": [read("promise of sales"), read("promise of technical")],
    "maintenance:complete": [form(SALES, "promise of sales"), form(TECHNICAL, "promise of technical")],
    "maintenance:snooze": [form(SALES, "promise of sales"), form(TECHNICAL, "promise of technical")],
    "maintenance:skip": [form(SALES, "promise of sales"), form(TECHNICAL, "promise of technical")],
    "maintenance:excuse": [form(LEADERS, "promise of sales"), form(DIRECTORS, "promise of technical")],
    "maintenance:choose": [form(SALES, "promise of sales"), form(TECHNICAL, "promise of technical")],
    "maintenance:take_back": [form(SALES, "promise of sales"), form(TECHNICAL, "promise of technical")],
    "maintenance:panel": [read("customer")],
    "maintenance:ledger": [read()],
    "maintenance:ledger_beyond": [read()],
    "maintenance:ledger_hours": [read()],
    "maintenance:ledger_cost": [read(who=WHOLE_BOOK)],
    "maintenance:ledger_rates": [form(DIRECTORS)],
    "maintenance:ledger_faith": [read()],
    "maintenance:ledger_panel": [read("customer")],
    "maintenance:playbooks": [read()],
    "maintenance:playbook_begin": [act(DIRECTORS, "tier without playbook")],
    "maintenance:playbook": [read("playbook"), read("draft of a playbook")],
    "maintenance:playbook_copy": [act(DIRECTORS, "playbook")],
    "maintenance:playbook_times": [form(DIRECTORS, "draft of a playbook"), form(DIRECTORS, "playbook")],
    "maintenance:playbook_add": [
        form(DIRECTORS, "draft of a playbook", kind=kind) for kind in ("promise", "benefit")
    ],
    "maintenance:playbook_line": [
        form(DIRECTORS, "promise of a draft", kind="promise"),
        form(DIRECTORS, "benefit of a draft", kind="benefit"),
    ],
    "maintenance:playbook_publish": [form(DIRECTORS, "draft of a playbook"), form(DIRECTORS, "playbook")],
    "maintenance:playbook_call_off": [act(DIRECTORS, "playbook")],
    "maintenance:playbook_delete": [form(DIRECTORS, "draft of a playbook"), form(DIRECTORS, "playbook")],
    "maintenance:cases": [read()],
    "maintenance:my_cases": [read()],
    "maintenance:customer_cases": [read("customer")],
    "maintenance:case_choose": [read(who=WRITERS)],
    "maintenance:case_create": [form(WRITERS, "customer")],
    "maintenance:case": [read("case")],
    "maintenance:case_step": [
        *(form(CASE_WORKERS, "case", step=step) for step in ("respond", "start", "wait", "solve", "close")),
        form(NOBODY, "case", step="no-such-step"),
    ],
    "maintenance:case_hand_over": [form(CASE_WORKERS, "case")],
    "maintenance:case_rate": [form(CASE_WORKERS, "case")],
    "maintenance:case_note": [act(WRITERS, "case")],
    "maintenance:case_feedback": [read()],
    "maintenance:case_routes": [form(DIRECTORS)],
    "maintenance:case_route": [form(DIRECTORS, "route")],
    "maintenance:case_route_move": [act(DIRECTORS, "route")],
    "maintenance:case_letters": [read(who=WHOLE_BOOK | {"dan"})],
    "maintenance:case_letter": [Rule(get=WHOLE_BOOK | {"dan"}, post=DIRECTORS | {"dan"}, of="letter")],
    "case-list": [Rule(post=WRITERS)],
    "case-detail": [read("case")],
    "case-events": [read("case")],
    "case-steps": [act(CASE_WORKERS, "case")],
    "maintenance:meetings": [read()],
    "maintenance:meeting_start": [act(LEADERS)],
    "maintenance:meeting": [read("meeting")],
    "maintenance:meeting_paper": [read("meeting")],
    "maintenance:meeting_notes": [act(WRITERS, "meeting")],
    "maintenance:meeting_attendance": [act(WRITERS, "meeting")],
    "maintenance:meeting_task": [form(WRITERS, "meeting")],
    "maintenance:meeting_close": [form(LEADERS, "meeting")],
    "maintenance:meeting_minutes": [Rule(get=None, post=WRITERS, of="point", more=(("kind", "case"),))],
    "maintenance:meeting_tasks": [read()],
    "maintenance:meeting_task_done": [act(LEADERS, "task of a meeting")],
    "invitation-list": [Rule(post=WRITERS)],
    "invitation-detail": [read("invitation")],
    "invitation-link": [act(WRITERS, "invitation")],
    "handover-list": [Rule(post=EDITORS)],
    "handover-detail": [read("handover")],
    "handover-steps": [act(WRITERS, "handover")],
    "meeting-list": [read()],
    "meeting-detail": [read("meeting")],
    "meeting-task-list": [read()],
    "meeting-task-detail": [read("task of a meeting")],
    "maintenance:surveys": [read()],
    "maintenance:survey": [read("survey")],
    "maintenance:survey_create": [form(DIRECTORS)],
    "maintenance:survey_edit": [form(DIRECTORS, "survey")],
    "maintenance:survey_copy": [act(DIRECTORS, "survey")],
    "maintenance:survey_switch": [act(DIRECTORS, "survey")],
    "maintenance:survey_invite": [form(WRITERS)],
    "maintenance:feedback": [read()],
    "maintenance:invitations": [read()],
    "maintenance:invitation": [read("invitation")],
    "maintenance:invitation_link": [act(WRITERS, "invitation")],
    "maintenance:invitation_withdraw": [act(WRITERS, "invitation")],
    "maintenance:answer": [Rule(get=NOBODY, post=NOBODY, more=(("token", "nonsense"),))],
    "customer-list": [read()],
    "customer-export": [read()],
    "customer-detail": [read("customer")],
    "customer-team": [Rule(post=EDITORS, of="customer")],
    "customer-timeline": [read("customer")],
    "customer-notes": [act(WRITERS, "customer")],
    "import-list": [Rule(get=EDITORS, post=EDITORS)],
    "import-detail": [read("import", EDITORS)],
    "import-rows": [read("import", EDITORS)],
    "import-commit": [act(EDITORS, "import")],
    "import-undo": [act(EDITORS, "import")],
    "import-rule": [act(EDITORS, "import")],
    "import-likely": [act(EDITORS, "import")],
    "import-discard": [act(EDITORS, "import")],
    "import-edit": [Rule(get=EDITORS, more=(("kind", "customers"),))],
    "tier-change-list": [read()],
    "tier-change-export": [read()],
    "tier-change-detail": [read("change")],
    "outlook-detail": [read("customer")],
    "candidate-list": [read()],
    "candidate-export": [read()],
    "candidate-detail": [read("candidate")],
    "ledger-list": [read()],
    "ledger-beyond": [read()],
    "ledger-export": [read()],
    "obligation-list": [read()],
    "obligation-export": [read()],
    "export-list": [page()],
    "export-detail": [read("export")],
    "export-file": [Rule(get=NOBODY, of="export")],
    "obligation-detail": [read("promise of sales"), read("promise of technical")],
    "obligation-complete": [
        Rule(get=None, post=SALES, of="promise of sales"),
        Rule(get=None, post=TECHNICAL, of="promise of technical"),
    ],
    "api-root": [read()],
    "schema": [read()],
    "api-docs": [read()],
}


def names(patterns: list[Any], namespace: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(
                pattern.url_patterns, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            )
        else:
            assert isinstance(pattern, URLPattern)
            yield f"{namespace}{pattern.name}"


ALL_NAMES = set(names(get_resolver().url_patterns))
ADMIN_NAMES = sorted(name for name in ALL_NAMES if name.startswith("admin:"))


def test_every_address_has_a_rule() -> None:
    assert {name for name in ALL_NAMES if not name.startswith("admin:")} == set(RULES)


# The world: of everything one that is Alice's and one that is Carol's


@dataclass(frozen=True)
class Thing:
    """Something with an address, and who may see it."""

    args: dict[str, int]
    seen_by: frozenset[str]


World = dict[str, list[Thing]]
ALICES = WHOLE_BOOK | {"alice", "bob", "dan", "tess"}
"""Alice's customer waits for an answer of the service department and is owed something by the technical one."""
CAROLS = WHOLE_BOOK | {"carol"}


@pytest.fixture
def world(cast: dict[str, User]) -> World:
    today = timezone.localdate()
    core, regular = (Tier.objects.get(scale="b2b", key=key) for key in ("core", "regular"))
    customers = [a_customer("Acme", owner=cast["alice"]), a_customer("Beta", owner=cast["carol"])]
    for customer, owner in zip(customers, ("alice", "carol"), strict=True):
        a_contact(customer)
        a_request(customer, cast[owner], department="service" if owner == "alice" else "sales")
        services.set_by_hand(
            customer, tier=core, reason="Asked for.", expires_on=today, by=cast["dora"], at=timezone.now()
        )
    replan([customer.pk for customer in customers], today=today)
    in_force = Scheme.objects.get(is_default=True).published()
    draft = services.copy_version(in_force, by=cast["dora"])
    acme, beta = customers
    # Of what Beta is owed only the promises of sales are left: no other department has business there.
    beta.obligations.exclude(department="sales").delete()
    acme.obligations.exclude(department__in=("sales", "technical")).delete()
    Standing.objects.filter(customer=acme).update(computed_tier=regular)
    return {
        "customer": [Thing({"pk": acme.pk}, ALICES), Thing({"pk": beta.pk}, CAROLS)],
        "attachment": [
            an_attachment(acme, cast["alice"], ALICES),
            an_attachment(beta, cast["carol"], CAROLS),
        ],
        "handover": [
            Thing({"pk": a_handover(acme, cast["dora"]).pk}, WHOLE_BOOK | {"alice", "bob"}),
            Thing({"pk": a_handover(beta, cast["dora"]).pk}, CAROLS),
        ],
        "contact": [fact(acme, "contacts", ALICES), fact(beta, "contacts", CAROLS)],
        "request": [fact(acme, "servicerequests", ALICES), fact(beta, "servicerequests", CAROLS)],
        **merging(cast, acme, beta),
        "change": [
            Thing({"pk": acme.tier_changes.get().pk}, ALICES),
            Thing({"pk": beta.tier_changes.get().pk}, CAROLS),
        ],
        "group": [Thing({"pk": a_group("VIP", beta, by=cast["carol"]).pk}, CAROLS)],
        "own group": [
            Thing({"pk": a_group("East", acme, by=cast["bob"]).pk}, frozenset({"bob", "dora", "adam"})),
            Thing({"pk": a_group("House", acme, by=cast["dora"]).pk}, frozenset({"dora", "adam"})),
        ],
        "aim": [
            Thing({"pk": an_aim(acme, cast["alice"]).pk}, ALICES),
            Thing({"pk": an_aim(beta, cast["carol"]).pk}, CAROLS),
        ],
        "candidate": [
            Thing({"pk": a_candidate(acme).pk}, ALICES),
            Thing({"pk": a_candidate(beta).pk}, CAROLS),
        ],
        "promise of sales": [
            Thing({"pk": owed(acme, "sales")}, WHOLE_BOOK | {"alice", "bob"}),
            Thing({"pk": owed(beta, "sales")}, CAROLS),
        ],
        "promise of technical": [
            Thing({"pk": owed(acme, "technical")}, WHOLE_BOOK | {"alice", "bob", "tess"})
        ],
        **playbooks(core, cast["dora"]),
        "case": [
            Thing({"pk": a_case(acme, cast["alice"], "service").pk}, ALICES),
            Thing({"pk": a_case(beta, cast["carol"], "sales").pk}, CAROLS),
        ],
        **held(cast, acme),
        "route": [Thing({"pk": Route.objects.create(department="service").pk}, EVERYBODY)],
        "letter": [Thing({"pk": a_letter().pk}, WHOLE_BOOK | {"dan"})],
        "webhook": [Thing({"pk": a_parcel(cast["dora"]).endpoint_id}, DIRECTORS)],
        "parcel": [Thing({"pk": a_parcel(cast["dora"]).pk}, DIRECTORS)],
        "survey": [Thing({"pk": a_survey().pk}, EVERYBODY)],
        "invitation": [
            Thing({"pk": an_invitation(acme, cast["alice"]).pk}, ALICES),
            Thing({"pk": an_invitation(beta, cast["carol"]).pk}, CAROLS),
        ],
        "notice": [Thing({"pk": a_notice(cast["alice"]).pk}, frozenset({"alice"}))],
        "run": [Thing({"pk": a_run(today).pk}, WHOLE_BOOK)],
        "version": [Thing({"pk": in_force.pk}, EVERYBODY)],
        "scheme": [Thing({"pk": in_force.scheme_id}, EVERYBODY)],
        "draft": [Thing({"pk": draft.pk}, EVERYBODY)],
        "own indicator": [
            Thing(
                {"pk": OwnIndicator.objects.create(key="own", name_en="Own", name_zh="自", kind="rated").pk},
                EVERYBODY,
            )
        ],
        "curve": [Thing({"pk": version.indicators()[0].pk}, EVERYBODY) for version in (in_force, draft)],
        "basis": [Thing({"pk": a_basis(today).pk}, WHOLE_BOOK)],
        "simulation": [Thing({"pk": a_simulation(cast["adam"]).pk}, WHOLE_BOOK)],
        "own simulation": [
            Thing({"pk": a_simulation(cast["dora"]).pk}, frozenset({"dora"})),
            Thing({"pk": a_simulation(cast["adam"]).pk}, frozenset({"adam"})),
        ],
        "export": [
            Thing({"pk": an_export(cast[name]).pk}, frozenset({name})) for name in ("alice", "dora", "adam")
        ],
        "upload": [
            Thing({"pk": an_upload(cast["dora"]).pk}, DIRECTORS),
            Thing({"pk": an_upload(cast["adam"]).pk}, frozenset({"adam"})),
        ],
        "import": [
            Thing({"pk": an_import(cast["alice"]).pk}, frozenset({"alice", "adam"})),
            Thing({"pk": an_import(cast["adam"]).pk}, frozenset({"adam"})),
        ],
        "mapping": [
            Thing({"pk": a_mapping(cast[name]).pk}, frozenset({name})) for name in ("alice", "carol")
        ],
    }


def playbooks(tier: Tier, by: User) -> World:
    in_force = Playbook.objects.get(tier=tier)
    draft = copy_to_draft(in_force, by=by)
    promise, benefit = draft.promises.earliest("pk"), draft.benefits.earliest("pk")
    without = Tier.objects.get(scale="abc", rank=1)
    return {
        "tier without playbook": [Thing({"pk": without.pk}, EVERYBODY)],
        "playbook": [Thing({"pk": in_force.pk}, EVERYBODY)],
        "draft of a playbook": [Thing({"pk": draft.pk}, EVERYBODY)],
        "promise of a draft": [Thing({"pk": draft.pk, "line_pk": promise.pk}, EVERYBODY)],
        "benefit of a draft": [Thing({"pk": draft.pk, "line_pk": benefit.pk}, EVERYBODY)],
    }


def merging(cast: dict[str, User], acme: Customer, beta: Customer) -> World:
    """Pairs of Alice's own, and pairs that only those see who see the whole book."""
    alice, at = cast["alice"], timezone.now()
    again, once_more, gone = (a_customer(name, owner=alice) for name in ("Acme 2", "Acme 3", "Acme 4"))
    hers, both = WHOLE_BOOK | {"alice", "bob"}, WHOLE_BOOK
    pairs = [(acme, again, hers), (acme, beta, both)]
    done = [
        customer_services.merge(keeper, gone, fields={}, by=cast["dora"], at=at)
        for keeper, gone in ((again, gone), (beta, once_more))
    ]
    return {
        "two customers": [Thing({"pk": one.pk, "other_pk": two.pk}, seen) for one, two, seen in pairs],
        "pair": [
            Thing(
                {"pk": Duplicate.objects.create(first=one, second=two, reasons=[], found_at=at).pk},
                frozenset(seen),
            )
            for one, two, seen in pairs
        ],
        "merge": [
            Thing({"pk": merge.pk}, frozenset(seen)) for merge, seen in zip(done, (hers, both), strict=True)
        ],
    }


def fact(customer: Customer, facts: str, seen_by: frozenset[str]) -> Thing:
    return Thing({"pk": customer.pk, "fact_pk": getattr(customer, facts).get().pk}, seen_by)


def an_attachment(customer: Customer, by: User, seen_by: frozenset[str]) -> Thing:
    file = a_note(customer, by, "Look.", a_file()).attachments.get()
    return Thing({"pk": customer.pk, "file_pk": file.pk}, seen_by)


def a_handover(customer: Customer, to: User) -> Handover:
    now = timezone.now()
    return customer_services.ask([customer.pk], giver=customer.owner, taker=to, by=to, at=now)


def owed(customer: Customer, department: str) -> int:
    row = Obligation.objects.open().filter(customer=customer, department=department).first()
    assert row
    return row.pk


def a_case(customer: Customer, by: User, department: str) -> Case:
    return casework.open_case(
        customer,
        kind="complaint",
        subject="Cracked gears",
        department=department,
        by=by,
        at=timezone.now(),
    )


def held(cast: dict[str, User], customer: Customer) -> World:
    """A meeting of Alice's team, with a point that those may write on who see the case, and a task."""
    at = timezone.now()
    bob = cast["bob"]
    meeting = meetings.open_meeting(bob.team, by=bob, at=at, today=timezone.localdate())
    case = a_case(customer, cast["alice"], "service")
    task = meetings.make_task(meeting, what="Call.", due_on=timezone.localdate(), assignee=bob, by=bob, at=at)
    its_people = EVERYBODY - {"carol"}
    return {
        "meeting": [Thing({"pk": meeting.pk}, its_people)],
        "point": [Thing({"pk": meeting.pk, "subject": case.pk}, ALICES)],
        "task of a meeting": [Thing({"pk": task.pk}, its_people)],
    }


def a_letter() -> Mail:
    return Mail.objects.create(
        message_id="<1@example.com>", sender="who@example.com", subject="Gears", received_at=timezone.now()
    )


def an_aim(customer: Customer, by: User) -> Aim:
    today = timezone.localdate()
    return services.make_aim(
        customer, what="Sell more.", due_on=today, assignee=by, tier=None, by=by, at=timezone.now()
    )


def a_parcel(by: User) -> Parcel:
    """To an endpoint that is on no map."""
    at = timezone.now()
    endpoint = Endpoint.objects.create(
        name="Chat", format="wecom", url="https://[::1]/", made_by=by, made_at=at
    )
    return Parcel.objects.create(endpoint=endpoint, kind="none", key="none", at=at, next_try_at=at)


def a_survey() -> Survey:
    return Survey.objects.create(title_en="New", title_zh="新")


def an_invitation(customer: Customer, by: User) -> Invitation:
    survey = Survey.objects.get(key="quarterly")
    at = timezone.now()
    return invite([customer.pk], survey=survey, channel="link", by=by, at=at).invited[0]


def a_run(today: date) -> Run:
    scheme = Scheme.objects.get(is_default=True)
    return Run.objects.create(
        scheme=scheme,
        version=scheme.published(),
        as_of=today - timedelta(days=1),
        period="past",
        state=Run.State.FAILED,
        trigger=Run.Trigger.COMMAND,
    )


def a_notice(recipient: User) -> Notice:
    return Notice.objects.create(recipient=recipient, kind="none", key="none", at=timezone.now())


def a_basis(today: date) -> Basis:
    return Basis.objects.create(as_of=today, frozen_at=timezone.now(), window_months=12, keys=[])


def a_simulation(by: User) -> Simulation:
    version = Scheme.objects.get(is_default=True).published()
    return Simulation.objects.create(name="40 for finance", version=version, by=by, at=timezone.now())


def an_export(by: User) -> Export:
    now = timezone.now()
    return Export.objects.create(
        by=by, listing="customers", format="csv", language="en", state=Export.State.FAILED, created_at=now, touched_at=now
    )  # fmt: skip


def an_upload(by: User) -> Upload:
    return Upload.objects.create(
        kind=Upload.Kind.ORDERS, name="orders.csv", by=by, state=Upload.State.REFUSED
    )


def an_import(by: User) -> Import:
    return planned("客户编号,客户名称\nK1,Gamma\n", "customers", by)


def a_mapping(by: User) -> SavedMapping:
    return SavedMapping.objects.create(kind="customers", name="ERP", headers="x", by=by, is_shared=True)


# The walk


Answer = tuple[int, str]


def answer(client: Client, method: str, url: str) -> Answer:
    """Status and body, without what differs between any two pages; what was done is undone."""
    with transaction.atomic():
        response = getattr(client, method)(url)
        body = "" if response.streaming and b"".join(response) else response.content.decode()
        transaction.set_rollback(True)
    body = re.sub(r'csrf[^"]*"[^"]*"[^"]*"|"X-CSRFToken": "[^"]*"', "", body)
    return response.status_code, body.replace(url, "")


def address(name: str, rule: Rule, thing: Thing | None) -> str:
    return reverse(name, kwargs=(thing.args if thing else {}) | dict(rule.more))


def missing(thing: Thing) -> Thing:
    return Thing(dict.fromkeys(thing.args, MISSING), NOBODY)


@pytest.fixture
def enter(cast: dict[str, User]) -> Callable[[str], Client]:
    sessions = {}
    for name, user in cast.items():
        client = Client()
        client.force_login(user)
        sessions[name] = dict(client.cookies)

    def enter(name: str) -> Client:
        """Signed in anew for every request: one of the addresses signs out."""
        client = Client()
        client.cookies.update(sessions[name])
        return client

    return enter


def expected(rule: Rule, method: str, name: str) -> set[int]:
    group = rule.get if method == "get" else rule.post
    if group is None:
        return {405}
    if group == NOBODY:
        return {404}
    return FINE if name in group else {403}


LOTS = 8
"""Addresses are asked in so many tests: one world serves a whole lot, and lots are spread over the cores."""


@pytest.mark.parametrize("lot", range(LOTS))
def test_everybody_is_let_in_where_the_rule_says_and_nowhere_else(
    lot: int, world: World, enter: Callable[[str], Client]
) -> None:
    wrong = [
        what for url_name in sorted(RULES)[lot::LOTS] for what in against_the_rules(url_name, world, enter)
    ]
    assert wrong == []


def against_the_rules(url_name: str, world: World, enter: Callable[[str], Client]) -> Iterator[str]:
    for rule in RULES[url_name]:
        for thing in world[rule.of] if rule.of else [None]:
            url = address(url_name, rule, thing)
            for name in sorted(EVERYBODY):
                for method in ("get", "post"):
                    said = answer(enter(name), method, url)
                    what = f"{name}: {method.upper()} {url} answers {said[0]}"
                    if thing is None or name in thing.seen_by:
                        if said[0] not in expected(rule, method, name):
                            yield what
                    elif said[0] not in {403, 404, 405}:
                        yield what
                    elif said != answer(enter(name), method, address(url_name, rule, missing(thing))):
                        yield f"{what}, the missing one otherwise"


@pytest.mark.parametrize("lot", range(LOTS))
def test_who_is_not_signed_in_is_sent_to_the_log_in(lot: int, world: World) -> None:
    wrong = []
    for url_name in sorted(set(RULES) - PUBLIC)[lot::LOTS]:
        is_api = ":" not in url_name and url_name not in {"home", "search"}
        for rule in RULES[url_name]:
            url = address(url_name, rule, world[rule.of][0] if rule.of else None)
            for method in ("get", "post"):
                response = getattr(Client(), method)(url)
                is_sent = response.headers.get("Location") == f"/account/login/?next={url}"
                is_refused = response.status_code in ({401, 403} if is_api else {405})
                if not is_refused and (is_api or not is_sent):
                    wrong.append(f"{method.upper()} {url} answers {response.status_code}")
    assert wrong == []


@pytest.mark.parametrize("url_name", sorted(PUBLIC))
def test_the_doors_themselves_are_open(url_name: str, db: None) -> None:
    url = reverse(url_name, kwargs=dict(RULES[url_name][0].more))
    assert Client().get(url).status_code in {200, 404, 405}


# The admin site: for staff alone


def admin_address(name: str) -> str:
    for args in ([], ["1"], ["1", "1"], ["accounts"]):
        try:
            return reverse(name, args=args)
        except NoReverseMatch:
            continue
    raise AssertionError(name)


@pytest.mark.parametrize("name", sorted(EVERYBODY - {"adam"}))
def test_the_admin_site_is_closed_to_all_but_its_staff(name: str, enter: Callable[[str], Client]) -> None:
    client = enter(name)
    for url_name in ADMIN_NAMES:
        if url_name in {"admin:login", "admin:logout", "admin:None"}:
            continue
        response = client.get(admin_address(url_name))
        assert (response.status_code, response.headers.get("Location", "").split("?")[0]) == (
            302,
            "/admin/login/",
        ), url_name


def test_the_administrator_opens_every_list_of_the_admin_site(
    world: World, enter: Callable[[str], Client]
) -> None:
    client = enter("adam")
    names = [name for name in ADMIN_NAMES if name.endswith("_changelist")]
    answers = {name: client.get(reverse(name)).status_code for name in names}
    assert set(answers.values()) == {200}, answers
