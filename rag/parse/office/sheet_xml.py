"""Reads from a workbook's XML what the library for workbooks leaves out.

Number formats of cells, formulas without a stored result, hidden rows and columns, comments, links
and embedded objects. Sheets may be hundreds of megabytes long: they are scanned in pieces.
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from rag.parse.office.number_format import BUILT_IN
from rag.parse.office.rich_cells import MOST_BYTES, has_looks, rich_cells, rich_strings
from rag.parse.office.sheet_extras import around_cells, drawing_lines, limited
from rag.parse.parse_problem import ParseProblem
from rag.parse.safe_xml import local, member, tree
from rag.parse.table import column_name
from rag.text.lazy_regex import lazy_regex

_CHUNK_BYTES = 1 << 20
_LONGEST_CELL = 8 << 20
_LONGEST_TAIL = 4 << 20  # what stands behind the cells
_CELLS_END = lazy_regex(rb"</(?:\w{1,20}:)?sheetData\s*>|<(?:\w{1,20}:)?sheetData\s*/>")
# Not of cells that have a format only: sheets may have millions of them.
_CELL = lazy_regex(rb"<(?:\w{1,20}:)?c\s([^<>]{1,400})(?<!/)>(?!</)(\s*<(?:\w{1,20}:)?f[\s/>])?")
_REFERENCE = lazy_regex(rb"""(?:^|\s)r\s?=\s?["']([A-Z]{1,3})([0-9]{1,7})["']""")
_STYLE = lazy_regex(rb"""(?:^|\s)s\s?=\s?["']([0-9]{1,6})["']""")
_FORMULA = lazy_regex(
    rb"\s*<(?:\w{1,20}:)?f(?:\s[^<>]*)?(?:/>|>([^<]*)</(?:\w{1,20}:)?f>)"
    rb"\s*(?:<(?:\w{1,20}:)?v\s*(?:/>|>([^<]*)</(?:\w{1,20}:)?v>))?\s*</(?:\w{1,20}:)?c>"
)
_HYPERLINK = lazy_regex(r'=?\s*HYPERLINK\s*\(\s*"((?:[^"]|""){1,2000})"\s*[,;)]', re.IGNORECASE)
_ERROR = lazy_regex(
    rb"""<(?:\w{1,20}:)?c\s([^<>]{0,300}?\bt\s?=\s?["']e["'][^<>]{0,300})>"""
    rb"\s*(?:<(?:\w{1,20}:)?f[^<>]*(?:/>|>[^<]*</(?:\w{1,20}:)?f>))?"
    rb"\s*<(?:\w{1,20}:)?v>(#[^<]{1,30})</"
)
_ROW = lazy_regex(rb"<(?:\w{1,20}:)?row\s([^<>]{1,400})>")
_HIDDEN = lazy_regex(rb"""\shidden\s?=\s?["'](?:1|true)["']""")
_NUMBER = lazy_regex(rb"""(?:^|\s)r\s?=\s?["']([0-9]{1,7})["']""")
_COLUMN = lazy_regex(rb"<(?:\w{1,20}:)?col\s([^<>]{1,400})>")
_FROM_TO = lazy_regex(rb"""\s?(min|max)\s?=\s?["']([0-9]{1,5})["']""")
_LINK = lazy_regex(rb"<(?:\w{1,20}:)?hyperlink\s([^<>]{1,5000})>")
_ATTRIBUTE = lazy_regex(rb"""([\w:]{1,30})\s?=\s?(?:"([^"]*)"|'([^']*)')""")
_MOST_NOTED = 5_000  # comments, links and formulas of a sheet
_MOST_FORMATS = 65_536
_MOST_MARKED = 100_000  # cells of a sheet with words that are struck out or raised


@dataclass(slots=True)
class SheetXml:
    """What the XML of a sheet tells besides its values; rows and columns are 1-based.

    Attributes:
        styles: the style of each cell, row by row of the grid: its index plus 1, or 0 for a plain
            one; empty if all are plain.
        formulas: formulas without a stored result, by row and column.
        stale: formulas whose stored result the workbook does not vouch for.
        errors: error values such as "#DIV/0!", by row and column.
        hidden_rows: in order.
        hidden_columns: pairs of first and last.
        links: pairs of a cell's reference and its target.
        comments: triples of a cell's reference, an author ("" if unknown) and a text.
        words: of cells with words that are struck out, raised or lowered, by row and column.
        struck: rows and columns of cells that are struck out as a whole.
        extras: lines about what lies over and around the cells: shapes, charts, page headers.
        cut: there were more comments, links or formulas.
    """

    styles: array[int] = field(default_factory=lambda: array("H"))
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    stale: dict[tuple[int, int], str] = field(default_factory=dict)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    comments: list[tuple[str, str, str]] = field(default_factory=list)
    words: dict[tuple[int, int], str] = field(default_factory=dict)
    struck: set[tuple[int, int]] = field(default_factory=set)
    extras: list[str] = field(default_factory=list)
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells that the library has read: the first one, 0-based, and how many."""

    row: int
    column: int
    height: int
    width: int


class WorkbookXml:
    """The parts of a workbook.

    Args:
        archive: the workbook, open.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = set(archive.namelist())
        self.parts = self._sheet_parts()
        self._struck: set[int] = set()
        self.formats = self._formats()
        self._strings = self._rich_strings()
        self._recalculated = self._is_recalculated()

    def sheet(self, name: str, grid: Grid) -> SheetXml:
        """Returns what the XML of a sheet tells; nothing for a sheet without XML."""
        part = self.parts.get(name, "")
        sheet = SheetXml()
        if part not in self._names:
            return sheet
        relations = self._relations(part)
        scan = _SheetScan(
            sheet,
            grid,
            self.formats,
            self._struck,
            self._strings,
            recalculated=self._recalculated,
        )
        tail = b""
        try:
            with self._archive.open(part) as stream:
                for piece in _pieces(iter(lambda: stream.read(_CHUNK_BYTES), b"")):
                    scan.take(piece)
                    if tail and len(tail) < _LONGEST_TAIL:
                        tail += piece
                    elif b"sheetData" in piece and (end := _CELLS_END.search(piece)):
                        tail = piece[end.end() :]
        except (zipfile.BadZipFile, EOFError, NotImplementedError):
            return sheet
        sheet.links = [
            (cell, relations.get(target, ("", target))[1]) for cell, target in sheet.links
        ]
        self._comments(sheet, relations)
        sheet.extras, cut = limited(self._extras(tail[:_LONGEST_TAIL], relations))
        sheet.cut |= cut
        return sheet

    def _extras(self, tail: bytes, relations: dict[str, tuple[str, str]]) -> Iterator[str]:
        yield from around_cells(tail)
        for kind, part in relations.values():
            if kind.endswith("/drawing") and (root := self._tree(part)) is not None:
                yield from drawing_lines(root, self._relations(part), self._tree)
        if any(kind.endswith(("/vmlDrawing", "/ctrlProp")) for kind, _ in relations.values()):
            from rag.parse.office.sheet_controls import control_lines  # most sheets have none

            yield from control_lines(relations, self._archive)

    def objects(self) -> list[str]:
        """Returns plain sentences about what lies in the workbook and is not read."""
        kinds = (
            ("xl/charts/chartex", "chart in the workbook", "charts in the workbook"),
            ("xl/media/", "picture in the workbook", "pictures in the workbook"),
        )
        notes = []
        for prefix, single, several in kinds:
            count = sum(name.lower().startswith(prefix) for name in self._names)
            if count:
                noun, verb = (single, "was") if count == 1 else (several, "were")
                notes.append(f"{count:,} {noun} {verb} not read.")
        return notes

    def _sheet_parts(self) -> dict[str, str]:
        workbook = self._tree("xl/workbook.xml")
        if workbook is None:
            return {}
        targets = self._relations("xl/workbook.xml")
        parts: dict[str, str] = {}
        for sheet in workbook.iter():
            if local(sheet) == "sheet":
                ids = [str(v) for k, v in sheet.attrib.items() if str(k).endswith("}id")]
                parts[str(sheet.get("name", ""))] = targets.get(ids[0] if ids else "", ("", ""))[1]
        return parts

    def _is_recalculated(self) -> bool:
        """Tells whether the program that opens the workbook is to compute it all.

        Programs that cannot compute say so, and many of them store 0 as each result.
        """
        return any(
            item.get("fullCalcOnLoad") in ("1", "true")
            for item in self._elements("xl/workbook.xml", "calcPr")
        )

    def _formats(self) -> list[str]:
        """Returns the format code of each style; "" for plain ones."""
        styles = self._tree("xl/styles.xml")
        if styles is None:
            return []
        codes = dict(BUILT_IN)
        formats: list[str] = []
        struck_fonts: set[int] = set()
        for element in styles.iter():
            name = local(element)
            if name == "fonts":
                struck_fonts = {at for at, font in enumerate(element) if _is_struck(font)}
            elif name == "numFmt" and len(codes) < _MOST_FORMATS:
                codes[_int(element.get("numFmtId"))] = str(element.get("formatCode", ""))
            elif name == "cellXfs":
                for xf in element:
                    if local(xf) == "xf" and len(formats) < _MOST_FORMATS:
                        if _int(xf.get("fontId")) in struck_fonts:
                            self._struck.add(len(formats))
                        formats.append(codes.get(_int(xf.get("numFmtId")), ""))
        return ["" if code.casefold() in ("general", "@") else code for code in formats]

    def _rich_strings(self) -> dict[bytes, str]:
        if "xl/sharedStrings.xml" not in self._names:
            return {}
        try:
            return rich_strings(member(self._archive, "xl/sharedStrings.xml", MOST_BYTES))
        except (etree.LxmlError, zipfile.BadZipFile, EOFError, NotImplementedError, ParseProblem):
            return {}

    def _comments(self, sheet: SheetXml, relations: dict[str, tuple[str, str]]) -> None:
        parts = [target for kind, target in relations.values() if kind.endswith("/comments")]
        threads = [t for kind, t in relations.values() if kind.endswith("/threadedComment")]
        people = self._people() if threads else {}
        seen: set[str] = set()
        for part in threads:
            for item in self._elements(part, "threadedComment"):
                cell, author = str(item.get("ref", "")), people.get(str(item.get("personId")), "")
                seen.add(cell)
                self._add_comment(sheet, cell, author, item)
        for part in parts:
            authors = ["".join(map(str, a.itertext())) for a in self._elements(part, "author")]
            for item in self._elements(part, "comment"):
                at = _int(item.get("authorId"))
                author = authors[at] if 0 <= at < len(authors) else ""
                if str(item.get("ref", "")) not in seen:
                    self._add_comment(sheet, str(item.get("ref", "")), author, item)

    def _add_comment(self, sheet: SheetXml, cell: str, author: str, item: etree._Element) -> None:
        runs = [t.text or "" for t in item.iter() if local(t) in ("t", "text")]
        if len(sheet.comments) >= _MOST_NOTED:
            sheet.cut = True
        elif text := " ".join("".join(runs).split()):
            sheet.comments.append((cell, author, text.removeprefix(f"{author}:").strip()))

    def _people(self) -> dict[str, str]:
        parts = [name for name in self._names if name.startswith("xl/persons/")]
        return {
            str(person.get("id")): str(person.get("displayName", ""))
            for part in sorted(parts)[:16]
            for person in self._elements(part, "person")
        }

    def _elements(self, part: str, name: str) -> list[etree._Element]:
        root = self._tree(part)
        return [] if root is None else [item for item in root.iter() if local(item) == name]

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Returns the kind and target of the relations of a part, by id."""
        folder, _, name = part.rpartition("/")
        root = self._tree(f"{folder}/_rels/{name}.rels")
        relations: dict[str, tuple[str, str]] = {}
        for item in () if root is None else root:
            if local(item) == "Relationship":
                target = str(item.get("Target", ""))
                if item.get("TargetMode") != "External":
                    joined = posixpath.normpath(posixpath.join(f"/{folder}", target))
                    target = joined.lstrip("/")
                relations[str(item.get("Id", ""))] = (str(item.get("Type", "")), target)
        return relations

    def _tree(self, part: str) -> etree._Element | None:
        if part not in self._names:
            return None
        try:
            return tree(member(self._archive, part))
        except (etree.LxmlError, zipfile.BadZipFile, EOFError, NotImplementedError):
            return None


class _SheetScan:
    """Collects from the pieces of a sheet's XML."""

    def __init__(
        self,
        sheet: SheetXml,
        grid: Grid,
        formats: list[str],
        struck: set[int],
        strings: dict[bytes, str],
        *,
        recalculated: bool,
    ) -> None:
        self._sheet = sheet
        self._recalculated = recalculated
        self._grid = grid
        self._dressed = {str(at).encode(): at + 1 for at, code in enumerate(formats) if code}
        self._struck = {str(at).encode() for at in struck}
        self._strings = strings
        self._columns: dict[bytes, int] = {}
        if self._dressed:
            sheet.styles = array("H", bytes(2 * grid.height * grid.width))

    def take(self, piece: bytes) -> None:
        """Reads a piece, which holds whole cells."""
        if self._dressed or self._struck or b"<f" in piece or b":f" in piece:
            for match in _CELL.finditer(piece):
                self._cell(piece, match)
        if self._strings or has_looks(piece):
            for attributes, words in rich_cells(piece, self._strings):
                reference = _REFERENCE.search(attributes)
                if reference is not None and len(self._sheet.words) < _MOST_MARKED:
                    at = int(reference[2]), self._column(reference[1])
                    self._sheet.words[at] = words
        if b"#" in piece:
            for match in _ERROR.finditer(piece):
                self._error(match)
        if b"hidden" in piece:
            self._hidden(piece)
        if b"hyperlink" in piece:
            for match in _LINK.finditer(piece):
                self._link(match[1])

    def _cell(self, piece: bytes, match: re.Match[bytes]) -> None:
        style = _STYLE.search(match[1])
        name = style[1] if style else b"0"
        dressed, is_struck = self._dressed.get(name), name in self._struck
        if dressed is None and match[2] is None and not is_struck:
            return
        reference = _REFERENCE.search(match[1])
        if reference is None:
            return
        row, column = int(reference[2]), self._column(reference[1])
        if is_struck and len(self._sheet.struck) < _MOST_MARKED:
            self._sheet.struck.add((row, column))
        if dressed is not None:
            grid = self._grid
            down, right = row - 1 - grid.row, column - 1 - grid.column
            if 0 <= down < grid.height and 0 <= right < grid.width:
                self._sheet.styles[down * grid.width + right] = dressed
        if match[2] is not None and (formula := _FORMULA.match(piece, match.start(2))):
            self._formula(row, column, formula[1] or b"", formula[2] or b"")

    def _hidden(self, piece: bytes) -> None:
        for match in _ROW.finditer(piece):
            number = _NUMBER.search(match[1])
            if number and _HIDDEN.search(b" " + match[1]):
                self._sheet.hidden_rows.append(int(number[1]))
        for match in _COLUMN.finditer(piece):
            if _HIDDEN.search(b" " + match[1]):
                ends = {key: int(value) for key, value in _FROM_TO.findall(match[1])}
                self._sheet.hidden_columns.append((ends.get(b"min", 0), ends.get(b"max", 0)))

    def _formula(self, row: int, column: int, formula: bytes, result: bytes) -> None:
        target = hyperlink(html.unescape(formula.decode("utf-8", "replace")))
        if target and len(self._sheet.links) < _MOST_NOTED:
            self._sheet.links.append((f"{column_name(column)}{row}", target))
        if result and not self._recalculated:
            return
        formulas = self._sheet.stale if result else self._sheet.formulas
        if len(formulas) >= _MOST_NOTED:
            self._sheet.cut = True
            return
        text = _unescaped(formula.decode("utf-8", "replace"))
        formulas[row, column] = " ".join(text.split())

    def _error(self, match: re.Match[bytes]) -> None:
        reference = _REFERENCE.search(match[1])
        if reference and len(self._sheet.errors) < _MOST_NOTED:
            place = int(reference[2]), self._column(reference[1])
            self._sheet.errors[place] = match[2].decode("ascii", "replace")

    def _link(self, attributes: bytes) -> None:
        values = {
            key.rpartition(b":")[2]: _unescaped((a or b).decode("utf-8", "replace"))
            for key, a, b in _ATTRIBUTE.findall(attributes)
        }
        target = values.get(b"id") or values.get(b"location", "")
        if len(self._sheet.links) >= _MOST_NOTED:
            self._sheet.cut = True
        elif target and b"ref" in values:
            self._sheet.links.append((values[b"ref"], target))

    def _column(self, letters: bytes) -> int:
        number = self._columns.get(letters)
        if number is None:
            number = 0
            for letter in letters:
                number = number * 26 + letter - 64
            self._columns[letters] = number
        return number


def hyperlink(formula: str) -> str:
    """Returns the address that a formula links to, if it is written out in it; else ""."""
    match = _HYPERLINK.match(formula)
    return match[1].replace('""', '"') if match else ""


def _pieces(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yields the chunks joined and parted so that no cell or row's beginning is cut."""
    rest = b""
    for chunk in chunks:
        data = rest + chunk
        cut = max(data.rfind(b"<c "), data.rfind(b":c "), data.rfind(b"<hyperlink"), 0)
        if data[cut : cut + 1] == b":":
            cut = max(data.rfind(b"<", 0, cut), 0)
        if not cut and len(data) < _LONGEST_CELL:
            rest = data
            continue
        cut = cut or len(data)
        yield data[:cut]
        rest = data[cut:]
    if rest:
        yield rest


def _is_struck(font: etree._Element) -> bool:
    marks = [item for item in font if local(item) == "strike"]
    return any(str(mark.get("val", "1")) not in ("0", "false") for mark in marks)


def _int(figure: object) -> int:
    text = str(figure)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def _unescaped(text: str) -> str:
    if "&" not in text:
        return text
    from html import unescape  # loads a large table

    return unescape(text)
