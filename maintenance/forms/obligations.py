"""What people may type about a promise."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from accounts.models import SUPPORT, User
from customers.models import Channel, Interaction, Topic
from customers.services import moment_of
from maintenance import services, worklist
from maintenance.cadence import OCCASIONS, next_due
from maintenance.models import Obligation
from toolbox.choices import NameField

LATEST = 20


def day_picker(*, autofocus: bool = False) -> forms.DateInput:
    more = {"data-autofocus": True} if autofocus else {}
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", **more})


class _OfPromises(forms.Form):
    """About one promise, in its row, or about many on a page of their own."""

    def __init__(self, data: Any = None, *, obligation: Obligation | None = None, **more: Any) -> None:
        auto_id = f"id_{obligation.pk}_%s" if obligation else "id_many_%s"
        super().__init__(data, auto_id=auto_id, **more)


class ManyCompletionForm(_OfPromises):
    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices, initial=Channel.PHONE)
    topic = forms.ChoiceField(label=_("Topic"), choices=[("", "–"), *Topic.choices], required=False)
    on = forms.DateField(
        label=_("On which day"), required=False, initial=timezone.localdate, widget=day_picker()
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 2, "data-autofocus": True}),
        help_text=_("What was said and agreed. It appears on the customer's timeline."),
    )

    def clean_on(self) -> date | None:
        on: date | None = self.cleaned_data["on"]
        moment_of(on, now=timezone.now())
        return on


class CompletionForm(ManyCompletionForm):
    next_on = forms.DateField(label=_("The next one on"), required=False, widget=day_picker())

    def __init__(self, data: Any = None, *, obligation: Obligation) -> None:
        preferred = obligation.promise.channel or obligation.customer.preferred_channel
        super().__init__(data, obligation=obligation, initial={"channel": preferred or Channel.PHONE})
        if obligation.order_id:
            del self.fields["next_on"]  # nothing follows a reaction
        else:
            self.fields["next_on"].help_text = _by_rule(obligation)


def _by_rule(obligation: Obligation) -> Any:
    """When the next one is due without a word about it."""
    rhythm = obligation.promise.cadence
    if rhythm.unit in OCCASIONS:
        return _("Empty: on the next occasion.")
    day = next_due(rhythm, kept_on=timezone.localdate(), overrides=services.office_days())
    return _("Empty: as promised; after a contact of today on %(day)s.") % {"day": date_format(day)}


class SnoozeForm(_OfPromises):
    until = forms.DateField(label=_("Until"), widget=day_picker(autofocus=True))
    reason = forms.CharField(label=_("Reason"), max_length=500)


class MoveForm(SnoozeForm):
    """In the calendar the day is known already: what is missing is why."""

    until = forms.DateField(label=_("To the day"), widget=day_picker())
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.TextInput(attrs={"data-autofocus": True})
    )


class ReasonForm(_OfPromises):
    """Why it is skipped or excused."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.TextInput(attrs={"data-autofocus": True}),
        help_text=_("It stays with the promise, for everybody to see."),
    )


class HandOverForm(_OfPromises):
    """To whom: one's own department, or whoever supports where one answers for all."""

    to = NameField(
        label=_("For whom to do"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Anybody in the department"),
        help_text=_("Colleagues of the department that owes it."),
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        roles = list(SUPPORT) if user.sees_all else [user.role]
        field.queryset = User.objects.filter(is_active=True, role__in=roles)


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
        if user.is_support:
            field.queryset = field.queryset.exclude(pk=user.pk)
            field.empty_label = _("Mine and nobody's")
        else:
            field.empty_label = _("Everybody") if user.sees_all else _("My team")

    @property
    def has_choice(self) -> bool:
        return self.user.answers_for_others or self.user.is_support

    @property
    def chosen(self) -> User | None:
        return self.cleaned_data.get("person") if self.is_valid() else None
