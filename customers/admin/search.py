"""Rows of a customer are found as customers are: code, name, pinyin initials, contacts."""

from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar, cast

from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from accounts.models import User
from customers import services
from customers.models import Customer
from customers.models.fact import Fact
from toolbox.admin import Admin, ReadOnly

M = TypeVar("M", bound=Model)
F = TypeVar("F", bound=Fact)


class FoundByCustomer(Admin[M]):
    """`own_search`: lookups on the row itself, beside those on its customer."""

    search_fields = ("customer__code", "customer__name")
    own_search: ClassVar[Sequence[str]] = ()
    autocomplete_fields: ClassVar[Any] = ("customer",)
    list_select_related: ClassVar[Any] = ("customer",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        rows = super().get_queryset(request)
        user = cast("User", request.user)
        return rows if user.sees_all else rows.filter(customer__in=Customer.objects.visible_to(user))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        if not search_term.strip():
            return queryset, False
        found = Q(customer__in=Customer.objects.matching(search_term))
        for lookup in self.own_search:
            found |= Q((lookup, search_term.strip()))
        return queryset.filter(found), False


class FactAdmin(FoundByCustomer[F]):
    """A correction keeps what stood there, as on the pages."""

    def save_model(self, request: HttpRequest, obj: F, form: Any, change: bool) -> None:
        if change:
            services.save_fact(obj, changed=form.changed_data, by=request.user)  # type: ignore[arg-type]
        else:
            services.add_fact(obj)

    def delete_model(self, request: HttpRequest, obj: F) -> None:
        services.remove_fact(obj, by=request.user)  # type: ignore[arg-type]

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[F]) -> None:
        for fact in queryset.order_by("pk"):
            self.delete_model(request, fact)


class SeenByCustomer(ReadOnly[M], FoundByCustomer[M]):
    """The same, to be looked at only."""
