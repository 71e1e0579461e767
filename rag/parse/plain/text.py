"""Parses plain text in any encoding: paragraphs between blank lines, as slices of the file."""

from __future__ import annotations

import re

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder, clean
from rag.parse.document import ParsedDocument
from rag.parse.plain.encodings import decode_bytes
from rag.parse.source import Source
from rag.text.tick_marks import signs_in_words

# Colours and movements of a terminal (ECMA-48), which logs and saved sessions hold.
_TERMINAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[@-Z\\^_=>])")
_PARAGRAPH = re.compile(r"\n[ \t]*\n+")


def parse(source: Source) -> ParsedDocument:
    """Parses a text file.

    Raises:
        ParseProblem: it holds no text.
    """
    # Other parsers of this package use `decode`, and need neither.
    from rag.parse.plain.chat import messages_in_text
    from rag.parse.plain.log import log_entries

    builder = DocumentBuilder()
    text = decode(source.read())
    messages = messages_in_text(text)
    for message in messages:
        builder.add(message.line())
    entries = [] if messages else log_entries(text)
    for group in entries:
        builder.add(group)
    for paragraph in () if messages or entries else _PARAGRAPH.split(text):
        builder.add(signs_in_words(paragraph, apart=False))
    return builder.finish(DocumentKind.TEXT, "", source)


def decode(data: bytes, declared: str = "") -> str:
    """Decodes bytes in any encoding to text with line feeds that can be stored.

    Args:
        data: the bytes of a text file.
        declared: the encoding that the file names, if it does.
    """
    text = decode_bytes(data, declared)
    return clean(_TERMINAL.sub("", text) if "\x1b" in text else text)
