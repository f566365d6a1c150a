"""The promises. One module per noun."""

from maintenance.models.calendar import CalendarOverride
from maintenance.models.case import Case, CaseEvent, Clock
from maintenance.models.letter import Letter
from maintenance.models.obligation import Match, Obligation, Snooze
from maintenance.models.playbook import Benefit, Playbook, Promise
from maintenance.models.routing import Route

__all__ = [
    "Benefit",
    "CalendarOverride",
    "Case",
    "CaseEvent",
    "Clock",
    "Letter",
    "Match",
    "Obligation",
    "Playbook",
    "Promise",
    "Route",
    "Snooze",
]
