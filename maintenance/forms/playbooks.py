"""What people may type about a playbook."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Channel
from maintenance.cadence import OCCASIONS, Unit
from maintenance.models import Benefit, Playbook, Promise
from maintenance.models.playbook import FESTIVALS
from toolbox.forms import date_input


class BeginForm(forms.Form):
    like = forms.ModelChoiceField(Playbook.objects.exclude(starts_on=None), required=False)


class TimesForm(forms.ModelForm[Playbook]):
    class Meta:
        model = Playbook
        fields = ["respond_within_minutes", "solve_within_working_hours"]
        help_texts = {
            "respond_within_minutes": _(
                "Empty: no promise. 120 are two working hours: the clock stops outside business hours."
            ),
            "solve_within_working_hours": _("Empty: no promise. The clock stops outside business hours."),
        }


class PromiseForm(forms.ModelForm[Promise]):
    """`key` names what is done: what was kept of it in another tier or version counts here too."""

    key = forms.ChoiceField(
        label=_("Counts as the same"),
        required=False,
        help_text=_("What was kept of it under another version or tier counts for this one too."),
    )
    festivals = forms.MultipleChoiceField(
        label=_("Festivals"),
        required=False,
        choices=[(festival.value, name) for festival, name in FESTIVALS.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only for festivals. None: Spring Festival and Mid-Autumn Festival."),
    )

    class Meta:
        model = Promise
        fields = [
            "title_zh", "title_en", "department", "channel", "interval", "unit", "festivals", "one_for_all",
            "by_contact", "grace_days", "minutes", "key", "position",
        ]  # fmt: skip
        help_texts = {
            "interval": _("A number, with the unit beside it: every 2 weeks, within 7 days after an order."),
            "position": _("Its place in the list. 0: at the end."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        key = self.fields["key"]
        assert isinstance(key, forms.ChoiceField)  # noqa: S101 - for the type checker
        key.choices = [("", _("something of its own")), *self._keys()]
        channel = self.fields["channel"]
        assert isinstance(channel, forms.ChoiceField)  # noqa: S101 - likewise
        channel.choices = [("", _("any")), *Channel.choices]
        self.fields["festivals"].initial = list(self.instance.festivals)
        self.fields["festivals"].show_hidden_initial = False

    def _keys(self) -> list[tuple[str, str]]:
        """What the tiers of the scale are promised already, each once."""
        scale = self.instance.playbook.tier.scale
        rows = Promise.objects.filter(playbook__tier__scale=scale).order_by(
            "playbook__tier__rank", "-playbook__number", "position"
        )
        found: dict[str, str] = {}
        for promise in rows:
            found.setdefault(promise.key, promise.title)
        return list(found.items())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        unit = data.get("unit")
        if unit in OCCASIONS:
            data["interval"] = 1
        chosen = data.get("festivals") or []
        self.instance.which = " ".join(chosen) if unit == Unit.FESTIVAL else ""
        like = Promise.objects.filter(
            playbook=self.instance.playbook, key=data.get("key"), department=data.get("department")
        )
        if data.get("key") and like.exclude(pk=self.instance.pk).exists():
            self.add_error("key", _("This playbook promises that already for this department."))
        return data


class BenefitForm(forms.ModelForm[Benefit]):
    class Meta:
        model = Benefit
        fields = ["title_zh", "title_en", "kind", "yearly_cost", "cost_share", "position"]
        help_texts = {"position": _("Its place in the list. 0: at the end.")}


LINES: dict[str, type[PromiseForm] | type[BenefitForm]] = {"promise": PromiseForm, "benefit": BenefitForm}
"""The lines of a playbook, by their word in the address."""


class InForceForm(forms.Form):
    starts_on = forms.DateField(
        label=_("In force from"),
        widget=date_input(),
        help_text=_("What is open is planned anew in the night to that day; for today at once."),
    )
    note = forms.CharField(
        label=_("What changed"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For whoever looks at the versions later."),
    )

    def __init__(self, data: Any = None, *, playbook: Playbook, starts_on: date) -> None:
        super().__init__(data, initial={"starts_on": starts_on})
        self.playbook = playbook

    def clean(self) -> None:
        """Nobody puts in force what was compared with another version than the one before it."""
        starts_on = self.cleaned_data.get("starts_on")
        if not starts_on or "against" not in self.data:
            return
        before = Playbook.objects.before(self.playbook, starts_on=starts_on, today=timezone.localdate())
        if before and self.data["against"] != str(before.pk):
            raise ValidationError(
                _(
                    "On the day before, version %(number)s is in force. Look at what would change against that one, then put this one in force."
                ),
                params={"number": before.number},
            )


def refused(form: forms.BaseForm, refusal: ValidationError) -> None:
    """What the service refuses, at the fields of the form that it is about."""
    if not hasattr(refusal, "error_dict"):
        form.add_error(None, refusal)
        return
    for name, errors in refusal.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)
