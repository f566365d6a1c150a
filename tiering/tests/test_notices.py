"""What account managers are told about their customers' tiers."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts import notices as telling
from accounts.models import Notice, User
from accounts.notices import Words
from customers.models import Customer
from customers.services import archive, merge
from customers.tests.making import a_customer
from tiering import notices, regrade, services
from tiering.models import Override, Run, Scheme, TierChange
from tiering.tests.conftest import AT, Q2, bought, regraded, tier
from tiering.undoing import undo


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


def read(user: User) -> list[Words | None]:
    told = Notice.objects.visible_to(user).order_by("pk")
    return [words for _notice, words in telling.words(list(told), user)]


def shown(user: User) -> list[tuple[str, str, str]]:
    return [(words.title, words.text, words.url) for words in read(user) if words]


def test_each_hears_once_of_a_run_and_of_their_own_customers_only(
    scheme: Scheme,
    alice: User,
    carol: User,
    dora: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    rising, falling, new = (a_customer(name, owner=alice) for name in ("Rising", "Falling", "New"))
    foreign, ownerless = a_customer("Foreign", owner=carol), a_customer("Ownerless")
    for customer, points in ((rising, 50), (falling, 90), (foreign, 50)):
        bought(customer, points, quarter=Q2)
    regraded(scheme, as_of=Q2, at=AT - timedelta(days=2))
    for customer, points in ((rising, 90), (falling, 70), (new, 45), (foreign, 50), (ownerless, 90)):
        bought(customer, points)

    with django_capture_on_commit_callbacks(execute=True):
        run = regraded(scheme)
    notices.announce_missed(at=AT)

    assert shown(alice) == [
        (
            f"Re-grade {run.period}: 3 of your customers changed tier",
            "1 up, 1 down, 1 graded for the first time.",
            f"/tier-changes/?run={run.pk}&owner={alice.pk}",
        )
    ]
    assert (shown(carol), shown(dora)) == ([], [])
    [words] = read(alice)
    assert words
    assert list(words.lines()) == [
        "Rising: Regular → Core. 50.00 → 90.00 (+40.00): Annual cooperation amount ¥50,000 → ¥90,000 +40.00.",
        "Falling: Core → Important. 90.00 → 70.00 (-20.00): Annual cooperation amount ¥90,000 → ¥70,000 -20.00.",
        "New: Not yet graded → Regular. First grading: 45.00 points.",
    ]


def test_a_run_nobody_was_told_of_is_announced_by_the_sweep(scheme: Scheme, alice: User) -> None:
    bought(a_customer("Acme", owner=alice), 50)
    regraded(scheme)  # its transaction never commits, and so no news is spread
    assert not Notice.objects.exists()

    notices.announce_missed(at=AT)
    notices.announce_missed(at=AT)

    assert len(shown(alice)) == 1


def test_of_who_was_archived_before_the_review_was_over_nobody_hears(
    scheme: Scheme, alice: User, dora: User
) -> None:
    acme, other = (a_customer(name, owner=alice) for name in ("Acme", "Other"))
    for customer in (acme, other):
        bought(customer, 50)
    regraded(scheme)
    archive([other.pk], by=dora, at=AT)

    notices.announce_missed(at=AT)

    assert [title for title, _text, _url in shown(alice)] == [
        "Re-grade 2026Q3: 1 of your customers changed tier"
    ]


def test_an_old_run_is_no_news(scheme: Scheme, alice: User) -> None:
    bought(a_customer("Acme", owner=alice), 50)
    regraded(scheme)

    notices.announce_missed(at=AT + timedelta(days=2))

    assert not Notice.objects.exists()


def test_the_owner_hears_of_a_tier_set_by_hand_unless_it_was_theirs(
    scheme: Scheme,
    alice: User,
    dora: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    acme, own = a_customer("Acme", owner=alice), a_customer("Own", owner=dora)

    with django_capture_on_commit_callbacks(execute=True):
        for customer in (acme, own):
            by_hand(customer, dora)

    change = TierChange.objects.get(customer=acme)
    assert shown(alice) == [
        ("Acme: Not yet graded → Core", "Set by hand until 1 Nov 2026.", f"/tier-changes/{change.pk}/")
    ]
    assert shown(dora) == []


def by_hand(customer: Customer, dora: User) -> Override:
    return services.set_by_hand(
        customer,
        tier=tier("core"),
        reason="A project.",
        expires_on=AT.date() + timedelta(days=31),
        by=dora,
        at=AT,
    )


def test_people_are_warned_a_week_before_a_tier_set_by_hand_ends(
    scheme: Scheme, alice: User, dora: User
) -> None:
    acme = a_customer("Acme", owner=alice)
    by_hand(acme, dora)

    notices.warn_of_endings(at=AT + timedelta(days=23))
    assert shown(alice) == []
    for days in (24, 25, 31):
        notices.warn_of_endings(at=AT + timedelta(days=days))

    warning = (
        "Acme: the tier set by hand ends on 1 Nov 2026", "Core, because: A project.", f"/customers/{acme.pk}/",
    )  # fmt: skip
    assert (shown(alice), shown(dora)) == ([warning], [warning])


def test_nobody_is_warned_of_who_was_archived_or_went_into_another(
    scheme: Scheme, alice: User, dora: User
) -> None:
    acme, other, gone = (a_customer(name, owner=alice) for name in ("Acme", "Other", "Gone"))
    for customer in (acme, other, gone):
        by_hand(customer, dora)
    archive([gone.pk], by=dora, at=AT)
    merge(acme, other, fields={}, by=dora, at=AT)

    notices.warn_of_endings(at=AT + timedelta(days=24))

    assert [title for title, _text, _url in shown(alice)] == ["Acme: the tier set by hand ends on 1 Nov 2026"]


def test_who_may_no_longer_see_the_customer_reads_nothing_of_it(
    scheme: Scheme, alice: User, carol: User, dora: User
) -> None:
    acme = a_customer("Acme", owner=alice)
    by_hand(acme, dora)
    notices.announce_changes(TierChange.objects.all(), at=AT)
    notices.warn_of_endings(at=AT + timedelta(days=30))
    Customer.objects.filter(pk=acme.pk).update(owner=carol)

    assert read(alice) == [None, None]


@pytest.mark.parametrize("owners", [1, 3])
def test_a_run_is_announced_in_the_same_number_of_queries(
    scheme: Scheme, alice: User, bob: User, carol: User, owners: int
) -> None:
    for owner in (alice, bob, carol)[:owners]:
        for n in range(owners):
            bought(a_customer(f"{owner} {n}", owner=owner), 50)
    run = Run.objects.get(pk=regraded(scheme).pk)

    with CaptureQueriesContext(connection) as asked:
        notices.announce(run, at=AT)

    statements = [query["sql"] for query in asked if "SAVEPOINT" not in query["sql"]]
    assert (
        len(statements) == 6
    )  # the counts, the people, who wants no bell, the notices, what is unread, webhooks


def test_of_an_undone_run_people_hear_that_the_tier_of_before_holds_again(
    scheme: Scheme,
    alice: User,
    dora: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    customer = a_customer("Falling", owner=alice)
    bought(customer, 90, quarter=Q2)
    regraded(scheme, as_of=Q2, at=AT - timedelta(days=2))
    bought(customer, 50)
    run = regraded(scheme)
    with django_capture_on_commit_callbacks(execute=True):
        undoing = undo(run, by=dora, at=AT + timedelta(hours=5))
        regrade.finish(undoing.pk, at=AT + timedelta(hours=5))

    [title, text, _url] = shown(alice)[-1]
    assert (title, text) == (
        f"Re-grade {run.period} was undone: 1 of your customers has its tier of before again",
        "1 up, 0 down.",
    )
    outside = notices.run_outside({"run": undoing.pk})
    assert outside
    assert outside.title == (f"Re-grade {run.period} was undone: 1 customer has its tier of before again")


def test_upgrades_of_a_night_are_not_called_a_regrade() -> None:
    run = Run(period="2026Q4", trigger=Run.Trigger.UPGRADE)
    assert notices.headline(run, 2) == "Upgraded between re-grades: 2 of your customers"
