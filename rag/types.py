"""The values that cross the rooms of `rag`: places, hits and citations.

All are frozen dataclasses and can cross a process boundary as they are. Offsets are always
characters (Unicode code points) into `ParsedDocument.text`, end exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.formats import DocumentKind


@dataclass(frozen=True, slots=True)
class Locator:
    """The place of a text span in its file.

    Attributes:
        start: offset of its first character in the document's text.
        end: offset after its last character.
        page: 1-based page (PDF, image) or slide (PPTX, ODP); None for formats without pages.
        sheet: the worksheet's name (XLSX, XLS, ODS).
        cells: the cell range in spreadsheet notation, e.g. ``A2:D41`` (spreadsheets, CSV).
        headings: the headings above it, outermost first.
    """

    start: int
    end: int
    page: int | None = None
    sheet: str | None = None
    cells: str | None = None
    headings: tuple[str, ...] = ()


# Lines of a passage's context: the title, the heading path, the header of a table and, if its rows
# are in groups, that of the first row.
_HEADER_LINE, _GROUP_LINE = 2, 3
_BAR = "|"  # between the cells of a row


def has_one_cell(row: str) -> bool:
    """Tells whether the first cell of a table's row has words and no other does."""
    first, *others = row.split(_BAR)
    return bool(first.strip()) and not any(map(str.strip, others))


def under_header(header: str, text: str) -> str:
    """Returns rows of a table with its header, unless they hold it or there is none."""
    return text if not header or header in text else f"{header}\n{text}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk found for a query. `rank` is 1-based; `score` is higher for better, 0 to 1."""

    rank: int
    chunk_id: str
    path: str
    title: str
    kind: DocumentKind
    locator: Locator
    text: str
    context: str
    score: float

    @property
    def table_header(self) -> str:
        """The header of the table whose rows the text holds; "" if it holds none."""
        return "".join(self.context.split("\n")[_HEADER_LINE:_GROUP_LINE])

    @property
    def row_group(self) -> str:
        """The group of the first row in the text; "" unless the table has rows that name groups."""
        return "".join(self.context.split("\n")[_GROUP_LINE:])

    @property
    def text_with_header(self) -> str:
        """The text; rows from further down a table come with its header and their group."""
        return under_header(self.table_header, self.with_group(0, len(self.text)))

    def with_group(self, start: int, end: int) -> str:
        """Returns ``text[start:end]``, stripped, below the group of its first row if it has one."""
        text, group = self.text[start:end].strip(), self.group_at(start)
        return f"{group}\n{text}" if group else text

    def group_at(self, start: int) -> str:
        """Returns the group of the row at an offset in `text`; "" for none.

        A row that names a group is in none. Groups begin anew below a header and an empty line.
        """
        group = self.row_group
        if not group:
            return ""
        header = self.table_header or "\n"
        start += len(self.text[start:]) - len(self.text[start:].lstrip())
        *above, row = self.text[: start + len(self.text[start:].split("\n", 1)[0])].split("\n")
        if has_one_cell(row) or row.startswith(header):
            return ""
        labels = [group]
        goes_on = False  # a group may be named by two rows, and the next one by the second alone
        for line in above:
            if not line.strip() or line.startswith(header):
                labels = []
            elif has_one_cell(line):
                labels = [*labels, line.strip(" |")] if goes_on else [line.strip(" |")]
            goes_on = has_one_cell(line)
        return " > ".join(labels)

    def context_at(self, start: int) -> str:
        """Returns the context of the row at an offset in `text`: that with the row's own group."""
        if not self.row_group:
            return self.context
        above = self.context.split("\n")[:_GROUP_LINE]
        return "\n".join((*above, self.group_at(start)))


@dataclass(frozen=True, slots=True)
class Citation:
    """A claim's source: the document, the place, and the exact words.

    Attributes:
        n: the marker ``[n]`` in the answer's text, 1-based.
        locator: of the quote itself (`start` and `end` are the quote's offsets in the document).
        quote: exactly ``document.text[locator.start:locator.end]``.
    """

    n: int
    path: str
    title: str
    kind: DocumentKind
    locator: Locator
    quote: str
    chunk_id: str


@dataclass(frozen=True, slots=True)
class WholeDocument:
    """All passages of a document, in reading order. Their `score` is 0."""

    content_hash: str
    hits: tuple[Hit, ...]
