"""Whom a note names: "@" and a name, or a user name. No Django: told who can be meant."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    pk: int
    name: str
    username: str


def handles(people: Iterable[Person]) -> dict[str, int]:
    """By what each can be called. Of two with the same name neither is: their user names tell them apart."""
    there = list(people)
    names = Counter(person.name.casefold() for person in there)
    found = {person.name.casefold(): person.pk for person in there if names[person.name.casefold()] == 1}
    return found | {person.username.casefold(): person.pk for person in there}


def mentioned(text: str, people: Iterable[Person]) -> list[int]:
    """Their ids, each once, in the order in which they are named. The longest name that fits is meant.

    An "@" inside a word, as in an e-mail address, names nobody; nor does the beginning of a longer Latin word.
    """
    known = handles(people)
    longest_first = sorted((name for name in known if name), key=len, reverse=True)
    said = text.casefold()
    found: dict[int, None] = {}
    for at, character in enumerate(said):
        if character == "@" and not (at and is_of_a_word(said[at - 1])):
            rest = said[at + 1 :]
            if name := next((name for name in longest_first if stands_first(name, rest)), ""):
                found.setdefault(known[name])
    return list(found)


def stands_first(name: str, rest: str) -> bool:
    if not rest.startswith(name):
        return False
    following = rest[len(name) : len(name) + 1]
    return not (is_of_a_word(name[-1]) and following and is_of_a_word(following))


def is_of_a_word(character: str) -> bool:
    """Latin letters and digits: Chinese goes on without a space."""
    return character.isascii() and (character.isalnum() or character == "_")
