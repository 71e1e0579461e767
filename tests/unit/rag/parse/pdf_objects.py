"""PDF files written object by object, for what no library writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

FIRST = 6
"""Number of the first of the objects that a test adds."""

Line = tuple[float, float, str]


def page_pdf(
    path: Path,
    lines: Sequence[Line],
    annotations: Sequence[str] = (),
    catalog: str = "",
    objects: Sequence[bytes | str] = (),
    font: str = "/BaseFont /Helvetica",
) -> Path:
    """A PDF file of one page.

    Args:
        path: of the file.
        lines: left and baseline in points, and the text.
        annotations: dictionaries of the page, without their brackets; the first has number `FIRST`.
        catalog: further entries of the document.
        objects: further objects, numbered on from the annotations.
        font: of the lines.
    """
    content = "".join(f"BT /F1 11 Tf {x} {y} Td ({text}) Tj ET\n" for x, y, text in lines)
    numbers = " ".join(f"{FIRST + index} 0 R" for index in range(len(annotations)))
    resources = "/Resources << /Font << /F1 4 0 R >> >>"
    page = f"/MediaBox [0 0 595 842] /Contents 5 0 R {resources} /Annots [{numbers}]"
    bodies: list[bytes | str] = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R {page} >>",
        f"<< /Type /Font /Subtype /Type1 {font} >>",
        stream(content.encode("latin-1")),
        *(f"<< /Type /Annot {annotation} >>" for annotation in annotations),
        *objects,
    ]
    data = b"%PDF-1.7\n"
    for number, body in enumerate(bodies, start=1):
        written = body if isinstance(body, bytes) else body.encode("latin-1")
        data += b"%d 0 obj\n%s\nendobj\n" % (number, written)
    path.write_bytes(data + b"trailer\n<< /Root 1 0 R >>\n%%EOF\n")
    return path


def stream(data: bytes, entries: str = "") -> bytes:
    """A stream with its dictionary."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries.encode(), data)


def form(count: int) -> str:
    """The entry of the catalog for a form whose fields are the first annotations."""
    fields = " ".join(f"{FIRST + index} 0 R" for index in range(count))
    return f"/AcroForm << /Fields [{fields}] >>"


def attached(path: Path, *files: tuple[str, bytes], text: str = "See the files.") -> Path:
    """A PDF file with attachments."""
    objects: list[bytes | str] = []
    names = ""
    for name, data in files:
        number = FIRST + len(objects)
        objects += [
            f"<< /Type /Filespec /F ({name}) /UF ({name}) /EF << /F {number + 1} 0 R >> >>",
            stream(data, f"/Type /EmbeddedFile /Params << /Size {len(data)} >>"),
        ]
        names += f"({name}) {number} 0 R "
    catalog = f"/Names << /EmbeddedFiles << /Names [{names}] >> >>"
    return page_pdf(path, [(72, 700, text)] if text else [], catalog=catalog, objects=objects)
