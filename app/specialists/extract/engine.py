"""Fills the cells of a document's row, each by the cheapest that can.

Rules and what was learned from corrections come first; the language model is asked only where two
signs do not agree yet. Every value keeps the words that it was taken from.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from app.specialists.cells import SEVERAL, unread_pages, unreadable
from app.specialists.definition import CellExample, Column, Specialist
from app.specialists.extract.asking import Asker, Chosen
from app.specialists.extract.candidate import Candidate
from app.specialists.extract.candidates import DocumentIndex, candidates
from app.specialists.extract.indexing import document_index
from app.specialists.extract.items import item_rows
from app.specialists.extract.ports import Tools
from app.specialists.extract.quotes import quote_around
from app.specialists.extract.ranker import Ranked, is_sure, rank, taken, takes_several
from app.specialists.extract.types import LearnedColumn
from app.specialists.records import (
    Alternative,
    Cell,
    CellState,
    Confidence,
    Filled,
    FilledBy,
)
from rag.parse.document import ParsedDocument

_MOST_ALTERNATIVES = 4
_SURE_LABEL = 0.99
_SURE_CHANCE = 0.7
"""Chance from which what was learned counts as a sign of its own."""
_LIKELY_RULE = 0.6
_DOUBTFUL = 0.5
_FAR = 0.3
_NO_TOOLS = Tools()
_NO_TEXT = "The document holds no text that can be read."
_NO_ITEMS = "No table with these columns is recognised in the document."


def fill(
    document: ParsedDocument,
    specialist: Specialist,
    tools: Tools = _NO_TOOLS,
    *,
    learned: Mapping[str, LearnedColumn] | None = None,
    examples: Mapping[str, Sequence[CellExample]] | None = None,
    done: Collection[tuple[int, str]] = (),
    marker: str = "",
    should_stop: Callable[[], bool] = lambda: False,
    index: DocumentIndex | None = None,
) -> Iterator[Filled]:
    """Yields the cells of a document as they are filled.

    Args:
        document: with its text; pages that were not recognised are named in it.
        specialist: of the kind "extract" or "clauses".
        tools: what is at hand.
        learned: what corrections taught, by column.
        examples: of other documents by column, nearest first; those of the column come behind.
        done: rows and columns that need not be filled again, to go on with a run.
        marker: begins passages in prompts; no document may know it. "" makes one.
        should_stop: asked before each cell; ends the iteration.
        index: of the document, where it was made before, as for learning.

    Raises:
        ModelError: the model cannot be loaded, or stopped with an error.
        WorkerDied: the process of the model or the embedder ended.
    """
    columns = columns_of(specialist)
    if not document.text.strip():
        for column in columns:
            if (0, column.name) not in done:
                yield Filled(0, column.name, unreadable(_NO_TEXT))
        return
    if specialist.rows == "items" and specialist.kind == "extract":
        rows = list(item_rows(document, columns))
        if not rows:  # its totals are no line
            rows = [dict.fromkeys((column.name for column in columns), _no_items(document))]
        yield from _items(rows, columns, done, should_stop)
        return
    left = [column for column in columns if (0, column.name) not in done]
    if left and not should_stop():
        index = index or document_index(document, columns, tools)
        filler = _Filler(index, left, tools, learned or {}, examples or {})
        yield from filler.cells(marker or secrets.token_hex(3), should_stop)


def columns_of(specialist: Specialist) -> tuple[Column, ...]:
    """Returns the columns of a specialist's table; a kind of clause is a column of its words."""
    if specialist.kind == "clauses":
        return tuple(
            Column(label.name, label.description, "verbatim") for label in specialist.labels
        )
    return specialist.columns


def _items(
    rows: Sequence[Mapping[str, Cell]],
    columns: Sequence[Column],
    done: Collection[tuple[int, str]],
    should_stop: Callable[[], bool],
) -> Iterator[Filled]:
    for number, cells in enumerate(rows):
        for column in columns:
            if should_stop():
                return
            if (number, column.name) not in done:
                yield Filled(number, column.name, cells[column.name])


def _no_items(document: ParsedDocument) -> Cell:
    """Returns the cell of a document in which no table of items is recognised."""
    return unread_pages(document) or unreadable(_NO_ITEMS)


class _Filler:
    """Fills one row of one document."""

    def __init__(
        self,
        index: DocumentIndex,
        columns: Sequence[Column],
        tools: Tools,
        learned: Mapping[str, LearnedColumn],
        examples: Mapping[str, Sequence[CellExample]],
    ) -> None:
        self._document = index.split.document
        self._index = index
        self._columns = columns
        self._tools = tools
        self._learned = learned
        self._examples = examples

    def cells(self, marker: str, should_stop: Callable[[], bool]) -> Iterator[Filled]:
        """Yields the cells: first those that need no model."""
        doubtful: dict[Column, list[Ranked]] = {}
        for column in self._columns:
            if should_stop():
                return
            learned = self._learned.get(column.name)
            ranked = rank(candidates(self._index, column), learned)
            if (
                self._tools.model is None
                or not ranked
                or takes_several(column)
                or _is_certain(ranked[0].candidate)
            ):
                yield Filled(0, column.name, self._cell(column, ranked, None))
            else:
                doubtful[column] = ranked
        if not doubtful or self._tools.model is None or should_stop():
            return
        asker = Asker(self._tools.model, self._index, doubtful, marker, should_stop)
        for column, ranked in doubtful.items():
            if should_stop():
                return
            examples = (*self._examples.get(column.name, ()), *column.examples)
            chosen = asker.ask(column, examples)
            if not chosen.is_answer and should_stop():
                return
            yield Filled(0, column.name, self._cell(column, ranked, chosen))

    def _cell(self, column: Column, ranked: Sequence[Ranked], chosen: Chosen | None) -> Cell:
        learned = self._learned.get(column.name)
        values = taken(ranked, column, learned)
        if takes_several(column):
            return self._several(column, values, ranked)
        top = values[0] if values else None
        if chosen is not None and chosen.is_answer:
            return self._with_model(ranked, top, chosen.ranked, learned)
        if top is None:
            return self._none(ranked)
        rivals = _rivals(top, ranked)
        if rivals:
            return self._found(top, rivals, "rule", "check", "disagree")
        sure = _is_certain(top.candidate) or is_sure([top], ranked, learned)
        confidence: Confidence = "high" if sure else "check"
        return self._found(top, (), "examples" if learned else "rule", confidence)

    def _with_model(
        self,
        ranked: Sequence[Ranked],
        top: Ranked | None,
        choice: Ranked | None,
        learned: LearnedColumn | None,
    ) -> Cell:
        """Returns the cell that the ranked candidates and the model's choice make together."""
        by: FilledBy = "examples" if learned else "rule"
        if choice is None:
            if top is not None and _stands_alone(top):
                return self._found(top, (), by, "check")
            return self._none()
        if top is not None and top.candidate.key == choice.candidate.key:
            rivals = _rivals(top, ranked)
            if rivals:
                return self._found(top, rivals, by, "check", "disagree")
            agrees = top.chance >= (_SURE_CHANCE if learned else _LIKELY_RULE)
            sure = agrees and not top.candidate.value.is_ambiguous
            return self._found(choice, (), by if agrees else "model", "high" if sure else "check")
        if top is not None and _stands_alone(top):
            return self._found(top, (choice,), by, "check")
        return self._found(choice, (top,) if top is not None else (), "model", "check")

    def _several(self, column: Column, values: Sequence[Ranked], ranked: Sequence[Ranked]) -> Cell:
        if not values:
            return self._none(ranked)
        by: FilledBy = "examples" if column.name in self._learned else "rule"
        quotes = tuple(
            dict.fromkeys(quote_around(self._document, each.candidate) for each in values)
        )
        value = SEVERAL.join(each.candidate.value.value for each in values)
        sure = is_sure(values, ranked, self._learned.get(column.name))
        return Cell(value, "found", "high" if sure else "check", by, quotes)

    def _found(
        self,
        top: Ranked,
        others: Sequence[Ranked],
        by: FilledBy,
        confidence: Confidence,
        state: CellState = "found",
    ) -> Cell:
        alternatives = self._alternatives(others)
        candidate = top.candidate
        quotes = (quote_around(self._document, candidate),)
        value, model = candidate.value.value, self._tools.model if by == "model" else None
        asked = model.id if model is not None else ""
        return Cell(value, state, confidence, by, quotes, alternatives, model=asked)

    def _none(self, ranked: Sequence[Ranked] = ()) -> Cell:
        """Returns the cell without a value: absent, or perhaps where nothing could be read.

        Values that are likelier than not, but not likely enough to be claimed, are shown beside.
        """
        cell = unread_pages(self._document)
        if cell is not None:
            return cell
        if not self._index.split.is_whole:
            return unreadable("The document is too long to be searched to its end.")
        likely = [each for each in ranked if each.chance >= _DOUBTFUL][:_MOST_ALTERNATIVES]
        return Cell("", "absent", alternatives=self._alternatives(likely))

    def _alternatives(self, others: Sequence[Ranked]) -> tuple[Alternative, ...]:
        return tuple(
            Alternative(each.candidate.value.value, (quote_around(self._document, each.candidate),))
            for each in others[:_MOST_ALTERNATIVES]
        )


def _is_certain(candidate: Candidate) -> bool:
    """Tells whether a checksum and a label agree, which needs no further look."""
    return (
        candidate.value.form == "iban"
        and candidate.value.is_sure
        and (candidate.signs["label"] >= _SURE_LABEL or candidate.signs["form"] > 0)
    )


def _stands_alone(top: Ranked) -> bool:
    """Tells whether a candidate is kept though the model says otherwise."""
    return top.chance >= _SURE_CHANCE or top.candidate.signs["label"] >= _SURE_LABEL


def _rivals(top: Ranked, ranked: Sequence[Ranked]) -> list[Ranked]:
    """Returns other values behind the same label: the document gives several.

    Of amounts that add up there are none: the others are of lines, or of one of several rates.
    """
    if top.candidate.signs["label"] < _SURE_LABEL or top.candidate.signs["adds up"]:
        return []
    return [
        each
        for each in ranked
        if each is not top
        and each.candidate.signs["label"] >= _SURE_LABEL
        and top.chance - each.chance < _FAR
        and not _share_words(top.candidate, each.candidate)
    ]


def _share_words(first: Candidate, second: Candidate) -> bool:
    """Tells whether two values are parts of one, or stand behind one label."""
    one, other = first.value, second.value
    return (one.start < other.end and other.start < one.end) or any(
        each.start <= one.start < each.end and each.start <= other.start < each.end
        for each in first.passage.labelled
    )
