"""Reads Textile and Creole: sections, and tables whose rows are cells between bars."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.parse.builder import DocumentBuilder
from rag.parse.plain.markup_text import MarkupText
from rag.parse.spanned_table import MOST_COLUMNS, MOST_ROWS, SpannedCell, SpannedRow, span

_LOOK = r"\{[^}]{0,200}\}|\([^)]{0,200}\)"  # styles and classes
_TEXTILE_HEADING = re.compile(rf"h([1-6])(?:[<>=()]|{_LOOK}|\[\w+\])*\. +(.+)")
_CREOLE_HEADING = re.compile(r"[ \t]*(={1,6})[ \t]*([^=\s].*?)[ \t]*=*$")
_ROW = re.compile(rf"[ \t]*(?:[<>=^~-]*(?:{_LOOK})*\. +)?\|(.*)\|[ \t]*$")
_TABLE_SIGN = re.compile(rf"table(?:{_LOOK}|[<>=_])*\.\s*(.*)$")
# Textile: "_" is a heading, \2 spans columns, /2 spans rows; then look and alignment, and a dot.
_CELL = re.compile(
    rf"(?P<head>_?)(?P<spans>(?:\\\d+|/\d+|[<>=^~-]|{_LOOK})*)\. (?P<text>.*)", re.DOTALL
)
_WIDE, _DEEP = re.compile(r"\\(\d+)"), re.compile(r"/(\d+)")
_LINK_OR_BAR = re.compile(r"(\[\[[^\]]{0,500}\]\]|\{\{[^}]{0,500}\}\})|\|")


def add_text(builder: DocumentBuilder, text: str) -> str:
    """Adds a text in Textile or Creole, and returns its title, or ""."""
    out = MarkupText(builder)
    rows: list[SpannedRow] = []
    caption = ""
    for line in text.split("\n"):
        if row := _ROW.match(line):
            rows.append(_row(row[1]))
            continue
        if rows:
            out.table(rows, caption)
            rows, caption = [], ""
        if table := _TABLE_SIGN.match(line):
            caption = table[1]
        elif heading := _TEXTILE_HEADING.match(line):
            out.heading(heading[2], int(heading[1]))
        elif heading := _CREOLE_HEADING.match(line):
            out.heading(heading[2], len(heading[1]))
        else:
            out.line(line)
    if rows:
        out.table(rows, caption)
    out.flush()
    return out.title


def _row(content: str) -> SpannedRow:
    cells, heads = [], 0
    for words in _cells(content):
        text = words.strip()
        cell = _CELL.match(text)
        if text.startswith("="):  # Creole
            heads += 1
            cells.append(SpannedCell(text[1:].strip()))
        elif cell:
            heads += bool(cell["head"])
            wide, deep = _WIDE.search(cell["spans"]), _DEEP.search(cell["spans"])
            cells.append(
                SpannedCell(
                    cell["text"].strip(),
                    span(deep[1] if deep else None, MOST_ROWS),
                    span(wide[1] if wide else None, MOST_COLUMNS),
                )
            )
        else:
            cells.append(SpannedCell(text))
    return SpannedRow(cells, heads == len(cells))


def _cells(content: str) -> Iterator[str]:
    """Yields the cells of a row; a bar within a link parts none."""
    begin = 0
    for match in _LINK_OR_BAR.finditer(content):
        if match[1] is None:
            yield content[begin : match.start()]
            begin = match.end()
    yield content[begin:]
