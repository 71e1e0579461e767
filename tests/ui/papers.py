"""Files of a household, written for a test."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

from openpyxl import Workbook
from PIL import Image, ImageDraw, ImageFont
from pptx import Presentation
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import cm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

DEPOSIT = (
    "The deposit is three months' rent, 2,850 euros, payable in three instalments, the first at "
    "the beginning of the tenancy."
)
RESERVE = "The meeting resolved with 8 votes to 1 to raise the monthly reserve to 45 euros."
_FILLER = (
    "The tenant keeps the flat in good order and returns it in the state in which it was received, "
    "fair wear and tear excepted. Small repairs up to 120 euros each are borne by the tenant. "
)
_TABLE = """\
| Item | Planned | Actual |
|---|---|---|
| Garden | 600.00 | 388.50 |
| Insurance of the building | 1,200.00 | 1,184.20 |"""


def lease(path: Path, pages: int = 5, quote_page: int = 3) -> Path:
    """A PDF; `DEPOSIT` stands in the middle of `quote_page`."""
    style = getSampleStyleSheet()
    story: list[object] = []
    for page in range(1, pages + 1):
        story.append(Paragraph(f"Section {page}", style["Heading1"]))
        story += [Paragraph(_FILLER * 3, style["BodyText"]) for _ in range(3)]
        if page == quote_page:
            story.append(Paragraph(DEPOSIT, style["BodyText"]))
        story += [Paragraph(_FILLER * 3, style["BodyText"]) for _ in range(2)]
        story.append(PageBreak())
    SimpleDocTemplate(str(path), pagesize=A4, margin=2 * cm, title="Lease").build(story)
    return path


def minutes(path: Path, paragraphs: int = 4) -> Path:
    """Markdown with headings, a list, a table and characters beyond the first plane of Unicode."""
    words = [
        "# Minutes of the owners' meeting",
        "Held on 4 March 2025 🏠🙂 in the community room. Nine of twelve owners were present.",
        "## Heating",
        "- Ask three firms for offers\n- Collect the consumption figures",
        _TABLE,
        *(f"{n}. {_FILLER}" for n in range(paragraphs)),
        "## Reserve",
        f"🎉 {RESERVE} It holds from July on.",
        *(f"Then {n}. {_FILLER}" for n in range(paragraphs)),
    ]
    path.write_text("\n\n".join(words), encoding="utf-8")
    return path


def budget(path: Path) -> Path:
    """A workbook with two sheets."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Budget"
    for row in (("Item", "Planned"), ("Garden", 600), ("Insurance", 1200)):
        sheet.append(row)
    other = book.create_sheet("Notes")
    other.append(("The insurance is paid in March",))
    book.save(path)
    return path


def slides(path: Path) -> Path:
    """Three slides."""
    deck = Presentation()
    for title in ("Heat pump", "Costs of the heat pump", "Next steps"):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = f"What is to be said about: {title.lower()}"
    deck.save(str(path))
    return path


def household(folder: Path) -> Path:
    """A folder with two files that can be read and two that cannot."""
    (folder / "Lease").mkdir(parents=True)
    (folder / "Lease" / "handover.txt").write_text("Three keys were handed over.", "utf-8")
    (folder / "minutes.md").write_text(f"# Minutes\n\n{RESERVE}\n", "utf-8")
    (folder / "empty.txt").write_text("", "utf-8")
    (folder / "broken.docx").write_bytes(b"PK\x03\x04" + bytes(60))
    return folder


def protected(path: Path, password: str) -> Path:
    """A PDF that opens with a password."""
    paper = Canvas(str(path), encrypt=StandardEncryption(password))
    paper.drawString(72, 720, DEPOSIT)
    paper.save()
    return path


def scan(path: Path, words: str) -> Path:
    """A PDF of one page that is a picture of words."""
    picture = Image.new("RGB", (1240, 600), "white")
    ImageDraw.Draw(picture).text((80, 120), words, "black", ImageFont.load_default(56))
    paper = Canvas(str(path), pagesize=(595, 288))
    paper.drawImage(ImageReader(picture), 0, 0, 595, 288)
    paper.save()
    return path


def mail(path: Path, attachments: dict[str, str]) -> Path:
    """A mail with attachments: texts by file name."""
    letter = EmailMessage()
    letter["From"], letter["To"] = "ada@example.org", "ben@example.org"
    letter["Subject"] = "Offers for the heat pump"
    letter.set_content("Dear Ben, the offers are attached.")
    for name, words in attachments.items():
        kind = ("text", "plain") if name.endswith(".txt") else ("application", "pdf")
        letter.add_attachment(words.encode(), maintype=kind[0], subtype=kind[1], filename=name)
    path.write_bytes(letter.as_bytes())
    return path
