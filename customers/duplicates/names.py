"""What is left of a company's name when everything is taken away in which two spellings of it differ."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

import opencc

from customers.reference import regions

LEGAL: Final = re.compile(r"(股份|有限责任|有限|责任|集团|控股|总)*公司$|(集团|股份)$")
ENDINGS: Final = frozenset(
    [
        "CO",
        "COMPANY",
        "LTD",
        "LIMITED",
        "INC",
        "INCORPORATED",
        "CORP",
        "CORPORATION",
        "LLC",
        "LLP",
        "PLC",
        "GMBH",
        "AG",
        "SA",
        "SAS",
        "BV",
        "NV",
        "PTE",
        "PTY",
        "SRL",
        "SPA",
        "KG",
    ]
)
BRACKETED: Final = re.compile(r"[(\[【〔](.*?)[)\]】〕]")
SPACES: Final = re.compile(r"[\W_]+")
SHORTEST: Final = 2
"""A name of which less would be left keeps its places and endings."""


@dataclass(frozen=True, slots=True)
class Name:
    """`core` is what is compared, `place` the places it stood with: the same name in two cities is two companies."""

    core: str
    place: str

    def is_same(self, other: "Name") -> bool:
        return self.core == other.core and self.fits(other)

    def fits(self, other: "Name") -> bool:
        """The places do not contradict each other."""
        return (
            not self.place
            or not other.place
            or self.place.startswith(other.place)
            or other.place.startswith(self.place)
        )


def of(names: Iterable[str]) -> list[Name]:
    return [bare(name) for name in simplified(names)]


def simplified(names: Iterable[str]) -> list[str]:
    """In one spelling: full-width and half-width, case, traditional characters."""
    spelled = [
        " ".join(unicodedata.normalize("NFKC", name.replace("\0", "")).upper().split()) for name in names
    ]
    return list(converter().convert("\n".join(spelled)).split("\n")) if spelled else []


@cache
def converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def bare(name: str) -> Name:
    found: list[str] = []

    def without_place(match: re.Match[str]) -> str:
        if code := places().get(match[1]):
            found.append(code)
            return " "
        return f" {match[1]} "

    words = SPACES.sub(" ", BRACKETED.sub(without_place, name)).split()
    while len(words) > 1 and words[-1] in ENDINGS:
        words.pop()
    whole = "".join(words)
    core, codes = without_prefix(LEGAL.sub("", whole))
    place = max(found + codes, key=len, default="")
    return Name(core, place) if len(core) >= SHORTEST else Name(whole, "")


def without_prefix(core: str) -> tuple[str, list[str]]:
    """广东省深圳市华强 → 华强, and the places."""
    codes = []
    while found := next(
        (core[:n] for n in range(min(longest(), len(core)), 1, -1) if core[:n] in places()), ""
    ):
        codes.append(places()[found])
        core = core.removeprefix(found)
    return core, codes


@cache
def places() -> dict[str, str]:
    """Codes of provinces and cities by name, with and without what they are."""
    kinds = re.compile(r"(壮族|回族|维吾尔)?(自治区|特别行政区|自治州|地区|省|市|盟)$")
    found = {"中国": ""}
    for code, (name, _english) in [*regions.CITIES.items(), *regions.PROVINCES.items()]:
        found[name] = found[kinds.sub("", name)] = code
    return {name: code for name, code in found.items() if len(name) > 1}


@cache
def longest() -> int:
    return max(map(len, places()))
