"""Words of people on the timeline, with the colleagues they name."""

import re
from collections.abc import Sequence

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def marked(text: str, names: Sequence[str]) -> SafeString | str:
    """Every "@name" of these set apart; everything escaped."""
    if not names:
        return text
    longest_first = sorted(names, key=len, reverse=True)
    parts = re.split(f"(@(?:{'|'.join(map(re.escape, longest_first))}))", text, flags=re.IGNORECASE)
    return format_html_join(
        "", "{}{}{}", (("", part, "") if n % 2 == 0 else (OPEN, part, CLOSE) for n, part in enumerate(parts))
    )


OPEN, CLOSE = SafeString('<span class="mention">'), SafeString("</span>")
