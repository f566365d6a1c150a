"""What the pure rules refuse, in the reader's language: they raise ValueError in English, and know no Django."""

from typing import Final

from django.utils.translation import gettext, gettext_noop as _

SENTENCES: Final = (
    _("A curve needs at least one knot."),
    _("A curve's knots must rise."),
    _("A knot's points must be between 0 and 100."),
    _("A knot's value is too large."),
    _("The weights of the dimensions must add up to 100."),
    _("The weights of a dimension's indicators must add up to 100."),
    _("An indicator stands twice in the scheme."),
    _("Floors must fall from the best tier to the last, and the last one is 0."),
    _("A condition needs an end."),
    _("A condition that nothing can meet."),
    _("An end of a condition is too large."),
    _("Rules need tiers, each once."),
    _("A tier has two conditions on one indicator."),
    _("Every tier but the last needs a condition, and the last has none."),
    _("A condition names an indicator that the scheme does not have."),
)
"""All that `tiering.scoring` and `tiering.conditions` say (tested by reading them)."""


def said(error: Exception) -> str:
    """What was refused; a TypeError is what unpacking says of knots that are no pairs."""
    if isinstance(error, TypeError):
        return gettext("Knots are pairs of whole numbers.")
    text = str(error)
    return gettext(text) if text in SENTENCES else text
