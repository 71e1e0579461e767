"""Files that are small but could take long to read: one function for each kind of cost.

Each function takes a folder, writes one file there and returns its path.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from docx import Document
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from pptx import Presentation

Maker = Callable[[Path], Path]

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
_ODF_ROOT = (
    f'<office:document-content xmlns:office="{_OFFICE}:office:1.0" '
    f'xmlns:table="{_OFFICE}:table:1.0" xmlns:text="{_OFFICE}:text:1.0" '
    f'xmlns:draw="{_OFFICE}:drawing:1.0" office:version="1.2">'
)
_WORD_ROOT = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
)


def _text(name: str, content: str | bytes) -> Maker:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


def _lazy(name: str, content: Callable[[], str | bytes]) -> Maker:
    return lambda folder: _text(name, content())(folder)


def _zipped(path: Path, parts: Mapping[str, str | bytes], *, mimetype: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype, zipfile.ZIP_STORED)
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


# Spreadsheets


def xlsx_far_corners(folder: Path) -> Path:
    """Two cells: the first and the last that a sheet can have."""
    book = Workbook()
    book.active["A1"] = "The first cell."
    book.active["XFD1048576"] = "The last cell."
    book.save(folder / "corners.xlsx")
    return folder / "corners.xlsx"


def xlsx_wide_and_long(folder: Path) -> Path:
    """A full row and a full column, which a grid would multiply."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Cross")
    sheet.append([WriteOnlyCell(sheet, "x") for _ in range(16_384)])
    for _ in range(60_000):
        sheet.append(["y"])
    book.save(folder / "cross.xlsx")
    return folder / "cross.xlsx"


def xlsx_many_sheets(folder: Path) -> Path:
    """Sheets with two cells each, as far apart as can be."""
    book = Workbook()
    for number in range(40):
        sheet = book.create_sheet(f"Sheet {number}")
        sheet["A1"], sheet["ZZ200000"] = "The first.", "The last."
    book.save(folder / "sheets.xlsx")
    return folder / "sheets.xlsx"


def _ods(folder: Path, name: str, table: str) -> Path:
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        "</manifest:manifest>"
    )
    parts = {
        "content.xml": f"{_ODF_ROOT}{body}</office:document-content>",
        "META-INF/manifest.xml": manifest,
    }
    return _zipped(folder / name, parts, mimetype=kind)


def ods_far_corners(folder: Path) -> Path:
    """Two cells, with empty rows and columns repeated between them."""
    cell = '<table:table-cell office:value-type="string"><text:p>Word</text:p></table:table-cell>'
    gap = '<table:table-cell table:number-columns-repeated="16383"/>'
    rows = (
        f"<table:table-row>{cell}</table:table-row>"
        '<table:table-row table:number-rows-repeated="1048574"><table:table-cell/>'
        f"</table:table-row><table:table-row>{gap}{cell}</table:table-row>"
    )
    return _ods(folder, "corners.ods", f'<table:table table:name="A">{rows}</table:table>')


def ods_repeated(folder: Path) -> Path:
    """One cell that is said to fill the sheet."""
    cell = (
        '<table:table-cell office:value-type="string" table:number-columns-repeated="16384">'
        "<text:p>Word</text:p></table:table-cell>"
    )
    rows = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    return _ods(folder, "repeated.ods", f'<table:table table:name="A">{rows}</table:table>')


# Documents in zip containers


def docx_of(folder: Path, name: str, body: str) -> Path:
    """A Word document with this XML as its body."""
    packed = io.BytesIO()
    Document().save(packed)
    with zipfile.ZipFile(packed) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    parts["word/document.xml"] = f"{_WORD_ROOT}{body}</w:body></w:document>".encode()
    return _zipped(folder / name, parts)


def docx_nested_tables(folder: Path) -> Path:
    """Tables in tables, 100,000 deep."""
    opened = "<w:tbl><w:tr><w:tc>" * 100_000
    closed = "</w:tc></w:tr></w:tbl>" * 100_000
    text = "<w:p><w:r><w:t>Deep.</w:t></w:r></w:p>"
    return docx_of(folder, "nested.docx", f"{opened}{text}{closed}")


def docx_shallow_nested_tables(folder: Path) -> Path:
    """As deep as the XML library lets pass, and many of them."""
    one = (
        "<w:tbl><w:tr><w:tc>" * 80
        + "<w:p><w:r><w:t>Deep words.</w:t></w:r></w:p>" * 10
        + "</w:tc></w:tr></w:tbl>" * 80
    )
    return docx_of(folder, "tables.docx", one * 100)


def docx_many_tables(folder: Path) -> Path:
    """20,000 tables of one cell."""
    cell = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>A cell</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    return docx_of(folder, "many.docx", cell * 20_000)


def docx_runs(folder: Path) -> Path:
    """A paragraph of 100,000 runs, each with its own style."""
    run = '<w:r><w:rPr><w:rStyle w:val="S{0}"/></w:rPr><w:t xml:space="preserve">a </w:t></w:r>'
    runs = "".join(run.format(number) for number in range(100_000))
    return docx_of(folder, "runs.docx", f"<w:p>{runs}</w:p>")


def docx_styled_paragraphs(folder: Path) -> Path:
    """20,000 paragraphs, each with a style that is not there."""
    one = '<w:p><w:pPr><w:pStyle w:val="S{0}"/></w:pPr><w:r><w:t>Words.</w:t></w:r></w:p>'
    return docx_of(folder, "styled.docx", "".join(one.format(number) for number in range(20_000)))


def docx_wide_row(folder: Path) -> Path:
    """A row of 50,000 cells."""
    cells = "<w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc>" * 50_000
    return docx_of(folder, "row.docx", f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>")


def pptx_slides(folder: Path) -> Path:
    """10,000 empty slides and one with words."""
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "The only words"
    packed = io.BytesIO()
    deck.save(packed)
    with zipfile.ZipFile(packed) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    page, relations = parts["ppt/slides/slide1.xml"], parts["ppt/slides/_rels/slide1.xml.rels"]
    kind = "application/vnd.openxmlformats-officedocument.presentationml.slide+xml"
    types, rels, ids = [], [], []
    for number in range(2, 10_001):
        parts[f"ppt/slides/slide{number}.xml"] = page
        parts[f"ppt/slides/_rels/slide{number}.xml.rels"] = relations
        types.append(f'<Override PartName="/ppt/slides/slide{number}.xml" ContentType="{kind}"/>')
        rels.append(
            f'<Relationship Id="rX{number}" Type="http://schemas.openxmlformats.org/officeDocument/'
            f'2006/relationships/slide" Target="slides/slide{number}.xml"/>'
        )
        ids.append(f'<p:sldId id="{1000 + number}" r:id="rX{number}"/>')
    for name, end, more in (
        ("[Content_Types].xml", b"</Types>", types),
        ("ppt/_rels/presentation.xml.rels", b"</Relationships>", rels),
        ("ppt/presentation.xml", b"</p:sldIdLst>", ids),
    ):
        parts[name] = parts[name].replace(end, "".join(more).encode() + end)
    return _zipped(folder / "slides.pptx", parts)


def pptx_nested_groups(folder: Path) -> Path:
    """Groups of shapes in groups, 50,000 deep."""
    deck = Presentation()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "Words"
    packed = io.BytesIO()
    deck.save(packed)
    with zipfile.ZipFile(packed) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    opened = "<p:grpSp><p:nvGrpSpPr/><p:grpSpPr/>" * 50_000
    slide = parts["ppt/slides/slide1.xml"]
    nested = (opened + "</p:grpSp>" * 50_000).encode()
    parts["ppt/slides/slide1.xml"] = slide.replace(b"</p:spTree>", nested + b"</p:spTree>")
    return _zipped(folder / "groups.pptx", parts)


def _odt(folder: Path, name: str, body: str) -> Path:
    content = (
        f"{_ODF_ROOT}<office:body><office:text>{body}</office:text></office:body>"
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.text"
    return _zipped(folder / name, {"content.xml": content}, mimetype=kind)


def odt_nested(folder: Path) -> Path:
    """Lists in lists, 100,000 deep."""
    opened, closed = "<text:list><text:list-item>" * 100_000, "</text:list-item></text:list>"
    return _odt(folder, "nested.odt", f"{opened}<text:p>Deep.</text:p>{closed * 100_000}")


def odt_spans(folder: Path) -> Path:
    """A paragraph of spans in spans, as deep as the XML library lets pass, many times."""
    one = "<text:p>" + "<text:span>a" * 240 + "</text:span>" * 240 + "</text:p>"
    return _odt(folder, "spans.odt", one * 2_000)


def odt_nested_tables(folder: Path) -> Path:
    """Tables in the cells of tables: each paragraph lies in all of them."""
    opened = "<table:table><table:table-row><table:table-cell>" * 80
    closed = "</table:table-cell></table:table-row></table:table>" * 80
    return _odt(folder, "tables.odt", f"{opened}{'<text:p>Words.</text:p>' * 500}{closed}" * 40)


def odt_repeated_rows(folder: Path) -> Path:
    """Rows and cells that are said to be there 1,000,000 times."""
    cell = (
        '<table:table-cell table:number-columns-repeated="999999"><text:p>A word</text:p>'
        "</table:table-cell>"
    )
    row = f'<table:table-row table:number-rows-repeated="999999">{cell * 50}</table:table-row>'
    return _odt(folder, "rows.odt", f"<table:table>{row * 200}</table:table>")


def odt_figures(folder: Path) -> Path:
    """A number of repetitions with a million digits."""
    row = f'<text:p>a<text:s text:c="{"9" * 1_000_000}"/>b</text:p>'
    return _odt(folder, "figures.odt", row * 5)


def _epub(folder: Path, name: str, spine: int, files: int, page: str) -> Path:
    container = '<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>'
    items = "".join(
        f'<item id="i{n}" href="c{n % files}.xhtml?{n}" media-type="application/xhtml+xml"/>'
        if n >= files
        else f'<item id="i{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>'
        for n in range(spine)
    )
    refs = "".join(f'<itemref idref="i{n}"/>' for n in range(spine))
    package = f"<package><manifest>{items}</manifest><spine>{refs}</spine></package>"
    chapters = {f"c{n}.xhtml": page for n in range(files)}
    parts = {"META-INF/container.xml": container, "b.opf": package, **chapters}
    return _zipped(folder / name, parts, mimetype="application/epub+zip")


def epub_spine(folder: Path) -> Path:
    """A reading order of 100,000 entries, nearly all of which are not in the file."""
    page = "<html><body><p>A chapter.</p></body></html>"
    return _epub(folder, "spine.epub", 100_000, 50, page)


def epub_chapters(folder: Path) -> Path:
    """20,000 small chapters."""
    page = "<html><body><p>A chapter.</p></body></html>"
    return _epub(folder, "chapters.epub", 20_000, 20_000, page)


def epub_contents(folder: Path) -> Path:
    """A table of contents of 50,000 entries, nested as deep as the XML library lets pass."""
    point = '<navPoint><navLabel><text>{0}</text></navLabel><content src="c.xhtml#{0}"/>'
    deep = "".join(point.format(n) for n in range(200)) + "</navPoint>" * 200
    package = (
        '<package><manifest><item id="n" href="t.ncx" media-type="application/x-dtbncx+xml"/>'
        '<item id="c" href="c.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="c"/></spine></package>'
    )
    parts = {
        "META-INF/container.xml": '<c><rootfile full-path="b.opf"/></c>',
        "b.opf": package,
        "t.ncx": f"<ncx><navMap>{deep * 250}</navMap></ncx>",
        "c.xhtml": "<html><body><p>Words.</p></body></html>",
    }
    return _zipped(folder / "contents.epub", parts, mimetype="application/epub+zip")


def zip_of_many(folder: Path) -> Path:
    """A Word document with 65,000 parts that nothing refers to."""
    path = docx_of(folder, "many-parts.docx", "<w:p><w:r><w:t>Words.</w:t></w:r></w:p>")
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(65_000):
            archive.writestr(f"x/{number}.xml", "<a/>")
    return path


def zip_related(folder: Path) -> Path:
    """A Word document that is related to 20,000 parts."""
    path = docx_of(folder, "related.docx", "<w:p><w:r><w:t>Words.</w:t></w:r></w:p>")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    rels = "".join(
        f'<Relationship Id="rX{n}" Type="http://example.org/x" Target="x/{n}.xml"/>'
        for n in range(20_000)
    )
    name = "word/_rels/document.xml.rels"
    end = b"</Relationships>"
    parts[name] = parts[name].replace(end, rels.encode() + end)
    parts.update({f"word/x/{n}.xml": b"<a/>" for n in range(20_000)})
    return _zipped(path, parts)


# PDF


def pdf_of(folder: Path, name: str, objects: list[str | bytes]) -> Path:
    """A PDF with these objects, numbered from 1; the first is the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    places: list[int] = []
    for number, item in enumerate(objects, start=1):
        places.append(len(out))
        data = item if isinstance(item, bytes) else item.encode("latin-1")
        out += b"%d 0 obj\n" % number + data + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    (folder / name).write_bytes(out)
    return folder / name


def _stream(data: bytes) -> bytes:
    packed = zlib.compress(data)
    return b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed)


_FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
_PAGE = (
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R "
    "/Resources << /Font << /F1 4 0 R >> >> >>"
)


def _pdf_page(folder: Path, name: str, content: bytes) -> Path:
    tree = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    catalog = "<< /Type /Catalog /Pages 2 0 R >>"
    return pdf_of(folder, name, [catalog, tree, _PAGE, _FONT, _stream(content)])


def pdf_pages(folder: Path) -> Path:
    """100,000 pages that are the same object, with hardly a word."""
    kids = "3 0 R " * 100_000
    tree = f"<< /Type /Pages /Kids [{kids}] /Count 100000 >>"
    content = _stream(b"BT /F1 12 Tf 72 700 Td (Words) Tj ET")
    catalog = "<< /Type /Catalog /Pages 2 0 R >>"
    return pdf_of(folder, "pages.pdf", [catalog, tree, _PAGE, _FONT, content])


def pdf_empty_pages(folder: Path) -> Path:
    """100,000 pages without anything on them."""
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"
    kids = "".join(f"{n} 0 R " for n in range(3, 100_003))
    tree = f"<< /Type /Pages /Kids [{kids}] /Count 100000 >>"
    return pdf_of(
        folder, "empty.pdf", ["<< /Type /Catalog /Pages 2 0 R >>", tree, *[page] * 100_000]
    )


def pdf_deep_tree(folder: Path) -> Path:
    """A page under 50,000 nodes that hold one node each."""
    nodes = [
        f"<< /Type /Pages /Kids [{n + 1} 0 R] /Count 1 /Parent {max(n - 1, 2)} 0 R >>"
        for n in range(2, 50_002)
    ]
    page = "<< /Type /Page /Parent 50001 0 R /MediaBox [0 0 595 842] >>"
    return pdf_of(folder, "deep.pdf", ["<< /Type /Catalog /Pages 2 0 R >>", *nodes, page])


def pdf_content(folder: Path) -> Path:
    """A page with 500,000 pieces of text on one line."""
    return _pdf_page(
        folder, "content.pdf", b"BT /F1 1 Tf 72 700 Td " + b"(ab) Tj " * 500_000 + b"ET"
    )


def pdf_scattered(folder: Path) -> Path:
    """A page with 60,000 words, each at a place of its own."""
    words = b"".join(
        b"1 0 0 1 %d %d Tm (w%d) Tj " % (17 * n % 590, 31 * n % 840, n) for n in range(60_000)
    )
    return _pdf_page(folder, "scattered.pdf", b"BT /F1 4 Tf " + words + b"ET")


def pdf_paths(folder: Path) -> Path:
    """A page of a million lines that are drawn, and one word."""
    drawn = b"0 0 m 9 9 l S " * 1_000_000
    return _pdf_page(folder, "paths.pdf", drawn + b"BT /F1 12 Tf 72 700 Td (Word) Tj ET")


def pdf_nested_forms(folder: Path) -> Path:
    """Forms that draw each other ten times, nine deep: a billion times in all."""
    objects: list[str | bytes] = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        _PAGE.replace("/Font <<", "/XObject << /X 6 0 R >> /Font <<"),
        _FONT,
        _stream(b"/X Do"),
    ]
    for number in range(6, 15):
        data = zlib.compress(b"/X Do " * 10)
        head = (
            f"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length {len(data)} "
            f"/Filter /FlateDecode /Resources << /XObject << /X {number + 1} 0 R >> >> >>"
        )
        objects.append(head.encode() + b"\nstream\n" + data + b"\nendstream")
    words = zlib.compress(b"BT /F1 12 Tf (w) Tj ET")
    head = (
        f"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length {len(words)} "
        "/Filter /FlateDecode /Resources << /Font << /F1 4 0 R >> >> >>"
    )
    objects.append(head.encode() + b"\nstream\n" + words + b"\nendstream")
    return pdf_of(folder, "forms.pdf", objects)


def pdf_outlines(folder: Path) -> Path:
    """A contents list of 100,000 entries that ends where it begins."""
    first = 6
    entries = [
        f"<< /Title (Entry {n}) /Parent 6 0 R /Next {first + 1 + (n + 1) % 100_000} 0 R >>"
        for n in range(100_000)
    ]
    content = _stream(b"BT /F1 12 Tf 72 700 Td (Words) Tj ET")
    return pdf_of(
        folder,
        "outlines.pdf",
        [
            "<< /Type /Catalog /Pages 2 0 R /Outlines 6 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            _PAGE,
            _FONT,
            content,
            "<< /Type /Outlines /First 7 0 R /Count 100000 >>",
            *entries,
        ],
    )


def pdf_page_numbers(folder: Path) -> Path:
    """Pages whose header is a long run of no-break spaces, which page numbers are looked for in."""
    pages = 4
    spaces = b"\\240" * 8_000
    lines = b"BT /F1 6 Tf 10 820 Td (a%sb) Tj 0 -60 Td (A line of text.) Tj " % spaces
    lines += b"0 -10 Td (Another line.) Tj " * 12 + b"ET"
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    kids = " ".join(f"{5 + n} 0 R" for n in range(pages))
    page = (
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 3 0 R >> >> >>"
    )
    return pdf_of(
        folder,
        "numbers.pdf",
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>",
            font,
            _stream(lines),
            *[page] * pages,
        ],
    )


# Mail


def _mail(name: str, body: Callable[[], str]) -> Maker:
    head = "From: a@example.org\nTo: b@example.org\nSubject: Words\nDate: 3 Mar 2025 10:00 +0000\n"
    return _lazy(name, lambda: head + body())


def _parts(count: int) -> str:
    part = "--b\nContent-Type: text/plain\n\nWords of a part.\n"
    return f"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n{part * count}--b--\n"


def _attachments(count: int) -> str:
    part = "--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nA.\n"
    return f"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n{part * count}--b--\n"


def _nested_parts(depth: int) -> str:
    opened = "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth)
    )
    return f"MIME-Version: 1.0\n{opened}Content-Type: text/plain\n\nDeep words.\n"


def _nested_mails(depth: int) -> str:
    return (
        "MIME-Version: 1.0\n"
        + "Content-Type: message/rfc822\n\nSubject: Inner\n" * depth
        + "\nDeep words.\n"
    )


def _alternatives(depth: int) -> str:
    opened = "".join(
        f"Content-Type: multipart/alternative; boundary=b{n}\n\n--b{n}\n" for n in range(depth)
    )
    return f"MIME-Version: 1.0\n{opened}Content-Type: text/plain\n\n \n"


_RTF = r"{\rtf1\ansi\ansicpg1252 "


def _xml(name: str, body: Callable[[], str]) -> Maker:
    return _lazy(name, lambda: f'<?xml version="1.0"?>\n{body()}')


def _attributes(count: int) -> str:
    return " ".join(f'a{n}="v{n}"' for n in range(count))


def _billion_laughs() -> str:
    entities = "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' if n else '<!ENTITY e0 "ha">' for n in range(10)
    )
    return f"<!DOCTYPE r [{entities}]><r>Words &e9;</r>"


def _yaml_bomb() -> str:
    lines = ["a0: &a0 [lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return "\n".join(lines)


def _calendar(event: str, times: int = 1) -> str:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{event * times}END:VCALENDAR\n"


_EVENT = "BEGIN:VEVENT\nUID:1\nDTSTART:20250303T100000\nSUMMARY:Words\n{0}END:VEVENT\n"
_CARD = "BEGIN:VCARD\nVERSION:3.0\nN:Doe;Jane\nFN:Jane Doe\n{0}END:VCARD\n"
_MBOX_MAIL = (
    "From a@example.org Mon Mar  3 10:00:00 2025\nSubject: {0}\nFrom: a@example.org\n\n{1}\n\n"
)

SMALL: Mapping[str, Maker] = {
    "corners.xlsx": xlsx_far_corners,
    "corners.ods": ods_far_corners,
    "repeated.ods": ods_repeated,
    "sheets.xlsx": xlsx_many_sheets,
    "nested.docx": docx_nested_tables,
    "tables.docx": docx_shallow_nested_tables,
    "many.docx": docx_many_tables,
    "runs.docx": docx_runs,
    "row.docx": docx_wide_row,
    "styled.docx": docx_styled_paragraphs,
    "groups.pptx": pptx_nested_groups,
    "nested.odt": odt_nested,
    "spans.odt": odt_spans,
    "tables.odt": odt_nested_tables,
    "rows.odt": odt_repeated_rows,
    "figures.odt": odt_figures,
    "spine.epub": epub_spine,
    "contents.epub": epub_contents,
    "deep.pdf": pdf_deep_tree,
    "content.pdf": pdf_content,
    "scattered.pdf": pdf_scattered,
    "forms.pdf": pdf_nested_forms,
    "outlines.pdf": pdf_outlines,
    "numbers.pdf": pdf_page_numbers,
    "pages.pdf": pdf_pages,
    "attributes.xml": _xml("attributes.xml", lambda: f"<r><a {_attributes(100_000)}>Words</a></r>"),
    "deep.xml": _xml("deep.xml", lambda: "<a>" * 100_000 + "Deep" + "</a>" * 100_000),
    "comb.xml": _xml("comb.xml", lambda: "<r>" + ("<a>" * 200 + "x" + "</a>" * 200) * 300 + "</r>"),
    "children.xml": _xml("children.xml", lambda: f"<r>{'<a/>' * 300_000}Words</r>"),
    "prose.xml": _xml(
        "prose.xml", lambda: "<r>" + "<a>w " * 200 + "<b>x</b> y" * 2_000 + "</a>" * 200 + "</r>"
    ),
    "records.xml": _xml(
        "records.xml",
        lambda: "<r>" + "".join(f"<a><b>1</b><c{n}>2</c{n}></a>" for n in range(20_000)) + "</r>",
    ),
    "laughs.xml": _xml("laughs.xml", _billion_laughs),
    "namespaces.xml": _xml(
        "namespaces.xml",
        lambda: "<r " + " ".join(f'xmlns:n{n}="u{n}"' for n in range(20_000)) + "><a>w</a></r>",
    ),
    "attributes.html": _lazy("attributes.html", lambda: f"<p {_attributes(100_000)}>Words</p>"),
    "divs.html": _lazy("divs.html", lambda: "<div>" * 50_000 + "Deep words" + "</div>" * 50_000),
    "tables.html": _lazy("tables.html", lambda: "<table><tr><td>" * 50_000 + "Deep words"),
    "bold.html": _lazy("bold.html", lambda: "<b><i><p>" * 20_000 + "Deep words"),
    "unclosed.html": _lazy("unclosed.html", lambda: "<p>Words</p>" + "<a " * 300_000),
    "titles.html": _lazy("titles.html", lambda: "<p>Words</p>" + "<title " * 100_000),
    "paragraphs.html": _lazy("paragraphs.html", lambda: "<p>Words" + "<p><a href=x>" * 10_000),
    "comments.html": _lazy("comments.html", lambda: "<html><body>" + "<!--" * 100_000 + "Words"),
    "lists.html": _lazy("lists.html", lambda: "<ul><li>a" * 20_000),
    "cells.html": _lazy("cells.html", lambda: "<table><tr>" + "<td>a" * 100_000),
    "deep-tables.html": _lazy(
        "deep-tables.html", lambda: ("<table><tr><td>a" * 150 + "</table>" * 150) * 60
    ),
    "quotes.md": _lazy("quotes.md", lambda: ">" * 10_000 + " Words"),
    "brackets.md": _lazy("brackets.md", lambda: "[" * 50_000 + "Words"),
    "links.md": _lazy("links.md", lambda: "[a](" * 50_000 + "Words"),
    "stars.md": _lazy("stars.md", lambda: "*" * 50_000 + "Words"),
    "emphasis.md": _lazy("emphasis.md", lambda: "*a _b " * 20_000),
    "backticks.md": _lazy("backticks.md", lambda: " ".join("`" * n for n in range(1, 700))),
    "lists.md": _lazy("lists.md", lambda: "".join(" " * 2 * n + "- a\n" for n in range(600))),
    "quoted-lists.md": _lazy("quoted-lists.md", lambda: "> - " * 5_000 + "Words"),
    "references.md": _lazy(
        "references.md", lambda: "".join(f"[a{n}]: /u\n" for n in range(20_000)) + "[a1] words"
    ),
    "table.md": _lazy(
        "table.md", lambda: "|a" * 20_000 + "|\n" + "|-" * 20_000 + "|\n" + "|b|\n" * 200
    ),
    "entities.md": _lazy("entities.md", lambda: "&" * 100_000 + "<" * 100_000 + "Words"),
    "nested.json": _lazy("nested.json", lambda: "[" * 100_000 + "]" * 100_000),
    "objects.json": _lazy("objects.json", lambda: '{"a":' * 100_000 + "1" + "}" * 100_000),
    "lines.json": _lazy("lines.json", lambda: ("[" * 500 + "]" * 500 + "\n") * 2_000),
    "keys.json": _lazy(
        "keys.json", lambda: "[" + ",".join(f'{{"k{n}": 1}}' for n in range(50_000)) + "]"
    ),
    "digits.json": _lazy("digits.json", lambda: "[" + "9" * 2_000_000 + "]"),
    "bomb.yaml": _lazy("bomb.yaml", _yaml_bomb),
    "nested.yaml": _lazy("nested.yaml", lambda: "[" * 100_000),
    "groups.rtf": _lazy("groups.rtf", lambda: _RTF + "{" * 100_000 + "Words" + "}" * 100_001),
    "controls.rtf": _lazy("controls.rtf", lambda: _RTF + r"\b" * 200_000 + " Words}"),
    "hex.rtf": _lazy("hex.rtf", lambda: _RTF + r"{\pict " + "ab " * 200_000 + "} Words}"),
    "unicode.rtf": _lazy("unicode.rtf", lambda: _RTF + r"\u8364?" * 100_000 + " Words}"),
    "titles.rtf": _lazy("titles.rtf", lambda: _RTF + r"{\title " * 100_000 + " Words}"),
    "hex-text.rtf": _lazy("hex-text.rtf", lambda: _RTF + ("a" * 599 + "z") * 1_000 + " Words}"),
    "parts.eml": _mail("parts.eml", lambda: _parts(10_000)),
    "attachments.eml": _mail("attachments.eml", lambda: _attachments(10_000)),
    "nested.eml": _mail("nested.eml", lambda: _nested_parts(2_000)),
    "alternatives.eml": _mail("alternatives.eml", lambda: _alternatives(400)),
    "mails.eml": _mail("mails.eml", lambda: _nested_mails(5_000)),
    "headers.eml": _mail(
        "headers.eml", lambda: "".join(f"X-{n}: v\n" for n in range(100_000)) + "\nWords\n"
    ),
    "header.eml": _mail("header.eml", lambda: "X-Long: " + "a" * 10_000_000 + "\n\nWords\n"),
    "subject.eml": _lazy(
        "subject.eml",
        lambda: (
            "From: a@example.org\nDate: x\nTo: b\nSubject: "
            + "=?utf-8?q?a?= " * 500_000
            + "\n\nWords\n"
        ),
    ),
    "disposition.eml": _mail(
        "disposition.eml",
        lambda: (
            'Content-Type: text/plain\nContent-Disposition: attachment; filename="'
            + "a;" * 15_000
            + '"\n\nWords\n'
        ),
    ),
    "parameters.eml": _mail(
        "parameters.eml",
        lambda: (
            "Content-Type: text/plain"
            + "".join(f"; name*{n}*=a" for n in range(3_000))
            + "\n\nWords\n"
        ),
    ),
    "quoted.eml": _mail("quoted.eml", lambda: "\n" + ">" * 1_000_000 + " Words\n"),
    "flowed.eml": _mail(
        "flowed.eml", lambda: "Content-Type: text/plain; format=flowed\n\n" + "> a \n" * 100_000
    ),
    "dates.eml": _lazy(
        "dates.eml", lambda: "From: a\nTo: b\nSubject: c\nDate: " + "( " * 15_000 + "\n\nWords\n"
    ),
    "mails.mbox": _lazy("mails.mbox", lambda: _MBOX_MAIL.format("", "") * 100_000),
    "full.mbox": _lazy(
        "full.mbox", lambda: "".join(_MBOX_MAIL.format(n, f"Words {n}") for n in range(20_000))
    ),
    "froms.mbox": _lazy(
        "froms.mbox", lambda: _MBOX_MAIL.format("a", "Words") + ">" * 300_000 + "From x\n"
    ),
    "starts.mbox": _lazy("starts.mbox", lambda: _MBOX_MAIL.format("a", "b") + "From a\n" * 500_000),
    "event.ics": _lazy(
        "event.ics", lambda: _calendar(_EVENT.format("DESCRIPTION:" + "a\n b" * 500_000 + "\n"))
    ),
    "events.ics": _lazy("events.ics", lambda: _calendar(_EVENT.format(""), 10_000)),
    "repeats.ics": _lazy(
        "repeats.ics",
        lambda: _calendar(
            _EVENT.format("RRULE:FREQ=SECONDLY;BYDAY=" + ",".join(["MO"] * 50_000) + "\n")
        ),
    ),
    "people.ics": _lazy(
        "people.ics", lambda: _calendar(_EVENT.format("ATTENDEE:mailto:a@b.c\n" * 50_000))
    ),
    "parameters.ics": _lazy(
        "parameters.ics",
        lambda: _calendar(
            _EVENT.format("X-A" + "".join(f";P{n}=v" for n in range(20_000)) + ":w\n")
        ),
    ),
    "lines.ics": _lazy(
        "lines.ics", lambda: _calendar(_EVENT.format("DESCRIPTION:" + "\\n \\n" * 200_000 + "\n"))
    ),
    "alarms.ics": _lazy(
        "alarms.ics", lambda: _calendar(_EVENT.format("BEGIN:VALARM\nEND:VALARM\n" * 50_000))
    ),
    "long.vcf": _lazy("long.vcf", lambda: _CARD.format("NOTE:" + "a\n b" * 500_000 + "\n")),
    "cards.vcf": _lazy("cards.vcf", lambda: _CARD.format("") * 5_000),
    "parameters.vcf": _lazy(
        "parameters.vcf", lambda: _CARD.format("TEL" + ";TYPE=home" * 50_000 + ":1\n")
    ),
    "quotes.vcf": _lazy("quotes.vcf", lambda: _CARD.format('NOTE;X="' + 'a"' * 50_000 + ":w\n")),
    "wide.csv": _lazy("wide.csv", lambda: "a," * 1_000_000 + "\nb,c\n"),
    "field.csv": _lazy("field.csv", lambda: 'a,b\n"' + "c" * 49_000_000 + '",d\n'),
    "quotes.csv": _lazy("quotes.csv", lambda: '"' * 2_000_001),
    "rows.csv": _lazy("rows.csv", lambda: "a,b\n" * 400_000),
    "figures.csv": _lazy("figures.csv", lambda: "name,value\n" + "1 " * 20_000 + "x," + "9," * 9),
    "ragged.csv": _lazy("ragged.csv", lambda: "a," * 16_000 + "\n" + "b\n" * 20_000),
    "gaps.csv": _lazy("gaps.csv", lambda: ("a,,b" + ",,c" * 2_000 + "\n") * 30 + "\nd\n" * 5_000),
    "line.txt": _lazy("line.txt", lambda: "word " * 4_000_000),
    "letter.txt": _lazy("letter.txt", lambda: "a" * 20_000_000),
    "spaces.txt": _lazy("spaces.txt", lambda: "a" + " " * 5_000_000 + "b"),
    "no-breaks.txt": _lazy("no-breaks.txt", lambda: "a" + "\xa0" * 2_000_000 + "b"),
    "newlines.txt": _lazy("newlines.txt", lambda: "a" + "\n" * 5_000_000 + "b"),
    "blank-lines.txt": _lazy("blank-lines.txt", lambda: "a\n" + " " * 2_000_000 + "b"),
    "tabs.txt": _lazy("tabs.txt", lambda: "a\n" + "\t" * 300_000 + "\n" + "\t" * 300_000 + "b"),
    "dots.txt": _lazy("dots.txt", lambda: "." * 3_000_000 + "a"),
    "stops.txt": _lazy("stops.txt", lambda: "a. " * 500_000),
    "quotes.txt": _lazy("quotes.txt", lambda: "a." + '"' * 1_000_000 + "b"),
    "numbers.txt": _lazy("numbers.txt", lambda: "1.2.2024-" * 200_000),
    "digits.txt": _lazy("digits.txt", lambda: "9" * 3_000_000),
    "chinese.txt": _lazy("chinese.txt", lambda: "字" * 2_000_000),
    "code.py": _lazy("code.py", lambda: "x = 1\n" + " \n" * 500_000 + "y = 2"),
    "latin.txt": _lazy("latin.txt", lambda: b"caf\xe9 " * 1_000_000),
    "high.txt": _lazy("high.txt", lambda: b"a" + b"\xe9" * 2_000_000),
    "escapes.txt": _lazy("escapes.txt", lambda: b"\x1b$B" + b"ab" * 1_000_000),
}
"""Files of at most a few megabytes, by what they are about."""

LARGE: Mapping[str, Maker] = {
    "cross.xlsx": xlsx_wide_and_long,
    "slides.pptx": pptx_slides,
    "chapters.epub": epub_chapters,
    "many-parts.docx": zip_of_many,
    "related.docx": zip_related,
    "empty.pdf": pdf_empty_pages,
    "paths.pdf": pdf_paths,
}
"""Files that take a while to write."""

ALL: Mapping[str, Maker] = {**SMALL, **LARGE}
