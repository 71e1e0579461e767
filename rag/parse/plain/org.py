"""Parses Org files: headings with their state and tags, properties, tables and listings."""

from __future__ import annotations

import re

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder, add_table
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.plain.text import decode
from rag.parse.source import Source
from rag.parse.state_words import struck_out
from rag.text.tick_marks import signs_in_words

_HEADING = re.compile(r"(\*+) +(.+)")
_TAGS = re.compile(r":[\w@#%:]+:")
_KEYWORD = re.compile(r"#\+(\w+):[ \t]*(.*)")
_BEGIN = re.compile(r"[ \t]*#\+begin_(\w+)", re.IGNORECASE)
_END = re.compile(r"[ \t]*#\+end_(\w+)", re.IGNORECASE)
_DRAWER = re.compile(r"[ \t]*:([\w-]+):[ \t]*$")
_PROPERTY = re.compile(r"[ \t]*:([\w+-]+):[ \t]+(.*)")
_ITEM = re.compile(r"[ \t]*(?:[-+]|\d+[.)])[ \t]+\S")
_RULE = re.compile(r"\|[-+]+\|?")
_LINK = re.compile(r"\[\[([^\]\[]+)\](?:\[([^\]\[]+)\])?\]")
_STRUCK = re.compile(r"(?<![^\s({'\"-])\+(?!\s)([^+\n]{1,2000})(?<!\s)\+(?![^\s.,;:!?'\")}-])")
_LISTINGS = frozenset(("src", "example", "export"))
_DEEPEST_HEADING = 6
_FACTS = frozenset(("author", "date", "email", "description", "keywords", "filetags", "subtitle"))


def parse(source: Source) -> ParsedDocument:
    """Parses an Org file.

    Raises:
        ParseProblem: it holds no text.
    """
    builder = DocumentBuilder()
    walk = _OrgWalk(builder)
    for line in decode(source.read()).lstrip("\ufeff").split("\n"):
        walk.line(line.rstrip())
    walk.flush()
    return builder.finish(DocumentKind.ORG, walk.title, source)


class _OrgWalk:
    """Collects lines of one kind into blocks.

    Attributes:
        title: the document's own, or "".
    """

    def __init__(self, builder: DocumentBuilder) -> None:
        self.title = ""
        self._builder = builder
        self._lines: list[str] = []
        self._kind = BlockKind.PARAGRAPH
        self._listing = ""

    def line(self, line: str) -> None:
        """Takes the next line."""
        if self._listing:
            end = _END.match(line)
            if end is not None and end.group(1).lower() == self._listing:
                self.flush()
                self._listing = ""
            else:
                self._lines.append(line)
        elif begin := _BEGIN.match(line):
            self.flush()
            name = begin.group(1).lower()
            if name in _LISTINGS:  # a quotation or a note is text
                self._listing = name
                self._kind = BlockKind.CODE
        elif heading := _HEADING.match(line):
            self.flush()
            words = heading.group(2)
            before, _, tags = words.rpartition(" ")
            if _TAGS.fullmatch(tags):
                words = f"{before.rstrip()} ({', '.join(tags.strip(':').split(':'))})"
            self._builder.heading(_plain(words), min(len(heading.group(1)), _DEEPEST_HEADING))
        elif keyword := _KEYWORD.match(line):
            self._keyword(keyword.group(1).lower(), keyword.group(2))
        else:
            self._text(line)

    def flush(self) -> None:
        """Ends a block."""
        lines, kind = self._lines, self._kind
        self._lines, self._kind = [], BlockKind.PARAGRAPH
        if kind is BlockKind.TABLE:
            cells = ([_plain(cell) for cell in row.split("|")] for row in lines)
            rows = [[signs_in_words(cell, apart=False) for cell in row] for row in cells]
            add_table(self._builder, rows)
        elif kind is BlockKind.CODE:
            self._builder.add("\n".join(lines), kind)
        else:
            self._builder.add(signs_in_words("\n".join(lines)), kind)

    def _keyword(self, name: str, value: str) -> None:
        if name == "title":
            self.title = f"{self.title} {value}".strip()
            self._builder.add(value)
        elif name in _FACTS:
            self._builder.add(f"{name.capitalize()}: {value}")
        elif name == "caption":
            self.flush()
            self._builder.add(value)

    def _text(self, line: str) -> None:
        if _RULE.fullmatch(line.strip()) or _DRAWER.match(line) or _END.match(line):
            return
        if line.lstrip().startswith("|"):
            self._begin(BlockKind.TABLE)
            self._lines.append(line.strip().removeprefix("|").removesuffix("|"))
        elif not line.strip():
            self.flush()
        elif entry := _PROPERTY.match(line):
            self._begin(BlockKind.PARAGRAPH)
            self._lines.append(f"{entry.group(1)}: {_plain(entry.group(2))}")
        elif _ITEM.match(line):
            self.flush()
            self._kind = BlockKind.LIST_ITEM
            self._lines.append(_plain(line.strip()))
        else:
            if self._kind is BlockKind.TABLE:
                self.flush()
            self._lines.append(_plain(line.strip()))

    def _begin(self, kind: BlockKind) -> None:
        if self._kind is not kind:
            self.flush()
            self._kind = kind


def _plain(text: str) -> str:
    """Returns text with links as their words and targets, and struck-out text in words."""
    text = _STRUCK.sub(lambda m: struck_out(m[1]), text)
    return _LINK.sub(lambda m: f"{m[2]} ({m[1]})" if m[2] else m[1], text)
