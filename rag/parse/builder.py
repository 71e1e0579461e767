"""Joins blocks into a document, keeping offsets exact."""

from __future__ import annotations

import re
from dataclasses import replace

from rag.formats import DocumentKind
from rag.parse.document import Block, BlockKind, ExactCell, ParsedDocument, Part
from rag.parse.failures import FailureReason
from rag.parse.parse_problem import ParseProblem, no_text
from rag.parse.source import Source
from rag.parse.text_table import title_rows
from rag.types import Locator

TEXT_CHARACTERS = 60_000_000
"""Longest text of a document; a plain text file is refused before it is read."""
_SEPARATOR = "\n\n"
# Control characters (but tab and line feed) and lone surrogates cannot be stored or shown.
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_NEWLINES = re.compile(r"\r\n?|\u2028|\u2029|\x0b|\x0c|\x85")


def clean(text: str) -> str:
    """Returns text with line feeds at line ends, and without characters that cannot be stored."""
    if text.isprintable():
        return text  # a single line, as most are: there is nothing to clean
    return _UNSTORABLE.sub("", _NEWLINES.sub("\n", text))


class DocumentBuilder:
    """Joins the text of blocks and records where each stands.

    Headings open sections: the headings above a block become its heading path.

    Attributes:
        notes: plain sentences about what was left out.
        hidden: places whose text was left out because a person who opens the file does not see it.
        scanned: pages without text that are not yet recognised.
        parts: documents inside this one.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._blocks: list[Block] = []
        self._length = 0
        self._headings: list[tuple[int, str]] = []
        self.notes: list[str] = []
        self.hidden = 0
        self.scanned: list[int] = []
        self.parts: list[Part] = []

    @property
    def empty(self) -> bool:
        """True if no text was added yet."""
        return not self._blocks

    @property
    def text(self) -> str:
        """The text so far."""
        return _SEPARATOR.join(self._parts)

    def heading(
        self,
        text: str,
        level: int,
        *,
        page: int | None = None,
        sheet: str | None = None,
        cells: str | None = None,
    ) -> None:
        """Adds a heading (level 1-6) and opens its section."""
        title = " ".join(clean(text).split())
        if not title:
            return
        self.leave_sections(level)
        self._add(title, BlockKind.HEADING, level, Locator(0, 0, page, sheet, cells))
        self._headings.append((level, title))

    def leave_sections(self, level: int = 1) -> None:
        """Closes the sections of this level and below."""
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()

    def add(
        self,
        text: str,
        kind: BlockKind = BlockKind.PARAGRAPH,
        *,
        page: int | None = None,
        sheet: str | None = None,
        cells: str | None = None,
        header: str = "",
        header_rows: int = 1,
        exact: tuple[ExactCell, ...] = (),
    ) -> None:
        """Adds a block; one without text is left out."""
        text = clean(text).strip("\n").rstrip()
        if text.strip():
            table = (clean(header), header_rows, exact)
            self._add(text, kind, 0, Locator(0, 0, page, sheet, cells), table)

    def finish(
        self, kind: DocumentKind, title: str, source: Source, page_count: int | None = None
    ) -> ParsedDocument:
        """Returns the document. If `title` is empty, it is the file's name.

        Raises:
            ParseProblem: no text was added.
        """
        if not self._blocks:
            raise no_text()
        return ParsedDocument(
            kind=kind,
            title=" ".join(clean(title).split()) or source.stem or source.name,
            text=_SEPARATOR.join(self._parts),
            blocks=tuple(self._blocks),
            page_count=page_count,
            notes=(*self.notes, *hidden_note(self.hidden)),
            scanned=tuple(self.scanned),
            parts=tuple(self.parts),
        )

    def _add(
        self,
        text: str,
        kind: BlockKind,
        level: int,
        locator: Locator,
        table: tuple[str, int, tuple[ExactCell, ...]] = ("", 1, ()),
    ) -> None:
        start = self._length + (len(_SEPARATOR) if self._parts else 0)
        end = start + len(text)
        if end > TEXT_CHARACTERS:
            raise ParseProblem(
                FailureReason.TOO_LARGE,
                f"The file holds more than {TEXT_CHARACTERS // 1_000_000} million characters of "
                "text. Split it into smaller files.",
            )
        path = tuple(title for _, title in self._headings)
        placed = replace(locator, start=start, end=end, headings=path)
        self._blocks.append(Block(kind, placed, level, *table))
        self._parts.append(text)
        self._length = end


def hidden_note(places: int) -> tuple[str, ...]:
    """Returns the note on hidden text that was left out; none if there was none."""
    if not places:
        return ()
    return (f"Hidden text was left out: {places:,} {'place' if places == 1 else 'places'}.",)


def row_text(cells: list[str]) -> str:
    """Returns a table row on one line: cells between bars, without empty ones at the end."""
    flat = [" ".join(clean(cell).split()) for cell in cells]
    while flat and not flat[-1]:
        flat.pop()
    return " | ".join(flat)


def add_table(builder: DocumentBuilder, rows: list[list[str]], *, page: int | None = None) -> None:
    """Adds a table of a text document; its first row is its header, below its title."""
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    titles = title_rows(rows)
    builder.add("\n".join(map(row_text, rows[:titles])), page=page)
    lines = [line for row in rows[titles:] if (line := row_text(row))]
    header = lines[0] if len(lines) > 1 else ""
    builder.add("\n".join(lines), BlockKind.TABLE, page=page, header=header)
