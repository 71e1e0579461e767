"""Small real files of each format, written for a test.

Every function takes the path to write, and returns it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from pathlib import Path

import docx
from openpyxl import Workbook
from PIL import Image, ImageDraw, ImageFont
from pptx import Presentation
from pptx.util import Cm
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

ITALIC_X = "\N{MATHEMATICAL ITALIC SMALL X}"
PASSWORD = "harbour"  # of a file that a test writes
BOMB_BYTES = 60 << 20

Rows = Sequence[Sequence[object]]


def pdf(path: Path, *pages: str, encrypted: bool = False) -> Path:
    """A PDF with one text for each page; lines as given, blank lines between paragraphs."""
    key = StandardEncryption(PASSWORD, canPrint=1) if encrypted else None
    canvas = Canvas(str(path), pagesize=A4, invariant=1, encrypt=key)
    for page in pages or ("A page.",):
        lines = canvas.beginText(72, 760)
        lines.setFont("Helvetica", 11)
        lines.setLeading(14)
        for line in page.split("\n"):
            lines.textLine(line)
        canvas.drawText(lines)
        canvas.showPage()
    canvas.save()
    return path


def scanned_pdf(path: Path, pages: int = 2) -> Path:
    """A PDF with marks that are no text, as a scanner leaves it."""
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    for _ in range(pages):
        for line in range(20):
            canvas.rect(72, 760 - 20 * line, 400, 6, fill=1)
        canvas.showPage()
    canvas.save()
    return path


def picture(path: Path, words: str) -> Path:
    """An image of a line of text, in the format that the ending names."""
    image = Image.new("RGB", (1240, 300), "white")
    ImageDraw.Draw(image).text((80, 100), words, "black", ImageFont.load_default(56))
    image.save(path)
    return path


def mapped_pdf(path: Path, unicode: Mapping[str, str], *lines: str) -> Path:
    """A PDF whose font says that it shows some letters as other characters, as formulas do."""
    pairs = [
        f"<{ord(code):02x}> <{character.encode('utf-16-be').hex()}>"
        for code, character in unicode.items()
    ]
    table = (
        "begincmap 1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(pairs)} beginbfchar {' '.join(pairs)} endbfchar endcmap"
    )
    shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
    content = f"BT /F1 12 Tf 72 700 Td {shown} ET"
    parts = "/Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >>"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {parts} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>",
        *(f"<< /Length {len(s)} >>\nstream\n{s}\nendstream" for s in (content, table)),
    )
    body = "".join(f"{n} 0 obj\n{text}\nendobj\n" for n, text in enumerate(objects, start=1))
    path.write_text(f"%PDF-1.7\n{body}trailer\n<< /Root 1 0 R >>\n%%EOF\n", "ascii")
    return path


def word(path: Path, *parts: str | Rows, title: str = "") -> Path:
    """A Word document: ``# `` and ``## `` begin headings, ``- `` a list item, rows make a table."""
    document = docx.Document()
    document.core_properties.title = title
    for part in parts:
        if not isinstance(part, str):
            table = document.add_table(rows=0, cols=len(part[0]))
            for row in part:
                for cell, value in zip(table.add_row().cells, row, strict=True):
                    cell.text = str(value)
        elif part.startswith("- "):
            document.add_paragraph(part[2:], style="List Bullet")
        elif part.startswith("#"):
            marks, _, text = part.partition(" ")
            document.add_heading(text, len(marks))
        else:
            document.add_paragraph(part)
    document.save(str(path))
    return path


def slides(path: Path, *decks: tuple[str, Sequence[str] | Rows, str], title: str = "") -> Path:
    """Slides, each with its title, its points or the rows of its table, and its notes."""
    presentation = Presentation()
    presentation.core_properties.title = title
    for heading, content, notes in decks:
        points = [point for point in content if isinstance(point, str)]
        slide = presentation.slides.add_slide(presentation.slide_layouts[1 if points else 5])
        slide.shapes.title.text = heading
        if points:
            slide.placeholders[1].text = "\n".join(points)
        else:
            width = len(content[0])
            table = slide.shapes.add_table(len(content), width, Cm(2), Cm(5), Cm(20), Cm(6)).table
            for row, values in enumerate(content):
                for column, value in enumerate(values):
                    table.cell(row, column).text = str(value)
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
    presentation.save(str(path))
    return path


def workbook(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """A workbook with these sheets; an empty row stays empty."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def text(path: Path, content: str, encoding: str = "utf-8") -> Path:
    """Text of any ending (also HTML, Markdown, CSV) in an encoding."""
    path.write_bytes(content.encode(encoding))
    return path


def mail(path: Path, subject: str, plain: str = "", html: str = "", attachment: str = "") -> Path:
    """A mail with a plain body, an HTML body or both, and the name of an attachment."""
    message = EmailMessage()
    message["From"] = "Hanna Brandel <hanna@brandel.example>"
    message["To"] = "Edda Fennimore <edda@fennimore-house.example>"
    message["Date"] = "Mon, 03 Mar 2025 10:00:00 +0100"
    message["Subject"] = subject
    if plain or not html:
        message.set_content(plain)
    if html and plain:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    if attachment:
        message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename=attachment)
    path.write_bytes(message.as_bytes())
    return path


def zip_bomb(path: Path) -> Path:
    """A Word document of a few kilobytes that unpacks to 60 MB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b"\0" * BOMB_BYTES)
    return path


def entity_bomb(path: Path) -> Path:
    """A Word document whose XML would unfold to a billion words."""
    entities = ['<!ENTITY e0 "laugh ">']
    entities += [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10)]
    ooxml = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = (
        f'<?xml version="1.0"?><!DOCTYPE d [{"".join(entities)}]><w:document xmlns:w="{ooxml}">'
        "<w:body><w:p><w:r><w:t>&e9;</w:t></w:r></w:p></w:body></w:document>"
    )
    return replace_part(word(path, "A letter."), "word/document.xml", body.encode())


def part(path: Path, name: str) -> bytes:
    """One part of an Office file."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def replace_part(path: Path, name: str, data: bytes) -> Path:
    """Changes one part of an Office file."""
    with zipfile.ZipFile(path) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    parts[name] = data
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return path


LETTER = "Dear Mrs Fennimore,\n\nthe tap in the kitchen drips.\n\nKind regards\nHanna Brandel"
PAGE = """<html><head><title>Tides</title><style>p {}</style></head><body><h1>Harbour</h1>
<p>High water is at <b>six</b>.</p><ul><li>Bring a rope</li><li>Bring a lamp</li></ul>
<table><tr><th>Day</th><th>Hour</th></tr><tr><td>Monday</td><td>6:10</td></tr></table>
<script>alert(1)</script></body></html>"""
NOTES = """# Harbour

High water is at *six*.

## What to bring

- a rope
- a lamp

| Day | Hour |
|-----|------|
| Monday | 6:10 |

```
tide --today
```
"""
TABLE: Rows = (("Day", "Hour"), ("Monday", "6:10"), ("Tuesday", "7:00"))


def one_of_each(folder: Path) -> list[Path]:
    """One file of every format."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        pdf(folder / "letter.pdf", LETTER, "The second page.\n\nIt ends here."),
        word(folder / "letter.docx", "# Letter", LETTER, "- a rope", TABLE, "## End", "Bye."),
        slides(
            folder / "tides.pptx",
            ("Tides", ("High water", "Low water"), "Speak slowly."),
            ("Hours", TABLE, ""),
        ),
        workbook(folder / "tides.xlsx", {"March": TABLE, "April": [*TABLE, (), ("Total", 2)]}),
        text(folder / "tides.html", PAGE),
        text(folder / "tides.md", NOTES),
        text(folder / "letter.txt", LETTER),
        text(folder / "tides.csv", "Day,Hour\nMonday,6:10\nTuesday,7:00\n"),
        mail(folder / "tap.eml", "The tap drips", LETTER, f"<p>{LETTER}</p>", "tap.png"),
    ]
