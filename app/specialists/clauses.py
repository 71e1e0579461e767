"""Finding clauses: for each kind, whether a document has it, where, and in which words."""

from __future__ import annotations

from collections.abc import Sequence

from app.specialists.cells import quote_of
from app.specialists.definition import Specialist
from app.specialists.ports import ReadDocument
from app.specialists.records import Cell
from app.specialists.sorting import Item, SortedItem
from rag.parse.document import BlockKind

_FEWEST_CHARACTERS = 25
"""A shorter paragraph is a heading, a number or a signature."""
_MOST_PASSAGES = 2_000
_MOST_QUOTES = 3


def passages(read: ReadDocument) -> list[tuple[int, int]]:
    """Returns the spans of a document that may be clauses: its paragraphs and list items."""
    text = read.document.text
    spans = [
        (block.locator.start, block.locator.end)
        for block in read.document.blocks
        if block.kind is not BlockKind.HEADING
    ]
    long_enough = [span for span in spans if len(text[slice(*span)].strip()) >= _FEWEST_CHARACTERS]
    return long_enough[:_MOST_PASSAGES]


def items_of(read: ReadDocument, spans: Sequence[tuple[int, int]]) -> list[Item]:
    """Returns the passages as texts to sort."""
    return [Item(read.document.text[start:end]) for start, end in spans]


def cells_of(
    specialist: Specialist,
    read: ReadDocument,
    spans: Sequence[tuple[int, int]],
    items: Sequence[SortedItem],
) -> dict[str, Cell]:
    """Returns a cell for each kind of clause: the passages that are surely of it, best first."""
    cells = dict[str, Cell]()
    for label in specialist.labels:
        hits = sorted(
            (
                (item.prediction.confidence, span)
                for span, item in zip(spans, items, strict=True)
                if item.prediction.label == label.name and not item.prediction.unsure
            ),
            reverse=True,
        )[:_MOST_QUOTES]
        quotes = tuple(quote_of(read.document, *span) for _, span in hits)
        if quotes:
            value = quotes[0].text
            cells[label.name] = Cell(value, "found", "check", "examples", quotes, path=read.path)
        else:
            cells[label.name] = Cell("", "absent", "check", "examples", path=read.path)
    return cells
