"""CSV and TSV: one table, a row on each line, with its cells."""

from __future__ import annotations

import csv

from rag.parse.builder import DocumentBuilder
from rag.parse.problem import broken
from rag.parse.source import Source
from rag.parse.table import add_sheet
from rag.parse.text import decode
from rag.types import DocumentKind, ParsedDocument

_SAMPLE = 1 << 16
_DELIMITERS = ",;\t|"
_FIELD_LIMIT = 1 << 20


def parse(source: Source) -> ParsedDocument:
    """Parses a CSV file.

    Raises:
        ParseProblem: it holds no text, or a field is longer than a million characters.
    """
    text = decode(source.read())
    csv.field_size_limit(_FIELD_LIMIT)
    builder = DocumentBuilder()
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), _dialect(text)))
    except csv.Error as error:
        raise broken("a CSV file") from error
    add_sheet(builder, rows, sheet=None)
    return builder.finish(DocumentKind.CSV, "", source)


def _dialect(source: str) -> type[csv.Dialect]:
    try:
        return csv.Sniffer().sniff(source[:_SAMPLE], _DELIMITERS)
    except csv.Error:
        return csv.excel
