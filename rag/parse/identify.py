"""Finds out what a file is: by its content where that tells, else by its ending."""

from __future__ import annotations

import zipfile

from rag.parse import limits
from rag.parse.problem import ParseProblem, encrypted
from rag.parse.source import Source
from rag.types import DocumentKind, FailureReason

_HEAD_BYTES = 4096

ENDINGS = {
    ".pdf": DocumentKind.PDF,
    ".docx": DocumentKind.DOCX,
    ".docm": DocumentKind.DOCX,
    ".pptx": DocumentKind.PPTX,
    ".pptm": DocumentKind.PPTX,
    ".xlsx": DocumentKind.XLSX,
    ".xlsm": DocumentKind.XLSX,
    ".html": DocumentKind.HTML,
    ".htm": DocumentKind.HTML,
    ".xhtml": DocumentKind.HTML,
    ".md": DocumentKind.MARKDOWN,
    ".markdown": DocumentKind.MARKDOWN,
    ".txt": DocumentKind.TEXT,
    ".text": DocumentKind.TEXT,
    ".log": DocumentKind.TEXT,
    ".csv": DocumentKind.CSV,
    ".tsv": DocumentKind.CSV,
    ".eml": DocumentKind.EMAIL,
}
"""The endings that are read, and what they usually mean."""

_OFFICE_FOLDERS = {
    "word/": DocumentKind.DOCX,
    "ppt/": DocumentKind.PPTX,
    "xl/": DocumentKind.XLSX,
}
_OFFICE = frozenset(_OFFICE_FOLDERS.values())
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BINARY = (DocumentKind.PDF, *_OFFICE)


def identify(source: Source) -> DocumentKind:
    """The format of a file or part.

    Raises:
        ParseProblem: it is nothing that can be read, or too large.
        OSError: it cannot be reached.
    """
    if source.path is not None and not source.path.is_file():
        if not source.path.exists():
            raise FileNotFoundError
        raise ParseProblem(FailureReason.NOT_A_FILE, "This is not a file that can be read.")
    size = source.size
    if size == 0:
        raise ParseProblem(FailureReason.EMPTY, "The file is empty.")
    kind = _by_content(source, source.read(_HEAD_BYTES))
    limits.check_size(size, limits.FILE_BYTES if kind in _BINARY else limits.TEXT_BYTES)
    return kind


def _by_content(source: Source, head: bytes) -> DocumentKind:
    expected = ENDINGS.get(source.suffix)
    if b"%PDF-" in head[:1024]:
        return DocumentKind.PDF
    if head.startswith(b"PK\x03\x04"):
        return _office_kind(source, expected)
    if head.startswith(_OLE):
        raise _ole_problem(expected)
    if expected in _BINARY:
        raise ParseProblem(
            FailureReason.BROKEN,
            f"The file is not what its ending {source.suffix} says, or it is damaged. "
            "Open it in its own program and save it again.",
        )
    if expected is None and _looks_binary(head):
        raise ParseProblem(
            FailureReason.UNSUPPORTED,
            "Studiolo cannot read this kind of file. Save it as PDF or text and add that.",
        )
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return DocumentKind.HTML
    return expected or DocumentKind.TEXT


def _office_kind(source: Source, expected: DocumentKind | None) -> DocumentKind:
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        names = []
    if expected not in _OFFICE or names:
        for folder, kind in _OFFICE_FOLDERS.items():
            if any(name.startswith(folder) for name in names):
                return kind
    if expected in _OFFICE:
        return expected
    raise ParseProblem(
        FailureReason.UNSUPPORTED,
        "Studiolo cannot look into archives. Unpack it and add the folder.",
    )


def _ole_problem(expected: DocumentKind | None) -> ParseProblem:
    """Old Office files, and new ones with a password, are both kept in an OLE container."""
    if expected in _OFFICE:
        return encrypted()
    return ParseProblem(
        FailureReason.UNSUPPORTED,
        "Studiolo cannot read this older Office format. Save it in today's format and add that.",
    )


def _looks_binary(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    return b"\x00" in head
