"""Documents of the project's own writing, as a parser gives them."""

from __future__ import annotations

from pathlib import Path

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder, add_table
from rag.parse.document import Block, BlockKind, ParsedDocument
from rag.parse.source import Source
from rag.types import Locator

LEASE = """RESIDENTIAL LEASE

This Lease is made on 3 March 2024 between Maria Jones (the “Landlord”) and Peter Smith (the \
“Tenant”).

The flat is at 12 High Street, Leeds. The monthly rent is £1,250.00, payable in advance.

The tenant shall pay a deposit of £2,500.

Pets are not allowed in the flat.

The term of this lease is twelve (12) months. Either party may end it with a notice period of two \
months.

Bank account: IBAN GB82 WEST 1234 5698 7654 32"""

MIETVERTRAG = """Mietvertrag

zwischen Frau Sabine Krüger (nachfolgend „Vermieterin“) und Herrn Jonas Weber (nachfolgend \
„Mieter“) wird folgender Vertrag geschlossen.

§ 2 Mietzeit
Das Mietverhältnis beginnt am 1. April 2023 und läuft auf unbestimmte Zeit.

§ 3 Miete
Die monatliche Miete beträgt 1.234,50 €. Die Nebenkosten betragen 180 €.

§ 7 Kündigung
Die Kündigungsfrist beträgt drei Monate. Haustiere sind nicht erlaubt."""

NDA = """MUTUAL NON-DISCLOSURE AGREEMENT

This Agreement is made and entered into as of the 2nd day of July, 2018 by and between Northwind \
Paper, Inc., a Delaware corporation (the “Company”), and Harbour Books LLC (the “Recipient”).

1. Confidential Information means all information that the Company discloses on 5 May 2017 or later.

2. Term. This Agreement shall continue in full force and effect for a period of three (3) years.

3. Governing Law. This Agreement shall be governed by the laws of the State of Oregon."""


def paragraphs(text: str, title: str = "document") -> ParsedDocument:
    """Returns a document whose blocks are the paragraphs of a text."""
    blocks: list[Block] = []
    start = 0
    for paragraph in text.split("\n\n"):
        if paragraph.strip():
            place = Locator(start, start + len(paragraph), page=1)
            blocks.append(Block(BlockKind.PARAGRAPH, place))
        start += len(paragraph) + 2
    return ParsedDocument(DocumentKind.TEXT, title, text, tuple(blocks), 1)


def invoice() -> ParsedDocument:
    """Returns an invoice with two lines, on two pages."""
    builder = DocumentBuilder()
    builder.add("Northwind Paper Ltd\n4 Mill Lane, Leeds\naccounts@northwind.example", page=1)
    builder.add("VAT ID: GB123456789\nInvoice number: NP-2024-0117", page=1)
    builder.add("Invoice date: 3 May 2024\nDue date: 2 June 2024", page=1)
    builder.add("Bill to: Harbour Books GmbH", page=1)
    rows = [
        ["Item", "Quantity", "Amount"],
        ["A4 paper", "5", "£60.00"],
        ["Envelopes", "10", "£35.00"],
    ]
    add_table(builder, rows, page=1)
    builder.add("Subtotal: £95.00\nVAT 20%: £19.00\nTotal due: £114.00", page=2)
    return built(builder, 2)


def lab_report(scanned: tuple[int, ...] = ()) -> ParsedDocument:
    """Returns a German lab report with a table of two results."""
    builder = DocumentBuilder()
    builder.add("Laborbefund\nPatient: Erika Beispiel\nGeburtsdatum: 12.08.1971", page=1)
    builder.add("Entnahme: 03.02.2024", page=1)
    rows = [
        ["Analyse", "Ergebnis", "Referenz"],
        ["Hämoglobin", "13,5 g/dl", "12-16"],
        ["Kreatinin", "0,8 mg/dl", "0,5-0,9"],
    ]
    add_table(builder, rows, page=1)
    return built(builder, 1 + len(scanned), scanned)


def built(builder: DocumentBuilder, pages: int, scanned: tuple[int, ...] = ()) -> ParsedDocument:
    """Returns what was added to a builder as a document of several pages."""
    builder.scanned = list(scanned)
    source = Source.of_file(Path("document.pdf"))
    return builder.finish(DocumentKind.PDF, "Document", source, pages)
