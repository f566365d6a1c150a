"""Schemes and schedules are made here; runs and what came of them can only be looked at."""

from tiering.admin import history, schedules, schemes

__all__ = ["history", "schedules", "schemes"]
