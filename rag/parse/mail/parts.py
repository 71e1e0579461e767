"""Reads the bytes of a document inside a file, by its path: ``mail.eml!/lease.pdf``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from rag.formats import DocumentKind
from rag.parse.attachments import AttachedFile, loaded
from rag.parse.containers import OFFICE
from rag.parse.document import ParseOptions
from rag.parse.identify import identify
from rag.parse.mail import enex, mime
from rag.parse.mail.archive import member_bytes
from rag.parse.mail.email import _unwrapped, attached_files
from rag.parse.mail.mailbox import _mails
from rag.parse.office.embedded import embedded_files as office_files
from rag.parse.part_paths import PART_MARK, file_of
from rag.parse.pdf.embedded_files import embedded_files
from rag.parse.pdf.pdf import open_pdf
from rag.parse.source import Source
from rag.parse.unlock import unlocked

_NOTES = DocumentKind.NOTES
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def part_bytes(path: str, password: str = "", descriptor: int | None = None) -> Source:
    """Returns the source at `path`: a file, or a part of one at any depth.

    Args:
        path: of a file, or of a part as the library names it.
        password: of that file or part.
        descriptor: of the file, if it is open already.

    Raises:
        FileNotFoundError: there is no such part.
        OSError: the file cannot be reached.
        ParseProblem: the file that it lies in cannot be read.
    """
    file = file_of(path)
    source = Source.of_file(Path(file), descriptor=descriptor)
    for name in path[len(file) :].split(PART_MARK)[1:]:
        source = source.part(name, _part(source, name))
    return replace(source, options=ParseOptions(password=password))


def _part(whole: Source, name: str) -> bytes:
    kind = identify(whole)
    if kind is DocumentKind.MAILBOX:
        return _mail(whole, name)
    if kind in (DocumentKind.EMAIL, DocumentKind.PDF, _NOTES, *OFFICE):
        for attached_name, data in loaded(_attached(whole, kind)):
            if attached_name == name and data is not None:
                return data
    if kind is DocumentKind.ARCHIVE:
        return member_bytes(whole, name)
    raise FileNotFoundError(name)


def _mail(mailbox: Source, name: str) -> bytes:
    """Returns a mail by the number that its name begins with."""
    number = name.partition(" ")[0]
    with mailbox.open() as stream:
        for at, mail in enumerate(_mails(stream), start=1):
            if f"{at:04d}" == number:
                return b"".join(mail.lines)
    raise FileNotFoundError(name)


def _attached(whole: Source, kind: DocumentKind) -> Iterable[AttachedFile]:
    """Returns names of attached and embedded files, and what loads their bytes."""
    if kind is _NOTES:
        return enex.attached_files(whole)
    if kind is DocumentKind.EMAIL:
        return _of_mail(whole)
    if kind is DocumentKind.PDF:
        return _of_pdf(whole)
    return office_files(unlocked(whole))


def _of_mail(mail: Source) -> Iterator[AttachedFile]:
    data = mail.read()
    if data.startswith(_OLE):
        from rag.parse.mail.msg import read

        message = read(data)
    else:
        message = mime.read(_unwrapped(data))
    yield from attached_files(mime.contents(message).attached)


def _of_pdf(pdf: Source) -> Iterator[AttachedFile]:
    document = open_pdf(pdf)
    try:
        yield from embedded_files(document)
    finally:
        document.close()
