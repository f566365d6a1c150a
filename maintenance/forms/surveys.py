"""What people may type about surveys, and what customers may answer."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from maintenance.models import Invitation, Question, Survey

MOST_WORDS = 2_000
NO_MAIL = _("No mail server is set up, so no e-mail can go out. Take links instead.")


class SurveyForm(forms.ModelForm[Survey]):
    class Meta:
        model = Survey
        fields = ["title_zh", "title_en", "intro_zh", "intro_en", "valid_days"]
        widgets = {name: forms.Textarea(attrs={"rows": 2}) for name in ("intro_zh", "intro_en")}


class QuestionForm(forms.ModelForm[Question]):
    class Meta:
        model = Question
        fields = ["kind", "title_zh", "title_en", "is_required"]


class QuestionFormSet(forms.BaseInlineFormSet[Question, Survey, QuestionForm]):
    """In the order in which they stand on the page; blank ones are left out."""

    def clean(self) -> None:
        super().clean()
        kept = [form for form in self.forms if form.has_changed() or form.instance.pk]
        kept = (
            [form for form in kept if not form.cleaned_data.get("DELETE")] if not any(self.errors) else kept
        )
        if not kept:
            raise ValidationError(_("A survey asks at least one question."))
        kinds = [form.cleaned_data.get("kind") for form in kept if hasattr(form, "cleaned_data")]
        if kinds.count(Question.Kind.NPS) > 1:
            raise ValidationError(_("Whether they would recommend us is asked once."))


Questions = forms.inlineformset_factory(
    Survey, Question, form=QuestionForm, formset=QuestionFormSet, extra=3, max_num=15, validate_max=True
)


class InviteForm(forms.Form):
    survey = forms.ModelChoiceField(
        label=_("Survey"),
        queryset=Survey.objects.filter(is_active=True).order_by("position", "pk"),
        empty_label=None,
    )
    channel = forms.ChoiceField(label=_("How"), choices=Invitation.Channel.choices, widget=forms.RadioSelect)
    language = forms.ChoiceField(
        label=_("Language of the e-mail"),
        choices=settings.LANGUAGES,
        help_text=_("The page itself speaks both."),
    )

    def __init__(self, data: Any = None) -> None:
        initial = {
            "channel": Invitation.Channel.EMAIL if settings.SENDS_MAIL else Invitation.Channel.LINK,
            "language": settings.MAIL_LANGUAGE,
        }
        super().__init__(data, initial=initial)

    def clean_channel(self) -> str:
        channel: str = self.cleaned_data["channel"]
        if channel == Invitation.Channel.EMAIL and not settings.SENDS_MAIL:
            raise ValidationError(NO_MAIL)
        return channel


class AnswerForm(forms.Form):
    """The questions of one survey; nothing of the customer is in it."""

    def __init__(self, data: Any = None, *, survey: Survey) -> None:
        super().__init__(data)
        self.questions = list(survey.questions.order_by("position", "pk"))
        for question in self.questions:
            self.fields[self.name(question)] = field_of(question)

    @staticmethod
    def name(question: Question) -> str:
        return f"q{question.pk}"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not any(value not in (None, "") for value in data.values()):
            raise ValidationError(_("Answer at least one question, please."))
        return data

    @property
    def rows(self) -> list[tuple[Question, Any]]:
        return [(question, self[self.name(question)]) for question in self.questions]

    @property
    def said(self) -> dict[int, int | str]:
        answers = {q.pk: self.cleaned_data.get(self.name(q)) for q in self.questions}
        return {pk: value for pk, value in answers.items() if value not in (None, "")}


def field_of(question: Question) -> forms.Field:
    if question.kind == Question.Kind.WORDS:
        return forms.CharField(
            label=question.title,
            required=question.is_required,
            max_length=MOST_WORDS,
            widget=forms.Textarea(attrs={"rows": 3}),
        )
    return forms.TypedChoiceField(
        label=question.title,
        required=question.is_required,
        choices=[(step, str(step)) for step in question.scale],
        coerce=int,
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one.")},
    )
