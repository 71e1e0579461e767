"""A document as sentences and labelled values, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.specialists.extract.lines import labelled_words
from rag.parse.document import Block, BlockKind, ParsedDocument
from rag.text.sentences import CELLS, sentences

MOST_PASSAGES = 60_000
"""Sentences and lines of one document that are looked at: about 3,000 pages."""
_LONGEST = 1_200  # characters; a longer sentence is cut between words
_BELOW = 200
"""Characters of the next block in which the value of a block's last label may stand."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A value's words with the label that they stand beside or under.

    Attributes:
        label: of a line ("Invoice number"), or the names of a table's row and column.
        start: offset of the value's words in the document.
        end: offset after them.
        row: number of the table's row in the document, counted from 0; -1 outside tables.
    """

    label: str
    start: int
    end: int
    row: int = -1


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence, a line or a table's row: ``text[start:end]`` of the document.

    Attributes:
        headings: the headings above it, outermost first.
        labelled: the labelled values in it.
    """

    start: int
    end: int
    page: int | None
    headings: tuple[str, ...] = ()
    labelled: tuple[Labelled, ...] = ()


@dataclass(frozen=True, slots=True)
class Split:
    """A document in passages.

    Attributes:
        is_whole: False where the document is longer than what is looked at.
    """

    document: ParsedDocument
    passages: tuple[Passage, ...]
    is_whole: bool

    def text_of(self, passage: Passage) -> str:
        """Returns the words of a passage."""
        return self.document.text[passage.start : passage.end]


def split(document: ParsedDocument) -> Split:
    """Splits a document into passages, in reading order."""
    passages: list[Passage] = []
    below: list[Labelled] = []
    rows = 0
    for number, block in enumerate(document.blocks):
        if len(passages) >= MOST_PASSAGES:
            break
        if block.kind is BlockKind.TABLE:
            of_block = list(_rows(document.text, block, rows))
            rows += len(of_block)
            below = []
        else:
            own = [*below, *_labelled_lines(document, number)]
            of_block = list(_sentences(document.text, block, own))
            below = [each for each in own if each.start >= block.locator.end]
        passages += of_block
    is_whole = len(passages) < MOST_PASSAGES
    return Split(document, tuple(passages[:MOST_PASSAGES]), is_whole)


def _labelled_lines(document: ParsedDocument, number: int) -> Iterator[Labelled]:
    """Yields the labelled values of a block's lines; the last may stand in the next block."""
    start, end = document.blocks[number].locator.start, document.blocks[number].locator.end
    limit = end
    if number + 1 < len(document.blocks):
        behind = document.blocks[number + 1]
        if behind.kind is not BlockKind.TABLE:
            limit = max(end, min(behind.locator.end, end + _BELOW))
    for words in labelled_words(document.text, start, end, limit):
        yield Labelled(*words)


def _sentences(text: str, block: Block, labelled: Sequence[Labelled]) -> Iterator[Passage]:
    """Yields the sentences of a block, each with the labelled values that begin in it."""
    place = block.locator
    for first, last in _cut(text[place.start : place.end]):
        start, end = place.start + first, place.start + last
        own = tuple(each for each in labelled if start <= each.start < end)
        yield Passage(start, end, place.page, place.headings, own)


def _cut(body: str) -> Iterator[tuple[int, int]]:
    for start, end in sentences(body):
        first = start
        while end - first > _LONGEST:
            blank = body.rfind(" ", first, first + _LONGEST) + 1 or first + _LONGEST
            yield first, blank
            first = blank
        yield first, end


def _rows(text: str, block: Block, before: int) -> Iterator[Passage]:
    """Yields the rows of a table, each with its cells under the names of their columns."""
    place = block.locator
    header = _cells(block.header.replace("\n", " ")) if block.header else []
    named = not any(map(_is_figure, header[1:]))  # else its first row is a row like the others
    header = header if named else []
    start = place.start
    for number, line in enumerate(text[place.start : place.end].split("\n")):
        end = start + len(line)
        if line.strip():
            is_header = bool(header) and number < block.header_rows
            labelled = () if is_header else tuple(_labelled(line, start, header, before + number))
            yield Passage(start, end, place.page, place.headings, labelled)
        start = end + 1


def _labelled(line: str, start: int, header: Sequence[str], row: int) -> Iterator[Labelled]:
    cells = line.split(CELLS)
    at = start
    name = cells[0].strip()
    for number, cell in enumerate(cells):
        if cell.strip():
            above = header[number].strip() if number < len(header) else ""
            of_row = name if number else ""
            label = " ".join(filter(None, (of_row, above)))
            if label:
                yield Labelled(label, at, at + len(cell), row)
        at += len(cell) + len(CELLS)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split(CELLS.strip())]


def _is_figure(cell: str) -> bool:
    """Tells whether a cell holds an amount or the like: more digits than letters."""
    digits = sum(character.isdigit() for character in cell)
    return digits > sum(character.isalpha() for character in cell)
