"""Where news goes outside of the product, and each piece of it on its way there."""

from django.db import models
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from accounts.models import hours
from accounts.models.notice import Outgoing
from accounts.models.people import User
from toolbox.sealing import SealedField


class Endpoint(models.Model):
    """An address that is told. The address of a bot is as secret as its key: both are kept sealed and not shown again."""

    class Format(models.TextChoices):
        JSON = "json", _("JSON, signed with HMAC-SHA256")
        WECOM = "wecom", _("WeCom group bot")
        DINGTALK = "dingtalk", _("DingTalk group bot")
        FEISHU = "feishu", _("Feishu group bot")

    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100)
    format = models.CharField(_("format"), max_length=10, choices=Format.choices)
    url = SealedField(_("address"))
    secret = SealedField(_("secret"), blank=True)
    kinds = models.JSONField(_("kinds"), default=list)
    language = models.CharField(
        _("language"), max_length=10, choices=[("zh-hans", "简体中文"), ("en", "English")], default="zh-hans"
    )
    quiet_from = hours.hour(_("quiet from"))
    quiet_until = hours.hour(_("quiet until"), help_text=_("News waits until then. Both empty: never quiet."))
    is_active = models.BooleanField(_("in use"), default=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(format__in=["json", "wecom", "dingtalk", "feishu"]),
                name="endpoint_format_is_known",
                violation_error_message=_("Choose one of the formats."),
            ),
            models.CheckConstraint(
                condition=hours.ARE_QUIET_OR_NOT,
                name="endpoint_hours_are_of_the_day",
                violation_error_message=_("Quiet hours need a beginning and an end, each from 0 to 23."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        return self.url.split("/")[2] if self.url.count("/") > 1 else ""

    @property
    def is_bot(self) -> bool:
        """A chat shows what it gets twice twice; a program knows it again by its id."""
        return self.format != self.Format.JSON


class Parcel(Outgoing):
    """One piece of news on its way to one endpoint: recorded once, handed over at most once to a chat."""

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="parcels", verbose_name=_("webhook"))
    kind = models.SlugField(_("kind"), max_length=40)
    key = models.CharField(_("key"), max_length=100)
    facts = models.JSONField(_("facts"), default=dict)
    at = models.DateTimeField(_("at"))
    next_try_at = models.DateTimeField(_("next tried at"))
    status = models.PositiveSmallIntegerField(_("status"), null=True, blank=True)
    """The HTTP status of the last answer."""

    class Meta:
        verbose_name = _("delivery to a webhook")
        verbose_name_plural = _("deliveries to webhooks")
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "key"],
                name="parcel_once_per_endpoint",
                violation_error_message=_("This goes to this webhook already."),
            )
        ]
        indexes = [
            models.Index(
                fields=["next_try_at", "id"],
                condition=models.Q(state__in=["waiting", "sending"]),
                name="parcel_waiting",
            ),
            models.Index(fields=["endpoint", "-at", "-id"], name="parcel_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint}: {self.key}"
