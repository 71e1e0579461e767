"""Adds the parts of a text in a markup language, in the order of its lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.parse.builder import DocumentBuilder
from rag.parse.document import BlockKind
from rag.parse.spanned_table import SpannedRow, add_spanned_table

_DEEPEST_HEADING = 6


class MarkupText:
    """Collects lines into paragraphs, between headings, listings and tables.

    Attributes:
        title: the first heading, or "".
    """

    def __init__(self, builder: DocumentBuilder) -> None:
        self.title = ""
        self.builder = builder
        self._lines: list[str] = []

    def line(self, line: str) -> None:
        """Takes the next line of a paragraph; an empty one ends it."""
        if line.strip():
            self._lines.append(line)
        else:
            self.flush()

    def lines(self, lines: Iterable[str]) -> None:
        """Takes the next lines."""
        for line in lines:
            self.line(line)

    def heading(self, text: str, level: int) -> None:
        """Adds a heading; its section has the headings below it."""
        self.flush()
        self.title = self.title or text.strip()
        self.builder.heading(text, min(max(level, 1), _DEEPEST_HEADING))

    def listing(self, lines: Sequence[str]) -> None:
        """Adds lines that stand as they are."""
        self.flush()
        self.builder.add("\n".join(lines), BlockKind.CODE)

    def table(self, rows: Iterable[SpannedRow], caption: str = "") -> None:
        """Adds a table with its caption above it."""
        self.flush()
        self.builder.add(caption.strip())
        add_spanned_table(self.builder, rows)

    def flush(self) -> None:
        """Ends a paragraph."""
        lines, self._lines = self._lines, []
        self.builder.add("\n".join(lines))
