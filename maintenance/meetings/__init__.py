"""The weekly coordination meeting: its agenda, what is written and decided there, and how it is closed."""

from maintenance.meetings.agenda import Agenda, agenda_of
from maintenance.meetings.deciding import finish_task, make_task
from maintenance.meetings.holding import StaleError, attend, close, open_meeting, write, write_notes

__all__ = [
    "Agenda",
    "StaleError",
    "agenda_of",
    "attend",
    "close",
    "finish_task",
    "make_task",
    "open_meeting",
    "write",
    "write_notes",
]
