"""Reads a question beside a table: which columns and values it names, and what its words ask."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from rag.tables.concepts import asks_nothing, concept, gender, is_concept, of_gender
from rag.tables.forms import CAMEL, WORD, fold, folded, nearly, same
from rag.tables.periods import Period, periods
from rag.tables.small_words import A_COLUMN, DO, IN_NAMES, NOUN_IS_NEXT
from rag.tables.spans import Mention, Number, Reading, Sign, Span, Value, Word
from rag.tables.table import ColumnKind, ColumnSketch, TableSketch
from rag.tables.values import is_currency
from rag.tables.vocabulary import (
    COMPUTED,
    STATISTICS,
    Meaning,
    counted,
    fits,
    language_for,
    meanings,
    parts_of,
    phrases,
    than,
)
from rag.text.calendar_names import LANGUAGES, folded_months
from rag.text.question_words import function_words
from rag.text.words import STOP_WORDS

_QUOTED = re.compile("[\"'“”„«`‘]([^\"'“”„«»`’]{1,80})[\"'“”»`’]")
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_LETTER = re.compile(r"Column [A-Z]{1,3}")  # without a header: see `rag.tables.read`
_LISTED = re.compile(r"\s*\d{1,2}[.)]\s+(?=\D)")  # "1. Find the mean": the number of a question
_LEAST_SHARE = 0.5
_LEAST_OF_HEAD = 0.2  # where the first word of the name stands there, and in no other name
_ASKING = STATISTICS | {Meaning.HIGHEST, Meaning.LOWEST, Meaning.ABOVE, Meaning.BELOW}
_LEAST_PART = 4  # letters of a word that is a part of values
_LONGEST_LABEL = 5  # words of a value; longer ones are remarks, which have all kinds of words
_SHORT = 3  # letters of a value that stands in a question by chance
_COMPARED_WITH = 4  # words between "más" and "que" in "más kilos que"


def read(question: str, table: TableSketch) -> Reading:
    """Reads a question beside a table."""
    return _Reader(_LISTED.sub("", question, count=1), table).reading()


_NO_TABLE = TableSketch(0, None, 0, 0, 0, ())


def asks_to_compute(question: str, table: TableSketch = _NO_TABLE) -> bool:
    """Tells whether a table could answer, by a figure or a choice of rows that can be computed.

    A word that names one of its columns asks for nothing: "Test" may be one.
    """
    reading = read(question, table)
    yes_or_no = reading.has(Meaning.YES_OR_NO) and not reading.has(Meaning.CORRELATION)
    return reading.has(*COMPUTED) and not (yes_or_no or reading.has(Meaning.NOT_COMPUTED))


def columns_named(question: str, table: TableSketch) -> float:
    """Counts the columns that the question names: 1 for each named in full, or by a value.

    Half of a column's words count as half of it.
    """
    reading = read(question, table)
    shares = {mention.column.name: mention.share for mention in reading.mentions}
    shares.update({value.column.name: 1.0 for value in reading.values})
    return sum(shares.values())


@dataclass
class _Reader:
    question: str
    table: TableSketch
    words: list[Word] = field(init=False)
    taken: set[int] = field(init=False, default_factory=set)
    dated: set[int] = field(init=False, default_factory=set)
    doubtful: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        text = CAMEL.sub(" ", self.question)
        quotes = [match.span(1) for match in _QUOTED.finditer(text)]
        places = [(match.group(), match.start()) for match in WORD.finditer(text)]
        self.language = language_for(self.question, [fold(word) for word, _ in places])
        names = [part for column in self.table.columns for part in folded(column.name)]
        self.words = []
        for written, start in places:
            quoted = any(first <= start < end for first, end in quotes)
            whole = fold(written)
            if self.words and (joined := self._joined(self.words[-1], written, names)):
                self.words[-1] = joined
                continue
            is_name = any(same(whole, name) for name in names)
            parts = [whole] if is_name else parts_of(self.language, whole)
            self.words += [Word(part, written, quoted, len(self.words) + n)
                           for n, part in enumerate(parts)]  # fmt: skip

    def _joined(self, before: Word, written: str, names: Sequence[str]) -> Word | None:
        """Returns two words as one, where a name writes them so: "model year" as "modelyear"."""
        text = before.text + fold(written)
        if text.isdigit() or any(w in names for w in (before.text, fold(written))):
            return None
        fitting = any(same(text, name) for name in names if len(name) > len(before.text) + 1)
        return (
            replace(before, text=text, written=f"{before.written} {written}") if fitting else None
        )

    def reading(self) -> Reading:
        """Returns what the words are; a word is one thing only."""
        candidates = list(self._candidates())
        whole = self._taken_mentions([c for c in candidates if c.share == 1])
        values = self._values(whole)
        partial = self._taken_mentions([c for c in candidates if c.share < 1])
        dated = self._periods()
        meant, their_signs = self._concepts([*whole, *partial])
        first = {mention.column.name: mention for mention in reversed(partial)}
        partial = list(first.values())  # "Verbrauch" and "kWh" are one column
        mentions = sorted((*whole, *partial, *meant), key=lambda mention: mention.first)
        signs = sorted((*self._signs(), *their_signs), key=lambda sign: sign.first)
        numbers = self._numbers()
        values = sorted((*values, *self._partial_values()), key=lambda value: value.first)
        unexplained = tuple(
            word for word in self.words if word.at not in self.taken and not self._is_small(word)
        )
        return Reading(
            tuple(self.words), tuple(mentions), tuple(values), tuple(signs), tuple(numbers),
            tuple(dated), unexplained, self.doubtful, self.language,
        )  # fmt: skip

    def _take(self, span: Span) -> bool:
        places = set(range(span.first, span.last + 1))
        if places & self.taken:
            return False
        self.taken |= places
        return True

    # Columns.

    def _candidates(self) -> Iterator[Mention]:
        names = [folded(column.name) for column in self.table.columns]
        counts = Counter(word for name in names for word in set(name))
        for column, name in zip(self.table.columns, names, strict=True):
            core = _core(column.name)
            whole = sum(1 / counts.get(word, 1) for word in core)
            for run in self._runs(name, core):
                words = {word for word in core if any(self._names(at, word) for at in run)}
                share = sum(1 / counts.get(word, 1) for word in words) / whole
                share = 1.0 if len(words) == len(set(core)) else min(share, 0.99)
                least = 1 if _LETTER.fullmatch(column.name) else _LEAST_SHARE
                heads = {name[0], core[0]} & words  # "salary" of "salary in thousands of dollars"
                least = _LEAST_OF_HEAD if any(counts[w] == 1 for w in heads) else least
                if share >= least and not (share < 1 and self._is_statistic(run)):
                    yield Mention(run[0], run[-1], column, share)

    def _names(self, at: int, name: str) -> bool:
        """Tells whether a word of the question is one of a column's name.

        A word that asks for something names a column only as it is: "highest" is no "High".
        """
        word = self.words[at].text
        if word == name or not same(word, name):
            return word == name
        if meanings(self.language, word) & _ASKING:
            return False
        if not nearly(word, name) and (self._is_phrase(word) or self._names_other(word)):
            return False
        return concept(self.language, word, self.table.columns) is None

    def _names_other(self, word: str) -> bool:
        """Tells whether a word, or its singular, stands in the name of a column as it is."""
        return any(
            nearly(word, name) for column in self.table.columns for name in folded(column.name)
        )

    def _is_statistic(self, run: range) -> bool:
        """Tells whether words are those of a statistic: "average" does not name "Average price"."""
        words = (self.words[at].text for at in run)
        return bool(meanings(self.language, *words) & STATISTICS)

    def _runs(self, name: Sequence[str], core: Sequence[str]) -> Iterator[range]:
        """Yields the longest stretches of the question whose words stand in a name."""
        at = 0
        while at < len(self.words):
            end = at
            while end < len(self.words) and any(self._names(end, word) for word in name):
                end += 1
            run = range(at, end)
            if run and any(self._names(at, word) for at in run for word in core):
                yield self._trimmed(run, core, name)
            at = end + 1

    def _trimmed(self, run: range, core: Sequence[str], name: Sequence[str]) -> range:
        """Drops small words at the ends of a run, unless the whole name stands there."""
        if len(run) >= len(name):
            return run
        inside = [n for n in run if any(same(self.words[n].text, word) for word in core)]
        return range(min(inside), max(inside) + 1)

    def _taken_mentions(self, candidates: Sequence[Mention]) -> list[Mention]:
        def rank(mention: Mention) -> tuple[int, float, int]:
            exact = sum(
                self.words[at].text in folded(mention.column.name)
                for at in range(mention.first, mention.last + 1)
            )
            return mention.last - mention.first, mention.share, exact

        mentions: list[Mention] = []
        for mention in sorted(candidates, key=rank, reverse=True):
            rivals = [
                other
                for other in candidates
                if other.column is not mention.column
                and other.first <= mention.last
                and other.last >= mention.first
                and rank(other) == rank(mention)
            ]
            if self._take(mention):
                self.doubtful |= bool(rivals)
                mentions.append(mention)
        return mentions

    # Values.

    def _values(self, mentions: Sequence[Mention]) -> list[Value]:
        candidates = [
            value
            for column in self.table.columns
            if column.kind is ColumnKind.TEXT
            for text in dict.fromkeys((*column.values, *column.named))
            for value in self._places(column, text, mentions)
        ]
        candidates += self._genders()
        values: list[Value] = []
        exact = {id(v): folded(v.value) == self._texts(v) for v in candidates}
        for value in sorted(candidates, key=lambda v: (v.first - v.last, not exact[id(v)])):
            if self._take(value):
                values.append(value)
            else:
                self.doubtful |= any(
                    (kept.first, kept.last) == (value.first, value.last)
                    and kept.column is not value.column
                    for kept in values
                )
        return sorted(values, key=lambda value: value.first)

    def _texts(self, span: Span) -> list[str]:
        return [word.text for word in self.words[span.first : span.last + 1]]

    def _places(
        self, column: ColumnSketch, text: str, mentions: Sequence[Mention]
    ) -> Iterator[Value]:
        sought = folded(text)
        for at in range(len(self.words) - len(sought) + 1) if sought else ():
            there = self.words[at : at + len(sought)]
            if not all(
                word.text == w or same(word.text, w) for word, w in zip(there, sought, strict=True)
            ):
                continue
            if there[0].text != sought[0] and self._is_phrase(there[0].text):
                continue  # "lowest" is no form of "West"
            beside = any(
                mention.column is column and -3 <= at - mention.last <= 3 for mention in mentions
            )
            behind = self.words[at + len(sought) : at + len(sought) + 1]
            if any(word.text in A_COLUMN for word in behind):  # it is said to be a column
                self.doubtful = True
                continue
            telling = len(text) >= _SHORT and not (text.isdigit() and not beside)
            if telling or there[0].quoted or (beside and there[0].written == text):
                yield Value(at, at + len(sought) - 1, column, (text,))

    def _genders(self) -> Iterator[Value]:
        """Yields the values that words such as "women" mean."""
        for word in self.words:
            index = gender(word.text) if len(word.text) >= _SHORT else None
            if index is None:
                continue
            for column in self.table.columns:
                if value := of_gender(column, index):
                    yield Value(word.at, word.at, column, (value,))

    def _partial_values(self) -> Iterator[Value]:
        """Yields the values of which a word that says nothing else is a part.

        "Engineers" stands for "Data engineer" and "Head of engineering".
        """
        for word in self.words:
            if word.at in self.taken or len(word.text) < _LEAST_PART or self._is_small(word):
                continue
            fitting: dict[str, Value] = {}
            for column in self.table.columns:
                texts = column.named if column.kind is ColumnKind.TEXT else ()
                of = tuple(t for t in texts if any(same(word.text, w) for w in folded(t)))
                if of and max(len(folded(text)) for text in of) <= _LONGEST_LABEL:
                    fitting[column.name] = Value(word.at, word.at, column, of, partial=True)
            self.doubtful |= len(fitting) > 1
            if len(fitting) == 1 and self._take(Span(word.at, word.at)):
                yield from fitting.values()

    def _is_small(self, word: Word) -> bool:
        return word.text in function_words(self.language) | STOP_WORDS or len(word.text) == 1

    # What words mean without naming it.

    def _periods(self) -> list[Period]:
        named = periods(self.question, [word.text for word in self.words], self.language)
        kept = [period for period in named if self._take(Span(period.first, period.last))]
        self.dated = {period.first for period in kept}
        return kept

    def _concepts(self, mentions: Sequence[Mention]) -> tuple[list[Mention], list[Sign]]:
        """Returns the columns that words such as "oldest" mean, and what they ask of them.

        A word that asks nothing, such as "paid", means a column where no other one of numbers is
        named.
        """
        amounts = [m for m in mentions if m.column.kind is ColumnKind.NUMBER and m.share == 1]
        meant: list[Mention] = []
        signs: list[Sign] = []
        for word in self.words:
            if word.at in self.taken or not is_concept(self.language, word.text):
                continue
            concerned = concept(self.language, word.text, self.table.columns)
            if concerned is None and amounts and asks_nothing(self.language, word.text):
                self._take(Span(word.at, word.at))  # "800 euro" says only what a column holds
            if concerned is None:
                continue
            if concerned.column.kind is ColumnKind.DATE and word.at - 1 in self.taken:
                continue  # "the started date" is named in full
            self._take(Span(word.at, word.at))
            is_amount = concerned.column.kind is ColumnKind.NUMBER
            if concerned.meaning is None and is_amount and amounts:
                continue
            mention = Mention(word.at, word.at, concerned.column, 1.0)
            meant.append(mention)
            amounts += [mention] if is_amount else []
            if concerned.meaning is Meaning.SUM and self._asks_figure():
                continue
            if concerned.meaning:
                signs.append(Sign(word.at, word.at, concerned.meaning))
        return meant, signs

    def _asks_figure(self) -> bool:
        """Tells whether another figure than the sum of what was "spent" is asked for."""
        figures = {*_ASKING, Meaning.COUNT} - {Meaning.SUM, Meaning.ABOVE, Meaning.BELOW}
        words = {word.text for word in self.words}
        return any(
            meaning in figures and any(fits(word, pattern[0]) for word in words)
            for pattern, meaning in phrases(self.language)
            if len(pattern) == 1
        )

    # Phrases and numbers.

    def _is_phrase(self, word: str) -> bool:
        return bool(meanings(self.language, word))

    def _signs(self) -> list[Sign]:
        signs: list[Sign] = []
        for pattern, meaning in phrases(self.language):
            for at in range(len(self.words) - len(pattern) + 1):
                there = self.words[at : at + len(pattern)]
                if all(fits(word.text, p) for word, p in zip(there, pattern, strict=True)):
                    sign = Sign(at, at + len(pattern) - 1, meaning)
                    if meaning is Meaning.WHICH and at and there[0].text in than(self.language):
                        continue  # "más kilos que el tomate"
                    if meaning is Meaning.YES_OR_NO and at and len(pattern) == 1:
                        continue
                    if self._is_of_this(pattern, meaning, sign) and self._take(sign):
                        signs.append(Sign(sign.first, sign.last, self._compared(sign)))
        return signs

    def _compared(self, sign: Sign) -> Meaning:
        """Returns the meaning of a phrase: "más" is "more" where "que" follows, else "most"."""
        compared = {Meaning.HIGHEST: Meaning.ABOVE, Meaning.LOWEST: Meaning.BELOW}
        behind = self.words[sign.last + 1 : sign.last + 1 + _COMPARED_WITH]
        if any(w.text in than(self.language) and w.at not in self.taken for w in behind):
            return compared.get(sign.meaning, sign.meaning)
        return sign.meaning

    def _is_of_this(self, pattern: tuple[str, ...], meaning: Meaning, sign: Sign) -> bool:
        """Tells which of two meanings a phrase has: "plus de" compares where a number follows."""
        extremes = (Meaning.HIGHEST, Meaning.LOWEST, Meaning.EACH)
        compared = (Meaning.ABOVE, Meaning.BELOW)
        if meaning is Meaning.MEAN and pattern == ("mean",) and self._is_verb(sign.first):
            return False
        behind = self.words[sign.last + 1 : sign.last + 2]
        number = any(
            w.text[0].isdigit() or w.text in counted(self.language) or w.at in self.dated
            for w in behind
        )
        also = meanings(self.language, *pattern)
        if meaning in extremes:
            return not (number and also & {*compared})
        return number or not (meaning in compared and also & {*extremes})

    def _is_verb(self, at: int) -> bool:
        """Tells whether a word is a verb behind "do", as in "What does E2 mean?"."""
        before = [word.text for word in self.words[:at]]
        return any(word in DO for word in before) and before[-1] not in NOUN_IS_NEXT

    def _numbers(self) -> list[Number]:
        numbers = []
        names = counted(self.language)
        for at, word in enumerate(self.words):
            value = _number(word.text) if word.text[0].isdigit() else names.get(word.text)
            if value is not None and self._take(Span(at, at)):
                numbers.append(Number(at, at, float(value)))
        return numbers


def _core(name: str) -> list[str]:
    """Returns the words of a name that tell it from others: without brackets and small words."""
    if _LETTER.fullmatch(name):
        return folded(name)
    for text in (_IN_BRACKETS.sub(" ", name), name):
        words = folded(text)
        small = STOP_WORDS.intersection(words) | IN_NAMES.intersection(words)
        core = [word for word in words if word not in small or _is_month(word)]
        # "Guests EUR" are the guests: the currency says only what the figures are in.
        if core := [word for word in core if not is_currency(word)] or core:
            return core
    return folded(name) or [name]


def _is_month(word: str) -> bool:
    """Tells whether a word of a column's name is a month: "Hours May" are no hours that may be."""
    return any(word in folded_months(language) for language in LANGUAGES)


def _number(text: str) -> float | None:
    """Returns a number of a question; a comma before three digits separates thousands."""
    plain = re.sub(r",(?=\d{3}(?!\d))", "", text)
    try:
        return float(plain.replace(",", "."))
    except ValueError:
        return None
