"""The one rounding rule: to the nearest integer, halves up. No Django."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Whole = TypeVar("Whole", int, NDArray[np.int64])


def round_half_up(numerator: Whole, denominator: Whole) -> Whole:
    """`numerator / denominator` to the nearest integer, halves up; of arrays each. Denominators are positive."""
    return (2 * numerator + denominator) // (2 * denominator)
