"""The insurer's letter on the contents policy, as a Word document."""

from __future__ import annotations

from pathlib import Path

import docx

from tests.archive.paper import WRITTEN, settle

_COVER = (
    ("Peril", "Cover up to", "Excess"),
    ("Fire, lightning, explosion", "65,000 euros", "none"),
    ("Burglary and robbery", "65,000 euros", "150 euros"),
    ("Water damage", "65,000 euros", "300 euros"),
    ("Storm and hail", "65,000 euros", "300 euros"),
    ("Theft of bicycles", "2,500 euros", "100 euros"),
    ("Jewellery and cash", "13,000 euros", "150 euros"),
    ("Glass", "1,500 euros", "50 euros"),
)
_DUTIES = (
    "Bicycles are insured only if they are locked to something fixed or in a locked room.",
    "If nobody is at home for more than sixty days in a row, tell us beforehand.",
    "Damage above 500 euros is reported within a week; a burglary also to the police, at once.",
)


def write(path: Path) -> Path:
    document = docx.Document()
    document.core_properties.title = "Your contents insurance from 1 July 2025"
    document.core_properties.author = "Harrowmere Mutual"
    document.core_properties.created = document.core_properties.modified = WRITTEN
    document.add_heading("Your contents insurance from 1 July 2025", 0)
    add = document.add_paragraph
    add("Harrowmere Mutual, 40 Customs House Square, Harrowmere")
    add("Policy HM-40718. Hanna and Tomas Brandel, 14 Quayside Lane, Harrowmere. 3 March 2025.")
    add("Dear Mrs Brandel, dear Mr Brandel,")
    add(
        "your policy is renewed for another year on 1 July 2025. The premium is 214.80 euros for "
        "the year, tax included, and is collected on 1 July from the account that you have named. "
        "Last year it was 203.40 euros; the rise follows the index of prices for furniture."
    )
    document.add_heading("What is insured", 1)
    add(
        "Insured are all movable things in your home of 86 square metres, in the cellar and on the "
        "balcony, at the price of new ones of the same kind. The sum insured is 65,000 euros. As "
        "long as it stays at or above 750 euros a square metre, we do not reduce any payment for "
        "under-insurance."
    )
    table = document.add_table(rows=0, cols=3)
    table.style = "Table Grid"
    for row in _COVER:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_heading("What you have to observe", 1)
    for text in _DUTIES:
        document.add_paragraph(text, style="List Bullet")
    document.add_heading("Cancelling the policy", 1)
    add(
        "You may cancel the policy to the end of an insured year, that is to 30 June. Your letter "
        "must reach us one month before. Because the premium rises, you may this time also cancel "
        "within four weeks of receiving this letter."
    )
    add("Yours sincerely, Ruth Calloway, Harrowmere Mutual")
    document.save(str(path))
    return settle(path)
