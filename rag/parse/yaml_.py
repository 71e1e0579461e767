"""YAML: the file's own lines. They are not loaded, so that no alias of it can unfold."""

from __future__ import annotations

from rag.parse.builder import DocumentBuilder
from rag.parse.code import cut
from rag.parse.source import Source
from rag.parse.text import decode
from rag.types import BlockKind, DocumentKind, ParsedDocument


def parse(source: Source) -> ParsedDocument:
    """Parses a YAML file.

    Raises:
        ParseProblem: it holds no text.
    """
    builder = DocumentBuilder()
    for part in cut(decode(source.read())):
        builder.add(part, BlockKind.CODE)
    return builder.finish(DocumentKind.YAML, source.name, source)
