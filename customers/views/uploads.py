"""Files on their way in (being written)."""

from django.http import Http404, HttpResponse

from accounts.http import Request


def index(request: Request) -> HttpResponse:
    raise Http404


send_orders = detail = load = discard = index
