"""Reads MIME mail: headers, bodies and attached files, however broken.

The standard library's lenient reading of headers is used, not its strict one: that raises on
broken headers, and takes minutes over long ones.
"""

from __future__ import annotations

import email
import email.header
import email.policy
import email.utils
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message

from rag.parse.builder import DocumentBuilder
from rag.parse.parse_problem import ParseProblem
from rag.parse.plain.encodings import WIDER, codec_of
from rag.parse.plain.text import decode

_HEADER_CHARACTERS = 32_000
_TELLING_BYTES = 80
_META = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.IGNORECASE)
_SIGNATURES = frozenset(
    ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")
)
_LOCKED = frozenset(
    ("application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
)
_WORD = re.compile(r"\w+")
_MISSING = 0.3  # of the words of a page; the plain text leaves out names of pictures and buttons
_COMPARED_CHARACTERS = 500_000
_CALENDARS = frozenset(("text/calendar", "application/ics"))


class _Bounded(email.policy.Compat32):
    """Truncates overlong headers: parsing them takes time quadratic in their length."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, str(value)[:_HEADER_CHARACTERS]


@dataclass(slots=True)
class MailContents:
    """The parts of a mail.

    Attributes:
        bodies: the parts that a mail program shows as its text, in order.
        attached: the files attached to it and the mails inside it, in order.
        encrypted: some of it cannot be read without the person's key.
    """

    bodies: list[Message] = field(default_factory=list)
    attached: list[Message] = field(default_factory=list)
    encrypted: bool = False


def read(data: bytes) -> Message:
    """Parses a mail; bytes that are not a mail give one without headers."""
    return email.message_from_bytes(data, policy=_Bounded())


def header(message: Message, name: str) -> str:
    """Returns a header's text on one line; "" when there is none."""
    for key, value in message.raw_items():
        if key.lower() == name.lower():
            return " ".join(_header_text(str(value), _charset(message)).split())
    return ""


def date(written: str) -> datetime | None:
    """Returns the time in a Date header; None when it cannot be read."""
    try:
        return email.utils.parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def file_name(part: Message) -> str:
    """Returns the name under which a part was attached; "" when it has none."""
    for name in ("Content-Disposition", "Content-Type"):
        value = next((str(v) for k, v in part.raw_items() if k.lower() == name.lower()), "")
        if not value.isascii():
            part.replace_header(name, _characters(value))
    try:
        return _header_text(part.get_filename() or "").strip()
    except (ValueError, TypeError, LookupError, AttributeError):
        return ""


def attached_name(part: Message) -> str:
    """Returns the name of an attached file or mail, made up from its kind when it has none."""
    name = file_name(part)
    kind = part.get_content_type()
    if kind == "message/rfc822":
        inner = part.get_payload()
        if not name and isinstance(inner, list) and inner and isinstance(inner[0], Message):
            name = header(inner[0], "Subject")
        return name if name.lower().endswith((".eml", ".msg")) else f"{name or 'mail'}.eml"
    if name:
        return name
    stem = "invite" if kind in _CALENDARS else "attachment"
    return stem + (mimetypes.guess_extension(kind) or "")


def attached_bytes(part: Message) -> bytes:
    """Returns an attached file or mail, decoded."""
    inner = part.get_payload()
    if isinstance(inner, list):
        mail = inner[0] if inner else None
        if not isinstance(mail, Message):
            return b""
        if header(part, "Content-Transfer-Encoding").lower() == "base64" and not mail.keys():
            mail["Content-Transfer-Encoding"] = "base64"
            part = mail
        else:
            return mail.as_bytes()
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def text_of(part: Message) -> str:
    """Returns a text part's characters."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = _charset(part)
    if not charset and part.get_content_subtype() == "html":
        match = _META.search(payload[:4096])
        charset = match.group(1).decode() if match else ""
    text = decoded(payload, charset)
    return _reflowed(text, part) if _is_flowed(part) else text


def decoded(data: bytes, charset: str) -> str:
    """Returns text in the encoding that it is said to have, or, where that is wrong, looks to have.

    Mail programs write what is wider under the name of a standard, and UTF-8 under that of ASCII.
    """
    try:
        codec = codec_of(charset)
        return data.decode("utf-8" if codec == "ascii" else WIDER.get(codec, codec))
    except (LookupError, ValueError):
        pass
    try:
        if len(data) < _TELLING_BYTES:  # too few to tell old encodings apart
            return data.decode("utf-8")
        return decode(data)
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
    except ParseProblem:
        return data.decode("cp1252", "replace")


def contents(message: Message) -> MailContents:
    """Sorts the parts of a mail, at any depth, into its text and its attachments."""
    mail = MailContents()
    # Without recursion, as hostile mails nest deeply. A spare part is a version of the text that is
    # not shown; files attached within it still count.
    stack = [(message, False)]
    invites: list[Message] = []
    while stack:
        part, spare = stack.pop()
        kind = part.get_content_type()
        inner = part.get_payload()
        if kind.startswith("multipart/") and isinstance(inner, list):
            children = [child for child in inner if isinstance(child, Message)]
            shown = _shown(children) if kind == "multipart/alternative" else None
            mail.encrypted |= kind == "multipart/encrypted"
            stack += [
                (child, spare or (shown is not None and child is not shown))
                for child in reversed(children)
            ]
        elif kind in _LOCKED:
            mail.encrypted = True
        elif _is_body(part):
            if kind in _CALENDARS:
                invites.append(part)
            elif not spare:
                mail.bodies.append(part)
        elif _is_attached(part):
            mail.attached.append(part)
    if not any(part.get_content_type() in _CALENDARS for part in mail.attached):
        mail.attached += invites[:1]  # most invitations hold the same twice
    return mail


def _is_body(part: Message) -> bool:
    kind = part.get_content_type()
    if kind.startswith("multipart/"):  # one whose boundary is missing is plain text
        return True
    if not kind.startswith("text/") or kind == "text/rfc822-headers":
        return False
    return not file_name(part) and part.get_content_disposition() != "attachment"


def _is_attached(part: Message) -> bool:
    kind = part.get_content_type()
    if kind == "message/rfc822":
        return True
    if part.is_multipart() or kind in _SIGNATURES or kind == "text/rfc822-headers":
        return False
    in_the_text = kind.startswith("image/") and part.get_content_disposition() != "attachment"
    return bool(file_name(part)) or not in_the_text


def _shown(versions: list[Message]) -> Message | None:
    """Returns the version of a text to show: the plain one, unless the HTML one says more.

    People see the HTML one; the plain one may be no more than "Your program cannot show this mail".
    """
    plain, page = (_version(versions, kind) for kind in ("text/plain", "text/html"))
    if plain is not None and page is not None:
        return page[0] if _says_more(page[1], plain[1]) else plain[0]
    only = plain or page
    return only[0] if only is not None else (versions[-1] if versions else None)


def _version(versions: list[Message], kind: str) -> tuple[Message, str] | None:
    """Returns the first version with words of a kind, and these words."""
    for version in versions:
        for leaf in _leaves(version):
            if leaf.get_content_type() == kind and (text := text_of(leaf)).strip():
                return version, text
    return None


def _says_more(page: str, plain: str) -> bool:
    """Tells whether a page has numbers, or many words, that the plain text has not."""
    from rag.parse.plain.html import add_html

    if len(page) > _COMPARED_CHARACTERS:
        return False
    builder = DocumentBuilder()
    add_html(builder, page)
    words, others = (set(_WORD.findall(text.casefold())) for text in (builder.text, plain))
    missing = words - others
    if len(words) * 2 < len(others):  # the page is a mere notice beside the text
        return False
    return len(missing) > _MISSING * len(words) or any(map(str.isdigit, missing))


def _leaves(part: Message) -> Iterator[Message]:
    stack = [part]
    while stack:
        part = stack.pop()
        inner = part.get_payload()
        if isinstance(inner, list):
            if part.get_content_maintype() == "multipart":
                stack += [child for child in reversed(inner) if isinstance(child, Message)]
        elif _is_body(part):
            yield part


def _charset(part: Message) -> str:
    try:
        return part.get_content_charset() or ""
    except (ValueError, TypeError, LookupError):
        return ""


def _characters(raw: str, charset: str = "") -> str:
    """Decodes a header; raw bytes outside ASCII are often in the charset of the text.

    Args:
        raw: as the standard library returns it.
        charset: of the text.
    """
    if raw.isascii():
        return raw
    try:
        sent = raw.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:  # it was not read from bytes
        return raw
    try:
        return sent.decode("utf-8")
    except UnicodeDecodeError:
        return decoded(sent, charset)


def _header_text(raw: str, charset: str = "") -> str:
    text = _characters(raw, charset)
    if "=?" not in text:
        return text
    try:
        words = email.header.decode_header(text.replace("\r", "").replace("\n", ""))
        return "".join(
            word if isinstance(word, str) else _word(word, charset) for word, charset in words
        )
    except (email.errors.HeaderParseError, ValueError):
        return text


def _word(word: bytes, charset: str | None) -> str:
    return decoded(word, charset) if charset else word.decode("raw-unicode-escape", "replace")


def _is_flowed(part: Message) -> bool:
    try:
        return str(part.get_param("format", "")).lower() == "flowed"
    except (ValueError, TypeError, LookupError):
        return False


def _reflowed(text: str, part: Message) -> str:
    """Joins the lines that a mail program broke to keep them short (RFC 3676)."""
    spaces_go = str(part.get_param("delsp", "")).lower() == "yes"
    lines: list[list[str]] = []
    depth_before, open_line = 0, False
    for line in text.replace("\r\n", "\n").split("\n"):
        quoted = line.lstrip(">")
        depth = len(line) - len(quoted)
        content = quoted.removeprefix(" ")
        soft = content.endswith(" ") and content != "-- "
        if soft and spaces_go:
            content = content[:-1]
        if open_line and depth == depth_before and content != "-- ":
            lines[-1].append(content)
        else:
            lines.append([f"{'>' * depth} {content}" if depth else content])
        depth_before, open_line = depth, soft
    return "\n".join("".join(pieces) for pieces in lines)
