"""Reads the page labels of a PDF file: the page numbers that are printed. Runs in a worker."""

from __future__ import annotations

from pathlib import Path

from rag.errors import PageUnavailable
from rag.formats import DocumentKind
from rag.parse.at_rest import read_at_rest
from rag.parse.failures import ParseFailure
from rag.parse.identify import identify
from rag.parse.mail.parts import part_bytes
from rag.parse.parse_problem import ParseProblem
from rag.parse.pdf.pdf import open_pdf

_MOST_PAGES = 10_000
_LONGEST = 40  # characters; longer ones are no numbers


def page_labels(path: Path, descriptor: int | None = None) -> tuple[str, ...]:
    """Returns the label of each page, "" for one without; none at all if no page has one.

    Args:
        path: a file, untrusted, or a part of one.
        descriptor: of the file, if it is open already; it stays open.

    Raises:
        PageUnavailable: the file cannot be read.
    """
    import pypdfium2

    try:
        labels = read_at_rest(path, descriptor, lambda: _labels(path, descriptor))
    except (ParseProblem, OSError, ValueError, pypdfium2.PdfiumError) as error:
        raise PageUnavailable("The page labels cannot be read.") from error
    if isinstance(labels, ParseFailure):
        raise PageUnavailable("The page labels cannot be read.", labels.detail)
    return labels if any(labels) else ()


def _labels(path: Path, descriptor: int | None) -> tuple[str, ...]:
    source = part_bytes(str(path), "", descriptor)
    if identify(source) is not DocumentKind.PDF:
        return ()
    document = open_pdf(source)
    try:
        count = min(len(document), _MOST_PAGES)
        return tuple(_label(document.get_page_label(page)) for page in range(count))
    finally:
        document.close()


def _label(label: str) -> str:
    label = " ".join(label.split())
    return label if len(label) <= _LONGEST and label.isprintable() else ""
