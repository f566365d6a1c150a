"""The nurture list: customers who are worth one-to-one advice, with the evidence that says so."""

from datetime import date
from typing import Final, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Customer
from customers.models.fact import FactQuerySet


class NurtureRules(models.Model):
    """The thresholds of the list: one row."""

    enquiries = models.PositiveSmallIntegerField(
        _("enquiries about new products"),
        default=3,
        validators=[MinValueValidator(2), MaxValueValidator(100)],
        help_text=_("So many, in calls, visits, messages and service requests, are frequent."),
    )
    enquiry_days = models.PositiveSmallIntegerField(
        _("within days"), default=90, validators=[MinValueValidator(7), MaxValueValidator(366)]
    )
    bulk_days = models.PositiveSmallIntegerField(
        _("intent to buy in bulk, within days"),
        default=90,
        validators=[MinValueValidator(7), MaxValueValidator(366)],
        help_text=_("For so long what a customer said about buying in bulk counts."),
    )

    class Meta:
        verbose_name = _("rules of the nurture list")
        verbose_name_plural = _("rules of the nurture list")
        constraints = [
            models.CheckConstraint(
                condition=Q(pk=1),
                name="nurture_rules_are_one_row",
                violation_error_message=_("There is one nurture list."),
            ),
            models.CheckConstraint(
                condition=Q(
                    enquiries__range=(2, 100), enquiry_days__range=(7, 366), bulk_days__range=(7, 366)
                ),
                name="nurture_rules_are_sane",
                violation_error_message=_("Choose 2 to 100 enquiries within 7 to 366 days."),
            ),
        ]

    def __str__(self) -> str:
        return str(_("rules of the nurture list"))

    @classmethod
    def in_force(cls) -> Self:
        """The defaults where nobody has set them yet."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class CandidateQuerySet(FactQuerySet["Candidate"]):
    def living(self) -> Self:
        return self.filter(state__in=Candidate.LIVING)

    def open(self) -> Self:
        return self.filter(state__in=Candidate.OPEN)

    def due(self, today: date) -> Self:
        """Taken up, and to be looked at again by now."""
        return self.filter(state=Candidate.State.TAKEN, follow_up_on__lte=today)

    def for_list(self) -> Self:
        """Of active customers, with what a row of the list shows."""
        rows = self.filter(customer__archived_at=None).select_related(
            "customer__standing__tier", "customer__owner", "customer__team", "taken_by", "closed_by"
        )
        return rows.defer("customer__notes", "customer__search_text")


class Candidate(models.Model):
    """A customer on the list by one rule. `evidence` is read by `tiering.nurture.evidence`.

    Of a customer and a rule one row lives: it is listed, taken up, or lapsed until the rule holds again. Once it was
    dismissed or finished, the next one takes evidence newer than its own.
    """

    class Rule(models.TextChoices):
        GROWTH = "growth", _("Three months of growth")
        ENQUIRIES = "enquiries", _("Frequent enquiries about new products")
        BULK = "bulk", _("Intent to buy in bulk")

    class State(models.TextChoices):
        LISTED = "listed", _("Waiting to be taken up")
        TAKEN = "taken", _("Taken up")
        LAPSED = "lapsed", _("Lapsed: the rule no longer holds")
        DISMISSED = "dismissed", _("Dismissed")
        DONE = "done", _("Finished")

    OPEN: Final = (State.LISTED, State.TAKEN)
    LIVING: Final = (State.LISTED, State.TAKEN, State.LAPSED)

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="candidacies", db_index=False, verbose_name=_("customer")
    )
    rule = models.CharField(_("rule"), max_length=10, choices=Rule.choices)
    evidence = models.JSONField(_("evidence"))
    since = models.DateField(_("since"))
    """The day from which the evidence speaks."""
    newest_at = models.DateTimeField(_("newest evidence"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.LISTED)
    listed_at = models.DateTimeField(_("listed at"))

    taken_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("taken up by")
    )
    taken_at = models.DateTimeField(_("taken up at"), null=True, blank=True)
    next_step = models.CharField(_("next step"), max_length=500, blank=True)
    follow_up_on = models.DateField(_("follow up on"), null=True, blank=True)

    closed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("closed by")
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    words = models.CharField(_("reason or outcome"), max_length=500, blank=True)

    objects = CandidateQuerySet.as_manager()

    class Meta:
        verbose_name = _("candidate for nurture")
        verbose_name_plural = _("candidates for nurture")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "rule", "newest_at"],
                name="nurture_once_for_the_same_evidence",
                violation_error_message=_("This evidence has been listed already."),
            ),
            models.UniqueConstraint(
                fields=["customer", "rule"],
                condition=Q(state__in=["listed", "taken", "lapsed"]),
                name="nurture_one_living_per_rule",
                violation_error_message=_("This customer is on the list by this rule already."),
            ),
            models.CheckConstraint(
                condition=Q(rule__in=["growth", "enquiries", "bulk"]),
                name="nurture_rule_is_known",
                violation_error_message=_("Nobody knows this rule."),
            ),
            models.CheckConstraint(
                condition=Q(state="listed", taken_at=None, closed_at=None, closed_by=None)
                | Q(state="lapsed", taken_at=None, closed_at__isnull=False, closed_by=None)
                | Q(
                    state="taken",
                    taken_by__isnull=False,
                    taken_at__isnull=False,
                    follow_up_on__isnull=False,
                    closed_at=None,
                )
                & ~Q(next_step="")
                | Q(state__in=["dismissed", "done"], closed_by__isnull=False, closed_at__isnull=False)
                & ~Q(words=""),
                name="nurture_state_has_its_facts",
                violation_error_message=_(
                    "What is taken up says by whom, the next step and its day; what is closed says by whom and why."
                ),
            ),
        ]
        indexes = [
            models.Index("state", "customer", name="nurture_by_state"),
            models.Index("taken_by", "follow_up_on", name="nurture_follow_ups", condition=Q(state="taken")),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.get_rule_display()}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN
