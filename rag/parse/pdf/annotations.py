"""Reads what readers have added to the pages of PDF files: comments and marks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from rag.parse.builder import clean
from rag.parse.pdf import pdfium_strings

MOST_ANNOTATIONS = 20_000
"""Most annotations of one file that are looked at."""
MOST_QUADS = 500
"""Most lines that one annotation marks."""

_LONGEST_NAME = 100  # characters of an author
_LONGEST_QUOTE = 300  # characters of the words that a comment marks
_DATE = re.compile(r"D?:?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?")
_HIDDEN = 0x02 | 0x20  # the flags Hidden and NoView (ISO 32000-1, 12.5.3)

Quad = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Annotation:
    """A comment or mark on a page.

    Attributes:
        kind: a constant of pdfium, such as ``FPDF_ANNOT_HIGHLIGHT``.
        text: the comment; "" for a bare mark.
        author: as it is written; may be "".
        date: ``2026-05-23 14:05``; may be shorter, or "".
        quads: boxes of the marked or encircled words: left, bottom, right, top in points.
    """

    kind: int
    text: str
    author: str
    date: str
    quads: tuple[Quad, ...]


def read_annotation(annotation: Any) -> Annotation | None:
    """Returns a comment or mark; None for links, windows of comments, and hidden ones.

    Args:
        annotation: pdfium's handle.
    """
    from pypdfium2 import raw

    kind = raw.FPDFAnnot_GetSubtype(annotation)
    if kind not in _kinds() or raw.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
        return None
    text, author, date = (
        clean(pdfium_strings.text(raw.FPDFAnnot_GetStringValue, annotation, key)).strip()
        for key in (b"Contents", b"T", b"M")
    )
    quads = _quads(annotation) if kind in _marks() else ()
    if kind in (raw.FPDF_ANNOT_CIRCLE, raw.FPDF_ANNOT_SQUARE):
        quads = rectangle(annotation)
    return Annotation(kind, text, " ".join(author.split())[:_LONGEST_NAME], iso_date(date), quads)


def as_text(annotation: Annotation, text_page: Any) -> str:
    """Returns a comment with who wrote it, when, and on which words; "" for a bare mark.

    Args:
        annotation: a comment.
        text_page: pypdfium2's text of its page; None leaves out the words.
    """
    from pypdfium2 import raw

    marks = {
        raw.FPDF_ANNOT_HIGHLIGHT: "highlighted",
        raw.FPDF_ANNOT_UNDERLINE: "underlined",
        raw.FPDF_ANNOT_SQUIGGLY: "underlined",
        raw.FPDF_ANNOT_STRIKEOUT: "struck out",
        raw.FPDF_ANNOT_REDACT: "marked to be blacked out",
    }
    has_words = text_page is not None and annotation.kind in marks
    quads = annotation.quads if has_words else ()
    marked = (" ".join(clean(text_page.get_text_bounded(*quad)).split()) for quad in quads)
    words = " ".join(marked).strip()
    if len(words) > _LONGEST_QUOTE:
        words = f"{words[:_LONGEST_QUOTE]}…"
    mark = marks.get(annotation.kind, "")
    author = f" by {annotation.author}" if annotation.author else ""
    date = f", {annotation.date}" if annotation.date else ""
    if annotation.text:
        on = f" on the {mark} words “{words}”" if mark and words else ""
        return f"Comment{author}{date}{on}: {annotation.text}"
    if not (mark and words) or annotation.kind == raw.FPDF_ANNOT_STRIKEOUT:
        return ""  # struck-out words say so in their line
    return f"{mark.capitalize()}{author}{date}: “{words}”"


def _kinds() -> frozenset[int]:
    from pypdfium2 import raw

    return _marks() | {
        raw.FPDF_ANNOT_TEXT,
        raw.FPDF_ANNOT_FREETEXT,
        raw.FPDF_ANNOT_LINE,
        raw.FPDF_ANNOT_SQUARE,
        raw.FPDF_ANNOT_CIRCLE,
        raw.FPDF_ANNOT_POLYGON,
        raw.FPDF_ANNOT_POLYLINE,
        raw.FPDF_ANNOT_STAMP,
        raw.FPDF_ANNOT_CARET,
        raw.FPDF_ANNOT_INK,
        raw.FPDF_ANNOT_FILEATTACHMENT,
        raw.FPDF_ANNOT_SOUND,
        raw.FPDF_ANNOT_REDACT,
    }


def _marks() -> frozenset[int]:
    from pypdfium2 import raw

    return frozenset(
        (
            raw.FPDF_ANNOT_HIGHLIGHT,
            raw.FPDF_ANNOT_UNDERLINE,
            raw.FPDF_ANNOT_SQUIGGLY,
            raw.FPDF_ANNOT_STRIKEOUT,
            raw.FPDF_ANNOT_REDACT,
        )
    )


def _quads(annotation: Any) -> tuple[Quad, ...]:
    from pypdfium2 import raw

    quads = []
    points = raw.FS_QUADPOINTSF()
    count = raw.FPDFAnnot_CountAttachmentPoints(annotation)
    for index in range(min(count, MOST_QUADS)):
        if raw.FPDFAnnot_GetAttachmentPoints(annotation, index, points):
            xs = points.x1, points.x2, points.x3, points.x4
            ys = points.y1, points.y2, points.y3, points.y4
            quads.append((min(xs), min(ys), max(xs), max(ys)))
    return tuple(quads)


def rectangle(annotation: Any) -> tuple[Quad, ...]:
    """Returns the box of an annotation; nothing if it has none.

    Args:
        annotation: pdfium's handle.
    """
    from pypdfium2 import raw

    rect = raw.FS_RECTF()
    if not raw.FPDFAnnot_GetRect(annotation, rect):
        return ()
    left, right = sorted((rect.left, rect.right))
    bottom, top = sorted((rect.bottom, rect.top))
    return ((left, bottom, right, top),)


def iso_date(value: str) -> str:
    """Returns a date of PDF (ISO 32000-1, 7.9.4) as ISO 8601 writes it, without its zone."""
    match = _DATE.match(value)
    if match is None:
        return ""
    year, month, day, hour, minute = match.groups()
    date = "-".join(part for part in (year, month, day) if part)
    return f"{date} {hour}:{minute}" if minute else date
