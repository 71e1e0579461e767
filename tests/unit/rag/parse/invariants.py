"""What holds for every parsed document, whatever its format."""

from __future__ import annotations

import re
from pathlib import Path

from rag.formats import DocumentKind
from rag.parse import parse_file
from rag.parse.document import Block, BlockKind, ParsedDocument
from rag.parse.failures import FailureReason, ParseFailure

PAGED = (
    DocumentKind.PDF,
    DocumentKind.PPTX,
    DocumentKind.PPT,
    DocumentKind.ODP,
    DocumentKind.IMAGE,
)
GRIDS = (DocumentKind.XLSX, DocumentKind.XLS, DocumentKind.ODS, DocumentKind.CSV)
_CELLS = re.compile(r"[A-Z]+[1-9]\d*:[A-Z]+[1-9]\d*")


def check(document: ParsedDocument) -> ParsedDocument:
    """Asserts the invariants; returns the document."""
    assert document.title.strip()
    document.text.encode()
    end = -2
    headings: set[str] = set()
    tables: set[str] = set()
    for block in document.blocks:
        place = block.locator
        assert place.start == end + 2, "blocks are in order, one blank line apart"
        end = place.end
        text = document.text[place.start : place.end]
        assert text.strip()
        assert "\r" not in text
        assert set(place.headings) <= headings, "a heading stands before what it heads"
        if block.kind is BlockKind.HEADING:
            assert 1 <= block.level <= 6
            assert "\n" not in text
            headings.add(text)
        else:
            assert block.level == 0
        if document.kind in PAGED:
            assert place.page is not None
            assert 1 <= place.page <= (document.page_count or 0)
        else:
            assert place.page is None
        if document.kind in GRIDS:
            assert _CELLS.fullmatch(place.cells or "") or _is_remark(block)
            assert (place.sheet is None) == (document.kind is DocumentKind.CSV)
        if block.header:
            assert block.kind is BlockKind.TABLE
            begins = text.startswith(block.header) or block.header_rows > 1
            assert begins or block.header in tables, "a table may go on on the next page"
            tables.add(block.header)
        lines = text.count("\n") + 1
        assert all(0 <= row < lines for row, _, _ in block.exact)
    assert end == len(document.text)
    assert (document.page_count is not None) == (document.kind in PAGED)
    return document


def _is_remark(block: Block) -> bool:
    """Comments and links of a sheet stand below its tables, in no cells of their own."""
    return block.kind is BlockKind.PARAGRAPH and block.locator.sheet is not None


def parsed(path: Path) -> ParsedDocument:
    """The document in a file that can be read, checked."""
    result = parse_file(path)
    assert isinstance(result, ParsedDocument), result
    return check(result)


def blocks(document: ParsedDocument) -> list[tuple[BlockKind, str]]:
    """Kind and text of each block."""
    return [
        (block.kind, document.text[block.locator.start : block.locator.end])
        for block in document.blocks
    ]


def refused(path: Path) -> FailureReason:
    """The reason for which a file gives no text."""
    result = parse_file(path)
    assert isinstance(result, ParseFailure), result
    assert result.detail.endswith(".")
    return result.reason
