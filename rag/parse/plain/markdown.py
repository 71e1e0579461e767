"""Parses Markdown: blocks are slices of the source, by a CommonMark parser's line numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.plain.text import decode
from rag.parse.source import Source

if TYPE_CHECKING:
    from markdown_it.token import Token

_KINDS = {
    "paragraph_open": BlockKind.PARAGRAPH,
    "blockquote_open": BlockKind.PARAGRAPH,
    "html_block": BlockKind.PARAGRAPH,
    "list_item_open": BlockKind.LIST_ITEM,
    "table_open": BlockKind.TABLE,
    "fence": BlockKind.CODE,
    "code_block": BlockKind.CODE,
}


def parse(source: Source) -> ParsedDocument:
    """Parses a Markdown file.

    Raises:
        ParseProblem: it holds no text.
    """
    builder = DocumentBuilder()
    title = add_markdown(builder, decode(source.read()))
    return builder.finish(DocumentKind.MARKDOWN, title, source)


def add_markdown(builder: DocumentBuilder, text: str) -> str:
    """Adds the blocks of a Markdown text, and returns its first heading, or ""."""
    from markdown_it import MarkdownIt

    lines = text.split("\n")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    title = ""
    covered = 0
    for position, token in enumerate(tokens):
        if token.map is None or token.map[0] < covered:
            continue
        if token.type == "heading_open":
            heading = tokens[position + 1].content
            title = title or heading
            builder.heading(heading, int(token.tag[1:]))
        elif token.type in _KINDS:
            _add(builder, token, lines)
        else:
            continue
        covered = token.map[1]
    return title


def _add(builder: DocumentBuilder, token: Token, lines: list[str]) -> None:
    first, beyond = token.map or [0, 0]
    part = lines[first:beyond]
    if token.type == "table_open":
        rows = [line.strip().strip("|").strip() for line in [part[0], *part[2:]]]
        builder.add("\n".join(rows), BlockKind.TABLE, header=rows[0])
    else:
        builder.add("\n".join(part), _KINDS[token.type])
