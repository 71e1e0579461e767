"""PDF and Office files whose bytes depend on their content only."""

from __future__ import annotations

import datetime
import re
import zipfile
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import cm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer

WRITTEN = datetime.datetime(2025, 3, 1, 9, 0, 0)  # noqa: DTZ001  # Office files hold no zone
_ZIPPED = (2025, 3, 1, 9, 0, 0)
_DATE = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


def write_pdf(path: Path, title: str, text: str) -> Path:
    """Writes a PDF of paragraphs; ``#`` marks a heading, ``---`` the end of a page."""
    sheet = getSampleStyleSheet()
    body = ParagraphStyle("body", sheet["BodyText"], fontSize=10.5, leading=15, spaceAfter=7)
    heading = ParagraphStyle("part", sheet["Heading2"], fontSize=13, leading=18, spaceBefore=12)
    story: list[Flowable] = [Paragraph(title, sheet["Title"]), Spacer(1, 0.4 * cm)]
    for part in text.strip().split("\n\n"):
        if part == "---":
            story.append(PageBreak())
        elif part.startswith("# "):
            story.append(Paragraph(part[2:], heading))
        else:
            story.append(Paragraph(part, body))
    document = SimpleDocTemplate(
        str(path),
        pagesize=A4,
        title=title,
        author="",
        invariant=1,
        leftMargin=2.5 * cm,
        rightMargin=2.5 * cm,
        topMargin=2.2 * cm,
        bottomMargin=2.2 * cm,
    )
    document.build(story, onFirstPage=_number, onLaterPages=_number)
    return path


def _number(canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.drawCentredString(A4[0] / 2, 1.2 * cm, f"Page {document.page}")


def settle(path: Path) -> Path:
    """Gives every part of an Office file the same date, so that its bytes stay the same."""
    with zipfile.ZipFile(path) as archive:
        parts = [(name, archive.read(name)) for name in sorted(archive.namelist())]
    date = WRITTEN.isoformat().encode() + b"Z"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts:
            if name == "docProps/core.xml":
                data = _DATE.sub(rb"\g<1>" + date, data)
            info = zipfile.ZipInfo(name, _ZIPPED)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return path
