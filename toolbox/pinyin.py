"""How Chinese text is read, searched and sorted by people who type latin letters."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

SORT_KEY_LENGTH: Final = 200

_SURNAMES: Final = {
    "单": "shan",
    "解": "xie",
    "查": "zha",
    "朴": "piao",
    "区": "ou",
    "盖": "ge",
    "覃": "qin",
    "乐": "yue",
    "重": "chong",
    "繁": "po",
    "折": "she",
    "黑": "he",
}


def initials(text: str, *, is_person: bool = False) -> str:
    """ "重庆长安" → "CQCA", "TCL科技" → "TCLKJ". A person's first character is read as a surname."""
    return "".join(
        syllable[0] if is_han else syllable for syllable, is_han in _syllables(text, is_person=is_person)
    ).upper()


def sort_key(text: str, *, is_person: bool = False) -> str:
    """The full reading, so that Chinese names sort by sound and latin ones among them."""
    return " ".join(syllable for syllable, _ in _syllables(text, is_person=is_person)).lower()[
        :SORT_KEY_LENGTH
    ]


def normalise(text: str) -> str:
    """One spelling for searching: full-width and half-width, case and spaces do not matter."""
    return " ".join(unicodedata.normalize("NFKC", text).upper().split())


_HAN: Final = r"\u3400-\u9fff\U00020000-\U0003ffff"
_RUNS: Final = re.compile(rf"(?P<han>[{_HAN}]+)|(?:(?![{_HAN}])[^\W_])+")


@lru_cache(maxsize=1_000)  # initials and sort key are asked for one after the other
def _syllables(text: str, *, is_person: bool) -> tuple[tuple[str, bool], ...]:
    """Readings of Chinese characters (True) and the runs of letters and digits between (False)."""
    found: list[tuple[str, bool]] = []
    for match in _RUNS.finditer(unicodedata.normalize("NFKC", text)):
        if run := match["han"]:
            readings = _read(run)
            if is_person and not found:
                readings = [_SURNAMES.get(run[0], readings[0]), *readings[1:]]
            found += [(reading, True) for reading in readings]
        else:
            found.append((match[0], False))
    return tuple(found)


def _read(run: str) -> list[str]:
    from toolbox import readings  # noqa: PLC0415 - 55 MB of dictionary: whoever reads no names does without

    return readings.of(run)
