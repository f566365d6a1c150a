"""Promises made, kept, put off and withdrawn. Keyword-only, atomic, told who and when."""

from maintenance.services.correcting import choose, take_back
from maintenance.services.keeping import complete, excuse, following, office_days, skip, snooze
from maintenance.services.many import (
    RefusedError,
    complete_many,
    excuse_many,
    hand_over,
    skip_many,
    snooze_many,
)
from maintenance.services.matching import recognise
from maintenance.services.planning import replan, whole_book
from maintenance.services.playbooks import (
    begin,
    call_off,
    copy_to_draft,
    delete_draft,
    put_in_force,
    remove_line,
    save_line,
    save_times,
)
from maintenance.services.replanned import Replanned

__all__ = [
    "RefusedError",
    "Replanned",
    "begin",
    "call_off",
    "choose",
    "complete",
    "complete_many",
    "copy_to_draft",
    "delete_draft",
    "excuse",
    "excuse_many",
    "following",
    "hand_over",
    "office_days",
    "put_in_force",
    "recognise",
    "remove_line",
    "replan",
    "save_line",
    "save_times",
    "skip",
    "skip_many",
    "snooze",
    "snooze_many",
    "take_back",
    "whole_book",
]
