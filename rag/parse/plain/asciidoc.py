"""Reads AsciiDoc: sections, listings, and tables with cells that span rows and columns.

The rules are those of docs.asciidoctor.org/asciidoc.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from rag.parse.builder import DocumentBuilder
from rag.parse.plain.markup_text import MarkupText
from rag.parse.spanned_table import MOST_COLUMNS, MOST_ROWS, SpannedCell, SpannedRow, span

_HEADING = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S.*?)(?:[ \t]+\1)?$")
_UNDERLINE = re.compile(r"([=~^+-])\1+$")
_LEVELS = {"=": 1, "-": 2, "~": 3, "^": 4, "+": 5}
_TABLE = re.compile(r"([|,:!])={3,}$")
_LISTING = re.compile(r"(?:-{4,}|\.{4,}|\+{4,}|`{3,})")
_ATTRIBUTES = re.compile(r"\[(.*)\]$")
_TITLE = re.compile(r"\.(?=[^\s.])(.*)$")
_NAMED = re.compile(r"""(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^,\]]*))""")
_PERCENT = re.compile(r"%(\w+)")
_COLUMN = re.compile(r"\s*(?:(\d{1,4})\*)?")
# Of a cell: how often or how wide it is, its alignment and its style, before the bar.
_SPEC = (
    r"(?:(?P<wide>\d+)?(?:\.(?P<down>\d+))?(?P<kind>[+*]))?"
    r"[<^>]?(?:\.[<^>])?(?P<style>[adehlmsv])?"
)
_SPEC_BEHIND = re.compile(rf"(?:^|[ \t\n]){_SPEC}$")
_SEPARATORS = {",": ",", ":": ":", "csv": ",", "tsv": "\t", "dsv": ":"}
_SLACK = 1  # signs by which an underline may be longer or shorter than its title


def add_text(builder: DocumentBuilder, text: str) -> str:
    """Adds a text in AsciiDoc, and returns its title, or ""."""
    reader = _Reader(MarkupText(builder), [line.rstrip() for line in text.split("\n")])
    reader.run()
    return reader.text.title


class _Reader:
    """Walks through the lines of a text.

    Attributes:
        text: takes what the lines say.
    """

    def __init__(self, text: MarkupText, lines: Sequence[str]) -> None:
        self.text = text
        self._lines = lines
        self._at = 0
        self._attributes = ""  # of the block that follows
        self._title = ""

    def run(self) -> None:
        """Takes all lines."""
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if self._heading(line) or self._block(line):
                self._attributes = self._title = ""
            elif match := _ATTRIBUTES.match(line):
                self._attributes = match[1]
                if "=" not in match[1] or not self._is_before_table():
                    self.text.line(line)
                self._at += 1
            elif (title := _TITLE.match(line)) and self._is_before_table():
                self._title = title[1]
                self._at += 1
            else:
                if line.strip():
                    self._attributes = self._title = ""
                self.text.line(line)
                self._at += 1
        self.text.flush()

    def _is_before_table(self) -> bool:
        """Tells whether the next line but titles and attributes begins a table."""
        for line in self._lines[self._at + 1 : self._at + 6]:
            if _TABLE.match(line):
                return True
            if not (_ATTRIBUTES.match(line) or _TITLE.match(line)):
                return False
        return False

    def _heading(self, line: str) -> bool:
        if match := _HEADING.match(line):
            self.text.heading(match[2], len(match[1]))
            self._at += 1
            return True
        below = self._lines[self._at + 1] if self._at + 1 < len(self._lines) else ""
        under = _UNDERLINE.match(below)
        is_first = self._at == 0 or not self._lines[self._at - 1]
        if not under or not is_first or not line[:1].isalnum():
            return False
        if abs(len(below) - len(line)) > _SLACK:
            return False
        self.text.heading(line, _LEVELS[under[1]])
        self._at += 2
        return True

    def _block(self, line: str) -> bool:
        """Adds a table or a listing that begins here, and tells whether there is one."""
        table = _TABLE.match(line)
        if table is None and not _LISTING.fullmatch(line):
            return False
        begin = self._at + 1
        end = next((at for at in range(begin, len(self._lines)) if self._lines[at] == line), 0)
        if not end:
            return False
        content = self._lines[begin:end]
        self._at = end + 1
        if table is None:
            self.text.listing(content)
        else:
            self.text.table(_rows(content, table[1], self._attributes), self._title)
        return True


def _rows(lines: Sequence[str], mark: str, attributes: str) -> list[SpannedRow]:
    named = {
        match[1]: next(filter(None, match.groups()[1:]), "")
        for match in _NAMED.finditer(attributes)
    }
    options = {*_PERCENT.findall(attributes)}
    for key in ("options", "opts"):
        options.update(map(str.strip, named.get(key, "").split(",")))
    # A first row with an empty line below it, and none above, is a header without saying so.
    is_headed = len(lines) > 1 and bool(lines[0]) and not lines[1] and "noheader" not in options
    is_headed = is_headed or "header" in options
    form = named.get("format", "").strip() or mark
    width = _columns(named.get("cols", ""))
    if form in _SEPARATORS:
        separator = named.get("separator", "").replace("\\t", "\t") or _SEPARATORS[form]
        cells = _separated(lines, separator)
        return [SpannedRow(row, is_headed and not at) for at, row in enumerate(cells)]
    separator = named.get("separator", "").strip() or ("!" if mark == "!" else "|")
    if not width:  # the first line with cells shows it
        first = next((line for line in lines if line), "")
        width = sum(cell.wide for cell in _cells(first, separator))
    rows = _filled(list(_cells("\n".join(lines), separator)), width)
    return [SpannedRow(row, is_headed and not at) for at, row in enumerate(rows)]


def _columns(spec: str) -> int:
    """Returns how many columns a table has: "1,2" and "2*" have two; 0 if it is not said."""
    parts = re.split("[,;]", spec) if spec.strip() else []
    counts = (match[1] if (match := _COLUMN.match(part)) else None for part in parts)
    return min(sum(int(count or 1) for count in counts), MOST_COLUMNS)


def _separated(lines: Sequence[str], separator: str) -> list[list[SpannedCell]]:
    try:
        rows = list(csv.reader([f"{line}\n" for line in lines], delimiter=separator))
    except (csv.Error, TypeError, ValueError):
        rows = [line.split(separator) for line in lines]
    return [[SpannedCell(" ".join(cell.split())) for cell in row] for row in rows if any(row)]


def _cells(content: str, separator: str) -> Iterator[SpannedCell]:
    """Yields the cells of a table, one after the other."""
    pieces = re.split(rf"(?<!\\){re.escape(separator)}", content)
    spec = _SPEC_BEHIND.search(pieces[0])
    for number, piece in enumerate(pieces[1:], start=1):
        is_last = number == len(pieces) - 1
        following = None if is_last else _SPEC_BEHIND.search(piece)
        words = piece[: following.start()] if following else piece
        words = " ".join(words.replace(f"\\{separator}", separator).split())
        wide, down = (spec["wide"], spec["down"]) if spec else (None, None)
        if spec and spec["kind"] == "*":  # the cell stands several times
            for _ in range(span(wide, MOST_COLUMNS)):
                yield SpannedCell(words)
        else:
            yield SpannedCell(words, span(down, MOST_ROWS), span(wide, MOST_COLUMNS))
        spec = following


def _filled(cells: Sequence[SpannedCell], width: int) -> Iterator[list[SpannedCell]]:
    """Yields rows of a given width, of cells that follow each other.

    No more rows than cells: those that cells above cover as a whole come without end otherwise.
    """
    width = max(width, 1)
    ends: dict[int, int] = {}  # by row, the columns that cells above cover down to the row before
    row: list[SpannedCell] = []
    at = used = covered = begun = 0
    for cell in cells:
        while used + covered >= width and at < len(cells):
            yield row
            row, at = [], at + 1
            covered += begun - ends.pop(at, 0)
            used = begun = 0
        row.append(cell)
        used += cell.wide
        if cell.down > 1:
            begun += cell.wide
            ends[at + cell.down] = ends.get(at + cell.down, 0) + cell.wide
    if row:
        yield row
