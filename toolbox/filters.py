"""What lists may be asked."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _


class FilterSet(django_filters.FilterSet):
    """Finds nothing when a filter is not understood: a list without it would be taken for the answer."""

    def is_valid(self) -> bool:
        return bool(self.is_bound and not self.errors)

    @property
    def qs(self) -> Any:
        return self.queryset.none() if self.is_bound and self.errors else super().qs


class YesNoFilter(django_filters.TypedChoiceFilter):
    """Yes, no, or no matter; any other word is an error."""

    def __init__(self, **more: Any) -> None:
        choices = [("", _("All")), ("true", _("Yes")), ("false", _("No"))]
        super().__init__(choices=choices, coerce=lambda word: word == "true", **more)
