"""The buttons of a draft's page: add, remove, move, make the weights add up. Each acts on a saved draft."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _, gettext_noop, override

from customers.models import Tier
from tiering.editing.draft import Texts, mark, read_base
from tiering.measures import Measure, Unit, fresh, measures
from tiering.models import Condition, Dimension, Floor, Indicator, SchemeVersion
from tiering.scoring import FULL_POINTS, PERCENT, apportion

LANGUAGES: Final = {"name_en": "en", "name_zh": "zh-hans"}
NEW_DIMENSION: Final = gettext_noop("New dimension")


class RefusedStepError(ValueError):
    """A step that makes no sense as things stand; the message is for people."""


def act(version: SchemeVersion, do: str, typed: Mapping[str, str]) -> str:
    """Carry out "remove:d12"; answers with the mark of the line where it happened."""
    step, _colon, at = do.partition(":")
    if step not in STEPS:
        raise RefusedStepError(_("This button is not known."))
    return STEPS[step](version, at, typed)


Line = Dimension | Indicator | Floor | Condition


def lines(version: SchemeVersion) -> dict[str, Line]:
    found: list[Line] = [*version.dimensions.all(), *version.indicators(), *version.floors.all()]
    for floor in version.floors.all():
        found += floor.conditions.all()
    return {mark(line): line for line in found}


def line(version: SchemeVersion, at: str) -> Line:
    found = lines(version).get(at)
    if found is None:
        raise RefusedStepError(_("That line is gone meanwhile."))
    return found


def siblings(version: SchemeVersion, moved: Line) -> Sequence[Dimension | Indicator]:
    if isinstance(moved, Indicator):
        return list(next(d for d in version.dimensions.all() if d.pk == moved.dimension_id).indicators.all())
    return list(version.dimensions.all())


def move(version: SchemeVersion, at: str, *, by: int) -> str:
    moved = line(version, at)
    rows = list(siblings(version, moved))
    here = [row.pk for row in rows].index(moved.pk)
    there = min(max(here + by, 0), len(rows) - 1)
    rows.insert(there, rows.pop(here))
    for position, row in enumerate(rows, start=1):
        row.position = position
        row.save(update_fields=["position"])
    return at


def up(version: SchemeVersion, at: str, _typed: Mapping[str, str]) -> str:
    return move(version, at, by=-1)


def down(version: SchemeVersion, at: str, _typed: Mapping[str, str]) -> str:
    return move(version, at, by=1)


def remove(version: SchemeVersion, at: str, _typed: Mapping[str, str]) -> str:
    gone = line(version, at)
    if isinstance(gone, Floor) and version.floors.count() == 1:
        raise RefusedStepError(_("A scheme needs at least one tier."))
    gone.delete()
    match gone:
        case Indicator():
            return mark(gone.dimension)
        case Condition():
            return mark(gone.floor)
    return "dimensions"


def add_dimension(version: SchemeVersion, _at: str, _typed: Mapping[str, str]) -> str:
    keys = set(version.dimensions.values_list("key", flat=True))
    key = next(key for n in range(1, len(keys) + 2) if (key := f"dimension-{n}") not in keys)
    last = version.dimensions.aggregate(last=Max("position"))["last"] or 0
    added = Dimension(version=version, key=key, weight=0, position=last + 1)
    for field, language in LANGUAGES.items():
        with override(language):
            setattr(added, field, _(NEW_DIMENSION))
    added.save()
    return mark(added)


def add_indicator(version: SchemeVersion, at: str, typed: Mapping[str, str]) -> str:
    dimension = line(version, at)
    key = typed.get(f"{at}-measure", "")
    if not isinstance(dimension, Dimension) or key not in unused(version):
        raise RefusedStepError(_("Choose what is to be measured."))
    chosen = measures()[key]
    last = dimension.indicators.aggregate(last=Max("position"))["last"] or 0
    added = Indicator(dimension=dimension, key=key, weight=0, position=last + 1, **curve_for(chosen))
    for field, language in LANGUAGES.items():
        with override(language):
            setattr(added, field, str(chosen.name))
    added.save()
    return mark(added)


def unused(version: SchemeVersion) -> dict[str, Measure]:
    """What there is to be measured and is not yet, in this version."""
    used = {indicator.key for indicator in version.indicators()}
    return {key: measure for key, measure in fresh().items() if key not in used}


USUAL: Final[dict[Unit, tuple[int, ...]]] = {
    Unit.FEN: (0, 100_000_00, 500_000_00, 1_000_000_00),
    Unit.BASIS_POINTS: (0, 5_000, 8_000, 10_000),
    Unit.DAYS: (0, 30, 90, 180),
    Unit.YEARS: (0, 365, 3 * 365, 5 * 365),
    Unit.TIMES: (0, 2, 6, 12),
    Unit.PER_MONTH: (0, 100, 200, 400),
    Unit.RATING: (1, 2, 3, 4, 5),
    Unit.INDEX: (0, 100),
}
"""Raw values at which a new curve has its knots until somebody says better."""


def curve_for(chosen: Measure) -> dict[str, object]:
    """The curve it has in a scheme that is in force; else a plain one that rises, or falls where less is better."""
    known = Indicator.objects.filter(
        key=chosen.key, dimension__version__state=SchemeVersion.State.PUBLISHED
    ).order_by("-dimension__version__scheme__is_default", "pk")
    if like := known.first():
        return {"shape": like.shape, "knots": like.knots, "missing": like.missing}
    at, is_rating = USUAL[chosen.unit], chosen.unit == Unit.RATING
    points = [FULL_POINTS * (n + is_rating) // (len(at) - 1 + is_rating) for n in range(len(at))]
    rising = points[::-1] if chosen.is_lower_better else points
    shape = Indicator.Shape.BANDS if is_rating else Indicator.Shape.LINEAR
    return {"shape": shape, "knots": [[x, y] for x, y in zip(at, rising, strict=True)]}


def add_floor(version: SchemeVersion, _at: str, typed: Mapping[str, str]) -> str:
    """A tier of the same scale; its floor is as high as the one above it, and said to be wrong until it is lower."""
    wanted = typed.get("tier", "")
    tier = missing_tiers(version).filter(pk=wanted).first() if wanted.isdecimal() else None
    if tier is None:
        raise RefusedStepError(_("Choose a tier."))
    above = [floor.total for floor in version.floors.all() if floor.tier.rank < tier.rank]
    return mark(Floor.objects.create(version=version, tier=tier, total=min(above, default=100_000_000)))


def missing_tiers(version: SchemeVersion) -> QuerySet[Tier]:
    floors = version.floors.all()
    scales = {floor.tier.scale for floor in floors}
    return Tier.objects.filter(scale__in=scales).exclude(pk__in=[f.tier_id for f in floors]).order_by("rank")


def add_condition(version: SchemeVersion, at: str, typed: Mapping[str, str]) -> str:
    """About an indicator of the version; it begins in the middle of its curve, on the better side."""
    floor, key = line(version, at), typed.get(f"{at}-condition", "")
    indicator = next((each for each in version.indicators() if each.key == key), None)
    if (
        not isinstance(floor, Floor)
        or indicator is None
        or key in {c.indicator for c in floor.conditions.all()}
    ):
        raise RefusedStepError(_("Choose what the condition is about."))
    middle, known = indicator.knots[len(indicator.knots) // 2][0], measures().get(key)
    end = "at_most" if known and known.is_lower_better else "at_least"
    return mark(Condition.objects.create(floor=floor, indicator=key, **{end: middle}))


def unasked(version: SchemeVersion, floor: Floor) -> list[Indicator]:
    """Of which indicators a tier asks nothing yet."""
    asked = {condition.indicator for condition in floor.conditions.all()}
    return [indicator for indicator in version.indicators() if indicator.key not in asked]


def level(version: SchemeVersion, at: str, typed: Mapping[str, str]) -> str:
    """Weights of a group add up to 100: what was changed stays, the others make room in proportion."""
    rows: Sequence[Dimension | Indicator]
    if at == "all":
        rows = list(version.dimensions.all())
    elif isinstance(dimension := line(version, at), Dimension):
        rows = list(dimension.indicators.all())
    else:
        rows = []
    if not rows:
        raise RefusedStepError(_("There is nothing to weigh here yet."))
    kept = changed(rows, read_base(typed.get("base", ""))) or differing(version, rows)
    for row, weight in zip(rows, levelled([row.weight for row in rows], kept), strict=True):
        row.weight = weight
        row.save(update_fields=["weight"])
    return "dimensions" if at == "all" else at


def changed(rows: Sequence[Dimension | Indicator], base: Texts) -> set[int]:
    """Places of the weights that were typed just now."""
    return {
        n for n, row in enumerate(rows) if base.get(f"{mark(row)}-weight", str(row.weight)) != str(row.weight)
    }


def differing(version: SchemeVersion, rows: Sequence[Dimension | Indicator]) -> set[int]:
    """Places of the weights that are not those of the version in force."""
    in_force = SchemeVersion.objects.whole().filter(
        scheme=version.scheme_id, state=SchemeVersion.State.PUBLISHED
    )
    found = in_force.first()
    if found is None:
        return set()
    there: list[Dimension | Indicator] = [*found.dimensions.all(), *found.indicators()]
    weights: dict[Any, int] = {(type(row), row.key): row.weight for row in there}
    return {n for n, row in enumerate(rows) if weights.get((type(row), row.key), row.weight) != row.weight}


def levelled(weights: Sequence[int], kept: Iterable[int]) -> list[int]:
    """Whole percents that add up to 100. Where those to be kept leave no room, all of them move."""
    fixed = set(kept)
    rest = PERCENT - sum(weights[n] for n in fixed)
    free = [n for n in range(len(weights)) if n not in fixed]
    if rest < 0 or not free:
        fixed, rest, free = set(), PERCENT, list(range(len(weights)))
    shares = [weights[n] for n in free]
    found = iter(apportion(rest, shares if any(shares) else [1] * len(free)))
    return [weights[n] if n in fixed else next(found) for n in range(len(weights))]


STEPS: Final[dict[str, Callable[[SchemeVersion, str, Mapping[str, str]], str]]] = {
    "up": up,
    "down": down,
    "remove": remove,
    "add_dimension": add_dimension,
    "add_indicator": add_indicator,
    "add_floor": add_floor,
    "add_condition": add_condition,
    "level": level,
}
