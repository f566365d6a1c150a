from hashlib import sha256
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.exports import lists
from accounts.models import ColumnSet, User
from accounts.models.export import ExportQuerySet
from toolbox.choices import NameField
from toolbox.forms import date_input

MOST_FAILURES = 10
WITHIN = 15 * 60
"""Seconds."""


class LoginForm(AuthenticationForm):
    """Whoever failed too often from the same address waits a while, even with the right password."""

    def clean(self) -> dict[str, Any]:
        key = self.failures_key()
        if cache.get(key, 0) >= MOST_FAILURES:
            raise ValidationError(
                _("Too many attempts to log in. Wait a quarter of an hour, then try again."), code="throttled"
            )
        try:
            data = super().clean()
        except ValidationError:
            cache.add(key, 0, WITHIN)
            try:
                cache.incr(key)
            except ValueError:  # it has just run out
                cache.set(key, 1, WITHIN)
            raise
        if self.get_user() is not None:  # a form without a password was no log-in
            cache.delete(key)
        return data

    def failures_key(self) -> str:
        about = f"{self.cleaned_data.get('username', '').casefold()}\n{self.address()}"
        return f"login-failures-{sha256(about.encode()).hexdigest()}"

    def address(self) -> str:
        """Behind another server, the address it was asked from: the last one of the chain is its own word."""
        asked_by: dict[str, str] = self.request.META if self.request else {}
        forwarded = asked_by.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_HTTPS else ""
        return forwarded.rsplit(",", 1)[-1].strip() or asked_by.get("REMOTE_ADDR", "")


class SettingsForm(forms.ModelForm[User]):
    """What people may change about themselves."""

    class Meta:
        model = User
        fields = ["display_name", "email", "wants_mail", "phone", "language"]
        help_texts = {"language": ""}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = self.fields["language"]
        assert isinstance(language, forms.TypedChoiceField)  # noqa: S101 - for the type checker
        language.choices = [("", _("As the browser asks")), *settings.LANGUAGES]


class ColumnSetForm(forms.ModelForm[ColumnSet]):
    """A name for the columns that are ticked. The same name again replaces what it stood for."""

    class Meta:
        model = ColumnSet
        fields = ("name", "is_shared")


def listed_lists() -> list[tuple[str, str]]:
    named = sorted((str(listing.name), key) for key, listing in lists.lists.items())
    return [("", str(_("All"))), *((key, name) for name, key in named)]


class LogFilterForm(forms.Form):
    """What the record of exports may be asked."""

    by = NameField(label=_("Exported by"), queryset=User.objects.all(), required=False, empty_label=_("All"))
    list = forms.ChoiceField(label=_("List"), choices=listed_lists, required=False)
    since = forms.DateField(label=_("Exported on (from)"), required=False, widget=date_input())
    until = forms.DateField(label=_("Exported on (to)"), required=False, widget=date_input())

    def narrowed(self, exports: ExportQuerySet) -> ExportQuerySet:
        """Nothing where something is not understood."""
        if not self.is_valid():
            return exports.none()
        said = self.cleaned_data
        asked = {
            "by": said["by"],
            "listing": said["list"],
            "created_at__date__gte": said["since"],
            "created_at__date__lte": said["until"],
        }
        return exports.filter(**{name: value for name, value in asked.items() if value})
