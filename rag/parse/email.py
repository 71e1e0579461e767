"""Mail: sender, recipients, date and subject, then the text."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

from rag.parse.builder import DocumentBuilder
from rag.parse.html import add_html
from rag.parse.problem import broken
from rag.parse.source import Source
from rag.parse.text import decode
from rag.types import DocumentKind, ParsedDocument

_HEADERS = ("From", "To", "Cc", "Date", "Subject")


def parse(source: Source) -> ParsedDocument:
    """Parses an EML file.

    Raises:
        ParseProblem: it is no mail, or holds no text.
    """
    message = email.message_from_bytes(source.read(), policy=email.policy.default)
    if not isinstance(message, EmailMessage) or not any(message.get(name) for name in _HEADERS):
        raise broken("a mail")
    builder = DocumentBuilder()
    lines = [f"{name}: {value}" for name in _HEADERS if (value := _header(message, name))]
    builder.add("\n".join(lines))
    _add_body(builder, message)
    names = [part.get_filename() or "unnamed" for part in message.iter_attachments()]
    if names:
        builder.add(f"Attachments: {', '.join(names)}")
        builder.notes.append("Attachments of a mail are listed, but not read.")
    return builder.finish(DocumentKind.EMAIL, _header(message, "Subject"), source)


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message.get(name, "")).split())
    except (ValueError, IndexError, AttributeError):  # the standard library on broken headers
        return ""


def _add_body(builder: DocumentBuilder, message: EmailMessage) -> None:
    body = message.get_body(preferencelist=("plain", "html"))
    if not isinstance(body, EmailMessage):
        return
    try:
        text = str(body.get_content())
    except (LookupError, ValueError):  # an encoding that does not exist
        payload = body.get_payload(decode=True)
        text = decode(payload) if isinstance(payload, bytes) else ""
    if body.get_content_subtype() == "html":
        add_html(builder, text)
        return
    for paragraph in text.replace("\r\n", "\n").split("\n\n"):
        builder.add(paragraph)
