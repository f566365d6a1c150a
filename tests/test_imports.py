"""What a process carries from its start on."""

import subprocess
import sys
from typing import Final

LATE: Final = {"openpyxl", "cryptography"}
"""26 and 9 MB that only whoever writes a formatted sheet, or reads its keys, has to have."""
START: Final = """
import sys
from crm.celery import app
app.loader.import_default_modules()
from django.urls import get_resolver
get_resolver().url_patterns
print(*sorted(name for name in sys.argv[1:] if name in sys.modules))
"""


def test_a_worker_that_has_written_no_sheet_does_not_carry_what_writes_them() -> None:
    found = subprocess.check_output([sys.executable, "-c", START, "tiering.sheets.writing", *LATE], text=True)
    assert found.split() == ["tiering.sheets.writing"]
