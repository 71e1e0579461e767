"""Reads from a binary workbook (XLSB) what the library for workbooks leaves out.

Number formats, error values, hidden rows and columns, comments, links and page headers are records,
[MS-XLSB] section 2.4; drawings and charts are XML, as in XLSX.
"""

from __future__ import annotations

import struct
import zipfile
from array import array
from collections.abc import Iterator

from rag.parse.office.number_format import BUILT_IN
from rag.parse.office.sheet_extras import limited, margin_text
from rag.parse.office.sheet_xml import Grid, SheetXml, WorkbookXml
from rag.parse.office.xls_records import ERRORS
from rag.parse.parse_problem import ParseProblem
from rag.parse.safe_xml import member
from rag.parse.table import column_name

_WORKBOOK = "xl/workbook.bin"
_ROW, _FIRST_CELL, _LAST_CELL, _CELL_ERROR, _FORMULA_ERROR = 0, 1, 11, 3, 11
_XF, _FORMAT, _BEGIN_STYLES, _END_STYLES = 47, 44, 617, 618
_COLUMNS, _SHEET, _LINK, _MARGINS = 60, 156, 494, 479
_AUTHOR, _COMMENT, _COMMENT_TEXT = 632, 635, 637
_ROW_FLAGS, _ZERO_HEIGHT = 11, 0x10  # a byte of a row's record, and its bit for hidden rows
_HIDDEN_COLUMNS = 0x01
_CELL_HEAD = struct.Struct("<II")  # column, and style in the lower 24 bits
_RANGE = struct.Struct("<4I")  # first and last row, first and last column
_NO_STRING = 0xFFFFFFFF
_LEAST_ERROR = 9  # bytes of a cell with an error
_LARGEST = 200 << 20  # bytes of a sheet
_MOST_NOTED = 5_000
_MOST = 65_536


class WorkbookBinary(WorkbookXml):
    """The parts of a binary workbook.

    Args:
        archive: the workbook, open.
    """

    def sheet(self, name: str, grid: Grid) -> SheetXml:
        """Returns what the records of a sheet tell; nothing for a sheet without any."""
        part = self.parts.get(name, "")
        sheet = SheetXml()
        relations = self._relations(part)
        if any(self.formats):
            sheet.styles = array("H", bytes(2 * grid.height * grid.width))
        row = 0
        margins: list[str] = []
        for kind, body in _records(self._part(part)):
            if kind == _ROW and len(body) > _ROW_FLAGS:
                row = int.from_bytes(body[:4], "little")
                if body[_ROW_FLAGS] & _ZERO_HEIGHT and len(sheet.hidden_rows) < _MOST:
                    sheet.hidden_rows.append(row + 1)
            elif _FIRST_CELL <= kind <= _LAST_CELL and len(body) >= _CELL_HEAD.size:
                self._cell(sheet, grid, row, kind, body)
            elif kind == _COLUMNS and len(body) > 16 and body[16] & _HIDDEN_COLUMNS:
                first, last = _CELL_HEAD.unpack_from(body)
                sheet.hidden_columns.append((first + 1, last + 1))
            elif kind == _LINK and len(body) >= _RANGE.size:
                _link(sheet, body, relations)
            elif kind == _MARGINS:
                margins += _margins(body)
        self._comments(sheet, relations)
        sheet.extras, is_cut = limited(iter([*margins, *self._extras(b"", relations)]))
        sheet.cut |= is_cut
        return sheet

    def _cell(self, sheet: SheetXml, grid: Grid, row: int, kind: int, body: bytes) -> None:
        column, style = _CELL_HEAD.unpack_from(body)
        style &= 0xFFFFFF
        down, right = row - grid.row, column - grid.column
        inside = 0 <= down < grid.height and 0 <= right < grid.width
        if inside and style < len(self.formats) and self.formats[style]:
            sheet.styles[down * grid.width + right] = style + 1
        is_error = kind in (_CELL_ERROR, _FORMULA_ERROR) and len(body) >= _LEAST_ERROR
        if is_error and len(sheet.errors) < _MOST_NOTED:
            sheet.errors[row + 1, column + 1] = ERRORS.get(body[8], "#N/A")

    def _sheet_parts(self) -> dict[str, str]:
        targets = self._relations(_WORKBOOK)
        parts: dict[str, str] = {}
        for kind, body in _records(self._part(_WORKBOOK)):
            if kind == _SHEET and len(parts) < _MOST:
                relation, at = _string(body, 8)
                parts[_string(body, at)[0]] = targets.get(relation, ("", ""))[1]
        return parts

    def _formats(self) -> list[str]:
        codes = dict(BUILT_IN)
        formats: list[str] = []
        is_style = False
        for kind, body in _records(self._part("xl/styles.bin")):
            if kind == _FORMAT and len(codes) < _MOST:
                codes[int.from_bytes(body[:2], "little")] = _string(body, 2)[0]
            elif kind in (_BEGIN_STYLES, _END_STYLES):
                is_style = kind == _BEGIN_STYLES
            elif kind == _XF and is_style and len(formats) < _MOST:
                formats.append(codes.get(int.from_bytes(body[2:4], "little"), ""))
        return ["" if code.casefold() in ("general", "@") else code for code in formats]

    def _comments(self, sheet: SheetXml, relations: dict[str, tuple[str, str]]) -> None:
        super()._comments(sheet, relations)  # those in threads are XML
        seen = {cell for cell, _, _ in sheet.comments}
        authors: list[str] = []
        cell = author = ""
        for part in (part for kind, part in relations.values() if kind.endswith("/comments")):
            authors.clear()
            for kind, body in _records(self._part(part)):
                if kind == _AUTHOR:
                    authors.append(_string(body, 0)[0])
                elif kind == _COMMENT and len(body) >= 4 + _RANGE.size:
                    at = int.from_bytes(body[:4], "little")
                    author = authors[at] if at < len(authors) else ""
                    row, _, column, _ = _RANGE.unpack_from(body, 4)
                    cell = f"{column_name(column + 1)}{row + 1}"
                elif kind == _COMMENT_TEXT and cell and cell not in seen:
                    text = " ".join(_string(body, 1)[0].split())
                    if len(sheet.comments) >= _MOST_NOTED:
                        sheet.cut = True
                    elif text:
                        words = text.removeprefix(f"{author}:").strip()
                        sheet.comments.append((cell, author, words))

    def _part(self, name: str) -> bytes:
        """Returns the bytes of a part; b"" for one that is missing, damaged or very large."""
        if name not in self._names:
            return b""
        try:
            return member(self._archive, name, _LARGEST)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, ParseProblem):
            return b""


def _link(sheet: SheetXml, body: bytes, relations: dict[str, tuple[str, str]]) -> None:
    row, _, column, _ = _RANGE.unpack_from(body)
    relation, at = _string(body, _RANGE.size)
    place, _ = _string(body, at)
    target = relations.get(relation, ("", ""))[1] or place
    if len(sheet.links) >= _MOST_NOTED:
        sheet.cut = True
    elif target:
        sheet.links.append((f"{column_name(column + 1)}{row + 1}", target))


def _margins(body: bytes) -> Iterator[str]:
    """Yields the page headers and footers: of all pages, of even ones, and of the first."""
    at = 2
    seen: set[str] = set()
    for name in ("header", "footer") * 3:
        codes, at = _string(body, at)
        words = margin_text(codes)
        if words and words not in seen:
            seen.add(words)
            yield f"Page {name}: {words}"


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yields kind and body of the records of a part, up to the first damaged one."""
    at, end = 0, len(data)
    try:
        while at < end:
            kind = data[at]
            at += 1
            if kind & 0x80:
                kind = kind & 0x7F | (data[at] & 0x7F) << 7
                at += 1
            length = shift = 0
            for _ in range(4):
                piece = data[at]
                at += 1
                length |= (piece & 0x7F) << shift
                shift += 7
                if not piece & 0x80:
                    break
            yield kind, data[at : at + length]
            at += length
    except IndexError:
        return


def _string(body: bytes, at: int) -> tuple[str, int]:
    """Returns a string and the offset behind it; "" for one that is missing."""
    count = int.from_bytes(body[at : at + 4], "little")
    at += 4
    if count == _NO_STRING:
        return "", at
    end = at + 2 * count
    return body[at:end].decode("utf-16-le", "replace"), end
