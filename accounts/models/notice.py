"""What people are told: in the product, and by e-mail from an outbox."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: User) -> Self:
        """One's own, whatever one's role."""
        return self.filter(recipient=user) if user.is_active else self.none()

    def unread(self) -> Self:
        return self.filter(read_at=None)


class Notice(models.Model):
    """Told to a person once: `key` names what happened. Its words are put together when it is read."""

    recipient = models.ForeignKey(User, models.CASCADE, related_name="notices", verbose_name=_("recipient"))
    kind = models.SlugField(_("kind"), max_length=40)
    key = models.CharField(_("key"), max_length=100)
    facts = models.JSONField(_("facts"), default=dict)
    at = models.DateTimeField(_("told at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "key"],
                name="told_once",
                violation_error_message=_("This person was told that already."),
            )
        ]
        indexes = [models.Index(fields=["recipient", "-at", "-id"], name="notice_newest")]

    def __str__(self) -> str:
        return f"{self.recipient}: {self.key}"


class Outgoing(models.Model):
    """Something on its way out: handed over at most once.

    `SENDING` is written before it is handed over. A process that dies in between leaves it so, and it is never
    handed over again: nobody knows whether it arrived.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        EMPTY = "empty", _("Nothing to say")

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    tried_at = models.DateTimeField(_("last tried at"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        abstract = True


class Delivery(Outgoing):
    """A notice on its way by another channel."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="deliveries", verbose_name=_("notice"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("outbox")
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "channel"],
                name="delivered_once_by_a_channel",
                violation_error_message=_("This notice goes out by this channel already."),
            )
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(state__in=["waiting", "sending"]), name="delivery_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.notice} · {self.channel}"


class Letter(Outgoing):
    """An e-mail of its own, to a colleague or to somebody outside; `key` names it: written once.

    Its words are put together when it goes out, so that nothing secret is kept here.
    """

    kind = models.SlugField(_("kind"), max_length=40)
    key = models.CharField(_("key"), max_length=100, unique=True)
    address = models.EmailField(_("to"))
    recipient = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="letters", verbose_name=_("recipient")
    )
    """Empty: somebody outside."""
    language = models.CharField(_("language"), max_length=10, blank=True)
    facts = models.JSONField(_("facts"), default=dict)
    at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(state__in=["waiting", "sending"]), name="letter_waiting"
            ),
            models.Index(fields=["recipient", "kind", "-at"], name="letter_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.address}: {self.key}"


class OptOut(models.Model):
    """A kind of news that somebody does not want by a channel; of what comes only to whoever chose it, that they did."""

    class Channel(models.TextChoices):
        BELL = "bell", _("Bell")
        EMAIL = "email", _("E-mail")

    user = models.ForeignKey(User, models.CASCADE, related_name="opt_outs")
    kind = models.SlugField(max_length=40)
    channel = models.CharField(max_length=10, choices=Channel.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "channel"],
                name="opted_out_once",
                violation_error_message=_("This is not wanted already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.kind} {self.channel}"
