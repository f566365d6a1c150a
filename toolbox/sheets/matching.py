"""Which header of a sheet is which column of ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from toolbox.sheets.headers import Header, plain_header

SHORTEST_PART: Final = 2
LONGEST_REST: Final = 4
"""A header may have so many characters beside a name of ours, and is then only likely."""

SURE, OF_GROUP, LIKELY = 0, 1, 2


@dataclass(frozen=True)
class KnownColumn:
    """A column the caller knows: under which headers it is found, in Chinese and English. The first name goes before."""

    key: str
    names: Sequence[str]
    is_required: bool = False


@dataclass(frozen=True)
class Matches:
    """What is proposed. A person may decide otherwise."""

    at: Mapping[str, int]
    """Keys of ours to columns, from 0."""
    likely: frozenset[str]
    """Those whose header only contains a name of ours: worth a second look."""
    ambiguous: Mapping[str, Sequence[int]]
    """Keys that several columns could be, equally well; none of them is taken."""
    unknown: Sequence[int]
    """Columns with a header that is none of ours."""
    missing: Sequence[str]
    """Keys that are required and have no column."""


def match(headers: Sequence[Header], known: Sequence[KnownColumn]) -> Matches:
    found = [rank for at, header in enumerate(headers) if header.text for rank in _ranks(at, header, known)]
    at: dict[str, int] = {}
    likely: set[str] = set()
    taken: set[int] = set()
    ambiguous: dict[str, list[int]] = {}
    for how in (SURE, OF_GROUP, LIKELY):
        ranks = [
            rank for rank in found if rank.how == how and rank.key not in at and rank.key not in ambiguous
        ]
        ranks = [rank for rank in ranks if rank.at not in taken]
        for rank in sorted(ranks):
            if rank.key in at or rank.key in ambiguous or rank.at in taken:
                continue
            rivals = {
                other.at for other in ranks if other.key == rank.key and other.name == rank.name
            } - taken
            if len(rivals) > 1:
                ambiguous[rank.key] = sorted(rivals)
                continue
            at[rank.key] = rank.at
            taken.add(rank.at)
            if how == LIKELY:
                likely.add(rank.key)
    undecided = {column for columns in ambiguous.values() for column in columns}
    return Matches(
        at=at,
        likely=frozenset(likely),
        ambiguous=ambiguous,
        unknown=[
            n for n, header in enumerate(headers) if header.text and n not in taken and n not in undecided
        ],
        missing=[column.key for column in known if column.is_required and column.key not in at],
    )


@dataclass(frozen=True, order=True)
class _Rank:
    how: int
    name: int
    """Which of the names it is: the earlier, the better."""
    at: int
    key: str = field(compare=False)


def _ranks(at: int, header: Header, known: Sequence[KnownColumn]) -> list[_Rank]:
    found = []
    for column in known:
        names = [plain_header(name) for name in column.names]
        if header.plain in names:
            found.append(_Rank(SURE, names.index(header.plain), at, column.key))
        elif header.last in names:
            found.append(_Rank(OF_GROUP, names.index(header.last), at, column.key))
        else:
            parts = [n for n, name in enumerate(names) if _contains(header.plain, name)]
            found += [_Rank(LIKELY, parts[0], at, column.key)] if parts else []
    return found


def _contains(header: str, name: str) -> bool:
    return len(name) >= SHORTEST_PART and name in header and len(header) - len(name) <= LONGEST_REST
