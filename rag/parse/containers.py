"""Identifies the format in a zip or OLE container, and whether it is locked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.formats import DocumentKind
from rag.parse.failures import FailureReason
from rag.parse.parse_problem import ParseProblem, encrypted
from rag.parse.source import Source
from rag.parse.unread_formats import (
    OPEN_BASE,
    OPEN_DRAWING,
    by_ending,
    by_members,
    by_streams,
)

if TYPE_CHECKING:
    import zipfile

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_FOLDERS = {"word/": DocumentKind.DOCX, "ppt/": DocumentKind.PPTX, "xl/": DocumentKind.XLSX}
OFFICE = frozenset(_FOLDERS.values())
_ODF = "application/vnd.oasis.opendocument."
_MIMETYPES = {
    f"{_ODF}text": DocumentKind.ODT,
    f"{_ODF}spreadsheet": DocumentKind.ODS,
    f"{_ODF}presentation": DocumentKind.ODP,
    "application/epub+zip": DocumentKind.EPUB,
}
ZIPPED = OFFICE | frozenset(_MIMETYPES.values())
"""The formats in a zip container."""
_BASE = ("base", "database")
_MIMETYPE_BYTES = 200
_MANIFEST_BYTES = 1 << 20


def zip_kind(source: Source, expected: DocumentKind | None) -> DocumentKind:
    """Returns the format in a zip container.

    Args:
        source: it begins like a zip file.
        expected: the format of its extension; assumed for a damaged container.

    Raises:
        ParseProblem: it is an unsupported format.
    """
    import zipfile  # most formats do without

    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            mimetype = _mimetype(archive)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        names, mimetype = [], ""
    if mimetype in _MIMETYPES:
        return _MIMETYPES[mimetype]
    for folder, kind in _FOLDERS.items():
        if any(name.startswith(folder) for name in names):
            return kind
    if "META-INF/container.xml" in names:
        return DocumentKind.EPUB
    if expected in ZIPPED:
        return expected
    unread = by_members(names, source.suffix)
    if unread is None and mimetype.startswith(_ODF):
        unread = OPEN_BASE if mimetype.removeprefix(_ODF) in _BASE else OPEN_DRAWING
    if unread is not None:
        raise ParseProblem(FailureReason.UNSUPPORTED, unread.sentences)
    return DocumentKind.ARCHIVE


def _mimetype(archive: zipfile.ZipFile) -> str:
    """Returns the media type that an OpenDocument file or a book declares; "" for others."""
    import zipfile

    try:
        with archive.open("mimetype") as stream:
            declared = stream.read(_MIMETYPE_BYTES).decode("ascii", "replace").strip()
    except (KeyError, RuntimeError, zipfile.BadZipFile, NotImplementedError, EOFError):
        return ""
    return declared.removesuffix("-template")


def check_unlocked(archive: zipfile.ZipFile) -> None:
    """Refuses an OpenDocument file whose parts are encrypted."""
    try:
        with archive.open("META-INF/manifest.xml") as stream:
            manifest = stream.read(_MANIFEST_BYTES)
    except KeyError:
        return
    if b"encryption-data" in manifest:
        raise encrypted()


def ole_kind(source: Source, expected: DocumentKind | None) -> DocumentKind:
    """Returns the format in an OLE container.

    Args:
        source: it begins like an OLE file.
        expected: the format of its extension.

    Raises:
        ParseProblem: it is protected by a password, damaged, or an unsupported format.
    """
    names = {name.lower() for name in ole_streams(source)}
    if names & {"encryptedpackage", "encryptioninfo"}:
        raise encrypted()
    if "__properties_version1.0" in names:
        return DocumentKind.EMAIL
    if names & {"workbook", "book"}:
        return DocumentKind.XLS
    if "worddocument" in names:
        return DocumentKind.DOC
    if "powerpoint document" in names:
        return DocumentKind.PPT
    if unread := by_streams(names):
        raise ParseProblem(FailureReason.UNSUPPORTED, unread.sentences)
    if expected in OFFICE:  # unreadable, but only locked files are stored like this
        raise encrypted()
    if expected in (DocumentKind.DOC, DocumentKind.PPT, DocumentKind.XLS, DocumentKind.EMAIL):
        return expected
    if unread := by_ending(source.suffix):
        raise ParseProblem(FailureReason.UNSUPPORTED, unread.sentences)
    raise ParseProblem(
        FailureReason.UNSUPPORTED,
        "Studiolo cannot read this older Office format. Save it in today's format and add that.",
    )


def ole_streams(source: Source) -> list[str]:
    """Returns the names at the top of an OLE container; none when it is damaged."""
    import olefile  # type: ignore[import-untyped]

    try:
        with source.open() as stream, olefile.OleFileIO(stream) as container:
            return [entry[0] for entry in container.listdir(streams=True, storages=True)]
    except Exception:  # noqa: BLE001  # olefile raises its own errors and those of a bad index
        return []
