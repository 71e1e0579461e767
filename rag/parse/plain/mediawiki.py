"""Reads MediaWiki's markup: sections, tables, and text without its signs.

Line by line and in linear time: mwparserfromhell, the usual parser, took 18 seconds for a table of
500,000 characters, and does not come to an end with links that are left open.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rag.parse.builder import DocumentBuilder
from rag.parse.plain.markup_text import MarkupText
from rag.parse.spanned_table import MOST_COLUMNS, MOST_ROWS, SpannedCell, SpannedRow, span
from rag.parse.text_marks import Mark, in_words, without_marks

_HEADING = re.compile(r"(={1,6})(?!=)[ \t]*(.*?)[ \t]*\1[ \t]*$")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_LIST_SIGNS = re.compile(r"[*#:;]+")
_ITEMS = {"*": "- ", "#": "# "}
_KEPT = r"\[\[[^\[\]\n]{0,2000}\]\]|\{\{[^{}\n]{0,2000}\}\}|<nowiki>[^<\n]{0,2000}</nowiki>"
_CELL_ENDS = {
    "|": re.compile(rf"(?:{_KEPT})|(\|\|)"),
    "!": re.compile(rf"(?:{_KEPT})|(\|\||!!)"),
}
_ATTRIBUTES_END = re.compile(rf"(?:{_KEPT})|(\|)")
_SPAN = {
    name: re.compile(rf"\b{name}\s*=\s*[\"']?\s*(\d+)", re.IGNORECASE)
    for name in ("rowspan", "colspan")
}
_LINK = re.compile(r"\[\[([^\[\]|\n]{1,1000})(?:\|([^\[\]\n]{0,2000}))?\]\]")
_ADDRESS = re.compile(
    r"\[((?:https?:|ftp:|mailto:|//)[^\s\[\]]{1,2000})(?:[ \t]+([^\[\]\n]{1,2000}))?\]"
)
_EMPHASIS = re.compile(r"'{2,5}")
_TAG = re.compile(r"<(/?)([a-zA-Z]{1,12})\b[^<>\n]{0,1000}?(/?)>")
_TABLE_TAG = re.compile(r"[ \t]*<table\b", re.IGNORECASE)
_TABLE_TAG_END = re.compile(r"</table\s*>", re.IGNORECASE)
_MARKS = {
    **dict.fromkeys(("del", "s", "strike"), Mark.STRUCK),
    "sup": Mark.RAISED,
    "sub": Mark.LOWERED,
    "mark": Mark.HIGHLIGHTED,
}
_SILENT = frozenset(
    (
        *("b", "i", "u", "em", "strong", "small", "big", "span", "div", "center", "font", "tt"),
        *("code", "nowiki", "blockquote", "p", "poem", "abbr", "cite", "includeonly", "noinclude"),
        *("gallery", "references", "pre", "syntaxhighlight"),
    )
)
_PICTURES = ("file:", "image:", "datei:", "bild:", "fichier:", "archivo:", "media:")


def add_text(builder: DocumentBuilder, text: str) -> str:
    """Adds a text in MediaWiki's markup, and returns its title, or ""."""
    out = MarkupText(builder)
    lines = _COMMENT.sub("", without_marks(text)).split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        if heading := _HEADING.match(line):
            out.heading(_words(heading[2]), len(heading[1]))
        elif line.lstrip(" \t:").startswith("{|"):
            at = _add_table(out, lines, at)
            continue
        elif _TABLE_TAG.match(line):
            at = _add_html(out, lines, at)
            continue
        else:
            out.lines(_words(_item(line)).split("\n"))
        at += 1
    out.flush()
    return out.title


def _item(line: str) -> str:
    """Returns a line of a list as one that a reader sees."""
    signs = _LIST_SIGNS.match(line)
    if signs is None:
        return line
    return "  " * (signs.end() - 1) + _ITEMS.get(signs[0][-1], "") + line[signs.end() :].strip()


@dataclass(slots=True)
class _Cell:
    """A cell that is being read: its attributes, and its lines."""

    is_name: bool
    attributes: str
    lines: list[str]


@dataclass(slots=True)
class _Table:
    """A table that is being read.

    Attributes:
        caption: lines of it.
        rows: of cells.
        inner: tables in cells that are still open.
        braces: templates that are still open.
    """

    caption: list[str] = field(default_factory=list)
    rows: list[list[_Cell]] = field(default_factory=lambda: [[]])
    inner: int = 0
    braces: int = 0
    in_caption: bool = False

    def take(self, line: str) -> bool:
        """Takes the next line; tells whether the table goes on."""
        bare = line.strip()
        if bare.startswith("{|"):
            self.inner += 1
        elif bare.startswith("|}") and not bare.startswith("|}}"):
            self.inner -= 1
            if self.inner < 0:
                return False
        elif not self.inner and bare.startswith("|-"):
            self.rows.append([])
            self.braces, self.in_caption = 0, False
        elif not self.inner and not self.braces and bare.startswith("|+"):
            self.caption.append(_parted(bare[2:])[1])
            self.in_caption = True
        elif not self.inner and not self.braces and bare[:1] in ("|", "!"):
            self.in_caption = False
            self._cells(bare)
        elif self.in_caption:
            self.caption.append(line)
        elif self.rows[-1]:
            self.rows[-1][-1].lines.append(bare.lstrip("|!-") if self.inner else line)
        self.braces = max(self.braces + line.count("{{") - line.count("}}"), 0)
        return True

    def _cells(self, line: str) -> None:
        mark, begin = line[0], 1
        ends = [match.span(1) for match in _CELL_ENDS[mark].finditer(line, 1) if match[1]]
        for left, right in (*ends, (len(line), 0)):
            attributes, words = _parted(line[begin:left])
            self.rows[-1].append(_Cell(mark == "!", attributes, [words]))
            begin = right


def _parted(cell: str) -> tuple[str, str]:
    """Returns the attributes of a cell, which end with a bar of their own, and its words."""
    bar = next((match for match in _ATTRIBUTES_END.finditer(cell) if match[1]), None)
    return (cell[: bar.start(1)], cell[bar.end(1) :]) if bar else ("", cell)


def _add_table(out: MarkupText, lines: Sequence[str], at: int) -> int:
    """Adds the table that begins here, and returns the line behind it."""
    table = _Table()
    at += 1
    while at < len(lines) and table.take(lines[at]):
        at += 1
    out.table(_rows(table.rows), " ".join(_words("\n".join(table.caption)).split()))
    return at + 1


def _rows(rows: Sequence[Sequence[_Cell]]) -> Iterator[SpannedRow]:
    for cells in rows:
        if cells:
            spanned = [
                SpannedCell(
                    " ".join(_words("\n".join(cell.lines)).split()),
                    _span(cell.attributes, "rowspan", MOST_ROWS),
                    _span(cell.attributes, "colspan", MOST_COLUMNS),
                )
                for cell in cells
            ]
            yield SpannedRow(spanned, all(cell.is_name for cell in cells))


def _span(attributes: str, name: str, most: int) -> int:
    match = _SPAN[name].search(attributes)
    return span(match[1] if match else None, most)


def _add_html(out: MarkupText, lines: Sequence[str], at: int) -> int:
    """Adds a table in HTML, which pages may hold as well, and returns the line behind it."""
    from rag.parse.plain.html import add_html

    end = next((n for n in range(at, len(lines)) if _TABLE_TAG_END.search(lines[n])), len(lines))
    out.flush()
    add_html(out.builder, "\n".join(lines[at : end + 1]))
    return end + 1


def _words(text: str) -> str:
    """Returns the words that a reader sees; templates stay as they are written."""
    text = _EMPHASIS.sub("", text)
    text = _LINK.sub(_link, _LINK.sub(_link, text))  # a picture's caption may hold links
    text = _ADDRESS.sub(lambda match: f"{match[2]} ({match[1]})" if match[2] else match[1], text)
    return html.unescape(in_words(_TAG.sub(_tag, text)))


def _link(match: re.Match[str]) -> str:
    target, words = match[1].strip(), match[2]
    if target.lower().startswith(_PICTURES):  # its caption stands behind its size and place
        return (words or "").rpartition("|")[2]
    return words or target.removeprefix(":")


def _tag(match: re.Match[str]) -> str:
    name = match[2].lower()
    if name == "br":
        return "\n"
    if name == "ref":
        return "" if match[3] else ")" if match[1] else " ("
    if name in _MARKS:
        mark = _MARKS[name]
        return mark.end if match[1] else mark.start
    return "" if name in _SILENT else match[0]
