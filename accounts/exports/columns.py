"""Columns that many lists have."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

from accounts.exports.lists import Column
from toolbox.sheets.writing import Kind

Name = str | Promise


def plain(key: str, name: Name, path: str = "", kind: Kind = "text", *, width: int = 0) -> Column:
    """What the database says, as it is."""
    return Column(key=key, name=name, paths=(path or key,), kind=kind, width=width)


def person(key: str, name: Name, path: str = "") -> Column:
    at = path or key
    return Column(
        key=key,
        name=name,
        paths=(f"{at}__display_name", f"{at}__username"),
        value=lambda shown, username: shown or username,
    )


def choice(
    key: str, name: Name, choices: Iterable[tuple[Any, Any]], path: str = "", *, width: int = 0
) -> Column:
    labels = {value: str(label) for value, label in choices}
    return Column(
        key=key,
        name=name,
        paths=(path or key,),
        value=lambda value: labels.get(value, value) or None,
        width=width,
    )


def yes_no(key: str, name: Name, path: str, *, yes: Name, no: Name = "") -> Column:
    said = {True: str(yes), False: str(no) or None}
    return Column(key=key, name=name, paths=(path,), value=lambda value: said[bool(value)], width=12)


def team(key: str, name: Name, path: str) -> Column:
    return plain(key, name, f"{path}__name")


def asked_of_rows(
    key: str,
    name: Name,
    rows: Callable[[], QuerySet[Any]],
    say: Callable[[Any], Any],
    *,
    kind: Kind = "text",
    width: int = 40,
) -> Column:
    """What takes the whole row to say: a thousand of them are fetched at once, and only where this is chosen."""

    def beside(pks: Sequence[Any]) -> dict[Any, Any]:
        return {row.pk: say(row) for row in rows().filter(pk__in=pks)}

    return Column(key=key, name=name, beside=beside, kind=kind, width=width)
