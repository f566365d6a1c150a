import random

import pypinyin
import pytest
from pypinyin.constants import PHRASES_DICT
from pypinyin.seg import mmseg

from toolbox import readings
from toolbox.pinyin import initials, normalise, sort_key


@pytest.mark.parametrize(
    "text, letters",
    [
        ("重庆长安", "CQCA"),
        ("长沙重工（集团）有限公司", "CSZGJTYXGS"),
        ("六安", "LA"),
        ("厦门国贸", "XMGM"),
        ("TCL科技", "TCLKJ"),
        ("Ａcme 3m中国", "ACME3MZG"),
        ("银行 会计", "YHKJ"),
        ("长实", "CS"),
        ("曾国藩", "ZGF"),
        ("——·「」", ""),
        ("", ""),
    ],
)
def test_initials_are_what_one_types_to_find_a_name(text: str, letters: str) -> None:
    assert initials(text) == letters


@pytest.mark.parametrize("name, letters", [("单伟强", "SWQ"), ("解晓东", "XXD"), ("区建国", "OJG")])
def test_a_persons_first_character_is_a_surname(name: str, letters: str) -> None:
    assert initials(name, is_person=True) == letters
    assert initials(name) != letters


def test_names_sort_by_reading_with_latin_ones_among_them() -> None:
    names = ["长安", "Changhong", "安徽", "Apple", "西安", "先锋", "北京", "重庆", "3M", "波音"]
    assert sorted(names, key=sort_key) == [
        "3M",
        "安徽",
        "Apple",
        "北京",
        "波音",
        "长安",
        "Changhong",
        "重庆",
        "西安",
        "先锋",
    ]


def test_a_sort_key_fits_its_column() -> None:
    assert sort_key("重庆") == "chong qing"
    assert len(sort_key("重庆" * 500)) == 200


@pytest.mark.parametrize(
    "text, same", [(" ａｂc  d\u3000E ", "ABC D E"), ("（重庆）\n长安", "(重庆) 长安"), ("", "")]
)
def test_spelling_does_not_matter_for_search(text: str, same: str) -> None:
    assert normalise(text) == same


def test_reading_word_by_word_is_reading_the_whole() -> None:
    """What is kept of one word never says otherwise than the name it stands in."""
    initials("六安")  # the dictionary is corrected by now
    parts = [
        "重庆",
        "长安",
        "六安",
        "银行",
        "行长",
        "会计",
        "音乐",
        "乐山",
        "曾",
        "单县",
        "有限公司",
        "朝阳",
        "朴",
    ]
    for one in parts:
        for other in parts:
            run = one + other + "有限公司"
            assert readings.of(run) == pypinyin.lazy_pinyin(run)


def test_a_text_is_cut_as_the_dictionary_would() -> None:
    initials("六安")  # with our corrections
    chance, phrases = random.Random(3), sorted(PHRASES_DICT)
    for _n in range(3_000):
        pieces = [
            piece[: chance.randint(1, len(piece))]
            for piece in chance.choices(phrases, k=chance.randint(1, 4))
        ]
        chance.shuffle(pieces)
        text = "".join(pieces)
        assert list(readings.words(text)) == list(mmseg.seg.cut(text))
