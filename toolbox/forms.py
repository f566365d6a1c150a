"""How forms look: Tabler's classes on Django's own widgets, our template for a field."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting


class StyledField(BoundField):
    """Gives the widget its class by its kind, and marks it when it has an error."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        if has_its_own_look(widget):
            return attrs
        css = widget.attrs.get("class", "") or css_class(widget)
        attrs["class"] = f"{css} is-invalid" if self.errors else css
        return attrs


def has_its_own_look(widget: forms.Widget) -> bool:
    """A pair of inputs whose parts have classes of their own, such as the admin's date and time."""
    return isinstance(widget, forms.MultiWidget) and any("class" in part.attrs for part in widget.widgets)


def css_class(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxSelectMultiple | forms.RadioSelect):
        return "choices"
    if isinstance(widget, forms.CheckboxInput):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"


class Renderer(TemplatesSetting):
    """Set as FORM_RENDERER. The admin's forms bring their own markup and keep it."""

    field_template_name = "django/forms/field.html"
    bound_field_class = StyledField


def date_input() -> forms.DateInput:
    """The browser's own date picker; its value is always ISO."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
