"""What the ledger counts, and that every number leads to exactly what it counts."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Team, User
from customers.models import Customer, Interaction, Tier
from customers.tests.making import an_order
from maintenance import services
from maintenance.ledger import beyond, cost, counting, faith, hours, layout, reckoning
from maintenance.ledger.counting import NOTHING, Quarter, Tally
from maintenance.ledger.outcomes import NAMES, came_to
from maintenance.listings import LEDGER
from maintenance.models import Benefit, Obligation, Playbook, Promise, Rates, TierMargin
from maintenance.tests.conftest import TODAY, MakeCustomer, move, plan
from tiering.models import TierChange
from toolbox.calendars import ONE_DAY
from toolbox.days import LocalDay

pytestmark = pytest.mark.django_db
Q3 = Quarter(date(2026, 7, 1), date(2026, 9, 30), is_closed=True)
Q4 = Quarter(date(2026, 10, 1), TODAY, is_closed=False)
State = Obligation.State


@pytest.fixture(autouse=True)
def wednesday() -> Any:
    with time_machine.travel("2026-11-18T10:00:00+08:00", tick=False):
        yield


def at(day: date, hour: int = 10) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


def promised(
    customer: Customer,
    due_on: date,
    state: str = State.OPEN,
    *,
    on: date | None = None,
    missed_on: date | None = None,
    put_off_to: date | None = None,
    department: str = "sales",
    tier: str = "core",
    **more: Any,
) -> Obligation:
    """Something settled on a day, by whoever is told."""
    row = Tier.objects.get(scale="b2b", key=tier)
    promise = Promise.objects.filter(playbook__tier=row, department=department).earliest("pk")
    by = User.objects.get(username="dora")
    settled: dict[str, Any] = {}
    if state == State.DONE:
        settled = {"completed_at": at(on or due_on), "completed_by": by}
    if state in {State.SKIPPED, State.EXCUSED}:
        settled = {"set_aside_at": at(on or due_on), "set_aside_by": by, "reason": "Fair."}
    if state == State.WITHDRAWN:
        settled = {"withdrawn_on": on or due_on, "why": Obligation.Why.TIER_CHANGED}
    return Obligation.objects.create(
        customer=customer, promise=promise, key=f"k{Obligation.objects.count()}", tier=row, department=department,
        due_on=put_off_to or due_on, originally_due_on=due_on, opens_on=due_on, missed_on=missed_on,
        owner=customer.owner, team=customer.team, state=state, **settled, **more,
    )  # fmt: skip


def a_talk(
    customer: Customer, by: User, *, at: datetime, channel: str = "phone", department: str = "sales"
) -> Interaction:
    """On record, without the promises that it might keep."""
    return Interaction.objects.create(
        customer=customer, by=by, at=at, channel=channel, department=department, note="Talked."
    )


def one_of_each(customer: Customer) -> dict[str, list[Obligation]]:
    """By the word under which it is counted."""
    day = date(2026, 10, 20)
    return {
        "kept": [
            promised(customer, day, State.DONE, on=day - 3 * ONE_DAY),
            promised(customer, day, State.DONE, on=day),
            promised(customer, day, State.DONE, on=day + 6 * ONE_DAY, put_off_to=day + 6 * ONE_DAY),
        ],
        "late": [promised(customer, day, State.DONE, on=day + ONE_DAY)],
        "broken": [
            promised(customer, day, missed_on=day + 3 * ONE_DAY),
            promised(customer, day, State.DONE, on=day + 9 * ONE_DAY, missed_on=day + 3 * ONE_DAY),
            promised(customer, day, State.SKIPPED),
            promised(customer, day, State.WITHDRAWN, missed_on=day + 3 * ONE_DAY),
        ],
        "excused": [
            promised(customer, day, State.EXCUSED),
            promised(customer, day, State.EXCUSED, missed_on=day + 3 * ONE_DAY),
        ],
        "open": [promised(customer, TODAY), promised(customer, day, put_off_to=TODAY + 9 * ONE_DAY)],
    }


def not_counted(customer: Customer) -> None:
    promised(customer, date(2026, 10, 20), State.WITHDRAWN)
    promised(customer, TODAY + ONE_DAY)
    promised(customer, date(2026, 9, 30), State.DONE)


@pytest.fixture
def acme(cast: dict[str, User], make_customer: MakeCustomer) -> Customer:
    return make_customer("Acme", owner=cast["alice"])


def test_everything_promised_came_to_exactly_one_thing(acme: Customer) -> None:
    made = one_of_each(acme)
    not_counted(acme)
    rows = reckoning.in_days(Obligation.objects.all(), Q4.first, Q4.last)

    found = {word: set(came_to(rows, word)) for word in NAMES}

    assert found == {word: set(own) for word, own in made.items()} | {
        "promised": {row for own in made.values() for row in own}
    }


def test_the_share_kept_is_of_what_is_decided() -> None:
    assert Tally(kept=2, late=1, broken=1, excused=7, open=9).share == 7_500
    assert Tally(excused=1, open=1).share is None
    assert Tally(kept=1, broken=2).share == 3_333


@pytest.mark.parametrize("by", list(reckoning.BY))
def test_every_number_leads_to_the_list_of_exactly_those(
    client: Client, cast: dict[str, User], acme: Customer, make_customer: MakeCustomer, by: str
) -> None:
    one_of_each(acme)
    not_counted(acme)
    one_of_each(make_customer("Beta", owner=cast["carol"]))
    promised(make_customer("Nobody's"), date(2026, 10, 20), State.DONE, department="service")
    promised(acme, date(2026, 8, 3), tier="important", missed_on=date(2026, 8, 9))
    client.force_login(cast["dora"])

    page = client.get(reverse("maintenance:ledger"), {"by": by})
    links = [link for row in page.context["rows"] for link in row.numbers] + (page.context["whole"] or [])

    assert len(links) >= len(NAMES)
    for link in links:
        listed = client.get(link.url).context
        assert (listed["count"].value, link.url) == (link.n, link.url)


def test_all_cuts_add_up_to_the_same(
    cast: dict[str, User], acme: Customer, make_customer: MakeCustomer
) -> None:
    one_of_each(acme)
    one_of_each(make_customer("Nobody's"))
    promised(make_customer("Beta", owner=cast["carol"]), date(2026, 10, 9), department="technical")
    rows = Obligation.objects.all()
    sums = {
        by: sum((line.tally for line in reckoning.lines(rows, by, Q4, today=TODAY)), NOTHING)
        for by in reckoning.BY
    }
    assert set(sums.values()) == {Tally(kept=6, late=2, broken=8, excused=4, open=5)}


def test_it_is_counted_as_somebody_would_by_hand(cast: dict[str, User], make_customer: MakeCustomer) -> None:
    """Ten dozen at random, counted once more in Python by the words of docs/ledger.md."""
    chance = Random(7)
    customers = [make_customer(f"C{n}", owner=cast[who]) for n, who in enumerate(("alice", "carol", "bob"))]
    for _n in range(120):
        due_on = date(2026, 9, 20) + chance.randrange(70) * ONE_DAY
        state = chance.choice([State.OPEN, State.DONE, State.SKIPPED, State.EXCUSED, State.WITHDRAWN])
        on = due_on + chance.randrange(-3, 6) * ONE_DAY
        missed = chance.choice([None, due_on + 3 * ONE_DAY])
        promised(chance.choice(customers), due_on, state, on=on, missed_on=missed)

    def word(row: Obligation) -> str:
        if row.state == State.EXCUSED:
            return "excused"
        if row.missed_on or row.state == State.SKIPPED:
            return "broken"
        if row.state == State.OPEN:
            return "open"
        assert row.completed_at
        return "late" if timezone.localdate(row.completed_at) > row.due_on else "kept"

    wanted: Counter[tuple[int, str]] = Counter(
        (row.owner_id or 0, word(row))
        for row in Obligation.objects.filter(originally_due_on__range=(Q4.first, Q4.last))
        if row.state != State.WITHDRAWN or row.missed_on
    )
    lines = reckoning.lines(Obligation.objects.all(), "owner", Q4, today=TODAY)
    found = {
        (int(line.key), name): getattr(line.tally, name)
        for line in lines
        for name in NAMES
        if name != "promised" and getattr(line.tally, name)
    }
    assert found == dict(wanted)


def test_it_counts_for_whoever_had_the_customer_when_it_was_first_due(
    cast: dict[str, User], make_customer: MakeCustomer
) -> None:
    acme = make_customer("Acme", owner=cast["alice"])
    plan(acme)
    early, late = Obligation.objects.open().order_by("due_on")[0], Obligation.objects.open().latest("due_on")
    between = early.due_on + ONE_DAY
    assert early.due_on < between <= late.due_on
    north = Team.objects.create(name="Elsewhere")
    Customer.objects.filter(pk=acme.pk).update(owner=cast["carol"], team=north)

    with time_machine.travel(at(between), tick=False):
        services.replan([acme.pk], today=between)
        services.replan([acme.pk], today=between)

    before = {"owner": cast["alice"], "team": cast["alice"].team}
    after = {"owner": cast["carol"], "team": north}
    for row, wanted in ((early, before), (late, after)):
        row.refresh_from_db()
        assert {"owner": row.owner, "team": row.team} == wanted
    early.refresh_from_db()
    assert early.assignee == (
        cast["carol"] if early.department == "sales" else None
    )  # to do by whoever has it now


def test_it_counts_for_the_tier_that_promised_it(acme: Customer, cast: dict[str, User]) -> None:
    promised(acme, date(2026, 10, 20), State.DONE, tier="core")
    move(acme, "regular")
    lines = reckoning.lines(Obligation.objects.all(), "tier", Q4, today=TODAY)
    assert [(line.tier and line.tier.key, line.tally.kept) for line in lines] == [("core", 1)]


def test_one_sees_what_one_sees(
    client: Client, cast: dict[str, User], acme: Customer, make_customer: MakeCustomer
) -> None:
    promised(acme, date(2026, 10, 20), State.DONE)
    promised(acme, date(2026, 10, 20), department="technical")
    promised(make_customer("Beta", owner=cast["carol"]), date(2026, 10, 21), State.DONE)
    seen = {}
    for who in ("alice", "bob", "carol", "tess", "dora", "audrey"):
        client.force_login(cast[who])
        page = client.get(reverse("maintenance:ledger"), {"by": "customer"})
        seen[who] = {row.line.name: row.line.tally.promised for row in page.context["rows"]}
    everything = {"Acme": 2, "Beta": 1}
    assert seen == {
        "alice": {"Acme": 2}, "bob": {"Acme": 2}, "carol": {"Beta": 1}, "tess": {"Acme": 1}, "dora": everything,
        "audrey": everything,
    }  # fmt: skip


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("by, queries", [("owner", 7), ("customer", 7), ("quarter", 6)])
def test_the_page_asks_as_much_of_a_large_book(
    client: Client,
    cast: dict[str, User],
    make_customer: MakeCustomer,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    rows: int,
    by: str,
    queries: int,
) -> None:
    for n in range(rows):
        one_of_each(make_customer(f"C{n}", owner=cast[("alice", "bob", "carol")[n]]))
    client.force_login(cast["dora"])
    with django_assert_max_num_queries(queries + 4):
        page = client.get(reverse("maintenance:ledger"), {"by": by})
    assert len(page.context["rows"]) == (1 if by == "quarter" else rows)


def test_customers_come_in_pages_the_most_broken_first(
    client: Client, cast: dict[str, User], make_customer: MakeCustomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maintenance.views.ledger.PAGE_SIZE", 2)
    for n in range(5):
        customer = make_customer(f"C{n}", owner=cast["alice"])
        for _time in range(n + 1):
            promised(customer, date(2026, 10, 20), missed_on=date(2026, 10, 25))
    client.force_login(cast["dora"])
    pages = [
        client.get(reverse("maintenance:ledger"), {"by": "customer", "cursor": cursor})
        for cursor in ("", "2", "4", "nonsense")
    ]
    seen = [[row.line.name for row in page.context["rows"]] for page in pages]
    assert seen == [["C4", "C3"], ["C2", "C1"], ["C0"], ["C4", "C3"]]
    exported = LEDGER.find(cast["dora"], pages[-1].wsgi_request.GET, None).rows
    assert [line.name for line in exported] == ["C4", "C3", "C2", "C1", "C0"]


def test_what_is_not_understood_counts_nothing(client: Client, cast: dict[str, User], acme: Customer) -> None:
    promised(acme, date(2026, 10, 20), State.DONE)
    client.force_login(cast["dora"])
    for query in ({"quarter": "2026Q9"}, {"by": "weather"}, {"owner": "999999"}, {"tier": "x"}):
        assert client.get(reverse("maintenance:ledger"), query).context["rows"] == []
        assert client.get("/api/v1/ledger/", query).status_code == 400


def test_a_panel_on_the_page_of_the_customer(client: Client, cast: dict[str, User], acme: Customer) -> None:
    one_of_each(acme)
    promised(acme, date(2026, 8, 3), State.DONE)
    client.force_login(cast["alice"])
    rows = client.get(reverse("maintenance:ledger_panel", args=[acme.pk])).context["rows"]
    assert [(row.line.name, [link.n for link in row.numbers]) for row in rows] == [
        ("2026Q4 so far", [12, 3, 1, 4, 2, 2]),
        ("2026Q3", [1, 1, 0, 0, 0, 0]),
    ]


def test_other_programs_ask_the_same(client: Client, cast: dict[str, User], acme: Customer) -> None:
    one_of_each(acme)
    client.force_login(cast["dora"])
    said = client.get("/api/v1/ledger/", {"by": "tier", "quarter": "2026Q4"}).json()
    core = Tier.objects.get(scale="b2b", key="core")
    assert said["results"] == [
        {"key": str(core.pk), "name": "Core", "promised": 12, "kept": 3, "late": 1, "broken": 4, "excused": 2,
         "open": 2, "share": 5_000}
    ]  # fmt: skip
    assert (said["by"], said["first"], said["last"]) == ("tier", "2026-10-01", "2026-11-18")


# Beyond the promise


@pytest.fixture
def talked(cast: dict[str, User], acme: Customer, make_customer: MakeCustomer) -> Customer:
    """Three contacts in the quarter, of which one keeps two promises; and some that are not counted."""
    alice = cast["alice"]
    talks = [
        a_talk(acme, alice, at=at(date(2026, 10, 1), 0), channel="phone"),
        a_talk(acme, alice, at=at(date(2026, 10, 20)), channel="visit"),
        a_talk(acme, alice, at=at(TODAY, 23), channel="wechat", department="technical"),
    ]
    for _n in range(2):
        promised(acme, date(2026, 10, 20), State.DONE, interaction=talks[1])
    a_talk(acme, alice, at=at(date(2026, 9, 30), 23))
    a_talk(make_customer("Not graded", tier=None, owner=alice), alice, at=at(date(2026, 10, 20)))
    return acme


def counted(user: User, by: str, **asked: Any) -> list[tuple[str, int, int, int]]:
    lines = beyond.lines(user, by, Q4, asked, today=TODAY)
    return [(line.name, line.contacts, line.beyond, line.minutes) for line in lines]


def test_contacts_that_keep_nothing_are_beyond_the_promise(cast: dict[str, User], talked: Customer) -> None:
    dora = cast["dora"]
    assert counted(dora, "customer") == [("Acme", 3, 2, 30)]
    assert counted(dora, "owner") == [(cast["alice"].name, 3, 2, 30)]
    assert counted(dora, "tier") == [("Core", 3, 2, 30)]
    assert counted(dora, "department") == [("Sales", 2, 1, 20), ("Technical", 1, 1, 10)]
    assert counted(dora, "quarter") == [("2026Q4 so far", 3, 2, 30)]
    assert counted(dora, "customer", department="technical") == [("Acme", 1, 1, 10)]
    assert counted(dora, "customer", owner=cast["carol"]) == []
    assert counted(cast["carol"], "customer") == []
    assert counted(cast["tess"], "customer") == []


def test_what_is_beyond_costs_what_an_hour_costs(
    client: Client, cast: dict[str, User], talked: Customer
) -> None:
    client.force_login(cast["dora"])
    url = reverse("maintenance:ledger_beyond")
    assert [row.cost for row in client.get(url).context["rows"]] == [None]
    Rates.objects.create(pk=1, hour_cost=120_00)
    assert [row.cost for row in client.get(url).context["rows"]] == [60_00]
    for by in ("owner", "department", "customer"):
        page = client.get(url, {"by": by})
        assert (page.context["whole"].beyond, page.context["whole_cost"]) == (2, 60_00)
    assert client.get(url, {"by": "quarter"}).context["whole"] is None


# Cost against margin


def test_cost_against_margin(cast: dict[str, User], talked: Customer) -> None:
    core = Tier.objects.get(scale="b2b", key="core")
    playbook = Playbook.objects.in_force(TODAY).get(tier=core)
    playbook.benefits.all().delete()
    Benefit.objects.create(playbook=playbook, title_en="Gift", title_zh="礼品", yearly_cost=365_00)
    Benefit.objects.create(playbook=playbook, title_en="Rebate", title_zh="返利", cost_share=100)
    Benefit.objects.create(playbook=playbook, title_en="Terms", title_zh="账期")
    an_order(talked, date(2026, 10, 1), 10_000_00)
    an_order(talked, date(2026, 9, 30), 7_000_00)
    minutes = Promise.objects.filter(playbook__tier=core, department="sales").earliest("pk").minutes

    (line,) = cost.lines(cast["dora"], Q4)
    assert (line.customers, line.ordered, line.margin, line.service, line.left) == (
        1,
        10_000_00,
        None,
        None,
        None,
    )
    assert (line.minutes_kept, line.minutes_beyond, line.unpriced) == (2 * minutes, 30, 1)
    assert line.benefits == 49 * 100 + 100_00  # 49 days of a yuan a day, and one percent

    Rates.objects.create(pk=1, hour_cost=60_00, margin_share=3_000)
    (line,) = cost.lines(cast["dora"], Q4)
    spent = (2 * minutes + 30) * 100 + 149_00
    assert (line.margin, line.cost, line.left) == (3_000_00, spent, 3_000_00 - spent)
    TierMargin.objects.create(tier=core, margin_share=5_000)
    assert [line.margin for line in cost.lines(cast["dora"], Q4)] == [5_000_00]


def test_directors_say_what_an_hour_costs(client: Client, cast: dict[str, User], acme: Customer) -> None:
    client.force_login(cast["dora"])
    url = reverse("maintenance:ledger_rates")
    core = Tier.objects.get(scale="b2b", key="core")
    wrong = client.post(url, {"hour_cost": "-1", "margin_share": "30", f"tier_{core.pk}": "400"})
    assert wrong.status_code == 422
    assert set(wrong.context["form"].errors) == {"hour_cost", f"tier_{core.pk}"}
    assert 'value="30"' in wrong.text
    right = client.post(url, {"hour_cost": "150", "margin_share": "30%", f"tier_{core.pk}": "42.5"})
    assert right.status_code == 302
    assert list(Rates.objects.values_list("pk", "hour_cost", "margin_share")) == [(1, 150_00, 3_000)]
    assert dict(TierMargin.objects.values_list("tier", "margin_share")) == {core.pk: 4_250}
    client.post(url, {"hour_cost": "", "margin_share": "", f"tier_{core.pk}": ""})
    assert (Rates.known().hour_cost, TierMargin.objects.count()) == (None, 0)


# Hours


@pytest.mark.parametrize(
    "due_on, every, times",
    [
        (TODAY, 7, 4),
        (TODAY - 20 * ONE_DAY, 7, 4),
        (TODAY + 27 * ONE_DAY, 7, 1),
        (TODAY + 28 * ONE_DAY, 7, 0),
        (TODAY, None, 1),
    ],
)
def test_what_is_late_is_owed_once_and_the_next_by_its_rhythm(
    due_on: date, every: int | None, times: int
) -> None:
    last = TODAY + 27 * ONE_DAY
    assert counting.times_until(due_on, every=every, today=TODAY, last=last) == times


def test_hours_owed_against_hours_there(cast: dict[str, User], acme: Customer) -> None:
    User.objects.filter(pk=cast["alice"].pk).update(weekly_hours=10)
    weekly = Promise.objects.filter(playbook__tier__key="core", unit="week", department="sales").earliest(
        "pk"
    )
    promised(acme, TODAY - 9 * ONE_DAY, assignee=cast["alice"])
    Obligation.objects.update(promise=weekly, key=weekly.key)

    (line,) = hours.owed(Obligation.objects.all(), today=TODAY).people

    assert line.name == cast["alice"].name
    assert line.overdue * 60 == weekly.minutes
    assert [int(window.owed * 60) for window in line.windows] == [
        weekly.minutes, 4 * weekly.minutes, 13 * weekly.minutes
    ]  # fmt: skip
    # Wednesday to Friday; four weeks of working days; of thirteen weeks with New Year's Day and the Spring Festival fewer.
    assert [window.there for window in line.windows][:2] == [6, 40]
    assert line.windows[2].there < 130


# Kept promises and tiers


def changed(customer: Customer, tier: str | None, on: date) -> None:
    row = Tier.objects.get(scale="b2b", key=tier) if tier else None
    before = TierChange.objects.filter(customer=customer).order_by("-pk").first()
    TierChange.objects.create(
        customer=customer, from_tier=before.to_tier if before else None, to_tier=row, effective_on=on, changed_at=at(on),
        reason={},
    )  # fmt: skip


def test_kept_promises_beside_what_became_of_the_tier(
    cast: dict[str, User], make_customer: MakeCustomer
) -> None:
    """Kept, broken → the tier that follows."""
    courses: list[tuple[int, int, str | None]] = [
        (4, 0, "core"), (4, 0, "important"), (3, 1, "important"), (3, 1, "regular"), (2, 1, "regular"), (0, 1, None),
        (0, 0, "core"),
    ]  # fmt: skip
    for n, (kept, broken, then) in enumerate(courses):
        customer = make_customer(f"C{n}", owner=cast["alice"])
        changed(customer, "important", date(2026, 6, 30))
        if then != "important":
            changed(customer, then, date(2026, 9, 30))
        for _n in range(kept):
            promised(customer, date(2026, 8, 5), State.DONE)
        for _n in range(broken):
            promised(customer, date(2026, 8, 5), missed_on=date(2026, 8, 8))
    newcomer = make_customer("New", owner=cast["alice"])
    changed(newcomer, "core", date(2026, 7, 1))
    promised(newcomer, date(2026, 8, 5), State.DONE)

    lines = faith.lines(cast["dora"], Obligation.objects.all(), Q3)

    assert [(line.rose, line.stayed, line.fell, line.other) for line in lines] == [
        (1, 1, 0, 0), (0, 1, 1, 0), (0, 0, 1, 1),
    ]  # fmt: skip
    assert [line.held for line in lines] == [None, None, None]


def test_shares_are_told_from_thirty_cases_on() -> None:
    assert faith.Line("", rose=10, stayed=15, fell=4, other=99).held is None
    enough = faith.Line("", rose=10, stayed=15, fell=5, other=99)
    assert (enough.held, [share for _n, share in enough.shares]) == (8_333, [3_333, 5_000, 1_667])


# Days


def test_days_are_those_of_the_office(cast: dict[str, User], acme: Customer) -> None:
    """23:59 there is the afternoon in UTC; half a minute later it is the next day."""
    moments = [at(date(2026, 10, 20), 0) + timedelta(hours=24, seconds=second) for second in (-1, 0)]
    for moment in moments:
        a_talk(acme, cast["alice"], at=moment)
    days = Interaction.objects.order_by("at").annotate(day=LocalDay("at")).values_list("day", flat=True)
    assert [str(day) for day in days] == ["2026-10-20", "2026-10-21"]


def test_quarters_end_today() -> None:
    found = counting.quarters(date(2026, 1, 1), 2)
    assert found == [
        Quarter(date(2026, 1, 1), date(2026, 1, 1), is_closed=False),
        Quarter(date(2025, 10, 1), date(2025, 12, 31), is_closed=True),
    ]


def test_addresses_keep_what_is_asked() -> None:
    assert layout.narrowing({"owner": "none", "tier": None, "quarter": "2026Q3"}) == {"owner": "none"}
