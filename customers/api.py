"""Customers over the API: the page's queryset and filter, read-only. And imports, with the messages of their page."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.forms import Form
from django.http import FileResponse, Http404, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import permissions, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404 as get_one
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import Exportable, signed_in
from accounts.exports import keeping
from accounts.exports.lists import settled
from accounts.models import User
from customers import columns, services, stream, tasks
from customers.filters import CustomerFilter
from customers.imports import batches, editing, life, telling
from customers.imports.kind import row_kinds
from customers.models import SEATS, Customer, Import, ImportBatch, Seat, Tier
from customers.stream.paging import Entry
from customers.teamwork_forms import NoteForm, StreamForm
from toolbox.pages import LARGEST_INTEGER
from toolbox.sheetfiles.delimited import ENCODINGS, SEPARATORS


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    """Amounts are in fen, totals in millionths of a point. A tier is told by its key, on the scale named beside it:
    tiers of two scales may have the same key.
    """

    tier = serializers.CharField(source="standing.tier.key", default=None)
    tier_scale = serializers.CharField(source="standing.tier.scale", default=None)
    computed_tier = serializers.CharField(source="standing.computed_tier.key", default=None)
    computed_tier_scale = serializers.CharField(source="standing.computed_tier.scale", default=None)
    is_set_by_hand = serializers.BooleanField(source="standing.is_overridden")
    total = serializers.IntegerField(source="standing.total")
    coverage = serializers.IntegerField(source="standing.coverage")
    annual_amount = serializers.IntegerField(source="standing.annual_amount")
    low = serializers.IntegerField(source="standing.low")
    high = serializers.IntegerField(source="standing.high")
    possible_tiers = serializers.SerializerMethodField()
    merged_into = serializers.SerializerMethodField()
    possible_tiers_scale = serializers.SerializerMethodField()
    why = serializers.SerializerMethodField()
    graded_on = serializers.DateField(source="standing.graded_on")

    class Meta:
        model = Customer
        fields = [
            "id", "code", "name", "kind", "lifecycle", "industry", "province", "city", "size", "owner", "team",
            "source", "preferred_channel", "cooperation_since", "notes", "archived_at", "merged_into", "version", "tier",
            "tier_scale", "computed_tier", "computed_tier_scale", "is_set_by_hand", "total", "coverage", "annual_amount", "low",
            "high", "possible_tiers", "possible_tiers_scale", "why", "graded_on",
        ]  # fmt: skip

    def get_possible_tiers(self, customer: Customer) -> list[str]:
        """What the unknown could make of it, the best first."""
        return [tier.key for tier in self._possible(customer)]

    def get_possible_tiers_scale(self, customer: Customer) -> str | None:
        """On which all of them stand: the one it was graded on."""
        return next((tier.scale for tier in self._possible(customer)), None)

    def _possible(self, customer: Customer) -> Sequence[Tier]:
        found: Sequence[Tier] = self.context["beside"]["possible_tiers"].get(customer.pk, ())
        return found

    def get_merged_into(self, customer: Customer) -> int | None:
        """Where it went, for whoever may see that customer."""
        return customer.merged_into_id if customer.merged_into_id in self.context["merged_into"] else None

    def get_why(self, customer: Customer) -> str | None:
        """The last change of its tier, in a sentence in the language of the request."""
        why = self.context["beside"]["why"].get(customer.pk)
        return why.text if why else None


class Newest(CursorPagination):
    page_size = 100
    ordering = "-id"


class CustomerViewSet(Exportable, viewsets.ReadOnlyModelViewSet[Customer]):
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilter
    pagination_class = Newest
    queryset = Customer.objects.none()
    listing = "customers"

    beside: Mapping[str, Mapping[int, Any]] = MappingProxyType({"possible_tiers": {}, "why": {}})
    merged_into: frozenset[int] = frozenset()

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        self.look_beside(page or [])
        return page

    def get_object(self) -> Customer:
        customer = super().get_object()
        self.look_beside([customer])
        return customer

    def look_beside(self, customers: Sequence[Customer]) -> None:
        self.beside = columns.beside(customers, self.beside)
        if merged := {customer.merged_into_id for customer in customers if customer.merged_into_id}:
            seen = Customer.objects.visible_to(self.request.user).filter(  # type: ignore[arg-type]
                pk__in=merged
            )
            self.merged_into = frozenset(seen.values_list("pk", flat=True))

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "beside": self.beside, "merged_into": self.merged_into}

    def get_queryset(self) -> QuerySet[Customer, Any]:
        return Customer.objects.visible_to(self.request.user).for_list()  # type: ignore[arg-type]

    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, filters=False)
    @action(detail=True, methods=["get", "post"], pagination_class=None)
    def team(self, request: Request, pk: str) -> Response:
        """Who serves the customer, by department: {"technical": 7, "service": null, "logistics": null}.

        POST those to change; null is anybody in the department.
        """
        customer, user = get_one(self.get_queryset(), pk=pk), signed_in(request)
        if request.method == "POST":
            if not user.may_edit_customers:
                self.permission_denied(request)
            with refusals_told():
                services.seat([customer.pk], team=team_asked(request.data), by=user, at=timezone.now())
        taken = dict(Seat.objects.taken().filter(customer=customer).values_list("department", "person"))
        return Response({department: taken.get(department) for department in SEATS})

    @extend_schema(
        responses=OpenApiTypes.OBJECT,
        filters=False,
        parameters=[
            OpenApiParameter(name, str)
            for name in ("kind", "department", "person", "since", "until", "cursor")
        ],
    )
    @action(detail=True, pagination_class=None)
    def timeline(self, request: Request, pk: str) -> Response:
        """What every department did and said, the newest first; go on with `cursor` as long as there is a `next`."""
        customer, user = get_one(self.get_queryset(), pk=pk), signed_in(request)
        form = StreamForm(request.query_params)
        asked = form.asked()
        if asked is None:
            raise serializers.ValidationError(faults(form))
        found = stream.page(
            customer, user, asked=asked, cursor=request.query_params.get("cursor", ""), size=Newest.page_size
        )
        return Response({"next": found.next_cursor or None, "results": [told(entry) for entry in found.rows]})

    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def notes(self, request: Request, pk: str) -> Response:
        """Write a note to colleagues: {"words": "…"}, with files as `attached` if sent as a form. Who is named after an @ is told."""
        customer, user = get_one(self.get_queryset(), pk=pk), signed_in(request)
        if not user.may_write:
            self.permission_denied(request)
        form = NoteForm(answers(request), request.FILES)
        if not form.is_valid():
            raise serializers.ValidationError(faults(form))
        with refusals_told():
            memo = services.write_note(
                customer,
                by=user,
                at=timezone.now(),
                words=form.cleaned_data["words"],
                files=form.cleaned_data["attached"],
            )
        mentions = list(memo.mentions.order_by("pk").values_list("person", flat=True))
        return Response({"id": memo.pk, "mentions": mentions}, status=201)


@contextmanager
def refusals_told() -> Iterator[None]:
    """What a service refuses, in its words."""
    try:
        yield
    except ValidationError as refusal:
        raise serializers.ValidationError(refusal.messages) from None


def faults(form: Form) -> dict[str, list[str]]:
    return {name: [str(fault) for fault in found] for name, found in form.errors.items()}


def team_asked(data: Any) -> dict[str, User | None]:
    """By department; refused where it is none, or nobody."""
    if not isinstance(data, Mapping) or not data or not set(data) <= set(SEATS):
        raise serializers.ValidationError(
            _('Say who serves the customer for which department, such as {"technical": 7}.')
        )
    asked = {department: data[department] for department in data}
    pks = [value for value in asked.values() if value is not None]
    if not all(type(value) is int and abs(value) <= LARGEST_INTEGER for value in pks):
        raise serializers.ValidationError(_("Name people by their id."))
    people = User.objects.in_bulk(pks)
    if missing := set(pks) - set(people):
        raise serializers.ValidationError(_("There is nobody with the id %(pk)s.") % {"pk": min(missing)})
    return {department: None if value is None else people[value] for department, value in asked.items()}


def told(entry: Entry) -> dict[str, Any]:
    return {
        "kind": entry.source.kind,
        "source": entry.source.key,
        "id": entry.row.pk,
        "at": entry.at,
        "by": entry.by.pk if entry.by else None,
        "department": entry.department,
        "title": entry.said.title,
        "text": entry.said.text,
        "url": entry.said.url or None,
        "files": [
            {"id": file.pk, "name": file.name, "size": file.size, "is_deleted": file.deleted_at is not None}
            for file, _may_delete in entry.said.files
        ],
    }


class MayImport(permissions.BasePermission):
    """Whoever may change customers; what he may do with which kind is asked of the kind."""

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002 - DRF's signature
        return bool(isinstance(request.user, User) and request.user.may_edit_customers)


class ImportSerializer(serializers.Serializer[Any]):
    """What is sent with a file. `map` is JSON: {header or letter: key of our column, or "" to leave it out}."""

    file = serializers.FileField()
    kind = serializers.ChoiceField(choices=[])
    mode = serializers.ChoiceField(choices=Import.Mode.choices, default=Import.Mode.BOTH)
    map = serializers.JSONField(required=False)
    sheet = serializers.CharField(required=False, allow_blank=True, max_length=200)
    header_rows = serializers.CharField(required=False, allow_blank=True, max_length=20)
    last_row = serializers.IntegerField(required=False, min_value=1, max_value=1_048_576)
    encoding = serializers.ChoiceField(required=False, choices=ENCODINGS)
    separator = serializers.ChoiceField(required=False, choices=SEPARATORS)
    leave_out_duplicates = serializers.BooleanField(default=False)
    dry_run = serializers.BooleanField(default=False)

    def __init__(self, *args: Any, user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = [
            (key, key) for key, one in row_kinds.items() if user is None or getattr(user, one.may, False)
        ]

    def validate_map(self, value: Any) -> dict[str, str]:
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value.values()):
            raise serializers.ValidationError(
                _('Say which header is which column, such as {"客户编号": "code"}.')
            )
        return value

    def validate_header_rows(self, value: str) -> list[int]:
        try:
            return life.header_rows(value)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None

    def validate_file(self, value: Any) -> Any:
        if value.size > settings.UPLOAD_LIMIT_MB * 1024 * 1024:
            raise serializers.ValidationError(
                _("“%(name)s” is larger than %(limit)s MB. Split it into smaller files.")
                % {"name": value.name, "limit": settings.UPLOAD_LIMIT_MB}
            )
        return value

    def reading(self) -> dict[str, Any]:
        return {
            key: self.validated_data[key]
            for key in ("map", "sheet", "header_rows", "last_row", "encoding", "separator")
            if self.validated_data.get(key)
        }


def answers(request: Request) -> Mapping[str, Any]:
    return request.data if isinstance(request.data, Mapping) else {}


PLANNED_AT_ONCE: Final = 256 * 1024
"""Bytes of a file that is read and compared while one waits; a larger one is by a worker."""


class ImportViewSet(viewsets.ViewSet):
    """Sheets on their way in. POST a file: the answer is the plan, with the messages of the page. Of a file above 256 kB
    it is 202, and the plan is asked for until `state` is "planned" or "failed"; whoever only wanted to see it (`dry_run`)
    then POSTs to `discard`. Possible duplicates are decided row by row, or all at once, by a POST to `likely`.

    Then POST to `commit`, ask until `state` is "done", and POST to `undo` within 30 days. `rows` gives the rows of an
    outcome (conflict, new, changed, moved, unchanged, left_out, likely), a hundred a page.

    GET `edit/<kind>/`, with the filters of customers, is a sheet that knows its rows when it comes back. What was changed
    in it and here is in conflict, until `rule` has been told {"every": "sheet"|"here"} or {"cells": {"12.notes": "here"}}.
    """

    permission_classes = (permissions.IsAuthenticated, MayImport)
    serializer_class = ImportSerializer

    def _of(self, request: Request, pk: str) -> Import:
        rows = Import.objects.visible_to(request.user).select_related("by")  # type: ignore[arg-type]
        return get_object_or_404(rows, pk=int(pk)) if pk.isdigit() and len(pk) < 18 else self._missing()  # noqa: PLR2004

    def _missing(self) -> Any:
        raise Http404

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def list(self, request: Request) -> Response:
        sent = Import.objects.visible_to(request.user).select_related("by").order_by("-pk")[:100]  # type: ignore[arg-type]
        return Response({"results": [telling.told(parent) for parent in sent]})

    @extend_schema(request=ImportSerializer, responses=OpenApiTypes.OBJECT)
    def create(self, request: Request) -> Response:
        asked = ImportSerializer(data=request.data, user=request.user)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        parent = life.receive(
            data["file"],
            kind=data["kind"],
            by=request.user,  # type: ignore[arg-type]
            mode=data["mode"],
            reading=asked.reading(),
            goes_straight_on=True,
            leaves_out_likely=data["leave_out_duplicates"],
        )
        if data["file"].size > PLANNED_AT_ONCE:
            transaction.on_commit(partial(tasks.work_import.delay, parent.pk), robust=True)
            return Response(telling.told(parent), status=202)
        life.work(parent.pk)
        parent.refresh_from_db()
        said = self._plan(parent)
        if data["dry_run"]:
            life.discard(parent)
        status = 422 if parent.state == Import.State.FAILED else 200 if data["dry_run"] else 201
        return Response(said, status=status)

    def _plan(self, parent: Import) -> dict[str, Any]:
        said = telling.told(parent)
        if parent.state == Import.State.PLANNED:
            kind = life.kind_of(parent, at=timezone.now())
            said["rows"] = {
                outcome: telling.rows(parent, kind, outcome)
                for outcome in ("conflict", "new", "changed", "moved", "left_out", "likely")
            }
        return said

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Where it stands; once it is planned, with the first rows of the plan, as a small file is answered at once."""
        return Response(self._plan(self._of(request, pk)))

    @extend_schema(
        responses=OpenApiTypes.OBJECT,
        parameters=[OpenApiParameter("outcome", str), OpenApiParameter("page", int)],
    )
    @action(detail=True)
    def rows(self, request: Request, pk: str) -> Response:
        parent = self._of(request, pk)
        outcome = request.query_params.get("outcome", "new")
        page = request.query_params.get("page", "1")
        if (
            outcome not in {*ImportBatch.Outcome.values, telling.LIKELY, telling.MOVED}
            or not page.isdigit()
            or not 0 < int(page) < 10**6
        ):
            raise serializers.ValidationError(_("There is no such page of rows."))
        kind = row_kinds[parent.kind](by=parent.by, at=timezone.now())
        return Response({"results": telling.rows(parent, kind, outcome, page=int(page))})

    @extend_schema(responses=OpenApiTypes.BINARY)
    @action(
        detail=False,
        url_path="edit/(?P<kind>[a-z_]+)",
        permission_classes=(permissions.IsAuthenticated,),  # the kind says who may
    )
    def edit(self, request: Request, kind: str) -> HttpResponseBase:
        user: Any = request.user
        if kind not in row_kinds:
            raise Http404
        if not getattr(user, row_kinds[kind].may):
            self.permission_denied(request)
        try:
            wish = editing.wished(row_kinds[kind], QueryDict(settled(request.GET)), by=user)
            is_small = keeping.is_small(wish)
        except keeping.RefusedError as refusal:
            return Response({"detail": str(refusal)}, status=400)
        if not is_small:
            told = _('These rows are too many to come at once. POST {"list": "%(list)s"} to %(address)s.')
            said = told % {"list": editing.key_of(kind), "address": reverse("export-list")}
            return Response({"detail": said, "list": editing.key_of(kind)}, status=413)
        try:
            _export, stream = keeping.written(wish, at=timezone.now())
        except keeping.RefusedError as refusal:
            return Response({"detail": str(refusal)}, status=400)
        return FileResponse(stream, as_attachment=True, filename=f"{kind}.xlsx", content_type=editing.XLSX)

    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"])
    def rule(self, request: Request, pk: str) -> Response:
        parent = self._of(request, pk)
        every, cells = answers(request).get("every", ""), answers(request).get("cells", {})
        words = (Import.SHEET, Import.HERE)
        said = list(cells.values()) if isinstance(cells, Mapping) else [None]
        if every:
            said.append(every)
        if not said or not all(isinstance(word, str) and word in words for word in said):
            raise serializers.ValidationError(
                _('Say what is to be taken, such as {"every": "sheet"} or {"cells": {"12.notes": "here"}}.')
            )
        if unknown := set(cells) - set(life.conflicts(parent)):
            raise serializers.ValidationError(
                _("These cells are not in conflict: %(cells)s.") % {"cells": _(", ").join(sorted(unknown))}
            )
        if parent.by_id != request.user.pk or not life.rule(parent, cells, every=every):
            refusal = _("This cannot be done as the import stands.")
            return Response(telling.told(parent) | {"detail": refusal}, status=409)
        return Response(telling.told(parent))

    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"])
    def likely(self, request: Request, pk: str) -> Response:
        """Of possible duplicates: {"every": "leave_out"|"create"} or {"rows": {"12": "leave_out"}}."""
        parent = self._of(request, pk)
        every, rows = answers(request).get("every"), answers(request).get("rows", {})
        if (
            not isinstance(rows, Mapping)
            or not {*rows.values(), *([every] if every else [])} <= life.SPARED.keys()
        ):
            raise serializers.ValidationError(
                _('Say what is to be done, such as {"every": "create"} or {"rows": {"12": "leave_out"}}.')
            )
        known = {str(row) for row in batches.likely_rows(parent)}
        if unknown := set(rows) - known:
            raise serializers.ValidationError(
                _("These rows are no possible duplicates: %(rows)s.")
                % {"rows": _(", ").join(sorted(unknown))}
            )
        decided = {int(row): life.SPARED[what] for row, what in rows.items()}
        if parent.by_id != request.user.pk or not life.spare(
            parent, decided, every=life.SPARED[every] if every else None
        ):
            refusal = _("This cannot be done as the import stands.")
            return Response(telling.told(parent) | {"detail": refusal}, status=409)
        return Response(telling.told(parent))

    @extend_schema(request=None, responses=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str) -> Response:
        parent = self._of(request, pk)
        if parent.by_id != request.user.pk or not life.discard(parent):
            refusal = _("This cannot be done as the import stands.")
            return Response(telling.told(parent) | {"detail": refusal}, status=409)
        parent.refresh_from_db()
        return Response(telling.told(parent))

    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"])
    def commit(self, request: Request, pk: str) -> Response:
        """With an answer to each of `asked`: for tiers, `reason` and `expires_on`."""
        parent = self._of(request, pk)
        leaves_out = str(answers(request).get("leave_out_duplicates", parent.leaves_out_likely)).lower() in {
            "1",
            "true",
            "on",
        }
        said = {name: value for name, value in answers(request).items() if isinstance(value, str)}
        try:
            return self._asked(
                request,
                parent,
                lambda: life.ask_to_commit(parent, leaves_out_likely=leaves_out, answers=said),
            )
        except life.UnansweredError as unanswered:
            said_wrong: dict[str, Any] = {
                name: list(problems) for name, problems in unanswered.form.errors.items()
            }
            raise serializers.ValidationError(said_wrong) from None

    @extend_schema(request=None, responses=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """With `leave_obstacles`, what was edited since stays; without, nothing is undone where anything was."""
        parent = self._of(request, pk)
        leaves = str(answers(request).get("leave_obstacles", "")).lower() in {"1", "true", "on"}
        return self._asked(
            request, parent, lambda: life.ask_to_undo(parent, leaves_obstacles=leaves, at=timezone.now())
        )

    def _asked(self, request: Request, parent: Import, ask: Callable[[], bool]) -> Response:
        refusal = ""
        if parent.by_id != request.user.pk:
            refusal = _("Only who sent the file can go on with it.")
        elif not ask():
            refusal = _("This cannot be done as the import stands.")
        if refusal:
            return Response(telling.told(parent) | {"detail": refusal}, status=409)
        transaction.on_commit(partial(tasks.work_import.delay, parent.pk), robust=True)
        return Response(telling.told(parent), status=202)
