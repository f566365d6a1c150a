"""What is true of the whole API."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User

if TYPE_CHECKING:
    from playwright.sync_api import Page

LOCAL_CACHE = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


@pytest.mark.django_db(transaction=True)
def test_its_description_can_be_read_in_the_browser(
    sign_in: "Callable[[User], Page]", transactional_db: None, dora: User
) -> None:
    """The page fixture fails on whatever the security policy refuses."""
    page = sign_in(dora)
    page.goto(reverse("api-docs"))
    page.get_by_text("/api/v1/customers/", exact=True).first.click()
    page.get_by_text("amount_from").first.wait_for()


def test_a_program_that_asks_too_often_is_told_to_wait(client: Client, dora: User, settings: Any) -> None:
    settings.CACHES = LOCAL_CACHE
    address = reverse("tier-change-list")
    client.force_login(dora)
    assert client.get(address).status_code == 200
    cache.set(f"throttle_user_{dora.pk}", [time.time()] * 3_600)  # as if
    answer = client.get(address)
    assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)
