"""What a tier is promised: dated promises, undated benefits, response times."""

from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Prefetch, Q
from django.utils.translation import get_language, gettext_lazy as _, ngettext, pgettext_lazy

from accounts.models import Department
from customers.models import Channel, Tier
from maintenance.cadence import OCCASIONS, Cadence, Unit

UNITS = [
    (Unit.DAY.value, _("days")),
    (Unit.WEEK.value, _("weeks")),
    (Unit.MONTH.value, _("months")),
    (Unit.QUARTER.value, _("quarters")),
    (Unit.YEAR.value, _("years")),
    (Unit.ANNIVERSARY.value, _("company anniversaries")),
    (Unit.FESTIVAL.value, _("festivals")),
]
RHYTHMS = {  # not `ngettext`: languages without a plural still say "every week", not "every 1 week"
    Unit.DAY: (_("every day"), _("every %(count)s days")),
    Unit.WEEK: (_("every week"), _("every %(count)s weeks")),
    Unit.MONTH: (_("every month"), _("every %(count)s months")),
    Unit.QUARTER: (_("every quarter"), _("every %(count)s quarters")),
    Unit.YEAR: (_("every year"), _("every %(count)s years")),
    Unit.ANNIVERSARY: (_("on the company anniversary"),) * 2,
    Unit.FESTIVAL: (_("before the Spring Festival and the Mid-Autumn Festival"),) * 2,
}

ANY_CHANNEL = 30
MINUTES = {
    Channel.PHONE: 20,
    Channel.WECHAT: 10,
    Channel.EMAIL: 10,
    Channel.ONLINE: 45,
    Channel.VISIT: 180,
    Channel.POST: 20,
}
"""Of work, by the channel of what is promised, until somebody says how many."""


class PlaybookQuerySet(models.QuerySet["Playbook"]):
    def with_lines(self) -> Self:
        """With the promises and benefits in force, in order."""
        promises = Promise.objects.filter(is_active=True).order_by("position", "pk")
        benefits = Benefit.objects.order_by("position", "pk")
        return self.prefetch_related(Prefetch("promises", promises), Prefetch("benefits", benefits))


class Playbook(models.Model):
    tier = models.OneToOneField(Tier, models.PROTECT, related_name="playbook", verbose_name=_("tier"))
    respond_within_minutes = models.PositiveIntegerField(_("respond within (minutes)"), null=True, blank=True)
    solve_within_working_hours = models.PositiveIntegerField(
        _("solve within (working hours)"), null=True, blank=True
    )
    is_active = models.BooleanField(_("in use"), default=True)

    objects = PlaybookQuerySet.as_manager()

    class Meta:
        verbose_name = _("playbook")
        verbose_name_plural = _("playbooks")
        constraints = [
            models.CheckConstraint(
                condition=Q(respond_within_minutes=None) | Q(respond_within_minutes__gte=1),
                name="playbook_response_takes_time",
                violation_error_message=_("A response takes at least one minute."),
            ),
            models.CheckConstraint(
                condition=Q(solve_within_working_hours=None) | Q(solve_within_working_hours__gte=1),
                name="playbook_solution_takes_time",
                violation_error_message=_("A solution takes at least one hour."),
            ),
        ]

    def __str__(self) -> str:
        return self.tier.name

    def clean(self) -> None:
        """A higher tier is never served more slowly."""
        for field in ("respond_within_minutes", "solve_within_working_hours"):
            slower = self._others_out_of_order(field)
            if slower:
                raise ValidationError({field: _("A higher tier may not wait longer than a lower one.")})

    def _others_out_of_order(self, field: str) -> bool:
        mine = getattr(self, field)
        if mine is None or not self.tier_id:
            return False
        others = Playbook.objects.exclude(pk=self.pk).filter(tier__scale=self.tier.scale)
        better_but_slower = Q(tier__rank__lt=self.tier.rank, **{f"{field}__gt": mine})
        worse_but_faster = Q(tier__rank__gt=self.tier.rank, **{f"{field}__lt": mine})
        return others.filter(better_but_slower | worse_but_faster).exists()

    @property
    def respond_within(self) -> str:
        minutes = self.respond_within_minutes
        if minutes is None:
            return ""
        if minutes % 60:
            return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
        return ngettext("%(count)s hour", "%(count)s hours", minutes // 60) % {"count": minutes // 60}

    @property
    def solve_within(self) -> str:
        hours = self.solve_within_working_hours
        if hours is None:
            return ""
        return ngettext("%(count)s working hour", "%(count)s working hours", hours) % {"count": hours}


class Titled(models.Model):
    """A line of a playbook, in both languages."""

    title_en = models.CharField(_("English title"), max_length=120)
    title_zh = models.CharField(_("Chinese title"), max_length=120)
    position = models.PositiveSmallIntegerField(pgettext_lazy("in a list", "position"), default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return self.title_zh if (get_language() or "").startswith("zh") else self.title_en


class Promise(Titled):
    """Something done for the customer again and again.

    `key` names what is done in every playbook that has it: a contact kept while the customer was
    important counts when the customer becomes core.
    """

    playbook = models.ForeignKey(
        Playbook, models.CASCADE, related_name="promises", verbose_name=_("playbook")
    )
    key = models.SlugField(_("key"), max_length=40)
    department = models.CharField(_("department"), max_length=10, choices=Department.choices)
    channel = models.CharField(
        _("channel"), max_length=10, blank=True, choices=Channel.choices, help_text=_("Empty: any channel.")
    )
    interval = models.PositiveSmallIntegerField(_("every"), default=1, validators=[MinValueValidator(1)])
    unit = models.CharField(_("unit"), max_length=11, choices=UNITS)
    grace_days = models.PositiveSmallIntegerField(
        _("days of grace"), default=0, help_text=_("Late, but not yet broken.")
    )
    minutes = models.PositiveSmallIntegerField(
        _("minutes of work"),
        default=ANY_CHANNEL,
        help_text=_("Each time, with preparation and the way there: for the hours that tiers require."),
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        constraints = [
            models.UniqueConstraint(fields=["playbook", "key", "department"], name="promise_is_made_once"),
            models.CheckConstraint(
                condition=~Q(title_en="") & ~Q(title_zh=""),
                name="promise_has_its_titles",
                violation_error_message=_("The title is needed in both languages."),
            ),
            models.CheckConstraint(
                condition=Q(department__in=Department.values),
                name="promise_department_is_known",
                violation_error_message=_("Choose one of the departments."),
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["", *Channel.values]),
                name="promise_channel_is_known",
                violation_error_message=_("Choose one of the channels, or none for any."),
            ),
            models.CheckConstraint(
                condition=Q(unit__in=[unit.value for unit in Unit]),
                name="promise_unit_is_known",
                violation_error_message=_("Choose one of the units."),
            ),
            models.CheckConstraint(
                condition=Q(interval__range=(1, 1_000)),
                name="promise_interval_is_sane",
                violation_error_message=_("Repeat it every 1 to 1,000 units."),
            ),
            models.CheckConstraint(
                condition=~Q(unit__in=sorted(unit.value for unit in OCCASIONS)) | Q(interval=1),
                name="promise_leaves_out_no_occasion",
                violation_error_message=_("For anniversaries and festivals the number is 1."),
            ),
        ]

    @property
    def cadence(self) -> Cadence:
        return Cadence(unit=Unit(self.unit), interval=self.interval)

    @property
    def rhythm(self) -> str:
        """ "every week", "every 2 weeks"."""
        one, many = RHYTHMS[Unit(self.unit)]
        return str(one) if self.interval == 1 else str(many) % {"count": self.interval}


class Benefit(Titled):
    """An entitlement without a date."""

    playbook = models.ForeignKey(
        Playbook, models.CASCADE, related_name="benefits", verbose_name=_("playbook")
    )

    class Meta:
        verbose_name = _("benefit")
        verbose_name_plural = _("benefits")
        constraints = [
            models.CheckConstraint(
                condition=~Q(title_en="") & ~Q(title_zh=""),
                name="benefit_has_its_titles",
                violation_error_message=_("The title is needed in both languages."),
            ),
        ]
