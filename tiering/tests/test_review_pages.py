"""The pages of a run that waits for review: why it waits, the matrix, the movers, decisions, undoing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django.asserts import assertContains, assertNotContains

from accounts.models import Team, User
from customers.models import Customer
from customers.tests.making import a_customer, a_figure
from tiering import regrade, services
from tiering.models import Decision, Run, Scheme
from tiering.models.governing import Review
from tiering.reviewing import shown
from tiering.tests.conftest import AT, POINT, Q2, Q3, bought, graded, regraded, started, tier, tier_of
from tiering.tests.test_movement_policy import ruled

Asks = Callable[..., object]


@pytest.fixture
def book(scheme: Scheme, alice: User, carol: User, east: Team) -> dict[str, Customer]:
    """Alice's customers rise and fall, Carol's is new; one stays."""
    owners = {"up": alice, "down": alice, "same": alice, "new": carol}
    customers = {
        name: a_customer(name, owner=owner, team=east if owner == alice else None)
        for name, owner in owners.items()
    }
    for name, points in (("up", 30), ("down", 90), ("same", 70)):
        bought(customers[name], points, quarter=Q2)
    regraded(scheme, as_of=Q2, at=AT - timedelta(days=2))
    for name, points in (("up", 90), ("down", 30), ("same", 75), ("new", 50)):
        bought(customers[name], points)
    return customers


@pytest.fixture
def run(book: dict[str, Customer], scheme: Scheme) -> Run:
    Scheme.objects.update(review=Review.WAIT, guard_customers=60)
    run = graded(started(scheme))
    assert run.state == Run.State.REVIEW
    return run


@pytest.fixture
def director(client: Client, dora: User) -> Client:
    client.force_login(dora)
    return client


def page(run: Run, name: str = "run") -> str:
    return reverse(f"tiering:{name}", args=[run.pk])


def test_the_page_says_why_it_waits_in_both_languages(director: Client, run: Run) -> None:
    english = director.get(page(run), headers={"accept-language": "en"})
    assert english.context["why_held"] == [
        "By its settings every re-grade of this scheme waits for review.",
        "66.67% of the customers would change tier; the limit is 60%.",
    ]
    assert "This re-grade waits for you" in english.text
    chinese = director.get(page(run), headers={"accept-language": "zh-hans"})
    assert chinese.context["why_held"][1] == "66.67% 的客户会变动等级，上限为 60%。"


def test_who_put_another_version_in_force_since_is_told_that_this_run_goes_by_the_one_before(
    director: Client, run: Run, dora: User
) -> None:
    words = "is in force since. To grade by that one, discard this re-grade and start another."
    assert words not in director.get(page(run)).text

    draft = services.copy_version(run.version, by=dora)
    services.put_in_force(draft, by=dora, at=AT, note="")

    assert f"It was graded by {run.version}, and {draft} {words}" in director.get(page(run)).text


def test_a_re_grade_with_decisions_is_not_discarded_by_one_click(director: Client, run: Run) -> None:
    text = director.get(page(run)).text
    assert text.count('value="cancel"') == 1
    assert (
        text.index('id="discard" popover') < text.index("counts for nothing") < text.index('value="cancel"')
    )
    director.post(f"{page(run)}steer/", {"do": "cancel"})
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
    assert 'id="discard"' not in director.get(page(run)).text


def test_before_another_re_grade_is_started_the_one_that_waits_is_named(
    client: Client, director: Client, run: Run, audrey: User
) -> None:
    text = director.get(reverse("tiering:runs")).text
    assert (
        f"{run.period}, re-graded as of 30 Sep 2026, waits for review. Publish or discard it first." in text
    )
    assert f'<a class="btn btn-sm" href="{page(run)}">Open the re-grade {run.period}</a>' in text

    client.force_login(audrey)
    assert "Publish or discard it first." not in client.get(reverse("tiering:runs")).text


def test_the_matrix_is_of_the_whole_book_or_of_a_part(
    director: Client, run: Run, alice: User, carol: User, east: Team
) -> None:
    def steps(query: str = "") -> dict[tuple[str, str], tuple[int, int]]:
        matrix = director.get(page(run) + query).context["matrix"]
        return {
            (c.from_tier.key if c.from_tier else "", c.to_tier.key): (c.count, c.amount)
            for c in matrix.cells
            if c.count
        }

    alices = {
        ("potential", "core"): (1, 90 * POINT),
        ("core", "potential"): (1, 30 * POINT),
        ("important", "important"): (1, 75 * POINT),
    }
    carols = {("", "regular"): (1, 50 * POINT)}
    assert steps() == alices | carols
    assert steps(f"?owner={alice.pk}") == steps(f"?team={east.pk}") == alices
    assert steps(f"?owner={carol.pk}") == carols
    assert steps(f"?owner={carol.pk}&team={east.pk}") == {}


def test_by_account_manager_and_by_team(director: Client, run: Run) -> None:
    answer = director.get(page(run, "run_shares"), headers={"HX-Request": "true", "accept-language": "en"})
    said = {
        kind: [(s.name, s.up, s.down, s.first) for s in answer.context[kind]] for kind in ("owners", "teams")
    }
    up, down, new, none = (1, 90 * POINT), (1, 30 * POINT), (1, 50 * POINT), (0, 0)
    assert said == {
        "owners": [("alice", up, down, none), ("carol", none, none, new)],
        "teams": [("East", up, down, none), ("Without team", none, none, new)],
    }
    assert "<html" not in answer.text


@pytest.mark.parametrize(
    "query, names",
    [
        ("", ["down", "new", "up"]),
        ("?direction=up", ["up"]),
        ("?direction=down", ["down"]),
        ("?direction=first", ["new"]),
        ("?decision=undecided", ["new", "up"]),
        ("?decision=rejected", ["down"]),
        ("?decision=accepted", []),
        ("?decision=for_approval", []),
        ("?owner=nobody", []),
    ],
)
def test_the_movers_are_filtered(
    director: Client, run: Run, book: dict[str, Customer], dora: User, query: str, names: list[str]
) -> None:
    Decision.objects.create(
        run=run, customer=book["down"], is_accepted=False, comment="A partner.", by=dora, at=AT
    )
    rows = director.get(page(run, "run_movers") + query).context["rows"]
    assert sorted(row.movement.customer.name for row in rows) == names


def test_the_movers_by_tier_and_people(
    director: Client, run: Run, alice: User, carol: User, east: Team
) -> None:
    def names(query: str) -> list[str]:
        rows = director.get(page(run, "run_movers") + query).context["rows"]
        return sorted(row.movement.customer.name for row in rows)

    core, potential = tier("core").pk, tier("potential").pk
    assert names(f"?from_tier={core}") == ["down"]
    assert names(f"?to_tier={core}&from_tier={potential}") == ["up"]
    assert names(f"?owner={carol.pk}") == ["new"]
    assert names(f"?team={east.pk}") == ["down", "up"]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_movers_asks_as_often_however_long_it_is(
    director: Client,
    run: Run,
    book: dict[str, Customer],
    rows: int,
    dora: User,
    django_assert_num_queries: Asks,
) -> None:
    names = {1: "?direction=up", 3: ""}[rows]
    for customer in book.values():
        Decision.objects.create(run=run, customer=customer, is_accepted=True, by=dora, at=AT)
    director.get(page(run, "run_movers"))
    with django_assert_num_queries(14):  # type: ignore[attr-defined]
        answer = director.get(page(run, "run_movers") + names)
    assert len(answer.context["rows"]) == rows


def test_a_mover_is_told_what_is_data_and_what_is_missing_before_anything_is_published(
    director: Client, scheme: Scheme, alice: User
) -> None:
    """The same sentence as afterwards: 60 % of the score is what was bought, 40 % a figure."""
    acme = a_customer("Acme", owner=alice)
    bought(acme, 70, quarter=Q2)
    regraded(scheme, as_of=Q2)
    bought(acme, 90)
    a_figure(acme, alice, Q3, 0, "industry_outlook")
    Scheme.objects.update(review=Review.WAIT)
    run = graded(started(scheme))

    [row] = director.get(page(run, "run_movers"), headers={"accept-language": "en"}).context["rows"]

    with translation.override("en"):
        assert row.sentence.startswith("70.00 → 54.00 (-16.00: data +20.00, re-weighing -36.00): ")


def decide(client: Client, run: Run, **form: object) -> int:
    return client.post(page(run, "run_decide"), form).status_code


def test_ticked_movers_are_rejected_with_a_comment_and_the_last_word_counts(
    director: Client, run: Run, book: dict[str, Customer], dora: User
) -> None:
    both = [book["down"].pk, book["up"].pk]
    assert decide(director, run, do="reject", customer=both, comment="Partners.") == 302
    assert decide(director, run, do="accept", customer=both[1:], comment="") == 302
    assert list(
        Decision.objects.order_by("customer").values_list("customer", "is_accepted", "comment", "by")
    ) == [
        (book["up"].pk, True, "", dora.pk),
        (book["down"].pk, False, "Partners.", dora.pk),
    ]
    assert [(r.movement.customer.name, r.decision.comment) for r in movers(director, run) if r.decision] == [
        ("down", "Partners."),
        ("up", ""),
    ]


def movers(client: Client, run: Run) -> list[shown.Mover]:
    rows: list[shown.Mover] = client.get(page(run, "run_movers")).context["rows"]
    return sorted(rows, key=lambda row: row.movement.customer.name)


def test_a_single_mover_is_decided_by_its_own_buttons(
    director: Client, run: Run, book: dict[str, Customer]
) -> None:
    down, up = book["down"].pk, book["up"].pk
    assert (
        decide(director, run, reject=down, **{f"comment-{down}": "A partner."}, comment="", customer=up)
        == 302
    )
    assert decide(director, run, accept=up) == 302
    assert list(Decision.objects.order_by("customer").values_list("customer", "is_accepted", "comment")) == [
        (up, True, ""),
        (down, False, "A partner."),
    ]
    assert decide(director, run, reject=up, comment="For all.") == 422


@pytest.mark.parametrize("comment", ["", "  "])
def test_a_rejection_takes_a_comment(
    director: Client, run: Run, book: dict[str, Customer], comment: str
) -> None:
    assert decide(director, run, do="reject", customer=book["down"].pk, comment=comment) == 422
    assert Decision.objects.count() == 0


def test_a_comment_that_is_missing_is_asked_for_where_it_belongs(
    director: Client, run: Run, book: dict[str, Customer]
) -> None:
    down, up = book["down"].pk, book["up"].pk
    asks = '<div class="invalid-feedback d-block mb-2" id="wrong" role="alert">A rejection needs a comment.</div>'

    of_one = director.post(page(run, "run_decide"), {"reject": down, "customer": [up]})
    assertContains(of_one, asks, count=1, status_code=422, html=True)
    assert (of_one.context["one"], of_one.context["ticked"], of_one.context["form"].errors) == (
        down,
        [up],
        {},
    )

    of_many = director.post(page(run, "run_decide"), {"do": "reject", "customer": [up]})
    assertNotContains(of_many, 'id="wrong"', status_code=422)
    assertContains(of_many, f'value="{up}" checked', count=1, status_code=422)
    assert of_many.context["form"].errors == {"comment": ["A rejection needs a comment."]}


def test_all_that_the_list_finds_is_decided_at_once(
    director: Client, run: Run, book: dict[str, Customer]
) -> None:
    address = page(run, "run_decide") + "?direction=first"
    director.post(address, {"do": "accept", "everything": "1"})
    assert list(Decision.objects.values_list("customer", flat=True)) == [book["new"].pk]


@pytest.mark.parametrize("pk", ["x", "-1", "9" * 30, ""])
def test_nobody_ticked_is_said(director: Client, run: Run, pk: str) -> None:
    answer = director.post(page(run, "run_decide"), {"do": "accept", "customer": pk}, follow=True)
    assert [str(message) for message in answer.context["messages"]] == [
        "Tick somebody first: nothing was changed."
    ]
    assert Decision.objects.count() == 0


def test_it_is_published_from_its_page_once(
    director: Client, run: Run, book: dict[str, Customer], dora: User
) -> None:
    decide(director, run, do="reject", customer=book["down"].pk, comment="A partner.")
    for _click in range(2):
        director.post(page(run, "run_steer"), {"do": "publish"})
    run.refresh_from_db()
    assert (run.state, run.released_by) == (Run.State.GRADING, dora)
    graded(run)  # on the commit, in the product

    regrade.finish(run.pk, at=AT)
    answer = director.get(page(run))
    assert answer.context["outcome"].stopped == 1
    assert "1 rejected or not accepted" in answer.text
    assert tier_of(book["down"]) == "core"
    assert decide(director, run, do="accept", customer=book["down"].pk) == 302
    assert Decision.objects.get().is_accepted is False


def test_why_a_rejected_customer_stays_is_on_its_page(
    director: Client, run: Run, book: dict[str, Customer], client: Client, alice: User
) -> None:
    decide(director, run, do="reject", customer=book["down"].pk, comment="A research partner.")
    director.post(page(run, "run_steer"), {"do": "publish"})

    regrade.finish(run.pk, at=AT)
    client.force_login(alice)
    panel = client.get(reverse("tiering:grading", args=[book["down"].pk]), headers={"accept-language": "en"})
    assert panel.context["rejected"].decision.comment == "A research partner."
    assert "A research partner." in panel.text
    assert [d.comment for d in panel.context["rejections"]] == ["A research partner."]


def test_what_holds_a_change_back_is_on_the_run_and_on_the_customer(
    director: Client, book: dict[str, Customer], scheme: Scheme
) -> None:
    ruled(scheme, dwell=2)
    run = graded(started(scheme))
    rows = director.get(page(run, "run_held"), headers={"accept-language": "en"}).context["rows"]
    said = [(row.hold.customer.name, row.why, row.when) for row in rows]
    assert said == [
        (
            "down",
            "The score is too low for Core in 1 re-grade so far; a downgrade takes 2 in a row.",
            "It moves to Potential with the re-grade as of 31 Dec 2026 if its score is still below 80.00.",
        )
    ]
    panel = director.get(
        reverse("tiering:grading", args=[book["down"].pk]), headers={"accept-language": "en"}
    )
    assert panel.context["held"].why == said[0][1]
    assert said[0][2] in panel.text
    assert director.get(page(run)).context["held_back"] == [("dwell", "Not below for long enough", 1)]


@pytest.mark.parametrize("by, names", [("dwell", ["down"]), ("margin", []), ("coverage", [])])
def test_held_back_by_rule(
    director: Client, book: dict[str, Customer], scheme: Scheme, by: str, names: list[str]
) -> None:
    ruled(scheme, dwell=2)
    run = graded(started(scheme))
    rows = director.get(page(run, "run_held") + f"?by={by}").context["rows"]
    assert [row.hold.customer.name for row in rows] == names


def test_a_published_run_is_undone_from_its_page(
    director: Client, book: dict[str, Customer], scheme: Scheme
) -> None:
    run = regraded(scheme)
    assert director.get(page(run)).context["may_undo"]
    answer = director.post(page(run, "run_undo"))
    undoing = Run.objects.latest("pk")
    assert (undoing.undoes, answer.headers["Location"]) == (run, page(undoing))

    regrade.finish(undoing.pk, at=AT)
    assert tier_of(book["down"]) == "core"
    assert not director.get(page(run)).context["may_undo"]
    refused = director.post(page(run, "run_undo"), follow=True)
    assert "Only a published re-grade can be undone, and once." in refused.text


def test_an_auditor_looks_and_does_nothing(
    client: Client, run: Run, book: dict[str, Customer], audrey: User
) -> None:
    client.force_login(audrey)
    answer = client.get(page(run, "run_movers"))
    assert (answer.context["may_decide"], len(answer.context["rows"])) == (False, 3)
    assert 'value="reject"' not in answer.text
    for name in ("run_decide", "run_steer", "run_undo"):
        assert client.post(page(run, name), {"do": "publish"}).status_code == 403
