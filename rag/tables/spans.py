"""The parts of a question beside a table: words, and what they name or ask, by their places."""

from __future__ import annotations

from dataclasses import dataclass

from rag.tables.periods import Period
from rag.tables.table import ColumnSketch
from rag.tables.vocabulary import Meaning


@dataclass(frozen=True, slots=True)
class Word:
    """A word or number of the question: as it is compared, and as it stands there; its index."""

    text: str
    written: str
    quoted: bool
    at: int


@dataclass(frozen=True, slots=True)
class Span:
    """A place in the question: the indices of its first and its last word."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Mention(Span):
    """A column that the question names. `share`: of the words of its name, 0 to 1."""

    column: ColumnSketch
    share: float


@dataclass(frozen=True, slots=True)
class Value(Span):
    """Values of a column that the question names, one as a rule.

    Attributes:
        values: of the column; where a word of the question is only a part, all that have it.
        partial: it is only a part.
    """

    column: ColumnSketch
    values: tuple[str, ...]
    partial: bool = False

    @property
    def value(self) -> str:
        """The first of them."""
        return self.values[0]

    @property
    def is_key(self) -> bool:
        """Whether it names one row of the table."""
        return self.column.unique and len(self.values) == 1


@dataclass(frozen=True, slots=True)
class Sign(Span):
    """A phrase of the vocabulary."""

    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Number(Span):
    """A number of the question that names no column."""

    value: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A question beside a table.

    Attributes:
        words: of the question.
        mentions: the columns that it names, in its order.
        values: the values that it names.
        signs: what it asks.
        numbers: other numbers.
        periods: the days and months that it names.
        unexplained: words that are none of these.
        doubtful: a word fits several columns or values equally well.
    """

    words: tuple[Word, ...]
    mentions: tuple[Mention, ...]
    values: tuple[Value, ...]
    signs: tuple[Sign, ...]
    numbers: tuple[Number, ...]
    periods: tuple[Period, ...]
    unexplained: tuple[Word, ...]
    doubtful: bool
    language: str

    def has(self, *meanings: Meaning) -> bool:
        """Tells whether a word has one of these meanings."""
        return any(sign.meaning in meanings for sign in self.signs)

    def of(self, *meanings: Meaning) -> list[Sign]:
        """Returns the phrases with one of these meanings, in the question's order."""
        return [sign for sign in self.signs if sign.meaning in meanings]
