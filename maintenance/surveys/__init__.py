"""Surveys: inviting, answering, and what comes of the answers."""

from typing import Final

PROMISE_KEY: Final = "survey"
"""The key of the promise, in any playbook, that an answered survey keeps."""
INDICATOR: Final = "survey_satisfaction"
"""The indicator of tiering that the answers feed: an index from 0 to 100."""
KIND: Final = "survey"
"""Of the letters that invite."""
ANSWERED: Final = "survey_answered"
"""Of the notices that tell of an answer."""
