"""A share is a whole number of basis points, 0 to 10,000; people type and read percent."""

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from toolbox.hundredths import trimmed

WHOLE: Final = 10_000
_PERCENT: Final = re.compile(r"(?P<sign>[-+]?)(?P<whole>[0-9]+|(?=\.[0-9]))(?:\.(?P<fraction>[0-9]*))?%?")


def parse_percent(text: str) -> int:
    """ "30", "30%", "12.5 %", full-width too, in basis points.

    Raises ValidationError, whose message is for the person who typed it.
    """
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).replace("−", "-")
    match = _PERCENT.fullmatch(plain)
    if match is None:
        raise ValidationError(_("Enter a percentage such as 92% or 92.5%."), code="invalid")
    fraction = match["fraction"] or ""
    if len(fraction) > 2:  # noqa: PLR2004 - basis points
        raise ValidationError(_("A percentage has at most two decimals."), code="decimals")
    digits = (match["whole"] + fraction.ljust(2, "0")).lstrip("0") or "0"
    is_below = match["sign"] == "-" and digits != "0"
    if is_below or len(digits) > len(str(WHOLE)) or int(digits) > WHOLE:
        raise ValidationError(_("Enter a percentage from 0% to 100%."), code="range")
    return int(digits)


class PercentFormField(forms.Field):
    """Takes percent as people write them, gives basis points."""

    widget = forms.TextInput

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "decimal", "autocomplete": "off"}

    def to_python(self, value: Any) -> int | None:
        """Text is percent; a whole number is basis points already (the initial value of a disabled field)."""
        if value in self.empty_values:
            return None
        if isinstance(value, int):
            return value
        text = str(value).strip()
        return parse_percent(text) if text else None

    def prepare_value(self, value: Any) -> Any:
        return trimmed(value) if isinstance(value, int) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return not self.disabled and self.to_python(data) != initial
        except ValidationError:
            return True


if TYPE_CHECKING:
    # As django-stubs has it, so that a field is known to give int (or int | None).
    _Set_contra = TypeVar("_Set_contra", contravariant=True)
    _Get_co = TypeVar("_Get_co", covariant=True)

    class _IntegerField(models.IntegerField[_Set_contra, _Get_co]): ...

else:
    _Set_contra = _Get_co = None

    class _IntegerField(models.IntegerField):
        def __class_getitem__(cls, _types: object) -> type:
            return cls


class PercentField(_IntegerField[_Set_contra, _Get_co]):
    """A share in basis points."""

    def formfield(self, **kwargs: Any) -> Any:
        widget = kwargs.get("widget")
        kind = widget if isinstance(widget, type) else type(widget)
        if issubclass(kind, forms.NumberInput):  # the admin's for integers, which refuses "30%"
            del kwargs["widget"]
        return models.Field.formfield(self, **{"form_class": PercentFormField, **kwargs})
