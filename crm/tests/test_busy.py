"""Whoever waits in vain for somebody else is told so, and nothing is half done."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from customers.tests.making import a_customer
from tiering import publishing
from tiering.models import Override
from tiering.tests.conftest import tier


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody here waits longer than a second for SQLite."""
    if connection.vendor == "sqlite":
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 1)
        monkeypatch.setitem(
            connection.settings_dict["OPTIONS"],
            "init_command",
            "PRAGMA journal_mode=WAL; PRAGMA busy_timeout=1000;",
        )
    connection.close()
    yield
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_who_waits_in_vain_is_asked_to_send_it_again(
    client: Client, dora: User, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = a_customer("Acme", owner=dora)
    client.force_login(dora)
    form = {"tier": tier("core").pk, "reason": "A project.", "expires_on": timezone.localdate()}
    held, may_go = threading.Event(), threading.Event()

    def hold_the_book() -> None:
        try:
            with transaction.atomic():
                publishing.lock_the_book()
                held.set()
                may_go.wait(30)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold_the_book)
        assert held.wait(10)
        monkeypatch.setattr(publishing, "HELD", timedelta(seconds=1))  # the other one has its limit already
        try:
            answer = client.post(
                reverse("tiering:set_by_hand", args=[customer.pk]), form, headers={"accept-language": "en"}
            )
        finally:
            may_go.set()
        holding.result(10)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "send the same again in a minute" in answer.content.decode()
    assert not Override.objects.exists()

    assert client.post(reverse("tiering:set_by_hand", args=[customer.pk]), form).status_code == 302
