"""Customers are graded by the scheme that they are assigned to, and each scheme's runs go their own way."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import translation
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Notice, User
from customers import handing, services as customers
from customers.models import Customer, Group, Membership, Tier
from customers.services import handing_over
from customers.tests.making import a_customer, a_group, an_order
from tiering import (
    assigning,
    freshness,
    notices,
    publishing,
    queries,
    regrade,
    services,
    tasks,
    undoing,
    upgrading,
)
from tiering.course import figures
from tiering.models import Assignment, Chunk, Floor, Followup, Grading, Run, Scheme, SchemeVersion, TierChange
from tiering.reviewing import decide
from tiering.reviewing.releasing import release
from tiering.simulation import measuring, trying
from tiering.simulation.trying import Trial
from tiering.tests.assigning_making import assign, second_scheme, tier_key
from tiering.tests.conftest import AT, POINT, Q2, Q3, bought, graded, regraded, started, tier
from tiering.undoing import undo
from tiering.verifying import runs_of, verify
from toolbox import append_only

LATER = AT + timedelta(days=1)
Book = dict[str, Customer]


@pytest.fixture
def second(scheme: Scheme) -> Scheme:
    return second_scheme()


@pytest.fixture
def book(alice: User, dora: User) -> Book:
    """Two firms and two persons who bought as much."""
    found = {
        "firm": a_customer("Firm", owner=alice),
        "person": a_customer("Person", owner=alice, kind="individual"),
        "small firm": a_customer("Small firm", owner=alice),
        "small person": a_customer("Small person", owner=alice, kind="individual"),
    }
    for name, customer in found.items():
        bought(customer, 50 if "small" in name else 90)
        bought(customer, 90 if "small" in name else 50, quarter=Q2)
    return found


def graded_in(run: Run) -> list[str]:
    return sorted(run.gradings.values_list("customer__name", flat=True))


def nothing_differs(*runs: Run) -> bool:
    checked = list(verify(runs or runs_of(everything=True), today=AT.date(), plain=True))
    assert [(c.findings.title, c.findings.differences) for c in checked if not c.findings.is_fine] == []
    return bool(checked)


# Whose customers are whose


def test_where_nobody_is_assigned_everything_is_as_it_was(scheme: Scheme, book: Book) -> None:
    run = regraded(scheme)

    assert list(run.chunks.values_list("only", flat=True)) == [None]
    assert (run.customers, len(graded_in(run)), run.of_default) == (4, 4, True)
    assert assigning.ids_of(scheme, at=AT) is None


def test_customers_of_a_kind_are_graded_by_their_scheme(scheme: Scheme, second: Scheme, book: Book) -> None:
    assign(second, kind="individual")

    of_default, of_second = regraded(scheme), regraded(second)

    assert graded_in(of_default) == ["Firm", "Small firm"]
    assert graded_in(of_second) == ["Person", "Small person"]
    assert {name: tier_key(customer) for name, customer in book.items()} == {
        "firm": "b2b:core", "small firm": "b2b:regular", "person": "abc:a", "small person": "abc:b",
    }  # fmt: skip
    assert nothing_differs()


def test_customers_of_a_group_are_graded_by_their_scheme(
    scheme: Scheme, second: Scheme, book: Book, dora: User
) -> None:
    assign(second, group=a_group("VIP", book["firm"], book["small person"], by=dora))

    assert graded_in(regraded(second)) == ["Firm", "Small person"]
    assert graded_in(regraded(scheme)) == ["Person", "Small firm"]


@pytest.mark.parametrize("group_first", [True, False])
def test_the_first_that_fits_counts(
    scheme: Scheme, second: Scheme, book: Book, dora: User, group_first: bool
) -> None:
    """A person in the group is of the default scheme, unless the kind comes first."""
    group = a_group("Like firms", book["person"], by=dora)
    if group_first:
        assign(scheme, group=group)
    assign(second, kind="individual")
    if not group_first:
        assign(scheme, group=group)

    own = ["Small person"] if group_first else ["Person", "Small person"]
    assert graded_in(regraded(second)) == own
    assert assigning.version_of(book["person"]).scheme == (scheme if group_first else second)
    assert assigning.counts(assigning.in_order())[0] == 2


def test_a_customer_in_two_groups_counts_for_the_first(
    scheme: Scheme, second: Scheme, book: Book, dora: User
) -> None:
    first = assign(second, group=a_group("One", book["firm"], by=dora))
    other = assign(scheme, group=a_group("Two", book["firm"], book["person"], by=dora))

    assert assigning.counts(assigning.in_order()) == {first.pk: 1, other.pk: 1, 0: 2}


@pytest.mark.parametrize("size", [1, 2, 10])
def test_chunks_know_who_is_theirs(
    scheme: Scheme, second: Scheme, book: Book, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(regrade, "CHUNK_SIZE", size)
    assign(second, kind="individual")

    run = regraded(second)

    assert (graded_in(run), run.customers) == (["Person", "Small person"], 2)
    assert nothing_differs()


def test_a_stretch_that_is_wholly_of_a_scheme_stores_no_ids(
    scheme: Scheme, second: Scheme, book: Book
) -> None:
    assign(second, kind="individual")
    assign(second, kind="enterprise")

    assert list(started(second).chunks.values_list("only", "customers")) == [(None, 4)]


def test_what_changes_after_the_freeze_does_not_enter(
    scheme: Scheme, second: Scheme, book: Book, dora: User
) -> None:
    group = a_group("VIP", book["firm"], by=dora)
    assign(second, group=group)
    run = started(second)

    customers.add_to_group(group, [book["person"].pk], by=dora, at=LATER)
    customers.take_out(group, [book["firm"].pk], by=dora)

    assert graded_in(graded(run)) == ["Firm"]
    assert graded_in(regraded(second, at=LATER)) == ["Person"]


def test_who_is_removed_after_the_freeze_is_listed_as_left_out(
    scheme: Scheme, second: Scheme, book: Book
) -> None:
    assign(second, kind="individual")
    run = started(second)
    gone = book["person"].pk
    book["person"].standing.delete()
    book["person"].delete()

    graded(run)

    assert (graded_in(run), run.chunks.get().skipped) == (["Small person"], [gone])
    assert nothing_differs(run)


# Each scheme for itself


def test_a_run_of_one_scheme_leaves_the_others_standings_alone(
    scheme: Scheme, second: Scheme, book: Book
) -> None:
    assign(second, kind="individual")
    regraded(scheme)
    before = vars_of(book["firm"])

    regraded(second, at=LATER)

    assert vars_of(book["firm"]) == before
    assert tier_key(book["person"]) == "abc:a"


def vars_of(customer: Customer) -> dict[str, Any]:
    customer.standing.refresh_from_db()
    return {f.attname: getattr(customer.standing, f.attname) for f in customer.standing._meta.fields}


def test_who_moves_keeps_its_tier_until_the_next_run_of_the_new_scheme(
    scheme: Scheme, second: Scheme, book: Book
) -> None:
    regraded(scheme)
    assign(second, kind="individual")
    assert tier_key(book["person"]) == "b2b:core"

    regraded(scheme, at=LATER)
    assert tier_key(book["person"]) == "b2b:core"

    run = regraded(second, at=LATER)
    change = TierChange.objects.get(run=run, customer=book["person"])
    assert (tier_key(book["person"]), change.is_upgrade, change.is_downgrade, change.is_rescaled) == (
        "abc:a", False, False, True,
    )  # fmt: skip
    assert change.reason["totals"] == [90_000_000, 90_000_000]
    assert nothing_differs()


def test_a_change_of_scale_is_neither_up_nor_down(scheme: Scheme, second: Scheme, book: Book) -> None:
    """ "Important" is the second of four, "C" the third of three."""
    with append_only.unlocked(connection):
        second.versions.update(grace_days=30, one_step=True, margin=50_000_000)
    regraded(scheme)
    assign(second, kind="individual")
    run = regraded(second, at=LATER)

    outcome = queries.outcome(run)
    assert (outcome.upgrades, outcome.downgrades, outcome.rescaled) == (0, 0, 2)
    assert [n for _origin, row in outcome.matrix for _target, n in row if n] == [1, 1]
    changes = TierChange.objects.filter(run=run)
    assert (changes.upgrades().count(), changes.downgrades().count(), changes.rescaled().count()) == (0, 0, 2)
    assert set(changes.values_list("grace_until", flat=True)) == {None}
    assert not run.holds.exists()
    told = figures.moves(None)
    assert {key: sum(row[key] for row in told) for key in ("up", "down", "first", "other")} == {
        "up": 0, "down": 0, "first": 4, "other": 2,
    }  # fmt: skip


def test_each_scheme_is_due_by_its_own_cadence(scheme: Scheme, second: Scheme, book: Book) -> None:
    assign(second, kind="individual")
    today = date(2026, 12, 2)
    assert (regrade.is_due(scheme, today=today), regrade.is_due(second, today=today)) == (
        Q3,
        date(2026, 11, 30),
    )

    regraded(scheme)
    regraded(second)

    assert (regrade.is_due(scheme, today=today), regrade.is_due(second, today=today)) == (
        None, date(2026, 10, 31),
    )  # fmt: skip


def test_a_later_run_of_another_scheme_is_in_nobodys_way(scheme: Scheme, second: Scheme, book: Book) -> None:
    assign(second, kind="individual")
    november = AT + timedelta(days=60)
    regraded(second, as_of=date(2026, 10, 31), at=november)

    assert publishing.why_not(scheme, as_of=Q3, frozen_at=november) == ""
    regraded(scheme, at=november)
    assert nothing_differs()
    with pytest.raises(regrade.RefusedError, match="already published"):
        started(second, at=november)


def test_a_scheme_that_grades_nobody_is_not_run(scheme: Scheme, second: Scheme, book: Book) -> None:
    with pytest.raises(regrade.RefusedError, match="does not grade"):
        started(second)


def test_a_run_whose_scheme_lost_its_customers_meanwhile_is_not_published(
    scheme: Scheme, second: Scheme, book: Book
) -> None:
    assigned = assign(second, kind="individual")
    run = started(second)
    assigned.delete()

    assert (graded(run).state, tier_key(book["person"])) == (Run.State.FAILED, None)


def test_the_schedule_runs_one_scheme_after_the_other(
    scheme: Scheme, second: Scheme, book: Book,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    assign(second, kind="individual")

    with django_capture_on_commit_callbacks(execute=True):
        tasks.regrade_when_due()

    runs = Run.objects.order_by("pk").values_list("scheme__key", "state", "trigger")
    assert list(runs) == [("plain", "published", "schedule"), ("second", "published", "schedule")]


def test_the_default_scheme_takes_over_the_runs_of_the_one_before(
    scheme: Scheme, second: Scheme, book: Book
) -> None:
    regraded(scheme)
    services.grade_the_book_by(second)

    assert regrade.is_due(second, today=date(2026, 10, 2)) is None
    with pytest.raises(regrade.RefusedError, match="already published"):
        started(second, as_of=Q2)


# Undoing


def test_a_run_is_undone_though_another_scheme_published_since(
    scheme: Scheme, second: Scheme, book: Book, dora: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    assign(second, kind="individual")
    regraded(scheme, as_of=Q2)
    regraded(second, as_of=Q2)
    run, other = regraded(scheme, at=LATER), regraded(second, at=LATER)
    assert {n: tier_key(c) for n, c in book.items()} == {
        "firm": "b2b:core", "small firm": "b2b:regular", "person": "abc:a", "small person": "abc:b",
    }  # fmt: skip

    with django_capture_on_commit_callbacks(execute=True):
        undo(run, by=dora, at=LATER + timedelta(hours=1))

    assert {n: tier_key(c) for n, c in book.items()} == {
        "firm": "b2b:regular", "small firm": "b2b:core", "person": "abc:a", "small person": "abc:b",
    }  # fmt: skip
    other.refresh_from_db()
    assert other.state == Run.State.PUBLISHED
    assert nothing_differs()


@pytest.mark.parametrize("same_scale", [True, False])
def test_who_was_graded_by_another_scheme_since_stays_when_a_run_is_undone(
    scheme: Scheme, second: Scheme, book: Book, dora: User, same_scale: bool,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    regraded(scheme, as_of=Q2)
    run = regraded(scheme)
    if same_scale:
        second = second_scheme(key="third")
        floors = scheme.versions.get().floors.order_by("-total")
        with append_only.unlocked(connection):
            for own, floor in zip(second.versions.get().floors.order_by("-total"), floors, strict=False):
                own.tier = floor.tier
                own.save()
    assign(second, group=a_group("VIP", book["firm"], book["person"], by=dora))
    regraded(second, at=LATER)
    before = [tier_key(book["firm"]), tier_key(book["person"])]

    with django_capture_on_commit_callbacks(execute=True):
        undo(run, by=dora, at=LATER + timedelta(hours=1))

    assert [tier_key(book["firm"]), tier_key(book["person"])] == before
    assert tier_key(book["small firm"]) == "b2b:core"
    assert nothing_differs()


@pytest.fixture
def twice(scheme: Scheme, second: Scheme, book: Book, dora: User) -> tuple[Run, Run]:
    """The firm was regular, became core, and was then graded by the second scheme, as whose customer it is an A."""
    regraded(scheme, as_of=Q2, at=AT - timedelta(days=1))
    first = regraded(scheme)
    assign(second, group=a_group("VIP", book["firm"], by=dora))
    then = regraded(second, at=LATER)
    chain = book["firm"].tier_changes.order_by("pk").values_list("to_tier__scale", "to_tier__key")
    assert list(chain) == [("b2b", "regular"), ("b2b", "core"), ("abc", "a")]
    return first, then


@pytest.mark.parametrize("later_first", [True, False])
def test_runs_of_two_schemes_are_both_undone_in_either_order(
    twice: tuple[Run, Run], book: Book, dora: User, later_first: bool,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    """What an undone run did stands in nobody's way, and nobody goes back to it."""
    first, then = twice
    runs, stood = ((then, first), "b2b:core") if later_first else ((first, then), "abc:a")
    found = []
    for n, run in enumerate(runs, start=1):
        with django_capture_on_commit_callbacks(execute=True):
            undo(run, by=dora, at=LATER + timedelta(hours=n))
        found.append(tier_key(book["firm"]))
        assert nothing_differs()

    assert found == [stood, "b2b:regular"]


def test_what_still_stands_is_left_alone_though_an_undone_run_came_between(
    twice: tuple[Run, Run], second: Scheme, book: Book, dora: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    first, then = twice
    with django_capture_on_commit_callbacks(execute=True):
        undo(then, by=dora, at=LATER + timedelta(hours=1))
    with time_machine.travel(LATER + timedelta(hours=2), tick=False):
        regraded(second, at=LATER + timedelta(hours=2))

    with django_capture_on_commit_callbacks(execute=True):
        undo(first, by=dora, at=LATER + timedelta(hours=3))

    assert tier_key(book["firm"]) == "abc:a"
    assert tier_key(book["small firm"]) == "b2b:core"
    assert nothing_differs()


# Nightly upgrades


def test_the_nightly_check_goes_through_the_schemes(
    scheme: Scheme, second: Scheme, book: Book,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    assign(second, kind="individual")
    with append_only.unlocked(connection):
        SchemeVersion.objects.update(nightly_upgrades=True)
    regraded(scheme)
    regraded(second)
    for name in ("small firm", "small person"):
        an_order(book[name], date(2026, 10, 10), 45 * POINT)

    with (
        time_machine.travel(AT + timedelta(days=18), tick=False),
        django_capture_on_commit_callbacks(execute=True),
    ):
        tasks.upgrade_between_regrades()

    runs = Run.objects.filter(trigger=Run.Trigger.UPGRADE).order_by("pk")
    assert [(run.scheme.key, run.state) for run in runs] == [("plain", "published"), ("second", "published")]
    assert [tier_key(book[name]) for name in ("small firm", "small person")] == ["b2b:core", "abc:a"]
    assert nothing_differs()


# What is asked of several schemes


def test_if_graded_today_goes_by_the_customers_own_scheme(scheme: Scheme, second: Scheme, book: Book) -> None:
    assign(second, kind="individual")

    def preview_of(name: str) -> str:
        found = queries.preview(book[name], at=AT)
        assert found
        assert found.tier
        return f"{found.tier.scale}:{found.tier.key}"

    assert (preview_of("firm"), preview_of("person")) == ("b2b:core", "abc:a")
    assert [t.key for t in queries.tiers_in_force(book["person"])] == ["a", "b", "c"]


def test_all_last_runs_are_verified_and_the_command_says_so(
    scheme: Scheme, second: Scheme, book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    assign(second, kind="individual")
    runs = [regraded(scheme), regraded(second)]

    assert runs_of() == runs
    call_command("verify_gradings")
    assert "DIFFERS" not in capsys.readouterr().out
    for run in runs:
        call_command("replay", str(run.pk))


def test_a_grading_of_a_stranger_is_found(scheme: Scheme, second: Scheme, book: Book) -> None:
    assign(second, kind="individual")
    run = regraded(second)
    Chunk.objects.filter(run=run).update(only=[book["person"].pk, book["firm"].pk])

    wrong = [c.findings.title for c in verify([run], today=AT.date()) if not c.findings.is_fine]

    assert wrong == ["Gradings and skips make up the snapshot"]


def test_what_is_unknown_is_added_up_over_the_schemes(
    scheme: Scheme, second: Scheme, book: Book,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    assign(second, kind="individual")
    with django_capture_on_commit_callbacks(execute=True):
        regraded(scheme)
        regraded(second)

    assert sorted(Followup.objects.values_list("customers", flat=True)) == [2, 2]
    gaps = freshness.gaps()
    assert gaps
    assert [(row.key, row.unknown, row.customers) for row in gaps.rows] == [("industry_outlook", 2, 2)]


# Simulation


@pytest.fixture
def measure(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Callable[[], None]:
    def measure() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            measuring.start(as_of=Q3, window_months=3, at=LATER, by=None)

    return measure


def trial_of(scheme: Scheme) -> Trial | None:
    version = scheme.versions.model.objects.whole().get(scheme=scheme)
    basis = trying.basis_for(version)
    return Trial(version, version.rules(), basis) if basis else None


def cells(trial: Trial) -> dict[tuple[str, str], int]:
    return {
        (str(c.from_tier), str(c.to_tier)): c.count for c in trial.matrix(lambda **_w: "").cells if c.count
    }


def test_a_simulation_of_a_scheme_on_its_customers_is_what_its_run_does(
    scheme: Scheme, second: Scheme, book: Book, measure: Callable[[], None]
) -> None:
    regraded(scheme, as_of=Q2)
    assign(second, kind="individual")
    measure()
    expected = {}
    for each in (scheme, second):
        trial = trial_of(each)
        assert trial
        expected[each.pk] = cells(trial)
        assert trial.customers == 2
        assert [
            len(trial.select(direction="all")),
            sum(share.moved for share in trial.by_owner(lambda **_w: "")),
        ] == [
            2,
            2,
        ]

    for each in (scheme, second):
        run = regraded(each, at=LATER)
        moves = run.changes.values_list("from_tier__name_en", "to_tier__name_en")
        assert dict.fromkeys(moves, 1) == expected[each.pk]


def test_hours_are_those_for_the_customers_of_all_schemes(
    scheme: Scheme, second: Scheme, book: Book, measure: Callable[[], None]
) -> None:
    regraded(scheme, as_of=Q2)
    assign(second, kind="individual")
    measure()
    trial = trial_of(second)
    assert trial
    whole = trial.with_everybody()

    assert (sum(cells(trial).values()), sum(cells(whole).values())) == (2, 4)
    assert {step: n for step, n in cells(whole).items() if step[0] != step[1]} == cells(trial)


def test_a_book_measured_under_another_order_is_not_used(
    scheme: Scheme, second: Scheme, book: Book, measure: Callable[[], None]
) -> None:
    measure()
    assert trial_of(scheme)

    assigned = assign(second, kind="individual")
    assert trial_of(scheme) is None
    measure()
    assert trial_of(scheme)
    assigned.delete()
    found = trial_of(scheme)
    assert found
    assert found.mine is None


def test_a_book_measured_before_a_customer_became_of_another_kind_is_not_used(
    scheme: Scheme, second: Scheme, book: Book, alice: User, measure: Callable[[], None]
) -> None:
    assign(second, kind="individual")
    measure()
    new = a_customer("New person", owner=alice, kind="individual")
    Customer.objects.filter(pk=new.pk).update(created_at=LATER + timedelta(hours=1))
    assert trial_of(scheme)  # who is new is in no book that was measured before

    for name, kind in (("person", "enterprise"), ("firm", "individual")):  # as many of each as before
        book[name].kind = kind
        customers.save_customer(book[name], version=book[name].version, by=alice)
    assert trial_of(scheme) is None
    measure()
    assert trial_of(scheme)


def test_a_scheme_that_grades_nobody_is_tried_on_the_customers_of_the_default_one(
    scheme: Scheme, second: Scheme, book: Book, measure: Callable[[], None]
) -> None:
    assign(scheme, kind="enterprise")
    third = second_scheme(key="third")
    assign(second, kind="individual")
    measure()
    trial = trial_of(third)

    assert trial
    assert [trial.customers, trying.force(trial.version).get().scheme] == [2, scheme]


def test_a_tier_set_by_hand_on_another_scale_holds(
    scheme: Scheme, second: Scheme, book: Book, dora: User
) -> None:
    regraded(scheme)
    services.set_by_hand(
        book["person"], tier=tier("important"), reason="Why.", expires_on=date(2027, 1, 31), by=dora, at=AT
    )
    assign(second, kind="individual")
    regraded(second, at=LATER)

    assert tier_key(book["person"]) == "b2b:important"
    assert nothing_differs()


def test_there_is_one_run_at_a_time(scheme: Scheme, second: Scheme, book: Book) -> None:
    assign(second, kind="individual")
    started(scheme)

    with pytest.raises(regrade.RefusedError, match="is being re-graded"):
        started(second)
    assert (Assignment.objects.count(), Grading.objects.count(), upgrading.check(second, at=AT)) == (
        1,
        0,
        None,
    )


def test_an_undo_is_of_the_same_scheme(scheme: Scheme, second: Scheme, book: Book, dora: User) -> None:
    assign(second, kind="individual")
    run = regraded(second, as_of=Q2)
    regraded(second)

    with pytest.raises(regrade.RefusedError, match="published later"):
        undoing.undo(run, by=dora, at=LATER)


def test_whoever_was_graded_as_of_a_later_day_is_not_set_back_by_another_scheme(
    scheme: Scheme, second: Scheme, book: Book
) -> None:
    regraded(scheme)
    assign(second, kind="individual")

    with pytest.raises(regrade.RefusedError, match="graded as of"):
        started(second, as_of=Q2)
    assert regrade.is_due(second, today=AT.date()) == Q3
    assert (
        regrade.is_due(second, today=date(2026, 9, 15)) is None
    )  # August has closed before the day they stand by
    assert graded_in(regraded(second)) == ["Person", "Small person"]


def test_tiers_called_alike_say_of_which_scheme_they_are(
    client: Client, dora: User, scheme: Scheme, second: Scheme, book: Book
) -> None:
    regraded(scheme)
    Tier.objects.filter(scale="abc", key="a").update(name_en="Core")
    assign(second, kind="individual")
    regraded(second)
    client.force_login(dora)

    def steps() -> set[tuple[str, str]]:
        rows = client.get("/tier-changes/", headers={"accept-language": "en"}).context["rows"]
        return {(c.from_tier.label if c.from_tier else "–", c.to_tier.label) for c, _sentence in rows}

    with translation.override("en"):
        assert ("Core · Plain", "Core · Second") in steps()
    found = client.get(f"/api/v1/customers/{book['person'].pk}/").json()
    assert (found["tier"], found["tier_scale"]) == ("a", "abc")


def test_a_line_about_a_tier_set_by_hand_says_on_which_scale(
    scheme: Scheme, second: Scheme, book: Book, alice: User, bob: User, dora: User
) -> None:
    services.set_by_hand(
        book["firm"], tier=tier("core"), reason="Why.", expires_on=date(2026, 10, 4), by=dora, at=AT
    )
    handover = handing_over.ask([book["firm"].pk], giver=alice, taker=bob, by=dora, at=AT)
    notices.warn_of_endings(at=AT)

    def lines() -> list[str]:
        warning = Notice.objects.get(recipient=alice, kind=notices.ENDING)
        part = handing.parts["overrides"]
        with time_machine.travel(AT, tick=False):
            return [notices.of_an_ending([warning], alice)[warning.pk].text, *handing.lines(part, handover)]

    assert lines() == ["Core, because: Why.", "Firm: Core until 4 Oct 2026"]
    Tier.objects.filter(scale="abc", key="a").update(name_en="Core")
    assign(second, kind="individual")
    regraded(second)
    assert lines() == ["Core · Plain, because: Why.", "Firm: Core · Plain until 4 Oct 2026"]


def test_a_check_that_goes_on_to_the_next_scheme_asks_each_once_a_day(scheme: Scheme, second: Scheme) -> None:
    assign(second, kind="individual")
    Run.objects.create(
        scheme=scheme, version=scheme.published(), of_default=True, as_of=Q3, period="2026Q3",
        trigger=Run.Trigger.UPGRADE, state=Run.State.PUBLISHED, frozen_at=AT,
    )  # fmt: skip
    days = (AT.date(), LATER.date())

    assert [upgrading.was_checked(scheme, on=day) for day in days] == [True, False]
    assert [upgrading.was_checked(second, on=day) for day in days] == [False, False]


def test_a_run_of_the_book_is_not_published_once_its_scheme_grades_others(
    scheme: Scheme, second: Scheme, book: Book
) -> None:
    run = started(scheme)
    assign(scheme, kind="individual")
    services.grade_the_book_by(second)

    assert "has changed since" in publishing.why_not_now(Run.objects.get(pk=run.pk))


# The movement policy of those who go from one scheme to another


def went_over(scheme: Scheme, second: Scheme, book: Book, dora: User) -> Run:
    """The firms stand by the default scheme; the large one is graded by the second from now on."""
    regraded(scheme)
    assign(second, group=a_group("VIP", book["firm"], by=dora))
    return graded(started(second, at=LATER), at=LATER)


@pytest.mark.parametrize(
    "of, key, words, waits",
    [
        ("plain", "core", {"approve_leaving": True}, True),
        ("second", "a", {"approve_entering": True}, True),
        ("plain", "important", {"approve_leaving": True}, False),
        ("plain", "core", {"approve_entering": True}, False),
        ("second", "b", {"approve_entering": True}, False),
        ("second", "a", {"approve_leaving": True}, False),
    ],
)
def test_leaving_a_named_tier_for_another_scheme_and_entering_one_there_take_approval(
    scheme: Scheme, second: Scheme, book: Book, dora: User, of: str, key: str, words: dict[str, bool], waits: bool
) -> None:  # fmt: skip
    with append_only.unlocked(connection):
        Floor.objects.filter(version__scheme__key=of, tier__key=key).update(**words)

    run = went_over(scheme, second, book, dora)

    kept = Grading.objects.get(run=run, customer=book["firm"]).kept
    assert (kept, run.state) == (("approval", Run.State.REVIEW) if waits else ("", Run.State.PUBLISHED))
    assert tier_key(book["firm"]) == ("b2b:core" if waits else "abc:a")
    if waits:
        held = run.holds.get()
        assert (held.by, held.from_tier, held.to_tier.key, held.runs) == ("approval", tier("core"), "a", 0)
        decide(run, [book["firm"].pk], is_accepted=True, comment="They asked for it.", by=dora, at=LATER)
        release(run, by=dora, at=LATER)
        regrade.finish(run.pk, at=LATER)
        assert tier_key(book["firm"]) == "abc:a"
    assert nothing_differs()


def test_nothing_is_counted_on_the_way_to_another_scale(
    scheme: Scheme, second: Scheme, book: Book, dora: User
) -> None:
    policy = {"margin": 90_000_000, "dwell": 3, "one_step": True}
    with append_only.unlocked(connection):
        SchemeVersion.objects.filter(scheme__in=(scheme, second)).update(**policy)
        Floor.objects.filter(version__scheme=second, tier__key="a").update(total=99_000_000)
        Floor.objects.filter(version__scheme=second, tier__key="b").update(total=98_000_000)

    went_over(scheme, second, book, dora)

    assert tier_key(book["firm"]) == "abc:c"
    assert nothing_differs()


@pytest.mark.parametrize("grace, until", [((10, 0), 10), ((0, 10), None), ((10, 20), 10)])
def test_who_leaves_for_another_scheme_is_served_as_before_for_the_grace_of_the_one_left(
    scheme: Scheme, second: Scheme, book: Book, dora: User, grace: tuple[int, int], until: int | None
) -> None:
    with append_only.unlocked(connection):
        for each, days in zip((scheme, second), grace, strict=True):
            SchemeVersion.objects.filter(scheme=each).update(grace_days=days)

    run = went_over(scheme, second, book, dora)

    change = TierChange.objects.get(run=run, customer=book["firm"])
    day = LATER.date() + timedelta(days=until) if until else None
    assert (change.from_tier, change.grace_until) == (tier("core"), day)
    assert TierChange.objects.in_grace(LATER.date()).filter(pk=change.pk).exists() == bool(until)


def test_a_measured_book_is_of_the_groups_as_they_were(
    scheme: Scheme, second: Scheme, book: Book, dora: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    """Whoever joins or leaves a group by which customers are graded makes it old; another group does not matter."""
    vip, other = a_group("VIP", book["firm"], by=dora), a_group("Other", by=dora)
    assign(second, group=vip)
    with django_capture_on_commit_callbacks(execute=True):
        basis = measuring.start(as_of=Q3, window_months=3, at=LATER, by=None)
    version = second.published()
    assert trying.basis_for(version) == basis

    join(other, book["person"], by=dora)
    assert trying.basis_for(version) == basis
    joined = join(vip, book["person"], by=dora)
    assert trying.basis_for(version) is None
    joined.delete()
    assert trying.basis_for(version) == basis
    Membership.objects.filter(group=vip).delete()
    assert trying.basis_for(version) is None


def join(group: Group, customer: Customer, *, by: User) -> Membership:
    return Membership.objects.create(group=group, customer=customer, added_by=by, added_at=AT)
