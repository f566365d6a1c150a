"""What we make of a cell: exactly that, or an error that says what is wrong and how to mend it."""

import re
from datetime import date, time, timedelta
from typing import Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from toolbox import money
from toolbox.sheets import dates
from toolbox.sheets.cells import (
    AT_ENDS,
    MOST_DIGITS,
    Amount,
    Broken,
    Percent,
    Value,
    plain_number,
    seen,
    text_of,
)
from toolbox.sheets.problems import WrongValueError
from toolbox.width import of_usual_width

LARGEST_INTEGER: Final = 2**53
"""Beyond it a workbook no longer keeps whole numbers exactly."""
_MOST: Final = float(10**MOST_DIGITS)
_LEAST: Final = -_MOST
_MOST_FEN: Final = min(_MOST, float(money.LARGEST))
_LEAST_FEN: Final = -_MOST_FEN
WHOLE_BP: Final = 10_000
MOST_PHONE_DIGITS: Final = 20
FEWEST_PHONE_DIGITS: Final = 5

_UNITS: Final = {1: "", 1_000: "千", 10_000: "万", 1_000_000: "百万", 10_000_000: "千万", 100_000_000: "亿"}
_SCALED: Final = re.compile("[千万亿]")
_LOOSE_DIGITS: Final = re.compile(r"[0-9]\s+[0-9]")
_GROUPED: Final = re.compile(r"[-+(]?[^0-9]*[0-9]{1,3}(?:\s[0-9]{3})+(?![0-9]).*")
_SCIENTIFIC: Final = re.compile(r"[-+]?[0-9](?:\.[0-9]+)?E\+?-?[0-9]{1,3}", re.IGNORECASE)
_ODD_CODE: Final = re.compile(r"[=+']")
_ZEROS: Final = re.compile(r"(\.[0-9]*?)0+(?![0-9])")
_PERCENT: Final = re.compile(r"(.*[0-9.])\s*%")

TRUE: Final = frozenset({"是", "对", "有", "真", "yes", "y", "true", "t", "1", "√", "✓", "✔", "☑", "on"})
FALSE: Final = frozenset(
    {"否", "不", "错", "无", "没有", "假", "no", "n", "false", "f", "0", "×", "✗", "✘", "☐", "x", "off"}
)


def parse_money(value: Value, *, factor: int = 1) -> int:
    """Yuan, as a number or as people write it, in fen.

    `factor` is what the header says ("金额（万元）" is 10,000); a cell that says so itself ("12万") goes before."""
    if type(value) is float and factor == 1 and _LEAST_FEN < (parts := value * 100) < _MOST_FEN:
        fen = round(parts)
        if fen / 100 == value:
            return fen
    remedy = _("Enter an amount such as 1,234.56 or 12万.")
    _refuse_other_kinds(value, _("This is not an amount."), remedy)
    _refuse_foreign(value)
    text = _number_text(value, _("This is not an amount."), remedy)
    if capitals := _capitals(text):
        text = capitals
    if factor != 1:
        text = _with_unit(text, factor)
    try:
        return money.parse_money(text)
    except Exception as error:  # noqa: BLE001 - ValidationError, by its code
        raise _money_problem(getattr(error, "code", ""), remedy) from None


def _money_problem(code: str, remedy: Promise) -> WrongValueError:
    match code:
        case "decimals":
            return WrongValueError(
                _("The amount has more than two decimals."), _("Round it to two decimals in the sheet.")
            )
        case "too_large":
            return WrongValueError(_("That amount is too large to be true."), _("Correct the amount."))
        case _:
            return WrongValueError(_("This is not an amount."), remedy)


def _with_unit(text: str, factor: int) -> str:
    """The amount with the unit of its column, unless it has one of its own."""
    if _SCALED.search(text):
        return text
    if text.endswith(("元", "圆")):
        raise WrongValueError(
            _("The cell is in another unit than its column."),
            _("Write the amount in the unit of the column, without naming another one."),
        )
    return f"{money.without_currency(text)}{_UNITS[factor]}"


def parse_int(value: Value) -> int:
    """A whole number; "1.2万" is 12,000."""
    if type(value) is float and _LEAST < value < _MOST and (number := int(value)) == value:
        return number
    remedy = _("Enter a whole number.")
    problem = _("This is not a whole number.")
    _refuse_other_kinds(value, problem, remedy)
    number = _scaled(value, 0, problem, remedy, problem)
    if abs(number) > LARGEST_INTEGER:
        raise WrongValueError(_("That number is too large to be true."), remedy)
    return number


def parse_decimal(value: Value, *, places: int, factor: int = 1, is_price: bool = False) -> int:
    """A number in units of so many decimals: with `places` 3, 2.5 is 2,500. A price may bear the currency's sign."""
    if type(value) is float and factor == 1 and (number := _exactly(value, 10**places)) is not None:
        return number
    remedy = _("Enter a number such as 12 or 2.5.")
    problem = _("This is not a number.")
    _refuse_other_kinds(value, problem, remedy)
    if is_price:
        _refuse_foreign(value)
    too_many = str(_("The number has more than %(places)s decimals.")) % {"places": places}
    return _scaled(value, places, problem, remedy, too_many, factor=factor, is_price=is_price)


def _scaled(
    value: Value,
    places: int,
    problem: str | Promise,
    remedy: str | Promise,
    too_many: str | Promise,
    *,
    factor: int = 1,
    is_price: bool = False,
) -> int:
    text = _number_text(value, problem, remedy)
    if is_price:
        text = money.without_currency(text)
    if factor != 1 and not _SCALED.search(text):
        text += _UNITS[factor]
    if not places and re.fullmatch(r"[^.]*\.0*", text):
        text = text.split(".")[0]
    try:
        return money.parse_scaled(text, places=places)
    except OverflowError:
        raise WrongValueError(_("That number is too large to be true."), remedy) from None
    except ArithmeticError:
        raise WrongValueError(too_many, remedy) from None
    except ValueError:
        raise WrongValueError(problem, remedy) from None


def parse_percent_bp(value: Value, *, is_percent: bool = False) -> int:
    """A share from 0% to 100% in basis points, exactly.

    "92%", and a cell formatted as a percentage, say what they are. Another number is percents where its header says so
    (`is_percent`: "占比（%）"); otherwise up to 1 is taken for a fraction (0.92) and more for percents (92).
    """
    if type(value) is Percent and 0 <= value <= 1 and (whole := round(value * WHOLE_BP)) / WHOLE_BP == value:
        return whole
    remedy = _("Enter a percentage such as 92% or 92.5%.")
    problem = _("This is not a percentage.")
    if isinstance(value, Percent):
        _refuse_odd(value, problem, remedy)
        text, places = plain_number(value), 4
    else:
        _refuse_other_kinds(value, problem, remedy)
        text, places = _number_text(value, problem, remedy), 2
        if said := _PERCENT.fullmatch(text):
            text = said[1]
        elif not is_percent and re.fullmatch(r"[-+]?(?:0*\.[0-9]*|0*1(?:\.0*)?|0+)", text):
            places = 4
    try:
        basis_points = money.parse_scaled(text, places=places)
    except ArithmeticError:
        raise WrongValueError(
            _("The percentage has more than two decimals."),
            _("Round the percentage to two decimals in the sheet."),
        ) from None
    except ValueError:
        raise WrongValueError(problem, remedy) from None
    if not 0 <= basis_points <= WHOLE_BP:
        raise WrongValueError(
            _("The percentage lies outside of 0% to 100%."), _("Enter a percentage from 0% to 100%.")
        )
    return basis_points


def parse_date(value: Value) -> date:
    """A day of the workbook, or 2026-09-30, 2026/9/30, 2026.9.30, 2026年9月30日, 20260930, with or without a time."""
    if type(value) is date and value.year in dates.YEARS:
        return value
    _refuse_broken(value)
    if isinstance(value, bool):
        raise WrongValueError(_("This is not a date."), dates.REMEDY)
    return dates.read(value)


def parse_bool(value: Value) -> bool:
    """是/否, yes/no, √/×, 1/0."""
    _refuse_broken(value)
    if isinstance(value, bool):
        return value
    text = "" if isinstance(value, date | time | timedelta) else _plain(text_of(value)).casefold()
    if text in TRUE or text in FALSE:
        return text in TRUE
    raise WrongValueError(_("This is neither yes nor no."), _("Enter 是 or 否, yes or no."))


def parse_text(value: Value) -> str:
    """The text of a cell as the person saw it, without spaces at its ends."""
    if type(value) is str:
        return value.strip()
    _refuse_broken(value)
    if isinstance(value, float):
        _refuse_odd(value, _("This number cannot be taken."), _("Enter the text itself."))
    return text_of(value)


def parse_code(value: Value) -> str:
    """A code, with its leading zeros. What Excel may have changed is refused: long digits, days, fractions."""
    if type(value) is str:
        value = value.strip(AT_ENDS)
        if not _ODD_CODE.search(value):
            return value
    remedy = _("Format the column as text, and enter the code again.")
    _refuse_broken(value)
    if isinstance(value, bool | date | time | timedelta | Percent):
        raise WrongValueError(_("Excel made something else of this code."), remedy)
    if isinstance(value, float | int):
        _refuse_odd(value, _("Excel made something else of this code."), remedy)
        if value != int(value):
            raise WrongValueError(_("Excel took this code for a number, and may have cut zeros."), remedy)
    text = _code_text(text_of(value))
    if "+" in text and _SCIENTIFIC.fullmatch(text):
        raise WrongValueError(_("Excel has shortened this code, and its last digits are lost."), remedy)
    return text


def _code_text(text: str) -> str:
    """Without the marks by which a spreadsheet is told that a code is text: '001 and ="001"."""
    if said := re.fullmatch(r'="([^"]*)"', text):
        return said[1].strip()
    return text[1:].strip() if text.startswith("'") and not text.endswith("'") else text


def parse_phone(value: Value) -> str:
    """A telephone number as written, of usual width; an extension may follow."""
    remedy = _("Enter a number such as 13800138000 or 023-6879 0000 转 12.")
    try:
        text = _plain(parse_code(value))
    except WrongValueError as wrong:
        raise WrongValueError(wrong.problem, remedy) from None
    digits = re.sub(r"(?:转|分机|ext\.?|x|#).*", "", text, flags=re.IGNORECASE)
    count = sum(character.isdigit() for character in digits)
    is_phone = re.fullmatch(
        r"[-+0-9() ./\u00b7]+(?:(?:转|分机|ext\.?|x|#)[: ]*[0-9]{1,8})?", text, re.IGNORECASE
    )
    if not is_phone or not FEWEST_PHONE_DIGITS <= count <= MOST_PHONE_DIGITS:
        raise WrongValueError(_("This is not a telephone number."), remedy)
    return text


# What all of them share


def _refuse_broken(value: Value) -> None:
    if isinstance(value, Broken):
        raise broken_problem(value)


def broken_problem(value: Broken) -> WrongValueError:
    match value.kind:
        case "error":
            problem = str(_("The cell holds the error %(error)s.")) % {"error": value.text}
            return WrongValueError(problem, _("Replace it by the value itself."))
        case "formula":
            return WrongValueError(
                _("The cell holds a formula whose result was not saved."),
                _("Open the file in Excel or WPS and save it again, or enter the value itself."),
            )
        case _:
            return WrongValueError(
                str(_("There is no day %(day)s.")) % {"day": value.text}, _("Enter the right date.")
            )


def _refuse_other_kinds(value: Value, problem: str | Promise, remedy: str | Promise) -> None:
    """What is no number: errors, truths, days, times, percentages."""
    _refuse_broken(value)
    if isinstance(value, bool):
        raise WrongValueError(problem, remedy)
    if isinstance(value, date | time | timedelta):
        raise WrongValueError(_("The cell is formatted as a date or time."), remedy)
    if isinstance(value, Percent):
        raise WrongValueError(_("The cell is formatted as a percentage."), remedy)


def _refuse_foreign(value: Value) -> None:
    if isinstance(value, Amount) and value.currency != settings.BOOK_CURRENCY:
        raise WrongValueError(
            str(_("The cell is formatted in %(currency)s, and amounts are kept in %(own)s."))
            % {"currency": value.currency, "own": settings.BOOK_CURRENCY},
            _("Convert the amount, or format the cell as a number."),
        )


def _refuse_odd(value: float, problem: str | Promise, remedy: str | Promise) -> None:
    """NaN, infinities, and whole numbers of which Excel lost the last digits."""
    if not abs(value) < float("inf"):
        raise WrongValueError(problem, remedy)
    if abs(value) >= 10**MOST_DIGITS:
        raise WrongValueError(
            _("The number has more than 15 digits, and Excel keeps only 15: the last ones are lost."),
            _("Format the cell as text, and enter the number again."),
        )


def _exactly(value: float, parts: int) -> int | None:
    """A number cell in so many parts of one, where that is exact in the 15 digits Excel keeps; the quick way.

    The float that is nearest to n/parts is the only one that is written with the digits of n.
    """
    if not _LEAST < value * parts < _MOST:
        return None
    number = round(value * parts)
    return number if number / parts == value else None


def _number_text(value: Value, problem: str | Promise, remedy: str | Promise) -> str:
    if isinstance(value, float | int):
        _refuse_odd(value, problem, remedy)
        return plain_number(value)
    text = _plain(text_of(value))
    if not text:
        raise WrongValueError(_("The cell is empty."), remedy)
    if _SCIENTIFIC.fullmatch(text):
        raise WrongValueError(_("The number was shortened, and its last digits are lost."), remedy)
    if _LOOSE_DIGITS.search(text) and not _GROUPED.fullmatch(text):
        raise WrongValueError(problem, remedy)
    return _without_zeros(text)


def _without_zeros(text: str) -> str:
    """1234.5000, as databases write it; but 1.500 may be fifteen hundred."""
    found = re.search(r"\.([0-9]{4,})", text)
    return _ZEROS.sub(r"\1", text) if found else text


def _plain(text: str) -> str:
    return of_usual_width(seen(text)).replace("−", "-").strip()


_DIGITS: Final = {digit: n for digits in ("零壹贰叁肆伍陆柒捌玖", "〇一二三四五六七八九") for n, digit in enumerate(digits)} | {
    "两": 2, "貳": 2, "叄": 3, "陸": 6, "參": 3,
}  # fmt: skip
_POWERS: Final = {"拾": 10, "佰": 100, "仟": 1_000, "十": 10, "百": 100, "千": 1_000}
_CAPITALS: Final = re.compile(
    r"(?:人民币)?([零壹贰叁肆伍陆柒捌玖拾佰仟万亿貳叄陸參]+)[元圆](?:([零壹贰叁肆伍陆柒捌玖])角)?零?(?:([壹贰叁肆伍陆柒捌玖])分)?[整正]?"
)
_LOOSE_CAPITALS: Final = re.compile(
    "[壹贰叁肆伍陆柒捌玖貳叄陸參]{2}|拾[^万亿]*[拾佰仟]|佰[^万亿]*[佰仟]|仟[^万亿]*仟"
)
"""Digits without a power between them, or powers that do not fall."""


def _capitals(text: str) -> str:
    """ "壹仟贰佰元整" as "1200.00"; nothing where it is no amount in capitals."""
    found = _CAPITALS.fullmatch(text)
    if not found or _LOOSE_CAPITALS.search(found[1]):
        return ""
    total = section = digit = 0
    for character in found[1]:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _POWERS:
            section += (digit or 1) * _POWERS[character]
            digit = 0
        else:
            total = (total + section + digit) * (10_000 if character == "万" else 100_000_000)
            section = digit = 0
    tenths, hundredths = (_DIGITS[part] if part else 0 for part in found.groups()[1:])
    return f"{total + section + digit}.{tenths}{hundredths}"
