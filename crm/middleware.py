"""What the database could not do now, said as such; and pages on their way, packed."""

from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render

LOCKED = ("lock timeout", "database is locked", "could not serialize access", "deadlock detected")
"""How PostgreSQL and SQLite say that somebody else held what was wanted, and for too long."""
AGAIN_AFTER = 60
"""Seconds."""


class BusyMiddleware:
    """Whoever waited in vain for a re-grade that is published, or for a file that is loaded, is told so.

    The transaction is over and nothing of it stays, so the same may be sent again.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, OperationalError) or not any(word in str(exception) for word in LOCKED):
            return None
        response = render(request, "503.html", status=503)
        response.headers["Retry-After"] = str(AGAIN_AFTER)
        return response


class PackPagesMiddleware(GZipMiddleware):
    """A day of 50 cards is 330 KB of HTML, and 25 when packed. Files are packed as they are. Django varies the length, against BREACH."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)
