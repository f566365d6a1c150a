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
from customers.services.groups import (
    InUseError,
    add_to_group,
    create_group,
    delete_group,
    take_out,
    use_of,
    uses_of,
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
    "InUseError",
    "StaleEditError",
    "add_fact",
    "add_facts",
    "add_to_group",
    "archive",
    "as_they_stood",
    "assign",
    "create_customer",
    "create_group",
    "create_many",
    "delete_group",
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
    "take_out",
    "undo_merge",
    "use_of",
    "uses_of",
    "write_notes",
]
