"""`./run quarter [pytest arguments]`: two quarters, day by day, and what was compared."""

import sys
from collections.abc import Sequence

import pytest

from tests.quarter import ASKED_FOR


def main(arguments: Sequence[str]) -> int:
    ASKED_FOR.append("quarters")
    patient = ["-o", "faulthandler_timeout=0", "-p", "no:cacheprovider"]
    return int(pytest.main(["tests/quarter", *patient, *arguments]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
