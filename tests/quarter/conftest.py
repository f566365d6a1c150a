"""Mail that stays in the house. The long spans are lived by `./run quarter` alone."""

import pytest
from pytest_django import Settings

from tests.quarter import ASKED_FOR

collect_ignore_glob = [] if ASKED_FOR else ["test_quarters.py"]


@pytest.fixture(autouse=True)
def _mail_is_sent(settings: Settings) -> None:
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
