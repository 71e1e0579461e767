"""Reads the files inside a PDF file: attachments, the files of a portfolio, e-invoices."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from rag.parse.attachments import MOST_BYTES
from rag.parse.pdf import pdfium_strings
from rag.parse.pdf.annotations import MOST_ANNOTATIONS


def has_files(document: Any) -> bool:
    """Tells whether files are attached to a document, apart from those pinned to its pages."""
    from pypdfium2 import raw

    return bool(raw.FPDFDoc_GetAttachmentCount(document.raw) > 0)


def embedded_files(
    document: Any, pages: Iterable[int] | None = None
) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yields the name of each file, and what loads its bytes while the document is open.

    First the files of the document, then those pinned to a place on a page. Loading raises
    `ValueError` when the bytes cannot be decoded, `OverflowError` when they are too many.

    Args:
        document: pypdfium2's, open.
        pages: those to which files are pinned, 1-based; None searches all.
    """
    from pypdfium2 import raw

    for index in range(raw.FPDFDoc_GetAttachmentCount(document.raw)):
        yield _file(raw.FPDFDoc_GetAttachment(document.raw, index))
    for number in pages if pages is not None else range(1, len(document) + 1):
        page = raw.FPDF_LoadPage(document.raw, number - 1)
        if not page:
            continue
        try:
            for index in range(min(raw.FPDFPage_GetAnnotCount(page), MOST_ANNOTATIONS)):
                annotation = raw.FPDFPage_GetAnnot(page, index)
                if not annotation:
                    continue
                if raw.FPDFAnnot_GetSubtype(annotation) == raw.FPDF_ANNOT_FILEATTACHMENT:
                    yield _file(raw.FPDFAnnot_GetFileAttachment(annotation))
                raw.FPDFPage_CloseAnnot(annotation)
        finally:
            raw.FPDF_ClosePage(page)


def _file(attachment: Any) -> tuple[str, Callable[[], bytes]]:
    from pypdfium2 import raw

    name = pdfium_strings.text(raw.FPDFAttachment_GetName, attachment) if attachment else ""
    return name, partial(_bytes, attachment)


def _bytes(attachment: Any) -> bytes:
    from pypdfium2 import raw

    size = ctypes.c_ulong()
    if not attachment or not raw.FPDFAttachment_GetFile(attachment, None, 0, size):
        raise ValueError("the file's bytes cannot be decoded")
    if size.value > MOST_BYTES:
        raise OverflowError("the file is too large")
    buffer = ctypes.create_string_buffer(max(size.value, 1))
    if size.value and not raw.FPDFAttachment_GetFile(attachment, buffer, size.value, size):
        raise ValueError("the file's bytes cannot be decoded")
    return buffer.raw[: size.value]
