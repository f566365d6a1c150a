"""Schemes and schedules are made here; runs and what came of them can only be looked at."""

from tiering.admin import assignments, history, schedules, schemes, simulations

__all__ = ["assignments", "history", "schedules", "schemes", "simulations"]
