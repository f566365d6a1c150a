"""A request in which somebody is signed in, the doors that only some roles may open, and forms sent twice."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from hashlib import sha256
from typing import Concatenate, Final, ParamSpec

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django_htmx.http import HttpResponseClientRefresh
from django_htmx.middleware import HtmxDetails

from accounts.models import SentForm, User

P = ParamSpec("P")

REMEMBERED: Final = timedelta(days=1)
"""How long a form that was carried out is known again."""


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


def once(view: View[P]) -> View[P]:
    """The same form sent twice is carried out once; the second sending is answered with the page of the first.

    A form is the same when the page it came from and all that was typed are the same: Django gives each page that
    it renders a token of its own against forgery. Whoever goes back and types something else sends another form.
    The second waits until the first has committed. A form that comes back with its errors was not carried out.
    """

    @wraps(view)
    def guarded(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method != "POST" or "csrfmiddlewaretoken" not in request.POST:
            return view(request, *args, **kwargs)
        SentForm.objects.filter(by=request.user, at__lt=timezone.now() - REMEMBERED).delete()
        with transaction.atomic():
            sent, is_first = SentForm.objects.get_or_create(
                digest=digest(request), defaults={"by": request.user}
            )
            if not is_first:
                return redirect(sent.answer) if sent.answer else HttpResponseClientRefresh()
            answer = view(request, *args, **kwargs)
            if isinstance(answer, HttpResponseRedirect):
                SentForm.objects.filter(pk=sent.pk).update(answer=answer.url)
            elif not (request.htmx and answer.status_code == HttpResponse.status_code):
                transaction.set_rollback(True)
            return answer

    return guarded


def address_of(request: HttpRequest) -> str:
    """Behind another server, the address it was asked from: the last one of the chain is its own word."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_HTTPS else ""
    return forwarded.rsplit(",", 1)[-1].strip() or request.META.get("REMOTE_ADDR", "")


def digest(request: Request) -> str:
    """Of who sent what from which page to where, files included."""
    found = sha256(repr((request.user.pk, request.path, sorted(request.POST.lists()))).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            found.update(repr((name, file.name)).encode())
            for chunk in file.chunks():
                found.update(chunk)
            file.seek(0)
    return found.hexdigest()
