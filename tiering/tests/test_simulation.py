"""A version tried on the measured book says what a re-grade would do, and does nothing."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.models import User
from customers import services as customers
from customers.models import Customer, Tier
from customers.tests.making import a_customer, a_figure
from tiering import regrade, services
from tiering.models import Basis, BasisChunk, Run, Scheme, SchemeVersion
from tiering.simulation import measuring, stored, trying
from tiering.simulation.counting import FIXED, UNKNOWN
from tiering.simulation.trying import Trial
from tiering.tests.conftest import AT, Q2, Q3, bought, graded, regraded, started, tier
from tiering.trials import TrialForm
from toolbox import append_only

LEASE_OVER = AT + regrade.LEASE + timedelta(seconds=1)
Build = Callable[..., Basis]


@pytest.fixture
def build(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Build:
    """Measure the book, with the workers' work done at once."""

    def build(*, as_of: date = Q3, months: int = 3) -> Basis:
        with django_capture_on_commit_callbacks(execute=True):
            basis = measuring.start(as_of=as_of, window_months=months, at=AT, by=None)
        basis.refresh_from_db()
        assert basis.state == Basis.State.READY, basis.error
        return basis

    return build


@pytest.fixture
def book(scheme: Scheme, alice: User, carol: User, dora: User) -> dict[str, Customer]:
    """Graded as of the second quarter; in the third one rises, one falls, one is new, and so on."""
    names = ("rising", "falling", "steady", "by hand", "bare", "new", "gone")
    found = {name: a_customer(name, owner=alice if n % 2 else carol) for n, name in enumerate(names)}
    for name, points in {"rising": 30, "falling": 90, "steady": 65, "by hand": 10, "gone": 50}.items():
        bought(found[name], points, quarter=Q2)
    for name in ("rising", "falling"):
        a_figure(found[name], dora, Q2, 50, "industry_outlook")
    regraded(scheme, as_of=Q2, at=AT - timedelta(days=1))
    for name, points in {
        "rising": 95,
        "falling": 15,
        "steady": 66,
        "by hand": 90,
        "new": 45,
        "gone": 99,
    }.items():
        bought(found[name], points)
    services.set_by_hand(
        found["by hand"], tier=tier("important"), reason="Why.", expires_on=date(2027, 1, 31), by=dora, at=AT
    )
    with time_machine.travel(AT, tick=False):
        customers.archive([found["gone"].pk], by=dora, at=AT)
    return found


def tried(scheme: Scheme, basis: Basis, **more: Any) -> Trial:
    version = scheme.versions.model.objects.whole().get(scheme=scheme, number=1)
    return Trial(version, version.rules(), basis, **more)


def key(tier: Tier | None) -> str | None:
    return tier.key if tier else None


def steps(trial: Trial) -> dict[tuple[str | None, str | None], tuple[int, int]]:
    return {
        (key(c.from_tier), key(c.to_tier)): (c.count, c.amount)
        for c in trial.matrix(lambda **_words: "").cells
        if c.count
    }


def moves(trial: Trial) -> dict[tuple[str | None, str | None], int]:
    return {step: count for step, (count, _amount) in steps(trial).items() if step[0] != step[1]}


@pytest.mark.parametrize(
    "size, policy, moving",
    [
        (1, {}, 3),
        (2, {}, 3),
        (10_000, {}, 3),
        (2, {"margin": 50_000_000}, 2),
        (2, {"one_step": True}, 3),
        (2, {"dwell": 2}, 2),
        (2, {"coverage_floor": 0}, 3),
    ],
)
def test_a_simulation_says_what_the_re_grade_then_does(
    scheme: Scheme,
    book: dict[str, Customer],
    build: Build,
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    policy: dict[str, Any],
    moving: int,
) -> None:
    monkeypatch.setattr(regrade, "CHUNK_SIZE", size)
    with append_only.unlocked(connection):
        scheme.versions.update(**policy)
    trial = tried(scheme, build())
    expected = moves(trial)
    rows = {mover.customer.pk: mover for mover in trial.movers(trial.select(direction="all"))}

    run = regraded(scheme)

    done: dict[Any, int] = {}
    for step in run.changes.values_list("from_tier__key", "to_tier__key"):
        done[step] = done.get(step, 0) + 1
    assert expected == done
    assert len(expected) == moving
    gradings = {
        g.customer_id: (g.tier, g.total, g.annual_amount) for g in run.gradings.select_related("tier")
    }
    assert {pk: (mover.step.to_tier, mover.after, mover.amount) for pk, mover in rows.items()} == gradings
    assert book["gone"].pk not in gradings


def test_a_tier_set_by_hand_holds_and_so_does_one_of_whom_too_little_is_known(
    scheme: Scheme, book: dict[str, Customer], build: Build
) -> None:
    with append_only.unlocked(connection):
        scheme.versions.update(coverage_floor=70)
    trial = tried(scheme, build())
    ends = {
        m.customer.name: m.step.to_tier and m.step.to_tier.key
        for m in trial.movers(trial.select(direction="all"))
    }

    assert ends == {
        "rising": "important",
        "falling": "potential",
        "steady": "important",
        "by hand": "important",
        "new": None,
        "bare": None,
    }


@pytest.mark.parametrize(
    "policy, falls_to",
    [
        ({}, "potential"),
        ({"margin": 100_000_000}, "important"),
        ({"one_step": True}, "regular"),
        ({"dwell": 2}, "important"),
        ({"dwell": 1, "margin": 1_000_000}, "potential"),
    ],
)
def test_the_movement_policy_holds_back_what_a_run_would_hold_back(
    scheme: Scheme, book: dict[str, Customer], build: Build, policy: dict[str, Any], falls_to: str
) -> None:
    with append_only.unlocked(connection):
        scheme.versions.update(**policy)
    trial = tried(scheme, build())
    ends = {m.customer.name: key(m.step.to_tier) for m in trial.movers(trial.select(direction="all"))}

    assert (ends["falling"], ends["rising"]) == (falls_to, "important")


def test_nothing_is_written_about_any_customer(
    scheme: Scheme, book: dict[str, Customer], build: Build
) -> None:
    def rows() -> dict[str, list[Any]]:
        models = [
            *apps.get_app_config("customers").get_models(),
            *apps.get_app_config("tiering").get_models(),
        ]
        ours = {Basis, BasisChunk}
        return {m.__name__: list(m._default_manager.order_by("pk").values()) for m in models if m not in ours}

    before = rows()
    trial = tried(scheme, build())
    trial.matrix(lambda **_words: "")
    trial.movers(trial.select())

    assert rows() == before
    assert {len(before[name]) > 0 for name in ("Standing", "Grading", "Movement", "TierChange")} == {True}


def test_amounts_totals_and_shares_add_up(
    scheme: Scheme, book: dict[str, Customer], build: Build, alice: User, carol: User
) -> None:
    trial = tried(scheme, build())
    whole = trial.whole(lambda **_words: "")
    measured = sum(
        order.amount
        for name, c in book.items()
        if name != "gone"
        for order in c.orders.filter(ordered_on__gt=Q2)
    )

    assert sum(amount for _count, amount in steps(trial).values()) == measured
    assert (sum(c.count for c in whole), sum(c.count_before for c in whole)) == (6, 6)
    for shares in (trial.by_owner, trial.by_team):
        found = shares(lambda **_words: "")
        assert sum(share.amount for share in found) == measured
        assert {len(share.changes) for share in found} == {len(whole)}
    assert {share.whose for share in trial.by_owner(lambda **_words: "")} == {alice, carol}
    assert {share.whose for share in trial.by_team(lambda **_words: "")} == {alice.team, carol.team}
    bars = trial.distribution(lambda **words: repr(words))
    assert (sum(bar.before for bar in bars), sum(bar.after for bar in bars)) == (4, 5)
    for bar in bars:
        for url, count in ((bar.url_before, bar.before), (bar.url_after, bar.after)):
            assert len(trial.select(**eval(url))) == count


def test_the_version_in_force_on_the_same_data_moves_nobody(
    scheme: Scheme, book: dict[str, Customer], build: Build
) -> None:
    trial = tried(scheme, build(), against=trying.IN_FORCE)
    assert (moves(trial), trial.moved("stays")[0]) == ({}, 6)
    assert {mover.difference for mover in trial.movers(trial.select(direction="all"))} == {0, None}


def test_large_and_negative_amounts_are_summed_exactly(scheme: Scheme, alice: User, build: Build) -> None:
    amounts = [10**14, 10**14 - 1, 3, -5]
    for n, amount in enumerate(amounts):
        bought(a_customer(f"C{n}", owner=alice), 1).__class__.objects.filter(customer__name=f"C{n}").update(
            amount=amount
        )

    assert tried(scheme, build()).moved("all") == (4, sum(amounts))


# Lists


def names(trial: Trial, **wanted: Any) -> list[str]:
    return [mover.customer.name for mover in trial.movers(trial.select(**wanted))]


def test_a_list_holds_the_customers_behind_its_number(
    scheme: Scheme, book: dict[str, Customer], build: Build, alice: User
) -> None:
    trial = tried(scheme, build())

    for cell in trial.matrix(lambda **words: repr(words)).cells:
        if cell.count:
            assert len(names(trial, **eval(cell.url))) == cell.count
    for share in trial.by_owner(lambda **words: repr(words)):
        for change in share.changes:
            assert len(names(trial, **eval(change.url))) == change.count
    assert names(trial) == ["rising", "new", "falling"]
    assert names(trial, most=2) == ["rising", "new"]
    assert names(trial, direction="up") == ["rising"]
    assert names(trial, direction="down") == ["falling"]
    assert names(trial, direction="first") == ["new"]
    assert names(trial, direction="stays") == ["by hand", "steady", "bare"]
    assert names(trial, q="RIS") == ["rising"]
    assert names(trial, q="nobody") == []
    assert names(trial, owner=alice.pk) == ["new", "falling"]


def test_however_many_are_listed_two_queries_bring_them(
    scheme: Scheme, book: dict[str, Customer], build: Build, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    trial = tried(scheme, build())
    rows = trial.select(direction="all")
    trial.movers(rows)  # what versions say is read once per process
    for n in (1, 3):
        with django_assert_num_queries(2):
            assert len(trial.movers(rows[:n])) == n


def test_each_says_why_and_what_of_it_is_data_and_what_the_scheme(
    scheme: Scheme, book: dict[str, Customer], build: Build
) -> None:
    basis = build()
    version = SchemeVersion.objects.whole().get(scheme=scheme)
    form = TrialForm({"i-annual_amount": "90", "i-industry_outlook": "10"}, version=version)
    assert form.is_valid()
    beside = {"against": trying.PRESENT}, {"against": trying.IN_FORCE}
    present, in_force = (Trial(version, form.rules, basis, **each) for each in beside)

    def why(trial: Trial, name: str) -> str:
        return next(m.why for m in trial.movers(trial.select(direction="all")) if m.customer.name == name)

    assert why(present, "rising") == (
        "38.00 → 90.50 (+52.50: data +39.00, scheme +13.50), by a new version of the scheme: "
        "Annual cooperation amount ¥30,000 → ¥95,000 +67.50; Industry outlook 50 -15.00."
    )
    assert why(in_force, "rising").startswith("77.00 → 90.50 (+13.50: scheme +13.50)")
    assert why(present, "new") == "First grading: 45.00 points."
    assert why(present, "bare") == ""


def test_no_reason_starts_from_another_score_than_is_shown(
    scheme: Scheme, book: dict[str, Customer], build: Build
) -> None:
    """Graded again since the book was measured, who would have risen has."""
    basis = build()
    regraded(scheme)
    trial = tried(scheme, basis)
    movers = trial.movers(trial.select(direction="all"))
    assert {mover.why for mover in movers} == {""}


# Measuring


def test_every_measure_is_taken_whatever_the_scheme(
    scheme: Scheme, book: dict[str, Customer], build: Build
) -> None:
    basis = build()
    columns = stored.opened(basis)

    assert columns.columns.shape == (len(FIXED) + len(basis.keys), 6)
    assert columns["id"].tolist() == sorted(c.pk for name, c in book.items() if name != "gone")
    place = columns["id"].tolist().index(book["rising"].pk)
    assert columns["industry_outlook"][place] == 50
    assert columns["renewal_rate"][place] == UNKNOWN


def test_a_chunk_is_measured_once_however_often_it_is_asked_for(
    scheme: Scheme, book: dict[str, Customer]
) -> None:
    basis = measuring.start(as_of=Q3, window_months=3, at=AT, by=None)
    chunk = basis.chunks.get()
    for at in (AT, AT, LEASE_OVER):
        measuring.measure_chunk(chunk.pk, at=at)

    chunk.refresh_from_db()
    basis.refresh_from_db()
    assert (chunk.attempts, chunk.customers, basis.state, basis.customers) == (1, 6, "ready", 6)


def test_a_chunk_whose_worker_was_lost_is_taken_up_again(scheme: Scheme, book: dict[str, Customer]) -> None:
    basis = measuring.start(as_of=Q3, window_months=3, at=AT, by=None)
    basis.chunks.update(leased_until=AT + regrade.LEASE, attempts=1)

    measuring.sweep(at=AT)
    assert Basis.objects.get().state == "measuring"
    measuring.sweep(at=LEASE_OVER)
    assert Basis.objects.get().state == "ready"


def test_what_fails_every_time_is_given_up(scheme: Scheme, book: dict[str, Customer]) -> None:
    basis = measuring.start(as_of=Q3, window_months=3, at=AT, by=None)
    Basis.objects.update(keys=["no_such_measure"])
    for _n in range(regrade.MOST_ATTEMPTS):
        with pytest.raises(KeyError):
            measuring.measure_chunk(basis.chunks.get().pk, at=AT)

    basis.refresh_from_db()
    assert (basis.state, basis.error) == ("failed", "KeyError: 'no_such_measure'")


def test_asking_twice_is_one_basis_and_a_day_to_come_is_refused(
    scheme: Scheme, book: dict[str, Customer]
) -> None:
    first = measuring.start(as_of=Q3, window_months=3, at=AT, by=None)

    assert measuring.start(as_of=Q3, window_months=3, at=AT, by=None) == first
    with pytest.raises(regrade.RefusedError, match="in the future"):
        measuring.start(as_of=date(2026, 10, 2), window_months=3, at=AT, by=None)


def test_what_is_recorded_after_the_freeze_does_not_enter(
    scheme: Scheme, book: dict[str, Customer], dora: User
) -> None:
    basis = measuring.start(as_of=Q3, window_months=3, at=AT, by=None)
    late = bought(book["steady"], 500)
    type(late).objects.filter(pk=late.pk).update(recorded_at=AT + timedelta(minutes=1))
    order = book["rising"].orders.latest("pk")
    order.amount = 1
    customers.save_fact(order, changed=["amount"], by=dora)
    measuring.measure_chunk(basis.chunks.get().pk, at=timezone.now())

    columns = stored.opened(Basis.objects.get())
    found = dict(zip(columns["id"].tolist(), columns["annual_amount"].tolist(), strict=True))
    assert found[book["steady"].pk] == 66 * 1_000_00
    assert found[book["rising"].pk] == 95 * 1_000_00


def test_an_empty_book_is_measured_too(scheme: Scheme, build: Build) -> None:
    trial = tried(scheme, build())
    assert (trial.moved("all"), trial.select().tolist(), trial.by_owner(lambda **_words: "")) == (
        (0, 0),
        [],
        [],
    )


def test_only_the_newest_bases_are_kept_and_their_files_too(
    scheme: Scheme, book: dict[str, Customer], build: Build
) -> None:
    bases = []
    for _n in range(measuring.KEPT + 1):
        bases.append(build())
        stored.opened(bases[-1])
    other = build(months=12)

    assert list(Basis.objects.order_by("pk")) == [*bases[1:], other]
    stored.opened(other)
    assert {path.stem for path in stored.DIRECTORY.glob("*.npy")} == {b.token for b in [*bases[1:], other]}


def test_a_machine_without_the_file_gets_it_from_the_database(
    scheme: Scheme, book: dict[str, Customer], build: Build
) -> None:
    basis = build()
    first = stored.opened(basis).columns.tolist()
    (stored.DIRECTORY / f"{basis.token}.npy").unlink()

    assert stored.opened(basis).columns.tolist() == first


def test_a_basis_from_before_a_re_grade_says_so(
    scheme: Scheme, book: dict[str, Customer], build: Build
) -> None:
    basis = build()
    assert not basis.is_overtaken
    Run.objects.filter(pk=graded(started(scheme, at=AT), at=AT).pk).update(published_at=timezone.now())
    assert basis.is_overtaken
