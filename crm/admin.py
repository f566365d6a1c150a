"""The branded admin site."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.contrib.admin import AdminSite
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from accounts.http import once

V = TypeVar("V", bound=Callable[..., HttpResponseBase])


class TierbookAdminSite(AdminSite):
    site_header = _("Tierbook administration")
    site_title = _("Tierbook")
    index_title = _("Schemes, playbooks, people and schedules")
    site_url = "/"
    enable_nav_sidebar = True

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one log-in; whoever is signed in but no administrator is told so by Django's own page."""
        if request.user.is_authenticated:
            return super().login(request, extra_context)
        back = request.GET.get(REDIRECT_FIELD_NAME) or resolve_url("admin:index")
        return redirect_to_login(back, resolve_url("accounts:login"))

    def admin_view(self, view: V, cacheable: bool = False) -> V:
        """A new row sent twice is added once."""
        return super().admin_view(added_once(view) if view.__name__ == "add_view" else view, cacheable)


def added_once(view: V) -> V:
    """Not for the small window in which a related row is added: it closes itself, and answers with no address."""

    def add(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return (view if IS_POPUP_VAR in request.POST else once(cast("Any", view)))(request, *args, **kwargs)

    return cast("V", add)
