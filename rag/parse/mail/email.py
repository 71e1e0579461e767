"""Parses mail: sender, recipients, date and subject, the text, and attachments as parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email.errors import MessageError
from email.message import Message
from functools import partial

from rag.formats import DocumentKind
from rag.parse.attachments import AttachedFile, add_attachments
from rag.parse.builder import DocumentBuilder
from rag.parse.document import ParsedDocument
from rag.parse.mail import mime
from rag.parse.parse_problem import broken
from rag.parse.source import Source

HEADERS = ("From", "To", "Cc", "Date", "Subject")
"""The headers that become text of the document, in their order."""

_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")
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
    if _is_saved_page(message):
        return _page(message, values.get("Subject", ""), source)
    if not values:
        raise broken("a mail")
    builder = DocumentBuilder()
    builder.add("\n".join(f"{name}: {_dated(name, value)}" for name, value in values.items()))
    contents = mime.contents(message)
    for body in contents.bodies:
        _add_body(builder, body)
    if contents.encrypted:
        builder.notes.append("The text of this mail is encrypted and cannot be read.")
    add_attachments(builder, source, attached_files(contents.attached))
    return builder.finish(DocumentKind.EMAIL, values.get("Subject", ""), source)


def attached_files(attached: Iterable[Message]) -> Iterator[AttachedFile]:
    """Yields the files attached to a mail; those that Outlook packed into one (TNEF) singly."""
    for part in attached:
        name = mime.attached_name(part)
        if part.get_content_type() in _TNEF or name.lower() == "winmail.dat":
            from rag.parse.mail import tnef

            packed = tnef.files(_decoded(part))
            if packed:
                yield from ((name, partial(bytes, data)) for name, data in packed)
                continue
        yield name, partial(mime.attached_bytes, part)


def _decoded(part: Message) -> bytes:
    try:
        return mime.attached_bytes(part)
    except (ValueError, TypeError, LookupError, AttributeError, MessageError):
        return b""


def _is_saved_page(message: Message) -> bool:
    """Tells whether a browser saved a page so (MHTML): to nobody, and with a place on the web."""
    if any(mime.header(message, name) for name in ("To", "Cc", "Received", "Message-ID")):
        return False
    parts = [message, *mime.contents(message).bodies]
    return message.get_content_maintype() == "multipart" and any(
        mime.header(part, name)
        for part in parts
        for name in ("Snapshot-Content-Location", "Content-Location")
    )


def _page(message: Message, subject: str, source: Source) -> ParsedDocument:
    """Returns a saved page as a document; its pictures and styles are no attachments.

    Raises:
        ParseProblem: it holds no text.
    """
    from rag.parse.plain.html import add_html

    builder = DocumentBuilder()
    for body in mime.contents(message).bodies:
        if body.get_content_type() == "text/html":
            add_html(builder, mime.text_of(body))
            builder.leave_sections()
    return builder.finish(DocumentKind.HTML, subject, source)


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
        from rag.parse.plain.html import add_html

        add_html(builder, text)
        builder.leave_sections()
        return
    for paragraph in _PARAGRAPHS.split(text.replace("\r\n", "\n").replace("\r", "\n")):
        builder.add(paragraph)
