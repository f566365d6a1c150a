"""Reasons in the reader's language: raw values with their unit, and the sentence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, gettext as _, ngettext, override, pgettext

from tiering import called
from tiering.attribution import Largest
from tiering.explanation import Line, Reason, shown_parts
from tiering.measures import YEAR, Unit, measures
from tiering.models import Category, TierChange
from toolbox.hundredths import hundredths, trimmed
from toolbox.money import format_money


def value_of(key: str, value: int | None) -> str:
    """A raw value of an indicator as people write it: "¥820,000", "92%", "3.4 years"."""
    known = measures().get(key)
    return show(value, known.unit if known else Unit.INDEX)


def show(value: int | None, unit: Unit) -> str:
    return str(_("unknown")) if value is None else WRITERS[unit](value)


def tenths_of_years(days: int) -> str:
    """Of 365 days, truncated to a tenth: 364 days are 0.9 years. A curve's knots count the same years."""
    tenths = days * 10 // YEAR
    return f"{tenths // 10}.{tenths % 10}"


def counted(value: int, words: str) -> str:
    return words % {"count": number_format(value, force_grouping=True)}


WRITERS: dict[Unit, Callable[[int], str]] = {
    Unit.FEN: lambda fen: format_money(fen, language=get_language() or "en"),
    Unit.BASIS_POINTS: lambda share: f"{trimmed(share)}%",
    Unit.YEARS: lambda days: _("%(years)s years") % {"years": tenths_of_years(days)},
    Unit.DAYS: lambda days: counted(days, ngettext("%(count)s day", "%(count)s days", days)),
    Unit.TIMES: lambda times: counted(times, ngettext("%(count)s time", "%(count)s times", times)),
    Unit.PER_MONTH: trimmed,
    Unit.RATING: lambda rating: _("%(rating)s of 5") % {"rating": rating},
    Unit.INDEX: number_format,
}
"""How a raw value of a unit is written in the reader's language."""


def signed(value: int) -> str:
    return hundredths(value) if value < 0 else f"+{hundredths(value)}"


Names = Mapping[str, str]
"""What a version of a scheme calls its indicators, by key."""


def name_of(key: str, called: Names | None = None) -> str:
    """As the scheme calls it, else as its measure does."""
    if called and (own := called.get(key)):
        return own
    known = measures().get(key)
    return str(known.name) if known else key


@dataclass(frozen=True)
class Row:
    """A line of a reason for people. `delta` is in the hundredths of a point that are shown."""

    key: str
    name: str
    before: str
    after: str
    delta: int

    @property
    def shown(self) -> str:
        return signed(self.delta)

    def __str__(self) -> str:
        if not self.delta:
            return _("%(name)s %(before)s → %(after)s") % {
                "name": self.name,
                "before": self.before,
                "after": self.after,
            }
        if self.before == self.after:
            return _("%(name)s %(value)s %(delta)s") % {
                "name": self.name,
                "value": self.after,
                "delta": self.shown,
            }
        return _("%(name)s %(before)s → %(after)s %(delta)s") % {
            "name": self.name,
            "before": self.before,
            "after": self.after,
            "delta": self.shown,
        }


@dataclass(frozen=True)
class Effects:
    """A change of the total by what it came from, in millionths."""

    data: int = 0
    scheme: int = 0
    missing: int = 0
    reweighing: int = 0

    @property
    def parts(self) -> tuple[int, ...]:
        return (self.data, self.scheme, self.missing, self.reweighing)

    def words(self, shown: int) -> str:
        """ "data +10.00, scheme -1.10", adding up to the shown change; empty where all of it is data."""
        parts = shown_parts(self.parts, shown)
        if not any(parts[1:]):
            return ""
        names = (
            pgettext("effect", "data"),
            pgettext("effect", "scheme"),
            pgettext("effect", "missing data"),
            pgettext("effect", "re-weighing"),
        )
        return _(", ").join(
            _("%(name)s %(delta)s") % {"name": name, "delta": signed(part)}
            for name, part in zip(names, parts, strict=True)
            if part
        )


def rows_of(reason: Reason, names: Names | None = None) -> list[Row]:
    """Lines whose shown parts add up to the shown change; those that show as nothing are left out."""
    return [row_of(line, part, names) for line, part in shown_lines(reason)]


def shown_lines(reason: Reason) -> list[tuple[Line, int]]:
    """Each with its shown part."""
    parts = shown_parts([line.delta for line in reason.lines], shown_change(reason))
    return [(line, part) for line, part in zip(reason.lines, parts, strict=True) if part]


def row_of(line: Line, part: int, names: Names | None) -> Row:
    before, after = (value_of(line.key, value) for value in line.values)
    return Row(line.key, name_of(line.key, names), before, after, part)


def shown_change(reason: Reason) -> int:
    """The difference of the two totals as they are shown, in hundredths."""
    return shown_total(reason.totals[1]) - shown_total(reason.totals[0])


def shown_total(total: int | None) -> int:
    return (total or 0) // 10_000


def why(change: TierChange, *, most: int = 4, language: str | None = None) -> str:
    """Why a tier changed, in one sentence: on pages, in lists, sheets, e-mails and the API alike.

    In the language given, else in the one active. Lists ask for `with_reasons()`.
    """
    with override(language or get_language()):
        return sentence(change.reason, most=most, effects=effects_of(change), names=names_in(change))


def names_in(change: TierChange) -> Names:
    """What the scheme by which the customer was graded calls its indicators."""
    return change.run.version.kept_names() if change.run and change.reason.get("kind") == "graded" else {}


def effects_of(change: TierChange) -> Effects | None:
    """As they were worked out after the run; None until then."""
    cause = getattr(change, "cause", None)
    if cause is None or not cause.computed:
        return None
    return Effects(cause.data, cause.scheme, cause.missing, cause.reweighing)


def category_of(largest: Largest) -> Category:
    """Of the largest part of a change: an indicator's own for data."""
    match largest.effect:
        case "data":
            known = measures().get(largest.key or "")
            return known.category if known else Category.OTHER
        case "scheme":
            return Category.SCHEME
        case "missing" | "reweighing":
            return Category.MISSING
    return Category.OTHER


def sentence(
    stored: dict[str, Any], *, most: int = 4, effects: Effects | None = None, names: Names | None = None
) -> str:
    """The reason of a tier change in one sentence; the largest parts are named, the rest is summed. Where rules decide,
    first the conditions that did. `names` are those of the scheme.
    """
    match stored.get("kind"):
        case "by_hand":
            until = parse_date(str(stored["expires_on"]))
            return _("Set by hand until %(day)s.") % {"day": date_format(until) if until else ""}
        case "override_ended":
            return _("The tier set by hand has ended.")
        case "undone":
            return _("The re-grade %(period)s was undone.") % {"period": stored["period"]}
    reason = Reason.from_json(stored)
    said = score_sentence(reason, most=most, effects=effects, names=names)
    if reason.rulings:
        from tiering import ruling  # noqa: PLC0415 - built upon this module

        rules = ruling.said(reason.rulings, scale=reason.scale, names=names, most=most)
        form = _("%(rules)s. Score %(score)s")
        if reason.totals[0] is None:
            form = _("%(score)s %(rules)s.")
        elif is_unchanged(reason):
            form = _("%(rules)s. %(score)s")
        said = form % {"rules": rules, "score": said}
    waited = wait_of(reason)
    return _("%(sentence)s %(more)s") % {"sentence": said, "more": waited} if waited else said


def wait_of(reason: Reason) -> str:
    """What let the change go that had been held back; empty where the score says it all."""
    if reason.waited:
        words = ngettext(
            "Too low in %(count)s re-grade in a row: the waiting time is over.",
            "Too low in %(count)s re-grades in a row: the waiting time is over.",
            reason.waited,
        )
        return words % {"count": reason.waited}
    if is_unchanged(reason) and not reason.is_new_scheme:
        return _("The change had been held back before.")
    return ""


def is_unchanged(reason: Reason) -> bool:
    """Nothing of the score has changed that is shown: what changed the tier is something else."""
    is_named = shown_lines(reason) or any(not line.delta for line in reason.lines)
    return reason.totals[0] is not None and not shown_change(reason) and not is_named


def score_sentence(reason: Reason, *, most: int, effects: Effects | None, names: Names | None) -> str:
    """What became of the total. First what became known or unknown without points of its own: it weighs the others anew."""
    if is_unchanged(reason):
        return unchanged(reason)
    lines = shown_lines(reason)
    turned = [(line, 0) for line in reason.lines if not line.delta]
    head = headline(reason, effects)
    if reason.totals[0] is None or not (lines or turned):
        return head
    change = shown_change(reason)
    lines.sort(key=lambda each: each[1] * change < 0)  # what made it rise, or fall, comes first
    lines = turned + lines
    parts = [str(row_of(line, part, names)) for line, part in lines[:most]]
    if rest := sum(part for _line, part in lines[most:]):
        parts.append(_("the others %(delta)s") % {"delta": signed(rest)})
    return _("%(head)s: %(parts)s.") % {"head": head, "parts": _("; ").join(parts)}


def unchanged(reason: Reason) -> str:
    words = {"total": hundredths(shown_total(reason.totals[1]))}
    if reason.schemes:
        words["now"] = called.scheme(reason.schemes[1])
        return _("Score unchanged at %(total)s, now graded by the scheme “%(now)s”.") % words
    if reason.is_new_scheme:
        return _("Score unchanged at %(total)s, another tier by a new version of the scheme.") % words
    return _("Score unchanged at %(total)s.") % words


def headline(reason: Reason, effects: Effects | None = None) -> str:
    after = hundredths(shown_total(reason.totals[1]))
    if reason.totals[0] is None:
        return _("First grading: %(total)s points.") % {"total": after}
    before = hundredths(shown_total(reason.totals[0]))
    delta = signed(shown_change(reason))
    if by := effects.words(shown_change(reason)) if effects else "":
        delta = _("%(delta)s: %(parts)s") % {"delta": delta, "parts": by}
    words = {"before": before, "after": after, "delta": delta}
    if reason.schemes:
        words |= dict(zip(("then", "now"), map(called.scheme, reason.schemes), strict=True))
        return (
            _("%(before)s → %(after)s (%(delta)s), now graded by the scheme “%(now)s” instead of “%(then)s”")
            % words
        )
    if reason.is_new_scheme:
        return _("%(before)s → %(after)s (%(delta)s), by a new version of the scheme") % words
    return _("%(before)s → %(after)s (%(delta)s)") % words
