from hashlib import sha256
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import notices
from accounts.exports import lists
from accounts.http import address_of
from accounts.models import ColumnSet, Endpoint, OptOut, User
from accounts.models.export import ExportQuerySet
from accounts.webhooks import delivering, sending
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
        return address_of(self.request) if self.request else ""


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

    use_required_attribute = False  # the browser must not ask for a name of whoever exports

    class Meta:
        model = ColumnSet
        fields = ("name", "is_shared")


def listed_lists() -> list[tuple[str, str]]:
    """Those of one name, as orders of all customers and of one, are one choice."""
    keys = {str(listing.name): key for key, listing in (lists.lists | lists.sheets).items()}
    return [("", str(_("All"))), *((key, name) for name, key in sorted(keys.items()))]


def of_one_name(key: str) -> list[str]:
    """The keys that a choice of `listed_lists` stands for."""
    every = lists.lists | lists.sheets
    return [other for other, listing in every.items() if str(listing.name) == str(every[key].name)]


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
            "listing__in": of_one_name(said["list"]) if said["list"] else [],
            "created_at__date__gte": said["since"],
            "created_at__date__lte": said["until"],
        }
        return exports.filter(**{name: value for name, value in asked.items() if value})


HOURS: Final = [(hour, f"{hour:02}:00") for hour in range(24)]


def hour_choice(old: forms.Field, nothing: str | Promise = "–") -> forms.Field:
    """An hour of the day, or nothing."""
    return forms.TypedChoiceField(
        label=old.label,
        help_text=old.help_text,
        choices=[("", nothing), *HOURS],
        coerce=int,
        empty_value=None,
        required=False,
    )


def refuse_half_a_quiet_time(form: forms.Form | forms.ModelForm[Any]) -> None:
    begins, ends = form.cleaned_data.get("quiet_from"), form.cleaned_data.get("quiet_until")
    if (begins is None) != (ends is None) and not form.errors:
        missing = "quiet_from" if begins is None else "quiet_until"
        form.add_error(missing, _("Quiet hours need a beginning and an end. Choose both, or none."))
    elif begins is not None and begins == ends:
        form.add_error("quiet_until", _("Quiet hours end at another hour than they begin."))


class NotificationsForm(forms.ModelForm[User]):
    """What one is told, by which channel, and when. Of every kind and channel a box: ticked is wanted."""

    class Meta:
        model = User
        fields = ["wants_mail", "digest_hour", "quiet_from", "quiet_until"]

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data, instance=user)
        self.fields["digest_hour"] = hour_choice(self.fields["digest_hour"], _("None"))
        for name in ("quiet_from", "quiet_until"):
            self.fields[name] = hour_choice(self.fields[name])
        otherwise = set(OptOut.objects.filter(user=user).values_list("kind", "channel"))
        for kind, called in notices.names.items():
            for channel in OptOut.Channel:
                self.fields[f"{kind}-{channel.value}"] = forms.BooleanField(
                    label=f"{called} · {channel.label}",
                    required=False,
                    initial=notices.comes(kind, channel) == ((kind, channel.value) not in otherwise),
                )

    @property
    def rows(self) -> list[tuple[str, Any, Any]]:
        """Kinds with their two boxes."""
        return [
            (str(name), self[f"{kind}-{OptOut.Channel.BELL}"], self[f"{kind}-{OptOut.Channel.EMAIL}"])
            for kind, name in notices.names.items()
        ]

    def clean(self) -> None:
        super().clean()
        refuse_half_a_quiet_time(self)

    @transaction.atomic
    def save(self, commit: bool = True) -> User:
        user = super().save(commit)
        OptOut.objects.filter(user=user, kind__in=list(notices.names)).delete()
        OptOut.objects.bulk_create(
            OptOut(user=user, kind=kind, channel=channel)
            for kind in notices.names
            for channel in OptOut.Channel
            if self.cleaned_data[f"{kind}-{channel.value}"] != notices.comes(kind, channel)
        )
        return user


class EndpointForm(forms.ModelForm[Endpoint]):
    """Address and secret are not shown again: left empty, they stay."""

    url = forms.CharField(
        label=_("Address"),
        max_length=1_000,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url"}),
    )
    secret = forms.CharField(
        label=_("Secret"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "JSON: empty makes one, which is shown once. DingTalk and Feishu: the key of “signature”, if the bot has one. WeCom: none."
        ),
    )
    kinds = forms.MultipleChoiceField(label=_("What it is told"), widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = Endpoint
        fields = [
            "name", "format", "url", "secret", "kinds", "language", "quiet_from", "quiet_until", "is_active",
        ]  # fmt: skip

    def __init__(self, data: Any = None, *, instance: Endpoint) -> None:
        self.before = (instance.url, instance.secret)
        super().__init__(data, instance=instance, initial={"url": "", "secret": ""})
        kinds = self.fields["kinds"]
        assert isinstance(kinds, forms.MultipleChoiceField)  # noqa: S101 - for the type checker
        kinds.choices = list(delivering.names())
        for name in ("quiet_from", "quiet_until"):
            self.fields[name] = hour_choice(self.fields[name])
        if instance.pk:
            self.fields["url"].help_text = _("Empty: stays as it is.")

    def clean(self) -> None:
        super().clean()
        refuse_half_a_quiet_time(self)

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"] or self.before[0]
        if not url:
            raise ValidationError(_("Give the address that news is sent to."))
        if fault := sending.fault_of(url):
            raise ValidationError(fault)
        return url

    def clean_secret(self) -> str:
        secret: str = self.cleaned_data["secret"] or self.before[1]
        return secret
