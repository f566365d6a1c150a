"""What customers bought, paid, signed and asked can be corrected; what was said and judged cannot."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from customers.admin.search import FactAdmin, SeenByCustomer
from customers.models import (
    Assessment,
    Contract,
    Correction,
    Figure,
    Interaction,
    Order,
    Payment,
    ServiceRequest,
)
from toolbox.admin import shown, whether
from toolbox.templatetags.formats import money, percent


@admin.register(Order)
class OrderAdmin(FactAdmin[Order]):
    list_display = ("number", "customer", "ordered_on", "total", "category", "customised")
    list_filter = ("ordered_on",)
    own_search = ("number__istartswith",)
    ordering = ("-pk",)
    total = shown("amount", _("amount"), money)
    customised = shown("customised_share", _("customised share"), percent)


@admin.register(Payment)
class PaymentAdmin(FactAdmin[Payment]):
    list_display = ("due_on", "customer", "order", "total", "paid_on", "days_late")
    list_filter = (whether("paid_on", _("paid")), "due_on")
    list_select_related = ("customer", "order")
    autocomplete_fields = ("customer", "order")
    own_search = ("order__number__istartswith",)
    ordering = ("-pk",)
    total = shown("amount", _("amount"), money)

    @admin.display(description=_("days late"), empty_value="–")
    def days_late(self, payment: Payment) -> int | None:
        return payment.days_late


@admin.register(Contract)
class ContractAdmin(FactAdmin[Contract]):
    list_display = ("number", "customer", "subject", "total", "starts_on", "ends_on", "renewed_on")
    list_filter = (whether("renewed_on", _("renewed")), "ends_on")
    own_search = ("number__istartswith", "subject__contains")
    ordering = ("-ends_on", "-pk")
    total = shown("amount", _("amount"), money)


@admin.register(ServiceRequest)
class ServiceRequestAdmin(FactAdmin[ServiceRequest]):
    list_display = (
        "subject",
        "customer",
        "topic",
        "department",
        "opened_at",
        "opened_by",
        "resolved_at",
        "resolved_by",
    )
    list_filter = (whether("resolved_at", _("resolved")), "topic", "department", "opened_at")
    list_select_related = ("customer", "opened_by", "resolved_by")
    autocomplete_fields = ("customer", "opened_by", "resolved_by")
    own_search = ("subject__contains",)
    ordering = ("-opened_at", "-pk")


@admin.register(Interaction)
class InteractionAdmin(SeenByCustomer[Interaction]):
    list_display = ("at", "customer", "channel", "topic", "department", "by", "note")
    list_filter = ("channel", "topic", "department", "at")
    list_select_related = ("customer", "by")
    ordering = ("-pk",)


@admin.register(Assessment)
class AssessmentAdmin(SeenByCustomer[Assessment]):
    list_display = ("customer", "indicator", "rating", "evidence", "rater", "rated_on", "recorded_at")
    list_filter = ("rated_on",)
    own_search = ("indicator__istartswith",)
    list_select_related = ("customer", "rater")
    ordering = ("-pk",)


@admin.register(Figure)
class FigureAdmin(SeenByCustomer[Figure]):
    list_display = ("customer", "indicator", "value", "as_of", "source", "by", "recorded_at")
    list_filter = ("as_of",)
    own_search = ("indicator__istartswith",)
    list_select_related = ("customer", "by")
    ordering = ("-pk",)


@admin.register(Correction)
class CorrectionAdmin(SeenByCustomer[Correction]):
    list_display = ("recorded_at", "customer", "kind", "fact_id", "changes", "by")
    list_filter = ("kind", "recorded_at")
    list_select_related = ("customer", "by")
    ordering = ("-pk",)
