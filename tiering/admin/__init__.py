"""Schemes are made here; runs and what came of them can only be looked at."""

from tiering.admin import history, schemes

__all__ = ["history", "schemes"]
