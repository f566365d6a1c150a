"""What people may type about a case."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from accounts.models import SUPPORT, Department, User
from customers.models import Customer, Topic
from maintenance.case_steps import Step
from maintenance.casework import people_for
from maintenance.models import Case, DepartmentLead, Mail, Route
from toolbox.choices import NameField, said

LONG = 10_000


def area(rows: int = 3, **attrs: str | bool) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attrs})


class CaseForm(forms.Form):
    """A new case of one customer."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Case.Kind.choices)
    category = forms.ChoiceField(
        label=pgettext_lazy("of a case", "Category"),
        choices=Case.Category.choices,
        initial=Case.Category.OTHER,
    )
    subject = forms.CharField(label=_("Subject"), max_length=200)
    detail = forms.CharField(label=_("Description"), max_length=LONG, required=False, widget=area(5))
    contact = NameField(label=_("Who asked"), queryset=User.objects.none(), required=False)
    topic = forms.ChoiceField(label=_("Topic"), choices=[("", "–"), *Topic.choices], required=False)
    department = forms.ChoiceField(
        label=_("Department"),
        choices=[("", _("By the rules")), *Department.choices],
        required=False,
        help_text=_("By the rules: who answers such cases of the customer's team; else the account manager."),
    )

    def __init__(self, data: Any = None, *, customer: Customer, **more: Any) -> None:
        super().__init__(data, **more)
        field = self.fields["contact"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = customer.contacts.order_by("-is_primary", "pk")
        field.empty_label = "–"
        first = customer.contacts.filter(is_primary=True).order_by("pk").first()
        self.initial.setdefault("contact", first and first.pk)


WORDS = {
    Step.RESPOND: (_("What you told the customer"), True),
    Step.START: (_("Note"), False),
    Step.WAIT: (_("What you asked the customer"), True),
    Step.SOLVE: (_("What was done"), True),
    Step.CLOSE: (_("Note"), False),
    Step.REOPEN: (_("Why it is not solved"), True),
}


def satisfaction_field() -> forms.TypedChoiceField:
    choices = [
        ("", _("Not asked")),
        ("5", _("5 – very satisfied")),
        ("4", _("4 – satisfied")),
        ("3", _("3 – neither")),
        ("2", _("2 – dissatisfied")),
        ("1", _("1 – very dissatisfied")),
    ]
    return forms.TypedChoiceField(
        label=_("How satisfied is the customer?"),
        choices=choices,
        coerce=int,
        empty_value=None,
        required=False,
    )


class StepForm(forms.Form):
    """The words of a step; of a solution cause and category, of closing what the customer says."""

    def __init__(self, data: Any = None, *, case: Case, step: Step) -> None:
        super().__init__(data, auto_id=f"id_{step}_%s")
        label, is_needed = WORDS[step]
        if step == Step.CLOSE:
            self.fields["satisfaction"] = satisfaction_field()
            self.fields["satisfaction_words"] = forms.CharField(
                label=_("In their words"), max_length=2_000, required=False, widget=area(2)
            )
        self.fields["words"] = forms.CharField(
            label=label, max_length=LONG, required=is_needed, widget=area(3, **{"data-autofocus": True})
        )
        if step == Step.SOLVE:
            self.fields["cause"] = forms.ChoiceField(
                label=_("Cause"), choices=[("", "–"), *Case.Cause.choices], initial=case.cause
            )
            self.fields["category"] = forms.ChoiceField(
                label=pgettext_lazy("of a case", "Category"),
                choices=Case.Category.choices,
                initial=case.category,
            )


class RatingForm(forms.Form):
    satisfaction = satisfaction_field()
    words = forms.CharField(label=_("In their words"), max_length=2_000, required=False, widget=area(2))

    def __init__(self, data: Any = None, *, case: Case) -> None:
        said_before = {"satisfaction": case.satisfaction, "words": case.satisfaction_words}
        super().__init__(data, auto_id="id_rate_%s", initial=said_before)


class NoteForm(forms.Form):
    words = forms.CharField(label=_("Note"), max_length=LONG, widget=area(2))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="id_note_%s")


class PersonField(NameField):
    """With the department, where people of several are to choose from."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{said(obj)} · {obj.department.label}"


class HandOverForm(forms.Form):
    department = forms.ChoiceField(label=_("Department"), choices=Department.choices)
    assignee = PersonField(
        label=_("For whom to do"),
        queryset=User.objects.none(),
        required=False,
        help_text=_("Empty: anybody in the department."),
    )
    words = forms.CharField(label=_("What they should know"), max_length=LONG, required=False, widget=area(2))

    def __init__(self, data: Any = None, *, case: Case) -> None:
        place = {"department": case.department, "assignee": case.assignee_id}
        super().__init__(data, auto_id="id_hand_over_%s", initial=place)
        field = self.fields["assignee"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        everybody = User.objects.filter(is_active=True, role__in=sorted(SUPPORT))
        field.queryset = everybody | people_for(case.customer, Department.SALES)
        field.empty_label = _("Anybody there")


class RouteForm(forms.ModelForm[Route]):
    class Meta:
        model = Route
        fields = ["team", "kind", "category", "department", "assignee"]
        field_classes = {"team": NameField, "assignee": PersonField}

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for name, empty in (("team", _("Any team")), ("assignee", _("Anybody there"))):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
            field.empty_label = empty
        self.fields["assignee"].queryset = User.objects.filter(is_active=True)  # type: ignore[attr-defined]
        for name in ("kind", "category"):
            self.fields[name].choices = [("", _("Any")), *self.fields[name].choices[1:]]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        person, department = data.get("assignee"), data.get("department")
        if person and department and person.department != department:
            self.add_error("assignee", _("Choose somebody of this department."))
        return data


class LeadsForm(forms.Form):
    """Of each supporting department, who leads it: one of its people."""

    def __init__(self, data: Any = None) -> None:
        known = dict(DepartmentLead.objects.values_list("department", "user"))
        super().__init__(data, initial=known, auto_id="id_lead_%s")
        for role, department in SUPPORT.items():
            people = User.objects.filter(is_active=True, role=role)
            self.fields[department.value] = PersonField(
                people, label=department.label, required=False, empty_label=_("Nobody")
            )


class GiveForm(forms.Form):
    """Whose an e-mail is."""

    customer = forms.ModelChoiceField(
        label=_("Customer"), queryset=Customer.objects.none(), widget=forms.HiddenInput
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Case.Kind.choices)
    remember = forms.BooleanField(
        label=_("Remember the sender as a contact"),
        required=False,
        initial=True,
        help_text=_("The next e-mail from this address becomes a case by itself."),
    )

    def __init__(self, data: Any = None, *, user: User, **more: Any) -> None:
        super().__init__(data, auto_id="id_give_%s", **more)
        field = self.fields["customer"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = Customer.objects.active().visible_to(user)


class DismissForm(forms.Form):
    words = forms.CharField(
        label=pgettext_lazy("of an e-mail", "Why it is dismissed"),
        max_length=Mail._meta.get_field("words").max_length,
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="id_dismiss_%s")
