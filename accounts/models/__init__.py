"""Who works here, what they are told, and what they sent."""

from accounts.models.export import ColumnSet, Export
from accounts.models.feed import CalendarFeed
from accounts.models.notice import Delivery, Letter, Notice, OptOut, Outgoing
from accounts.models.people import SEES_ALL, SUPPORT, Department, People, Role, Team, User
from accounts.models.sent_form import SentForm
from accounts.models.webhook import Endpoint, Parcel

__all__ = [
    "SEES_ALL",
    "SUPPORT",
    "CalendarFeed",
    "ColumnSet",
    "Delivery",
    "Department",
    "Endpoint",
    "Export",
    "Letter",
    "Notice",
    "OptOut",
    "Outgoing",
    "Parcel",
    "People",
    "Role",
    "SentForm",
    "Team",
    "User",
]
