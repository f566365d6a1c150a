"""Cells of the list of customers as HTML. A page has a thousand, and a template asks of each anew what it is."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, Final

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from customers.columns import Column, Why
from customers.models import Customer, Standing, Tier
from toolbox.templatetags.formats import NOTHING, icon, money, percent, score, tier_badge


def row(
    customer: Customer, values: Iterable[tuple[Column, Any]], why: Why | None, *, is_ticked: bool
) -> SafeString:
    """`is_ticked`: it can be, for what is done to many."""
    cells = [cell(column, customer, value, why) for column, value in values]
    return SafeString("".join([tick(customer), *cells] if is_ticked else cells))


def cell(column: Column, customer: Customer, value: Any, why: Why | None) -> SafeString:
    match column.kind:
        case "name":
            return name(customer)
        case "tier":
            return tier(customer, value, why)
    return CELLS[column.kind](value) if column.kind in CELLS else text(column, value)


def tick(customer: Customer) -> SafeString:
    return format_html(
        '<td><input class="form-check-input" type="checkbox" name="customer" value="{}" aria-label="{}"></td>',
        customer.pk,
        _("Tick %(name)s") % {"name": customer.name},
    )


def text(column: Column, value: object) -> SafeString:
    if column.key == "code":
        return format_html('<td class="d-none d-sm-table-cell">{}</td>', value)
    return format_html("<td>{}</td>", value)


def name(customer: Customer) -> SafeString:
    archived = (
        format_html(' <span class="badge tier tier-none">{}</span>', _("Archived"))
        if customer.is_archived
        else ""
    )
    where = reverse("customers:detail", args=[customer.pk])
    return format_html('<td class="name"><a href="{}">{}</a>{}</td>', where, customer.name, archived)


def tier(customer: Customer, value: Tier | None, why: Why | None) -> SafeString:
    """With why it is so, on a click, and what the numbers say where somebody set another one by hand."""
    badge = tier_badge(value)
    said = [explained(customer, badge, why) if why else badge]
    if customer.standing.is_overridden:
        by_hand = _("Set by hand")
        said.append(
            format_html(
                ' <span class="text-secondary" title="{0}">{1}<span class="visually-hidden">{0}</span></span>',
                by_hand,
                icon("edit", 16),
            )
        )
    if customer.standing.computed_differs:
        said.append(
            format_html(
                ' <span class="small text-secondary d-block">{} {}</span>',
                _("by the numbers"),
                tier_badge(customer.standing.computed_tier),
            )
        )
    return format_html('<td class="nowrap">{}</td>', SafeString("".join(said)))


def explained(customer: Customer, badge: SafeString, why: Why) -> SafeString:
    return format_html(
        '<button type="button" class="why" popovertarget="why-{pk}" title="{text}">{badge}'
        '<span class="visually-hidden">{label}</span></button>'
        '<div class="why-box" id="why-{pk}" popover><p class="mb-2"><strong>{name}</strong> {badge}</p>'
        '<p class="mb-2">{text}</p><a href="{where}">{more}</a></div>',
        pk=customer.pk,
        text=why.text,
        badge=badge,
        label=_("Why %(name)s is in this tier") % {"name": customer.name},
        name=customer.name,
        where=reverse("tiering:change", args=[why.change]),
        more=_("Why, line by line"),
    )


def number(shown: str) -> SafeString:
    return format_html('<td class="number">{}</td>', shown)


def points(standing: Standing) -> SafeString:
    shown = score(standing.total)
    if standing.total is None or standing.low == standing.high:
        return number(shown)
    between = _("Between %(low)s and %(high)s, by what is unknown") % {
        "low": score(standing.low),
        "high": score(standing.high),
    }
    return format_html('<td class="number" title="{}">{}</td>', between, shown)


def span(standing: Standing) -> SafeString:
    if standing.low is None or standing.low == standing.high:
        return number(score(standing.low))
    return number(f"{score(standing.low)} – {score(standing.high)}")


def tiers(found: list[Tier] | None) -> SafeString:
    badges = format_html_join("", "{} ", ((tier_badge(each),) for each in found or ()))
    return format_html('<td class="nowrap">{}</td>', badges or NOTHING)


def day(value: date | None) -> SafeString:
    local = localtime(value) if isinstance(value, datetime) else value
    return format_html(
        '<td class="nowrap">{}</td>', date_format(local, "SHORT_DATE_FORMAT") if local else NOTHING
    )


CELLS: Final[dict[str, Callable[[Any], SafeString]]] = {
    "score": points,
    "span": span,
    "tiers": tiers,
    "money": lambda value: number(money(value)),
    "percent": lambda value: number(percent(value)),
    "date": day,
}
