"""Making groups, filling them, taking customers out. As far as groups decide how customers are graded they are facts:
who writes them says so first (`recording`)."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from customers.models import Group, Membership
from customers.services.freeze import recording

BATCH = 2_000
uses: list[Callable[[Collection[Group]], Mapping[int, str]]] = []
"""Apps downstream add a question here: what do they do by these groups? A sentence for each by which something is."""


class InUseError(ValueError):
    """Something is done by the group, and must be changed first, or by somebody else; the message is for people."""


def uses_of(groups: Collection[Group]) -> dict[int, str]:
    """What is done by each of them, by its id; empty where nothing."""
    found = [use(groups) for use in uses]
    return {group.pk: " ".join(said[group.pk] for said in found if group.pk in said) for group in groups}


def use_of(group: Group) -> str:
    return uses_of([group])[group.pk]


@transaction.atomic
def create_group(*, name: str, description: str, by: User, at: datetime) -> Group:
    return Group.objects.create(name=name, description=description, created_by=by, created_at=at)


@transaction.atomic
def add_to_group(
    group: Group, customers: list[int], *, by: User, at: datetime, out_of: Group | None = None
) -> int:
    """Says how many were not in it before; with `out_of` they leave that one, and who left counts as well.

    Raises InUseError where only somebody who may grade decides who is in one of the two.
    """
    recording()
    for each in (group, out_of):
        if each:
            refuse_strangers(each, by)
    Group.objects.select_for_update().get(pk=group.pk)  # two who fill it wait for each other
    moved = set(take_out(out_of, customers, by=by)) if out_of and out_of != group else set()
    added = set()
    for at_row in range(0, len(customers), BATCH):
        stretch = customers[at_row : at_row + BATCH]
        there = set(group.memberships.filter(customer__in=stretch).values_list("customer_id", flat=True))
        new = sorted(set(stretch) - there)
        Membership.objects.bulk_create(
            Membership(group=group, customer_id=pk, added_by=by, added_at=at) for pk in new
        )
        added.update(new)
    return len(added | moved)


@transaction.atomic
def take_out(group: Group, customers: list[int], *, by: User) -> list[int]:
    """The ids of those who were in it. They stay in their other groups."""
    recording()
    refuse_strangers(group, by)
    left: list[int] = []
    for at_row in range(0, len(customers), BATCH):
        own = group.memberships.filter(customer__in=customers[at_row : at_row + BATCH])
        left += own.values_list("customer_id", flat=True)
        own.delete()
    return left


def refuse_strangers(group: Group, by: User) -> None:
    """Who is graded how is for those who may grade to say."""
    if not by.may_grade and (why := use_of(group)):
        raise InUseError(
            _("Who stands in “%(group)s” is decided by directors: %(why)s") % {"group": group, "why": why}
        )


@transaction.atomic
def delete_group(group: Group) -> None:
    """Its customers stay as they are. Raises InUseError where something is done by it."""
    recording()
    if why := use_of(group):
        raise InUseError(_("“%(group)s” stays: %(why)s") % {"group": group, "why": why})
    group.delete()
