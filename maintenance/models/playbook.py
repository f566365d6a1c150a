"""What a tier is promised: dated promises, undated benefits, response times. In versions."""

from datetime import date, timedelta
from typing import Final, Self

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils.translation import get_language, gettext_lazy as _, ngettext, pgettext_lazy

from accounts.models import Department, User
from customers.models import Channel, Tier
from maintenance.cadence import FOR_PRESENTS, OCCASIONS, Cadence, Unit
from toolbox.calendars import Festival
from toolbox.money import MoneyField
from toolbox.percent import PercentField

UNITS = [
    (Unit.DAY.value, _("days")),
    (Unit.WEEK.value, _("weeks")),
    (Unit.MONTH.value, _("months")),
    (Unit.QUARTER.value, _("quarters")),
    (Unit.YEAR.value, _("years")),
    (Unit.ANNIVERSARY.value, _("company anniversaries")),
    (Unit.BIRTHDAY.value, _("birthdays of contacts")),
    (Unit.FESTIVAL.value, _("festivals")),
    (Unit.ORDER.value, _("days after an order")),
]
RHYTHMS = {  # not `ngettext`: languages without a plural still say "every week", not "every 1 week"
    Unit.DAY: (_("every day"), _("every %(count)s days")),
    Unit.WEEK: (_("every week"), _("every %(count)s weeks")),
    Unit.MONTH: (_("every month"), _("every %(count)s months")),
    Unit.QUARTER: (_("every quarter"), _("every %(count)s quarters")),
    Unit.YEAR: (_("every year"), _("every %(count)s years")),
    Unit.ANNIVERSARY: (_("on the company anniversary"),) * 2,
    Unit.BIRTHDAY: (_("on the birthdays of the contacts"),) * 2,
    Unit.ORDER: (_("within a day of an order"), _("within %(count)s days of an order")),
}
FESTIVALS = {
    Festival.NEW_YEAR: _("New Year's Day"),
    Festival.SPRING: _("Spring Festival"),
    Festival.QINGMING: _("Qingming Festival"),
    Festival.LABOUR: _("Labour Day"),
    Festival.DRAGON_BOAT: _("Dragon Boat Festival"),
    Festival.MID_AUTUMN: _("Mid-Autumn Festival"),
    Festival.NATIONAL: _("National Day"),
}
BEGINNING: Final = date(2000, 1, 1)
"""From when on holds what ships."""

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


def eve_of(day: date, *, today: date) -> date:
    """The day before it; today where that is gone."""
    return day - timedelta(days=1) if day > today else today


class PlaybookQuerySet(models.QuerySet["Playbook"]):
    def in_force(self, on: date) -> Self:
        """Of each tier the version that took effect last."""
        later = Playbook.objects.filter(
            tier=OuterRef("tier"), starts_on__lte=on, starts_on__gt=OuterRef("starts_on")
        )
        return self.filter(~Exists(later), starts_on__lte=on)

    def before(self, draft: "Playbook", *, starts_on: date, today: date) -> "Playbook | None":
        """The version whose place the draft would take on that day."""
        rows = self.in_force(eve_of(starts_on, today=today))
        return rows.filter(tier=draft.tier_id).exclude(pk=draft.pk).first()

    def to_come(self, tier: Tier, *, today: date) -> Self:
        return self.filter(tier=tier, starts_on__gt=today)

    def with_lines(self) -> Self:
        """With the promises and benefits in use, in order."""
        promises = Promise.objects.filter(is_active=True).order_by("position", "pk")
        benefits = Benefit.objects.order_by("position", "pk")
        return self.prefetch_related(Prefetch("promises", promises), Prefetch("benefits", benefits))


class Playbook(models.Model):
    """One version of what a tier is promised: a draft, or in force from a day on until the next one is.

    Only a draft changes.
    """

    tier = models.ForeignKey(Tier, models.PROTECT, related_name="playbooks", verbose_name=_("tier"))
    number = models.PositiveIntegerField(pgettext_lazy("of a version", "number"), default=1)
    starts_on = models.DateField(_("in force from"), null=True, blank=True)
    """None: a draft."""
    respond_within_minutes = models.PositiveIntegerField(
        _("respond within (working minutes)"), null=True, blank=True
    )
    solve_within_working_hours = models.PositiveIntegerField(
        _("solve within (working hours)"), null=True, blank=True
    )
    note = models.CharField(_("what changed"), max_length=500, blank=True)
    created_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    published_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("put in force by")
    )
    published_at = models.DateTimeField(_("put in force at"), null=True, blank=True)

    objects = PlaybookQuerySet.as_manager()

    class Meta:
        verbose_name = _("playbook")
        verbose_name_plural = _("playbooks")
        constraints = [
            models.UniqueConstraint(fields=["tier", "number"], name="playbook_number_is_given_once"),
            models.UniqueConstraint(fields=["tier", "starts_on"], name="playbook_one_starts_on_a_day"),
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
        return f"{self.tier.name} v{self.number}"

    @property
    def is_draft(self) -> bool:
        return self.starts_on is None

    @property
    def is_shipped(self) -> bool:
        """In force from the beginning."""
        return self.starts_on == BEGINNING

    def refuse_slower(self, *, on: date) -> None:
        """A higher tier is never served more slowly than a lower one, as the others stand on a day."""
        for field in ("respond_within_minutes", "solve_within_working_hours"):
            if self._others_out_of_order(field, on):
                raise ValidationError({field: _("A higher tier may not wait longer than a lower one.")})

    def _others_out_of_order(self, field: str, on: date) -> bool:
        mine = getattr(self, field)
        if mine is None or not self.tier_id:
            return False
        others = Playbook.objects.in_force(on).exclude(tier=self.tier).filter(tier__scale=self.tier.scale)
        better_but_slower = Q(tier__rank__lt=self.tier.rank, **{f"{field}__gt": mine})
        worse_but_faster = Q(tier__rank__gt=self.tier.rank, **{f"{field}__lt": mine})
        return others.filter(better_but_slower | worse_but_faster).exists()

    @property
    def respond_within(self) -> str:
        minutes = self.respond_within_minutes
        if minutes is None:
            return ""
        if minutes % 60:
            words = ngettext("%(count)s working minute", "%(count)s working minutes", minutes)
            return words % {"count": minutes}
        return in_working_hours(minutes // 60)

    @property
    def solve_within(self) -> str:
        hours = self.solve_within_working_hours
        if hours is None:
            return ""
        return in_working_hours(hours)


def in_working_hours(hours: int) -> str:
    """Clocks stop outside business hours: all that is promised is working time, and says so."""
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
    which = models.CharField(
        _("festivals"),
        max_length=80,
        blank=True,
        help_text=_("None: Spring Festival and Mid-Autumn Festival."),
    )
    one_for_all = models.BooleanField(
        _("one for all orders within these days"),
        default=True,
        help_text=_("Otherwise every order gets its own."),
    )
    by_contact = models.BooleanField(
        _("any fitting contact keeps it"),
        default=False,
        help_text=_(
            "A contact of the department by the channel, logged in time. Otherwise somebody says that it is done."
        ),
    )
    is_active = models.BooleanField(_("in use"), default=True, editable=False)
    """False: ended before playbooks had versions."""

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
    def festivals(self) -> tuple[Festival, ...]:
        """Those named, in the order of the year."""
        return tuple(festival for festival in Festival if festival in self.which.split())

    @property
    def cadence(self) -> Cadence:
        return Cadence(unit=Unit(self.unit), interval=self.interval, which=self.festivals)

    @property
    def is_occasion(self) -> bool:
        return self.unit in OCCASIONS

    @property
    def is_reaction(self) -> bool:
        return self.unit == Unit.ORDER

    @property
    def rhythm(self) -> str:
        """ "every week", "every 2 weeks"."""
        if self.unit == Unit.FESTIVAL:
            names = [str(FESTIVALS[festival]) for festival in self.festivals or FOR_PRESENTS]
            return _("before %(festivals)s") % {"festivals": str(_(", ")).join(names)}
        one, many = RHYTHMS[Unit(self.unit)]
        return str(one) if self.interval == 1 else str(many) % {"count": self.interval}


class Benefit(Titled):
    """An entitlement without a date, and what it costs a year for one customer: an amount, or a share of its own."""

    class Kind(models.TextChoices):
        TERMS = "terms", _("Payment terms")
        DISCOUNT = "discount", _("Discount")
        REBATE = "rebate", _("Rebate")
        DISPATCH = "dispatch", _("Priority dispatch")
        PACKAGING = "packaging", _("Own specifications and packaging")
        OTHER = "other", _("Other")

    playbook = models.ForeignKey(
        Playbook, models.CASCADE, related_name="benefits", verbose_name=_("playbook")
    )
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices, default=Kind.OTHER)
    yearly_cost = MoneyField(
        _("cost a year"), null=True, blank=True, help_text=_("For one customer. Empty: not known.")
    )
    cost_share = PercentField(
        _("or a share of the annual amount"), null=True, blank=True, help_text=_("In percent, such as 1.5.")
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
            models.CheckConstraint(
                condition=Q(kind__in=["terms", "discount", "rebate", "dispatch", "packaging", "other"]),
                name="benefit_kind_is_known",
                violation_error_message=_("Choose one of the kinds."),
            ),
            models.CheckConstraint(
                condition=Q(yearly_cost=None, cost_share=None)
                | Q(yearly_cost__range=(0, 10**15), cost_share=None)
                | Q(yearly_cost=None, cost_share__range=(0, 10_000)),
                name="benefit_has_one_cost",
                violation_error_message=_("Give either an amount of 0 or more, or a share."),
            ),
        ]
