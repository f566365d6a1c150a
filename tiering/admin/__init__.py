"""Schemes and schedules are made here; runs and what came of them can only be looked at."""

from tiering.admin import history, schedules, schemes, simulations

__all__ = ["history", "schedules", "schemes", "simulations"]
