"""Numbers as people type them in Chinese: of full width, and taken as if they were of usual width."""

import unicodedata


def of_usual_width(text: str) -> str:
    """What only looks like a digit (10², ①) stays as it is: to take it for one would be another number."""
    if text.isascii():
        return text
    return "".join(
        one if one.isdigit() and not one.isdecimal() else unicodedata.normalize("NFKC", one) for one in text
    )
