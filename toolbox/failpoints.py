"""Places where a fault can be ordered, to see what becomes of it. In production nothing is ordered.

`FAILPOINTS=point[key]=action:argument@number,…`, for instance `claimed=kill@1,written=sleep:5,read[17]=raise`.
Without `[key]` it is meant whatever the key, without `@number` every time; with it only the so-manieth time, counted
over all processes that share VAR_DIR.
"""

import logging
import os
import re
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

logger = logging.getLogger(__name__)


class FailpointError(RuntimeError):
    """The fault that was ordered."""


def _fail(argument: str) -> None:
    raise FailpointError(argument or "This fault was ordered.")


def _kill(_argument: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_group(_argument: str) -> None:
    os.killpg(os.getpgid(0), signal.SIGKILL)


def _freeze(_argument: str) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _sleep(argument: str) -> None:
    time.sleep(float(argument))


ACTIONS: Final[dict[str, Callable[[str], None]]] = {
    "raise": _fail,
    "kill": _kill,
    "kill_group": _kill_group,
    "freeze": _freeze,
    "sleep": _sleep,
}
"""`kill` ends this process without a word, `kill_group` a worker with all its children; `freeze` stops the process."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    key: str
    """'' is any."""
    action: str
    argument: str
    number: int | None


_orders: dict[str, list[Order]] = {}

_ORDER: Final = re.compile(
    r"(?P<point>[\w.]+)(\[(?P<key>[^\]]+)\])?=(?P<action>\w+)(:(?P<argument>[^@,]+))?(@(?P<number>[1-9]\d*))?"
)


def arm(text: str) -> None:
    """Order these faults and no others. What cannot be read stops the start."""
    orders: dict[str, list[Order]] = {}
    for order in filter(None, map(str.strip, text.split(","))):
        point, read = _read(order)
        orders.setdefault(point, []).append(read)
    _orders.clear()
    _orders.update(orders)
    if orders:
        logger.warning("Faults are ordered: FAILPOINTS=%s", text)


def _read(text: str) -> tuple[str, Order]:
    parts = _ORDER.fullmatch(text)
    if parts is None:
        raise ImproperlyConfigured(f"FAILPOINTS: “{text}” is not point[key]=action:argument@number.")
    action, argument = parts["action"], parts["argument"] or ""
    if action not in ACTIONS:
        raise ImproperlyConfigured(f"FAILPOINTS: “{action}” is none of {', '.join(ACTIONS)}.")
    if action == "sleep" and not re.fullmatch(r"\d+(\.\d+)?", argument):
        raise ImproperlyConfigured(f"FAILPOINTS: “{text}” does not say for how many seconds.")
    number = int(parts["number"]) if parts["number"] else None
    return parts["point"], Order(key=parts["key"] or "", action=action, argument=argument, number=number)


def hit(point: str, key: object = "") -> None:
    """Here a fault may be ordered. Costs a look into an empty dictionary where none is."""
    if _orders:
        for order in _orders.get(point, ()):
            if order.key in {"", str(key)} and order.number in {None, _count(point, order)}:
                logger.warning("%s %s: %s", point, key, order.action)
                ACTIONS[order.action](order.argument)


def _count(point: str, order: Order) -> int | None:
    """How often the point was hit, this time included: a marker file for each, which only one process can make."""
    if order.number is None:
        return None
    directory = Path(settings.VAR_DIR) / "failpoints"
    directory.mkdir(parents=True, exist_ok=True)
    name = "-".join(filter(None, (point, order.key, order.action)))
    number = 1
    while not _made(directory / f"{name}.{number}"):
        number += 1
    return number


def _made(path: Path) -> bool:
    try:
        with path.open("x") as marker:
            marker.write(str(os.getpid()))
    except FileExistsError:
        return False
    return True
