"""Values of a column's type in words of a document, derived by code alone.

`values_in` finds all of them: candidates for a cell are made of nothing else, so that a value
always has its words. The same function reads what a person selects or a model quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.redaction.accounts import find_accounts
from app.redaction.checksums import iban
from app.redaction.finding import Kind
from app.redaction.web import find_web
from app.redaction.word_lists import places
from app.specialists.cells import LONGEST_QUOTE
from app.specialists.definition import Column
from app.specialists.extract.anniversaries import anniversaries
from app.specialists.extract.calendar import days_in
from app.specialists.extract.choices import choices_in, yes_or_no
from app.specialists.extract.figures import (
    Figure,
    figures_in,
    money_text,
    number_text,
    quantity_text,
)
from app.specialists.extract.parties import parties_in
from app.specialists.extract.reading import Conventions
from rag.text.fold import without_accents

_MOST = 400
"""Most values of one passage; more are a list or a table, which labels read row by row."""
_CODE = re.compile(r"(?<![\w/.-])(?=[\w/.-]*\d)[A-Z0-9ÄÖÜ](?:[\w/.-]{0,40}[\w])?(?![\w])")
_QUOTED = re.compile(r"[“\"„«]([^”\"“»\n]{2,120})[”\"“»]")
_PLACE_WORD = re.compile(r"[^\W\d_a-zß-öø-ÿ][\w'’.-]*")
_LONGEST_PLACE = 4
_MINOR_DIGITS = 2  # behind the decimal sign: an amount without its currency
# A legal form in full and in short is one name: "Biosite Incorporated" is "Biosite Inc.".
_SHORT = {"incorporated": "inc", "corporation": "corp", "company": "co", "limited": "ltd"}
_LEGAL = re.compile(rf"(?<![^\W_])(?:{'|'.join(_SHORT)})(?![^\W_])")
_VALUE_WORDS = 30  # of a label's value that is text


@dataclass(frozen=True, slots=True)
class Value:
    """A value, and its words at ``text[start:end]``.

    Attributes:
        value: in the one form of its type (see `app.specialists.cells.Cell`).
        form: what the words are by their form: "date", "money", "iban", "email", "name", "place",
            "code" and so on.
        is_sure: a checksum, a legal form or the like shows that they are that.
        is_ambiguous: there is another reading, so the cell is to be checked.
    """

    value: str
    start: int
    end: int
    form: str
    is_sure: bool = False
    is_ambiguous: bool = False


def values_in(text: str, column: Column, conventions: Conventions) -> list[Value]:
    """Returns the values of a column's type in a text, in its order, each place once.

    Args:
        text: a sentence, a line or a selection of a document.
        column: says the type, the unit and the choices.
        conventions: of the document.
    """
    match column.type:
        case "date":
            values = _dates(text, conventions)
        case "money":
            values = _money(text, conventions)
        case "number":
            values = _numbers(text, column, conventions)
        case "yes/no":
            values = _yes_no(text, column, conventions)
        case "one of" | "several of":
            values = _choices(text, column)
        case "party":
            values = (
                Value(_joined(text[a:b]), a, b, "name", sure) for a, b, sure in parties_in(text)
            )
        case _:
            values = _words(text)
    unique: dict[tuple[int, int], Value] = {}
    for value, _ in zip(values, range(_MOST), strict=False):
        unique.setdefault((value.start, value.end), value)
    return sorted(unique.values(), key=lambda value: (value.start, -value.end))


def labelled_value(text: str, column: Column, conventions: Conventions) -> Value | None:
    """Returns the value of what stands behind a label or in a cell; None where it has none.

    Args:
        text: all of the value's words.
        column: as for `values_in`.
        conventions: of the document.
    """
    if column.type in ("text", "verbatim"):
        start, end = len(text) - len(text.lstrip()), len(text.rstrip())
        if start >= end or len(text.split()) > _VALUE_WORDS:
            return None
        whole = (v for v in _words(text) if (v.start, v.end) == (start, end))
        return next(whole, Value(_joined(text[start:end]), start, end, "label"))
    values = values_in(text, column, conventions)
    if not values and column.type == "money":
        values = _bare_money(text, conventions)
    if not values and column.type == "party" and 0 < len(text.split()) <= _LONGEST_PLACE * 2:
        start, end = len(text) - len(text.lstrip()), len(text.rstrip())
        return Value(_joined(text[start:end]), start, end, "name")
    return values[0] if values else None


def same_value(first: str, second: str) -> bool:
    """Tells whether two values are one, whatever their case, accents and punctuation."""
    return key_of(first) == key_of(second)


def key_of(value: str) -> str:
    """Returns a key that spellings of one value share."""
    folded = without_accents(value).replace("&", "and")
    folded = _LEGAL.sub(lambda match: _SHORT[match.group()], folded)
    return re.sub(r"[^\w%€$£¥-]|(?<!\d)-|-(?!\d)", "", folded)


def _dates(text: str, conventions: Conventions) -> Iterator[Value]:
    for day in days_in(text, conventions.day_first):
        yield Value(day.value, day.start, day.end, "date", bool(day.date.day), bool(day.others))


def _money(text: str, conventions: Conventions) -> Iterator[Value]:
    for figure in _figures(text, conventions):
        if figure.currency:
            value = money_text(figure, figure.currency)
            yield Value(value, figure.start, figure.end, "money", is_sure=True)
        elif not figure.unit and figure.places == _MINOR_DIGITS:
            value = money_text(figure, conventions.currency)
            yield Value(value, figure.start, figure.end, "amount")


def _bare_money(text: str, conventions: Conventions) -> list[Value]:
    """Returns numbers as amounts, in the currency of the document if it has one."""
    return [
        Value(money_text(figure, conventions.currency), figure.start, figure.end, "money")
        for figure in _figures(text, conventions)
        if not figure.unit
    ]


def _numbers(text: str, column: Column, conventions: Conventions) -> Iterator[Value]:
    for figure in _figures(text, conventions):
        if figure.currency:
            continue
        value = quantity_text(figure, column.unit) if figure.unit else number_text(figure.number)
        form = "duration" if figure.is_duration else "quantity" if figure.unit else "number"
        yield Value(value, figure.start, figure.end, form, bool(figure.unit))
    for start, end, years in anniversaries(text):
        value = quantity_text(Figure(start, end, years, "year", ""), column.unit)
        yield Value(value, start, end, "duration", is_sure=True)


def _figures(text: str, conventions: Conventions) -> Iterator[Figure]:
    """Yields figures that are no parts of dates."""
    days = [(day.start, day.end) for day in days_in(text, conventions.day_first)]
    for figure in figures_in(text, conventions.table):
        if all(figure.end <= start or end <= figure.start for start, end in days):
            yield figure


def _yes_no(text: str, column: Column, conventions: Conventions) -> Iterator[Value]:
    answer = yes_or_no(text, column.question or column.name, conventions.table)
    stripped = text.strip()
    if answer and len(stripped) <= LONGEST_QUOTE:
        start = text.index(stripped)
        yield Value(answer, start, start + len(stripped), "statement", is_sure=True)


def _choices(text: str, column: Column) -> Iterator[Value]:
    spellings = [(example.quote, example.value) for example in column.examples]
    for start, end, choice in choices_in(text, column.choices, spellings):
        yield Value(choice, start, end, "choice", is_sure=True)


def _words(text: str) -> Iterator[Value]:
    """Yields what can be the value of a text column: codes, addresses, names, quoted words."""
    for finding in find_accounts(text):
        if finding.kind is Kind.IBAN:
            code = re.sub(r"[ .-]", "", finding.of(text))
            yield Value(code, finding.start, finding.end, "iban", iban(code))
    for finding in find_web(text):
        yield Value(finding.of(text), finding.start, finding.end, finding.kind.value, is_sure=True)
    for match in _CODE.finditer(text):
        yield Value(match.group(), *match.span(), "code")
    for match in _QUOTED.finditer(text):
        yield Value(_joined(match[1]), *match.span(1), "quoted")
    for start, end in _places(text):
        yield Value(_joined(text[start:end]), start, end, "place", is_sure=True)
    for start, end, sure in parties_in(text):
        yield Value(_joined(text[start:end]), start, end, "name", sure)


def _places(text: str) -> Iterator[tuple[int, int]]:
    """Yields the longest sequences of capitalised words that are in the list of places."""
    own = list(_PLACE_WORD.finditer(text))
    at = 0
    while at < len(own):
        for count in range(min(_LONGEST_PLACE, len(own) - at), 0, -1):
            start, end = own[at].start(), own[at + count - 1].end()
            words = text[start:end].rstrip(".")
            if re.match(r"\s+of\s+[^\W\d_a-z]", text[start + len(words) :]):
                continue  # "Commonwealth of Virginia" is in Virginia
            if without_accents(" ".join(words.split())) in places() and len(words) > 2:
                yield start, start + len(words)
                at += count - 1
                break
        at += 1


def _joined(words: str) -> str:
    """Returns words on one line."""
    return " ".join(words.split())
