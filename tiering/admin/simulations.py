"""Books measured for simulations, and simulations that were kept: made on their pages, looked at here."""

from django.contrib import admin

from tiering.models import Basis, Simulation
from toolbox.admin import ReadOnly


@admin.register(Basis)
class BasisAdmin(ReadOnly[Basis]):
    list_display = ("as_of", "window_months", "state", "customers", "frozen_at", "by", "error")
    list_filter = ("state", "window_months")
    list_select_related = ("by",)
    search_fields = ("error",)
    ordering = ("-pk",)


@admin.register(Simulation)
class SimulationAdmin(ReadOnly[Simulation]):
    list_display = ("name", "version", "by", "at", "basis")
    list_filter = ("version__scheme", "at")
    list_select_related = ("version__scheme", "by", "basis")
    search_fields = ("name",)
    ordering = ("-at", "-pk")
