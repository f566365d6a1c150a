import pytest
from django.db.models import ProtectedError
from django.test import Client
from pytest_django.asserts import assertContains

from accounts.models import User
from customers.models import Customer
from maintenance import services, tasks
from maintenance.models import CalendarOverride, Obligation, Snooze
from maintenance.tests.conftest import MakeCustomer, owed, plan


@pytest.fixture
def acme(client: Client, adam: User, make_customer: MakeCustomer) -> Customer:
    customer = make_customer("Acme", owner=adam)
    plan(customer)
    client.force_login(adam)
    return customer


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    "model", ["playbook", "promise", "benefit", "obligation", "snooze", "calendaroverride"]
)
def test_every_model_has_its_list(client: Client, model: str) -> None:
    assert client.get(f"/admin/maintenance/{model}/?q=a").status_code == 200


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("model", [Obligation, Snooze])
def test_what_happened_is_only_looked_at(
    client: Client, adam: User, model: type[Obligation | Snooze]
) -> None:
    name = model._meta.model_name
    call = Obligation.objects.earliest("pk")
    Snooze.objects.create(
        obligation=call, was_due_on="2026-11-01", until="2026-11-09", reason="Fair", by=adam,
        at="2026-11-01T00:00Z",
    )  # fmt: skip
    row = model.objects.earliest("pk")

    assertContains(client.get(f"/admin/maintenance/{name}/{row.pk}/change/"), "readonly")
    assert client.post(f"/admin/maintenance/{name}/{row.pk}/change/", {"reason": "Other"}).status_code == 403
    assert client.post(f"/admin/maintenance/{name}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"/admin/maintenance/{name}/add/").status_code == 403


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", ["add", "change", "delete", "delete many"])
def test_a_change_of_the_calendar_is_planned_for_the_whole_book(
    client: Client, adam: User, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    sweeps: list[int] = []
    monkeypatch.setattr(tasks.sweep, "delay", lambda: sweeps.append(1))
    urls, day = "/admin/maintenance/calendaroverride/", {"day": "2026-11-25"}
    client.force_login(adam)
    row = CalendarOverride.objects.create(day="2026-11-24") if change != "add" else None
    path, data = {
        "add": ("add/", day),
        "change": (f"{row and row.pk}/change/", day),
        "delete": (f"{row and row.pk}/delete/", {"post": "yes"}),
        "delete many": (
            "",
            {"action": "delete_selected", "_selected_action": row.pk if row else "", "post": "yes"},
        ),
    }[change]

    assert client.post(urls + path, data).status_code == 302
    assert sweeps == [1]
    assert [str(day) for day in CalendarOverride.objects.all()] == (
        [] if "delete" in change else ["2026-11-25"]
    )


def test_nothing_that_is_owed_is_deleted_with_its_promise(acme: Customer) -> None:
    call = owed(acme, "contact")

    with pytest.raises(ProtectedError):
        call.promise.delete()
    assert services.replan(None, today=call.due_on) == services.Replanned()
