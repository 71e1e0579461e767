"""Word, PowerPoint and OpenDocument: the targets of links stand behind their words."""

from __future__ import annotations

import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from pptx import Presentation
from pptx.util import Inches

from rag.parse.link_targets import target_in_words
from rag.parse.mail.parts import part_bytes
from tests import samples
from tests.unit.rag.parse.invariants import parsed
from tests.unit.rag.parse.test_word import W, run, with_body

ADDRESS = "https://pier.example/tides"


def element_link(document: docx.document.Document, words: str, address: str) -> None:
    """Adds a paragraph with a link that is a relation of the document."""
    paragraph = document.add_paragraph("See ")
    number = document.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = paragraph._p.makeelement(f"{{{W}}}hyperlink")
    family = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    link.set(f"{{{family}}}id", number)
    link.append(paragraph.add_run(words)._r)
    paragraph._p.append(link)
    paragraph.add_run(" first.")


@pytest.mark.parametrize(
    ("words", "address", "text"),
    [
        ("the tides", ADDRESS, f"See the tides ({ADDRESS}) first."),
        ("Ada", "mailto:ada@pier.example?subject=x", "See Ada (ada@pier.example) first."),
        ("pier.example/tides", ADDRESS, "See pier.example/tides first."),
        ("the tides", "file:///C:/tides.docx", "See the tides first."),
    ],
)
def test_links_of_word_that_are_elements(
    tmp_path: Path, words: str, address: str, text: str
) -> None:
    document = docx.Document()
    element_link(document, words, address)
    document.save(str(tmp_path / "a.docx"))
    assert parsed(tmp_path / "a.docx").text == text


def mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def field(code: str, words: str) -> str:
    instruction = f'<w:r><w:instrText xml:space="preserve">{code}</w:instrText></w:r>'
    return mark("begin") + instruction + mark("separate") + words + mark("end")


def test_links_of_word_that_are_fields(tmp_path: Path) -> None:
    code = f' HYPERLINK "{ADDRESS}" '
    hidden = run("unseen").replace("<w:r>", "<w:r><w:rPr><w:vanish/></w:rPr>")
    document = parsed(
        with_body(
            tmp_path / "a.docx",
            f"<w:p>{run('See ')}{field(code, run('the tides'))}{run(' first.')}</w:p>",
            f"<w:p><w:fldSimple w:instr='{code}'>{run('The tides')}</w:fldSimple></w:p>",
            f"<w:p>{field(' PAGE ', run('7'))}{field(' REF x ', run('above'))}</w:p>",
            f"<w:p>{run('Seen.')}{field(code, hidden)}</w:p>",
        )
    )
    assert document.text.split("\n\n") == [
        f"See the tides ({ADDRESS}) first.",
        f"The tides ({ADDRESS})",
        "7above",
        "Seen.",
    ]


def test_links_on_slides(tmp_path: Path) -> None:
    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[6])
    frame = slide.shapes.add_textbox(Inches(1), Inches(1), Inches(4), Inches(1)).text_frame
    for words in ("the ", "tides"):
        link = frame.paragraphs[0].add_run()
        link.text = words
        link.hyperlink.address = ADDRESS
    frame.paragraphs[0].add_run().text = " first"
    show.save(str(tmp_path / "a.pptx"))
    assert parsed(tmp_path / "a.pptx").text == f"the tides ({ADDRESS}) first"


def test_links_in_open_documents(tmp_path: Path) -> None:
    families = (
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:xlink="http://www.w3.org/1999/xlink"'
    )
    paragraph = (
        f'<text:p>See <text:a xlink:href="{ADDRESS}">the <text:span>tides</text:span></text:a>'
        ' and <text:a xlink:href="#below">below</text:a>.</text:p>'
    )
    content = (
        f"<office:document-content {families}><office:body><office:text>{paragraph}"
        "</office:text></office:body></office:document-content>"
    )
    with zipfile.ZipFile(tmp_path / "a.odt", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", content)
    assert parsed(tmp_path / "a.odt").text == f"See the tides ({ADDRESS}) and below."


def test_a_target_that_the_words_tell_is_not_written_again() -> None:
    assert target_in_words("Ring 0431 5566", "tel:+494315566") == ""
    assert target_in_words("Ring us", "tel:+494315566") == " (+494315566)"
    assert target_in_words("", ADDRESS) == ""
    assert target_in_words("x", f"{ADDRESS}?{'q' * 200}") == f" ({ADDRESS})"


def test_files_embedded_in_a_workbook_are_parts(tmp_path: Path) -> None:
    inner = samples.word(tmp_path / "b.docx", "Ladders cost 9 euros.").read_bytes()
    book = openpyxl.Workbook()
    book.active.append(("Item", "Euros"))
    book.save(tmp_path / "plain.xlsx")
    types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{types}/package" Target="../embeddings/Letter.docx"/>'
        "</Relationships>"
    )
    with (
        zipfile.ZipFile(tmp_path / "plain.xlsx") as plain,
        zipfile.ZipFile(tmp_path / "a.xlsx", "w") as changed,
    ):
        for name in plain.namelist():
            changed.writestr(name, plain.read(name))
        changed.writestr("xl/worksheets/_rels/sheet1.xml.rels", relations)
        changed.writestr("xl/embeddings/Letter.docx", inner)
    document = parsed(tmp_path / "a.xlsx")
    assert document.text == "Item | Euros\n\nEmbedded files: Letter.docx"
    (part,) = document.parts
    assert part.document is not None
    assert part.document.text == "Ladders cost 9 euros."
    assert document.notes == ()
    assert part_bytes(f"{tmp_path / 'a.xlsx'}!/Letter.docx").read() == inner
