"""The story as code: facts → a re-grade → tier changes with reasons → promises → a kept one is a fact again."""

import subprocess
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from customers.models import Customer, Order
from customers.tests.making import LONG_AGO
from maintenance.models import Obligation
from tiering.models import Chunk, Run, TierChange
from tiering.tests.sheets_making import edited, put

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Person:
    """Somebody at a browser."""

    def __init__(self, user: User) -> None:
        self.client = Client()
        self.client.force_login(user)

    def sees(self, url: str, **query: Any) -> Any:
        """The page's context."""
        response = self.client.get(url, query)
        assert response.status_code == 200, (url, response.status_code)
        return response.context

    def reads(self, url: str) -> str:
        return self.client.get(url).content.decode()

    def does(self, url: str, **data: Any) -> str:
        """Posts the form and is sent on to the address that is returned."""
        response = self.client.post(url, data)
        assert response.status_code == 302, (
            url,
            response.status_code,
            response.context and response.context["form"].errors,
        )
        return response.headers["Location"]


@pytest.fixture
def clock(transactional_db: None) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 7, 1, 9, tzinfo=SHANGHAI)) as traveller:
        yield traveller


def records(person: Person, customer: str, kind: str, **data: Any) -> None:
    assert person.does(f"{customer}add/{kind}/", **data) == customer


def a_good_quarter(manager: Person, acme: str) -> None:
    for n in range(12):
        day = date(2026, 7, 5) + timedelta(days=6 * n)
        order = {"number": f"S-{n + 2}", "ordered_on": day, "amount": "25万", "customised_share": "8000"}
        records(manager, acme, "order", **order)
        records(manager, acme, "payment", amount="25万", due_on=day, paid_on=day)
    records(
        manager,
        acme,
        "contract",
        number="K-1",
        starts_on="2025-09-01",
        ends_on="2026-08-31",
        renewed_on="2026-08-20",
    )
    for indicator in ("service_response", "expansion_plan", "referral_ability"):
        assert (
            manager.does(f"{acme}rate/", indicator=indicator, rating="5", evidence="The new plant.") == acme
        )
    manager.does(
        f"{acme}figure/", indicator="industry_outlook", value="90", as_of="2026-09-01", source="A study"
    )


def the_tier_sheet_goes_out_and_comes_back(manager: Person, acme: str) -> None:
    code = Customer.objects.get().code
    sheet = b"".join(manager.client.get("/customers/sheet/"))
    sheet = edited(sheet, lambda page: put(page, code, "Customer notes", "Second plant in Yubei."))
    upload = manager.does("/customers/sheet/import/", file=SimpleUploadedFile("tiers.xlsx", sheet))
    assert manager.sees(upload)["upload"].state == "checked"
    assert Customer.objects.get().notes == ""
    manager.does(f"{upload}load/")
    assert manager.sees(upload)["upload"].state == "loaded"
    assert Customer.objects.get().notes == "Second plant in Yubei."
    assert "Second plant in Yubei." in manager.reads(acme)


def test_the_whole_story(clock: time_machine.Traveller, alice: User, dora: User) -> None:
    manager, director = Person(alice), Person(dora)

    # In summer there is a customer of whom little is known.
    acme = manager.does(
        "/customers/new/",
        name="重庆长安精工",
        kind="enterprise",
        lifecycle="active",
        cooperation_since="2015-01-01",
    )
    records(manager, acme, "contact", name="韩梅梅", phone="13800138000", is_primary="on")
    records(manager, acme, "order", number="S-1", ordered_on="2026-05-10", amount="5万")
    records(manager, acme, "payment", amount="5万", due_on="2026-06-10", paid_on="2026-06-30")
    run = director.does("/regrades/start/", as_of="2026-06-30")
    assert director.sees(run)["run"].state == Run.State.PUBLISHED
    assert manager.sees(acme)["customer"].standing.tier.key == "regular"
    assert set(Obligation.objects.open().values_list("tier__key", flat=True)) == {"regular"}

    # It becomes a good one.
    clock.move_to(datetime(2026, 9, 25, 9, tzinfo=SHANGHAI))
    manager, director = Person(alice), Person(dora)
    a_good_quarter(manager, acme)

    # The quarter ends: a tier change with its reason.
    clock.move_to(datetime(2026, 10, 1, 9, tzinfo=SHANGHAI))
    manager, director = Person(alice), Person(dora)
    run = director.does("/regrades/start/", as_of="2026-09-30")
    outcome = director.sees(run)["outcome"]
    assert (outcome.upgrades, outcome.downgrades, outcome.firsts) == (1, 0, 0)
    change = TierChange.objects.latest("pk")
    assert (change.from_tier and change.from_tier.key, change.to_tier.key) == ("regular", "core")
    told = manager.sees(f"/tier-changes/{change.pk}/")
    assert "Annual cooperation amount ¥50,000 → ¥3,050,000" in told["sentence"]
    assert f"{sum(row.delta for row in told['rows']) / 100:+.2f}" == told["total"]
    manager.does(f"/tier-changes/{change.pk}/", words="They opened a second plant.")
    assert "They opened a second plant." in manager.reads(f"/tier-changes/{change.pk}/")
    assert (
        manager.sees(f"{acme}grading/")["view"].grading.total == manager.sees(acme)["customer"].standing.total
    )

    # Other promises follow from it, and a kept one is a fact on the timeline.
    owed = Obligation.objects.open()
    assert set(owed.values_list("tier__key", flat=True)) == {"core"}
    assert {line.obligation.pk for line in manager.sees("/obligations/")["lines"]} == set(
        owed.values_list("pk", flat=True)
    )
    call = owed.filter(assignee=alice).earliest("due_on")
    manager.does(f"/obligations/{call.pk}/complete/", channel="phone", note="Asked about the second plant.")
    [talk] = manager.sees(f"{acme}timeline/")["timeline"].rows
    assert (talk.note, talk.by, talk.department) == ("Asked about the second plant.", alice, "sales")
    call.refresh_from_db()
    assert (call.state, call.interaction) == (Obligation.State.DONE, talk)
    [following] = owed.filter(promise=call.promise)
    assert following != call

    the_tier_sheet_goes_out_and_comes_back(manager, acme)


def test_a_customer_s_way_out_and_back(clock: time_machine.Traveller, alice: User, dora: User) -> None:
    """Archived, nothing is owed and no run grades it; restored, it is there as before."""
    manager, director = Person(alice), Person(dora)
    acme = manager.does("/customers/new/", name="Acme", kind="enterprise", lifecycle="active")
    director.does(f"{acme}tier/", tier=core().pk, reason="A project.", expires_on="2026-12-31")
    assert Obligation.objects.open().exists()

    manager.does(f"{acme}archive/", do="archive")
    run = director.does("/regrades/start/", as_of="2026-06-30")
    assert director.sees(run)["run"].customers == 0
    counts = manager.sees("/my-day/")["counts"]
    assert [str(n) for n in (counts.overdue, counts.today, counts.this_week, counts.later)] == ["0"] * 4

    manager.does(f"{acme}archive/", do="restore")
    assert manager.sees(acme)["customer"].standing.tier == core()


def core() -> Any:
    from customers.models import Tier

    return Tier.objects.get(scale="b2b", key="core")


@pytest.mark.postgres
def test_a_real_worker_grades_what_was_started_in_the_browser(
    celery_worker_process: subprocess.Popen[bytes], dora: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through PostgreSQL and Redis to another process and back to the page that polls."""
    from tiering import regrade

    monkeypatch.setattr(regrade, "CHUNK_SIZE", 40)
    today = timezone.localdate()
    a_book(100, on=today)
    director = Person(dora)

    page = director.does("/regrades/start/", as_of=today.isoformat())

    until = time.monotonic() + 60
    while (run := director.sees(page)["run"]).is_active:
        assert celery_worker_process.poll() is None
        assert time.monotonic() < until, run.state
        director.client.get(page, headers={"hx-request": "true"})
        time.sleep(0.2)
    assert (run.state, run.error, run.customers, run.chunk_count) == ("published", "", 100, 3)
    assert set(run.chunks.values_list("state", "attempts")) == {(Chunk.State.DONE, 1)}
    assert run.gradings.count() == 100
    tiers = {tier.key: count for tier, count, _amount in director.sees(page)["outcome"].tiers}
    assert sum(tiers.values()) == TierChange.objects.filter(run=run).count() == 100
    assert "HX-Refresh" in director.client.get(page, headers={"hx-request": "true"}).headers
    wait_for_promises(until)


def a_book(size: int, *, on: date) -> None:
    """Customers with an order, a payment of it and a day on which the cooperation began."""
    from customers.models import Payment, Standing

    with transaction.atomic():
        customers = Customer.objects.bulk_create(
            Customer(code=f"E{n}", name=f"Customer {n}", cooperation_since=on - timedelta(days=20 * n))
            for n in range(size)
        )
        Customer.objects.update(created_at=LONG_AGO)
        Standing.objects.bulk_create(Standing(customer=customer) for customer in customers)
        Order.objects.bulk_create(
            Order(
                customer=customer, number=f"E{n}", ordered_on=on, amount=n * 10_000_00, recorded_at=LONG_AGO
            )
            for n, customer in enumerate(customers, start=1)
        )
        Payment.objects.bulk_create(
            Payment(customer=customer, amount=100, due_on=on, paid_on=on, recorded_at=LONG_AGO)
            for customer in customers
        )


def wait_for_promises(until: float) -> None:
    """The worker hears the news too, and plans."""
    while Obligation.objects.values("customer").distinct().count() < 100:
        assert time.monotonic() < until, "nothing is planned"
        time.sleep(0.2)
