"""Where a customer stands today, in one narrow row, and the words it is said in.

The row is born blank with its customer; what it says is written by tiering alone, through one function.
"""

from typing import Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Length, Substr
from django.db.models.lookups import Exact, LessThan
from django.utils.translation import get_language, gettext_lazy as _

from customers.models.customer import Customer
from toolbox.money import MoneyField


class TierQuerySet(models.QuerySet["Tier"]):
    def in_use(self) -> Self:
        """Of the scales on which customers stand, best first; before the first grading all there are."""
        standing = Standing.objects.exclude(tier=None)
        taken = Tier.objects.filter(Exists(standing.filter(tier=OuterRef("pk"))))
        return self.filter(Q(scale__in=taken.values("scale")) | ~Exists(standing)).order_by("scale", "rank")


class Tier(models.Model):
    """A step on a scale of tiers, which one or several schemes grade on. Rank 1 is the best."""

    also = ""
    """What its scale is called, where a page shows another tier of the same name (`customers.scales`)."""

    scale = models.SlugField(_("scale"), max_length=40)
    key = models.SlugField(_("key"), max_length=20)
    name_en = models.CharField(_("English name"), max_length=40)
    name_zh = models.CharField(_("Chinese name"), max_length=40)
    rank = models.PositiveSmallIntegerField(_("rank"))
    colour = models.CharField(_("colour"), max_length=20, default="blue")

    objects = TierQuerySet.as_manager()

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        constraints = [
            models.UniqueConstraint(
                fields=["scale", "key"],
                name="tier_key_is_unique_on_its_scale",
                violation_error_message=_("This scale has a tier with this key already."),
            ),
            models.UniqueConstraint(
                fields=["scale", "rank"],
                name="tier_rank_is_unique_on_its_scale",
                violation_error_message=_("This scale has a tier of this rank already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en

    @property
    def label(self) -> str:
        return f"{self.name} · {self.also}" if self.also else self.name

    def step_to(self, other: "Tier") -> int | None:
        """1 up, -1 down, 0 for the same; None where the other stands on another scale and nothing can be said."""
        if self.scale != other.scale:
            return None
        return (other.rank < self.rank) - (other.rank > self.rank)


def score_key(to: str = "") -> Case:
    """What a list is sorted by: the total; below all totals who has no tier, whatever is known of them."""
    return Case(When(**{f"{to}tier__isnull": True}, then=-1), default=Coalesce(F(f"{to}total"), -1))


def amount_key(to: str = "") -> Coalesce:
    return Coalesce(F(f"{to}annual_amount"), -1)


# A re-grade writes every customer into the indexes that lists are sorted by. By the keys themselves each would land
# anywhere in them, which takes the longer the larger the book; by these classes all land at a few places.

_MOST_IDS = 2**40


def score_class(key: Combinable, customer: Combinable) -> Case:
    """Tenths of a point of a `score_key`; those who have none, of whom there may be many, one by one."""
    return Case(
        When(Exact(key, -1), then=customer - _MOST_IDS),
        default=key / 100_000,
        output_field=models.BigIntegerField(),
    )


def amount_class(key: Combinable, customer: Combinable) -> Case:
    """How many digits an `amount_key` has and its first two; those with nothing, of whom there may be many, one by one."""
    digits = Cast(key, models.TextField())
    first = Cast(Substr(digits, 1, 2), models.IntegerField())
    return Case(
        When(LessThan(key, -1), then=-2 * _MOST_IDS),
        When(Exact(key, -1), then=customer - _MOST_IDS),
        When(Exact(key, 0), then=customer),
        default=_MOST_IDS + 100 * Length(digits) + first,
        output_field=models.BigIntegerField(),
    )


class Standing(models.Model):
    """`total`, `low`, `high` are millionths of a point; `coverage` is basis points of the weight.

    Every index here is written for every customer in every re-grade: only what lists ask for has one.
    """

    customer = models.OneToOneField(
        Customer, models.CASCADE, primary_key=True, related_name="standing", verbose_name=_("customer")
    )
    tier = models.ForeignKey(
        Tier, models.PROTECT, null=True, blank=True, db_index=False, related_name="+", verbose_name=_("tier")
    )
    computed_tier = models.ForeignKey(
        Tier,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("computed tier"),
    )
    total = models.IntegerField(_("score"), null=True, blank=True)
    low = models.IntegerField(_("lowest possible score"), null=True, blank=True)
    high = models.IntegerField(_("highest possible score"), null=True, blank=True)
    coverage = models.IntegerField(_("coverage"), null=True, blank=True)
    annual_amount = MoneyField(_("annual amount"), null=True, blank=True)
    graded_on = models.DateField(_("graded as of"), null=True, blank=True)
    since = models.DateField(_("in this tier since"), null=True, blank=True)
    grading_id = models.BigIntegerField(null=True, blank=True, editable=False)
    is_overridden = models.BooleanField(_("set by hand"), default=False)

    class Meta:
        verbose_name = _("standing")
        verbose_name_plural = _("standings")
        constraints = [
            models.CheckConstraint(
                condition=Q(total=None) | Q(total__range=(0, 100_000_000)),
                name="standing_total_is_0_to_100",
                violation_error_message=_("Points lie between 0 and 100."),
            ),
        ]
        indexes = [
            models.Index(score_class(score_key(), F("customer")), name="standing_by_total"),
            models.Index(amount_class(amount_key(), F("customer")), name="standing_by_amount"),
            models.Index("tier", "customer", name="standing_by_tier"),
        ]

    def __str__(self) -> str:
        return str(self.tier or _("Not yet graded"))

    @property
    def computed_differs(self) -> bool:
        """The numbers alone would give another tier: it is set by hand, held back, or was rejected."""
        return self.computed_tier_id is not None and self.computed_tier_id != self.tier_id
