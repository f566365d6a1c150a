"""How Chinese text is read, searched and sorted by people who type latin letters."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

import pypinyin
from pypinyin.constants import PHRASES_DICT
from pypinyin.seg import mmseg

SORT_KEY_LENGTH: Final = 200

_PLACES: Final = {
    "六安": "lù ān",
    "涡阳": "guō yáng",
    "什邡": "shí fāng",
    "会稽": "kuài jī",
    "洪洞": "hóng tóng",
    "浚县": "xùn xiàn",
    "单县": "shàn xiàn",
    "珲春": "hún chūn",
    "朝阳": "cháo yáng",
    "百色": "bǎi sè",
    "泊头": "bó tóu",
    "吴堡": "wú bǔ",
}
_CHARACTERS: Final = {
    "长": "cháng,zhǎng",
    "曾": "zēng,céng",
    "翟": "zhái,dí",
    "仇": "qiú,chóu",
    "薄": "bó,báo",
}
"""What names of companies and people mostly mean, where the dictionary thinks of other words."""

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
    return [reading for word in words(run) for reading in _read_word(word)]


def words(run: str) -> Iterator[str]:
    """As `mmseg.seg.cut`, which tries every character as the beginning of a phrase: most are not, as the next one tells."""
    heads, at, length = _heads(), 0, len(run)
    while at < length:
        if run[at : at + 2] not in heads:
            yield run[at]
            at += 1
            continue
        longest, end = "", at + 2
        while end <= length and (known := run[at:end]) in mmseg.p_set:
            if known in PHRASES_DICT:
                longest = known
            end += 1
        if longest:
            yield longest
            at += len(longest)
        elif end > length:  # the text ends within a phrase
            yield from run[at:]
            return
        else:
            yield run[at]
            at += 1


@lru_cache(maxsize=20_000)
def _read_word(word: str) -> tuple[str, ...]:
    """As pypinyin reads it, which takes a tenth of a millisecond; names are made of the same few thousand words."""
    return tuple(pypinyin.lazy_pinyin([word]))


@cache
def _heads() -> frozenset[str]:
    """The first two characters of every phrase. No phrase is shorter."""
    _correct_dictionary()
    return frozenset(phrase[:2] for phrase in PHRASES_DICT)


@cache
def _correct_dictionary() -> None:
    pypinyin.load_phrases_dict(
        {word: [[sound] for sound in reading.split()] for word, reading in _PLACES.items()}
    )
    pypinyin.load_single_dict({ord(character): readings for character, readings in _CHARACTERS.items()})
