"""A scheme is data: dimensions, indicators, curves, floors or conditions. A published version never changes."""

from datetime import datetime
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, gettext_lazy as _, pgettext_lazy

from accounts.models import User
from customers.models import Tier
from tiering import conditions, policy, refusals, scoring
from tiering.models.condition import Condition, Decides
from tiering.models.governing import GUARD_CONSTRAINTS, POLICY_CONSTRAINTS, MovementPolicy, ReviewSettings
from toolbox import calendars
from toolbox.templatetags import formats


class Named(models.Model):
    """Something with a key and a name in both languages."""

    key = models.SlugField(_("key"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=80)
    name_zh = models.CharField(_("Chinese name"), max_length=80)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en


class Cadence(models.TextChoices):
    MONTHLY = calendars.Cadence.MONTHLY, _("Every month")
    QUARTERLY = calendars.Cadence.QUARTERLY, _("Every quarter")
    HALF_YEARLY = calendars.Cadence.HALF_YEARLY, _("Every half-year")


class SchemeQuerySet(models.QuerySet["Scheme"]):
    def grading(self) -> Self:
        """Those by which customers are graded: the default one first, then those that some are assigned to."""
        return (
            self.filter(Q(is_default=True) | Q(assignments__isnull=False))
            .distinct()
            .order_by("-is_default", "pk")
        )


class Scheme(ReviewSettings, Named):
    key = models.SlugField(_("key"), max_length=40, unique=True)
    description_en = models.TextField(_("English description"), blank=True)
    description_zh = models.TextField(_("Chinese description"), blank=True)
    is_default = models.BooleanField(_("grades the book"), default=False)
    cadence = models.CharField(
        _("re-graded"), max_length=12, choices=Cadence.choices, default=Cadence.QUARTERLY
    )

    objects = SchemeQuerySet.as_manager()

    class Meta:
        verbose_name = _("scheme")
        verbose_name_plural = _("schemes")
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="one_default_scheme",
                violation_error_message=_("Another scheme grades the book already. Take that from it first."),
            ),
            *GUARD_CONSTRAINTS,
        ]

    @property
    def description(self) -> str:
        return self.description_zh if (get_language() or "").startswith("zh") else self.description_en

    def published(self) -> "SchemeVersion":
        """The version in force."""
        return self.versions.get(state=SchemeVersion.State.PUBLISHED)


KEPT_RULES: dict[tuple[int, datetime | None], scoring.Scheme] = {}
KEPT_NAMES: dict[tuple[int, datetime | None], dict[str, tuple[str, str]]] = {}
"""English and Chinese names of indicators by key, kept together with the rules."""
MOST_KEPT = 64


class SchemeVersionQuerySet(models.QuerySet["SchemeVersion"]):
    def whole(self) -> Self:
        """With everything that scoring needs, in five queries."""
        return self.select_related("scheme").prefetch_related(
            models.Prefetch("dimensions", Dimension.objects.order_by("position")),
            models.Prefetch("dimensions__indicators", Indicator.objects.order_by("position")),
            models.Prefetch("floors", Floor.objects.select_related("tier").order_by("tier__rank")),
            models.Prefetch("floors__conditions", Condition.objects.order_by("pk")),
        )


class SchemeVersion(MovementPolicy):
    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("In force")
        RETIRED = "retired", _("Retired")

    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="versions", verbose_name=_("scheme"))
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    decides_by = models.CharField(
        _("tiers are decided by"), max_length=10, choices=Decides.choices, default=Decides.FLOORS
    )
    window_months = models.PositiveSmallIntegerField(_("months of facts"), default=12)
    coverage_floor = models.PositiveSmallIntegerField(
        _("coverage floor"),
        default=50,
        help_text=_("Percent of the weight that must be known; below it a customer keeps its tier."),
    )
    note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("published by"),
    )
    revision = models.PositiveIntegerField(default=0, editable=False)
    """Counts the edits of a draft: whoever saves says which one they read."""
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True, editable=False)
    edited_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("edited by"),
    )

    objects = SchemeVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("scheme version")
        verbose_name_plural = _("scheme versions")
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "number"],
                name="scheme_version_number",
                violation_error_message=_("This scheme has a version with this number already."),
            ),
            models.UniqueConstraint(
                fields=["scheme"],
                condition=Q(state="published"),
                name="one_version_of_a_scheme_in_force",
                violation_error_message=_("Another version of this scheme is in force already."),
            ),
            models.CheckConstraint(
                condition=Q(coverage_floor__lte=100),
                name="coverage_floor_is_a_percentage",
                violation_error_message=_("A percentage lies between 0 and 100."),
            ),
            models.CheckConstraint(
                condition=Q(window_months__range=(1, 60)),
                name="window_is_1_to_60_months",
                violation_error_message=_("Facts of 1 to 60 months can be asked for."),
            ),
            *POLICY_CONSTRAINTS,
        ]

    def __str__(self) -> str:
        return f"{self.scheme} v{self.number}"

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_by_rules(self) -> bool:
        return self.decides_by == Decides.RULES

    @property
    def coverage_floor_in_basis_points(self) -> int:
        return self.coverage_floor * 100

    def rules(self) -> scoring.Scheme:
        """The version as the pure scorer wants it. Raises ValueError where it does not add up."""
        return scoring.Scheme(
            dimensions=tuple(dimension.rule() for dimension in self.dimensions.all()),
            floors=tuple(scoring.Floor(floor.tier.key, floor.total) for floor in self.floors.all()),
            coverage_floor=self.coverage_floor_in_basis_points,
            conditions=self.conditions(),
            key=self.scheme.key,
            scale=next((floor.tier.scale for floor in self.floors.all()), ""),
        )

    def conditions(self) -> tuple[conditions.Condition, ...]:
        """By which the tiers are decided; none where floors do. The best tier's come first."""
        if not self.is_by_rules:
            return ()
        found = tuple(
            each.rule(floor.tier.key) for floor in self.floors.all() for each in floor.conditions.all()
        )
        if not found:
            raise ValueError(_("Rules decide, but no tier has a condition."))
        return found

    def kept_rules(self) -> scoring.Scheme:
        """The same, read once per process: what was put in force never changes."""
        if self.is_draft:
            return type(self).objects.whole().get(pk=self.pk).rules()
        return KEPT_RULES[self._kept()]

    def kept_names(self) -> dict[str, str]:
        """What this version calls its indicators, by key, in the reader's language; read once per process too."""
        if self.is_draft:
            return {i.key: i.name for i in Indicator.objects.filter(dimension__version=self.pk)}
        place = 1 if (get_language() or "").startswith("zh") else 0
        return {key: names[place] for key, names in KEPT_NAMES[self._kept()].items()}

    def _kept(self) -> tuple[int, datetime | None]:
        key = (self.pk, self.published_at)
        if key not in KEPT_RULES:
            if len(KEPT_RULES) >= MOST_KEPT:
                KEPT_RULES.clear()
                KEPT_NAMES.clear()
            version = type(self).objects.whole().get(pk=self.pk)
            KEPT_NAMES[key] = {i.key: (i.name_en, i.name_zh) for i in version.indicators()}
            KEPT_RULES[key] = version.rules()
        return key

    def policy(self) -> policy.Policy:
        """What is done about the tier by the numbers; `whole()` saves queries."""
        floors = self.floors.all()
        return policy.Policy(
            tuple(floor.total for floor in floors),
            margin=0 if self.is_by_rules else self.margin,
            dwell=self.dwell,
            one_step=self.one_step,
            entering=frozenset(n for n, floor in enumerate(floors) if floor.approve_entering),
            leaving=frozenset(n for n, floor in enumerate(floors) if floor.approve_leaving),
            by_rules=self.is_by_rules,
        )

    def indicators(self) -> list["Indicator"]:
        """In scheme order: the order of every list in a grading."""
        return [indicator for dimension in self.dimensions.all() for indicator in dimension.indicators.all()]


class Floor(models.Model):
    version = models.ForeignKey(
        SchemeVersion, models.CASCADE, related_name="floors", verbose_name=_("scheme version")
    )
    tier = models.ForeignKey(Tier, models.PROTECT, related_name="+", verbose_name=_("tier"))
    total = models.PositiveIntegerField(
        _("floor"), help_text=_("Millionths of a point: 80,000,000 is 80 points.")
    )
    approve_entering = models.BooleanField(_("entering it takes approval"), default=False)
    approve_leaving = models.BooleanField(_("leaving it takes approval"), default=False)

    class Meta:
        verbose_name = _("floor")
        verbose_name_plural = _("floors")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "tier"],
                name="one_floor_for_a_tier",
                violation_error_message=_("This tier has a floor in this version already."),
            ),
            models.CheckConstraint(
                condition=Q(total__lte=scoring.FULL_TOTAL),
                name="floor_is_at_most_100",
                violation_error_message=_("Points lie between 0 and 100."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tier} ≥ {formats.score(self.total)}"


class Dimension(Named):
    version = models.ForeignKey(
        SchemeVersion, models.CASCADE, related_name="dimensions", verbose_name=_("scheme version")
    )
    weight = models.PositiveSmallIntegerField(_("weight"), help_text=_("Whole percent of the total."))
    position = models.PositiveSmallIntegerField(pgettext_lazy("in a list", "position"))

    class Meta:
        verbose_name = _("dimension")
        verbose_name_plural = _("dimensions")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "key"],
                name="dimension_key_in_its_version",
                violation_error_message=_("This version has a dimension with this key already."),
            ),
            models.CheckConstraint(
                condition=Q(weight__lte=100),
                name="dimension_weight_is_a_percentage",
                violation_error_message=_("A weight lies between 0 and 100 percent."),
            ),
        ]

    def rule(self) -> scoring.Dimension:
        return scoring.Dimension(
            self.key, self.weight, tuple(indicator.rule() for indicator in self.indicators.all())
        )


def no_knots() -> list[list[int]]:
    return [[0, 0]]


class Indicator(Named):
    """What is measured inside a dimension. `key` names the measure that brings its raw value."""

    class Shape(models.TextChoices):
        BANDS = "bands", _("Bands")
        LINEAR = "linear", _("Linear between knots")

    class Missing(models.TextChoices):
        LEAVE_OUT = "leave_out", _("Leave out and re-weigh")
        NEUTRAL = "neutral", _("Neutral points (50)")
        ZERO = "zero", _("Zero points")

    dimension = models.ForeignKey(
        Dimension, models.CASCADE, related_name="indicators", verbose_name=_("dimension")
    )
    weight = models.PositiveSmallIntegerField(_("weight"), help_text=_("Whole percent of the dimension."))
    position = models.PositiveSmallIntegerField(pgettext_lazy("in a list", "position"))
    shape = models.CharField(_("curve"), max_length=10, choices=Shape.choices, default=Shape.LINEAR)
    knots = models.JSONField(
        _("knots"),
        default=no_knots,
        help_text=_(
            "Pairs of raw value (in the indicator's unit) and points in hundredths, raw values rising."
        ),
    )
    missing = models.CharField(
        _("when unknown"), max_length=10, choices=Missing.choices, default=Missing.LEAVE_OUT
    )

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        constraints = [
            models.UniqueConstraint(
                fields=["dimension", "key"],
                name="indicator_key_in_its_dimension",
                violation_error_message=_("This dimension has this indicator already."),
            ),
            models.CheckConstraint(
                condition=Q(weight__lte=100),
                name="indicator_weight_is_a_percentage",
                violation_error_message=_("A weight lies between 0 and 100 percent."),
            ),
        ]

    def clean(self) -> None:
        try:
            self.curve()
        except (TypeError, ValueError) as error:
            raise ValidationError({"knots": refusals.said(error)}) from error

    def curve(self) -> scoring.Curve:
        return scoring.Curve(scoring.Shape(self.shape), tuple((whole(x), whole(y)) for x, y in self.knots))

    def rule(self) -> scoring.Indicator:
        return scoring.Indicator(self.key, self.weight, self.curve(), scoring.Missing(self.missing))


def whole(number: Any) -> int:
    """A JSON number that is an integer; true, 1.5 and "1" are not."""
    if not isinstance(number, int) or isinstance(number, bool):
        raise ValueError(_("Knots are pairs of whole numbers."))  # noqa: TRY004 - shown as a form error
    return number
