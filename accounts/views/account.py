"""Log-in, own settings and the choice of language."""

from typing import Any

from django.conf import settings as django_settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import feeds, notices as telling
from accounts.forms import LoginForm, NotificationsForm, SettingsForm
from accounts.http import Request
from accounts.middleware import CHOSEN
from accounts.models import CalendarFeed, Notice, User
from toolbox.pages import Order, keyset_page

NEWEST = Order("newest", "at", descending=True, value=lambda notice: notice.at.isoformat())


class Login(auth_views.LoginView):
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """In the demo the page lists whom one can be."""
        people = User.objects.filter(is_active=True).select_related("team").order_by("pk")[:20]
        return super().get_context_data(**kwargs) | {"people": people if django_settings.DEMO else []}


@login_not_required
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Remember the language: on the user when somebody is signed in, in a cookie always."""
    language = request.POST.get("language", "")
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    if language in dict(django_settings.LANGUAGES):
        if isinstance(request.user, User):
            request.user.language = language
            request.user.save(update_fields=["language"])
        response.set_cookie(CHOSEN, language, max_age=31_536_000, samesite="Lax", secure=request.is_secure())
    return response


def settings(request: Request) -> HttpResponse:
    form = SettingsForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Settings saved."))
        return redirect("accounts:settings")
    return render(request, "registration/settings.html", {"form": form})


def notifications(request: Request) -> HttpResponse:
    """What one is told, by which channel, and when."""
    form = NotificationsForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Settings saved."))
        return redirect("accounts:notifications")
    return _notifications(request, form)


@require_POST
def feed(request: Request) -> HttpResponse:
    """The address of one's calendar: a new one, which is shown this once, or none any more."""
    if request.POST.get("do") == "revoke":
        feeds.revoke(request.user)
        messages.success(request, _("The address opens nothing any more."))
        return redirect("accounts:notifications")
    address = feeds.make(request.user, at=timezone.now())
    return _notifications(request, NotificationsForm(user=request.user), address=address)


@never_cache
def _notifications(request: Request, form: NotificationsForm, *, address: str = "") -> HttpResponse:
    context = {
        "form": form,
        "sends_mail": django_settings.SENDS_MAIL,
        "feed": CalendarFeed.objects.filter(user=request.user).first(),
        "address": address,
    }
    return render(request, "registration/notifications.html", context, status=422 if form.errors else 200)


def notices(request: Request) -> HttpResponse:
    """What one was told, the newest first; a POST marks all of it as read."""
    if request.method == "POST":
        telling.read(request.user, at=timezone.now())
        return redirect("accounts:notices")
    mine = Notice.objects.visible_to(request.user)
    page = keyset_page(mine, order=NEWEST, cursor=request.GET.get("cursor", ""), size=30)
    rows = telling.words(page.rows, request.user)
    return render(request, "accounts/notices.html", {"page": page, "rows": rows})


def notice(request: Request, pk: int) -> HttpResponse:
    """Marks it as read and leads to what it is about."""
    found = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    telling.read(request.user, pk=pk, at=timezone.now())
    [(_notice, words)] = telling.words([found], request.user)
    return redirect(words.url if words and words.url else "accounts:notices")


def password_changed(request: Request) -> HttpResponse:
    messages.success(request, _("Password changed."))
    return redirect("accounts:settings")
