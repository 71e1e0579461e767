"""Workbooks whose cells show something else than they hold."""

from __future__ import annotations

import datetime
import zipfile
from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment


def formatted(path: Path) -> Path:
    """Contracts with dates, percentages, prices, postcodes and hours, each in its number format."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Contracts"
    sheet.append(["Contract", "Start", "Rate", "Fee", "Postcode", "Hours", "Account"])
    sheet.append(
        [
            *("Lift upkeep", datetime.date(2023, 4, 1), 0.035, 1249.4961, 4107),
            *(datetime.timedelta(hours=30, minutes=15), 4539578763621486),
        ]
    )
    sheet.append(
        [
            *("Snow clearing", datetime.date(2024, 11, 15), 0.0725, 879.9999, 99),
            *(datetime.timedelta(minutes=45), 1234500000000001),
        ]
    )
    for row in (2, 3):
        codes = ("mmmm yyyy", "0.00%", '#,##0.00 "CHF"', "00000", "[h]:mm")
        for column, code in enumerate(codes, start=2):
            sheet.cell(row, column).number_format = code
    sheet["D2"].comment = Comment("Negotiated down by Ms Aebi", "Edda")
    sheet["A2"].hyperlink = "https://example.org/lift?a=1&b=2"
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["G"].hidden = True
    old = book.create_sheet("Old")
    old.append(["Vendor", "Reason"])
    old.append(["Kappel", "bankrupt"])
    old.sheet_state = "hidden"
    book.save(path)
    return path


def merged(path: Path) -> Path:
    """Shifts at two sites: merged sites and budgets, and a header of two rows."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Shifts"
    for row in (
        ("Site", "Worker", "Hours", None, "Budget"),
        (None, None, "May", "June", None),
        ("Quarry", "Nils", 141, 152, 500),
        (None, "Edda", 98, 101, None),
        ("Harbour", "Britt", 120, 118, 700),
    ):
        sheet.append(row)
    for cells in ("A1:A2", "B1:B2", "C1:D1", "E1:E2", "A3:A4", "E3:E4"):
        sheet.merge_cells(cells)
    book.save(path)
    return path


_ODS = """<?xml version="1.0" encoding="UTF-8"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"
 office:version="1.3"><office:automatic-styles><style:style style:name="ta2"
 style:family="table"><style:table-properties table:display="false"/></style:style>
</office:automatic-styles><office:body><office:spreadsheet>{}</office:spreadsheet></office:body>
</office:document-content>"""


def ods(path: Path, tables: str) -> Path:
    """An OpenDocument workbook with these table elements."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", _ODS.format(tables))
    return path
