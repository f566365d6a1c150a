"""Schemes and their versions. A draft can be changed; what is or was in force can be copied to a draft."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from customers.models import Tier
from tiering import curves, regrade, ruling, services
from tiering.admin.forms import ConditionForm, FloorForm, IndicatorForm
from tiering.editing.draft import stamp
from tiering.models import Condition, Dimension, Floor, Indicator, Run, Scheme, SchemeVersion
from toolbox.admin import Admin
from toolbox.calendars import period_end_before
from toolbox.templatetags import formats


def is_open(row: Any) -> bool:
    """Whether the version to which a row belongs, or that it is, can still be changed."""
    if isinstance(row, Indicator):
        row = row.dimension
    if isinstance(row, Condition):
        row = row.floor
    if isinstance(row, Dimension | Floor):
        row = row.version
    return not isinstance(row, SchemeVersion) or row.is_draft


class OfADraft:
    """Parts of a version can be changed as long as it is a draft; whoever has its page open is told."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        version = getattr(form.instance, "version", form.instance)
        stamp(version, by=request.user, at=timezone.now())  # type: ignore[arg-type]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_open(obj) and super().has_change_permission(request, obj)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_open(obj) and super().has_delete_permission(request, obj)  # type: ignore[misc]


class LinesOfADraft(OfADraft):
    """The same for inlines, which are told to whom a row would be added."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_open(obj) and super().has_add_permission(request, obj)  # type: ignore[misc]


class VersionInline(admin.TabularInline[SchemeVersion, Scheme]):
    model = SchemeVersion
    fields = ("number", "state", "published_at", "published_by", "note")
    readonly_fields = fields
    ordering = ("-number",)
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, *_asked: Any) -> bool:
        return False

    def has_change_permission(self, *_asked: Any) -> bool:
        return False


@admin.register(Scheme)
class SchemeAdmin(Admin[Scheme]):
    list_display = ("name", "key", "is_default", "cadence", "in_force", "drafts")
    list_filter = ("is_default", "cadence")
    search_fields = ("key", "name_en", "name_zh")
    ordering = ("-is_default", "key")
    fields = (
        "key", ("name_en", "name_zh"), "description_en", "description_zh", "cadence", "is_default", "review",
        ("guard_customers", "guard_amount"), ("guard_coverage", "guard_stale_days"),
    )  # fmt: skip
    inlines = (VersionInline,)
    actions = ("grade_the_book", "start_a_regrade")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Scheme]:
        waiting = Count("versions", filter=Q(versions__state=SchemeVersion.State.DRAFT))
        return super().get_queryset(request).annotate(waiting=waiting).prefetch_related("versions")

    def get_readonly_fields(self, request: HttpRequest, obj: Scheme | None = None) -> tuple[str, ...]:
        return ("key", "is_default") if obj else ("is_default",)

    @admin.display(description=_("scheme"))
    def name(self, scheme: Scheme) -> str:
        return scheme.name

    @admin.display(description=_("version in force"), empty_value="–")
    def in_force(self, scheme: Scheme) -> str | None:
        states = {version.state: version.number for version in scheme.versions.all()}
        number = states.get(SchemeVersion.State.PUBLISHED)
        return f"v{number}" if number else None

    @admin.display(description=_("drafts"), ordering="waiting")
    def drafts(self, scheme: Any) -> int:
        count: int = scheme.waiting
        return count

    @admin.action(description=_("Grade the book by this scheme"), permissions=["change"])
    def grade_the_book(self, request: HttpRequest, queryset: QuerySet[Scheme]) -> None:
        if len(schemes := list(queryset)) != 1:
            self.message_user(request, _("Choose one scheme: the book is graded by one."), messages.ERROR)
            return
        try:
            services.grade_the_book_by(schemes[0])
        except services.NotReadyError as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        text = _("From now on the book is graded by “%(scheme)s”.") % {"scheme": schemes[0].name}
        self.message_user(request, text, messages.SUCCESS)

    @admin.action(description=_("Start a re-grade as of the last closed period"), permissions=["change"])
    def start_a_regrade(self, request: HttpRequest, queryset: QuerySet[Scheme]) -> None:
        now = timezone.now()
        for scheme in queryset:
            as_of = period_end_before(timezone.localdate(now), scheme.cadence)
            try:
                run = regrade.start(
                    scheme, as_of=as_of, trigger=Run.Trigger.PERSON, at=now, by=request.user  # type: ignore[arg-type]
                )  # fmt: skip
            except SchemeVersion.DoesNotExist:
                text = _("“%(scheme)s” has no version in force yet.") % {"scheme": scheme.name}
                self.message_user(request, text, messages.ERROR)
            except regrade.RefusedError as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                link = format_html(
                    '<a href="{}">{}</a>',
                    admin_url("run", run.pk),
                    _("Re-grade %(run)s started.") % {"run": run},
                )
                self.message_user(request, link, messages.SUCCESS)


class FloorInline(LinesOfADraft, admin.TabularInline[Floor, SchemeVersion]):
    model = Floor
    form = FloorForm
    extra = 0
    ordering = ("tier__rank",)
    show_change_link = True

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        total = "total" if is_open(obj) else "points"
        return ("tier", total, "approve_entering", "approve_leaving")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if is_open(obj) else ("points",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Floor]:
        return super().get_queryset(request).select_related("tier")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """In the order of the scales; a tier is not made in passing."""
        field: Any = super().formfield_for_foreignkey(
            db_field, request, **kwargs, queryset=Tier.objects.order_by("scale", "rank")
        )
        if db_field.name == "tier":  # scales may have tiers of the same name
            field.label_from_instance = lambda tier: f"{tier.name} ({tier.scale})"
        return field

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        if tier := formset.form.base_fields.get("tier"):
            widget: Any = tier.widget
            widget.can_add_related = widget.can_change_related = False
            widget.can_delete_related = widget.can_view_related = False
        return formset

    @admin.display(description=_("floor"))
    def points(self, floor: Floor) -> str:
        return formats.score(floor.total)


class DimensionInline(LinesOfADraft, admin.TabularInline[Dimension, SchemeVersion]):
    model = Dimension
    fields = ("position", "key", "name_en", "name_zh", "weight", "sum_of_indicators")
    readonly_fields = ("sum_of_indicators",)
    extra = 0
    ordering = ("position",)
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dimension]:
        return super().get_queryset(request).prefetch_related("indicators")

    @admin.display(description=_("indicators"))
    def sum_of_indicators(self, dimension: Dimension) -> str:
        if not dimension.pk:
            return "–"
        weights = [indicator.weight for indicator in dimension.indicators.all()]
        return _("%(count)s, together %(sum)s%%") % {"count": len(weights), "sum": sum(weights)}


@admin.register(SchemeVersion)
class SchemeVersionAdmin(OfADraft, Admin[SchemeVersion]):
    list_display = (
        "__str__",
        "state",
        "window_months",
        "coverage_floor",
        "published_at",
        "published_by",
        "note",
    )
    list_filter = ("state", "scheme")
    list_select_related = ("scheme", "published_by")
    search_fields = ("scheme__key", "scheme__name_en", "scheme__name_zh", "note")
    ordering = ("scheme__key", "-number")
    fields = (
        ("scheme", "number"), "state", "decides_by", "window_months", "coverage_floor", ("margin", "dwell", "one_step"),
        ("grace_days", "nightly_upgrades"), "note", ("published_at", "published_by"),
    )  # fmt: skip
    autocomplete_fields = ("scheme",)
    inlines = (FloorInline, DimensionInline)
    actions = ("copy", "put_in_force")
    change_form_template = "admin/tiering/schemeversion/change_form.html"

    def get_readonly_fields(self, request: HttpRequest, obj: SchemeVersion | None = None) -> tuple[str, ...]:
        return ("number", "state", "published_at", "published_by", *(("scheme",) if obj else ()))

    def get_queryset(self, request: HttpRequest) -> QuerySet[SchemeVersion]:
        return super().get_queryset(request).select_related("scheme")

    def save_model(self, request: HttpRequest, obj: SchemeVersion, form: Any, change: bool) -> None:
        if not change:
            obj.number = services.next_number(obj.scheme)
        super().save_model(request, obj, form, change)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        version = (
            SchemeVersion.objects.whole().filter(pk=object_id).first() if object_id.isdecimal() else None
        )
        faults = services.faults(version) if version and version.is_draft else []
        extra = {"faults": faults, "list_url": admin_url("schemeversion")}
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    @admin.action(description=_("Copy to a draft"), permissions=["add"])
    def copy(self, request: HttpRequest, queryset: QuerySet[SchemeVersion]) -> None:
        for version in queryset:
            draft = services.copy_version(version, by=request.user)  # type: ignore[arg-type]
            text = _("%(draft)s is a draft now: change it, then put it in force.") % {"draft": draft}
            link = format_html('<a href="{}">{}</a>', admin_url("schemeversion", draft.pk), text)
            self.log_addition(request, draft, [{"added": {}}])
            self.message_user(request, link, messages.SUCCESS)

    @admin.action(description=_("Put in force"), permissions=["change"])
    def put_in_force(self, request: HttpRequest, queryset: QuerySet[SchemeVersion]) -> None:
        for version in queryset:
            try:
                services.put_in_force(
                    version, by=request.user, at=timezone.now(), note=version.note  # type: ignore[arg-type]
                )  # fmt: skip
            except services.NotReadyError as error:
                for fault in str(error).splitlines():
                    self.message_user(request, f"{version}: {fault}", messages.ERROR)
            else:
                text = _("%(version)s is in force: the next re-grade goes by it.") % {"version": version}
                self.log_change(request, version, [{"changed": {"fields": ["state"]}}])
                self.message_user(request, text, messages.SUCCESS)


class ConditionInline(LinesOfADraft, admin.TabularInline[Condition, Floor]):
    model = Condition
    form = ConditionForm
    extra = 0
    ordering = ("pk",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        ends = ("at_least", "at_most") if is_open(obj) else ("asked",)
        return ("indicator", *ends, "unknown")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if is_open(obj) else ("asked",)

    @admin.display(description=_("asked for"))
    def asked(self, condition: Condition) -> str:
        return ruling.asked(condition.indicator, condition.at_least, condition.at_most)


@admin.register(Floor)
class FloorAdmin(OfADraft, Admin[Floor]):
    """Reached from its version; what its tier asks for, where rules decide, stands on its page."""

    list_display = ("tier", "version", "points", "asks")
    list_filter = ("version__state", "version__scheme")
    list_select_related = ("tier", "version__scheme")
    search_fields = ("tier__key", "tier__name_en", "tier__name_zh", "version__scheme__key")
    ordering = ("version__scheme__key", "-version__number", "tier__rank")
    fields = ("version", "tier", "points", ("approve_entering", "approve_leaving"))
    readonly_fields = ("version", "tier", "points")
    inlines = (ConditionInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Floor]:
        asks = Count("conditions")
        return super().get_queryset(request).select_related("version__scheme", "tier").annotate(asks=asks)

    def has_add_permission(self, *_asked: Any) -> bool:
        """A tier is added on the page of its draft."""
        return False

    @admin.display(description=_("floor"))
    def points(self, floor: Floor) -> str:
        return formats.score(floor.total)

    @admin.display(description=_("conditions"))
    def asks(self, floor: Any) -> int:
        count: int = floor.asks
        return count


class IndicatorInline(LinesOfADraft, admin.StackedInline[Indicator, Dimension]):
    model = Indicator
    form = IndicatorForm
    extra = 0
    ordering = ("position",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[Any, ...]:
        last = "knots" if is_open(obj) else "curve"
        return ("key", ("name_en", "name_zh"), ("weight", "position"), ("shape", "missing"), last)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if is_open(obj) else ("curve",)

    @admin.display(description=_("knots"))
    def curve(self, indicator: Indicator) -> str:
        unit = curves.unit_of(indicator.key)
        return f"{curves.write(indicator.knots, unit)}\n{curves.UNITS[unit]}"


@admin.register(Dimension)
class DimensionAdmin(OfADraft, Admin[Dimension]):
    """Reached from its version; its indicators and their curves stand on its page."""

    list_display = ("name", "version", "key", "weight", "position")
    list_filter = ("version__state", "version__scheme")
    list_select_related = ("version__scheme",)
    search_fields = ("key", "name_en", "name_zh", "version__scheme__key")
    ordering = ("version__scheme__key", "-version__number", "position")
    fields = ("version", "key", ("name_en", "name_zh"), ("weight", "position"))
    readonly_fields = ("version",)
    inlines = (IndicatorInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dimension]:
        return super().get_queryset(request).select_related("version__scheme")

    def has_add_permission(self, *_asked: Any) -> bool:
        """A dimension is added on the page of its draft."""
        return False

    @admin.display(description=_("dimension"))
    def name(self, dimension: Dimension) -> str:
        return dimension.name


def admin_url(name: str, pk: int | None = None) -> str:
    return (
        reverse(f"admin:tiering_{name}_change", args=[pk])
        if pk
        else reverse(f"admin:tiering_{name}_changelist")
    )
