"""Tier changes, never without a reason, and tiers set by hand."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Self

from django.db import models
from django.db.models import Max, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Customer, Tier
from customers.models.fact import FactQuerySet
from tiering.models.run import ON_TRUST, Run


class TierChangeQuerySet(FactQuerySet["TierChange"]):
    def upgrades(self) -> Self:
        return self.filter(
            to_tier__scale=models.F("from_tier__scale"), to_tier__rank__lt=models.F("from_tier__rank")
        )

    def downgrades(self) -> Self:
        return self.filter(
            to_tier__scale=models.F("from_tier__scale"), to_tier__rank__gt=models.F("from_tier__rank")
        )

    def rescaled(self) -> Self:
        """To the scale of another scheme, which is neither up nor down."""
        return self.filter(from_tier__isnull=False, to_tier__isnull=False).exclude(
            to_tier__scale=models.F("from_tier__scale")
        )

    def of_undone_runs(self) -> Self:
        """What re-grades did that were undone, and what undid them."""
        return self.filter(run__in=Run.objects.undone())

    def that_stand(self) -> Self:
        """As if no re-grade that was undone had ever been: for counting. History keeps all of them."""
        return self.filter(Q(run=None) | ~Q(run__in=Run.objects.undone()))

    def with_reasons(self) -> Self:
        """With what the sentence of a change asks for."""
        return self.select_related("cause", "run__version")

    def last_of(self, customers: Collection[Customer]) -> Self:
        """The last change of each of them; by the chain of ids, whatever the clocks said."""
        theirs = self.filter(customer__in=customers).order_by().values("customer_id")
        return self.filter(pk__in=theirs.annotate(last=Max("pk")).values("last"))

    def in_grace(self, today: date) -> Self:
        """Of customers who are still served by the playbook of a tier that they had: the change that says so, one each.

        What a downgrade granted holds to its day, whatever comes after it: the best of what is granted counts, until the
        tier itself is as good. Tiers of another scale are neither better nor worse: what was granted there holds.
        """
        now = "customer__standing__tier"
        is_less = Q(**{now: None}) | ~Q(**{f"{now}__scale": models.F("from_tier__scale")})
        is_less |= Q(**{f"{now}__rank__gt": models.F("from_tier__rank")})
        granted = TierChange.objects.filter(is_less, customer=OuterRef("customer"), grace_until__gte=today)
        best = granted.order_by("from_tier__rank", "-grace_until", "pk").values("pk")[:1]
        return self.filter(pk=Subquery(best), grace_until__gte=today)


class TierChange(models.Model):
    """From, to, when, by what, why: appended, never edited. `reason` is read by `tiering.explanation`."""

    customer = models.ForeignKey(
        Customer, models.CASCADE, db_index=False, related_name="tier_changes", verbose_name=_("customer")
    )
    run = models.ForeignKey(
        Run,
        models.PROTECT,
        null=True,
        blank=True,
        **ON_TRUST,
        related_name="changes",
        verbose_name=_("re-grade"),
    )
    from_tier = models.ForeignKey(
        Tier,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        **ON_TRUST,
        verbose_name=_("from"),
    )
    to_tier = models.ForeignKey(
        Tier,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        **ON_TRUST,
        verbose_name=_("to"),
    )
    """None where a tier set by hand ends and no run ever gave one."""
    effective_on = models.DateField(_("as of"))
    changed_at = models.DateTimeField(_("changed at"))
    by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    reason = models.JSONField(_("reason"))
    words = models.TextField(_("in a person's words"), blank=True, max_length=2_000)
    grace_until = models.DateField(_("playbook before holds until"), null=True, blank=True)
    """The last day on which the playbook of the tier before still holds."""

    objects = TierChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("tier change")
        verbose_name_plural = _("tier changes")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "customer"],
                name="one_tier_change_in_a_run",
                violation_error_message=_("A customer changes tier once in a run."),
            ),
            models.CheckConstraint(
                condition=~Q(from_tier=models.F("to_tier")),
                name="a_tier_change_changes_the_tier",
                violation_error_message=_("A change leads to another tier."),
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-changed_at"], name="tier_change_customer"),
            models.Index(fields=["-changed_at", "-id"], name="tier_change_newest"),
            models.Index(fields=["run", "-changed_at", "-id"], name="tier_change_of_a_run"),
            models.Index("grace_until", name="tier_change_grace", condition=~Q(grace_until=None)),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.from_tier or '–'} → {self.to_tier or '–'}"

    @property
    def is_upgrade(self) -> bool:
        return bool(self.from_tier and self.to_tier and self.from_tier.step_to(self.to_tier) == 1)

    @property
    def is_downgrade(self) -> bool:
        return bool(self.from_tier and self.to_tier and self.from_tier.step_to(self.to_tier) == -1)

    @property
    def is_rescaled(self) -> bool:
        """Another scheme grades the customer now, on a scale of its own: neither up nor down."""
        return bool(self.from_tier and self.to_tier and self.from_tier.scale != self.to_tier.scale)


class Remark(models.Model):
    """A person's own words beside a computed reason: appended, never edited; the numbers stay as they are."""

    change = models.ForeignKey(
        TierChange, models.CASCADE, related_name="remarks", verbose_name=_("tier change")
    )
    words = models.TextField(_("in a person's words"), max_length=2_000)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("remark on a tier change")
        verbose_name_plural = _("remarks on tier changes")
        constraints = [
            models.CheckConstraint(
                condition=~Q(words=""),
                name="remark_has_words",
                violation_error_message=_("A remark needs words."),
            )
        ]

    def __str__(self) -> str:
        return self.words[:60]


class OverrideQuerySet(FactQuerySet["Override"]):
    def in_force(self, today: date) -> Self:
        return self.filter(ended_at=None, expires_on__gte=today)

    def ending(self, today: date, *, within: timedelta) -> Self:
        """Of those in force the ones whose last day comes that soon."""
        return self.in_force(today).filter(expires_on__lte=today + within)

    def of_active_customers(self) -> Self:
        return self.filter(customer__archived_at=None)


class Override(models.Model):
    """A tier set by a person, with reason and last day. The computed tier stays visible beside it."""

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="overrides", verbose_name=_("customer")
    )
    tier = models.ForeignKey(Tier, models.PROTECT, related_name="+", verbose_name=_("tier"))
    tier_before = models.ForeignKey(
        Tier, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("tier before")
    )
    reason = models.TextField(_("reason"), max_length=2_000)
    expires_on = models.DateField(_("valid until"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("set at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = OverrideQuerySet.as_manager()

    class Meta:
        verbose_name = _("tier set by hand")
        verbose_name_plural = _("tiers set by hand")
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="override_has_a_reason",
                violation_error_message=_("A tier set by hand needs a reason."),
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(ended_at=None),
                name="one_override_in_force_per_customer",
                violation_error_message=_("The tier of this customer is set by hand already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.tier}"
