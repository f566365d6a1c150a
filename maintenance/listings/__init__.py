"""The lists of this app, each once: for its page and for its export."""

from typing import Final

from accounts.exports.lists import Listing
from maintenance.listings.cases import CASES
from maintenance.listings.meetings import MEETING_TASKS, MEETINGS
from maintenance.listings.promises import HOURS, PROMISES
from maintenance.listings.surveys import ANSWERS, INVITATIONS

ALL: Final[list[Listing]] = [PROMISES, HOURS, CASES, ANSWERS, INVITATIONS, MEETINGS, MEETING_TASKS]

__all__ = ["ALL", "ANSWERS", "CASES", "HOURS", "INVITATIONS", "MEETINGS", "MEETING_TASKS", "PROMISES"]
from maintenance.listings.ledger import BEYOND, LEDGER

ALL: Final[list[Listing]] = [PROMISES, HOURS, CASES, ANSWERS, INVITATIONS, LEDGER, BEYOND]

__all__ = ["ALL", "ANSWERS", "BEYOND", "CASES", "HOURS", "INVITATIONS", "LEDGER", "PROMISES"]
from maintenance.listings.dispatch import DISPATCH

ALL: Final[list[Listing]] = [PROMISES, HOURS, CASES, ANSWERS, INVITATIONS, DISPATCH]

__all__ = ["ALL", "ANSWERS", "CASES", "DISPATCH", "HOURS", "INVITATIONS", "PROMISES"]
