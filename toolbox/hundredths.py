"""Whole numbers of hundredths, written exactly."""


def hundredths(value: int) -> str:
    """1_234 → "12.34"."""
    whole, rest = divmod(abs(value), 100)
    return f"{'-' if value < 0 else ''}{whole}.{rest:02}"


def trimmed(value: int) -> str:
    """As one would say it: 1_250 → "12.5", 1_200 → "12"."""
    return hundredths(value).rstrip("0").rstrip(".")
