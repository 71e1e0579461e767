"""Shows a number, date or duration as a spreadsheet does, by the cell's number format.

Format codes are those of ECMA-376 part 1, section 18.8.31 (numFmts). What a program takes from its
user's computer, and the file does not record, is shown in English: points, commas, month names.
"""

from __future__ import annotations

import datetime
import re
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import NamedTuple

from rag.parse.office.date_format import date_text, is_date_code

Number = int | float
Value = Number | datetime.date | datetime.time | datetime.timedelta

BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "yyyy-mm-dd",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm",
    37: "#,##0;(#,##0)",
    38: "#,##0;(#,##0)",
    39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;(#,##0.00)",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
}
"""Codes that a workbook names by number only; 14 and 22 depend on the computer, hence ISO dates."""
_LONGEST_CODE = 255  # as in Excel
_MOST_DIGITS = 15  # that a spreadsheet keeps of a number
_SMALLEST, _LARGEST = 1e-10, 1e21  # written without an exponent
_MOST_DECIMALS = 30
_DIGITS_KEPT = Context(prec=60)  # 21 before the point and 30 after it
_LITERAL = r'"([^"]*)"?|\\(.)|_.|\*.|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|(.)'
_TOKEN = re.compile(_LITERAL, re.DOTALL)
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)\s*(-?[\d.]+)\]")
_SECTION = re.compile(r'(?:"[^"]*"?|\\.|\[[^\]]*\]|[^;"\\\[])+|\[|(?<=;)(?=;)|^(?=;)|(?<=;)$')
_PLAIN_AFFIX = re.compile(r"(?:[\s€$£¥()+-]|EUR|USD|GBP|CHF)*")
_DIGITS = "0#?"
_SIMPLE = re.compile(r"([^0#?.,/%Ee@Gg]*)((?:#,##|#)?0(?:\.(0{1,15}))?)(?:%|[^0#?.,/%Ee@Gg])*")
_THOUSANDS = re.compile(r"(?<=\d)(?=(?:\d{3})+\Z)")


class Shown(NamedTuple):
    """A value in words.

    Attributes:
        text: as the sheet shows it.
        exact: the text alone tells the true value.
    """

    text: str
    exact: bool


class _Simple(NamedTuple):
    """A section like 0.00%, #,##0.00 "CHF" or 0: most cells have one.

    Attributes:
        before: words before the digits.
        after: words after them.
        unit: of the last decimal place.
        shape: of Python's formatting, for the digits.
        scale: places by which the number is shifted: 2 for a percentage.
        plain: its words are currencies at most.
    """

    before: str
    after: str
    unit: Decimal
    shape: str
    scale: int
    plain: bool


class _Section(NamedTuple):
    """A part of a code: for positive numbers, negative ones, zero, or by its own condition.

    Attributes:
        tokens: literals as ("", text), placeholders and signs as (sign, sign).
        condition: a comparison and its operand; ("", 0) for none.
        code: of the section, for dates.
        simple: the section in short; None for one that takes more.
    """

    tokens: tuple[tuple[str, str], ...]
    condition: tuple[str, float]
    code: str
    simple: _Simple | None


def general(value: Number) -> str:
    """Returns a number without a format: at most 15 digits, and no exponent if it can be."""
    if isinstance(value, int):
        return str(value)
    if not value.is_integer() and _SMALLEST <= abs(value) < _LARGEST:
        return f"{Decimal(f'{value:.{_MOST_DIGITS}g}'):f}"
    if value.is_integer() and abs(value) < _LARGEST:
        return str(int(value))
    return repr(value)


def shown(value: Value, code: str) -> Shown | None:
    """Returns a value as `code` shows it; None where the code says nothing about it."""
    sections = _sections(code)
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        section = sections[0] if sections else None
        if section is None or not is_date_code(section.code):
            return None
        text = _date(value, section.code)
        return None if text is None else Shown(text, exact=False)
    if not sections or value != value or abs(value) >= _LARGEST:
        return None
    section, signed = _chosen(sections, value)
    if section is None or is_date_code(section.code):
        return None
    return _number(value, section, signed=signed)


_date = lru_cache(maxsize=8192)(date_text)  # columns of dates repeat them


@lru_cache(maxsize=512)
def _sections(code: str) -> tuple[_Section, ...]:
    if len(code) > _LONGEST_CODE or code.casefold() in ("", "general", "@", "standard"):
        return ()
    return tuple(_section(part) for part in _SECTION.findall(code)[:4])


def _section(code: str) -> _Section:
    condition = _CONDITION.search(code)
    try:
        compared = (condition[1], float(condition[2])) if condition else ("", 0.0)
    except ValueError:
        compared = ("", 0.0)
    tokens: list[tuple[str, str]] = []
    for match in _TOKEN.finditer(code):
        quoted, escaped, currency, sign = match.groups()
        literal = quoted if quoted is not None else escaped if escaped is not None else currency
        if literal is not None:
            tokens.append(("", literal))
        elif match[0].startswith("_"):
            tokens.append(("", " "))
        elif sign is not None:
            tokens.append((sign, sign))
    return _Section(tuple(tokens), compared, code, _simple(tuple(tokens)))


def _simple(tokens: tuple[tuple[str, str], ...]) -> _Simple | None:
    signs = "".join(sign or "\0" for sign, _ in tokens)
    match = _SIMPLE.fullmatch(signs)
    if match is None:
        return None
    begin, end = match.span(2)
    before, after = _words(tokens[:begin]), _words(tokens[end:])
    return _Simple(
        before=before,
        after=after,
        unit=Decimal(1).scaleb(-len(match[3] or "")),
        shape=",f" if "," in match[2] else "f",
        scale=2 * signs.count("%"),
        plain=_PLAIN_AFFIX.fullmatch(before + after.replace("%", "", 1)) is not None,
    )


def _chosen(sections: tuple[_Section, ...], value: Number) -> tuple[_Section | None, bool]:
    """Returns the section for a number, and whether a negative number needs its own sign."""
    if any(section.condition[0] for section in sections):
        for section in sections:
            if _holds(value, section.condition):
                return section, True
        return sections[-1], True
    if value < 0 and len(sections) > 1:
        return sections[1], False
    if value == 0 and len(sections) > 2:  # the third is for zero
        return sections[2], False
    return sections[0], True


def _holds(value: Number, condition: tuple[str, float]) -> bool:
    sign, operand = condition
    if not sign:
        return True
    tests = {
        "<": value < operand,
        ">": value > operand,
        "=": value == operand,
        "<=": value <= operand,
        ">=": value >= operand,
        "<>": value != operand,
    }
    return tests[sign]


def _number(value: Number, section: _Section, *, signed: bool) -> Shown | None:
    whole = isinstance(value, int) or value.is_integer()
    amount = Decimal(int(abs(value))) if whole else Decimal(f"{abs(value):.{_MOST_DIGITS}g}")
    if section.simple is not None:
        return _simply(value, amount, section.simple, signed=signed)
    tokens = section.tokens
    places = [at for at, (sign, _) in enumerate(tokens) if sign and sign in _DIGITS]
    if "".join(sign for sign, _ in tokens).casefold().startswith("general"):
        text = general(abs(value) if not signed else value)
        affix = "".join(text for sign, text in tokens if not sign)
        return Shown(f"{text}{affix}".strip(), exact=not affix.strip())
    if not places:
        text = "".join(text for _, text in tokens if text != "@").strip()
        return Shown(text, exact=False) if text else None
    first, last = places[0], places[-1]
    before = _words(tokens[:first])
    amount = amount.scaleb(2 * sum(sign == "%" for sign, _ in tokens))
    signs = [sign for sign, _ in tokens[first : last + 1]]
    if "/" in signs:
        body, true = _fraction(amount, signs), False
    elif "E" in signs or "e" in signs:
        body, true = _scientific(amount, signs), False
    else:
        tail = last + 1
        while tail < len(tokens) and tokens[tail][0] == ",":
            amount = amount.scaleb(-3)
            tail += 1
        body, true = _decimal(amount, tokens[first : last + 1])
        true = true and tail == last + 1
        last = tail - 1
    after = _words(tokens[last + 1 :])
    minus = "-" if value < 0 and signed and re.search(r"[1-9]", body) else ""
    text = " ".join(f"{minus}{before}{body}{after}".split())
    affixes = before + after.replace("%", "", 1)
    true = true and _PLAIN_AFFIX.fullmatch(affixes) is not None
    negative = text.startswith(("-", "(")) or "-" in before
    return Shown(text, exact=true and (value < 0) == negative and "General" not in text)


def _simply(value: Number, amount: Decimal, simple: _Simple, *, signed: bool) -> Shown:
    scaled = amount.scaleb(simple.scale) if simple.scale else amount
    rounded = scaled.quantize(simple.unit, ROUND_HALF_UP, _DIGITS_KEPT)
    minus = "-" if value < 0 and signed and rounded else ""
    text = f"{minus}{simple.before}{rounded:{simple.shape}}{simple.after}"
    text = " ".join(text.split())
    negative = bool(minus) or text.startswith(("-", "("))
    return Shown(text, simple.plain and rounded == scaled and negative == (value < 0))


def _words(tokens: tuple[tuple[str, str], ...]) -> str:
    return "".join(text for sign, text in tokens if sign not in (",", "@"))


def _decimal(amount: Decimal, tokens: tuple[tuple[str, str], ...]) -> tuple[str, bool]:
    """Returns digits in their places, and whether they are all that the number has."""
    signs = [sign for sign, _ in tokens]
    point = signs.index(".") if "." in signs else len(signs)
    decimals = [sign for sign in signs[point:] if sign and sign in _DIGITS][:_MOST_DECIMALS]
    rounded = amount.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP, _DIGITS_KEPT)
    whole, _, part = f"{rounded:f}".partition(".")
    grouped = "," in signs[:point]
    shaped = _whole(whole, tokens[:point], grouped=grouped)
    while part and decimals[len(part) - 1] != "0" and part.endswith("0"):
        part = part[:-1]
    literals = "".join(text for sign, text in tokens[point:] if not sign)
    joined = f"{shaped}.{part}{literals}" if part else f"{shaped}{literals}"
    plain = not any(text.strip() for sign, text in tokens if not sign)
    dashes = all(sign in "0#?,." for sign in signs if sign)
    return joined, plain and dashes and rounded == amount


def _whole(digits: str, tokens: tuple[tuple[str, str], ...], *, grouped: bool) -> str:
    """Fills the places before the point from the right; what is left goes before the first."""
    digits = digits.lstrip("0")
    places = [sign for sign, _ in tokens if sign and sign in _DIGITS]
    least = next((len(places) - at for at, sign in enumerate(places) if sign == "0"), 0)
    digits = digits.rjust(least, "0")
    if all(sign and sign in "0#?," for sign, _ in tokens):
        return _THOUSANDS.sub(",", digits) if grouped else digits
    written: list[str] = []
    for sign, text in reversed(tokens):
        if sign and sign in _DIGITS:
            written.append(digits[-1:])
            digits = digits[:-1]
        elif sign != ",":
            written.append(text)
        if digits and sign and sign in _DIGITS and not places[1:]:
            written.append(digits[::-1])
            digits = ""
        if sign and sign in _DIGITS:
            places = places[1:]
    return "".join(reversed(written))


def _fraction(amount: Decimal, signs: list[str]) -> str:
    from fractions import Fraction

    slash = signs.index("/")
    below = "".join(signs[slash + 1 :])
    places = sum(sign in _DIGITS for sign in below)
    if below.strip().isdigit() and int(below) > 0:
        parts = round(amount * int(below))
        fraction, denominator = Fraction(parts, int(below)), int(below)
    else:
        fraction = Fraction(amount).limit_denominator(10 ** min(max(places, 1), 4) - 1)
        denominator = fraction.denominator
    numerator = fraction.numerator * denominator // fraction.denominator
    if " " not in signs[:slash]:
        return f"{numerator}/{denominator}"
    whole, rest = divmod(numerator, denominator)
    if not rest:
        return str(whole)
    return f"{whole} {rest}/{denominator}" if whole else f"{rest}/{denominator}"


def _scientific(amount: Decimal, signs: list[str]) -> str:
    mark = next(at for at, sign in enumerate(signs) if sign in "Ee" and sign)
    mantissa = signs[:mark]
    decimals = 0
    if "." in mantissa:
        decimals = sum(bool(sign) and sign in _DIGITS for sign in mantissa[mantissa.index(".") :])
    digits = sum(bool(sign) and sign in _DIGITS for sign in signs[mark:])
    text, _, exponent = f"{amount:.{min(decimals, _MOST_DECIMALS)}E}".partition("E")
    return f"{text}E{exponent[0]}{exponent[1:].rjust(digits, '0')}"
