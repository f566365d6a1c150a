"""The people at a customer, and the days to remember."""

from django.db import models
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from customers.models.customer import Channel
from customers.models.fact import Fact, FactQuerySet
from toolbox.days import REMEMBERED, month_and_day


class Contact(Fact):
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=100)
    title = models.CharField(_("position"), max_length=100, blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    wechat = models.CharField(_("WeChat"), max_length=60, blank=True)
    preferred_channel = models.CharField(
        _("preferred channel"), max_length=10, blank=True, choices=Channel.choices
    )
    birthday = models.CharField(
        _("birthday"),
        max_length=5,
        blank=True,
        default="",
        db_default="",  # whoever copies contacts in need not know of it
        validators=[month_and_day],
        help_text=_(
            "Month and day, such as 06-21, and only with the person's consent. The year is not kept."
        ),
    )
    is_primary = models.BooleanField(_("first contact"), default=False)

    objects = FactQuerySet["Contact"].as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(name=""),
                name="contact_has_a_name",
                violation_error_message=_("A contact needs a name."),
            )
        ]
        indexes = [
            models.Index("customer", name="contact_customer"),
            models.Index("customer", name="contact_with_birthday", condition=~models.Q(birthday="")),
        ]

    def __str__(self) -> str:
        return self.name


class KeyDate(Fact):
    """A day of the year to remember: the company's anniversary, somebody's birthday."""

    customer = models.ForeignKey(
        "customers.Customer", models.CASCADE, related_name="key_dates", verbose_name=_("customer")
    )
    label = models.CharField(_("occasion"), max_length=100)
    on = models.DateField(_("date"), validators=[REMEMBERED])
    repeats = models.BooleanField(_("every year"), default=True)

    objects = FactQuerySet["KeyDate"].as_manager()

    class Meta:
        verbose_name = _("key date")
        verbose_name_plural = _("key dates")

    def __str__(self) -> str:
        return f"{self.label} {self.on}"
