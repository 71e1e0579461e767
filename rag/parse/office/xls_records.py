"""Reads from the records of an XLS workbook (BIFF8) what the library for workbooks leaves out.

Number formats of cells, which are struck out or linked, hidden rows, comments: [MS-XLS], sections
2.4, 2.5.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator

from rag.parse.office.number_format import BUILT_IN
from rag.parse.office.sheet_extras import margin_text
from rag.parse.office.sheet_xml import Grid, SheetXml, hyperlink
from rag.parse.office.xls_formulas import formula_text, is_zero, lacks_result
from rag.parse.office.xls_links import link_target
from rag.parse.table import column_name

_BOF, _EOF, _BOUND_SHEET, _FORMAT, _XF = 0x0809, 0x000A, 0x0085, 0x041E, 0x00E0
_NUMBER, _RK, _FORMULA, _SEVERAL_RK, _ROW, _NOTE = 0x0203, 0x027E, 0x0006, 0x00BD, 0x0208, 0x001C
_BOOL_ERR = 0x0205
_FONT, _LINK = 0x0031, 0x01B8
_WORDS = (0x00FD, 0x0204, 0x00D6)  # cells with a text: of the table of texts, their own, with looks
_STRUCK = 0x08  # bit of a font's options
_UNUSED_FONT = 4  # no font has this number
_CALLS_HYPERLINK = b"\x67\x01"  # its number among the functions
_EXTERN_SHEET, _SUP_BOOK = 0x0017, 0x01AE
_OBJECT, _TEXT_OBJECT, _CONTINUE, _HEADER, _FOOTER = 0x005D, 0x01B6, 0x003C, 0x0014, 0x0015
_CHART = b"\x20\x00"  # kind of a substream
_OWN_BOOK = b"\x01\x04"  # in the record of the workbook itself
_BIFF8 = 0x0600
ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
"""Error values by their code: BErr, [MS-XLS] 2.5.10."""
_HEAD = struct.Struct("<HH")
_TRIPLE = struct.Struct("<HHH")
_PLACE = struct.Struct("<HHH")  # row, column and style
_COLUMNS = 0x007D
_HIDDEN_COLUMNS = 0x01  # bit of the options of columns
_ZERO_HEIGHT = 0x20  # bit of a row's options: it is hidden
_OPTIONS_AT = 12  # in a row's record
_PAIR = 6  # bytes of a style and a number in a record of several
_MOST_FORMULAS = _MOST_LINKS = 5_000  # of a sheet
_MOST = 65_536  # styles, formats, hidden rows


class WorkbookRecords:
    """The records of a workbook.

    Args:
        data: the stream "Workbook" of the file; anything else has no formats.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._starts: dict[str, int] = {}
        self._charts: set[int] = set()  # where they begin
        self._computes: bool | None = None
        self._books: list[bool] = []  # of each workbook that is referred to: it is this one
        self._referred: list[tuple[int, int, int]] = []  # a workbook, its first and last sheet
        codes = dict(BUILT_IN)
        styles: list[int] = []
        fonts: list[bool] = []  # is struck out
        self._struck: set[int] = set()  # styles
        for kind, body in self._records(0):
            if kind == _BOF and (len(body) < 2 or int.from_bytes(body[:2], "little") != _BIFF8):
                break
            if kind == _FORMAT and len(body) > 5 and len(codes) < _MOST:
                codes[int.from_bytes(body[:2], "little")] = _string(body, 4, body[2:4])
            elif kind == _XF and len(body) >= 4 and len(styles) < _MOST:
                font, style = _HEAD.unpack_from(body)
                font -= font > _UNUSED_FONT
                if font < len(fonts) and fonts[font]:
                    self._struck.add(len(styles))
                styles.append(style)
            elif kind == _FONT and len(body) >= 4 and len(fonts) < _MOST:
                fonts.append(bool(body[2] & _STRUCK))
            elif kind == _BOUND_SHEET and len(body) > 8:
                name = _string(body, 7, body[6:7])
                self._starts[name] = int.from_bytes(body[:4], "little")
            elif kind == _SUP_BOOK:
                self._books.append(body[2:4] == _OWN_BOOK)
            elif kind == _EXTERN_SHEET:
                self._referred += _TRIPLE.iter_unpack(body[2 : len(body) - (len(body) - 2) % 6])
        named = (codes.get(style, "") for style in styles)
        self.formats = ["" if code.casefold() in ("general", "@") else code for code in named]

    def sheet(self, name: str, grid: Grid) -> SheetXml:
        """Returns the styles of a sheet's cells, its errors, and its hidden rows and columns."""
        sheet = SheetXml()
        if name not in self._starts:
            return sheet
        sheet.styles = array("H", bytes(2 * grid.height * grid.width))
        texts = _Texts(sheet)
        for kind, body in self._records(self._starts[name]):
            if kind in (_FORMULA, _BOOL_ERR) and (error := _error(kind, body)):
                row, column, _ = _PLACE.unpack_from(body)
                if len(sheet.errors) < _MOST:
                    sheet.errors[row + 1, column + 1] = error
            if kind == _LINK or (kind == _FORMULA and _CALLS_HYPERLINK in body):
                self._take_link(sheet, kind, body)
            if kind == _FORMULA and (lacks_result(body) or is_zero(body)):
                self._take_formula(sheet, body)
            if self._struck and kind in (*_WORDS, _BOOL_ERR) and len(body) >= _PLACE.size:
                self._strike(sheet, *_PLACE.unpack_from(body))
            if kind in (_NUMBER, _RK, _FORMULA) and len(body) >= _PLACE.size:
                self._dress(sheet, grid, *_PLACE.unpack_from(body))
            elif kind == _SEVERAL_RK and len(body) >= _PLACE.size:
                row, column = _HEAD.unpack_from(body)
                for at, offset in enumerate(range(4, len(body) - _PAIR + 1, _PAIR)):
                    style = int.from_bytes(body[offset : offset + 2], "little")
                    self._dress(sheet, grid, row, column + at, style)
            elif kind in (_ROW, _COLUMNS):
                _hide(sheet, kind, body)
            else:
                texts.take(kind, body)
        texts.finish()
        return sheet

    def _take_link(self, sheet: SheetXml, kind: int, body: bytes) -> None:
        """Keeps where a cell links to, by its own record or by its formula."""
        try:
            if kind == _LINK:
                row, column, target = link_target(body)
            else:
                row, column, _ = _PLACE.unpack_from(body)
                target = hyperlink(formula_text(body, self._sheet_name))
        except (ValueError, struct.error):
            return
        if len(sheet.links) >= _MOST_LINKS:
            sheet.cut = True
        elif target:
            sheet.links.append((f"{column_name(column + 1)}{row + 1}", target))

    def _strike(self, sheet: SheetXml, row: int, column: int, style: int) -> None:
        if style in self._struck and len(sheet.struck) < _MOST:
            sheet.struck.add((row + 1, column + 1))

    def _take_formula(self, sheet: SheetXml, body: bytes) -> None:
        """Keeps a formula without a result, if the program that wrote the file computes none."""
        formulas = sheet.formulas if lacks_result(body) else sheet.stale
        if len(formulas) >= _MOST_FORMULAS:
            sheet.cut = True
        elif not self._has_results():
            row, column, _ = _PLACE.unpack_from(body)
            text = formula_text(body, self._sheet_name)
            if text or lacks_result(body):
                formulas[row + 1, column + 1] = text

    def _has_results(self) -> bool:
        """Tells whether any formula of the workbook has a result other than 0 and no words."""
        if self._computes is None:
            formulas = (
                body
                for start in self._starts.values()
                for kind, body in self._records(start)
                if kind == _FORMULA
            )
            self._computes = any(not (lacks_result(body) or is_zero(body)) for body in formulas)
        return self._computes

    def _sheet_name(self, index: int) -> str:
        """Returns the sheet that a reference of a formula means; "" for one of another workbook."""
        if index >= len(self._referred):
            return ""
        book, first, last = self._referred[index]
        own = book < len(self._books) and self._books[book]
        names = list(self._starts)
        return names[first] if own and first == last and first < len(names) else ""

    def objects(self) -> list[str]:
        """Returns plain sentences about what lies in the workbook and is not read."""
        if not self._charts:
            return []
        number = len(self._charts)
        count, verb = ("1 chart", "was") if number == 1 else (f"{number:,} charts", "were")
        return [f"{count} in the workbook {verb} not read. Save it as XLSX for its titles."]

    def _dress(self, sheet: SheetXml, grid: Grid, row: int, column: int, style: int) -> None:
        self._strike(sheet, row, column, style)
        down, right = row - grid.row, column - grid.column
        inside = 0 <= down < grid.height and 0 <= right < grid.width
        if inside and style < len(self.formats) and self.formats[style]:
            sheet.styles[down * grid.width + right] = style + 1

    def _records(self, start: int) -> Iterator[tuple[int, bytes]]:
        """Yields kind and body of the records up to the end of their substream.

        Without those of charts, which are substreams within that of their sheet.
        """
        data, at = self._data, start
        depth = 0
        while 0 <= at <= len(data) - _HEAD.size:
            kind, length = _HEAD.unpack_from(data, at)
            at += _HEAD.size
            depth += kind == _BOF
            if depth <= 1:
                yield kind, data[at : at + length]
            elif kind == _BOF and data[at + 2 : at + 4] == _CHART:
                self._charts.add(at)
            at += length
            if kind == _EOF:
                depth -= 1
                if depth <= 0:
                    return


class _Texts:
    """Collects comments, text boxes, and the header and footer of pages."""

    def __init__(self, sheet: SheetXml) -> None:
        self._sheet = sheet
        self._object = -1
        self._length = 0  # characters of a text whose record follows
        self._texts: dict[int, str] = {}
        self._comments: list[tuple[int, int, int, str]] = []

    def take(self, kind: int, body: bytes) -> None:
        """Reads a record."""
        if kind == _OBJECT and len(body) >= 8:
            self._object = int.from_bytes(body[6:8], "little")
        elif kind == _TEXT_OBJECT and len(body) >= 12:
            self._length = int.from_bytes(body[10:12], "little")
        elif kind == _CONTINUE and self._length and body:
            if len(self._texts) < _MOST_FORMULAS:
                words = _string(body, 0, self._length.to_bytes(2, "little"))
                self._texts[self._object] = " ".join(words.split())
            self._length = 0
        elif kind == _NOTE and len(body) >= 11 and len(self._comments) < _MOST_FORMULAS:
            row, column, _, at = struct.unpack_from("<4H", body)
            self._comments.append((row, column, at, _string(body, 10, body[8:10])))
        elif kind in (_HEADER, _FOOTER) and (
            words := margin_text(_string(body, 2, body[:2]) if len(body) > 3 else "")
        ):
            name = "header" if kind == _HEADER else "footer"
            self._sheet.extras.append(f"Page {name}: {words}")

    def finish(self) -> None:
        """Adds what was collected to the sheet."""
        for row, column, at, author in self._comments:
            text = self._texts.pop(at, "")
            if text:
                words = text.removeprefix(f"{author}:").strip()
                self._sheet.comments.append((f"{column_name(column + 1)}{row + 1}", author, words))
        self._sheet.extras += [f"Text box: {text}" for text in self._texts.values() if text]


def _hide(sheet: SheetXml, kind: int, body: bytes) -> None:
    """Notes a hidden row, or hidden columns."""
    if kind == _ROW and len(body) > _OPTIONS_AT and body[_OPTIONS_AT] & _ZERO_HEIGHT:
        if len(sheet.hidden_rows) < _MOST:
            sheet.hidden_rows.append(int.from_bytes(body[:2], "little") + 1)
    elif kind == _COLUMNS and len(body) >= 10 and body[8] & _HIDDEN_COLUMNS:
        first, last = _HEAD.unpack_from(body)
        if len(sheet.hidden_columns) < _MOST:
            sheet.hidden_columns.append((first + 1, last + 1))


def _error(kind: int, body: bytes) -> str:
    """Returns the error value of a cell; "" if it holds none."""
    if kind == _BOOL_ERR:
        return ERRORS.get(body[6], "#N/A") if len(body) >= 8 and body[7] else ""
    # A formula's result that is no number: its last two bytes are set, its first says what it is.
    is_error = len(body) >= 14 and body[12:14] == b"\xff\xff" and body[6] == 2
    return ERRORS.get(body[8], "#N/A") if is_error else ""


def _string(body: bytes, at: int, length: bytes) -> str:
    """Returns a string whose flags stand at `at`, and whose characters follow."""
    wide = body[at] & 1
    count = int.from_bytes(length, "little") * (1 + wide)
    return body[at + 1 : at + 1 + count].decode("utf-16-le" if wide else "latin-1", "replace")
