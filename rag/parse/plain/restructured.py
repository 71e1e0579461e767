"""Reads reStructuredText: sections by their underlines, and tables of all four sorts.

Grid and simple tables are read by docutils' parser of tables. The rest stays as it is written, as a
person who opens the file sees it: so the roles and directives of other programs are no errors.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from rag.parse.builder import DocumentBuilder
from rag.parse.plain.markup_text import MarkupText
from rag.parse.spanned_table import MOST_COLUMNS, MOST_ROWS, SpannedCell, SpannedRow

# docutils: states.Body.patterns and RSTState.isolate_simple_table.
_GRID_TOP = re.compile(r" *\+-[-+]+-\+ *$")
_GRID_LINE = re.compile(r" *[+|].*[+|] *$")
_SIMPLE_TOP = re.compile(r" *=+( +=+)+ *$")
_SIMPLE_BORDER = re.compile(r" *=+[ =]*$")
_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1* *$")
_DIRECTIVE = re.compile(r"( *)\.\. +(list-table|csv-table|table)::[ \t]*(.*)$")
_OPTION = re.compile(r" *:([\w-]+):(?: +(.*))?$")
_ITEM = re.compile(r"( *)([*+-])(?: +|$)")
# A name for words that stand wherever `|name|` does; not in literal text.
_DEFINITION = re.compile(r" *\.\. +\|([^\s|](?:[^|\n]{0,98}[^\s|])?)\| +replace::[ \t]*(.*)$")
_NAMED = re.compile(
    r"``.{0,2000}?``|(?<![\w|\\])\|([^\s|](?:[^|\n]{0,98}[^\s|])?)\|_{0,2}(?![\w|])"
)
_MOST_WORDS = 500  # that a name stands for
_DELIMITERS = {"tab": "\t", "space": " "}
_LEAST_UNDERLINE = 4  # signs that make a heading even if the title is longer
_TAB = 8
_WIDE_PAD = "\x00"  # no character of a text that was decoded
_MOST_STEPS = 20_000_000  # that the search for the corners of cells may take
_MOST_ROWS = 1_000_000


def add_text(builder: DocumentBuilder, text: str) -> str:
    """Adds a text in reStructuredText, and returns its title, or ""."""
    reader = _Reader(MarkupText(builder), [line.expandtabs(_TAB) for line in text.split("\n")])
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
        self._words = _definitions(lines)
        self._styles: list[tuple[str, bool]] = []  # of underlines, by the level of their sections

    def run(self) -> None:
        """Takes all lines."""
        while self._at < len(self._lines):
            if not (self._heading() or self._table() or self._directive()):
                self.text.line(self._with_words(self._lines[self._at]))
                self._at += 1
        self.text.flush()

    def _line(self, at: int) -> str:
        return self._lines[at].rstrip() if 0 <= at < len(self._lines) else ""

    def _with_words(self, line: str) -> str:
        """Returns a line with the words that names stand for; that of a definition stays."""
        if not self._words or _DEFINITION.match(line):
            return line
        return _NAMED.sub(lambda match: self._words.get(match[1], match[0]), line)

    def _in_cells(self, rows: Iterable[SpannedRow]) -> Iterator[SpannedRow]:
        for row in rows:
            cells = [replace(cell, text=self._with_words(cell.text)) for cell in row.cells]
            yield replace(row, cells=cells)

    def _heading(self) -> bool:
        """Adds a heading that begins here, and tells whether there is one."""
        at = self._at
        over = _ADORNMENT.match(self._line(at))
        title, under = self._line(at + bool(over)), self._line(at + 1 + bool(over))
        match = _ADORNMENT.match(under)
        if over and not (match and under == self._line(at)):
            return False
        if not match or not title.strip() or _ADORNMENT.match(title) or self._line(at - 1).strip():
            return False
        if title[0] == " " and not over:
            return False
        if len(under) < min(len(title), _LEAST_UNDERLINE):
            return False
        style = (match[1], bool(over))
        if style not in self._styles:
            self._styles.append(style)
        self.text.heading(self._with_words(title), self._styles.index(style) + 1)
        self._at = at + 2 + bool(over)
        return True

    def _table(self) -> bool:
        """Adds a grid or a simple table that begins here, and tells whether there is one."""
        line = self._line(self._at)
        if _GRID_TOP.match(line):
            end = self._at
            while _GRID_LINE.match(self._line(end)):
                end += 1
        elif _SIMPLE_TOP.match(line):
            end = self._simple_end()
        else:
            return False
        rows = _drawn_rows(self._lines[self._at : end], is_grid="+" in line)
        if not rows:
            return False
        self.text.table(self._in_cells(rows))
        self._at = end
        return True

    def _simple_end(self) -> int:
        """Returns the line behind a simple table: the second border, or one before a blank line."""
        borders = 0
        for at in range(self._at + 1, len(self._lines)):
            if _SIMPLE_BORDER.match(self._line(at)) and self._line(at):
                borders += 1
                if borders == 2 or not self._line(at + 1):
                    return at + 1
        return self._at

    def _directive(self) -> bool:
        """Adds a table that a directive holds, and tells whether there is one."""
        match = _DIRECTIVE.match(self._line(self._at))
        if match is None:
            return False
        margin, kind, caption = len(match[1]), match[2], match[3]
        self._at += 1
        options: dict[str, str] = {}
        while option := _OPTION.match(self._line(self._at)):
            options[option[1]] = (option[2] or "").strip()
            self._at += 1
        self.text.flush()
        if kind == "table":  # its lines are a table of another sort
            self.text.line(caption)
            self.text.flush()
            return True
        content = self._indented(margin)
        rows = _listed_rows(content) if kind == "list-table" else _csv_rows(content, options)
        heads = _count(options.get("header-rows", ""))
        if header := options.get("header"):
            rows = [*_csv_rows([header], options), *rows]
            heads += 1
        if not rows:  # such as one in another file
            self.text.lines([caption, *(f"{name}: {value}" for name, value in options.items())])
            self.text.lines(content)
            self.text.flush()
            return True
        cells = ([SpannedCell(self._with_words(cell)) for cell in row] for row in rows)
        self.text.table(
            (SpannedRow(row, number < heads) for number, row in enumerate(cells)), caption
        )
        return True

    def _indented(self, margin: int) -> list[str]:
        """Takes the lines that are indented more than a directive."""
        begin = self._at
        while self._at < len(self._lines):
            line = self._line(self._at)
            if line and len(line) - len(line.lstrip()) <= margin:
                break
            self._at += 1
        return [line.rstrip() for line in self._lines[begin : self._at]]


def _definitions(lines: Sequence[str]) -> dict[str, str]:
    """Returns the words that names stand for; the lines of a definition are indented."""
    words: dict[str, str] = {}
    name = ""
    for line in lines:
        definition = _DEFINITION.match(line)
        if definition is not None:
            name = definition[1]
            words.setdefault(name, definition[2].strip())
        elif name and line.startswith(" ") and len(words[name]) < _MOST_WORDS:
            words[name] = f"{words[name]} {line.strip()}".strip()
        else:
            name = ""
    return {name: text for name, text in words.items() if 0 < len(text) <= _MOST_WORDS}


def _drawn_rows(lines: Sequence[str], *, is_grid: bool) -> list[SpannedRow]:
    """Returns the rows of a table that is drawn with signs; none if it is not drawn well."""
    from docutils.parsers.rst.tableparser import (  # type: ignore[import-untyped]
        GridTableParser,
        SimpleTableParser,
        TableMarkupError,
    )
    from docutils.statemachine import StringList  # type: ignore[import-untyped]

    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    block = StringList([line[margin:].rstrip() for line in lines])
    block.pad_double_width(_WIDE_PAD)
    width = max(map(len, block), default=0)
    if is_grid and not _is_quick(block, width):
        return []
    try:
        parser = GridTableParser() if is_grid else SimpleTableParser()
        _, heads, body = parser.parse(block)
    except (TableMarkupError, AssertionError, IndexError, ValueError):
        return []
    return [
        SpannedRow([_cell(cell) for cell in row if cell is not None], number < len(heads))
        for number, row in enumerate((*heads, *body))
    ]


def _is_quick(block: Sequence[str], width: int) -> bool:
    """Tells whether the corners of a grid are found in good time, and its lines end together."""
    corners = sum(line.count("+") for line in block)
    return corners * (len(block) + width) <= _MOST_STEPS and all(
        len(line) == width for line in block
    )


def _cell(cell: tuple[int, int, int, Sequence[str]]) -> SpannedCell:
    rows, columns, _, lines = cell
    words = " ".join(line.replace(_WIDE_PAD, "").strip() for line in lines)
    return SpannedCell(words, min(rows + 1, MOST_ROWS), min(columns + 1, MOST_COLUMNS))


def _listed_rows(lines: Sequence[str]) -> list[list[str]]:
    """Returns the rows of a list of two levels: an entry for each row, and in it for each cell."""
    rows: list[list[str]] = []
    outer: int | None = None
    inner = 0
    for line in lines:
        item = _ITEM.match(line)
        margin = len(item[1]) if item else 0
        if item and (outer is None or margin == outer):
            outer = margin
            rows.append([])
            rest = " " * item.end() + line[item.end() :]
            item = _ITEM.match(rest)
            inner = margin = len(item[1]) if item else 0
        if item and rows and margin == inner:
            rows[-1].append(line[item.end() :].strip())
        elif line.strip():
            if not rows or not rows[-1]:
                return []
            rows[-1][-1] = f"{rows[-1][-1]} {line.strip()}".strip()
    return [row for row in rows if row]


def _csv_rows(lines: Sequence[str], options: dict[str, str]) -> list[list[str]]:
    """Returns the rows of values apart by commas, or by the sign that the options name."""
    delimiter = options.get("delim", ",")
    delimiter = _DELIMITERS.get(delimiter, delimiter)
    quote, escape = options.get("quote", '"'), options.get("escape", "")
    text = [f"{line.strip()}\n" for line in lines if line.strip()]
    try:
        reader = csv.reader(
            text,
            delimiter=delimiter,
            quotechar=quote[:1] or '"',
            escapechar=escape[:1] or None,
            doublequote=not escape,
            skipinitialspace=True,
        )
        return [list(map(str.strip, row)) for row in islice(reader, _MOST_ROWS) if any(row)]
    except (csv.Error, TypeError, ValueError):
        return []


def _count(figure: str) -> int:
    return int(figure) if figure.isascii() and figure.isdecimal() and len(figure) < 3 else 0
