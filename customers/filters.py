"""What a list of customers may be asked: the same for the page, the export and the API."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext_lazy as _
from django_filters.fields import ModelChoiceField, ModelMultipleChoiceField

from accounts.models import Team, User
from customers import access, scales
from customers.models import Customer, Group, Kind, Lifecycle, Size, Tier
from customers.reference import industries, regions
from toolbox.choices import NameFilter
from toolbox.filters import FilterSet, YesNoFilter
from toolbox.forms import date_input

Customers = QuerySet[Customer]


def colleagues(request: Any) -> QuerySet[User]:
    """Who owns customers that this user may see."""
    user = request.user if request else None
    if not isinstance(user, User):
        return User.objects.none()
    return access.colleagues_of(user).order_by("display_name")


def own_teams(user: User) -> QuerySet[Team]:
    """The teams to which this user may give customers, and still see them."""
    return access.teams_of(user).order_by("name")


def owners(request: Any) -> QuerySet[User]:
    """Colleagues, and whoever left with customers still in their name."""
    people, user = colleagues(request), request.user if request else None
    if not isinstance(user, User):
        return people
    theirs = Customer.objects.visible_to(user).filter(owner=OuterRef("pk"))
    return User.objects.filter(Q(pk__in=people.order_by().values("pk")) | Q(Exists(theirs), is_active=False))


def groups(request: Any) -> QuerySet[Group]:
    user = request.user if request else None
    return Group.objects.visible_to(user) if isinstance(user, User) else Group.objects.none()


class InOrderOfScales(ModelChoiceIterator[Tier] if TYPE_CHECKING else ModelChoiceIterator):  # type: ignore[misc]
    """Tiers as the question orders them; two of the same name with what their scales are called."""

    def beside(self) -> Iterable[Tier]:
        """What else they might be taken for."""
        return ()

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        tiers = list(self.queryset)
        scales.tell_apart([*tiers, *self.beside()])
        for tier in tiers:
            value, _name = self.choice(tier)
            yield value, tier.label


class _TierField(ModelChoiceField):
    iterator = InOrderOfScales


class _TiersField(ModelMultipleChoiceField):
    iterator = InOrderOfScales


class TierFilter(django_filters.ModelChoiceFilter):
    """One tier of those of all scales."""

    field_class = _TierField


class TiersFilter(django_filters.ModelMultipleChoiceFilter):
    field_class = _TiersField


class CustomerFilter(FilterSet):
    """Apps downstream add questions of their own to `base_filters`."""

    of_archived_too: ClassVar[set[str]] = {"archived"}
    """Names of the filters whose answer holds archived customers."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="search",
        widget=forms.TextInput(attrs={"placeholder": _("Name, code, initials or contact"), "maxlength": 100}),
    )
    tier = TiersFilter(
        label=_("Tier"),
        queryset=lambda _request: Tier.objects.in_use(),
        field_name="standing__tier",
        widget=forms.CheckboxSelectMultiple,
        distinct=False,
    )
    graded = YesNoFilter(label=_("Graded"), field_name="standing__tier", lookup_expr="isnull", exclude=True)
    owner = NameFilter(label=_("Account manager"), queryset=owners)
    unowned = YesNoFilter(label=_("Without account manager"), field_name="owner", lookup_expr="isnull")
    left = YesNoFilter(label=_("Account manager has left"), method="left_behind")
    team = NameFilter(
        label=_("Team"), queryset=lambda _request: Team.objects.order_by("name"), method="in_team"
    )
    lifecycle = django_filters.MultipleChoiceFilter(
        label=_("Lifecycle"), choices=Lifecycle.choices, widget=forms.CheckboxSelectMultiple, distinct=False
    )
    group = NameFilter(label=_("Group"), queryset=groups, field_name="memberships__group")
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Kind.choices)
    industry = django_filters.ChoiceFilter(
        label=_("Industry"),
        choices=industries.section_choices,
        field_name="industry",
        lookup_expr="startswith",
    )
    province = django_filters.ChoiceFilter(label=_("Province"), choices=regions.province_choices)
    size = django_filters.ChoiceFilter(label=_("Size"), choices=Size.choices)
    amount_from = django_filters.NumberFilter(label=_("Annual amount from (yuan)"), method="at_least")
    since_from = django_filters.DateFilter(
        label=_("In this tier since (from)"),
        field_name="standing__since",
        lookup_expr="gte",
        widget=date_input(),
    )
    since_to = django_filters.DateFilter(
        label=_("In this tier since (to)"),
        field_name="standing__since",
        lookup_expr="lte",
        widget=date_input(),
    )
    archived = django_filters.BooleanFilter(
        label=_("Archived"), method="archived_ones", widget=forms.CheckboxInput
    )

    class Meta:
        model = Customer
        fields: list[str] = []

    def filter_queryset(self, queryset: Customers) -> Customers:
        """Archived customers are seen only by whoever asks for them, or for what once was."""
        found: Customers = super().filter_queryset(queryset)
        is_asked = any(self.form.cleaned_data.get(name) for name in self.of_archived_too)
        return found if is_asked else found.filter(archived_at=None)

    def archived_ones(self, queryset: Customers, _name: str, value: bool) -> Customers:
        return queryset.exclude(archived_at=None) if value else queryset

    def search(self, queryset: Any, _name: str, value: str) -> Customers:
        found: Customers = queryset.matching(value)
        return found

    def left_behind(self, queryset: Any, _name: str, value: bool) -> Customers:
        found: Customers = queryset.left_behind() if value else queryset.exclude(owner__is_active=False)
        return found

    def in_team(self, queryset: Customers, _name: str, team: Team) -> Customers:
        teams = list(Team.objects.subtree_of(team).values_list("pk", flat=True))
        return queryset.filter(team__in=teams)

    def at_least(self, queryset: Customers, _name: str, yuan: Any) -> Customers:
        return queryset.filter(standing__annual_amount__gte=int(yuan * 100))
