"""Exports for other programs: beside a list at once, and any list in the background."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.http import FileResponse, Http404, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.pagination import CursorPagination
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.exports import keeping, lists
from accounts.exports.keeping import Wish
from accounts.models import Export, User
from accounts.views.exports import TYPES, file_of

OURS = ("format", "columns")
"""Of the parameters, those that do not belong to the list's filter."""


class _File(BaseRenderer):
    """A file is answered as it is; what is wrong is said in JSON."""

    charset = None

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:  # noqa: ARG002 - as DRF calls it
        if renderer_context:
            renderer_context["response"]["Content-Type"] = "application/json"
        return JSONRenderer().render(data)


class Xlsx(_File):
    media_type = TYPES[Export.Format.XLSX]
    format = "xlsx"


class Csv(_File):
    media_type = "text/csv"
    format = "csv"


class OfFiles(DefaultContentNegotiation):
    """A format that is none of ours is refused in the words of the page."""

    def filter_renderers(self, renderers: Any, format: str) -> Any:  # noqa: A002 - as DRF calls it
        try:
            return super().filter_renderers(renderers, format)
        except Http404:
            raise ValidationError(
                {"detail": _("Choose one of the formats xlsx and csv. Nothing was exported.")}
            ) from None


def signed_in(request: Request) -> User:
    """The API lets nobody else in."""
    assert isinstance(request.user, User)  # noqa: S101 - for the type checker
    return request.user


def keys_of(text: str) -> list[str]:
    return [key.strip() for key in text.split(",") if key.strip()]


def wished(
    request: Request, key: str, *, query: QueryDict, columns: list[str], kind: str, about: Any
) -> Wish:
    """What is asked for, with the errors of the page as the API says errors."""
    user = signed_in(request)
    listing = lists.named(key)
    try:
        return keeping.wish(
            key,
            about=about,
            query=query,
            columns=columns or (listing.first_shown(user) if listing else []),
            kind=kind,
            by=user,
        )
    except keeping.RefusedError as refusal:
        raise ValidationError({"detail": str(refusal)}) from refusal


class Exportable:
    """Beside a list of the API: the same rows as a file."""

    listing: ClassVar[str]
    """The key of the list."""

    @extend_schema(
        parameters=[
            OpenApiParameter("format", enum=["xlsx", "csv"], description="xlsx where nothing is said"),
            OpenApiParameter("columns", description="keys with commas, in the wanted order"),
        ],
        responses={(HTTPStatus.OK, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @action(
        detail=False,
        pagination_class=None,
        renderer_classes=[Xlsx, Csv, JSONRenderer],
        content_negotiation_class=OfFiles,
    )
    def export(self, request: Request) -> HttpResponseBase:
        """The list as a file, by the filter of the list. One of more rows than come at once is refused: it is posted to
        `exports`, and fetched when it is ready."""
        query = request.query_params.copy()
        for name in OURS:
            query.pop(name, None)
        wish = wished(
            request,
            self.listing,
            query=query,
            columns=keys_of(request.query_params.get("columns", "")),
            kind=request.query_params.get("format", "xlsx"),
            about=None,
        )
        if not keeping.is_small(wish):
            told = f"This list is too long to come at once. POST the same to {reverse('export-list')}."
            return Response({"detail": told}, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return file_of(*keeping.written(wish, at=timezone.now()))


class ExportSerializer(serializers.ModelSerializer[Export]):
    """`filter` is the query string of the list's page or API; without `columns` those that the page shows."""

    list = serializers.SlugField(source="listing")
    filter = serializers.CharField(source="query", required=False, allow_blank=True, default="")
    about = serializers.IntegerField(required=False, allow_null=True, default=None)
    columns = serializers.ListField(child=serializers.SlugField(), required=False)
    format = serializers.ChoiceField(choices=["xlsx", "csv"], default="xlsx")
    file = serializers.SerializerMethodField()

    class Meta:
        model = Export
        fields = [
            "id", "list", "about", "filter", "columns", "format", "state", "total", "done", "error", "file", "created_at",
            "expires_at",
        ]  # fmt: skip
        read_only_fields = ["id", "state", "total", "done", "error", "file", "created_at", "expires_at"]

    def get_file(self, export: Export) -> str | None:
        """Its address, while it is there."""
        return reverse("export-file", args=[export.pk]) if export.is_there(timezone.now()) else None


class Newest(CursorPagination):
    page_size = 100
    ordering = "-id"


class ExportViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Export]):
    """One's own exports."""

    queryset = Export.objects.none()
    serializer_class = ExportSerializer
    pagination_class = Newest

    def get_queryset(self) -> Any:
        return Export.objects.made_by(self.request.user)  # type: ignore[arg-type]

    def create(self, request: Request) -> Response:
        """Put in the queue, whatever its size; ask for it until it is ready or has failed."""
        asked = ExportSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        wish = wished(
            request,
            said["listing"],
            query=QueryDict(said["query"]),
            columns=said.get("columns", []),
            kind=said["format"],
            about=said["about"],
        )
        export = keeping.queue(wish, at=timezone.now())
        return Response(ExportSerializer(export).data, status=HTTPStatus.ACCEPTED)

    @extend_schema(responses={(HTTPStatus.OK, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, renderer_classes=[JSONRenderer, Xlsx, Csv])
    def file(self, request: Request, pk: str) -> FileResponse:  # noqa: ARG002 - `get_object` reads it
        """404 when it is not ready, and when its day is over."""
        export = self.get_object()
        if not export.is_there(timezone.now()):
            raise Http404
        try:
            return file_of(export, export.file.open("rb"))
        except FileNotFoundError:
            raise Http404 from None
