"""Words that decide what a sentence claims: negations, quantifiers, modal verbs, number words.

They are data, one table for each language, in ``logic_words.toml``; names of units and of
currencies come from the Unicode CLDR as the library Babel has it. Both are read when first used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Literal

from rag.text.language import function_words, logic_tables
from rag.text.words import DENSE, stem

Phrase = tuple[str, ...]

LOGIC = (
    *("not", "without", "forbid", "free", "may", "must", "all", "some", "most", "only", "at_least"),
    *("at_most", "more_than", "less_than", "nearly", "exactly", "before", "after", "from", "to"),
    *("and", "or", "agent", "passive", "first", "second"),
)
"""What a phrase can express; each is a key of the tables."""
# Scripts that one language of the tables is written in.
_SCRIPTS = (
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("el", re.compile("[\u0370-\u03ff\u1f00-\u1fff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
)
_HUNDREDS = (100, 1000, 10**6, 10**9, 12)
_UNITS = (
    *("duration-second", "duration-minute", "duration-hour", "duration-day", "duration-week"),
    *("duration-month", "duration-year", "length-millimeter", "length-centimeter"),
    *("length-meter", "length-kilometer", "length-mile", "length-foot", "length-inch"),
    *("mass-gram", "mass-kilogram", "mass-pound", "mass-tonne", "volume-liter"),
    *("volume-milliliter", "area-square-meter", "area-square-kilometer", "area-hectare"),
    *("temperature-celsius", "temperature-fahrenheit", "speed-kilometer-per-hour"),
    *("power-watt", "power-kilowatt", "energy-kilowatt-hour", "digital-megabyte"),
    *("digital-gigabyte", "concentr-percent"),
)
_CURRENCIES = ("EUR", "USD", "GBP", "CHF", "JPY", "CNY", "RUB", "PLN", "RON", "TRY", "SEK", "CAD")
_LENGTHS: tuple[Literal["long", "short", "narrow"], ...] = ("long", "short", "narrow")
_COUNTS = (1, 2, 5)
_DIGITS = re.compile(r"\d+")
_MARKS = "\u0300-\u036f\u0610-\u065f\u0670\u0900-\u0963\u0981-\u0dff"  # written on letters
SINGLE = f"(?:{DENSE.pattern}|[\u0e00-\u0e4f])"
"""A character that is read by itself, in scripts without blanks, as a pattern."""
LETTERS = rf"(?:(?!{SINGLE})(?:[^\W\d_]|[{_MARKS}]))+"
"""A word in other scripts, as a pattern."""
_WORD = re.compile(rf"{SINGLE}|(?:{LETTERS}|\d)+|[€$£¥%₽₺°]+[^\W\d_]?")
_SHORTEST_UNIT = 2  # letters; "m" is a meter in one table and a minute in the next


@dataclass(frozen=True, slots=True)
class LogicWords:
    """The table of one language.

    Attributes:
        language: its ISO 639-1 code.
        function: words without a meaning of their own.
        clause: words that begin a clause.
        endings: what forms of a word end in; None where forms differ too much to list them.
        forms: the first form of each irregular form.
        logic: what each phrase expresses.
        must_not: what "must" with a negation expresses: "forbid" or "free".
        numbers: values of number words and of fractions.
        multiples: values of words that multiply, such as "thousand".
        parts: values of words such as "thirds", which follow a number.
        units: the unit that each phrase names.
        agent_of_date: what the word for who does it expresses beside a date.
        ask: words that ask for something else than yes or no.
        participle: what the participle of a verb begins with.
        pointing: stems of words that say where something stands: "the following section describes".
        yes: words for "yes". `no`: for "no".
    """

    language: str
    function: frozenset[str] = frozenset()
    clause: frozenset[str] = frozenset()
    endings: frozenset[str] | None = None
    forms: Mapping[str, str] = field(default_factory=dict)
    logic: Mapping[Phrase, str] = field(default_factory=dict)
    must_not: str = "forbid"
    numbers: Mapping[Phrase, Fraction] = field(default_factory=dict)
    multiples: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, Fraction] = field(default_factory=dict)
    units: Mapping[Phrase, str] = field(default_factory=dict)
    agent_of_date: str = "agent"
    ask: frozenset[str] = frozenset()
    participle: str = ""
    pointing: frozenset[str] = frozenset()
    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()


NO_TABLE = LogicWords("", units={("%",): "percent"})
"""For texts of an unknown language: every word counts as content."""


@cache
def logic_words(language: str) -> LogicWords | None:
    """Returns the table of a language, by its ISO 639-1 code; None where there is none."""
    table = logic_tables().get(language)
    if table is None:
        return None
    forms = [group.split() for group in _listed(table.get("forms", ""))]
    endings = table.get("endings", "*")
    singles = {word: Fraction(1, n) for n, word in _numbered(table.get("part", ""), 2)}
    return LogicWords(
        language,
        frozenset(_listed(table.get("function", ""))) | function_words(language),
        frozenset(_listed(table.get("clause", ""))),
        None if endings == "*" else frozenset(("", *_listed(endings))),
        {form: group[0] for group in forms for form in group},
        {words(phrase): key for key in LOGIC for phrase in _listed(table.get(key, ""))},
        table.get("must_not", "forbid"),
        {
            **{words(word): Fraction(n) for n, word in _number_words(table)},
            **{words(word): value for word, value in singles.items()},
            **{words(word): Fraction(n) for n, word in _numbered(table.get("times", ""), 2)},
        },
        {word: _HUNDREDS[n] for n, word in _numbered(table.get("hundreds", ""), 0)},
        {word: Fraction(1, n) for n, word in _numbered(table.get("parts", ""), 2)} | singles,
        _units(language),
        table.get("agent_of_date", "agent"),
        frozenset(_listed(table.get("ask", ""))),
        table.get("participle", ""),
        frozenset(stem(w) for phrase in _listed(table.get("pointing", "")) for w in words(phrase)),
        frozenset(_listed(table["yes"])),
        frozenset(_listed(table["no"])),
    )


def table_of(*texts: str) -> LogicWords | None:
    """Returns the table of the language of the first text that shows which one it is in."""
    for text in texts:
        for language, script in _SCRIPTS:
            if len(script.findall(text)) * 2 > sum(map(str.isalpha, text)):
                return logic_words(language)
        own = words(text)
        counts = {
            language: sum(word in of_it for word in own) for language, of_it in _common().items()
        }
        best = max(counts, key=counts.__getitem__)
        if counts[best] and list(counts.values()).count(counts[best]) == 1:
            return logic_words(best)
    return None


@cache
def _common() -> Mapping[str, frozenset[str]]:
    """Returns the words by which a text shows its language."""
    keys = ("function", "not", "may", "must", "all", "only", "units", "tens", "agent", "or", "and")
    return {
        language: frozenset(
            word
            for key in keys
            for phrase in _listed(table.get(key, "").replace("|", ","))
            for word in words(phrase)
        )
        for language, table in logic_tables().items()
    }


def words(text: str) -> Phrase:
    """Splits a text into small words, without signs; a Chinese character is a word."""
    return tuple(_WORD.findall(text.casefold()))


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.casefold().split(",") if part.strip()]


def _numbered(text: str, first: int) -> Iterator[tuple[int, str]]:
    """Yields the words of a list with their numbers; "|" stands between words of one number."""
    for number, same in enumerate(_listed(text), start=first):
        for word in same.split("|"):
            yield number, word.strip()


def _number_words(table: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Yields the words of 0 to 99."""
    small, tens = list(_numbered(table["units"], 0)), list(_numbered(table.get("tens", ""), 2))
    yield from small
    for ten, tens_word in tens:
        yield 10 * ten, tens_word
        for unit, unit_word in small:
            for pair in table.get("pair", "").split("|"):
                if 0 < unit < 10 and ("{tens}" in pair or ten == 2):
                    joined = "ein" if unit_word == "eins" else unit_word
                    yield 10 * ten + unit, pair.format(tens=tens_word, unit=joined)


@cache
def _units(language: str) -> Mapping[Phrase, str]:
    """Returns the units that phrases name, as the CLDR spells them in a language."""
    from babel.numbers import get_currency_name, get_currency_symbol
    from babel.units import format_unit

    units: dict[Phrase, str] = {("%",): "percent", ("per", "cent"): "percent"}
    for unit in _UNITS:
        name = "percent" if "percent" in unit else unit
        for length in _LENGTHS:
            for count in _COUNTS:
                spelled = _DIGITS.sub(" ", format_unit(count, unit, length, locale=language))
                if len(spelled.strip(" .")) >= _SHORTEST_UNIT:
                    units.setdefault(words(spelled), name)
    units |= {(word,): "percent" for word in ("percent", "prozent", "percento", "procent")}
    for currency in _CURRENCIES:
        spellings: Iterable[str] = (
            currency,
            get_currency_symbol(currency, language),
            *(get_currency_name(currency, count, language) for count in (None, *_COUNTS)),
        )
        for spelled in spellings:
            units.setdefault(words(spelled), currency)
    units |= {("€",): "EUR", ("$",): "USD", ("£",): "GBP", ("dollars",): "USD", ("dollar",): "USD"}
    units |= {("pounds",): "GBP", ("francs",): "CHF"} if language == "en" else {}
    function = {(word,) for word in _listed(logic_tables()[language].get("function", ""))}
    return {phrase: unit for phrase, unit in units.items() if phrase and phrase not in function}
