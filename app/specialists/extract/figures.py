"""Figures in a text with their places: amounts of money, numbers with units, durations.

Names of units and currencies are those of the CLDR, number words those of `rag.text.logic_words`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache

from rag.text.logic_words import LogicWords, Phrase, words

_TOKEN = re.compile(
    r"(?P<number>(?<![\w.,])\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3})+(?:[.,]\d{1,4})?(?![\d])"
    r"|(?<![\w])\d+(?:[.,]\d+)?)"
    r"|(?P<money>[A-Z]{0,3}[€$£¥₽₺]|[€$£¥₽₺])"
    r"|(?P<percent>%)"
    r"|(?P<word>[^\W\d_]+(?:[²³23](?!\w))?(?:/[^\W\d_]+[²³]?|/\d+(?:[.,]\d+)?\s?[^\W\d_²³]+[²³]?)*"
    r"|[µ°][^\W\d_]+(?:/[^\W\d_]+)*)"
)
_GAP = re.compile(r"[\s\u00a0\u202f]{0,2}[-\u2011\u2013]?[\s\u00a0\u202f]{0,2}")
_REPEATED = re.compile(r"\s{0,2}\(\s?(?P<again>[^()]{1,30}?)\s?\)")
_LONGEST_PHRASE = 4
_LONGEST_NUMBER = 40  # characters; more digits are a code
_SYMBOLS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₽": "RUB", "₺": "TRY"}
_DOLLARS = {"US": "USD", "CA": "CAD", "C": "CAD", "A": "AUD", "AU": "AUD", "NZ": "NZD", "HK": "HKD",
            "S": "SGD"}  # fmt: skip
_COMMON = frozenset(_SYMBOLS.values()) | frozenset(_DOLLARS.values()) | {"CHF"}
"""Codes that count as a currency without an amount beside them; others may be ordinary words."""
_WRITTEN_UNIT = re.compile(
    r"[µm]?[gGlLmM](?:²|³|2|3)?|[kKcd]?(?:g|m|m²|m2|l|L)|mm|cm|km|h|[kKMG]?W[hp]?|IU|IE|U|"
    r"[^\W\d_²³]{1,5}[²³]?/[\w.,² ³]{1,9}|[µ°][^\W\d_]{1,4}|m[gl]|mol|[mµn]mol|sqm|qm"
)
_DURATIONS = ("second", "minute", "hour", "day", "week", "month", "year")
_IN_OTHERS = {
    ("year", "month"): 12,
    ("week", "day"): 7,
    ("day", "hour"): 24,
    ("hour", "minute"): 60,
}
_DIGITS_OF_GROUP = 3
_PLACES = 2  # of an amount whose currency is not known


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a text.

    Attributes:
        start: offset of its first character, of a currency before it included.
        end: offset after its last, of a unit behind it included.
        number: its value.
        unit: an English unit of time ("month"), "%", or the unit as written; "" without one.
        currency: ISO 4217 code; "" if it is no money.
        places: digits behind its decimal sign, as written.
    """

    start: int
    end: int
    number: Fraction
    unit: str
    currency: str
    places: int = 0

    @property
    def is_duration(self) -> bool:
        """Whether it is a length of time."""
        return self.unit in _DURATIONS


def figures_in(text: str, table: LogicWords | None) -> Iterator[Figure]:
    """Yields the figures of a text in its order.

    Args:
        text: any text.
        table: the words of its language; without one, number words and long names of units are
            not read.
    """
    tokens = list(_TOKEN.finditer(text))
    at = 0
    while at < len(tokens):
        figure, taken = _figure(text, tokens, at, table)
        if figure is not None:
            yield figure
        at += max(1, taken)


def currencies_in(text: str, table: LogicWords | None) -> Iterator[str]:
    """Yields the ISO 4217 codes of the currencies that a text names.

    A sign or a code by itself counts too: "TOTAL EUR     52,38".
    """
    yield from (figure.currency for figure in figures_in(text, table) if figure.currency)
    for match in _TOKEN.finditer(text):
        if match["money"]:
            yield _currency(match, table)
        elif match.group() in _COMMON:
            yield match.group()


def money_text(figure: Figure, currency: str) -> str:
    """Returns an amount in one form: "EUR 1200.00", "JPY 300"; "1200.00" without a currency."""
    from babel.numbers import get_currency_precision

    places = get_currency_precision(currency) if currency else _PLACES
    amount = Decimal(figure.number.numerator) / Decimal(figure.number.denominator)
    return f"{currency} {amount:.{places}f}".strip()


def number_text(number: Fraction) -> str:
    """Returns a number in one form, with a decimal point and no separators: "1234.5"."""
    amount = Decimal(number.numerator) / Decimal(number.denominator)
    text = f"{amount:.6f}".rstrip("0").rstrip(".")
    return text or "0"


def quantity_text(figure: Figure, unit: str) -> str:
    """Returns a number with its unit in one form: "2 years", "13.5 g/dL", "5 %".

    Args:
        figure: the number.
        unit: that of the column; durations are turned into it where that is exact.
    """
    number, own = figure.number, figure.unit
    wanted = unit.strip().casefold().removesuffix("s")
    factor = _IN_OTHERS.get((own, wanted))
    if factor is not None:
        number, own = number * factor, wanted
    shown = number_text(number)
    name = own or unit
    if name in _DURATIONS:
        name += "" if number == 1 else "s"
    return f"{shown} {name}".strip()


def read_number(text: str, language: str) -> Fraction:
    """Returns the value of digits with separators.

    Where both readings are possible ("1.234"), the language's own separator of thousands decides.

    Args:
        text: such as "1.234,56" or "12 000".
        language: ISO 639-1 code.
    """
    separators = re.sub(r"\d", "", text)
    digits = re.sub(r"\D", "", text)
    if not separators:
        return Fraction(int(digits))
    last = separators[-1]
    behind = len(text) - 1 - text.rfind(last)
    groups = last not in ".," or (
        behind == _DIGITS_OF_GROUP
        and (separators.count(last) > 1 or (len(set(separators)) == 1 and _groups(last, language)))
    )
    return Fraction(int(digits), 1 if groups else 10**behind)


@cache
def _groups(separator: str, language: str) -> bool:
    """Tells whether a language separates thousands by this sign, and decimals by another."""
    from babel.numbers import get_decimal_symbol

    return get_decimal_symbol(language or "en") != separator


def _figure(
    text: str, tokens: Sequence[re.Match[str]], at: int, table: LogicWords | None
) -> tuple[Figure | None, int]:
    """Returns the figure that begins at a token, and how many tokens it takes."""
    first = at
    currency = _currency(tokens[at], table)
    if currency:
        at += 1
        if at == len(tokens) or not _joined(text, tokens[at - 1], tokens[at]):
            return None, 1
    number, taken, spelled = _number(text, tokens, at, table)
    if number is None:
        return None, 1
    last = at + taken - 1
    end = tokens[last].end()
    again = _REPEATED.match(text, end)
    if again and _says(again["again"], number, table):
        end = again.end()
        while last + 1 < len(tokens) and tokens[last + 1].start() < end:
            last += 1
    unit, behind = "", 0
    if last + 1 < len(tokens) and _GAP.fullmatch(text, end, tokens[last + 1].start()):
        unit, behind = _unit(tokens, last + 1, table)
    if behind:
        end = tokens[last + behind].end()
    if unit.isupper() and len(unit) == 3 and unit in currency_codes():  # ISO 4217
        currency, unit = currency or unit, ""
    if spelled and number == 1 and not unit and not currency:
        return None, 1  # "one of them"
    places = _places(number, tokens[at]["number"] or "")
    figure = Figure(tokens[first].start(), end, number, unit, currency, places)
    return figure, last + behind + 1 - first


def _places(number: Fraction, written: str) -> int:
    """Returns the digits behind the decimal sign of a number as written."""
    if not written or written.isdigit():
        return 0
    digits = re.sub(r"\D", "", written)
    return next((n for n in range(5) if Fraction(int(digits), 10**n) == number), 0)


def _joined(text: str, first: re.Match[str], second: re.Match[str]) -> bool:
    """Tells whether nothing but a gap stands between two tokens."""
    return _GAP.fullmatch(text, first.end(), second.start()) is not None


def _number(
    text: str, tokens: Sequence[re.Match[str]], at: int, table: LogicWords | None
) -> tuple[Fraction | None, int, bool]:
    """Returns a number, how many tokens it takes, and whether it is written in words."""
    language = table.language if table is not None else "en"
    if tokens[at]["number"]:
        if len(tokens[at]["number"]) > _LONGEST_NUMBER:
            return None, 0, False
        value, taken, spelled = read_number(tokens[at]["number"], language), 1, False
    elif table is not None and tokens[at]["word"]:
        spoken, taken = _phrase(text, tokens, at, table.numbers)
        if spoken is None:
            return None, 0, True
        value, spelled = spoken, True
    else:
        return None, 0, False
    while table is not None and at + taken < len(tokens):
        token = tokens[at + taken]
        times = table.multiples.get(token.group().casefold())
        if times is None or not _joined(text, tokens[at + taken - 1], token):
            break
        value *= times
        taken += 1
    return value, taken, spelled


def _phrase(
    text: str, tokens: Sequence[re.Match[str]], at: int, phrases: Mapping[Phrase, Fraction]
) -> tuple[Fraction | None, int]:
    """Returns what the longest phrase at a token stands for, and its length; None and 0."""
    own: list[str] = []
    for token in tokens[at : at + _LONGEST_PHRASE]:
        if not token["word"] or (own and not _joined(text, tokens[at + len(own) - 1], token)):
            break
        own.append(token.group().casefold())
    for length in range(len(own), 0, -1):
        value = phrases.get(tuple(own[:length]))
        if value is not None:
            return value, length
    return None, 0


def _unit(tokens: Sequence[re.Match[str]], at: int, table: LogicWords | None) -> tuple[str, int]:
    """Returns the unit at a token, and how many tokens it takes."""
    if tokens[at]["percent"]:
        return "%", 1
    if tokens[at]["money"] or tokens[at].group() in currency_codes():
        return _currency(tokens[at], table), 1
    if not tokens[at]["word"]:
        return "", 0
    end = min(len(tokens), at + _LONGEST_PHRASE)
    own = [token.group().casefold() for token in tokens[at:end] if token["word"]]
    for length in range(len(own), 0, -1):
        unit = _named_unit(tuple(own[:length]), table)
        if unit:
            return unit, length
    written = tokens[at].group()
    return (written, 1) if _WRITTEN_UNIT.fullmatch(written) else ("", 0)


def _named_unit(phrase: Phrase, table: LogicWords | None) -> str:
    if table is None:
        return ""
    name = table.units.get(phrase)
    if name is None and len(phrase) == 1:
        stems = (phrase[0].removesuffix(ending) for ending in sorted(table.endings or ()))
        name = next((table.units[stem,] for stem in stems if (stem,) in table.units), None)
    if name is None:
        return ""
    if name == "percent":
        return "%"
    kind, _, unit = name.partition("-")
    if kind == "duration":
        return unit
    return name if not unit else " ".join(phrase)


def _currency(token: re.Match[str], table: LogicWords | None) -> str:
    """Returns the ISO 4217 code of a token; "" if it names no currency."""
    text = token.group()
    if token["money"]:
        if text.endswith("$"):
            return _DOLLARS.get(text[:-1], "USD")
        return _SYMBOLS[text[-1]]
    if text in currency_codes():
        return text
    name = table.units.get(words(text), "") if table is not None and token["word"] else ""
    return name if name.isupper() and text[0].isupper() else ""


@cache
def currency_codes() -> frozenset[str]:
    """Returns the codes of all currencies that the CLDR names."""
    from babel import Locale

    return frozenset(Locale("en").currencies)


def _says(text: str, number: Fraction, table: LogicWords | None) -> bool:
    """Tells whether words in brackets say a number once more: "two (2)"."""
    tokens = list(_TOKEN.finditer(text))
    return bool(tokens) and _number(text, tokens, 0, table)[0] == number
