"""Fields of whole numbers that people write in a larger unit: fen in yuan, basis points in percent."""

from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models


class WrittenFormField(forms.Field):
    """Takes what people write, gives the whole number. Subclasses say how it is read and written."""

    widget = forms.TextInput

    def read(self, text: str) -> int:
        """Raises ValidationError, whose message is for the person who typed it."""
        raise NotImplementedError

    def write(self, value: int) -> str:
        raise NotImplementedError

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "decimal", "autocomplete": "off"}

    def to_python(self, value: Any) -> int | None:
        """A whole number is in the small unit already (the initial value of a disabled field)."""
        if value in self.empty_values:
            return None
        if isinstance(value, int):
            return value
        text = str(value).strip()
        return self.read(text) if text else None

    def prepare_value(self, value: Any) -> Any:
        return self.write(value) if isinstance(value, int) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return not self.disabled and self.to_python(data) != initial
        except ValidationError:
            return True


def formfield(field: models.Field[Any, Any], form_class: type[WrittenFormField], **kwargs: Any) -> Any:
    widget = kwargs.get("widget")
    kind = widget if isinstance(widget, type) else type(widget)
    if issubclass(kind, forms.NumberInput):  # the admin's for integers, which refuses "1,234.50" and "30%"
        del kwargs["widget"]
    return models.Field.formfield(field, **{"form_class": form_class, **kwargs})


if TYPE_CHECKING:
    # As django-stubs has it, so that a field is known to give int (or int | None).
    Set_contra = TypeVar("Set_contra", contravariant=True)
    Get_co = TypeVar("Get_co", covariant=True)

    class IntegerField(models.IntegerField[Set_contra, Get_co]): ...

    class BigIntegerField(models.BigIntegerField[Set_contra, Get_co]): ...

else:
    Set_contra = Get_co = None

    class IntegerField(models.IntegerField):
        def __class_getitem__(cls, _types: object) -> type:
            return cls

    class BigIntegerField(models.BigIntegerField):
        def __class_getitem__(cls, _types: object) -> type:
            return cls
