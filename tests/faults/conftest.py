"""A machine that may be broken, and the table of what became of it."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from tests.faults.machine import RUNNING, Machine

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

    from tests.faults.scene import Scene

collect_ignore_glob = [] if RUNNING else ["test_*.py"]  # they need what `./run faults` starts
HEADS = ("scenario", "fault", "attempts more", "seconds to finish", "invariants")


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """The databases of the suite are its own."""


@pytest.fixture(scope="session")
def machine(django_db_blocker: "DjangoDbBlocker") -> Iterator[Machine]:
    """With the book from which every scenario takes a copy."""
    from tests.faults import book

    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0)
        settings.CELERY_TASK_ALWAYS_EAGER = False
        book.make()
        connection.close()
        yield RUNNING[0]
        connection.close()


@pytest.fixture
def scene(machine: Machine, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator["Scene"]:
    """Ends with every check on every run, whatever happened."""
    from tests.faults.scene import Scene

    scene = Scene(machine, tmp_path)
    try:
        yield scene
        differences = scene.differences()
        machine.report.append(
            (
                words_of(request.node),
                scene.fault,
                str(scene.attempts),
                "–" if scene.seconds is None else f"{scene.seconds:.1f}",
                "ok" if not differences else f"{len(differences)} broken",
            )
        )
        assert differences == []
    finally:
        scene.close()


def words_of(test: pytest.Item) -> str:
    return test.name.partition("[")[0].removeprefix("test_").replace("_", " ")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if RUNNING and RUNNING[0].report:
        table = as_table(RUNNING[0])
        terminalreporter.write_line(table)
        path = Path(__file__).resolve().parent.parent.parent / "var" / "faults.md"
        path.parent.mkdir(exist_ok=True)
        failed = len(terminalreporter.stats.get("failed", [])) + len(terminalreporter.stats.get("error", []))
        passed = len(terminalreporter.stats.get("passed", []))
        path.write_text(
            f"# Faults, {time.strftime('%Y-%m-%d %H:%M')}\n\n{passed} passed, {failed} failed.\n\n{table}\n"
        )


def as_table(machine: Machine) -> str:
    rows = [HEADS, tuple("---" for _head in HEADS), *machine.report]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
