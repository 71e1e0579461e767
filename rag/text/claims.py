"""Reads a sentence as what it claims: its content words, figures and dates, in order.

Each carries what the words around it say of it: that it is not so, may be, is at least so much.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import takewhile
from typing import TypeVar

from rag.text.calendar_names import folded_months, folded_weekdays
from rag.text.logic_words import LETTERS, NO_TABLE, SINGLE, LogicWords, Phrase
from rag.text.tick_marks import STATES

_NUMBER = (
    r"\d{1,2}/\d{1,2}(?![\d/])|\d+(?:[.,'\u00a0\u202f ]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?"
)
_DENIED = "\ue000"  # of the private use area: in no document's words
_PIECE = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d|\d{1,2}([./-])\d{1,2}\2\d{2,4})(?![\d])"
    r"|(?P<time>(?:[01]?\d|2[0-3])[:.h][0-5]\d(?:\s?[ap]\.?m\b)?|1?\d\s?[ap]\.?m\b)(?!\d|[.,]\d)"
    rf"|(?P<number>{_NUMBER})(?:st|nd|rd|th|er|ª|º)?"
    rf"|(?P<word>{SINGLE}|{LETTERS}|[€$£¥%₽₺°]+[CFcf]?)"
    rf"|(?P<denied>{_DENIED})"
    r"|(?P<stop>[,;:.!?()\u2013\u2014\n，。；：、])",  # noqa: RUF001
    re.IGNORECASE,
)
_UNTICKED = re.compile(r"^[ \t]*(?:[-*+][ \t]+)?(?:\[ \]|[\u2610\u25ef])[ \t]*(.*)$", re.MULTILINE)
_SEPARATORS = re.compile(r"[.,'\u00a0\u202f ]")
_YEARS = range(1000, 2100)
_DAYS = 31
_SHARED_STEM, _LONGEST_ENDING = 4, 4
_SHORTEST_STEM = 3
_LONGEST_PHRASE = 4
_WITHIN_DATE = frozenset((",", ".", "of", "de", "del", "do", "di", "the", "den", "der", "st"))

T = TypeVar("T")
Part = tuple[str, frozenset[Fraction]]


@dataclass(frozen=True, slots=True)
class Item:
    """A content word, a figure or a date of a sentence.

    Attributes:
        text: as written, in small letters.
        kind: "word", "name", "number", "date" or "time".
        values: of a figure: "12,500" may be two; of a time: minutes.
        unit: of a figure: that of the CLDR, an ISO 4217 code, or "".
        parts: of a date: its year, month, day and weekday, as far as they are given.
        clause: number of the clause that it is in.
        says: what is said of it, of `rag.text.logic_words.LOGIC`.
    """

    text: str
    kind: str = "word"
    values: frozenset[Fraction] = frozenset()
    unit: str = ""
    parts: tuple[Part, ...] = ()
    clause: int = 0
    says: frozenset[str] = frozenset()

    @property
    def is_figure(self) -> bool:
        """Whether it is a number, a date or a time."""
        return self.kind in ("number", "date", "time")


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    kind: str
    start: int
    values: frozenset[Fraction] = frozenset()
    is_capital: bool = False


def claims(text: str, table: LogicWords | None) -> list[Item]:
    """Returns what a sentence claims, in its order.

    Args:
        text: a sentence or two.
        table: of its language; without one, every word counts as content.
    """
    table = table or NO_TABLE
    plain = _with_states_said(text.replace("\u2019", "'"), table)
    pieces = [piece for match in _PIECE.finditer(plain) for piece in _read(match)]
    return _Reader(pieces, table).items()


def _with_states_said(text: str, table: LogicWords) -> str:
    """Returns a text in which a line's answer, or its empty box, speaks of its label.

    "Informed: no" and "☐ Informed (not ticked)" say that it is not so; "Informed: yes" and
    "☒ Informed (ticked)" say no more than "Informed".
    """
    answer = _answer_pattern(table.yes, table.no)
    if answer is None:
        return text
    text = answer.sub(lambda match: f" {_DENIED}" if match["no"] or match["off"] else "", text)
    return _UNTICKED.sub(rf"\1 {_DENIED}", text)


@cache
def _answer_pattern(yes: frozenset[str], no: frozenset[str]) -> re.Pattern[str] | None:
    """Returns the pattern of an answer behind a label, up to the end of the line."""
    if not yes or not no:
        return None
    of_yes, of_no = ("|".join(map(re.escape, sorted(answers))) for answers in (yes, no))
    off, on = (
        "|".join(re.escape(words) for words in STATES if STATES[words] is ticked)
        for ticked in (False, True)
    )
    return re.compile(
        rf"(?<=\w)[ \t]*(?:[:=|][ \t]*(?:(?P<no>(?:{of_no}))|(?:{of_yes}))|"
        rf"\((?:(?P<off>{off})|(?:{on}))(?: (?:[^\w\s]|\[[xX ]\]))?\))[ \t]*[.|]?[ \t]*$",
        re.IGNORECASE | re.MULTILINE,
    )


def same(first: Item, second: Item, table: LogicWords | None) -> bool:
    """Tells whether two items are one: forms of a word, figures of one value and unit, dates."""
    if first.is_figure or second.is_figure:
        return _same_figure(first, second)
    return first.text == second.text or _forms_of_one(first.text, second.text, table or NO_TABLE)


def _same_figure(first: Item, second: Item) -> bool:
    """Tells whether two figures agree; the first may say less of a date than the second."""
    if "date" in (first.kind, second.kind):
        own, other = dict(_parts(first)), dict(_parts(second))
        return bool(own) and all(key in other and own[key] & other[key] for key in own)
    units = {first.unit, second.unit} - {""}
    return first.kind == second.kind and bool(first.values & second.values) and len(units) < 2


def _parts(item: Item) -> tuple[Part, ...]:
    """Returns the parts of a date; a number alone may be a year, or a day."""
    if item.kind != "number" or item.unit:
        return item.parts
    return (("year" if is_year(item) else "day", item.values),)


def is_year(item: Item) -> bool:
    """Tells whether a figure without a unit may be a year."""
    return any(value in _YEARS for value in item.values)


def _forms_of_one(first: str, second: str, table: LogicWords) -> bool:
    first, second = (word.removeprefix(table.participle) for word in (first, second))
    first, second = table.forms.get(first, first), table.forms.get(second, second)
    shared = next(
        (n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b),
        min(len(first), len(second)),
    )
    if table.endings is None:
        longest = max(len(first), len(second))
        return shared >= _SHARED_STEM and longest - shared <= _LONGEST_ENDING
    stems = range(_SHORTEST_STEM, shared + 1)
    return any(
        {first[n:], second[n:]} <= table.endings
        or {first[n:].removeprefix(first[n - 1]), second[n:].removeprefix(first[n - 1])}
        <= table.endings
        for n in stems
    )


def _read(match: re.Match[str]) -> list[_Piece]:
    kind, text, start = match.lastgroup or "", match.group(), match.start()
    if match["date"]:
        return [_Piece(text, "date", start)]
    if match["time"]:
        return [_Piece(text, "time", start, frozenset([_minutes(match["time"])]))]
    if match["number"]:
        return [_Piece(text, "number", start, _values(match["number"]))]
    if match["word"]:
        return [_Piece(text.casefold(), "word", start, is_capital=text[0].isupper())]
    return [_Piece(text, kind, start)]


def _values(text: str) -> frozenset[Fraction]:
    """Returns the values that digits can have: "3.420" may be a decimal or a thousand."""
    above, slash, below = text.partition("/")
    if slash:
        return frozenset([Fraction(int(above), int(below) or 1)])
    separators = _SEPARATORS.findall(text)
    whole = Fraction(_SEPARATORS.sub("", text))
    if not separators:
        return frozenset([whole])
    last = len(text) - 1 - max(text.rfind(separator) for separator in separators)
    decimal = whole / 10**last
    is_decimal = last != 3 or (len(set(separators)) > 1)
    if separators[-1] not in ".,":
        return frozenset([whole])
    if is_decimal:
        return frozenset([decimal])
    return frozenset([whole] if len(separators) > 1 else [whole, decimal])


def _minutes(text: str) -> Fraction:
    hour, minute, *_ = (*re.findall(r"\d+", text), "0")
    late = 12 * (("p" in text.lower()) - (int(hour) == 12 and text.lower()[-1] == "m"))
    return Fraction((int(hour) + late) * 60 + int(minute))


class _Reader:
    """Reads pieces one after another, each phrase as long as it goes."""

    def __init__(self, pieces: Sequence[_Piece], table: LogicWords) -> None:
        self._pieces = pieces
        self._table = table
        self._at = 0
        self._clause = 0
        self._items: list[Item] = []
        self._spans: list[tuple[int, int]] = []  # of the items, in pieces
        self._said: list[tuple[str, int, int]] = []  # what, items before it, clause
        self._labels: set[int] = set()  # clauses that end with a colon

    def items(self) -> list[Item]:
        """Returns all items, dates put together, with what is said of each."""
        steps: tuple[Callable[[], bool], ...] = (
            self._stop, self._calendar, self._number, self._logic, self._word,
        )  # fmt: skip
        while self._at < len(self._pieces):
            if not any(step() for step in steps):
                self._at += 1
        return self._attached()

    def _phrase(self, phrases: Mapping[Phrase, T], at: int) -> tuple[T | None, int]:
        """Returns what the longest phrase at a place stands for, and its length; None and 0."""
        near = self._pieces[at : at + _LONGEST_PHRASE]
        texts = tuple(piece.text for piece in takewhile(lambda piece: piece.kind == "word", near))
        for length in range(len(texts), 0, -1):
            value = phrases.get(texts[:length])
            if value is not None:
                return value, length
        return None, 0

    def _add(self, item: Item, taken: int = 1) -> bool:
        self._items.append(replace(item, clause=self._clause))
        self._spans.append((self._at, self._at + taken))
        self._at += taken
        return True

    def _stop(self) -> bool:
        piece = self._pieces[self._at]
        if piece.kind == "stop":
            if piece.text == ":":
                self._labels.add(self._clause)
            self._clause += 1
            self._at += 1
            return True
        self._clause += piece.text in self._table.clause
        return False

    def _calendar(self) -> bool:
        piece = self._pieces[self._at]
        if piece.kind == "date":
            return self._add(Item(piece.text, "date", parts=_numeric_date(piece.text)))
        if piece.kind == "time":
            return self._add(Item(piece.text, "time", piece.values))
        if piece.kind != "word" or not (piece.is_capital or self._beside_number()):
            return False
        is_clear = not self._begins() or self._beside_number()
        language = self._table.language or "en"
        for kind, names in (
            ("month", folded_months(language)),
            ("weekday", folded_weekdays(language)),
        ):
            number = names.get(piece.text)
            if number is not None and (is_clear or len(piece.text) > _SHORTEST_STEM):
                return self._add(
                    Item(piece.text, "date", parts=((kind, frozenset([Fraction(number)])),))
                )
        return False

    def _begins(self) -> bool:
        return self._at == 0 or self._pieces[self._at - 1].text in ".!?\n:"

    def _beside_number(self) -> bool:
        beside = (*self._pieces[max(0, self._at - 2) : self._at], *self._pieces[self._at + 1 :][:2])
        return any(piece.kind == "number" for piece in beside)

    def _number(self) -> bool:
        """Reads a figure with its unit: "€3,420", "two thirds", "1.5 million dollars"."""
        table, start = self._table, self._at
        before, after = self._unit(start)
        at = start + after
        values, taken = self._value(at)
        if not values:
            return False
        spelled = self._pieces[at].kind == "word"
        at += taken
        while at < len(self._pieces):
            text = self._pieces[at].text
            if text in table.multiples:
                values = frozenset(value * table.multiples[text] for value in values)
            elif text in table.parts and max(values) < 100:
                values = frozenset(value * table.parts[text] for value in values)
            else:
                break
            at += 1
        unit, after = self._unit(at)
        unit = before or unit
        at += after
        if spelled and values == {1} and not unit:
            return False  # "one of them", "un"
        text = " ".join(piece.text for piece in self._pieces[start:at])
        return self._add(Item(text, "number", values, unit), at - start)

    def _value(self, at: int) -> tuple[frozenset[Fraction], int]:
        piece = self._pieces[at] if at < len(self._pieces) else None
        if piece is None or piece.kind not in ("number", "word"):
            return frozenset(), 0
        if piece.kind == "number":
            return piece.values, 1
        value, taken = self._phrase(self._table.numbers, at)
        return (frozenset(), 0) if value is None else (frozenset([value]), taken)

    def _unit(self, at: int) -> tuple[str, int]:
        if at >= len(self._pieces):
            return "", 0
        unit, taken = self._phrase(self._table.units, at)
        if unit is not None:
            return unit, taken
        text = self._pieces[at].text
        for ending in sorted(self._table.endings or ()):
            stem = text.removesuffix(ending)
            if len(text) > len(stem) >= _SHORTEST_STEM and (stem,) in self._table.units:
                return self._table.units[stem,], 1
        return "", 0

    def _logic(self) -> bool:
        key, taken = self._phrase(self._table.logic, self._at)
        if self._pieces[self._at].kind == "denied":
            key, taken = "not", 1
        if key is None:
            return False
        self._said.append((key, len(self._items), self._clause))
        self._at += taken
        return True

    def _word(self) -> bool:
        piece, table = self._pieces[self._at], self._table
        if piece.kind != "word" or piece.text in table.function | table.yes | table.no:
            return False
        is_name = piece.is_capital and table.language != "de" and not self._begins()
        return self._add(Item(piece.text, "name" if is_name else "word"))

    def _attached(self) -> list[Item]:
        """Puts dates together, and attaches each phrase to the item it speaks of."""
        said: list[set[str]] = [set() for _ in self._items]
        for key, before, clause in self._said:
            following = [
                n for n in range(before, len(self._items)) if self._items[n].clause == clause
            ]
            preceding = [n for n in range(before) if self._items[n].clause == clause]
            # A label that is all logic speaks of its values: "Not on: 18 February".
            values = range(before, len(self._items)) if clause in self._labels else ()
            if targets := (*following[:1], *preceding[-1:], *values[:1]):
                said[targets[0]].add(key)
        items: list[Item] = []
        end = 0
        for item, own, (start, behind) in zip(self._items, said, self._spans, strict=True):
            full = replace(item, says=frozenset(own))
            between = {piece.text for piece in self._pieces[end:start]}
            joined = _joined(items[-1], full) if items and between <= _WITHIN_DATE else None
            if joined is not None:
                items[-1] = joined
            else:
                items.append(full)
            end = behind
        return [self._of_date(item) if item.kind == "date" else item for item in items]

    def _of_date(self, item: Item) -> Item:
        """Reads "by 31 January" as what it means beside a date."""
        said = (self._table.agent_of_date if key == "agent" else key for key in item.says)
        return replace(item, says=frozenset(said))


def _joined(first: Item, second: Item) -> Item | None:
    """Returns the date of which two items are parts: "12" and "March", "March 12" and "2024"."""
    if "date" not in (first.kind, second.kind) or not {first.kind, second.kind} <= {
        "date",
        "number",
    }:
        return None
    if second.says or first.unit or second.unit:
        return None
    parts = (*_parts(first), *_parts(second))
    values = [value for _, numbers in parts for value in numbers]
    if len(dict(parts)) < len(parts) or any(value.denominator != 1 for value in values):
        return None
    return replace(first, kind="date", text=f"{first.text} {second.text}", parts=parts)


def _numeric_date(text: str) -> tuple[Part, ...]:
    numbers = [int(digits) for digits in re.findall(r"\d+", text)]
    if numbers[0] > _DAYS:
        numbers.reverse()
        days, months = {numbers[0]}, {numbers[1]}
    else:
        pair = numbers[:2]
        months = {n for n in (pair if "." not in text else pair[1:]) if n <= 12}
        days = set(pair) if "." not in text else {pair[0]}
    year = numbers[2] if numbers[2] > 99 else numbers[2] + (2000 if numbers[2] < 69 else 1900)
    return (
        ("year", frozenset([Fraction(year)])),
        ("month", frozenset(map(Fraction, months))),
        ("day", frozenset(map(Fraction, days))),
    )
