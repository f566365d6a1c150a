"""What a person may type about tiers."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _, ngettext

from accounts.models import User
from customers.filters import InOrderOfScales, colleagues
from customers.forms import set_choices
from customers.imports import life
from customers.models import Import, Tier
from tiering import curves, regrade
from tiering.measures import Measure, Origin, fresh, measures
from tiering.models import Aim, Category, Grading, NurtureRules, Remark, Scheme
from toolbox.choices import NameField
from toolbox.days import PAST
from toolbox.forms import date_input
from toolbox.templatetags.formats import score

MOST_DAYS_BY_HAND = 366
RATINGS = [
    (1, _("1 – very low")),
    (2, _("2 – low")),
    (3, _("3 – medium")),
    (4, _("4 – high")),
    (5, _("5 – very high")),
]


class StartForm(forms.Form):
    """Start a re-grade; the closed period is proposed. Where several schemes grade, of the one that is chosen."""

    scheme = forms.ModelChoiceField(Scheme.objects.none(), label=_("Scheme"), empty_label=None)
    as_of = forms.DateField(
        label=_("As of"),
        widget=date_input(),
        validators=[PAST],
        help_text=_(
            "The last day whose facts count. The last closed period is proposed, or today where a later day is graded already."
        ),
    )

    def __init__(self, *args: Any, schemes: list[Scheme], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.schemes = schemes
        if len(schemes) == 1:
            del self.fields["scheme"]
            self.initial["as_of"] = regrade.proposed(schemes[0], at=timezone.now())
            return
        self.fields["scheme"].queryset = Scheme.objects.filter(pk__in=[each.pk for each in schemes])  # type: ignore[attr-defined]
        self.initial["scheme"] = schemes[0]
        self.fields["as_of"].required = False
        self.fields["as_of"].help_text = _(
            "The last day whose facts count. Empty: the end of the scheme's last closed period, or today where a later day is graded already."
        )

    def asked(self) -> tuple[Scheme, date]:
        """What is to be graded, once the form is right."""
        scheme: Scheme = self.cleaned_data.get("scheme") or self.schemes[0]
        return scheme, self.cleaned_data["as_of"] or regrade.proposed(scheme, at=timezone.now())


class ByHandForm(forms.Form):
    """Why a tier is set by hand, and until when."""

    reason = forms.CharField(label=_("Reason"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 3}))
    expires_on = forms.DateField(label=_("Valid until"), widget=date_input())

    def clean_expires_on(self) -> date:
        day: date = self.cleaned_data["expires_on"]
        today = timezone.localdate()
        if not today <= day <= today + timedelta(days=MOST_DAYS_BY_HAND):
            raise forms.ValidationError(_("Choose a day from today up to one year ahead."))
        return day


class AmongAllScales(InOrderOfScales):
    """One with the name of a tier on another scale, where the customer may stand now, says which it is."""

    def beside(self) -> Iterable[Tier]:
        return Tier.objects.in_use()


class TierField(forms.ModelChoiceField[Tier] if TYPE_CHECKING else forms.ModelChoiceField):  # type: ignore[misc]
    iterator = AmongAllScales


class OverrideForm(ByHandForm):
    tier = TierField(Tier.objects.none(), label=_("Tier"))
    field_order = ("tier", "reason", "expires_on")

    def __init__(self, *args: Any, tiers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tier"].queryset = tiers  # type: ignore[attr-defined]


def of_origin(origin: Origin) -> list[Measure]:
    return [found for found in fresh().values() if found.origin == origin]


def explained(origin: Origin) -> SafeString:
    """What people said of the indicators they made."""
    helped = [found for found in of_origin(origin) if found.help]
    return format_html_join(
        "", '<span class="d-block"><b>{}</b> · {}</span>', ((m.name, m.help) for m in helped)
    )


class RatingForm(forms.Form):
    indicator = forms.ChoiceField(
        label=_("Indicator"), choices=lambda: [(m.key, m.name) for m in of_origin(Origin.RATED)]
    )
    rating = forms.TypedChoiceField(label=_("Rating"), choices=RATINGS, coerce=int)
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What you saw or heard, and where: somebody else should come to the same rating."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["indicator"].help_text = explained(Origin.RATED)


class FigureForm(forms.Form):
    indicator = forms.ChoiceField(
        label=_("Indicator"),
        choices=lambda: [(m.key, f"{m.name} · {m.unit.label}") for m in of_origin(Origin.GIVEN)],
    )
    value = forms.CharField(
        label=_("Value"), max_length=30, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    as_of = forms.DateField(
        label=_("As of"), widget=date_input(), initial=timezone.localdate, validators=[PAST]
    )
    source = forms.CharField(label=_("Source"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["indicator"].help_text = explained(Origin.GIVEN)

    def clean(self) -> dict[str, Any]:
        """The value in the unit of what it is a value of."""
        cleaned = super().clean() or {}
        measure = measures().get(cleaned.get("indicator", ""))
        if measure and "value" in cleaned:
            try:
                cleaned["value"] = curves.within(curves.read_value(cleaned["value"], measure.unit), measure)
            except forms.ValidationError as wrong:
                self.add_error("value", wrong)
        return cleaned


class NextStepForm(forms.Form):
    """Taking up a candidate, or going on with one: what is done next, and when somebody looks again."""

    next_step = forms.CharField(
        label=_("Next step"), max_length=500, widget=forms.TextInput(attrs={"data-autofocus": True})
    )
    follow_up_on = forms.DateField(label=_("Follow up on"), widget=date_input())

    def clean_follow_up_on(self) -> date:
        day: date = self.cleaned_data["follow_up_on"]
        today = timezone.localdate()
        if not today <= day <= today + timedelta(days=MOST_DAYS_BY_HAND):
            raise forms.ValidationError(_("Choose a day from today up to one year ahead."))
        return day


class DismissalForm(forms.Form):
    words = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.TextInput(attrs={"data-autofocus": True}),
        help_text=_("The customer stays off the list until there is new evidence."),
    )


class OutcomeForm(forms.Form):
    words = forms.CharField(
        label=_("Outcome"), max_length=500, widget=forms.TextInput(attrs={"data-autofocus": True})
    )


class NurtureRulesForm(forms.ModelForm[NurtureRules]):
    class Meta:
        model = NurtureRules
        fields = ["enquiries", "enquiry_days", "bulk_days"]


class RemarkForm(forms.ModelForm[Remark]):
    """A person's own words beside the computed reason."""

    class Meta:
        model = Remark
        fields = ["words"]
        widgets = {"words": forms.Textarea(attrs={"rows": 3})}


class AimForm(forms.ModelForm[Aim]):
    """A task for somebody who sees the customers that this user sees."""

    assignee = NameField(User.objects.none(), label=_("For whom to do"))

    class Meta:
        model = Aim
        fields = ["what", "due_on", "assignee"]
        widgets = {"what": forms.Textarea(attrs={"rows": 3}), "due_on": date_input()}

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self.fields["assignee"], colleagues(request) | User.objects.filter(pk=request.user.pk))

    def clean_due_on(self) -> date:
        day: date = self.cleaned_data["due_on"]
        today = timezone.localdate()
        if not today <= day <= today + timedelta(days=MOST_DAYS_BY_HAND):
            raise forms.ValidationError(_("Choose a day from today up to one year ahead."))
        return day


class CategoryForm(forms.Form):
    """What a tier change came from, as a person knows it."""

    category = forms.ChoiceField(label=_("Category of the reason"), choices=Category.choices)


class CompareForm(forms.Form):
    """Two gradings of one customer."""

    before = forms.TypedChoiceField(label=_("Before"), coerce=int)
    after = forms.TypedChoiceField(label=_("Now"), coerce=int)

    def __init__(self, *args: Any, history: list[Grading], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.history = {grading.pk: grading for grading in history}
        labels = [(grading.pk, said(grading)) for grading in history]
        for name, grading in zip(("after", "before"), history, strict=False):
            self.initial[name] = grading.pk
        for field in self.fields.values():
            field.choices = labels  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("before") and data.get("before") == data.get("after"):
            raise forms.ValidationError(_("Choose two different gradings."))
        return data

    def chosen(self) -> list[Grading]:
        return [self.history[self.cleaned_data[name]] for name in ("before", "after")]


def said(grading: Grading) -> str:
    """ "2026-09-30 · 72.40 · Core · B2B v2" """
    words = [date_format(grading.run.as_of, "SHORT_DATE_FORMAT"), score(grading.total)]
    tier = [grading.tier.name] if grading.tier else []
    return " · ".join([*words, *tier, f"{grading.run.version.scheme.name} v{grading.run.version.number}"])


class DecisionForm(forms.Form):
    """Accept or reject movements; a rejection says why."""

    do = forms.ChoiceField(choices=[("accept", _("Accept")), ("reject", _("Reject"))])
    comment = forms.CharField(
        label=_("Comment"), max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        if cleaned.get("do") == "reject" and not cleaned.get("comment", "").strip():
            self.add_error("comment", _("A rejection needs a comment."))
        return cleaned


class SheetTiersForm(ByHandForm):
    """Asked on the page of an import, once for all tiers of the sheet."""

    def __init__(self, *args: Any, tiers: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lead = ngettext(
            "%(count)s tier of this sheet is set by hand when you commit. Say why, and until when it is to hold.",
            "%(count)s tiers of this sheet are set by hand when you commit. Say why, and until when they are to hold.",
            tiers,
        ) % {"count": number_format(tiers, force_grouping=True)}
        for field in self.fields.values():
            field.widget.attrs["form"] = "commit"


def tier_questions(parent: Import, answers: Mapping[str, Any] | None) -> SheetTiersForm | None:
    """Why and until when the tiers of a sheet are set by hand, where any would be."""
    asked = int((parent.counts.get("cells") or {}).get("tier", 0))
    if parent.conflict_cells:
        asked -= sum(
            parent.ruling(*cell) == Import.HERE
            for cell in life.cells_in_conflict(parent)
            if cell[1] == "tier"
        )
    return SheetTiersForm(answers, tiers=asked) if asked else None
