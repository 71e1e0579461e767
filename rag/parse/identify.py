"""Identifies a file's format: by its content where possible, else by its extension."""

from __future__ import annotations

from rag.formats import DocumentKind
from rag.parse import limits
from rag.parse.containers import OLE, ZIP, ZIPPED, ole_kind, zip_kind
from rag.parse.extensions import ENDINGS
from rag.parse.failures import FailureReason
from rag.parse.magic_bytes import (
    is_binary,
    is_image,
    is_packed,
    is_property_list,
    text_kind,
    unread_archive,
)
from rag.parse.parse_problem import ParseProblem
from rag.parse.source import Source
from rag.parse.unread_formats import by_ending, by_head

__all__ = ["ENDINGS", "HEAD_BYTES", "identify", "may_be_read"]

HEAD_BYTES = 1 << 12
"""Bytes from the beginning of a file that `may_be_read` needs."""

_HEAD_BYTES = 1 << 16
_PDF_MARK_BYTES = 1024
_LARGE = ZIPPED | {
    DocumentKind.PDF,
    DocumentKind.DOC,
    DocumentKind.PPT,
    DocumentKind.XLS,
    DocumentKind.EMAIL,
    DocumentKind.MAILBOX,
    DocumentKind.IMAGE,
    DocumentKind.ARCHIVE,
}
_BINARY = ZIPPED | {
    DocumentKind.PDF,
    DocumentKind.DOC,
    DocumentKind.PPT,
    DocumentKind.XLS,
    DocumentKind.IMAGE,
    DocumentKind.ARCHIVE,
}


def identify(source: Source) -> DocumentKind:
    """Returns the format of a file or part.

    Raises:
        ParseProblem: it is not supported, or too large.
        OSError: it cannot be reached.
    """
    if source.descriptor is None and source.path is not None and not source.path.is_file():
        if not source.path.exists():
            raise FileNotFoundError
        raise ParseProblem(FailureReason.NOT_A_FILE, "This is not a file that can be read.")
    size = source.size
    if size == 0:
        raise ParseProblem(FailureReason.EMPTY, "The file is empty.")
    kind = _by_content(source, source.read(_HEAD_BYTES))
    limits.check_size(size, limits.FILE_BYTES if kind in _LARGE else limits.TEXT_BYTES)
    return kind


def may_be_read(head: bytes) -> bool:
    """Tells whether a file that begins like this may be text or of a supported format."""
    if b"%PDF-" in head[:_PDF_MARK_BYTES] or head.startswith((ZIP, OLE)) or is_image(head):
        return True
    if is_packed(head) or is_property_list(head):
        return True
    return bool(head) and not is_binary(head)


def _by_content(source: Source, head: bytes) -> DocumentKind:
    expected = ENDINGS.get(source.suffix)
    if b"%PDF-" in head[:_PDF_MARK_BYTES]:
        return DocumentKind.PDF
    if head.startswith(ZIP):
        return zip_kind(source, expected)
    if head.startswith(OLE):
        return ole_kind(source, expected)
    if is_image(head):
        return DocumentKind.IMAGE
    if is_packed(head):
        return DocumentKind.ARCHIVE
    if is_property_list(head):
        return DocumentKind.XML
    if is_binary(head):
        raise _not_text(source, expected, head)
    return text_kind(head, expected)


def _not_text(source: Source, expected: DocumentKind | None, head: bytes) -> ParseProblem:
    if archive := unread_archive(head):
        raise ParseProblem(
            FailureReason.UNSUPPORTED,
            f"Studiolo cannot look into {archive} archives. Unpack it and add the folder.",
        )
    if unread := by_head(head) or by_ending(source.suffix):
        return ParseProblem(FailureReason.UNSUPPORTED, unread.sentences)
    if expected in _BINARY:
        return ParseProblem(
            FailureReason.BROKEN,
            f"The file is not what its ending {source.suffix} says, or it is damaged. "
            "Open it in its own program and save it again.",
        )
    return ParseProblem(
        FailureReason.UNSUPPORTED,
        "Studiolo cannot read this kind of file. Save it as PDF or text and add that.",
    )
