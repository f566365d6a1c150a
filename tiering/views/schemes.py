"""Schemes and their versions: read by everybody; copied, put in force and given the book by who may grade."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Prefetch, ProtectedError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.http import Request, once, only
from customers.models import Tier
from tiering import assigning, curves, reasons, ruling, services
from tiering.editing.comparing import movement_in_words
from tiering.measures import Measure, measures
from tiering.models import Assignment, Condition, Dimension, Indicator, Scheme, SchemeVersion
from tiering.rule_faults import doubts


def index(request: Request) -> HttpResponse:
    versions = SchemeVersion.objects.select_related("published_by", "edited_by").order_by("-number")
    found = Scheme.objects.prefetch_related(Prefetch("versions", versions)).order_by("-is_default", "key")
    context = {
        "schemes": found,
        "assigned": set(Assignment.objects.values_list("scheme", flat=True)),
        "may_grade": request.user.may_grade,
    }
    return render(request, "tiering/schemes.html", context)


@dataclass(frozen=True)
class Shown:
    """An indicator for people; knots are (raw value with its unit, points in hundredths)."""

    indicator: Indicator
    measure: Measure | None

    @property
    def knots(self) -> list[tuple[str, int]]:
        return [(reasons.value_of(self.indicator.key, x), y) for x, y in self.indicator.knots]

    @property
    def picture(self) -> str:
        return curves.drawn(self.indicator.knots, is_bands=self.indicator.shape == Indicator.Shape.BANDS)


def laid_out(version: SchemeVersion) -> list[tuple[Dimension, list[Shown]]]:
    known = measures()
    return [
        (dimension, [Shown(each, known.get(each.key)) for each in dimension.indicators.all()])
        for dimension in version.dimensions.all()
    ]


def names_in(version: SchemeVersion) -> dict[str, str]:
    """What a version calls its indicators."""
    return {indicator.key: indicator.name for indicator in version.indicators()}


def rules_of(version: SchemeVersion) -> list[tuple[Tier, list[tuple[Condition, str, str]]]]:
    """What each tier asks for: of which indicator, in words."""
    names = names_in(version)
    return [
        (
            floor.tier,
            [
                (
                    each,
                    names.get(each.indicator) or reasons.name_of(each.indicator),
                    ruling.asked(each.indicator, each.at_least, each.at_most),
                )
                for each in floor.conditions.all()
            ],
        )
        for floor in version.floors.all()
    ]


def detail(request: Request, pk: int) -> HttpResponse:
    """A version as it scores: weights, curves, floors or rules."""
    version = whole(pk)
    others = version.scheme.versions.exclude(pk=pk).order_by("-number")
    context = {
        "version": version,
        "rows": laid_out(version),
        "other": others.first(),
        "in_force": others.filter(state=SchemeVersion.State.PUBLISHED).first(),
        "faults": services.faults(version) if version.is_draft else [],
        "doubts": doubts(version) if version.is_draft else [],
        "rules": rules_of(version) if version.is_by_rules else [],
        "movement": movement_in_words(version),
        "may_grade": request.user.may_grade,
        "grades": assigning.grades(version.scheme),
        "is_split": Assignment.objects.exists(),
    }
    return render(request, "tiering/scheme.html", context)


def whole(pk: int) -> SchemeVersion:
    return get_object_or_404(SchemeVersion.objects.whole().select_related("edited_by", "published_by"), pk=pk)


@require_POST
@only("may_grade")
@once
def copy(request: Request, pk: int) -> HttpResponse:
    draft = services.copy_version(get_object_or_404(SchemeVersion, pk=pk), by=request.user)
    messages.success(
        request, _("%(draft)s is your draft. Nothing changes until it is put in force.") % {"draft": draft}
    )
    return redirect("tiering:scheme_edit", draft.pk)


@only("may_grade")
@once
def delete(request: Request, pk: int) -> HttpResponse:
    """A draft that graded nobody, once that is confirmed."""
    version = whole(pk)
    if not version.is_draft:
        messages.warning(
            request,
            _("Only a draft can be deleted: what was in force stays, so that verdicts stay explicable."),
        )
        return redirect("tiering:scheme", pk)
    if request.method == "POST":
        name = str(version)
        try:
            version.delete()
        except ProtectedError:
            messages.error(
                request, _("%(draft)s cannot be deleted: something was worked out with it.") % {"draft": name}
            )
            return redirect("tiering:scheme", pk)
        messages.success(request, _("%(draft)s is deleted.") % {"draft": name})
        return redirect("tiering:schemes")
    return render(request, "tiering/scheme_delete.html", {"version": version})


@only("may_grade")
@once
def grade_the_book(request: Request, pk: int) -> HttpResponse:
    """From the version in force of another scheme: the schedule goes by that scheme, once that is confirmed."""
    version = whole(pk)
    scheme = version.scheme
    if scheme.is_default:
        messages.info(request, _("The book is graded by “%(scheme)s” already.") % {"scheme": scheme.name})
        return redirect("tiering:scheme", pk)
    if request.method == "POST":
        try:
            services.grade_the_book_by(scheme)
        except services.NotReadyError as error:
            messages.error(request, str(error))
            return redirect("tiering:scheme", pk)
        messages.success(
            request,
            _("From now on the book is graded by “%(scheme)s”. Tiers change with the next re-grade.")
            % {"scheme": scheme.name},
        )
        return redirect("tiering:schemes")
    present = Scheme.objects.get(is_default=True)
    context = {
        "version": version,
        "present": present,
        "scales": scales(present.published(), version),
        "is_split": Assignment.objects.exists(),
    }
    return render(request, "tiering/scheme_grade.html", context)


def scales(before: SchemeVersion, after: SchemeVersion) -> bool:
    """Whether the two grade on different scales of tiers."""
    return set(before.floors.values_list("tier__scale")) != set(after.floors.values_list("tier__scale"))
