"""The promises. One module per noun."""

from maintenance.models.calendar import CalendarOverride
from maintenance.models.case import Case, CaseEvent, Clock
from maintenance.models.mail import Mail
from maintenance.models.meeting import Meeting, MeetingTask, Point
from maintenance.models.obligation import Match, Obligation, Snooze
from maintenance.models.playbook import Benefit, Playbook, Promise
from maintenance.models.rates import Rates, TierMargin
from maintenance.models.routing import DepartmentLead, Route
from maintenance.models.survey import Answer, Invitation, Knock, OptOutOfSurveys, Question, Survey

__all__ = [
    "Answer",
    "Benefit",
    "CalendarOverride",
    "Case",
    "CaseEvent",
    "Clock",
    "DepartmentLead",
    "Invitation",
    "Knock",
    "Mail",
    "Match",
    "Meeting",
    "MeetingTask",
    "Obligation",
    "OptOutOfSurveys",
    "Playbook",
    "Point",
    "Promise",
    "Question",
    "Rates",
    "Route",
    "Snooze",
    "Survey",
    "TierMargin",
]
