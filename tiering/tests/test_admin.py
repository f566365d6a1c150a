"""Schemes, and what came of them, in the admin."""

from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.test import Client
from hypothesis import given, strategies as st
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from customers.models import Customer
from customers.tests.making import a_customer
from tiering import curves, following, services
from tiering.measures import Unit
from tiering.models import (
    Aim,
    Assignment,
    Basis,
    Candidate,
    CategoryCorrection,
    Cause,
    Chunk,
    Decision,
    Decisive,
    Dimension,
    Floor,
    Followup,
    Grading,
    Hold,
    Indicator,
    Movement,
    Override,
    Remark,
    Run,
    Scheme,
    SchemeVersion,
    Simulation,
    TierChange,
    Verification,
)
from tiering.scoring import FULL_POINTS, VALUE_LIMIT
from tiering.tests.conftest import AT, Q3, bought, regraded, tier
from tiering.tests.nurture_making import a_candidate
from toolbox.tests.admin_pages import LANGUAGES, models_of, open_pages, refusals, status_of_pages, url

MODELS = models_of("tiering")
LOOKED_AT = [
    Aim,
    Assignment,
    CategoryCorrection,
    Cause,
    Decisive,
    Followup,
    Run,
    Chunk,
    Decision,
    Grading,
    Hold,
    Movement,
    TierChange,
    Remark,
    Override,
    Verification,
    Candidate,
    Basis,
    Simulation,
]
State = SchemeVersion.State


@pytest.fixture
def browser_of_adam(client: Client, adam: User) -> Client:
    client.force_login(adam)
    return client


@pytest.fixture
def version(scheme: Scheme) -> SchemeVersion:
    return scheme.published()


@pytest.fixture
def draft(version: SchemeVersion, dora: User) -> SchemeVersion:
    return services.copy_version(version, by=dora)


def graded_customers(scheme: Scheme, dora: User, count: int) -> None:
    for n in range(count):
        customer = a_customer(f"Customer {n}", owner=dora)
        bought(customer, 85)
    run = regraded(scheme)
    following.follow_up(run.pk, at=AT)
    for customer in Customer.objects.all():
        Verification.objects.create(run=run, by=dora, asked_at=AT)
        a_candidate(customer)
        services.set_by_hand(
            customer, tier=tier("important"), reason="They asked.", expires_on=Q3, by=dora, at=AT
        )
        change = customer.tier_changes.latest("pk")
        services.remark(change, words="A new plant.", by=dora, at=AT)
        services.categorise(change, category="business", by=dora, at=AT)
        services.make_aim(customer, what="Sell.", due_on=Q3, assignee=dora, tier=None, by=dora, at=AT)
        Decision.objects.create(run=run, customer=customer, is_accepted=True, by=dora, at=AT)
        Hold.objects.create(run=run, customer=customer, from_tier=tier("core"), to_tier=tier("regular"))
    Assignment.objects.create(position=1, scheme=scheme, kind="individual")
    basis = Basis.objects.create(as_of=Q3, frozen_at=AT, window_months=3, keys=[], by=dora, asked_at=AT)
    Simulation.objects.create(name="Finance 40", version=run.version, changes={}, basis=basis, by=dora, at=AT)


def test_the_admin_knows_them() -> None:
    assert set(MODELS) == {Scheme, SchemeVersion, Dimension, Floor, *LOOKED_AT}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("model", MODELS)
def test_every_page_opens(
    browser_of_adam: Client, scheme: Scheme, dora: User, model: type[Model], language: str
) -> None:
    graded_customers(scheme, dora, 1)
    can_be_added = model in {Scheme, SchemeVersion}
    assert status_of_pages(browser_of_adam, model, language=language) == open_pages(add=can_be_added)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    "model, queries",
    [
        (Grading, 7), (Movement, 11), (TierChange, 13), (Override, 5), (Run, 7), (Chunk, 4), (Verification, 4), (Scheme, 5),
        (SchemeVersion, 5), (Dimension, 5), (Floor, 5),
    ],
)  # fmt: skip
def test_a_longer_list_asks_no_more(
    browser_of_adam: Client,
    scheme: Scheme,
    dora: User,
    model: type[Model],
    queries: int,
    rows: int,
    django_assert_num_queries: Any,
) -> None:
    for _ in range(rows):
        services.copy_version(scheme.published(), by=dora)
    graded_customers(scheme, dora, rows)
    with django_assert_num_queries(queries):
        assert browser_of_adam.get(url(model, "changelist")).status_code == 200


@pytest.mark.parametrize("model", LOOKED_AT)
def test_what_happened_is_not_rewritten(
    browser_of_adam: Client, scheme: Scheme, dora: User, model: type[Model]
) -> None:
    graded_customers(scheme, dora, 1)
    assert refusals(browser_of_adam, model) == {403}


def test_a_grading_says_what_was_measured(browser_of_adam: Client, scheme: Scheme, dora: User) -> None:
    graded_customers(scheme, dora, 1)
    page = browser_of_adam.get(url(Grading, "change", Grading.objects.get().pk)).text
    assert "Annual cooperation amount: ¥85,000, 85 points" in page
    assert "Industry outlook: unknown, – points" in page


# Versions


def shape_of(version: SchemeVersion) -> list[Any]:
    whole = SchemeVersion.objects.whole().get(pk=version.pk)
    return [
        whole.rules(),
        whole.window_months,
        *[(i.name_en, i.name_zh, i.position) for i in whole.indicators()],
    ]


def test_a_copy_says_the_same_and_is_a_draft(version: SchemeVersion, dora: User) -> None:
    before = shape_of(version)
    draft = services.copy_version(version, by=dora)
    assert (draft.state, draft.number, draft.note) == (State.DRAFT, 2, "v1, dora")
    assert (shape_of(draft), shape_of(version)) == (before, before)
    assert not Indicator.objects.filter(
        dimension__version=draft, dimension__in=version.dimensions.all()
    ).exists()


def test_a_draft_put_in_force_retires_the_former(
    version: SchemeVersion, draft: SchemeVersion, dora: User
) -> None:
    services.put_in_force(draft, by=dora, at=AT, note="As agreed.")
    version.refresh_from_db()
    draft.refresh_from_db()
    assert (version.state, draft.state) == (State.RETIRED, State.PUBLISHED)
    assert (draft.published_by, draft.published_at, draft.note) == (dora, AT, "As agreed.")
    assert draft.scheme.published() == draft
    with pytest.raises(services.NotReadyError, match="Only a draft can be put in force"):
        services.put_in_force(version, by=dora, at=AT, note="")


def test_a_draft_that_does_not_add_up_is_refused_with_the_sums(
    version: SchemeVersion, draft: SchemeVersion, dora: User
) -> None:
    Dimension.objects.filter(version=draft).update(weight=90)
    Indicator.objects.filter(dimension__version=draft, key="annual_amount").update(
        weight=70, key="moon_phase"
    )
    Floor.objects.filter(version=draft, tier__key="potential").update(total=1)
    with pytest.raises(services.NotReadyError) as refused:
        services.put_in_force(draft, by=dora, at=AT, note="")
    assert str(refused.value).splitlines() == [
        "The weights of the dimensions add up to 90, not to 100.",
        "The weights in “All” add up to 110, not to 100.",
        "Nobody knows how to measure “Annual cooperation amount”.",
        "Floors must fall from the best tier to the last, whose floor is 0.",
    ]
    version.refresh_from_db()
    draft.refresh_from_db()
    assert (version.state, draft.state) == (State.PUBLISHED, State.DRAFT)


def test_the_same_indicator_twice_is_refused(draft: SchemeVersion, dora: User) -> None:
    Indicator.objects.filter(dimension__version=draft).update(weight=50)
    double = draft.dimensions.get()
    indicators = list(double.indicators.order_by("position"))
    double.pk, double.key, double.weight = None, "again", 100
    double.save()
    Dimension.objects.filter(version=draft).update(weight=50)
    for indicator in indicators:
        indicator.pk, indicator.dimension = None, double
        indicator.save()
    with pytest.raises(services.NotReadyError) as refused:
        services.put_in_force(draft, by=dora, at=AT, note="")
    assert str(refused.value).splitlines() == [
        "“Annual cooperation amount” stands in the scheme twice.",
        "“Industry outlook” stands in the scheme twice.",
    ]


def pressed(browser: Client, action: str, row: Model) -> list[str]:
    """An action on one row of its list: what the next page says."""
    browser.get(url(Scheme, "changelist"))  # what was said before is read
    chosen = {"action": action, "_selected_action": [row.pk]}
    answer = browser.post(url(type(row), "changelist"), chosen, follow=True)
    return [str(message) for message in answer.context["messages"]]


def test_from_version_to_draft_to_force_in_the_admin(
    browser_of_adam: Client, version: SchemeVersion, adam: User
) -> None:
    [said] = pressed(browser_of_adam, "copy", version)
    draft = SchemeVersion.objects.get(number=2)
    assert said == (
        f'<a href="{url(SchemeVersion, "change", draft.pk)}">'
        "Plain v2 is a draft now: change it, then put it in force.</a>"
    )
    Dimension.objects.filter(version=draft).update(weight=90)
    page = browser_of_adam.get(url(SchemeVersion, "change", draft.pk)).text
    assert "The weights of the dimensions add up to 90, not to 100." in page
    assert pressed(browser_of_adam, "put_in_force", draft) == [
        "Plain v2: The weights of the dimensions add up to 90, not to 100."
    ]
    Dimension.objects.filter(version=draft).update(weight=100)
    assert pressed(browser_of_adam, "put_in_force", draft) == [
        "Plain v2 is in force: the next re-grade goes by it."
    ]
    draft.refresh_from_db()
    assert (draft.state, draft.published_by) == (State.PUBLISHED, adam)


@pytest.mark.parametrize("state", [State.PUBLISHED, State.RETIRED])
def test_what_was_in_force_never_changes(browser_of_adam: Client, version: SchemeVersion, state: str) -> None:
    SchemeVersion.objects.filter(pk=version.pk).update(state=state)
    before = shape_of(version)
    assert refusals(browser_of_adam, Dimension) == {403}
    for page in ("change", "delete"):
        answer = browser_of_adam.post(
            url(SchemeVersion, page, version.pk), {"post": "yes", "window_months": 1}
        )
        assert answer.status_code == 403
    page = browser_of_adam.get(url(Dimension, "change", version.dimensions.get().pk)).text
    assert "100000: 100" in page
    assert "<textarea" not in page
    assert shape_of(version) == before


def sent_from(page: Any, **typed: Any) -> dict[str, Any]:
    form = page.context["adminform"].form
    parts = [form]
    for inline in page.context["inline_admin_formsets"]:
        parts += [inline.formset.management_form, *inline.formset.initial_forms]
    sent = {field.html_name: field.value() for part in parts for field in part}
    return {
        name: "" if value is None else value for name, value in sent.items() if value is not False
    } | typed


def test_a_draft_is_changed(browser_of_adam: Client, draft: SchemeVersion) -> None:
    address = url(SchemeVersion, "change", draft.pk)
    page = browser_of_adam.get(address)
    floors = page.context["inline_admin_formsets"][0].formset.initial_forms
    assert [form["total"].value() for form in floors] == ["80", "60", "40", "0"]
    sent = sent_from(page, **{"floors-0-total": "82.5", "window_months": "6"})
    assert browser_of_adam.post(address, sent).status_code == 302
    draft.refresh_from_db()
    assert draft.window_months == 6
    assert list(draft.floors.order_by("tier__rank").values_list("total", flat=True)) == [
        82_500_000, 60_000_000, 40_000_000, 0,
    ]  # fmt: skip
    answer = browser_of_adam.post(address, sent_from(page, **{"floors-0-total": "101"}))
    assert "Points lie between 0 and 100." in answer.text


def test_a_curve_is_typed_in_its_unit(browser_of_adam: Client, draft: SchemeVersion) -> None:
    dimension = draft.dimensions.get()
    address = url(Dimension, "change", dimension.pk)
    page = browser_of_adam.get(address)
    assert "Raw values in yuan, such as 100,000 or 10万." in page.text
    sent = sent_from(page)
    assert sent["indicators-0-knots"] == "0: 0\n100000: 100"
    typed = {"indicators-0-knots": "0: 5\r\n10万: 60\r\n\r\n¥300,000.50：100"}
    assert browser_of_adam.post(address, sent | typed).status_code == 302
    assert dimension.indicators.get(position=1).knots == [[0, 500], [10_000_000, 6_000], [30_000_050, 10_000]]
    assert dimension.indicators.get(position=2).knots == [[0, 0], [100, 10_000]]
    answer = browser_of_adam.post(address, sent | {"indicators-0-knots": "5: 1\n5: 2\nlots: 3\n9: 101"})
    form = answer.context["inline_admin_formsets"][0].formset.initial_forms[0]
    assert form.errors["knots"] == [
        "Line 2: The raw values must rise from line to line.",
        "Line 3: Enter an amount such as 1,234.56 or 12万.",
        "Line 4: Points lie between 0 and 100.",
    ]


def test_a_new_scheme_begins_with_a_draft(browser_of_adam: Client) -> None:
    words = {"key": "letters", "name_en": "ABC", "name_zh": "甲乙丙", "cadence": "monthly", "review": "wait"}
    no_rows = {"versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0}
    assert browser_of_adam.post(url(Scheme, "add"), words | no_rows).status_code == 302
    scheme = Scheme.objects.get(key="letters")
    lines = {
        "scheme": scheme.pk, "decides_by": "floors", "window_months": 12, "coverage_floor": 50, "margin": 0, "dwell": 1,
        "grace_days": 0, "floors-TOTAL_FORMS": 1,
        "floors-INITIAL_FORMS": 0, "floors-0-tier": tier("core").pk, "floors-0-total": "0",
        "dimensions-TOTAL_FORMS": 1, "dimensions-INITIAL_FORMS": 0, "dimensions-0-position": 1,
        "dimensions-0-key": "value", "dimensions-0-name_en": "Value", "dimensions-0-name_zh": "价值",
        "dimensions-0-weight": 100,
    }  # fmt: skip
    assert browser_of_adam.post(url(SchemeVersion, "add"), lines).status_code == 302
    draft = scheme.versions.get()
    assert (draft.number, draft.state, draft.floors.count(), draft.dimensions.get().weight) == (
        1,
        State.DRAFT,
        1,
        100,
    )
    dimension = draft.dimensions.get()
    lines = {
        "key": "value", "name_en": "Value", "name_zh": "价值", "weight": 100, "position": 1,
        "indicators-TOTAL_FORMS": 1, "indicators-INITIAL_FORMS": 0, "indicators-0-key": "years_of_cooperation",
        "indicators-0-name_en": "Years", "indicators-0-name_zh": "年限", "indicators-0-weight": 100,
        "indicators-0-position": 1, "indicators-0-shape": "linear", "indicators-0-missing": "leave_out",
        "indicators-0-knots": "0: 0\n0.5: 20\n10: 100",
    }  # fmt: skip
    assert browser_of_adam.post(url(Dimension, "change", dimension.pk), lines).status_code == 302
    assert dimension.indicators.get().knots == [[0, 0], [183, 2_000], [3_650, 10_000]]
    assert pressed(browser_of_adam, "grade_the_book", scheme) == ["“ABC” has no version in force yet."]
    assert pressed(browser_of_adam, "start_a_regrade", scheme) == ["“ABC” does not grade the book."]
    assert pressed(browser_of_adam, "put_in_force", draft) == [
        "ABC v1 is in force: the next re-grade goes by it."
    ]
    assert pressed(browser_of_adam, "grade_the_book", scheme) == ["From now on the book is graded by “ABC”."]
    assert list(Scheme.objects.filter(is_default=True)) == [scheme]


def test_a_regrade_is_started(
    browser_of_adam: Client,
    scheme: Scheme,
    adam: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    bought(a_customer("Acme", owner=adam), 85)
    with time_machine.travel(AT, tick=False), django_capture_on_commit_callbacks(execute=True):
        [said] = pressed(browser_of_adam, "start_a_regrade", scheme)
    run = Run.objects.get()
    assert (run.as_of, run.state, run.started_by, run.trigger) == (Q3, Run.State.PUBLISHED, adam, "person")
    assert said == f'<a href="{url(Run, "change", run.pk)}">Re-grade 2026Q3 · 2026-09-30 started.</a>'


# Curves as text

points = st.integers(0, FULL_POINTS)


@given(
    unit=st.sampled_from(Unit), at=st.dictionaries(st.integers(-VALUE_LIMIT, VALUE_LIMIT), points, min_size=1)
)
def test_every_curve_can_be_written_and_read_back(unit: Unit, at: dict[int, int]) -> None:
    knots = [[value, at[value]] for value in sorted(at)]
    assert curves.read(curves.write(knots, unit), unit) == knots


@pytest.mark.parametrize(
    "text, unit, knots",
    [
        ("92.5%: 85.25", Unit.BASIS_POINTS, [[9_250, 8_525]]),
        ("1: 30\n3: 60", Unit.YEARS, [[365, 3_000], [1_095, 6_000]]),
        ("3：60", Unit.RATING, [[3, 6_000]]),
        ("-5: 0\n1,000: 100", Unit.TIMES, [[-5, 0], [1_000, 10_000]]),
    ],
)
def test_what_people_type(text: str, unit: Unit, knots: list[list[int]]) -> None:
    assert curves.read(text, unit) == knots


@pytest.mark.parametrize(
    "text, messages",
    [
        ("", ["Type at least one knot."]),
        ("7", ["Line 1: Write it as “raw value: points”."]),
        ("1.5: 7", ["Line 1: “1.5” is not a whole number."]),
        ("1: ", ["Line 1: “” is not a number with at most 2 decimals."]),
        ("\n1: 7.125", ["Line 2: “7.125” is not a number with at most 2 decimals."]),
        (f"{10**14 + 1}: 7", ["Line 1: This raw value is too large."]),
    ],
)
def test_what_cannot_be_read_is_said_by_line(text: str, messages: list[str]) -> None:
    with pytest.raises(ValidationError) as wrong:
        curves.read(text, Unit.DAYS)
    assert wrong.value.messages == messages
