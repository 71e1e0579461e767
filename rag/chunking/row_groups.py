"""Finds rows of a table that name the group of the rows below them, such as a country."""

from __future__ import annotations

from bisect import bisect_right

from rag.parse.document import Block, BlockKind

_SEPARATOR = " | "  # between the cells of a row
_BAR = "|"  # at the end of a row, too
_FEWEST = 2


class RowGroups:
    """The groups of a table's rows, by the place where each begins.

    A row with one cell may also lack its values. It names a group only where the whole table shows
    it: the first row below the header is such a row, there are several, and most rows are not.

    Args:
        text: of the document.
        block: a table in it, or another block, which has no groups.
    """

    def __init__(self, text: str, block: Block) -> None:
        self._begins: list[int] = []
        self._labels: list[str] = []
        if block.kind is BlockKind.TABLE and _SEPARATOR in block.header:
            self._find(text, block)

    def __bool__(self) -> bool:
        """Tells whether the table has groups."""
        return bool(self._begins)

    def above(self, start: int) -> str:
        """Returns the label of the group in which rows begin, "" at the label itself.

        Args:
            start: offset of the rows in the document's text.
        """
        at = bisect_right(self._begins, start) - 1
        return self._labels[at] if at >= 0 and self._begins[at] < start else ""

    def _find(self, text: str, block: Block) -> None:
        lines = text[block.locator.start : block.locator.end].split("\n")
        cells = [line.split(_BAR) for line in lines]
        alone = [bool(row[0].strip()) and not any(map(str.strip, row[1:])) for row in cells]
        first = block.header_rows
        labels = sum(alone[first:])
        if first >= len(lines) or not alone[first] or alone[-1]:
            return
        if labels < _FEWEST or labels * 2 > len(lines) - first:
            return
        at = block.locator.start
        label: list[str] = []
        for number, line in enumerate(lines):
            if number >= first and alone[number]:
                name = cells[number][0].strip()
                label = [*label, name] if number > first and alone[number - 1] else [name]
                self._begins.append(at)
                self._labels.append(" > ".join(label))
            at += len(line) + 1
