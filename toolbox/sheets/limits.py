"""How much of a file is read: as the settings say."""

from django.conf import settings

from toolbox.sheetfiles.limits import MEGABYTE, Limits

__all__ = ["MEGABYTE", "Limits", "limits_in_force"]


def limits_in_force() -> Limits:
    """For every file that people send; pages show them."""
    return Limits(
        megabytes=settings.UPLOAD_LIMIT_MB,
        unpacked_megabytes=settings.SHEET_UNPACKED_LIMIT_MB,
        rows=settings.SHEET_LIMIT_ROWS,
        columns=settings.SHEET_LIMIT_COLUMNS,
        characters=settings.SHEET_LIMIT_CHARACTERS,
        memory_megabytes=settings.SHEET_MEMORY_MB,
        seconds=settings.SHEET_SECONDS,
    )
