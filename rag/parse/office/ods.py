"""Reads OpenDocument sheets: cells as they are shown, which the format stores beside the values."""

from __future__ import annotations

import datetime
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field

from lxml import etree

from rag.parse.office.date_format import is_ambiguous
from rag.parse.office.number_format import general
from rag.parse.office.odf_styles import OdfStyles
from rag.parse.office.ods_shapes import shape_lines
from rag.parse.office.sheet_extras import limited
from rag.parse.office.sheet_text import named_formula, plain
from rag.parse.office.sheet_xml import SheetXml, hyperlink
from rag.parse.safe_xml import local
from rag.parse.table_header import Merge
from rag.parse.text_marks import Mark, Marks, in_words, marked

_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_TABLE, _OFFICE = f"{{{_ODF}:table:1.0}}", f"{{{_ODF}:office:1.0}}"
_TEXT, _STYLE = f"{{{_ODF}:text:1.0}}", f"{{{_ODF}:style:1.0}}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_DC = "{http://purl.org/dc/elements/1.1/}"
MOST_CELLS = 8_000_000
_MOST_EXACT = 200_000
_MOST_NOTED = 5_000
_MOST_COLUMNS, _MOST_ROWS = 16_384, 1_048_576
_CALC_TYPE = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
_ERROR = re.compile(r"#[A-Z0-9/?]{2,7}[!?]?|Err:\d{3}")
_REFERENCE = re.compile(r"\[([^\[\]]{1,300})\]")  # OpenFormula 1.2, 5.8: [.B2:.B5], [$Plan.A1]
_FORMULA_STRING = re.compile(r'("(?:[^"]|"")*")')
_NUMBERS = ("float", "percentage", "currency")
_GROUPS = frozenset(("table-row-group", "table-header-rows", "table-rows"))
_COLUMN_GROUPS = frozenset(("table-column-group", "table-header-columns", "table-columns"))
_UNSEEN = ("collapse", "filter")


@dataclass(slots=True)
class OdsSheet:
    """A sheet; rows and columns are counted from its first cell, A1.

    Attributes:
        name: of the sheet.
        hidden: it is not shown.
        rows: the cells as text.
        merges: the merged cells.
        exact: true values of cells whose text does not tell them.
        details: comments, links and hidden rows.
        area: cells of its grid; more than `MOST_CELLS` were not read.
    """

    name: str
    hidden: bool
    rows: list[list[str]] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    exact: dict[tuple[int, int], float | str | None] = field(default_factory=dict)
    details: SheetXml = field(default_factory=SheetXml)
    area: int = 0


def ods_sheets(content: etree._Element) -> Iterator[OdsSheet]:
    """Yields the sheets of a workbook's content."""
    unseen = {
        style.get(f"{_STYLE}name")
        for style in content.iter(f"{_STYLE}style")
        for properties in style.iter(f"{_STYLE}table-properties")
        if properties.get(f"{_TABLE}display") == "false"
    }
    styles = OdfStyles([content])
    body = next(content.iter(f"{_OFFICE}spreadsheet"), None)
    for table in () if body is None else body.iterchildren(f"{_TABLE}table"):
        name = str(table.get(f"{_TABLE}name", ""))
        sheet = OdsSheet(name, table.get(f"{_TABLE}style-name") in unseen)
        _SheetReader(sheet, styles).read(table)
        sheet.details.extras, sheet.details.cut = limited(shape_lines(table))
        yield sheet


def lacks_results(content: etree._Element) -> bool:
    """Tells whether a workbook holds a formula without a stored result."""
    return any(
        cell.get(f"{_TABLE}formula") is not None
        and cell.get(f"{_OFFICE}value-type") is None
        and not len(cell)
        for cell in content.iter(f"{_TABLE}table-cell")
    )


class _SheetReader:
    """Reads the rows of a sheet; empty cells and rows count only if others follow."""

    def __init__(self, sheet: OdsSheet, styles: OdfStyles) -> None:
        self._sheet = sheet
        self._styles = styles
        self._empty_rows = 0
        self._width = 0

    def read(self, table: etree._Element) -> None:
        self._columns(table)
        for row in _parts(table, "table-row", _GROUPS):
            self._row(row)
            self._sheet.area = len(self._sheet.rows) * self._width
            if self._sheet.area > MOST_CELLS:
                self._sheet.rows.clear()
                return

    def _columns(self, table: etree._Element) -> None:
        at = 1
        for column in _parts(table, "table-column", _COLUMN_GROUPS):
            times = _count(column.get(f"{_TABLE}number-columns-repeated"), _MOST_COLUMNS)
            if column.get(f"{_TABLE}visibility") in _UNSEEN and at <= _MOST_COLUMNS:
                self._sheet.details.hidden_columns.append((at, at + times - 1))
            at += times

    def _row(self, row: etree._Element) -> None:
        sheet = self._sheet
        times = _count(row.get(f"{_TABLE}number-rows-repeated"), _MOST_ROWS)
        at = len(sheet.rows) + self._empty_rows
        cells = self._cells(row, at)
        if not cells:
            self._empty_rows += times
            return
        self._width = max(self._width, len(cells))
        if (at + times) * self._width > MOST_CELLS:
            sheet.rows = [[]] * (MOST_CELLS // max(self._width, 1) + 1)
            return
        sheet.rows += [[] for _ in range(self._empty_rows)]
        self._empty_rows = 0
        sheet.rows += [list(cells) for _ in range(times)]
        if times > 1:
            true = [(column, value) for (r, column), value in sheet.exact.items() if r == at]
            for copy in range(at + 1, at + times if true else at):
                sheet.exact.update(((copy, column), value) for column, value in true)
        if row.get(f"{_TABLE}visibility") in _UNSEEN:
            sheet.details.hidden_rows += range(at + 1, at + 1 + min(times, _MOST_NOTED))

    def _cells(self, row: etree._Element, at: int) -> list[str]:
        cells: list[str] = []
        empty = 0
        for cell in row.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            times = _count(cell.get(f"{_TABLE}number-columns-repeated"), _MOST_COLUMNS)
            column = len(cells) + empty
            text = self._cell(cell, at, column, times) if len(cell) or len(cell.attrib) else ""
            if not text:
                empty += times
            elif column + times <= _MOST_COLUMNS:
                cells += [""] * empty + [text] * times
                empty = 0
        return cells

    def _cell(self, cell: etree._Element, at: int, column: int, times: int) -> str:
        down = _count(cell.get(f"{_TABLE}number-rows-spanned"), _MOST_ROWS)
        wide = _count(cell.get(f"{_TABLE}number-columns-spanned"), _MOST_COLUMNS)
        if down > 1 or wide > 1:
            self._sheet.merges.append(Merge(at, column, at + down - 1, column + wide - 1))
        # The look of whole cells says nothing, but that they are struck out.
        own = self._styles.marks_of_style(str(cell.get(f"{_TABLE}style-name", "")))
        own &= {Mark.STRUCK}
        lines = [_words(p, self._styles, own) for p in cell.iterchildren(f"{_TEXT}p", f"{_TEXT}h")]
        words = " ".join(in_words(" ".join(lines)).split())
        self._remarks(cell, at, column)
        if own and words:
            return words
        text, true = _value(cell, words)
        if not text and (formula := cell.get(f"{_TABLE}formula")):
            name = excel_formula(str(formula))
            text = named_formula(name)
            if len(self._sheet.details.formulas) < _MOST_NOTED:
                self._sheet.details.formulas[at + 1, column + 1] = name
        if true is not None:
            if len(self._sheet.exact) + times <= _MOST_EXACT:
                self._sheet.exact.update(((at, column + n), true) for n in range(times))
            else:
                text = general(true) if isinstance(true, float) else true
        return text

    def _remarks(self, cell: etree._Element, at: int, column: int) -> None:
        from rag.parse.table import column_name

        details, place = self._sheet.details, f"{column_name(column + 1)}{at + 1}"
        for note in cell.iterchildren(f"{_OFFICE}annotation"):
            author = "".join(item.text or "" for item in note.iter(f"{_DC}creator"))
            text = " ".join(
                " ".join(_words(p, self._styles) for p in note.iter(f"{_TEXT}p")).split()
            )
            if text and len(details.comments) < _MOST_NOTED:
                details.comments.append((place, author, text))
        linked = hyperlink(excel_formula(str(cell.get(f"{_TABLE}formula", ""))))
        targets = [linked, *(link.get(_HREF) for link in cell.iter(f"{_TEXT}a"))]
        for target in targets:
            if target and len(details.links) < _MOST_NOTED:
                details.links.append((place, str(target)))


def _parts(table: etree._Element, name: str, groups: Container[str]) -> Iterator[etree._Element]:
    """Yields the rows or columns of a table, also those in groups; none of tables in its cells."""
    waiting = [iter(table)]
    while waiting:
        item = next(waiting[-1], None)
        if item is None:
            waiting.pop()
        elif local(item) == name:
            yield item
        elif local(item) in groups:
            waiting.append(iter(item))


def _value(cell: etree._Element, words: str) -> tuple[str, float | str | None]:
    """Returns a cell as it is shown, and its true value where the text does not tell it."""
    kind = cell.get(f"{_OFFICE}value-type", "")
    if cell.get(_CALC_TYPE) == "error" or _ERROR.fullmatch(words):
        return words or "#N/A", None
    if kind in _NUMBERS:
        try:
            value = float(cell.get(f"{_OFFICE}value", ""))
        except ValueError:
            return words, None
        text = general(value)
        coded = words.isdigit() and words.startswith("0") and len(words) > 1
        return words or text, None if words in ("", text) or coded else value
    if kind == "date":
        date = str(cell.get(f"{_OFFICE}date-value", ""))
        try:
            iso = plain(datetime.datetime.fromisoformat(date))
        except ValueError:
            return words or date, None
        if not words or is_ambiguous(words):
            return iso, None
        return words, None if words == iso else iso
    if kind == "boolean":
        true = cell.get(f"{_OFFICE}boolean-value")
        return {"true": "yes", "false": "no"}.get(str(true), words), None
    return words or str(cell.get(f"{_OFFICE}string-value") or ""), None


def excel_formula(formula: str) -> str:
    """Returns an OpenDocument formula as other programs write it, without the equals sign."""
    prefix, equals, rest = formula.partition("=")
    body = rest if equals and (not prefix or prefix.isalpha() or prefix[:-1].isalpha()) else formula
    pieces = _FORMULA_STRING.split(body)
    for at in range(0, len(pieces), 2):  # the others are strings
        pieces[at] = _REFERENCE.sub(_excel_reference, pieces[at]).replace(";", ",")
    return "".join(pieces)


def _excel_reference(match: re.Match[str]) -> str:
    parts = []
    for part in match[1].split(":"):
        sheet, _, cell = part.rpartition(".")
        parts.append(f"{sheet.removeprefix('$')}!{cell}" if sheet else cell)
    return ":".join(parts)


def _words(paragraph: etree._Element, styles: OdfStyles, marks: Marks = frozenset()) -> str:
    """Returns the marked text of a paragraph; tabs and line breaks in it are blanks."""
    if not len(paragraph) and not marks:
        return paragraph.text or ""
    parts: list[str] = []
    waiting: list[tuple[etree._Element, Marks, bool]] = [(paragraph, marks, False)]
    while waiting:
        item, outer, is_tail = waiting.pop()
        if is_tail:
            parts.append(marked(item.tail or "", outer) if item.tail else "")
            continue
        own = outer
        if local(item) in ("s", "tab", "line-break"):
            parts.append(" ")
        else:
            own = styles.marks(item, outer=outer) if local(item) == "span" else outer
            parts.append(marked(item.text or "", own) if item.text else "")
        for child in reversed(item):
            waiting.append((child, own, True))
            if local(child) != "annotation":
                waiting.append((child, own, False))
    return "".join(parts)


def _count(figure: str | None, most: int) -> int:
    if figure is None or not figure.isascii() or not figure.isdecimal():
        return 1
    return min(max(int(figure), 1), most) if len(figure) < 10 else most
