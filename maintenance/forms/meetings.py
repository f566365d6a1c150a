"""What people may type in and about a meeting."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from accounts.models import Team, User
from customers.access import teams_of
from customers.models import Customer
from maintenance.meetings.deciding import people_of, people_who_may
from maintenance.models import Meeting, MeetingTask
from maintenance.models.meeting import MINUTES_LENGTH
from toolbox.choices import InReadingOrder, NameField, said
from toolbox.forms import date_input

A_YEAR = timedelta(days=366)


class OpenForm(forms.Form):
    """Whose meeting: of the teams one leads; of the whole book for who answers for it."""

    team = NameField(Team.objects.none(), label=_("Whose meeting"), required=False)

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data, initial={"team": None if user.sees_all else user.team}, auto_id="id_open_%s")
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = teams_of(user)
        field.required = not user.sees_all
        field.empty_label = _("Whole book") if user.sees_all else None


class MinutesForm(forms.Form):
    words = forms.CharField(
        label=pgettext_lazy("of a meeting", "Minutes"),
        max_length=MINUTES_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def clean_words(self) -> str:
        return str(self.cleaned_data["words"]).strip()


if TYPE_CHECKING:
    _Many = forms.ModelMultipleChoiceField[Model]
else:
    _Many = forms.ModelMultipleChoiceField


class ManyNames(_Many):
    """People, to be ticked."""

    iterator = InReadingOrder

    def label_from_instance(self, obj: Any) -> str:
        return said(obj)


class AttendanceForm(forms.Form):
    people = ManyNames(
        User.objects.none(), label=_("Who was there"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any = None, *, meeting: Meeting) -> None:
        present = meeting.attendants.values("pk")
        super().__init__(data, initial={"people": list(meeting.attendants.all())})
        field = self.fields["people"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 - for the type checker
        # whoever was ticked and has left since stays ticked
        field.queryset = people_of(meeting.team) | User.objects.filter(pk__in=present)


class TaskForm(forms.ModelForm[MeetingTask]):
    assignee = NameField(User.objects.none(), label=_("For whom to do"))

    class Meta:
        model = MeetingTask
        fields = ["what", "due_on", "assignee"]
        widgets = {
            "what": forms.Textarea(attrs={"rows": 2, "data-autofocus": True}),
            "due_on": date_input(),
        }

    def __init__(self, data: Any = None, *, meeting: Meeting, customer: Customer | None, user: User) -> None:
        owner = customer.owner if customer and customer.owner and customer.owner.is_active else None
        people = people_who_may(meeting, customer)
        initial = {
            "due_on": timezone.localdate() + timedelta(days=7),
            "assignee": owner or (user if customer is None else None),
        }
        super().__init__(data, initial=initial, auto_id="id_task_%s")
        field = self.fields["assignee"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = people

    def clean_due_on(self) -> date:
        day: date = self.cleaned_data["due_on"]
        today = timezone.localdate()
        if not today <= day <= today + A_YEAR:
            raise forms.ValidationError(_("Choose a day from today up to one year ahead."))
        return day
