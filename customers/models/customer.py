"""Customer: somebody we sell to."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Team, User
from customers import access
from customers.reference import industries, regions
from toolbox import pinyin
from toolbox.days import COOPERATION


class Kind(models.TextChoices):
    ENTERPRISE = "enterprise", _("Enterprise")
    INDIVIDUAL = "individual", _("Individual")


class Lifecycle(models.TextChoices):
    PROSPECT = "prospect", _("Prospect")
    NEW = "new", _("New")
    ACTIVE = "active", _("Active")
    DORMANT = "dormant", _("Dormant")
    LOST = "lost", _("Lost")


class Size(models.TextChoices):
    """The four classes of the national statistics standard for enterprises."""

    LARGE = "large", _("Large")
    MEDIUM = "medium", _("Medium")
    SMALL = "small", _("Small")
    MICRO = "micro", _("Micro")


class Source(models.TextChoices):
    REFERRAL = "referral", _("Referral")
    FAIR = "fair", _("Trade fair")
    WEBSITE = "website", _("Website")
    VISIT = "visit", _("Cold visit")
    TENDER = "tender", _("Tender")
    PARTNER = "partner", _("Partner")
    IMPORT = "import", _("Order file")
    OTHER = "other", _("Other")


class Channel(models.TextChoices):
    """How people talk to each other."""

    PHONE = "phone", _("Phone")
    WECHAT = "wechat", _("WeChat")
    EMAIL = "email", _("E-mail")
    ONLINE = "online", _("Online meeting")
    VISIT = "visit", _("Visit")
    POST = "post", _("Post")


def refuse_hidden(code: str) -> None:
    """Two codes that look the same would be two customers."""
    if not code.isprintable():
        raise ValidationError(_("There is a character in it that cannot be seen. Type it anew."))


class Bigrams(models.Func):
    """Every pair of neighbouring characters: what the search index of PostgreSQL holds (migration 0002)."""

    function = "customers_bigrams"


class Holds(models.Func):
    """The left array contains the right one."""

    template = "(%(expressions)s)"
    arg_joiner = " @> "
    output_field = models.BooleanField()


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, user: User) -> Self:
        """The only way to a row: own customers, the team's, or all, by role."""
        return self.filter(access.rule(user))

    def active(self) -> Self:
        return self.filter(archived_at=None)

    def matching(self, text: str) -> Self:
        """Whose code, name, pinyin initials or contacts contain every word of the text."""
        found = self
        for word in pinyin.normalise(text.replace("\0", " ")).split()[:6]:  # PostgreSQL refuses NUL
            found = found.filter(search_text__contains=word)
            if len(word) > 1 and connection.vendor == "postgresql":
                found = found.filter(Holds(Bigrams("search_text"), Bigrams(models.Value(word))))
        return found

    def for_list(self) -> Self:
        """With what a row of a list shows, in one query."""
        return self.filter(standing__isnull=False).select_related(
            "standing__tier", "standing__computed_tier", "owner", "team"
        )

    def left_behind(self) -> Self:
        """Of account managers who left."""
        # The few ids are fetched first: a list of values lets the database use its indexes.
        return self.filter(owner__in=list(User.objects.filter(is_active=False).values_list("pk", flat=True)))


class Customer(models.Model):
    """Somebody we sell to. Their `standing` (tier, total) is written by tiering alone."""

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[refuse_hidden])
    name = models.CharField(_("name"), max_length=200)
    initials = models.CharField(
        _("pinyin initials"),
        max_length=200,
        blank=True,
        help_text=_("For searching. Filled in by itself; correct it where a character is read differently."),
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.ENTERPRISE)
    lifecycle = models.CharField(
        _("lifecycle"), max_length=10, choices=Lifecycle.choices, default=Lifecycle.PROSPECT
    )
    industry = models.CharField(_("industry"), max_length=3, blank=True, help_text=_("GB/T 4754-2017"))
    province = models.CharField(_("province"), max_length=2, blank=True)
    city = models.CharField(_("city"), max_length=4, blank=True)
    size = models.CharField(_("size"), max_length=6, blank=True, choices=Size.choices)
    owner = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="customers",
        db_index=False,  # `customer_owner` begins with it, as `customer_team` with the team
        verbose_name=_("account manager"),
    )
    team = models.ForeignKey(
        Team,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="customers",
        db_index=False,
        verbose_name=_("team"),
    )
    source = models.CharField(_("source"), max_length=10, blank=True, choices=Source.choices)
    preferred_channel = models.CharField(
        _("preferred channel"), max_length=10, blank=True, choices=Channel.choices
    )
    cooperation_since = models.DateField(
        _("cooperation since"), null=True, blank=True, validators=[COOPERATION]
    )
    notes = models.TextField(_("notes"), blank=True, max_length=10_000)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        related_name="merged_from",
        verbose_name=_("merged into"),
    )
    """Who it went into: written by merges alone. Whoever it is may have gone into another one since."""
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    name_key = models.CharField(max_length=200, editable=False, default="")
    """The name as it is read, for sorting."""
    search_text = models.TextField(editable=False, default="")
    """Code, name, initials and contacts, and what those were called who went into it, normalised, one per line."""

    _history_user: User | None
    """Who makes the change that is saved next: read by simple_history."""
    _history_date: datetime
    """When it is made, if not now: read by simple_history."""
    history = HistoricalRecords(
        excluded_fields=["name_key", "search_text", "updated_at", "merged_into"],
        no_db_index=["code", "owner", "team"],  # it is asked for by customer and by day
        verbose_name=_("customer history"),
        verbose_name_plural=_("customer history"),
    )
    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.CheckConstraint(
                condition=~Q(code=""),
                name="customer_has_a_code",
                violation_error_message=_("A customer needs a code."),
            ),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="customer_has_a_name",
                violation_error_message=_("A customer needs a name."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values),
                name="customer_kind_is_known",
                violation_error_message=_("This kind of customer is not known."),
            ),
            models.CheckConstraint(
                condition=Q(lifecycle__in=Lifecycle.values),
                name="customer_lifecycle_is_known",
                violation_error_message=_("This lifecycle is not known."),
            ),
            models.CheckConstraint(
                condition=Q(size__in=["", *Size.values]),
                name="customer_size_is_known",
                violation_error_message=_("This size is not known."),
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(archived_at__isnull=False),
                name="customer_merged_is_archived",
                violation_error_message=_("Whoever went into another customer is archived."),
            ),
            models.CheckConstraint(
                condition=Q(version__gte=1),
                name="customer_version_counts_up",
                violation_error_message=_("Versions count up from 1."),
            ),
        ]
        indexes = [
            models.Index("owner", "archived_at", name="customer_owner"),
            models.Index("team", "archived_at", name="customer_team"),
            models.Index("name_key", "id", name="customer_name_key"),
            models.Index("updated_at", "id", name="customer_updated"),
            models.Index("industry", name="customer_industry"),
            models.Index("province", "city", name="customer_region"),
            models.Index("lifecycle", name="customer_lifecycle"),
            models.Index("merged_into", name="customer_merged", condition=~Q(merged_into=None)),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        """Keeps initials and sort key with the name; a person's correction of the initials stays."""
        self.prepare()
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def prepare(self) -> None:
        """What is derived from the name, for `save` and for bulk inserts."""
        if not self.initials:
            self.initials = self.initials_of_name
        self.initials = self.initials.upper()
        self.name_key = pinyin.sort_key(self.name)
        if not self.search_text:
            self.search_text = self.searchable()

    @property
    def initials_of_name(self) -> str:
        """As nobody corrected them."""
        return self.initials_for(self.name)

    @staticmethod
    def initials_for(name: str) -> str:
        return pinyin.initials(name)[:200].upper()

    def searchable(self, more: list[str] | None = None) -> str:
        return self.search_text_of([self.code, self.name, self.initials, *(more or [])])

    @staticmethod
    def search_text_of(words: Iterable[str]) -> str:
        return "\n".join(pinyin.normalise(word) for word in words if word)

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    @property
    def industry_name(self) -> str:
        return industries.industry_name(self.industry)

    @property
    def region_name(self) -> str:
        names = [regions.province_name(self.province), regions.city_name(self.city)]
        return " · ".join(dict.fromkeys(name for name in names if name))
