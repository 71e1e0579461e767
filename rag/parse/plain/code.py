"""Splits source code into listings at its own gaps."""

from __future__ import annotations

import re

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.plain.sql import add_dump
from rag.parse.plain.text import decode
from rag.parse.source import Source

_AIM = 1200  # characters of a listing; a longer part without a gap stays whole
# How properties of Java write letters beyond Latin-1; not those that stand for no letter alone.
_ESCAPED = re.compile(r"(?<!\\)(?:\\u[0-9A-Fa-f]{4})+")
_GAP = re.compile(r"\n[ \t]*\n(?=[^\s)\]}])")  # before a line that begins at the margin


def parse(source: Source) -> ParsedDocument:
    """Parses a file of source code or settings.

    Raises:
        ParseProblem: it holds no text.
    """
    builder = DocumentBuilder()
    text = decode(source.read())
    if source.suffix == ".properties":
        text = _ESCAPED.sub(_unescaped, text)
    parts = add_dump(builder, text) if source.suffix == ".sql" else (text,)
    for part in parts:
        for listing in cut(part):
            builder.add(listing, BlockKind.CODE)
    return builder.finish(DocumentKind.CODE, source.name, source)


def _unescaped(match: re.Match[str]) -> str:
    units = bytes.fromhex(match.group().replace("\\u", ""))
    return units.decode("utf-16-be", "replace")


def cut(text: str) -> list[str]:
    """Splits the text before unindented lines that follow an empty one; joins small slices."""
    listings: list[str] = []
    begin = end = 0
    for gap in [*_GAP.finditer(text), None]:
        beyond = gap.start() if gap else len(text)
        if end > begin and beyond - begin > _AIM:
            listings.append(text[begin:end])
            begin = end
        end = beyond
    listings.append(text[begin:])
    return listings
