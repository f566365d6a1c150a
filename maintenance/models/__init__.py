"""The promises. One module per noun."""

from maintenance.models.calendar import CalendarOverride
from maintenance.models.obligation import Match, Obligation, Snooze
from maintenance.models.playbook import Benefit, Playbook, Promise

__all__ = ["Benefit", "CalendarOverride", "Match", "Obligation", "Playbook", "Promise", "Snooze"]
