"""Parses CSV and TSV: one table, a row on each line."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import ParsedDocument
from rag.parse.failures import FailureReason
from rag.parse.parse_problem import ParseProblem, broken
from rag.parse.plain.text import decode
from rag.parse.source import Source
from rag.parse.table import add_sheet

_SAMPLE_LINES = 60
_SAMPLE_LENGTH = 1 << 16
_DELIMITERS = ",;\t|"
_FIELD_LIMIT = 1 << 20
_DECLARED = re.compile(r'"?sep=([,;\t|])"?\r?\n', re.IGNORECASE)  # a line that Excel reads


def parse(source: Source) -> ParsedDocument:
    """Parses a CSV file.

    Raises:
        ParseProblem: it holds no text, or a field is longer than a million characters.
    """
    text = decode(source.read())
    declared = _DECLARED.match(text)
    text = text[declared.end() :] if declared else text
    csv.field_size_limit(_FIELD_LIMIT)
    builder = DocumentBuilder()
    delimiter = declared[1] if declared else _delimiter(text)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        if "field limit" not in str(error):
            raise broken("a CSV file") from error
        raise ParseProblem(
            FailureReason.TOO_LARGE,
            f"A field of the table is longer than {_FIELD_LIMIT:,} characters: a quotation mark "
            "may not be closed. Mend it in its own program.",
        ) from error
    add_sheet(builder, rows, sheet=None, first_row=2 if declared else 1)
    return builder.finish(DocumentKind.CSV, "", source)


def _delimiter(text: str) -> str:
    """Returns the character that splits the first lines into the most even columns."""
    lines = text[:_SAMPLE_LENGTH].split("\n")[:_SAMPLE_LINES]

    def evenness(delimiter: str) -> float:
        widths = Counter(
            len(row) for row in csv.reader(lines, delimiter=delimiter) if any(map(str.strip, row))
        )
        if not widths:
            return 0
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        return count / widths.total() * (1 - 1 / width)

    return max(_DELIMITERS, key=evenness)
