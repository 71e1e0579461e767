"""Parses notebooks (Jupyter): text as Markdown, code and what it printed as listings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.parse_problem import broken
from rag.parse.plain.markdown import add_markdown
from rag.parse.plain.text import decode
from rag.parse.source import Source

_OUTPUT_CHARACTERS = 10_000
"""Longest output of a cell; what is behind it is mostly a progress display."""


def parse(source: Source) -> ParsedDocument:
    """Parses a notebook of format 3 or 4. Pictures and HTML in outputs are left out.

    Raises:
        ParseProblem: it is damaged or holds no text.
    """
    try:
        notebook = json.loads(decode(source.read()).lstrip("\ufeff"))
        cells = list(_cells(notebook))
    except (ValueError, RecursionError, AttributeError, TypeError) as error:
        raise broken("a notebook") from error
    builder = DocumentBuilder()
    title = ""
    shortened = False
    for cell in cells:
        content = _text(cell.get("source", cell.get("input")))
        kind = cell.get("cell_type")
        if kind == "markdown":
            title = add_markdown(builder, content) or title
        elif kind == "heading":  # format 3
            builder.heading(content, min(max(_number(cell.get("level")), 1), 6))
        else:
            builder.add(content, BlockKind.CODE if kind == "code" else BlockKind.PARAGRAPH)
            for output in _outputs(cell):
                shortened = shortened or len(output) > _OUTPUT_CHARACTERS
                builder.add(f"Output:\n{output[:_OUTPUT_CHARACTERS]}", BlockKind.CODE)
    if shortened:
        builder.notes.append(
            f"Of outputs longer than {_OUTPUT_CHARACTERS:,} characters, the beginning was read."
        )
    return builder.finish(DocumentKind.NOTEBOOK, title, source)


def _cells(notebook: dict[str, Any]) -> Iterator[dict[str, Any]]:
    sheets = [notebook, *notebook.get("worksheets", [])]  # format 3 has worksheets
    for sheet in sheets:
        yield from (cell for cell in sheet.get("cells", []) if isinstance(cell, dict))


def _outputs(cell: dict[str, Any]) -> Iterator[str]:
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else ():
        if not isinstance(output, dict):
            continue
        data = output.get("data")
        plain = data.get("text/plain") if isinstance(data, dict) else None
        words = _text(output.get("text") or plain)
        if not words and output.get("ename"):
            words = f"{output['ename']}: {_text(output.get('evalue'))}"
        if words.strip():
            yield words


def _text(value: Any) -> str:
    """Returns a text that the format stores as one string or as a list of lines."""
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 1
