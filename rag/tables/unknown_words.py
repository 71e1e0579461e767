"""Finds what a question says that its table does not: what leaves its plan in doubt."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from rag.tables.concepts import gender
from rag.tables.conditions import Doubt, names_rows
from rag.tables.forms import folded, nearly, same
from rag.tables.small_words import ALL, HAVE, NOUN_FOLLOWS, POPULATION, SAMPLE
from rag.tables.spans import Mention, Reading, Word
from rag.tables.table import ColumnKind, ColumnSketch, TableSketch
from rag.tables.vocabulary import STATISTICS, Meaning

M = Meaning
_UNIT = 2  # letters of "in mm"
_MOST_UNEXPLAINED = 1  # the verb; a second word may narrow the rows: "came by bus"


class UnknownWords:
    """The words of a question that stand for nothing in its table.

    Args:
        table: that the question is about.
        title: of its document, and the file's name.
        reading: of the question.
        file: the file's name, without its ending.

    Attributes:
        title: the words of the names of document, table and sheet.
        file: the words of the file's name.
    """

    def __init__(self, table: TableSketch, title: str, reading: Reading, file: str = "") -> None:
        self.table = table
        self.title = folded(f"{title} {table.title} {table.sheet or ''}")
        self.reading = reading
        self.file = folded(file)

    def refuse(self) -> None:
        """Refuses what no plan can answer.

        Raises:
            Doubt: a word asks for more, or could mean something else.
        """
        reading = self.reading
        strange = self.strange
        has_names = any(
            word.quoted or (word.written[:1].isupper() and word is not reading.words[0])
            for word in strange
            if not (self.counts_rows(word) or self._is_all(word))
        )
        strange = [word for word in strange if not self._is_of_rows(word)]
        beyond = reading.has(M.BEYOND, M.NOT_COMPUTED, M.DIMENSION)
        if beyond or has_names or reading.doubtful or len(strange) > _MOST_UNEXPLAINED:
            raise Doubt
        if self.narrowing or self._are_two_nouns() or any(map(self._is_noun, self.strange)):
            raise Doubt
        if any(mention.share < 1 and self._has_rival(mention) for mention in reading.mentions):
            raise Doubt
        if any(self.counts_rows(word) and self._is_of_amounts(word) for word in reading.words):
            raise Doubt

    def counts_rows(self, word: Word) -> bool:
        """Tells whether "how many" or "how often" is asked of an unknown word: of the rows."""
        return any(word.at - sign.last == 1 for sign in self.reading.of(M.COUNT))

    def _is_of_amounts(self, word: Word) -> bool:
        """Tells whether only columns that are not asked for have a word, and hold numbers.

        Of "Hours May" and "Hours June", "hours" are no rows; which of them are meant is open.
        """

        def has(column: ColumnSketch) -> bool:
            return any(same(word.text, part) for part in folded(column.name))

        if any(has(mention.column) for mention in self.reading.mentions):
            return False
        return any(has(c) for c in self.table.columns if c.kind is ColumnKind.NUMBER)

    def _is_all(self, word: Word) -> bool:
        """Tells whether a word is the noun of "all": it only says what the rows are."""
        before = self.reading.words[max(0, word.at - 1) : word.at]
        return any(other.text in ALL for other in before)

    def _is_of_rows(self, word: Word) -> bool:
        """Tells whether a word only says what the rows are: "all passengers"."""
        return self.counts_rows(word) or self._is_all(word)

    def _is_noun(self, word: Word) -> bool:
        """Tells whether a word may be a kind of rows: "of the nurses", "by bus"."""
        if not any(column.kind is ColumnKind.TEXT for column in self.table.columns):
            return False
        before = self.reading.words[max(0, word.at - 1) : word.at]
        follows = any(w.text in NOUN_FOLLOWS for w in before)
        return follows and len(word.text) > _UNIT and not self._is_all(word)

    def _are_two_nouns(self) -> bool:
        """Tells whether two unknown words count the rows: "how many crew members survived"."""
        firsts = [mention.first for mention in self.reading.mentions]
        for one, other in pairwise(self.strange):
            if self.counts_rows(one) and other.at - one.at == 1:
                behind = self.reading.words[other.at + 1 : other.at + 2]
                if other.at + 1 in firsts or any(w.text in HAVE for w in behind):
                    return True
        return False

    def _narrows(self, word: Word) -> bool:
        """Tells whether a word may narrow the rows, as in "the mean cholesterol result".

        Where the table has no column of words, none of them could.
        """
        reading = self.reading
        if gender(word.text) is not None:
            return True
        if not any(column.kind is ColumnKind.TEXT for column in self.table.columns):
            return False
        behind = reading.words[word.at + 1 : word.at + 2]
        rows = {m.first for m in reading.mentions if names_rows(m)}
        if word.at + 1 in rows or any(same(w.text, part) for w in behind for part in self.title):
            return True  # "red members"
        if any(sign.first - word.at == 1 for sign in reading.of(*STATISTICS - {M.SUM})):
            return True  # "el precio medio"
        measures = reading.of(M.HIGHEST, M.LOWEST, *STATISTICS)
        return any(mention.first - word.at == 1 for mention in reading.mentions) and any(
            0 < word.at - sign.last <= 2 for sign in measures
        )

    def is_strange(self, word: str) -> bool:
        """Tells whether a word stands for nothing: it is no word of the table's name or columns."""
        names = (part for column in self.table.columns for part in folded(column.name))
        return not any(same(word, other) for other in (*self.title, *names, *SAMPLE, *POPULATION))

    @property
    def narrowing(self) -> list[Word]:
        """Unknown words that may narrow the rows: without them it is another figure."""
        return [word for word in self.strange if self._narrows(word)]

    @property
    def names_file(self) -> bool:
        """Whether the question has every word of the file's name."""
        words = {word.text for word in self.reading.words}
        return bool(self.file) and words.issuperset(self.file)

    @property
    def strange(self) -> list[Word]:
        """Words of the question that stand for nothing, in its order."""
        return [word for word in self.reading.unexplained if self.is_strange(word.text)]

    @property
    def ignored(self) -> tuple[str, ...]:
        """Words of the question that are none of the table's, and were not taken into account."""
        return tuple(dict.fromkeys(word.written for word in self.strange))

    def _has_rival(self, mention: Mention) -> bool:
        """Tells whether another column has the words of a partial mention, too."""
        words = {self.reading.words[at].text for at in range(mention.first, mention.last + 1)}
        words -= {"of", "the"}

        def has(column: ColumnSketch, fits: Callable[[str, str], bool]) -> bool:
            parts = folded(column.name)
            return all(any(fits(word, part) for part in parts) for word in words)

        # "Membership" is no rival where "members" are those of "Member since".
        fits = nearly if has(mention.column, nearly) else same
        others = (column for column in self.table.columns if column is not mention.column)
        return any(has(column, fits) for column in others)


def says(reading: Reading, words: frozenset[str]) -> bool:
    """Tells whether a form of one of these words stands in the question."""
    return any(same(word.text, form) for word in reading.words for form in words)
