"""What is worked out of published runs in the background, so that lists need not."""

from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Customer
from customers.models.fact import FactQuerySet
from tiering.models.change import TierChange
from tiering.models.run import ON_TRUST, Run
from toolbox.money import MoneyField


class Category(models.TextChoices):
    """What a change of a tier comes from, in a word. A person may correct it."""

    BUSINESS = "business", _("Business with us")
    PAYMENT = "payment", _("Payment")
    RELATION = "relation", _("Relation")
    RATING = "rating", _("Rating or figure")
    MISSING = "missing", _("Missing data")
    SCHEME = "scheme", _("Change of the scheme")
    OTHER = "other", _("Something else")


class Cause(models.Model):
    """What a tier change came from. `computed` follows from the largest part, `category` is that until a person
    corrects it. The effects are millionths of the total and add up to its change (`tiering.attribution`).

    A first grading and a tier set by hand have none until a person says one.
    """

    change = models.OneToOneField(
        TierChange,
        models.CASCADE,
        primary_key=True,
        db_constraint=False,
        related_name="cause",
        verbose_name=_("tier change"),
    )
    computed = models.CharField(_("computed category"), max_length=10, blank=True, choices=Category.choices)
    category = models.CharField(_("category"), max_length=10, choices=Category.choices)
    data = models.IntegerField(default=0, editable=False)
    scheme = models.IntegerField(default=0, editable=False)
    missing = models.IntegerField(default=0, editable=False)
    reweighing = models.IntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("cause of a tier change")
        verbose_name_plural = _("causes of tier changes")
        indexes = [models.Index("category", F("change").desc(), name="cause_by_category")]

    def __str__(self) -> str:
        return self.get_category_display()


class CategoryCorrection(models.Model):
    """A person says what a tier change came from: appended, the last one counts; the numbers stay as they are."""

    change = models.ForeignKey(
        TierChange, models.CASCADE, related_name="category_corrections", verbose_name=_("tier change")
    )
    category = models.CharField(_("category"), max_length=10, choices=Category.choices)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("corrected at"))

    class Meta:
        verbose_name = _("corrected category")
        verbose_name_plural = _("corrected categories")

    def __str__(self) -> str:
        return self.get_category_display()


class Followup(models.Model):
    """How far what follows from a published run has been worked out; it goes on where it stopped."""

    run = models.OneToOneField(
        Run, models.CASCADE, primary_key=True, related_name="followup", verbose_name=_("re-grade")
    )
    upto = models.BigIntegerField(_("done up to customer"), default=0)
    leased_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    customers = models.PositiveIntegerField(_("customers"), default=0)
    unknown = models.JSONField(default=dict, editable=False)
    """Customers whose indicator is not known, by its key."""
    stale = models.JSONField(default=dict, editable=False)
    """Customers whose newest rating or figure is older than a year, by the indicator's key."""

    class Meta:
        verbose_name = _("follow-up of a re-grade")
        verbose_name_plural = _("follow-ups of re-grades")

    def __str__(self) -> str:
        return str(self.run)


class Decisive(models.Model):
    """One unknown indicator that alone can change the tier of a customer, all else as it was graded.

    Of several the one that could lead to most tiers, then the weightiest. It holds as long as the customer stands by
    that grading.
    """

    customer = models.OneToOneField(
        Customer,
        models.CASCADE,
        primary_key=True,
        db_constraint=False,
        related_name="decisive",
        verbose_name=_("customer"),
    )
    grading_id = models.BigIntegerField(editable=False)
    run = models.ForeignKey(Run, models.PROTECT, **ON_TRUST, related_name="+", verbose_name=_("re-grade"))
    indicator = models.SlugField(_("indicator"), max_length=40, db_index=False)
    tiers = models.JSONField(_("possible tiers"))
    """Ids, the best first."""
    others = models.PositiveSmallIntegerField(_("other such indicators"), default=0)
    annual_amount = MoneyField(_("annual amount"), null=True)

    objects = FactQuerySet["Decisive"].as_manager()

    class Meta:
        verbose_name = _("deciding figure")
        verbose_name_plural = _("deciding figures")
        indexes = [
            models.Index(
                Coalesce(F("annual_amount"), -1).desc(), F("customer").desc(), name="decisive_by_amount"
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.indicator}"

    @property
    def is_current(self) -> bool:
        return self.grading_id == self.customer.standing.grading_id
