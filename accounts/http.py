"""A request in which somebody is signed in, and the doors that only some roles may open."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails

from accounts.models import User

P = ParamSpec("P")


class Request(HttpRequest):
    """What a view behind the log-in receives."""

    user: User
    htmx: HtmxDetails


View = Callable[Concatenate[Request, P], HttpResponse]


def only(may: str) -> Callable[[View[P]], View[P]]:
    """Let in whoever `User.<may>` says yes to; answer 403 to the others."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not getattr(request.user, may):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate
