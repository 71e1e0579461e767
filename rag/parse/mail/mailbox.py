"""Parses mailboxes (mbox): every mail is a part with its own attachments; the whole is a list."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from rag.formats import DocumentKind
from rag.parse import limits
from rag.parse.attachments import NAME_CHARACTERS, failure_notes, safe_name
from rag.parse.builder import DocumentBuilder
from rag.parse.dispatch import parse_part
from rag.parse.document import BlockKind, ParsedDocument, Part
from rag.parse.failures import FailureReason, ParseFailure
from rag.parse.mail import mime
from rag.parse.parse_problem import broken
from rag.parse.source import Source

MOST_MAILS = 20_000
"""Most mails that are read of one mailbox."""

_LINE_BYTES = 1 << 16  # longer lines are read in pieces
_HEAD_BYTES = 1 << 16
_HEADER = re.compile(rb">?[!-9;-~]+:|>From ")
_TIME = re.compile(rb"\d:\d\d")
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
_QUOTED = re.compile(rb">+From ")


@dataclass(slots=True)
class _Mail:
    """A mail while it is read; if it is too large, only the beginning is kept."""

    limit: int
    size: int = 0
    lines: list[bytes] = field(default_factory=list)
    head: bytes = b""
    hashed: hashlib.blake2b = field(default_factory=lambda: hashlib.blake2b(digest_size=32))

    def add(self, line: bytes) -> None:
        self.size += len(line)
        if self.size <= self.limit:
            self.lines.append(line)
            return
        if self.lines:
            kept = b"".join(self.lines)
            self.head = kept[:_HEAD_BYTES]
            self.hashed.update(kept)
            self.lines.clear()
        self.hashed.update(line)


def parse(source: Source, most: int = MOST_MAILS) -> ParsedDocument:
    """Parses an mbox file.

    Args:
        source: the file.
        most: the most mails that are read of it.

    Raises:
        ParseProblem: it is not a mailbox.
    """
    builder = DocumentBuilder()
    left_out = 0
    with source.open() as stream:
        for number, mail in enumerate(_mails(stream), start=1):
            if number > most:
                left_out += 1
            else:
                _add(builder, source, number, mail)
    if not builder.parts:
        raise broken("a mailbox")
    builder.notes += failure_notes(builder.parts)
    if left_out:
        builder.notes.append(
            f"The first {most} mails are read; {left_out} more were left out. "
            "Split the mailbox into smaller ones."
        )
    return builder.finish(DocumentKind.MAILBOX, "", source)


def _add(builder: DocumentBuilder, source: Source, number: int, mail: _Mail) -> None:
    data = b"".join(mail.lines)
    head = mime.read(_EMPTY_LINE.split(mail.head or data[:_HEAD_BYTES], maxsplit=1)[0])
    subject = mime.header(head, "Subject")
    name = _name(number, subject)
    builder.parts.append(parse_part(source, name, data) if data else _too_large(name, mail))
    written = mime.header(head, "Date")
    moment = mime.date(written)
    date = moment.isoformat(" ", "minutes") if moment is not None else written
    line = " – ".join(value for value in (date, mime.header(head, "From"), subject) if value)
    builder.add(f"- {line or name}", BlockKind.LIST_ITEM)


def _name(number: int, subject: str) -> str:
    """Returns a part name whose number keeps names unique and in order."""
    title = safe_name(subject)[: NAME_CHARACTERS - 16].rstrip(". ") if subject else "mail"
    return f"{number:04d} {title}.eml"


def _too_large(name: str, mail: _Mail) -> Part:
    failure = ParseFailure(
        FailureReason.TOO_LARGE,
        f"The mail is larger than {mail.limit >> 20} MB. "
        "Save its attachments as files of their own and add those.",
    )
    return Part(name, mail.hashed.hexdigest(), mail.size, failure=failure)


def _mails(stream: BinaryIO) -> Iterator[_Mail]:
    """Yields the mails one after another, without the lines between them.

    A mail begins with a line "From …" after an empty one, and its headers follow. When the first
    such line of the file contains a time, as nearly all programs write it, all of them must.
    """
    mail: _Mail | None = None
    mark = b""  # a line that may begin a mail; the next line decides
    timed = False
    after_empty = True
    for line in iter(lambda: stream.readline(_LINE_BYTES), b""):
        if mark:
            if _HEADER.match(line):
                if mail is None:
                    timed = _TIME.search(mark) is not None
                else:
                    yield mail
                mail = _Mail(limits.TEXT_BYTES)
            elif mail is not None:
                mail.add(mark)
            mark = b""
        begins = after_empty and line.startswith(b"From ")
        if begins and (_TIME.search(line) or not timed):
            mark = line
        elif mail is not None:
            mail.add(line[1:] if _QUOTED.match(line) else line)
        after_empty = not line.strip(b"\r\n")
    if mail is not None:
        if mark:
            mail.add(mark)
        yield mail
