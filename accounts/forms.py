from django import forms

from accounts.models import User


class SettingsForm(forms.ModelForm[User]):
    """What people may change about themselves."""

    class Meta:
        model = User
        fields = ["display_name", "email", "phone", "language"]
