"""Which customers may be one: time grows with the book, not with its square.

Whoever has the same name, phone or address is laid beside the first who has it; whose name is similar is looked for
among the neighbours in the order of the names, read forwards and backwards.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from rapidfuzz import fuzz

from customers.duplicates.names import Name

ALIKE: Final = 85
"""Percent, of names as they are compared."""
SHORTEST: Final = 4
"""Characters: of shorter names one other character makes another name."""
NEIGHBOURS: Final = 8
MOST_SHARE: Final = 10
"""What more customers have in common than so many is a switchboard or nobody's name: it says nothing."""
NUMBERS: Final = re.compile(r"\d+|[一二三四五六七八九十]+|(?<![A-Z])[A-Z](?![A-Z])")
HAN: Final = re.compile(r"[\u3400-\u9fff]")
EXTENSION: Final = re.compile(r"(转|分机|EXT|X|#).*$", re.IGNORECASE)

Pair = tuple[int, int]
Reason = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    pk: int
    name: Name


def pairs(
    customers: Iterable[Asked], phones: Iterable[tuple[int, str]], emails: Iterable[tuple[int, str]]
) -> dict[Pair, list[Reason]]:
    """By their ids, the lower one first, with why."""
    found: dict[Pair, list[Reason]] = defaultdict(list)
    by_core: dict[str, list[Asked]] = defaultdict(list)
    for customer in customers:
        by_core[customer.name.core].append(customer)
    for one, other in same_name(by_core):
        found[ordered(one.pk, other.pk)].append({"kind": "name"})
    for one, other, share in similar(by_core):
        found[ordered(one.pk, other.pk)].append({"kind": "similar", "share": share})
    for kind, told in (("phone", phones), ("email", emails)):
        for one_pk, other_pk, what in in_common(told):
            found[ordered(one_pk, other_pk)].append({"kind": kind, "what": what})
    return dict(found)


def ordered(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


def same_name(by_core: dict[str, list[Asked]]) -> Iterator[tuple[Asked, Asked]]:
    for alike in by_core.values():
        firsts: list[Asked] = []
        for customer in alike:
            first = next((one for one in firsts[:MOST_SHARE] if one.name.fits(customer.name)), None)
            if first:
                yield first, customer
            else:
                firsts.append(customer)


def similar(by_core: dict[str, list[Asked]]) -> Iterator[tuple[Asked, Asked, int]]:
    """With how alike they are, in basis points."""
    long = [core for core in by_core if len(core) >= SHORTEST]
    seen: set[tuple[str, str]] = set()
    for row in (sorted(long), sorted(long, key=lambda core: core[::-1])):
        for at, core in enumerate(row):
            for other in row[at + 1 : at + 1 + NEIGHBOURS]:
                pair = (core, other) if core < other else (other, core)
                if pair in seen or not comparable(core, other):
                    continue
                seen.add(pair)
                share = fuzz.ratio(core, other, score_cutoff=ALIKE)
                one, two = by_core[core][0], by_core[other][0]
                if share and one.name.fits(two.name):
                    yield one, two, round(share * 100)


def comparable(core: str, other: str) -> bool:
    """Factory 1 is not factory 2; and what tells Chinese companies apart are the characters their name begins with."""
    if NUMBERS.findall(core) != NUMBERS.findall(other):
        return False
    return core[:2] == other[:2] or not HAN.match(core)


def in_common(told: Iterable[tuple[int, str]]) -> Iterator[tuple[int, int, str]]:
    who: dict[str, list[int]] = defaultdict(list)
    for pk, what in told:
        if what and pk not in who[what]:
            who[what].append(pk)
    for what, pks in who.items():
        if len(pks) <= MOST_SHARE:
            yield from ((pks[0], other, what) for other in pks[1:])


def plain_phone(phone: str) -> str:
    """Its digits, without country, leading zero and extension; nothing where there are too few to say anything."""
    digits = re.sub(r"\D", "", EXTENSION.sub("", phone))
    digits = re.sub(r"^(00)?86(?=\d{10,})", "", digits).lstrip("0")
    return digits if len(digits) >= 7 else ""  # noqa: PLR2004 - a number of a small town


def how_alike(one: Name, other: Name) -> int:
    """In basis points; 0 where they are two."""
    if not one.fits(other) or not comparable(one.core, other.core):
        return 0
    return round(fuzz.ratio(one.core, other.core, score_cutoff=ALIKE) * 100)
