"""What a process carries from its start on."""

import subprocess
import sys
from typing import Final

LATE: Final = {"openpyxl", "cryptography", "pypinyin"}
"""26, 9 and 55 MB that only whoever writes a formatted sheet, reads its keys or reads Chinese names has to have."""
START: Final = """
import sys
from crm.celery import app
app.loader.import_default_modules()
from django.urls import get_resolver
get_resolver().url_patterns
print(*sorted(name for name in sys.argv[1:] if name in sys.modules))
"""


def test_a_worker_carries_nothing_that_a_re_grade_does_without() -> None:
    found = subprocess.check_output([sys.executable, "-c", START, "tiering.sheets.writing", *LATE], text=True)
    assert found.split() == ["tiering.sheets.writing"]
