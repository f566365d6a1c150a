"""The dictionary by which Chinese characters are read, with our corrections: `toolbox.pinyin` asks it."""

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

import pypinyin
from pypinyin.constants import PHRASES_DICT
from pypinyin.seg import mmseg

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


def of(run: str) -> list[str]:
    """Of each character of a run of Chinese ones."""
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
