"""What is done with cases. Keyword-only, atomic, told who and when."""

from maintenance.casework.clocks import faster_for, office
from maintenance.casework.escalating import escalate
from maintenance.casework.opening import hand_over, note, open_case, people_for
from maintenance.casework.rescheduling import reschedule
from maintenance.casework.steps import ChangedError, rate, take

__all__ = [
    "ChangedError",
    "escalate",
    "faster_for",
    "hand_over",
    "note",
    "office",
    "open_case",
    "people_for",
    "rate",
    "reschedule",
    "take",
]
