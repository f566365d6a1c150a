"""Surveys: what is asked, who was invited to answer, and what they said."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, gettext_lazy as _, pgettext_lazy

from accounts.models import Letter, User
from customers.models import Contact, Customer, Figure, Interaction, Tier
from maintenance.models.obligation import Obligation
from maintenance.models.playbook import Titled


class Survey(Titled):
    """Once somebody was invited to it its questions stay as they are: else answers would answer something else."""

    key = models.SlugField(_("key"), max_length=40, unique=True, null=True, blank=True, editable=False)
    """Of those that ship."""
    intro_en = models.TextField(_("English introduction"), max_length=1_000, blank=True)
    intro_zh = models.TextField(_("Chinese introduction"), max_length=1_000, blank=True)
    valid_days = models.PositiveSmallIntegerField(
        _("days to answer"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
    )
    is_active = models.BooleanField(_("in use"), default=True)
    sends_itself = models.BooleanField(
        _("sent by itself each quarter"),
        default=False,
        editable=False,
        help_text=_("To customers whose playbook promises a survey, before it is due."),
    )
    made_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("made by"),
    )

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        constraints = [
            models.CheckConstraint(
                condition=~Q(title_en="") & ~Q(title_zh=""),
                name="survey_has_its_titles",
                violation_error_message=_("The title is needed in both languages."),
            ),
            models.CheckConstraint(
                condition=Q(valid_days__range=(1, 365)),
                name="survey_ends_within_a_year",
                violation_error_message=_("Give 1 to 365 days to answer."),
            ),
            models.UniqueConstraint(
                fields=["sends_itself"],
                condition=Q(sends_itself=True),
                name="one_survey_sends_itself",
                violation_error_message=_("Another survey is sent by itself already."),
            ),
        ]

    @property
    def intro(self) -> str:
        return self.intro_zh if (get_language() or "").startswith("zh") else self.intro_en

    @property
    def was_sent(self) -> bool:
        return self.invitations.exists()


class Question(Titled):
    class Kind(models.TextChoices):
        SATISFACTION = "satisfaction", _("Satisfaction, 1 to 5")
        NPS = "nps", _("Would recommend us, 0 to 10")
        WORDS = "words", _("Own words")

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="questions", verbose_name=_("survey"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    is_required = models.BooleanField(_("must be answered"), default=False)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.CheckConstraint(
                condition=~Q(title_en="") & ~Q(title_zh=""),
                name="question_has_its_titles",
                violation_error_message=_("The question is needed in both languages."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["satisfaction", "nps", "words"]),
                name="question_kind_is_known",
                violation_error_message=_("Choose one of the kinds."),
            ),
        ]

    @property
    def scale(self) -> range:
        return range(1, 6) if self.kind == self.Kind.SATISFACTION else range(11)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: User) -> Self:
        """By whoever sees the customer."""
        if user.is_active and user.sees_all:
            return self
        return self.filter(customer__in=Customer.objects.visible_to(user))

    def sent(self) -> Self:
        """A link went out by e-mail, or was taken to be pasted somewhere."""
        return self.exclude(token_hash=None).filter(withdrawn_at=None)

    def answered(self) -> Self:
        return self.exclude(answered_at=None)

    def to_be_sent(self, at: datetime) -> Self:
        """By hand, for example by WeChat: nobody has taken the link yet."""
        return self.open(at).filter(channel=Invitation.Channel.LINK, token_hash=None)

    def open(self, at: datetime) -> Self:
        return self.filter(answered_at=None, withdrawn_at=None, expires_at__gt=at)

    def of(self, customers: Iterable[int]) -> Self:
        return self.filter(customer__in=customers)

    def with_names(self) -> Self:
        named = self.select_related("survey", "customer", "contact", "tier", "owner", "sent_by", "letter")
        return named.defer("customer__notes", "customer__search_text")


class Invitation(models.Model):
    """One customer asked once. Of the link's secret part only the hash is kept: whoever reads this cannot answer."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        LINK = "link", _("Link to paste, for example into WeChat")

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="invitations", verbose_name=_("survey"))
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="invitations", verbose_name=_("customer")
    )
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("contact")
    )
    tier = models.ForeignKey(
        Tier, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("tier at the time")
    )
    owner = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("account manager at the time"),
    )
    obligation = models.ForeignKey(
        Obligation,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="invitations",
        verbose_name=_("promise"),
    )
    """The promise of a survey that an answer keeps."""
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    letter = models.OneToOneField(
        Letter, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("letter")
    )
    token_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)
    sent_in = models.CharField(_("quarter"), max_length=10, blank=True, default="", editable=False)
    """In which it was sent by itself; empty: somebody sent it."""
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("sent by"))
    sent_at = models.DateTimeField(_("sent at"))
    expires_at = models.DateTimeField(_("open until"))
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    interaction = models.OneToOneField(
        Interaction, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("interaction")
    )
    figure = models.OneToOneField(
        Figure, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("figure")
    )
    """The average that this answer made: one each, so nothing counts twice."""

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation to a survey")
        verbose_name_plural = _("invitations to surveys")
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None) | Q(withdrawn_at=None),
                name="invitation_is_answered_or_withdrawn",
                violation_error_message=_("An answered invitation cannot be withdrawn."),
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("sent_at")),
                name="invitation_is_open_for_a_while",
                violation_error_message=_("An invitation ends after it was sent."),
            ),
            models.UniqueConstraint(
                fields=["customer", "sent_in"],
                condition=~Q(sent_in=""),
                name="invited_by_itself_once_a_quarter",
                violation_error_message=_("This customer was asked in this quarter already."),
            ),
        ]
        indexes = [
            models.Index(fields=["-sent_at", "-id"], name="invitation_newest"),
            models.Index(fields=["customer", "-sent_at"], name="invitation_of_customer"),
            models.Index(
                fields=["-answered_at", "-id"],
                name="invitation_answered",
                condition=Q(answered_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.survey} · {self.customer}"

    def state(self, at: datetime) -> str:
        """In a word: answered, withdrawn, expired, closed, waiting or open."""
        if self.answered_at:
            return "answered"
        if self.withdrawn_at:
            return "withdrawn"
        if self.expires_at <= at:
            return "expired"
        if not self.survey.is_active:
            return "closed"
        return "open" if self.token_hash else "waiting"


class AnswerQuerySet(models.QuerySet["Answer"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(invitation__in=Invitation.objects.visible_to(user))


class Answer(models.Model):
    """To one question. Appended, never edited."""

    invitation = models.ForeignKey(
        Invitation, models.CASCADE, related_name="answers", verbose_name=_("invitation to a survey")
    )
    question = models.ForeignKey(Question, models.PROTECT, related_name="answers", verbose_name=_("question"))
    score = models.PositiveSmallIntegerField(pgettext_lazy("of an answer", "score"), null=True, blank=True)
    words = models.TextField(_("words"), max_length=2_000, blank=True)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [
            models.UniqueConstraint(fields=["invitation", "question"], name="answered_once"),
            models.CheckConstraint(
                condition=Q(score__range=(0, 10), words="") | (Q(score=None) & ~Q(words="")),
                name="answer_is_a_score_or_words",
                violation_error_message=_("An answer is a score from 0 to 10, or words."),
            ),
        ]

    def __str__(self) -> str:
        return self.words or str(self.score)


class OptOutOfSurveys(models.Model):
    """A contact who does not want to be asked any more. Deleted when they change their mind."""

    contact = models.OneToOneField(
        Contact, models.CASCADE, related_name="opt_out_of_surveys", verbose_name=_("contact")
    )
    at = models.DateTimeField(_("said at"))

    class Meta:
        verbose_name = _("contact not to be asked")
        verbose_name_plural = _("contacts not to be asked")

    def __str__(self) -> str:
        return str(self.contact)


class Knock(models.Model):
    """How often somebody came to the door of the public pages in one stretch of time. Whoever it was is hashed."""

    who = models.CharField(max_length=64)
    stretch = models.BigIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["who", "stretch"], name="knocks_of_a_stretch")]
        indexes = [models.Index(fields=["stretch"], name="knock_oldest")]

    def __str__(self) -> str:
        return f"{self.who} {self.stretch}"
