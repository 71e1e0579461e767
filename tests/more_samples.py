"""Small real files of the formats beside PDF, Office and plain text; as `tests.samples` does."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Container, Mapping, Sequence
from pathlib import Path

from msoffcrypto.format.ooxml import OOXMLFile  # type: ignore[import-untyped]
from odfdo import Document, DrawPage, Element, Frame, Header, List, Paragraph, Table
from odfdo.xmlpart import XmlPart

Rows = Sequence[Sequence[object]]

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def odt(path: Path, *parts: str | Rows, title: str = "") -> Path:
    """An OpenDocument text: ``# `` begins a heading, ``- `` a list item, rows make a table."""
    document = Document("text")
    document.body.clear()
    document.meta.title = title
    for part in parts:
        if not isinstance(part, str):
            document.body.append(_table("Table", part))
        elif part.startswith("- "):
            document.body.append(List([part[2:]]))
        elif part.startswith("#"):
            marks, _, text = part.partition(" ")
            document.body.append(Header(len(marks), text))
        else:
            document.body.append(Paragraph(part))
    styles = document.get_part("styles")
    assert isinstance(styles, XmlPart)
    for level in styles.get_elements("//text:outline-level-style"):
        level.set_attribute("style:num-format", "")  # the template numbers headings
    document.save(path)
    return path


def ods(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """An OpenDocument workbook."""
    document = Document("spreadsheet")
    document.body.clear()
    for name, rows in sheets.items():
        document.body.append(_table(name, rows))
    document.save(path)
    return path


def odp(path: Path, *decks: tuple[str, Sequence[str], str]) -> Path:
    """OpenDocument slides, each with its title, its points and its notes."""
    document = Document("presentation")
    document.body.clear()
    for number, (heading, points, notes) in enumerate(decks, start=1):
        page = DrawPage(f"page{number}", name=f"Page {number}")
        title = Frame.text_frame(heading, presentation_class="title")
        page.append(title)
        page.append(Frame.text_frame(List(list(points)), presentation_class="outline"))
        if notes:
            page.append(
                Element.from_tag(
                    f"<presentation:notes><draw:frame presentation:class='notes'><draw:text-box>"
                    f"<text:p>{notes}</text:p></draw:text-box></draw:frame></presentation:notes>"
                )
            )
        document.body.append(page)
    document.save(path)
    return path


def _table(name: str, rows: Rows) -> Table:
    table = Table(name)
    for number, row in enumerate(rows):
        table.set_row_values(number, [str(value) for value in row])
    return table


def ole(path: Path, name: str, stream: bytes) -> Path:
    """An OLE container with one stream, as old Office programs write them."""
    return ole_of(path, {name: stream})


def ole_of(path: Path, streams: Mapping[str, bytes]) -> Path:
    """An OLE container with up to three streams; their names grow in length."""
    chain = [_FAT, _END]
    entries = _entry("Root Entry", 5, 1, _END, 0)
    body = b""
    for number, (name, stream) in enumerate(streams.items(), start=1):
        stream = stream.ljust(-(-max(len(stream), 4096) // _SECTOR) * _SECTOR, b"\x00")
        start = len(chain)
        chain += [*range(start + 1, start + len(stream) // _SECTOR), _END]
        following = number + 1 if number < len(streams) else _FREE
        entries += _entry(name, 2, _FREE, start, len(stream), following)
        body += stream
    fat = struct.pack("<128I", *chain, *[_FREE] * (128 - len(chain)))
    head = struct.pack(
        "<8s16s5H6x9I109I",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6),
        *(0, 1, 1, 0, 4096, _END, 0, _END, 0),
        *(0, *[_FREE] * 108),
    )
    path.write_bytes(head + fat + entries.ljust(_SECTOR, b"\x00") + body)
    return path


def _entry(
    name: str, kind: int, child: int, start: int, size: int, following: int = _FREE
) -> bytes:
    wide = (name + "\x00").encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16sIQQIQ",
        *(wide, len(wide), kind, 1, _FREE, following, child, b"", 0, 0, 0, start, size),
    )


def xls(
    path: Path,
    sheet: str,
    rows: Rows,
    codes: Sequence[str] = (),
    more: bytes = b"",
    struck: Container[int] = (),
) -> Path:
    """A workbook as Excel 97 wrote it, with one sheet; `codes` are the formats of its columns.

    `more` are further records of the sheet; columns in `struck` are struck out.
    """
    formats = b""
    for options in (0, 0, 0, 0, 8):  # number 4 is left out: these are 0 to 3, and 5
        formats += _record(0x31, struct.pack("<HH10xBB", 200, options, 1, 0) + b"A")
    formats += b"".join(
        _record(0x41E, struct.pack("<HHB", 164 + at, len(code), 0) + code.encode("latin-1"))
        for at, code in enumerate(codes)
    )
    formats += b"".join(
        _record(0xE0, struct.pack("<HH16x", 5 * (at in struck), 164 + at))
        for at in range(len(codes))
    )
    begin = _record(0x809, struct.pack("<4H2I", 0x600, 5, 0, 0, 0, 6))
    name = bytes([len(sheet), 0]) + sheet.encode("latin-1")
    length = len(begin) + len(formats) + 4 + 6 + len(name) + 4
    listed = _record(0x85, struct.pack("<IH", length, 0) + name)
    cells = b""
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            place = struct.pack("<3H", row, column, column if codes else 0)
            if isinstance(value, int | float):
                cells += _record(0x203, place + struct.pack("<d", value))
            else:
                words = str(value).encode("latin-1")
                cells += _record(0x204, place + struct.pack("<HB", len(words), 0) + words)
    inner = _record(0x809, struct.pack("<4H2I", 0x600, 0x10, 0, 0, 0, 6))
    end = _record(0x0A, b"")
    return ole(path, "Workbook", begin + formats + listed + end + inner + cells + more + end)


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def locked(path: Path, password: str) -> Path:
    """Protects an Office file with a password."""
    opened, closed = io.BytesIO(path.read_bytes()), io.BytesIO()
    OOXMLFile(opened).encrypt(password, closed)
    path.write_bytes(closed.getvalue())
    return path


RICH = rb"""{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss Arial;}}
{\stylesheet{\s1\outlinelevel0 heading 1;}}{\info{\title The tap}}
\pard\s1\outlinelevel0 The tap\par
\pard\f0 Dear Mrs Fennimore, the tap drips \'fcberall.\par
\pard It costs 5 \u8364?.\par
\trowd\cellx1000\cellx2000 Day\cell Hour\cell\row
\trowd\cellx1000\cellx2000 Monday\cell 6:10\cell\row
\pard Kind regards\par
{\pict\pngblip 89504e47}}"""


def epub(path: Path, *chapters: tuple[str, str], title: str = "A book") -> Path:
    """A book of chapters, each with its title in the contents and the body of its page."""
    names = [f"chapter{number}.xhtml" for number in range(1, len(chapters) + 1)]
    items = "".join(
        f'<item id="c{n}" href="{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(names)
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(names)))
    links = "".join(
        f'<li><a href="{name}">{heading}</a></li>'
        for name, (heading, _) in zip(names, chapters, strict=True)
        if heading
    )
    html = '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OPS/book.opf"/></rootfiles></container>',
        )
        archive.writestr(
            "OPS/book.opf",
            '<package xmlns="http://www.idpf.org/2007/opf"><metadata '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></metadata>'
            f'<manifest><item id="nav" href="nav.xhtml" properties="nav" '
            f'media-type="application/xhtml+xml"/>{items}</manifest><spine>{spine}</spine></package>',
        )
        archive.writestr(
            "OPS/nav.xhtml",
            f'{html}<body><nav epub:type="toc"><ol>{links}</ol></nav></body></html>',
        )
        for name, (_, body) in zip(names, chapters, strict=True):
            archive.writestr(
                f"OPS/{name}", f"{html}<head><title/></head><body>{body}</body></html>"
            )
    return path


CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Fennimore House//EN
X-WR-CALNAME:Flat 3
BEGIN:VEVENT
UID:1
DTSTART;TZID=Europe/Berlin:20250304T093000
DTEND;TZID=Europe/Berlin:20250304T103000
SUMMARY:Boiler service
LOCATION:Flat 3\\, Harbour Road
ORGANIZER;CN=Hanna Brandel:mailto:hanna@brandel.example
ATTENDEE;CN="Edda Fennimore":mailto:edda@fennimore-house.example
RRULE:FREQ=YEARLY;UNTIL=20290304T000000Z
DESCRIPTION:Bring the key.\\nAsk about
  the valve.
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:Reminder
TRIGGER:-PT15M
END:VALARM
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20250310
DTEND;VALUE=DATE:20250315
SUMMARY:Holiday
END:VEVENT
BEGIN:VTODO
DUE:20250320T120000Z
SUMMARY:Pay the rent
END:VTODO
END:VCALENDAR
"""
CONTACTS = """BEGIN:VCARD
VERSION:3.0
N:Brandel;Hanna;;;
FN:Hanna Brandel
ORG:Fennimore Maps
TEL;TYPE=WORK,VOICE:+49 30 1234
EMAIL;TYPE=INTERNET:hanna@brandel.example
ADR;TYPE=HOME:;;Harbour Road 3;Kiel;;24103;Germany
NOTE:Likes\\ntea
PHOTO;ENCODING=b;TYPE=JPEG:AAAA
END:VCARD
BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=BCrgen;;;
TEL;CELL:0170 55
END:VCARD
"""
JSON = """{"house": "Harbour Road 3", "rent": {"euros": 1330.50, "paid": true, "late": null},
"keys": ["front", "cellar"],
"tides": [{"day": "Monday", "hour": "6:10"}, {"day": "Tuesday", "hour": "7:00"}]}"""
XML = """<?xml version="1.0"?>
<house><title>Harbour Road</title><section><title>Rent</title><p>It is <b>1330</b> euros.</p>
</section><tides><tide><day>Monday</day><hour>6:10</hour></tide><tide><day>Tuesday</day>
<hour>7:00</hour></tide></tides></house>"""
YAML = "house: Harbour Road 3\nrent:\n  euros: 1330\n\nkeys:\n  - front\n  - cellar\n"
CODE = 'import os\n\n\ndef high_water(day):\n    """When."""\n\n    return "6:10"\n'
NOTEBOOK = """{"cells": [{"cell_type": "markdown", "source": ["# Tides\\n", "High water at six."]},
{"cell_type": "code", "source": "print(6)", "outputs": [{"output_type": "stream", "text": ["6"]},
{"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo=", "text/plain": "<Figure>"}}]}],
"metadata": {}, "nbformat": 4, "nbformat_minor": 5}"""
NOTES = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE en-export SYSTEM "http://xml.evernote.com/pub/evernote-export3.dtd">
<en-export><note><title>The tap</title><content><![CDATA[<?xml version="1.0"?>
<!DOCTYPE en-note SYSTEM "http://xml.evernote.com/pub/enml2.dtd"><en-note><div>It drips.</div>
<div><en-todo checked="true"/>Call Hanna</div><div><en-todo/>Buy a seal</div></en-note>]]></content>
<created>20250303T101500Z</created><tag>kitchen</tag><resource>
<data encoding="base64">VGhlIHZhbHZlIGlzIHVuZGVyIHRoZSBzaW5rLg==</data><mime>text/plain</mime>
<resource-attributes><file-name>valve.txt</file-name></resource-attributes></resource></note>
</en-export>"""
OUTLINE = """<?xml version="1.0"?><opml version="2.0"><head><title>Trip</title></head><body>
<outline text="Ferry"><outline text="Cabin 4117" _note="deck 8"/></outline><outline text="Bye"/>
</body></opml>"""
OFX = """OFXHEADER:100
DATA:OFXSGML

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>1203<ACCTID>77
</BANKACCTFROM><BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20250203120000[-5:EST]
<TRNAMT>-84.20<NAME>Linde &amp; Berg<MEMO>Seals</STMTTRN></BANKTRANLIST>
<LEDGERBAL><BALAMT>915.30<DTASOF>20250228</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"""
TEX = r"""\documentclass{article}
\title{Tides}\author{Hanna M\"uller}
\begin{document}
\maketitle
\section{High water}\label{sec:h}
High water is at \emph{six}, as $x=5\,\%$ of \textbf{all \textit{days}} show~\cite{berg2019}. % no
It costs 5\,\euro{} \& more.\footnote{In Kiel.}

\begin{itemize}\item a rope \item a lamp\end{itemize}
\begin{table}\begin{tabular}{lr}\hline Day & Hour\\ Monday & 6:10\\ \end{tabular}
\caption{Hours}\end{table}
\end{document}
"""
ORG = """#+TITLE: House
#+AUTHOR: Edda

* TODO Replace the gate      :garden:home:
  DEADLINE: <2025-09-12 Fri>
  :PROPERTIES:
  :COST:     430
  :END:
  Ask [[https://example.org/h][Hanna]] first.
  - a rope
| Month | kWh |
|-------+-----|
| Jan   | 412 |
#+BEGIN_SRC sh
readmeter
#+END_SRC
"""
BIBLIOGRAPHY = """@string{press = "Harbour Press"}
@book{berg2019,
  author = {M{\\"u}ller, Hanna and Edda Fennimore},
  title = "The {Tides} of Kiel",
  publisher = press # { Kiel},
  year = 2019
}
@article{lost, title = {Unclosed {words
@misc{end, note = {Bye.}}
"""
SUBTITLES = """1
00:00:04,200 --> 00:00:08,000
High water is

2
00:00:08,100 --> 00:00:12,000
<i>at six.</i>

3
00:01:12,000 --> 00:01:15,000
Bring a rope.
"""
MAILBOX = """From hanna@brandel.example Mon Mar  3 10:00:00 2025
From: Hanna Brandel <hanna@brandel.example>
To: Edda Fennimore <edda@fennimore-house.example>
Subject: The tap drips
Date: Mon, 03 Mar 2025 10:00:00 +0100

The tap in the kitchen drips.

"""


def archive(path: Path, files: Mapping[str, bytes]) -> Path:
    """A ZIP archive of these files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return path


def one_of_each(folder: Path) -> list[Path]:
    """One file of each of these formats."""
    folder.mkdir(parents=True, exist_ok=True)
    table = (("Day", "Hour"), ("Monday", "6:10"), ("Tuesday", "7:00"))
    written = {
        "tap.rtf": RICH,
        "house.ics": CALENDAR.encode(),
        "people.vcf": CONTACTS.encode(),
        "house.json": JSON.encode(),
        "house.xml": XML.encode(),
        "house.yaml": YAML.encode(),
        "tides.py": CODE.encode(),
        "tides.ipynb": NOTEBOOK.encode(),
        "notes.enex": NOTES.encode(),
        "trip.opml": OUTLINE.encode(),
        "account.ofx": OFX.encode(),
        "tides.srt": SUBTITLES.encode(),
        "tides.tex": TEX.encode(),
        "house.org": ORG.encode(),
        "tides.bib": BIBLIOGRAPHY.encode(),
        "tides.adoc": b"= Tides\n\n|===\n|Tide |Hour\n\n|High |6\n|===\n",
    }
    for name, data in written.items():
        (folder / name).write_bytes(data)
    return [
        *(folder / name for name in written),
        archive(folder / "papers.zip", {"tides/high.txt": b"High water at six."}),
        odt(folder / "letter.odt", "# Letter", "The tap drips.", "- a rope", table),
        odp(folder / "tides.odp", ("Tides", ("High", "Low"), "Slowly."), ("End", ("Bye",), "")),
        ods(folder / "tides.ods", {"March": table}),
        xls(folder / "tides.xls", "March", table),
        epub(
            folder / "book.epub", ("One", "<p>High water.</p>"), ("Two", "<h1>Two</h1><p>Low.</p>")
        ),
    ]
