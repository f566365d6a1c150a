import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from toolbox.failpoints import FailpointError, arm, hit

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def _disarmed(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.VAR_DIR = tmp_path
    yield
    arm("")


def test_nothing_happens_where_nothing_is_ordered() -> None:
    arm("")
    hit("here", 1)
    arm("there=raise")
    hit("here", 1)


def test_a_fault_is_raised_every_time() -> None:
    arm("here=raise:the disk is full")

    for key in (1, 2):
        with pytest.raises(FailpointError, match="the disk is full"):
            hit("here", key)


def test_a_fault_is_meant_for_one_key() -> None:
    arm("here[17]=raise")

    hit("here", 16)
    with pytest.raises(FailpointError):
        hit("here", 17)


def test_a_fault_happens_at_the_time_that_is_said_and_no_other() -> None:
    arm("here=raise@2")

    hit("here")
    with pytest.raises(FailpointError):
        hit("here")
    hit("here")


def test_two_faults_at_one_place_happen_one_after_another() -> None:
    arm("here=sleep:0.2, here=raise")
    started = time.monotonic()

    with pytest.raises(FailpointError):
        hit("here")

    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("here", "“here” is not point"),
        ("here=", "“here=” is not point"),
        ("here=explode", "“explode” is none of raise, kill, kill_group, freeze, sleep"),
        ("here=sleep", "does not say for how many seconds"),
        ("here=sleep:long", "does not say for how many seconds"),
        ("here=kill@0", "is not point"),
        ("good=kill;bad=kill", "is not point"),
    ],
)
def test_an_order_that_cannot_be_read_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=complaint):
        arm(text)


def test_an_order_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    environment = os.environ | {"FAILPOINTS": "here=explode", "DJANGO_SETTINGS_MODULE": "crm.settings"}
    command = [sys.executable, "-c", "import django; django.setup()"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, "“explode” is none of" in done.stderr) == (1, True)


@pytest.mark.parametrize("action", ["kill", "kill_group"])
def test_a_process_is_killed_once_over_all_processes(action: str) -> None:
    codes = [struck(f"here={action}@1") for _n in range(2)]

    assert codes == [-signal.SIGKILL, 0]


def struck(orders: str) -> int:
    """What a process of its own that comes to the place ends with."""
    return subprocess.run(passer_by(orders), cwd=ROOT, start_new_session=True, check=False).returncode


def passer_by(orders: str) -> list[str]:
    code = f"""
from django.conf import settings
settings.configure(VAR_DIR={str(django_settings.VAR_DIR)!r})
from toolbox.failpoints import arm, hit
arm({orders!r})
hit("here")
"""
    return [sys.executable, "-c", code]


def test_a_process_is_frozen_until_it_is_woken() -> None:
    with subprocess.Popen(passer_by("here=freeze@1"), cwd=ROOT) as process:
        _pid, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        assert Path(django_settings.VAR_DIR, "failpoints", "here-freeze.1").read_text() == str(process.pid)
        process.send_signal(signal.SIGCONT)
        assert process.wait(20) == 0
