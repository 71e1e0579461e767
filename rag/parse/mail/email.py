"""Parses mail: sender, recipients, date and subject, the text, and attachments as parts."""

from __future__ import annotations

import re
from email.message import Message
from functools import partial

from rag.formats import DocumentKind
from rag.parse.attachments import add_attachments
from rag.parse.builder import DocumentBuilder
from rag.parse.document import ParsedDocument
from rag.parse.mail import mime
from rag.parse.parse_problem import broken
from rag.parse.plain.html import add_html
from rag.parse.source import Source

HEADERS = ("From", "To", "Cc", "Date", "Subject")
"""The headers that become text of the document, in their order."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_APPLE = re.compile(rb"(\d{1,10})\s*\n")
_PARAGRAPHS = re.compile(r"\n[ \t]*\n+")


def parse(source: Source) -> ParsedDocument:
    """Parses a mail as it is sent (EML), or as Outlook (MSG) or Apple Mail (EMLX) store it.

    Raises:
        ParseProblem: it is not a mail, or holds no text.
    """
    data = source.read()
    if data.startswith(_OLE):
        from rag.parse.mail.msg import read

        return document(read(data), source)
    return document(mime.read(_unwrapped(data)), source)


def document(message: Message, source: Source) -> ParsedDocument:
    """Returns the mail as a document.

    Raises:
        ParseProblem: it has no headers of a mail, or holds no text.
    """
    values = {name: value for name in HEADERS if (value := mime.header(message, name))}
    if not values:
        raise broken("a mail")
    builder = DocumentBuilder()
    builder.add("\n".join(f"{name}: {_dated(name, value)}" for name, value in values.items()))
    contents = mime.contents(message)
    for body in contents.bodies:
        _add_body(builder, body)
    if contents.encrypted:
        builder.notes.append("The text of this mail is encrypted and cannot be read.")
    add_attachments(
        builder,
        source,
        (
            (mime.attached_name(part), partial(mime.attached_bytes, part))
            for part in contents.attached
        ),
    )
    return builder.finish(DocumentKind.EMAIL, values.get("Subject", ""), source)


def _unwrapped(data: bytes) -> bytes:
    """Strips a byte order mark, leading empty lines, and the length that Apple Mail writes."""
    data = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    length = _APPLE.match(data)
    return data[length.end() : length.end() + int(length.group(1))] if length else data


def _dated(name: str, value: str) -> str:
    """Returns a date as it was written, then in ISO form, which sorts."""
    moment = mime.date(value) if name == "Date" else None
    return f"{value} ({moment.isoformat(' ', 'minutes')})" if moment is not None else value


def _add_body(builder: DocumentBuilder, body: Message) -> None:
    text = mime.text_of(body)
    if body.get_content_type() == "text/html":
        add_html(builder, text)
        builder.leave_sections()
        return
    for paragraph in _PARAGRAPHS.split(text.replace("\r\n", "\n").replace("\r", "\n")):
        builder.add(paragraph)
