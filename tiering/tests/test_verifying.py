"""What is stored is found to be right where it is, and wrong where somebody had a hand in it."""

import html
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from kombu.exceptions import OperationalError
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from customers.models import Customer, Standing
from customers.tests.making import a_customer, a_figure
from tiering import regrade, services, tasks, verifying
from tiering.models import Chunk, Grading, Movement, Override, Run, Scheme, TierChange, Verification
from tiering.models.verification import LOST, WAITED
from tiering.tests.conftest import AT, Q2, Q3, bought, regraded, started, tier
from tiering.verifying import keeping
from toolbox import append_only

TODAY = date(2026, 10, 1)
NEXT_YEAR = date(2027, 1, 31)
BOOK = {
    "up": (30, 90),
    "down": (90, 30),
    "same": (70, 75),
    "new": (None, 50),
    "none": (None, None),
    "by_hand": (90, 30),
    "ended": (90, 30),
    "expired": (90, 30),
    "archived": (90, 30),
}
"""Points of the two quarters, by customer."""


def by_hand(customer: Customer, key: str, by: User, *, expires_on: date = NEXT_YEAR) -> Override:
    return services.set_by_hand(
        customer, tier=tier(key), reason="A strategic project.", expires_on=expires_on, by=by, at=AT
    )


@pytest.fixture
def book(scheme: Scheme, dora: User, monkeypatch: pytest.MonkeyPatch) -> dict[str, Customer]:
    """Graded twice, in chunks of three, with everything that people can do about a tier in between."""
    monkeypatch.setattr(regrade, "CHUNK_SIZE", 3)
    customers = {name: a_customer(name, code=name) for name in BOOK}
    for name, (then, now) in BOOK.items():
        for points, quarter in ((then, Q2), (now, Q3)):
            if points is not None:
                bought(customers[name], points, quarter=quarter)
    regraded(scheme, as_of=Q2, at=AT - timedelta(days=2))
    for name in ("by_hand", "ended"):
        by_hand(customers[name], "important", dora)
    by_hand(customers["expired"], "important", dora, expires_on=date(2026, 9, 29))
    Customer.objects.filter(name="archived").update(archived_at=AT - timedelta(days=1))
    a_figure(customers["same"], dora, Q3, 70, "industry_outlook")
    regraded(scheme, at=AT + timedelta(hours=1))
    services.end_by_hand(
        Override.objects.get(customer=customers["ended"]), by=dora, at=AT + timedelta(hours=2)
    )
    return customers


def wrong(*, everything: bool = True, plain: bool = True) -> dict[str, list[tuple[str, str, str, str]]]:
    """What differs, by the check's title."""
    runs = verifying.runs_of(everything=everything)
    return {
        checked.findings.title: [
            (d.whose, d.what, d.stored, d.computed) for d in checked.findings.differences
        ]
        for checked in verifying.verify(runs, today=TODAY, plain=plain)
        if not checked.findings.is_fine
    }


def tampered(sql: str, *values: int | str) -> None:
    with append_only.unlocked(connection), connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_a_book_that_was_left_alone_is_right(book: dict[str, Customer]) -> None:
    assert TierChange.objects.count() > len(BOOK)
    assert wrong() == {}


def test_an_empty_book_is_right(scheme: Scheme) -> None:
    regrade.work_off(started(scheme), clock=lambda: AT)

    assert Run.objects.get().state == Run.State.PUBLISHED
    assert wrong() == {}


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_a_run_on_its_way_is_right_at_every_step(
    book: dict[str, Customer], scheme: Scheme, steps: int
) -> None:
    run = started(scheme, at=AT + timedelta(days=1))
    for pk in run.chunks.order_by("pk").values_list("pk", flat=True)[:steps]:
        regrade.grade_chunk(pk, at=AT + timedelta(days=1))

    assert wrong() == {}


def test_people_who_decide_while_a_run_is_on_its_way_leave_it_right(
    book: dict[str, Customer], scheme: Scheme, dora: User
) -> None:
    """Set by hand, and ended, after the customer was graded and before the run was published."""
    at = AT + timedelta(days=1)
    bought(book["up"], -80)
    bought(book["same"], -60)
    run = started(scheme, at=at)
    chunks = list(run.chunks.order_by("pk").values_list("pk", flat=True))
    for pk in chunks[:-1]:
        regrade.grade_chunk(pk, at=at)
    services.set_by_hand(
        book["up"], tier=tier("important"), reason="Why.", expires_on=NEXT_YEAR, by=dora, at=at
    )
    services.end_by_hand(Override.objects.get(customer=book["by_hand"], ended_at=None), by=dora, at=at)
    regrade.grade_chunk(chunks[-1], at=at + timedelta(minutes=1))

    run.refresh_from_db()
    assert run.state == Run.State.PUBLISHED
    assert wrong() == {}


def test_a_cancelled_run_is_right(book: dict[str, Customer], scheme: Scheme) -> None:
    run = started(scheme, at=AT + timedelta(days=1))
    regrade.grade_chunk(run.chunks.earliest("pk").pk, at=AT + timedelta(days=1))
    regrade.cancel(run)

    assert wrong() == {}


def test_a_run_that_was_cancelled_after_people_decided_is_right(
    book: dict[str, Customer], scheme: Scheme, dora: User
) -> None:
    run = started(scheme, at=AT + timedelta(days=1))
    services.set_by_hand(
        book["same"],
        tier=tier("core"),
        reason="Why.",
        expires_on=NEXT_YEAR,
        by=dora,
        at=AT + timedelta(days=3),
    )
    for pk in run.chunks.order_by("pk").values_list("pk", flat=True)[:2]:
        regrade.grade_chunk(pk, at=AT + timedelta(days=3))
    regrade.cancel(run)

    assert wrong() == {}


REPLAYED = "The replay gives the same totals, tiers and reasons"
SNAPSHOT = "Gradings and skips make up the snapshot"
MOVED = "Movements are those whose tier differs"
CHANGED = "Tier changes are what the gradings say"
FOLLOW = "Tier changes follow on each other"
LAST_CHANGE = "Every standing has the tier of the last change"
LAST_GRADING = "Every standing is the last published grading"
EXPLAINED = "Every tier change has the reason of its movement"


def grading(name: str) -> Grading:
    return Grading.objects.filter(customer__code=name).latest("pk")


def change(name: str) -> TierChange:
    return TierChange.objects.filter(customer__code=name).latest("pk")


def movement(name: str) -> Movement:
    return Movement.objects.filter(customer__code=name).latest("pk")


Deed = Callable[[], object]
DEEDS: dict[str, tuple[Deed, set[str]]] = {
    "a total": (
        lambda: tampered("UPDATE tiering_grading SET total = 1 WHERE id = %s", grading("same").pk),
        {REPLAYED, LAST_GRADING},
    ),
    "a value": (
        lambda: tampered(
            "UPDATE tiering_grading SET \"values\" = '[1, null]' WHERE id = %s", grading("up").pk
        ),
        {REPLAYED},
    ),
    "values that are none": (
        lambda: tampered("UPDATE tiering_grading SET \"values\" = '[1]' WHERE id = %s", grading("up").pk),
        {REPLAYED},
    ),
    "points": (
        lambda: tampered("UPDATE tiering_grading SET points = '[1, 2]' WHERE id = %s", grading("up").pk),
        {REPLAYED},
    ),
    "a computed tier": (
        lambda: tampered(
            "UPDATE tiering_grading SET computed_tier_id = %s WHERE id = %s",
            tier("core").pk,
            grading("same").pk,
        ),
        {REPLAYED, LAST_GRADING},
    ),
    "a tier": (
        lambda: tampered(
            "UPDATE tiering_grading SET tier_id = %s WHERE id = %s", tier("core").pk, grading("same").pk
        ),
        {REPLAYED, MOVED, CHANGED, LAST_GRADING},
    ),
    "a grading that is gone": (
        lambda: tampered("DELETE FROM tiering_grading WHERE id = %s", grading("up").pk),
        {SNAPSHOT, MOVED, CHANGED, LAST_GRADING},
    ),
    "a skip that was graded": (
        lambda: (
            Chunk.objects.filter(run=grading("up").run, first__lte=grading("up").customer_id)
            .filter(last__gte=grading("up").customer_id)
            .update(skipped=[grading("up").customer_id])
        ),
        {SNAPSHOT},
    ),
    "the number of customers": (lambda: Run.objects.update(customers=1), {SNAPSHOT}),
    "a movement that is gone": (
        lambda: tampered("DELETE FROM tiering_movement WHERE id = %s", movement("up").pk),
        {MOVED, EXPLAINED},
    ),
    "a movement's origin": (
        lambda: tampered(
            "UPDATE tiering_movement SET from_tier_id = %s WHERE id = %s",
            tier("regular").pk,
            movement("up").pk,
        ),
        {MOVED},
    ),
    "a movement's reason": (
        lambda: tampered("UPDATE tiering_movement SET reason = '{}' WHERE id = %s", movement("up").pk),
        {REPLAYED, EXPLAINED},
    ),
    "a movement's earlier grading": (
        lambda: tampered(
            "UPDATE tiering_movement SET earlier_id = %s WHERE id = %s", grading("down").pk, movement("up").pk
        ),
        {REPLAYED},
    ),
    "a change that is gone": (
        lambda: tampered("DELETE FROM tiering_tierchange WHERE id = %s", change("up").pk),
        {CHANGED, LAST_CHANGE},
    ),
    "a change too many": (
        lambda: TierChange.objects.create(
            customer=Customer.objects.get(code="up"),
            from_tier=tier("core"),
            to_tier=tier("regular"),
            effective_on=Q3,
            changed_at=AT,
            reason={"kind": "override_ended"},
        ),
        {LAST_CHANGE},
    ),
    "a change from nowhere": (
        lambda: tampered("UPDATE tiering_tierchange SET from_tier_id = NULL WHERE id = %s", change("up").pk),
        {CHANGED, FOLLOW},
    ),
    "a change's reason": (
        lambda: tampered("UPDATE tiering_tierchange SET reason = '{}' WHERE id = %s", change("up").pk),
        {EXPLAINED},
    ),
    "a change of another day": (
        lambda: tampered(
            "UPDATE tiering_tierchange SET effective_on = %s WHERE id = %s", "2026-09-01", change("up").pk
        ),
        {CHANGED, LAST_CHANGE},
    ),
    "a standing's tier": (
        lambda: Standing.objects.filter(customer__code="same").update(tier=tier("core")),
        {LAST_CHANGE, LAST_GRADING},
    ),
    "a standing's total": (
        lambda: Standing.objects.filter(customer__code="archived").update(total=1),
        {LAST_GRADING},
    ),
    "a standing of an earlier grading": (
        lambda: Standing.objects.filter(customer__code="same").update(
            grading_id=Grading.objects.filter(customer__code="same").earliest("pk").pk
        ),
        {LAST_GRADING},
    ),
    "a standing that is gone": (
        lambda: Standing.objects.filter(customer__code="none").delete(),
        {LAST_CHANGE},
    ),
    "an override nobody sees": (
        lambda: Standing.objects.filter(customer__code="by_hand").update(is_overridden=False),
        {LAST_GRADING},
    ),
    "a tier beside its override": (
        lambda: Override.objects.filter(customer__code="by_hand").update(tier=tier("core")),
        {LAST_GRADING, MOVED},
    ),
    "a version in force": (
        lambda: tampered(
            "UPDATE tiering_indicator SET knots = '[[0, 0], [1, 10000]]' WHERE key = 'annual_amount'"
        ),
        {REPLAYED},
    ),
    "a version that does not add up": (
        lambda: tampered("UPDATE tiering_dimension SET weight = 99 WHERE weight = 100"),
        {REPLAYED},
    ),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_whoever_had_a_hand_in_it_is_found_out(book: dict[str, Customer], deed: str) -> None:
    act, found = DEEDS[deed]
    act()

    assert set(wrong()) == found


def test_rules_that_were_changed_since_this_process_read_them_are_found_out(
    book: dict[str, Customer],
) -> None:
    grading("up").run.version.kept_rules()
    DEEDS["a version in force"][0]()

    assert set(wrong()) == {REPLAYED}


def test_a_replay_reads_its_version_once(book: dict[str, Customer]) -> None:
    with CaptureQueriesContext(connection) as asked_for:
        verifying.replay(grading("up").run)

    of_floors = [query["sql"] for query in asked_for if 'FROM "tiering_floor"' in query["sql"]]
    assert sum("approve_leaving" not in sql.split("WHERE")[1] for sql in of_floors) == 1


def test_a_difference_says_whose_what_is_stored_and_what_is_computed(book: dict[str, Customer]) -> None:
    Standing.objects.filter(customer__code="same").update(tier=tier("core"), total=1)

    assert wrong()[LAST_GRADING] == [
        ("same", "tier", "b2b:core", "b2b:important"),
        ("same", "score", "1", "73000000"),
    ]


def test_differences_are_capped_and_counted(scheme: Scheme) -> None:
    for n in range(verifying.MOST + 5):
        bought(a_customer(f"C{n}"), 70)
    regraded(scheme)
    Standing.objects.update(total=1)
    tampered("UPDATE tiering_grading SET low = 1")

    found = {c.findings.title: c.findings for c in verifying.verify(verifying.runs_of(), today=TODAY)}

    for title in (LAST_GRADING, REPLAYED):
        assert found[title].count == verifying.MOST + 5
        assert len(found[title].differences) == verifying.MOST


# The commands


def said(*words: str, code: int = 0) -> list[str]:
    out = StringIO()
    if code:
        with pytest.raises(SystemExit, match=str(code)):
            call_command(*words, stdout=out)
    else:
        call_command(*words, stdout=out)
    return out.getvalue().splitlines()


def test_the_command_says_ok_of_every_check(book: dict[str, Customer]) -> None:
    lines = said("verify_gradings", "--all", "--plain")

    assert {line.split()[0] for line in lines if not line.startswith(" ")} == {"OK"}
    assert len([line for line in lines if line.startswith("OK")]) == len(ALWAYS) + 2 * len(OF_A_RUN)


ALWAYS = ["protected", "chains", "tiers of standings", "standings"]
OF_A_RUN = ["once", "whole", "movements", "changes", "reasons", "replay"]


def test_the_command_ends_with_1_when_something_differs(book: dict[str, Customer]) -> None:
    Standing.objects.filter(customer__code="archived").update(total=1)

    lines = said("verify_gradings", code=1)

    at = lines.index(f"DIFFERS  {LAST_GRADING}")
    assert lines[at + 1] == "    archived, score: stored 1, computed 90000000"


@pytest.mark.parametrize("command", ["verify_gradings --run 99", "replay 99"])
def test_the_commands_know_no_run_that_is_not_there(db: None, command: str) -> None:
    with pytest.raises(CommandError, match="There is no re-grade 99"):
        call_command(*command.split())


# The page


@pytest.fixture
def auditor(client: Client, audrey: User) -> Client:
    client.force_login(audrey)
    return client


def page_of(client: Client, run: Run) -> str:
    text = client.get(f"/regrades/{run.pk}/").text
    words = re.sub("<[^>]*>", " ", text[text.index('id="verification"') :])
    return re.sub(r"\s+", " ", html.unescape(words))


def asked(client: Client, run: Run) -> None:
    assert client.post(f"/regrades/{run.pk}/verify/").headers["Location"] == f"/regrades/{run.pk}/"


def test_an_auditor_has_a_run_verified_and_sees_the_hash(
    book: dict[str, Customer],
    auditor: Client,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    run = grading("up").run
    assert "Not verified yet." in page_of(auditor, run)

    with django_capture_on_commit_callbacks(execute=True):
        asked(auditor, run)

    page = page_of(auditor, run)
    assert "Everything is as it should be" in page
    assert verifying.replay(run).hash in page
    assert Verification.objects.get().gradings == len(BOOK) - 1


def test_what_differs_stands_on_the_page_in_the_readers_language(
    book: dict[str, Customer],
    auditor: Client,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    Standing.objects.filter(customer__code="archived").update(total=1)
    run = grading("up").run
    with translation.override("zh-hans"), django_capture_on_commit_callbacks(execute=True):
        asked(auditor, run)

    page = page_of(auditor, run)
    assert "Something differs" in page
    assert f"{LAST_GRADING} Differs once." in page
    assert "archived score 1 90000000" in page


def test_who_asks_while_it_is_being_verified_gets_that_one(
    book: dict[str, Customer], auditor: Client, dora: User
) -> None:
    run = grading("up").run
    asked(auditor, run)
    asked(auditor, run)

    assert Verification.objects.count() == 1
    assert "Being verified since" in page_of(auditor, run)
    text = auditor.get(
        f"/regrades/{run.pk}/", headers={"hx-request": "true", "hx-target": "verification"}
    ).text.strip()
    assert text.startswith("<section")
    assert "<html" not in text


def test_one_that_was_lost_is_asked_for_again(book: dict[str, Customer], auditor: Client, dora: User) -> None:
    run = grading("up").run
    asked(auditor, run)
    Verification.objects.update(asked_at=timezone.now() - LOST, began_at=timezone.now() - LOST)
    assert "never ended" in page_of(auditor, run)

    asked(auditor, run)

    assert Verification.objects.count() == 2


def test_one_that_works_is_not_asked_for_again(
    book: dict[str, Customer], auditor: Client, dora: User
) -> None:
    run = grading("up").run
    asked(auditor, run)
    Verification.objects.update(asked_at=timezone.now() - LOST, began_at=timezone.now() - WAITED)
    assert "Being verified since" in page_of(auditor, run)

    asked(auditor, run)
    tasks.sweep()

    assert Verification.objects.get().finished_at is None


def test_one_that_nobody_began_is_asked_for_again_and_stands_for_the_first(
    book: dict[str, Customer], auditor: Client, dora: User
) -> None:
    run = grading("up").run
    asked(auditor, run)
    Verification.objects.update(asked_at=timezone.now() - WAITED)
    assert "Nobody has begun the verification" in page_of(auditor, run)

    asked(auditor, run)

    first, second = Verification.objects.order_by("pk")
    for asked_for in (first, second):
        keeping.carry_out(asked_for.pk, at=timezone.now())
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.began_at is None
    assert second.finished_at


def test_the_sweep_has_one_begun_whose_message_was_lost(
    book: dict[str, Customer], auditor: Client, dora: User
) -> None:
    run = grading("up").run
    asked(auditor, run)
    tasks.sweep()
    assert Verification.objects.get().began_at is None  # its message may be on its way

    Verification.objects.update(asked_at=timezone.now() - timedelta(days=1))
    tasks.sweep()

    assert Verification.objects.get().finished_at
    assert "Everything is as it should be" in page_of(auditor, run)


def test_without_a_broker_the_sweep_does_the_rest(
    book: dict[str, Customer], dora: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(*_words: object, **_more: object) -> None:
        raise OperationalError

    keeping.ask(grading("up").run, by=dora, at=AT)
    monkeypatch.setattr(tasks.verify, "apply_async", gone)

    tasks.sweep()

    assert "The broker cannot be reached" in caplog.text


def test_a_message_that_comes_twice_verifies_once(book: dict[str, Customer], dora: User) -> None:
    pk = keeping.ask(grading("up").run, by=dora, at=AT).pk
    keeping.carry_out(pk, at=AT)
    finished_at = Verification.objects.get().finished_at

    keeping.carry_out(pk, at=AT)

    assert finished_at
    assert Verification.objects.get().finished_at == finished_at


def test_a_verification_that_stops_says_why(
    book: dict[str, Customer], auditor: Client, dora: User, caplog: pytest.LogCaptureFixture
) -> None:
    run = grading("up").run
    asked_for = keeping.ask(run, by=dora, at=timezone.now())
    Chunk.objects.filter(run=run).update(skipped=7)

    keeping.carry_out(asked_for.pk, at=timezone.now())

    page = page_of(auditor, run)
    assert "The verification stopped. TypeError: object of type 'int' has no len()" in page


def test_a_run_on_its_way_is_not_verified_from_its_page(
    book: dict[str, Customer], scheme: Scheme, auditor: Client
) -> None:
    run = started(scheme, at=AT + timedelta(days=1))

    asked(auditor, run)

    assert not Verification.objects.exists()
    assert 'id="verification"' not in auditor.get(f"/regrades/{run.pk}/").text


@pytest.mark.django_db(transaction=True)
def test_people_go_on_working_and_what_they_do_is_not_mixed_in(scheme: Scheme, alice: User) -> None:
    bought(a_customer("Acme", owner=alice), 85)
    regraded(scheme)
    checks = verifying.verify(verifying.runs_of(), today=TODAY)
    found = [next(checks)]

    with ThreadPoolExecutor(1) as somebody:
        somebody.submit(spoil_the_standings).result(10)

    found += checks
    assert Standing.objects.get().total == 1
    assert [checked.findings.title for checked in found if not checked.findings.is_fine] == []
    assert set(wrong()) == {LAST_GRADING}


def spoil_the_standings() -> None:
    try:
        Standing.objects.update(total=1)
    finally:
        connection.close()
