"""Finds out what a file is, and has it parsed."""

from __future__ import annotations

import hashlib
import importlib
import logging
import zipfile
from pathlib import Path

from rag.parse import limits
from rag.parse.problem import ParseProblem
from rag.types import DocumentKind, FailureReason, ParsedDocument, ParseFailure

log = logging.getLogger(__name__)

_HEAD_BYTES = 4096
_BLOCK = 1 << 20

MODULES = {
    DocumentKind.PDF: "rag.parse.pdf",
    DocumentKind.DOCX: "rag.parse.docx",
    DocumentKind.PPTX: "rag.parse.pptx",
    DocumentKind.XLSX: "rag.parse.xlsx",
    DocumentKind.HTML: "rag.parse.html",
    DocumentKind.MARKDOWN: "rag.parse.markdown",
    DocumentKind.TEXT: "rag.parse.text",
    DocumentKind.CSV: "rag.parse.csv",
    DocumentKind.EMAIL: "rag.parse.email",
}

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


def parse_file(path: Path) -> ParsedDocument | ParseFailure:
    """Parses one untrusted file. What goes wrong with it becomes a `ParseFailure`.

    Args:
        path: the file; it may be anything that a person can drop on a window.
    """
    try:
        kind = _identify(path)
        module = importlib.import_module(MODULES[kind])
        document: ParsedDocument = module.parse(path)
    except ParseProblem as problem:
        return ParseFailure(problem.reason, problem.detail)
    except MemoryError:
        return ParseFailure(
            FailureReason.OUT_OF_MEMORY,
            "Reading this file takes more memory than is safe. Split it into smaller files.",
        )
    except OSError as error:
        return _unreadable(error)
    except Exception as error:  # noqa: BLE001  # whatever a library makes of a damaged file
        log.info("a %s file could not be parsed: %s", path.suffix, type(error).__name__)
        return ParseFailure(
            FailureReason.BROKEN,
            "The file is damaged and could not be read. "
            "Open it in its own program and save it again.",
        )
    return document


def content_hash(path: Path) -> str:
    """BLAKE2b-256 of the file's bytes, in hex.

    Raises:
        OSError: the file cannot be read.
    """
    digest = hashlib.blake2b(digest_size=32)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _identify(path: Path) -> DocumentKind:
    """The format, by content where that tells, else by the ending."""
    if not path.is_file():
        if not path.exists():
            raise FileNotFoundError
        raise ParseProblem(FailureReason.NOT_A_FILE, "This is not a file that can be read.")
    size = path.stat().st_size
    if size == 0:
        raise ParseProblem(FailureReason.EMPTY, "The file is empty.")
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    kind = _by_content(path, head)
    limits.check_size(size, limits.FILE_BYTES if kind in _BINARY else limits.TEXT_BYTES)
    return kind


def _by_content(path: Path, head: bytes) -> DocumentKind:
    expected = ENDINGS.get(path.suffix.lower())
    if b"%PDF-" in head[:1024]:
        return DocumentKind.PDF
    if head.startswith(b"PK\x03\x04"):
        return _office_kind(path, expected)
    if head.startswith(_OLE):
        raise _ole_problem(expected)
    if expected in _BINARY:
        raise ParseProblem(
            FailureReason.BROKEN,
            f"The file is not what its ending {path.suffix} says, or it is damaged. "
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


def _office_kind(path: Path, expected: DocumentKind | None) -> DocumentKind:
    try:
        with zipfile.ZipFile(path) as archive:
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
        return ParseProblem(
            FailureReason.ENCRYPTED,
            "The file is protected by a password. Save a copy without one and add that.",
        )
    return ParseProblem(
        FailureReason.UNSUPPORTED,
        "Studiolo cannot read this older Office format. Save it in today's format and add that.",
    )


def _looks_binary(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    return b"\x00" in head


def _unreadable(error: OSError) -> ParseFailure:
    if isinstance(error, FileNotFoundError):
        return ParseFailure(
            FailureReason.MISSING, "The file is not there any more. It may have been moved."
        )
    if isinstance(error, PermissionError):
        return ParseFailure(
            FailureReason.NO_PERMISSION, "You do not have permission to read this file."
        )
    return ParseFailure(
        FailureReason.BROKEN, f"The file could not be read: {error.strerror or 'device error'}."
    )
