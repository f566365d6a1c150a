"""The lists of this app, each once: for its page and for its export."""

from typing import Final

from accounts.exports.lists import Listing
from maintenance.listings.cases import CASES
from maintenance.listings.dispatch import DISPATCH
from maintenance.listings.ledger import BEYOND, LEDGER
from maintenance.listings.meetings import MEETING_TASKS, MEETINGS
from maintenance.listings.promises import HOURS, PROMISES
from maintenance.listings.surveys import ANSWERS, INVITATIONS

ALL: Final[list[Listing]] = [
    PROMISES, HOURS, CASES, ANSWERS, INVITATIONS, DISPATCH, LEDGER, BEYOND, MEETINGS, MEETING_TASKS,
]  # fmt: skip

__all__ = [
    "ALL", "ANSWERS", "BEYOND", "CASES", "DISPATCH", "HOURS", "INVITATIONS", "LEDGER", "MEETINGS", "MEETING_TASKS",
    "PROMISES",
]  # fmt: skip
