"""Reads workbooks in XML of 2003 (XML Spreadsheet), which many programs export as ".xls"."""

from __future__ import annotations

import datetime

from lxml import etree

from rag.parse.builder import DocumentBuilder
from rag.parse.office.number_format import shown
from rag.parse.office.sheet_text import plain
from rag.parse.safe_xml import local
from rag.parse.table import add_sheet
from rag.parse.table_header import Merge

_SPACE = "urn:schemas-microsoft-com:office:spreadsheet"
_SS = f"{{{_SPACE}}}"
_MOST_COLUMNS, _MOST_ROWS, _MOST_CELLS = 16_384, 1_048_576, 8_000_000
# Names that stand for codes, as in Excel 2003's reference of the format.
_NAMED_FORMATS = {
    "General": "",
    "General Number": "",
    "Fixed": "0.00",
    "Standard": "#,##0.00",
    "Percent": "0.00%",
    "Scientific": "0.00E+00",
}


def add_workbook(builder: DocumentBuilder, root: etree._Element) -> None:
    """Adds the sheets of a workbook."""
    formats = {
        style.get(f"{_SS}ID"): str(item.get(f"{_SS}Format", ""))
        for style in root.iter(f"{_SS}Style")
        for item in style.iter(f"{_SS}NumberFormat")
    }
    codes = {name: _NAMED_FORMATS.get(code, code) for name, code in formats.items()}
    for sheet in root.iter(f"{_SS}Worksheet"):
        name = str(sheet.get(f"{_SS}Name", ""))
        grid = _Grid(codes)
        for table in sheet.iterchildren(f"{_SS}Table"):
            grid.read(table)
        visible = next((item.text for item in sheet.iter() if local(item) == "Visible"), "")
        if visible and "Hidden" in visible:
            builder.notes.append(f"The sheet “{name}” is hidden in the workbook.")
        if grid.cut:
            builder.notes.append(f"Cells of the sheet “{name}” that lie far apart were left out.")
        builder.leave_sections()
        add_sheet(builder, grid.rows, name, merges=grid.merges, exact=grid.exact)


class _Grid:
    """The cells of a sheet as text."""

    def __init__(self, codes: dict[str | None, str]) -> None:
        self._codes = codes
        self._cells = 0
        self.rows: list[list[str]] = []
        self.merges: list[Merge] = []
        self.exact: dict[tuple[int, int], float | str | None] = {}
        self.cut = False

    def read(self, table: etree._Element) -> None:
        for row in table.iterchildren(f"{_SS}Row"):
            at = _number(row.get(f"{_SS}Index"), len(self.rows) + 1) - 1
            self._cells += max(at - len(self.rows), 0)
            if at >= _MOST_ROWS or self._cells > _MOST_CELLS:
                self.cut = True
                return
            self.rows += [[] for _ in range(at - len(self.rows))]
            self.rows.append([])
            for cell in row.iterchildren(f"{_SS}Cell"):
                self._cell(cell, row)

    def _cell(self, cell: etree._Element, row: etree._Element) -> None:
        line = self.rows[-1]
        column = _number(cell.get(f"{_SS}Index"), len(line) + 1) - 1
        across = _number(cell.get(f"{_SS}MergeAcross"), 0)
        down = _number(cell.get(f"{_SS}MergeDown"), 0)
        self._cells += max(column - len(line), 0) + across + 1
        if column + across >= _MOST_COLUMNS or self._cells > _MOST_CELLS:
            self.cut = True
            return
        line += [""] * (column - len(line))
        at = len(self.rows) - 1
        style = cell.get(f"{_SS}StyleID") or row.get(f"{_SS}StyleID")
        line.append(self._text(cell, at, column, self._codes.get(style, "")))
        line += [""] * across
        if across or down:
            self.merges.append(Merge(at, column, at + down, column + across))

    def _text(self, cell: etree._Element, at: int, column: int, code: str) -> str:
        data = next(cell.iterchildren(f"{_SS}Data"), None)
        if data is None:
            formula = cell.get(f"{_SS}Formula")
            return f"{formula} (formula without a stored result)" if formula else ""
        words = " ".join("".join(str(text) for text in data.itertext()).split())
        kind = data.get(f"{_SS}Type")
        try:
            if kind == "Boolean":
                return plain(words == "1")
            if kind == "DateTime":
                return plain(datetime.datetime.fromisoformat(words))
            if kind != "Number":
                return words
            value = float(words)
        except ValueError:
            return words
        text = shown(value, code) if code else None
        if text is None:
            return plain(value)
        if not text.exact:
            self.exact[at, column] = value
        return text.text


def _number(figure: str | None, otherwise: int) -> int:
    if figure is None or not figure.isascii() or not figure.isdecimal() or len(figure) > 9:
        return otherwise
    return int(figure)
