"""What a scheme says of review and movement: when a run waits for people, and what holds a change of tier back."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tiering import scoring

PERCENTAGE = [MinValueValidator(1), MaxValueValidator(100)]
MOST_RUNS = 12
LONGEST_GRACE = 366


class Review(models.TextChoices):
    WAIT = "wait", _("Every re-grade waits for review")
    GUARDED = "guarded", _("A re-grade is published by itself unless a guard holds it")


class ReviewSettings(models.Model):
    """Of a scheme: whether its runs publish by themselves. A guard that is empty is off."""

    review = models.CharField(_("review"), max_length=10, choices=Review.choices, default=Review.GUARDED)
    guard_customers = models.PositiveSmallIntegerField(
        _("hold when more customers move than"), null=True, blank=True, default=30, validators=PERCENTAGE,
        help_text=_("Percent of the customers that had a tier. Empty: any number may move."),
    )  # fmt: skip
    guard_amount = models.PositiveSmallIntegerField(
        _("hold when more annual amount moves than"), null=True, blank=True, default=30, validators=PERCENTAGE,
        help_text=_("Percent of the annual amount of the customers that had a tier. Empty: any amount may move."),
    )  # fmt: skip
    guard_coverage = models.PositiveSmallIntegerField(
        _("hold when the coverage fell by more than"), null=True, blank=True, default=10, validators=PERCENTAGE,
        help_text=_("Percentage points, on average, since the last published re-grade. Empty: it may fall."),
    )  # fmt: skip
    guard_stale_days = models.PositiveSmallIntegerField(
        _("hold when the newest fact is older than"), null=True, blank=True, default=31,
        validators=[MinValueValidator(1)],
        help_text=_(
            "Days between the newest order or payment on record and the day as of which is graded. Empty: it may be old."
        ),
    )  # fmt: skip

    class Meta:
        abstract = True


GUARD_CONSTRAINTS = [
    models.CheckConstraint(
        condition=Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__range": (1, 100)}),
        name=f"scheme_{name}_is_a_percentage",
        violation_error_message=_("A percentage lies between 0 and 100."),
    )
    for name in ("guard_customers", "guard_amount", "guard_coverage")
]


class MovementPolicy(models.Model):
    """Of a version: what `tiering.policy` goes by, beside its floors. All of it is off by default."""

    margin = models.PositiveIntegerField(
        _("margin"),
        default=0,
        help_text=_(
            "Millionths of a point below the floor that a customer may fall before it loses its tier."
        ),
    )
    dwell = models.PositiveSmallIntegerField(
        _("re-grades below before a downgrade"),
        default=1,
        help_text=_("1: the first re-grade in which the score is too low."),
    )
    one_step = models.BooleanField(_("one tier down at most"), default=False)
    grace_days = models.PositiveSmallIntegerField(
        _("days of grace"),
        default=0,
        help_text=_(
            "So long after a downgrade, or a move to another scheme, the playbook of the tier before still holds."
        ),
    )
    nightly_upgrades = models.BooleanField(
        _("upgrades between re-grades"),
        default=False,
        help_text=_(
            "Each night customers whose facts changed are graded, and those that reach a better tier move."
        ),
    )

    class Meta:
        abstract = True


POLICY_COLUMNS = ("margin", "dwell", "one_step", "grace_days", "nightly_upgrades")
POLICY_CONSTRAINTS = [
    models.CheckConstraint(
        condition=Q(margin__lte=scoring.FULL_TOTAL),
        name="margin_is_at_most_100",
        violation_error_message=_("Points lie between 0 and 100."),
    ),
    models.CheckConstraint(
        condition=Q(dwell__range=(1, MOST_RUNS)),
        name="dwell_is_1_to_12_runs",
        violation_error_message=_("A downgrade takes 1 to 12 re-grades."),
    ),
    models.CheckConstraint(
        condition=Q(grace_days__lte=LONGEST_GRACE),
        name="grace_is_at_most_a_year",
        violation_error_message=_("A period of grace lasts a year at most."),
    ),
]
