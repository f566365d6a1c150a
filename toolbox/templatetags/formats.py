"""How numbers, amounts and links are written on a page. A template builtin: no `{% load %}` needed."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Protocol

from django import template
from django.templatetags.static import static
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext as _, ngettext

from toolbox import money as amounts
from toolbox.hundredths import hundredths, trimmed
from toolbox.rounding import round_half_up

if TYPE_CHECKING:
    from django.http import QueryDict

register = template.Library()

NOTHING: Final = "–"
ICONS: Final = "vendor/tabler-icons-3.51.0.svg"


@register.filter(is_safe=True)
def money(fen: int | None) -> str:
    return NOTHING if fen is None else amounts.format_money(fen, language=get_language() or "en")


@register.filter(is_safe=True)
def money_short(fen: int | None) -> str:
    return NOTHING if fen is None else amounts.format_money_short(fen, language=get_language() or "en")


@register.filter(is_safe=True)
def number(value: int | None) -> str:
    """1_234_567 → "1,234,567". Only where asked for: an id or a year is not grouped."""
    return NOTHING if value is None else number_format(value, force_grouping=True)


@register.filter(is_safe=True)
def percent(basis_points: int | None) -> str:
    """9_250 → "92.5%"."""
    return NOTHING if basis_points is None else f"{trimmed(basis_points)}%"


@register.filter(is_safe=True)
def score(millionths: int | None) -> str:
    """79_996_000 → "79.99": truncated, so that a shown total never contradicts its tier."""
    if millionths is None:
        return NOTHING
    shown = abs(millionths) // 10_000
    return hundredths(-shown if millionths < 0 else shown)


@register.filter(is_safe=True)
def points(value: int | None) -> str:
    """The points of an indicator, kept as hundredths: 8_550 → "85.5"."""
    return NOTHING if value is None else trimmed(value)


@register.filter(is_safe=True)
def two_places(value: int | None) -> str:
    """An average, kept as hundredths: 342 → "3.42"."""
    return NOTHING if value is None else hundredths(value)


@register.filter(is_safe=True)
def days(count: int | None) -> str:
    if count is None:
        return NOTHING
    text = ngettext("%(count)s day", "%(count)s days", count)
    return text % {"count": number_format(count, force_grouping=True)}


@register.filter(is_safe=True)
def hours(count: Fraction) -> str:
    """To the nearest tenth, halves up: 12 1/3 → "12.3"."""
    tenths = round_half_up(10 * count.numerator, count.denominator)
    return number_format(Decimal(tenths) / 10, decimal_pos=1, force_grouping=True)


@register.simple_tag
def icon(name: str, size: int | None = None) -> SafeString:
    """A picture that says nothing the words beside it do not."""
    measures = format_html(' width="{0}" height="{0}"', size) if size else ""
    return format_html(
        '<svg class="icon" aria-hidden="true"{}><use href="{}#icon-{}"></use></svg>',
        measures,
        static(ICONS),
        name,
    )


class Badge(Protocol):
    """What a tier shows of itself."""

    @property
    def colour(self) -> str: ...
    @property
    def label(self) -> str: ...


@register.simple_tag
def tier_badge(tier: Badge | None) -> SafeString:
    """A tier in its colour and words; of none, that nothing is graded yet."""
    if not tier:
        return format_html('<span class="badge tier tier-none">{}</span>', _("Not yet graded"))
    return format_html('<span class="badge tier tier-{}">{}</span>', tier.colour, tier.label)


@register.simple_tag(takes_context=True)
def query_replace(context: Mapping[str, Any], **replaced: object) -> str:
    """The present query string with other values; empty ones are left out.

    A cursor belongs to one order of one selection, so it goes unless it is itself replaced.
    """
    query: QueryDict = context["request"].GET.copy()
    query.pop("cursor", None)
    for key, value in replaced.items():
        values = value if isinstance(value, list | tuple) else [value]
        query.setlist(key, ["" if item is None else str(item) for item in values])
    for key, texts in list(query.lists()):
        query.setlist(key, [text for text in texts if text])
    return f"?{query.urlencode()}"
