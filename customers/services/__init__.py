"""What is done with customers and their facts. Keyword-only, atomic, told who and when."""

from customers.services.facts import (
    add_fact,
    add_facts,
    log_interaction,
    refresh_search,
    remove_contact,
    remove_fact,
    resolve_request,
    save_fact,
    survivors,
)
from customers.services.freeze import (
    BusyError,
    as_they_stood,
    freeze,
    profiles_changed_since,
    recording,
    removed_since,
)
from customers.services.many import create_many
from customers.services.merging import merge, undo_merge
from customers.services.profile import (
    StaleEditError,
    archive,
    assign,
    create_customer,
    restore,
    save_customer,
    write_notes,
)

__all__ = [
    "BusyError",
    "StaleEditError",
    "add_fact",
    "add_facts",
    "archive",
    "as_they_stood",
    "assign",
    "create_customer",
    "create_many",
    "freeze",
    "log_interaction",
    "merge",
    "profiles_changed_since",
    "recording",
    "refresh_search",
    "remove_contact",
    "remove_fact",
    "removed_since",
    "resolve_request",
    "restore",
    "save_customer",
    "save_fact",
    "survivors",
    "undo_merge",
    "write_notes",
]
