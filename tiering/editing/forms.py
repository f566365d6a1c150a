"""What is asked when versions are compared and put in force."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tiering.models import SchemeVersion


class CompareForm(forms.Form):
    versions = SchemeVersion.objects.select_related("scheme").order_by(
        "-scheme__is_default", "scheme__key", "-number"
    )
    left = forms.ModelChoiceField(versions, label=_("Compare"))
    right = forms.ModelChoiceField(versions, label=_("with"))


class PublishForm(forms.Form):
    note = forms.CharField(
        label=_("Why it is changed"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Everybody who reads the scheme later reads this note."),
    )
