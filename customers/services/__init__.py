"""What is done with customers and their facts. Keyword-only, atomic, told who and when."""

from customers.services.facts import (
    add_fact,
    add_facts,
    log_interaction,
    refresh_search,
    remove_contact,
    resolve_request,
    save_fact,
)
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
    "StaleEditError",
    "add_fact",
    "add_facts",
    "archive",
    "assign",
    "create_customer",
    "log_interaction",
    "refresh_search",
    "remove_contact",
    "resolve_request",
    "restore",
    "save_customer",
    "save_fact",
    "write_notes",
]
