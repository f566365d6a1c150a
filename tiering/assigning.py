"""Who is graded by which scheme: of the assignments, in their order, the first that fits; else the default scheme."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)  # fmt: skip
from django.utils.translation import gettext as _

from customers.models import Customer, Group, Membership
from tiering.book import Ints
from tiering.models import Assignment, Basis, Floor, Scheme, SchemeVersion
from toolbox import bulk

BY_DEFAULT: Final = 0
"""In place of a scheme's id: whichever scheme is the default one."""
Customers = QuerySet[Customer]


def in_order() -> list[Assignment]:
    return list(Assignment.objects.in_order().select_related("scheme", "group"))


def assigned(assignments: Sequence[Assignment]) -> Any:
    """Of a customer the id of the scheme that it is assigned to, BY_DEFAULT where it is to none."""
    if not assignments:
        return Value(BY_DEFAULT, output_field=BigIntegerField())
    return Case(
        *(When(fits(each), then=Value(each.scheme_id)) for each in assignments),
        default=Value(BY_DEFAULT),
        output_field=BigIntegerField(),
    )


def fits(assignment: Assignment) -> Q | Exists:
    if assignment.group_id is None:
        return Q(kind=assignment.kind)
    return Exists(Membership.objects.filter(group=assignment.group_id, customer=OuterRef("pk")))


def whose(scheme: Scheme) -> set[int]:
    """What `assigned` says of this scheme's customers. Of a scheme that grades nobody: those of the default scheme,
    whom it would grade in its place."""
    if scheme.is_default:
        return {BY_DEFAULT, scheme.pk}
    return {scheme.pk} if grades(scheme) else whose(Scheme.objects.get(is_default=True))


def grades(scheme: Scheme) -> bool:
    """Whether any customers are its own."""
    return scheme.is_default or Assignment.objects.filter(scheme=scheme).exists()


def customers_of(scheme: Scheme, customers: Customers) -> Customers:
    """Those of them whom the scheme grades."""
    assignments = in_order()
    if not assignments:
        return customers if scheme.is_default else customers.none()
    if not grades(scheme):
        return customers.none()
    return customers.alias(assigned=assigned(assignments)).filter(assigned__in=whose(scheme))


def ids_of(scheme: Scheme, *, at: datetime) -> Ints | None:
    """Ids, rising, of the active customers whom a run of the scheme grades that is frozen now; None is everybody."""
    if not Assignment.objects.exists():
        return None
    there = Customer.objects.active().filter(created_at__lte=at).order_by("pk")
    ids: Ints = bulk.read(customers_of(scheme, there).values_list("pk"))[:, 0]
    return ids


def graded_last(scheme: Scheme) -> date | None:
    """The latest day as of which any of the scheme's customers were graded, by whichever scheme. None where there are
    no assignments: then the runs of the book say it."""
    if not Assignment.objects.exists():
        return None
    own = customers_of(scheme, Customer.objects.active())
    day: date | None = own.aggregate(day=Max("standing__graded_on"))["day"]
    return day


OF_ITS_MAKING: Final = ("note", "created_at", "published_by", "revision", "edited_at", "edited_by")
"""What is not asked of a version when somebody is graded by it: a preview is as fast as its questions are short."""


def version_of(customer: Customer) -> SchemeVersion:
    """By which the customer is graded next: the one in force of its scheme."""
    in_force = SchemeVersion.objects.filter(state=SchemeVersion.State.PUBLISHED).defer(*OF_ITS_MAKING)
    default = in_force.annotate(is_alone=~Exists(Assignment.objects.all())).get(scheme__is_default=True)
    if default.is_alone:  # type: ignore[attr-defined]  # annotated
        return default
    row = Customer.objects.filter(pk=customer.pk).annotate(assigned=assigned(in_order()))
    pk = row.values_list("assigned", flat=True).get()
    return in_force.get(scheme=pk) if pk else default


def counts(assignments: Sequence[Assignment]) -> dict[int, int]:
    """How many active customers each of them fits, by its id, 0 for whoever is left to the default scheme. One
    question, and each customer counts once: for the first that fits."""
    places = Case(
        *(When(fits(each), then=Value(n)) for n, each in enumerate(assignments)),
        default=Value(-1),
        output_field=BigIntegerField(),
    ) if assignments else Value(-1, output_field=BigIntegerField())  # fmt: skip
    rows = Customer.objects.active().order_by().annotate(place=places).values_list("place")
    found = dict(rows.annotate(n=Count("pk")))
    return {each.pk: found.get(n, 0) for n, each in enumerate(assignments)} | {0: found.get(-1, 0)}


def still_so(bases: Iterable[Basis]) -> Iterator[Basis]:
    """Those that were measured while each customer was assigned as it is now."""
    assignments = in_order()
    return (basis for basis in bases if basis.assigned == signature(assignments, at=basis.frozen_at))


def signature(assignments: Sequence[Assignment], *, at: datetime) -> list[list[Any]]:
    """What a book keeps that was measured `at`, to know when somebody has changed the order since, who is in its groups,
    or of which kind a customer is.

    Of a group how many are in it and who came last, by the id of the membership: whoever joins or leaves changes it. Of
    a kind how many are of it and the sum of their ids: whoever changes changes both, whoever is new none.
    """
    groups = {each.group_id for each in assignments if each.group_id}
    kinds = {each.kind for each in assignments if each.kind}
    members = Membership.objects.filter(group__in=groups).order_by().values_list("group")
    known = Customer.objects.filter(kind__in=kinds, created_at__lte=at).order_by().values_list("kind")
    marks: dict[Any, list[int]] = {}
    if groups:
        marks |= {pk: [n, last] for pk, n, last in members.annotate(n=Count("pk"), last=Max("pk"))}
    if kinds:
        marks |= {kind: [n, int(ids)] for kind, n, ids in known.annotate(n=Count("pk"), ids=Sum("pk"))}
    return [
        [each.scheme_id, each.kind, each.group_id, *marks.get(each.group_id or each.kind, [0, 0])]
        for each in assignments
    ]


def scale_names() -> dict[str, str]:
    """What each scale is called where its tiers must be told apart: by the schemes that grade on it, else by those
    that could."""
    grades_now = ExpressionWrapper(Q(version__scheme__in=Scheme.objects.grading()), BooleanField())
    in_force = Floor.objects.filter(version__state=SchemeVersion.State.PUBLISHED).annotate(grades=grades_now)
    found: dict[tuple[str, bool], dict[str, None]] = {}
    for floor in in_force.select_related("version__scheme", "tier").order_by(
        "-version__scheme__is_default", "version__scheme__pk"
    ):
        found.setdefault((floor.tier.scale, floor.grades), {})[floor.version.scheme.name] = None
    return {scale: " / ".join(names) for (scale, _grades), names in sorted(found.items())}


def uses_of(groups: Collection[Group]) -> dict[int, str]:
    """For the page of groups: which of them decide by what their customers are graded."""
    found = Assignment.objects.filter(group__in=groups).select_related("scheme")
    words = _("Its customers are graded by “%(scheme)s”.")
    return {each.group_id: words % {"scheme": each.scheme.name} for each in found if each.group_id}
