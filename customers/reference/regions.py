"""Provinces ("44") and prefecture-level cities ("4403") by the codes of GB/T 2260."""

import csv
import re
from pathlib import Path
from typing import Final

from customers.reference import Names, in_language

PROVINCES: Final[dict[str, Names]] = {
    "11": ("北京市", "Beijing"),
    "12": ("天津市", "Tianjin"),
    "13": ("河北省", "Hebei"),
    "14": ("山西省", "Shanxi"),
    "15": ("内蒙古自治区", "Inner Mongolia"),
    "21": ("辽宁省", "Liaoning"),
    "22": ("吉林省", "Jilin"),
    "23": ("黑龙江省", "Heilongjiang"),
    "31": ("上海市", "Shanghai"),
    "32": ("江苏省", "Jiangsu"),
    "33": ("浙江省", "Zhejiang"),
    "34": ("安徽省", "Anhui"),
    "35": ("福建省", "Fujian"),
    "36": ("江西省", "Jiangxi"),
    "37": ("山东省", "Shandong"),
    "41": ("河南省", "Henan"),
    "42": ("湖北省", "Hubei"),
    "43": ("湖南省", "Hunan"),
    "44": ("广东省", "Guangdong"),
    "45": ("广西壮族自治区", "Guangxi"),
    "46": ("海南省", "Hainan"),
    "50": ("重庆市", "Chongqing"),
    "51": ("四川省", "Sichuan"),
    "52": ("贵州省", "Guizhou"),
    "53": ("云南省", "Yunnan"),
    "54": ("西藏自治区", "Tibet"),
    "61": ("陕西省", "Shaanxi"),
    "62": ("甘肃省", "Gansu"),
    "63": ("青海省", "Qinghai"),
    "64": ("宁夏回族自治区", "Ningxia"),
    "65": ("新疆维吾尔自治区", "Xinjiang"),
    "71": ("台湾省", "Taiwan"),
    "81": ("香港特别行政区", "Hong Kong"),
    "82": ("澳门特别行政区", "Macau"),
}


def _cities() -> dict[str, Names]:
    with (Path(__file__).parent / "cities.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: (row["chinese"], row["english"]) for row in csv.DictReader(file)}


CITIES: Final = _cities()


def province_name(code: str, language: str | None = None) -> str:
    """'' for a code that is none. Without a language, in the active one."""
    names = PROVINCES.get(code)
    return in_language(names, language) if names else ""


def city_name(code: str, language: str | None = None) -> str:
    """'' for a code that is none. Without a language, in the active one."""
    names = CITIES.get(code)
    return in_language(names, language) if names else ""


def province_choices() -> list[tuple[str, str]]:
    return [(code, province_name(code)) for code in PROVINCES]


def city_choices(province: str | None = None) -> list[tuple[str, str | list[tuple[str, str]]]]:
    """The cities of a province, or all of them under their provinces (there are two Suzhous)."""
    if province:
        return [*_cities_of(province)]
    groups = [(province_name(code), _cities_of(code)) for code in PROVINCES]
    return [(name, cities) for name, cities in groups if cities]


def _cities_of(province: str) -> list[tuple[str, str]]:
    return [(code, city_name(code)) for code in CITIES if code[:2] == province]


def province_code(text: str) -> str | None:
    """The code for a code or a name as people write it: "广东", "广东省", "Guangdong", "内蒙古"."""
    return _PROVINCE_CODES.get(_key(text))


def city_code(text: str, province: str | None = None) -> str | None:
    """The code for a code or a name ("深圳", "深圳市", "Shenzhen"); None also where several cities bear it."""
    codes = {code for code in _CITY_CODES.get(_key(text), ()) if not province or code[:2] == province}
    return codes.pop() if len(codes) == 1 else None


_PEOPLES: Final = "朝鲜族|土家族|苗族|藏族|羌族|彝族|布依族|侗族|哈尼族|壮族|傣族|白族|景颇族|傈僳族|回族|蒙古族|蒙古|哈萨克|柯尔克孜"
_SUFFIX: Final = re.compile(
    rf"(?:省|市|地区|盟|特别行政区|(?:壮族|回族|维吾尔)?自治区|(?:{_PEOPLES})*自治州)$"
)


def _key(text: str) -> str:
    text = re.sub(r"\s", "", text).casefold()
    return _SUFFIX.sub("", text) or text


_PROVINCE_CODES: Final = {_key(key): code for code, names in PROVINCES.items() for key in (code, *names)}


def _city_codes() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for code, names in CITIES.items():
        for key in (code, *names):
            found.setdefault(_key(key), set()).add(code)
    return found


_CITY_CODES: Final = _city_codes()
