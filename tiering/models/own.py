"""Indicators that a company makes for itself: rated by people, or given as a figure with its source."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, gettext_lazy as _

from tiering.models.scheme import Indicator, Named, SchemeVersion


class OwnIndicator(Named):
    """Becomes a measure. What a value means (kind, unit, direction) stays once a version in force goes by it."""

    class Kind(models.TextChoices):
        RATED = "rated", _("Rated by a person, 1 to 5, with evidence")
        GIVEN = "given", _("A figure with its source, typed or from a sheet")

    class Unit(models.TextChoices):
        """What a figure may count: those units of `tiering.measures` that one types as a plain number."""

        INDEX = "index", _("index 0–100")
        FEN = "fen", _("money")
        BASIS_POINTS = "bp", _("percent")
        DAYS = "days", _("days")
        TIMES = "times", _("times")

    key = models.SlugField(_("key"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    unit = models.CharField(_("unit"), max_length=10, choices=Unit.choices, default=Unit.INDEX)
    lowest = models.BigIntegerField(_("lowest"), null=True, blank=True)
    highest = models.BigIntegerField(_("highest"), null=True, blank=True)
    is_lower_better = models.BooleanField(_("less is better"), default=False)
    help_en = models.TextField(_("English explanation"), blank=True, max_length=500)
    help_zh = models.TextField(_("Chinese explanation"), blank=True, max_length=500)

    class Meta:
        verbose_name = _("own indicator")
        verbose_name_plural = _("own indicators")
        constraints = [
            models.CheckConstraint(
                condition=Q(lowest=None) | Q(highest=None) | Q(lowest__lt=F("highest")),
                name="own_indicator_bounds_rise",
                violation_error_message=_("The highest value must be above the lowest."),
            ),
        ]

    @property
    def help(self) -> str:
        return self.help_zh if (get_language() or "").startswith("zh") else self.help_en

    def versions(self) -> models.QuerySet[SchemeVersion]:
        """Those that go by it, drafts too."""
        by_it = Indicator.objects.filter(key=self.key).values("dimension__version")
        return (
            SchemeVersion.objects.filter(pk__in=by_it).select_related("scheme").order_by("scheme", "-number")
        )

    @property
    def is_settled(self) -> bool:
        """Whether a version that is or was in force goes by it."""
        return self.versions().exclude(state=SchemeVersion.State.DRAFT).exists()
