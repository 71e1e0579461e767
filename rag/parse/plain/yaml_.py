"""Parses YAML as its own lines: it is not loaded, so that no alias can expand."""

from __future__ import annotations

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.plain.code import cut
from rag.parse.plain.text import decode
from rag.parse.source import Source


def parse(source: Source) -> ParsedDocument:
    """Parses a YAML file.

    Raises:
        ParseProblem: it holds no text.
    """
    builder = DocumentBuilder()
    for part in cut(decode(source.read())):
        builder.add(part, BlockKind.CODE)
    return builder.finish(DocumentKind.YAML, source.name, source)
