"""The button under which a list is exported as it is shown."""

from typing import Any

from django import template
from django.template.context import RequestContext

from accounts.exports.lists import export_url, lists

register = template.Library()


@register.inclusion_tag("components/_export.html", takes_context=True)
def export_button(
    context: RequestContext, key: str, about: int | None = None, small: int | None = None
) -> dict[str, Any]:
    """`small`, the size of its picture, where several stand on a page."""
    listing = lists[key]
    return {
        "url": export_url(listing, about, context["request"].GET),
        "name": listing.name,
        "small": small,
    }
