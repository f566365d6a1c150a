import csv
from pathlib import Path

import pytest
from django.forms import ChoiceField
from django.utils import translation

from customers.reference import industries, regions

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "reference_cn"
NAMED_OTHERWISE = {"C15", "M75", "R87"}
"""Where the file has wordings that are not the standard's of 2017."""


def rows_of(name: str) -> list[dict[str, str]]:
    if not (DATA / name).exists():
        pytest.skip(f"NOT CHECKED: {name} is not in shared/data/reference_cn beside the repository")
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.real_data
def test_industries_are_the_standards() -> None:
    standard = {row["code"]: row["name"] for row in rows_of("gbt4754_2017.csv") if len(row["code"]) in {1, 3}}
    ours = {code: chinese for code, chinese, _ in industries.SECTIONS + industries.DIVISIONS}
    assert ours.keys() == standard.keys()
    assert {code for code, name in ours.items() if name != standard[code]} == NAMED_OTHERWISE


@pytest.mark.real_data
def test_provinces_are_the_standards() -> None:
    standard = {row["code"]: row["name"] for row in rows_of("provinces.csv")}
    ours = {code: chinese for code, (chinese, _) in regions.PROVINCES.items()}
    assert {code: ours[code] for code in standard} == standard
    assert ours.keys() - standard.keys() == {"71", "81", "82"}


@pytest.mark.real_data
def test_cities_are_the_standards() -> None:
    standard = {row["code"]: row["name"] for row in rows_of("cities.csv")}
    ours = {code: chinese for code, (chinese, _) in regions.CITIES.items()}
    renamed = {code for code, name in ours.items() if standard[code] != name}
    assert standard.keys() - ours.keys() == {"5002"}
    assert renamed == {"1101", "1201", "3101", "5001", "4190", "4290", "4690", "6590"}


def test_there_are_as_many_as_the_standard_has() -> None:
    assert (len(industries.SECTIONS), len(industries.DIVISIONS), len(regions.PROVINCES)) == (20, 97, 34)
    assert [code[1:] for code, _, _ in industries.DIVISIONS] == [f"{n:02}" for n in range(1, 98)]


def test_every_name_is_there_in_both_languages() -> None:
    tables = [*industries.SECTIONS, *industries.DIVISIONS]
    names = [(chinese, english) for _, chinese, english in tables]
    names += [*regions.PROVINCES.values(), *regions.CITIES.values()]
    assert [pair for pair in names if not pair[0] or not pair[1] or pair[1][0].islower()] == []
    english = [pair[1] for pair in names]
    assert [name for name in english if any("\u4e00" <= character <= "\u9fff" for character in name)] == []


@pytest.mark.parametrize(
    "code, chinese, english",
    [("11", "北京市", "Beijing"), ("14", "山西省", "Shanxi"), ("61", "陕西省", "Shaanxi"), ("15", "内蒙古自治区", "Inner Mongolia"),
     ("00", "", ""), ("", "", "")],
)  # fmt: skip
def test_a_province_has_a_name(code: str, chinese: str, english: str) -> None:
    assert (regions.province_name(code, "zh-hans"), regions.province_name(code, "en")) == (chinese, english)


@pytest.mark.parametrize(
    "code, chinese, english",
    [("1301", "石家庄市", "Shijiazhuang"), ("5001", "重庆市", "Chongqing"), ("6101", "西安市", "Xi'an"), ("1404", "长治市", "Changzhi"),
     ("4111", "漯河市", "Luohe"), ("2113", "朝阳市", "Chaoyang"), ("6501", "乌鲁木齐市", "Urumqi"), ("5329", "大理白族自治州", "Dali"), ("9999", "", "")],
)  # fmt: skip
def test_a_city_has_a_name(code: str, chinese: str, english: str) -> None:
    assert (regions.city_name(code, "zh-hans"), regions.city_name(code, "en")) == (chinese, english)


def test_choices_follow_the_readers_language() -> None:
    field = ChoiceField(choices=industries.industry_choices)
    for language, section, division in [
        ("en", "Manufacturing", "General-purpose machinery"),
        ("zh-hans", "制造业", "通用设备制造业"),
    ]:
        with translation.override(language):
            group = dict(industries.industry_choices())[section]
            assert dict(group)["C34"] == division == industries.industry_name("C34")
            assert dict(industries.section_choices())["C"] == section
    assert field.valid_value("C34")
    assert not field.valid_value("C")


def test_cities_stand_under_their_provinces() -> None:
    with translation.override("en"):
        grouped = dict(regions.city_choices())
        assert ("3205", "Suzhou") in grouped["Jiangsu"]
        assert ("3413", "Suzhou") in grouped["Anhui"]
        assert grouped["Beijing"] == regions.city_choices("11") == [("1101", "Beijing")]
        assert regions.city_choices("81") == []
        assert len(dict(regions.province_choices())) == 34


@pytest.mark.parametrize(
    "text, code",
    [("广东", "44"), ("广东省", "44"), (" guangdong ", "44"), ("44", "44"), ("内蒙古", "15"), ("新疆", "65"), ("广西", "45"), ("Inner Mongolia", "15"),
     ("香港", "81"), ("北京", "11"), ("", None), ("省", None), ("火星", None)],
)  # fmt: skip
def test_a_province_is_found_as_people_write_it(text: str, code: str | None) -> None:
    assert regions.province_code(text) == code


@pytest.mark.parametrize(
    "text, province, code",
    [("深圳", None, "4403"), ("深圳市", "44", "4403"), ("Shenzhen", None, "4403"), ("深圳", "43", None), ("Suzhou", None, None),
     ("Suzhou", "32", "3205"), ("恩施", None, "4228"), ("克孜勒苏", None, "6530"), ("伊犁哈萨克自治州", None, "6540"), ("北京市", None, "1101"), ("", None, None)],
)  # fmt: skip
def test_a_city_is_found_unless_the_name_is_anothers_too(
    text: str, province: str | None, code: str | None
) -> None:
    assert regions.city_code(text, province) == code


@pytest.mark.parametrize(
    "text, code",
    [("C34", "C34"), ("34", "C34"), ("c34", "C34"), ("C", "C"), ("通用设备制造业", "C34"), ("Retail", "F52"), ("制造业", "C"), ("", None), ("x", None)],
)  # fmt: skip
def test_an_industry_is_found_by_code_or_name(text: str, code: str | None) -> None:
    assert industries.industry_code(text) == code
