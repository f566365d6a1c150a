"""What a list of tier changes may be asked: the same for page and API."""

from typing import Any

import django_filters
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, Team, User
from customers.filters import TierFilter, colleagues
from customers.models import Assessment, Tier
from tiering.course import asking
from tiering.measures import Origin, measures
from tiering.models import Candidate, Category, Decisive, Floor, Run, TierChange
from tiering.models.change import TierChangeQuerySet
from tiering.models.nurture import CandidateQuerySet
from tiering.raters import asking as raters
from toolbox.choices import NameFilter
from toolbox.filters import FilterSet, YesNoFilter
from toolbox.forms import date_input

RATERS = (Role.ACCOUNT_MANAGER, Role.TEAM_LEAD, Role.DIRECTOR, Role.ADMINISTRATOR)


def published_runs(request: Any) -> QuerySet[Run]:
    """Runs are for whoever sees the whole book; the others are offered none."""
    runs = Run.objects.visible_to(request.user) if request else Run.objects.none()
    return runs.filter(state__in=Run.WAS_PUBLISHED).select_related("scheme").order_by("-pk")


class CandidateFilter(FilterSet):
    """Whoever says nothing about the state asks for what is waiting or taken up."""

    rule = django_filters.ChoiceFilter(label=_("Rule"), choices=Candidate.Rule.choices)
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[*Candidate.State.choices, ("all", _("All"))],
        empty_label=_("Waiting or taken up"),
        method="in_state",
    )
    owner = NameFilter(label=_("Account manager"), field_name="customer__owner", queryset=colleagues)
    team = NameFilter(
        label=_("Team"), queryset=lambda _request: Team.objects.order_by("name"), method="in_team"
    )
    tier = TierFilter(
        label=_("Tier"),
        queryset=lambda _request: Tier.objects.in_use(),
        field_name="customer__standing__tier",
    )
    taken_by = NameFilter(label=_("Taken up by"), queryset=colleagues)
    due = YesNoFilter(label=_("Follow-up is due"), method="is_due")

    class Meta:
        model = Candidate
        fields: list[str] = []

    def filter_queryset(self, queryset: CandidateQuerySet) -> CandidateQuerySet:
        found: CandidateQuerySet = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("state") else found.open()

    def in_state(self, queryset: CandidateQuerySet, _name: str, value: str) -> CandidateQuerySet:
        return queryset if value == "all" else queryset.filter(state=value)

    def is_due(self, queryset: CandidateQuerySet, _name: str, value: bool) -> CandidateQuerySet:
        due = queryset.due(timezone.localdate())
        return due if value else queryset.exclude(pk__in=due.values("pk"))

    def in_team(self, queryset: CandidateQuerySet, _name: str, team: Team) -> CandidateQuerySet:
        teams = list(Team.objects.subtree_of(team).values_list("pk", flat=True))
        return queryset.filter(customer__team__in=teams)


class TierChangeFilter(FilterSet):
    direction = django_filters.ChoiceFilter(
        label=_("Direction"),
        choices=[
            ("up", _("Upgrades")),
            ("down", _("Downgrades")),
            ("first", _("First gradings")),
            ("other", _("Neither up nor down")),
        ],
        method="towards",
    )
    from_tier = TierFilter(label=_("From"), queryset=lambda _r: Tier.objects.in_use())
    to_tier = TierFilter(label=_("To"), queryset=lambda _r: Tier.objects.in_use())
    category = django_filters.ChoiceFilter(
        label=_("Category of the reason"), choices=Category.choices, field_name="cause__category"
    )
    owner = NameFilter(label=_("Account manager"), field_name="customer__owner", queryset=colleagues)
    run = django_filters.ModelChoiceFilter(
        label=_("Re-grade"),
        queryset=published_runs,
    )
    undone = YesNoFilter(label=_("Of an undone re-grade"), method="of_undone_runs")
    effective_from = django_filters.DateFilter(
        label=_("As of (from)"), field_name="effective_on", lookup_expr="gte", widget=date_input()
    )
    effective_to = django_filters.DateFilter(
        label=_("As of (to)"), field_name="effective_on", lookup_expr="lte", widget=date_input()
    )

    class Meta:
        model = TierChange
        fields: list[str] = []

    def of_undone_runs(self, queryset: TierChangeQuerySet, _name: str, value: bool) -> TierChangeQuerySet:
        return queryset.of_undone_runs() if value else queryset.that_stand()

    def towards(self, queryset: TierChangeQuerySet, _name: str, value: str) -> TierChangeQuerySet:

        match value:
            case "up":
                return queryset.upgrades()
            case "down":
                return queryset.downgrades()
            case "first":
                return queryset.filter(from_tier=None)
            case _other:
                level = Q(to_tier=None) | ~Q(to_tier__scale=F("from_tier__scale"))
                return queryset.filter(level, from_tier__isnull=False)


def deciding_indicators() -> list[tuple[str, str]]:
    return [(key, str(measure.name)) for key, measure in measures().items()]


class DecisiveFilter(FilterSet):
    indicator = django_filters.ChoiceFilter(label=_("What is unknown"), choices=deciding_indicators)
    tier = TierFilter(
        label=_("Tier"),
        queryset=lambda _r: Tier.objects.in_use(),
        field_name="customer__standing__tier",
    )
    owner = NameFilter(label=_("Account manager"), field_name="customer__owner", queryset=colleagues)

    class Meta:
        model = Decisive
        fields: list[str] = []


class TierThenFilter(TierFilter):
    """Who had a tier on the day `then`, and what `became` of it until the day `until`; today where no day is said."""

    parent: FilterSet

    def filter(self, qs: Any, value: Tier | None) -> Any:
        said = self.parent.form.cleaned_data
        if value is None:
            return qs.none() if said.get("became") else qs
        today = timezone.localdate()
        on, until = said.get("then") or today, said.get("until") or today
        found = asking.had_tier(qs, value, on=on)
        what = said.get("became")
        return asking.became(found, value, what, on=on, until=until) if what else found


class Beside(django_filters.Filter):
    """What another filter reads."""

    def filter(self, qs: Any, value: object) -> Any:  # noqa: ARG002 - django-filter's signature
        return qs


class DayBeside(Beside, django_filters.DateFilter):
    pass


class ChoiceBeside(Beside, django_filters.ChoiceFilter):
    pass


def tiers_ever_given() -> QuerySet[Tier]:
    """Of the scales on which customers stand or the book was ever graded: others may have tiers of the same name."""
    graded = Floor.objects.filter(version__runs__state__in=Run.WAS_PUBLISHED).values("tier__scale")
    now = Tier.objects.in_use().order_by().values("pk")
    return Tier.objects.filter(Q(scale__in=graded) | Q(pk__in=now)).order_by("scale", "rank")


def asked_of_customers() -> dict[str, django_filters.Filter]:
    """What the list of customers may be asked about their tiers in the past."""
    return {
        "then": DayBeside(label=_("On the day"), widget=date_input()),
        "tier_then": TierThenFilter(label=_("Tier on that day"), queryset=lambda _r: tiers_ever_given()),
        "until": DayBeside(label=_("Looked at again on"), widget=date_input()),
        "became": ChoiceBeside(label=_("What became of the tier"), choices=asking.BECAME),
    }


class MovedFilter(django_filters.ChoiceFilter):
    """Whether the customer rose or fell in the re-grade that the ratings came just before."""

    parent: FilterSet

    def filter(self, qs: Any, value: str) -> Any:
        run = self.parent.form.cleaned_data.get("run")
        if not value:
            return qs
        return qs.filter(raters.moved(run, up=value == "up")) if run else qs.none()


class RatingFilter(FilterSet):
    """Of ratings with `before`."""

    rater = NameFilter(
        label=_("Rated by"),
        queryset=lambda _r: User.objects.filter(role__in=RATERS).order_by("display_name"),
    )
    indicator = django_filters.ChoiceFilter(
        label=_("Indicator"),
        choices=lambda: [(key, m.name) for key, m in measures().items() if m.origin == Origin.RATED],
    )
    rated_from = django_filters.DateFilter(
        label=_("Rated on (from)"), field_name="rated_on", lookup_expr="gte", widget=date_input()
    )
    rated_to = django_filters.DateFilter(
        label=_("Rated on (to)"), field_name="rated_on", lookup_expr="lte", widget=date_input()
    )
    run = django_filters.ModelChoiceFilter(
        label=_("Just before the re-grade"), queryset=published_runs, method="before_run"
    )
    change = django_filters.ChoiceFilter(
        label=_("Change"),
        choices=[
            ("changed", _("Raised or lowered")),
            ("raised", _("Raised")),
            ("lowered", _("Lowered")),
            ("same", _("The same again")),
            ("first", _("First rating")),
        ],
        method="changed",
    )
    moved = MovedFilter(label=_("The customer then"), choices=[("up", _("rose")), ("down", _("fell"))])

    class Meta:
        model = Assessment
        fields: list[str] = []

    def before_run(self, queryset: QuerySet[Assessment], _name: str, run: Run) -> QuerySet[Assessment]:
        return raters.just_before(queryset, run)

    def changed(self, queryset: QuerySet[Assessment], _name: str, value: str) -> QuerySet[Assessment]:
        wanted = {
            "changed": Q(before__isnull=False) & ~Q(rating=F("before")),
            "raised": Q(rating__gt=F("before")),
            "lowered": Q(rating__lt=F("before")),
            "same": Q(rating=F("before")),
            "first": Q(before=None),
        }
        return queryset.filter(wanted[value])
