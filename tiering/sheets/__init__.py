"""The tier sheet: the list of customers as a workbook that goes out, is edited, and comes back."""

from tiering.sheets.writing import MOST_ROWS, TooManyError, export

__all__ = ["MOST_ROWS", "TooManyError", "export"]
