"""The demo's book: made once for this module, in a transaction that is rolled back."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, F, Sum
from django.utils import timezone, translation

from accounts.models import Department, Role, User
from crm.demo import book, demo, report
from crm.demo.plots import STORIES
from crm.demo.talk import OPEN
from crm.demo.vocabulary import TRADES
from customers.models import (
    Assessment,
    Contact,
    Contract,
    Customer,
    Figure,
    Interaction,
    Order,
    Payment,
    ServiceRequest,
    Standing,
)
from customers.reference import industries, regions
from maintenance import worklist
from maintenance.models import Obligation, Snooze
from tiering.models import Grading, Run, TierChange

TODAY = date(2026, 11, 18)


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), translation.override("en"), transaction.atomic():
        assert demo.build(today=TODAY)
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def story(built: None) -> Callable[[str], Standing]:
    """The standing of a customer whose story is told by name."""
    names = {plot.course: plot.name for plot in STORIES}
    return lambda course: Standing.objects.select_related("tier", "computed_tier", "customer").get(
        customer__name=names[course]
    )


def counts(rows: Any, key: str) -> dict[Any, int]:
    return dict(rows.order_by().values_list(key).annotate(Count("pk")))


def path(standing: Standing) -> list[tuple[str, str]]:
    """Its tier changes after the first grading, oldest first."""
    changes = TierChange.objects.filter(customer=standing.pk).exclude(from_tier=None).order_by("changed_at")
    return list(changes.values_list("from_tier__key", "to_tier__key"))


def state() -> dict[str, int]:
    models = (
        User,
        Customer,
        Contact,
        Order,
        Payment,
        Contract,
        Interaction,
        Assessment,
        Figure,
        ServiceRequest,
    )
    return {
        m.__name__: m._default_manager.count()
        for m in (*models, Run, Grading, TierChange, Obligation, Snooze)
    }


def test_a_day_makes_the_same_book_twice_and_another_day_another() -> None:
    assert book.make(TODAY).digest() == book.make(TODAY).digest()
    assert book.make(TODAY).digest() != book.make(TODAY + timedelta(days=1)).digest()


@pytest.mark.parametrize("today", [date(2026, 12, 31), date(2027, 1, 1), date(2027, 2, 8), date(2028, 2, 29)])
def test_whatever_the_day_the_book_has_the_same_shape_and_ends_before_it(today: date) -> None:
    made = book.make(today)
    assert len(made.clients) == len({client.name for client in made.clients if not client.is_person} | {
        client.code for client in made.clients if client.is_person
    }) == 500  # fmt: skip
    assert 6_000 < len(made.orders) < 8_000
    assert max(order.ordered_on for order in made.orders) < today
    rows: list[Any] = [*made.orders, *made.payments, *made.contracts, *made.interactions, *made.assessments]
    assert max(timezone.localdate(row.recorded_at) for row in [*rows, *made.figures, *made.requests]) < today


def test_every_trade_and_city_is_one_of_the_standards() -> None:
    made = book.make(TODAY)
    assert [client.city for client in made.clients if not regions.city_name(client.city)] == []
    assert [trade.industry for trade in TRADES if not industries.industry_name(trade.industry)] == []


def test_twenty_people_work_in_three_teams_of_one_department_and_beside_it(built: None) -> None:
    teams = dict(
        User.objects.filter(team__parent__name="销售部").values_list("team__name").annotate(Count("pk"))
    )
    assert teams == {"华东销售组": 4, "华南销售组": 4, "北方销售组": 4}
    assert counts(User.objects.all(), "role") == {
        Role.DIRECTOR: 1, Role.TEAM_LEAD: 3, Role.ACCOUNT_MANAGER: 9, Role.SERVICE: 2, Role.TECHNICAL: 2,
        Role.LOGISTICS: 1, Role.AUDITOR: 1, Role.ADMINISTRATOR: 1,
    }  # fmt: skip
    assert all(
        user.check_password("tierbook")
        for user in User.objects.filter(username__in=["shenruochuan", "admin"])
    )
    assert min(counts(Customer.objects.all(), "team").values()) > 100
    assert Customer.objects.filter(owner__team__isnull=True).count() == 0


def test_every_tier_is_there_in_about_its_share(built: None) -> None:
    found = counts(Standing.objects.filter(customer__archived_at=None), "tier__key")
    assert sum(found.values()) == 499
    assert 18 <= found["core"] <= 32
    assert 85 <= found["important"] <= 115
    assert 155 <= found["regular"] <= 200
    assert 140 <= found["potential"] <= 195
    assert 15 <= found[None] <= 45


def test_five_quarters_were_graded_each_at_its_time_and_customers_rose_and_fell(built: None) -> None:
    *runs, waiting = Run.objects.order_by("as_of")
    assert [(run.period, run.state) for run in runs] == [
        (period, "published") for period in ("2025Q3", "2025Q4", "2026Q1", "2026Q2", "2026Q3")
    ]
    assert (waiting.state, [held["guard"] for held in waiting.held][:1]) == ("review", ["always"])
    assert waiting.movements.exclude(from_tier=None).exists()
    day_after = [run.as_of + timedelta(days=1) for run in runs]
    assert [timezone.localdate(run.created_at) for run in runs] == day_after
    assert [timezone.localdate(run.published_at) for run in runs if run.published_at] == day_after
    for run in runs[1:]:
        changes = TierChange.objects.filter(run=run)
        assert changes.upgrades().count() >= 5
        assert changes.downgrades().count() >= 5
        assert {timezone.localdate(at) for at in changes.values_list("changed_at", flat=True)} == {
            run.as_of + timedelta(days=1)
        }


def test_who_pays_late_falls(story: Callable[[str], Standing]) -> None:
    assert path(story("late payments"))[-1] == ("important", "regular")
    reason = TierChange.objects.filter(customer=story("late payments").pk).latest("changed_at").reason
    assert "payment_timeliness" in str(reason)


def test_who_grows_rises(story: Callable[[str], Standing]) -> None:
    assert path(story("growth")) == [("important", "core")]
    assert path(story("new")) == [("regular", "important")]


def test_who_does_not_renew_falls(story: Callable[[str], Standing]) -> None:
    assert path(story("contract lapsed")) == [("core", "important")]


def test_who_left_is_potential_and_lost(story: Callable[[str], Standing]) -> None:
    lost = story("lost")
    assert path(lost) == [("regular", "potential")]
    assert lost.customer.lifecycle == "lost"


def test_of_whom_too_little_is_known_the_tier_is_kept(story: Callable[[str], Standing]) -> None:
    dormant = story("dormant")
    assert dormant.tier
    assert dormant.coverage is not None
    assert (dormant.tier.key, dormant.coverage < 5_000) == ("regular", True)
    assert dormant.grading_id
    assert Grading.objects.get(pk=dormant.grading_id).kept == "coverage"


def test_a_tier_set_by_hand_stands_beside_the_computed_one(story: Callable[[str], Standing]) -> None:
    partner = story("set by hand")
    assert partner.tier
    assert partner.computed_tier
    assert (partner.tier.key, partner.computed_tier.key, partner.is_overridden) == ("core", "important", True)
    assert path(story("steady")) == [("core", "important"), ("important", "core")]


def test_the_archived_one_is_owed_nothing(story: Callable[[str], Standing]) -> None:
    sold = story("archived").customer
    assert sold.archived_at is not None
    assert Obligation.objects.open().filter(customer=sold).count() == 0
    assert sold.history.latest("history_date").history_date == sold.archived_at


def test_who_is_to_be_nurtured_bought_more_in_each_of_three_months(story: Callable[[str], Standing]) -> None:
    sprout = story("nurture")
    assert sprout.tier
    assert sprout.tier.key == "potential"
    orders = Order.objects.filter(customer=sprout.pk, amount__gt=0)
    months = [
        orders.filter(ordered_on__year=2026, ordered_on__month=month).aggregate(sum=Sum("amount"))["sum"]
        for month in (8, 9, 10)
    ]
    assert months == [600_000, 1_100_000, 1_900_000]


def test_the_spring_festival_is_a_dip_and_quarters_end_in_peaks(built: None) -> None:
    orders = Order.objects.filter(ordered_on__year=2026)
    by_month = {month: orders.filter(ordered_on__month=month).count() for month in (1, 2, 3)}
    assert by_month[2] < by_month[1] * 3 // 4
    assert by_month[3] > by_month[1]


def test_everybody_has_something_to_do_and_something_overdue(built: None) -> None:
    workers = User.objects.filter(role__in=worklist.WORKERS)
    soon = [u.name for u in workers if not worklist.owed(u).due(by=TODAY + timedelta(days=7)).exists()]
    assert soon == []
    assert [u.name for u in workers if not worklist.owed(u).overdue(TODAY).exists()] == []
    assert Snooze.objects.count() > 10
    assert Obligation.objects.done().count() > 500
    latest = Obligation.objects.done().latest("completed_at").completed_at
    assert latest
    assert timezone.localdate(latest) < TODAY


@pytest.mark.parametrize("department", [Department.SERVICE, Department.TECHNICAL, Department.LOGISTICS])
def test_every_supporting_department_has_requests_to_answer(built: None, department: Department) -> None:
    waiting = ServiceRequest.objects.open().filter(department=department)
    assert waiting.count() == OPEN[department]
    someone = User.objects.filter(role=department.value).first()
    assert someone
    assert Customer.objects.visible_to(someone).count() > 5


def test_customers_can_be_found_and_have_a_history(built: None) -> None:
    found = Customer.objects.get(name="深圳璟砺储能科技有限公司")
    contact = Contact.objects.filter(customer=found).earliest("pk")
    assert list(Customer.objects.matching(contact.phone)) == [found]
    assert Customer.history.filter(history_type="+").count() == 500
    assert Customer.history.filter(history_type="~").count() > 30


def test_nothing_was_recorded_before_its_customer_nor_in_the_future(built: None) -> None:
    assert Customer.objects.filter(created_at__date__gte=TODAY).count() == 0
    for model in (Contact, Order, Payment, Contract, Interaction, Assessment, Figure, ServiceRequest):
        assert model._default_manager.filter(recorded_at__date__gte=TODAY).count() == 0
        early = model._default_manager.filter(recorded_at__lt=F("customer__created_at"))
        assert (model.__name__, early.count()) == (model.__name__, 0)


def test_a_second_call_finds_it_and_changes_nothing(built: None) -> None:
    before = state()
    assert demo.prepare(today=TODAY) is False
    assert demo.prepare(today=TODAY + timedelta(days=30)) is False
    assert state() == before


def test_the_report_says_what_there_is(built: None) -> None:
    lines = list(report.lines(today=TODAY))
    assert lines[0].startswith("500 customers, ")
    assert lines[1].startswith("Tiers: Core ")


@pytest.mark.django_db
@pytest.mark.parametrize("fresh", [False, True])
def test_a_book_that_is_not_the_demos_is_refused_and_stays(fresh: bool, alice: User) -> None:
    Customer.objects.create(code="REAL", name="A real customer", owner=alice)
    with pytest.raises(demo.RefusedError, match="nothing was changed"):
        demo.prepare(today=TODAY, fresh=fresh)
    assert [customer.code for customer in Customer.objects.all()] == ["REAL"]
    assert [user.username for user in User.objects.all()] == ["alice"]


@pytest.mark.django_db
def test_users_without_customers_are_somebodys_too(alice: User) -> None:
    with pytest.raises(demo.RefusedError):
        demo.prepare(today=TODAY)
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_making_it_again_deletes_nobody_who_was_added(adam: User) -> None:
    adam.preferences = {demo.MARKER: "2026-11-20"}
    adam.save()
    Customer.objects.create(code="MINE", name="Somebody added by hand", owner=adam)
    with pytest.raises(demo.RefusedError, match="1 customers were added"):
        demo.prepare(today=TODAY, fresh=True)
    assert Customer.objects.count() == 1


@pytest.mark.django_db
def test_an_interrupted_making_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_args: object, **_more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("crm.demo.chronicle.live", stop)
    with pytest.raises(KeyboardInterrupt):
        demo.build(today=TODAY)
    assert not User.objects.exists()
    assert not Customer.objects.exists()
    assert demo.owner_of_the_database() is demo.Whose.NOBODYS


@pytest.mark.django_db
def test_the_command_says_so_and_serves_nothing(alice: User) -> None:
    with pytest.raises(CommandError, match="not the demo's"):
        call_command("demo")
