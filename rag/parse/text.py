"""Plain text in any common encoding: paragraphs between blank lines, as slices of the file."""

from __future__ import annotations

import re

from rag.parse.builder import DocumentBuilder, clean
from rag.parse.problem import broken
from rag.parse.source import Source
from rag.types import DocumentKind, ParsedDocument

_PARAGRAPH = re.compile(r"\n[ \t]*\n+")
_SAMPLE_BYTES = 1 << 18
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def parse(source: Source) -> ParsedDocument:
    """Parses a text file.

    Raises:
        ParseProblem: it holds no text, or is in no known encoding.
    """
    builder = DocumentBuilder()
    for paragraph in _PARAGRAPH.split(decode(source.read())):
        builder.add(paragraph)
    return builder.finish(DocumentKind.TEXT, "", source)


def decode(data: bytes) -> str:
    """Text from bytes: by byte order mark, as UTF-8, else by what the bytes look like.

    Raises:
        ParseProblem: no encoding fits.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return clean(data.decode(encoding, "replace"))
    try:
        return clean(data.decode("utf-8"))
    except UnicodeDecodeError:
        return clean(_guess(data))


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE_BYTES]).best()
    if best is None:
        raise broken("a text file")
    return data.decode(best.encoding, "replace")
