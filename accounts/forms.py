from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class SettingsForm(forms.ModelForm[User]):
    """What people may change about themselves."""

    class Meta:
        model = User
        fields = ["display_name", "email", "phone", "language"]
        help_texts = {"language": ""}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = self.fields["language"]
        assert isinstance(language, forms.TypedChoiceField)  # noqa: S101 - for the type checker
        language.choices = [("", _("As the browser asks")), *settings.LANGUAGES]
