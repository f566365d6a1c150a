"""Whether the demo's book is there, is to be made, or must not be."""

from datetime import date
from enum import Enum, auto
from typing import Final

from django.core.management import call_command
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from crm.demo import book, chronicle, people, writing
from crm.demo.clients import PREFIX
from customers.models import Customer
from toolbox.at_once import tasks_at_once

MARKER: Final = "demo"


class RefusedError(Exception):
    """The database is not the demo's; the message is for people."""


class Whose(Enum):
    NOBODYS = auto()
    THE_DEMOS = auto()
    SOMEBODYS = auto()


def prepare(*, today: date, fresh: bool = False) -> bool:
    """Make the book unless it is there, and say whether it was made. Touches no other book than its own."""
    whose = owner_of_the_database()
    if whose is Whose.SOMEBODYS:
        raise RefusedError(
            _("This database holds a book that is not the demo's; nothing was changed. %(advice)s")
            % {"advice": advice()}
        )
    call_command("migrate", interactive=False, verbosity=0)
    if fresh and whose is Whose.THE_DEMOS:
        clear()
    return build(today=today)


def owner_of_the_database() -> Whose:
    """Asked before any migration: another's database is not even brought up to date."""
    tables = set(connection.introspection.table_names())
    if not {User._meta.db_table, Customer._meta.db_table} <= tables:
        return Whose.NOBODYS
    if any(
        MARKER in kept
        for kept in User.objects.filter(is_superuser=True).values_list("preferences", flat=True)
    ):
        return Whose.THE_DEMOS
    return Whose.SOMEBODYS if Customer.objects.exists() or User.objects.exists() else Whose.NOBODYS


def advice() -> str:
    return _("Name another database in DATABASE_URL, or another directory in VAR_DIR.")


def clear() -> None:
    """Empties every table. Customers somebody added are not the demo's to delete."""
    added = Customer.objects.exclude(code__startswith=PREFIX).count()
    if added:
        raise RefusedError(
            _("%(count)d customers were added to the demo; nothing was deleted. %(advice)s")
            % {"count": added, "advice": advice()}
        )
    call_command("flush", interactive=False, verbosity=0)


def build(*, today: date) -> bool:
    """All or nothing, in one transaction; who comes second finds it done."""
    with tasks_at_once(), transaction.atomic():
        if owner_of_the_database() is Whose.THE_DEMOS:
            return False
        made = book.make(today)
        users = people.create_people({MARKER: today.isoformat()})
        ids = writing.write(made, users)
        chronicle.live(made, ids, users, today=today)
    return True
