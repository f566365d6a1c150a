"""What people may type about a promise."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from customers.models import Channel, Interaction, Topic
from maintenance import worklist
from maintenance.models import Obligation
from toolbox.choices import NameField

LATEST = 20


class CompletionForm(forms.Form):
    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices)
    topic = forms.ChoiceField(label=_("Topic"), choices=[("", "–"), *Topic.choices], required=False)
    note = forms.CharField(
        label=_("Note"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 2, "data-autofocus": True}),
        help_text=_("What was said and agreed. It appears on the customer's timeline."),
    )

    def __init__(self, data: Any = None, *, obligation: Obligation) -> None:
        preferred = obligation.promise.channel or obligation.customer.preferred_channel
        super().__init__(
            data, auto_id=f"id_{obligation.pk}_%s", initial={"channel": preferred or Channel.PHONE}
        )


class SnoozeForm(forms.Form):
    until = forms.DateField(
        label=_("Until"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "data-autofocus": True}),
    )
    reason = forms.CharField(label=_("Reason"), max_length=500)

    def __init__(self, data: Any = None, *, obligation: Obligation) -> None:
        super().__init__(data, auto_id=f"id_{obligation.pk}_%s")


class ReasonForm(forms.Form):
    """Why it is skipped or excused."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.TextInput(attrs={"data-autofocus": True}),
        help_text=_("It stays with the promise, for everybody to see."),
    )

    def __init__(self, data: Any = None, *, obligation: Obligation) -> None:
        super().__init__(data, auto_id=f"id_{obligation.pk}_%s")


class ContactForm(forms.Form):
    """The contact that keeps it: one of the latest with the customer."""

    contact = forms.ModelChoiceField(
        label=_("Contact"), queryset=Interaction.objects.none(), widget=forms.RadioSelect, empty_label=None
    )
    reason = forms.CharField(label=_("Why not the one so far"), max_length=500)

    def __init__(self, data: Any = None, *, obligation: Obligation) -> None:
        super().__init__(data)
        field = self.fields["contact"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        others = Interaction.objects.filter(customer=obligation.customer_id).exclude(
            pk=obligation.interaction_id or 0
        )
        latest = others.order_by("-at", "-pk").values("pk")[:LATEST]
        field.queryset = (
            Interaction.objects.filter(pk__in=list(latest.values_list("pk", flat=True)))
            .select_related("by")
            .order_by("-at", "-pk")
        )
        field.label_from_instance = _said  # type: ignore[method-assign, assignment]
        self.has_choice = bool(field.queryset)
        if obligation.is_open:
            del self.fields["reason"]


def _said(contact: Interaction) -> str:
    return " · ".join(
        (
            date_format(timezone.localtime(contact.at), "DATETIME_FORMAT"),
            contact.get_channel_display(),
            contact.get_department_display(),
            contact.by.name,
            Truncator(contact.note).chars(80),
        )
    )


class WhoseForm(forms.Form):
    """Whose day to look at, among those one may."""

    person = NameField(label=_("Person"), queryset=User.objects.none(), required=False)

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        field = self.fields["person"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = worklist.people(user)
        field.empty_label = _("Everybody") if user.sees_all else _("My team")

    @property
    def has_choice(self) -> bool:
        return self.user.sees_all or self.user.role == Role.TEAM_LEAD

    @property
    def chosen(self) -> User | None:
        return self.cleaned_data.get("person") if self.is_valid() else None
