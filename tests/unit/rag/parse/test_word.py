"""Word: what stands around the text, what was changed in it, and files in the strict form."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.parser import parse_xml

from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.failures import FailureReason
from tests import samples
from tests.unit.rag.parse.invariants import blocks, parsed, refused

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
FAMILIES = " ".join(
    f'xmlns:{short}="{name}"'
    for short, name in (
        ("w", W),
        ("mc", "http://schemas.openxmlformats.org/markup-compatibility/2006"),
        ("wps", "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"),
        ("v", "urn:schemas-microsoft-com:vml"),
        ("m", "http://schemas.openxmlformats.org/officeDocument/2006/math"),
    )
)
BODY = "word/document.xml"


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def with_body(path: Path, *paragraphs: str) -> Path:
    """A document whose body is this XML."""
    return samples.replace_part(
        samples.word(path),
        BODY,
        f"<w:document {FAMILIES}><w:body>{''.join(paragraphs)}</w:body></w:document>".encode(),
    )


def texts(document: ParsedDocument) -> list[str]:
    return [text for _, text in blocks(document)]


def test_headers_and_footers_are_read_once(tmp_path: Path) -> None:
    document = docx.Document()
    first = document.sections[0]
    first.header.paragraphs[0].text = "Fennimore House, Harbour Road"
    first.footer.paragraphs[0].text = "Page 3 of 7"
    first.footer.add_paragraph("Registered in Kiel")
    document.add_paragraph("The rent is due.")
    second = document.add_section()
    second.header.is_linked_to_previous = False
    second.header.paragraphs[0].text = "Fennimore House, Harbour Road"
    document.add_paragraph("The deposit is not.")
    document.save(str(tmp_path / "a.docx"))
    assert texts(parsed(tmp_path / "a.docx")) == [
        "Fennimore House, Harbour Road",
        "The rent is due.",
        "The deposit is not.",
        "Registered in Kiel",
    ]


def notes_part(document: docx.document.Document, kind: str, *words: str) -> None:
    """Adds foot- or endnotes to the package, with the separator that Word writes first."""
    content = "".join(
        f'<w:{kind} w:id="{number}"><w:p>{run(text)}</w:p></w:{kind}>'
        for number, text in enumerate(words, start=1)
    )
    line = f'<w:{kind} w:type="separator" w:id="0"><w:p>{run("----")}</w:p></w:{kind}>'
    data = f"<w:{kind}s {FAMILIES}>{line}{content}</w:{kind}s>".encode()
    content_type = f"application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}s+xml"
    package = document.part.package
    part = Part(PackURI(f"/word/{kind}s.xml"), content_type, data, package)
    document.part.relate_to(part, getattr(RELATIONSHIP_TYPE, f"{kind.upper()}S"))


def test_footnotes_follow_their_paragraph_and_endnotes_the_text(tmp_path: Path) -> None:
    document = docx.Document()
    for text, kind, number in (
        ("The rent is due.", "endnote", 1),
        ("The tap drips.", "footnote", 2),
        ("It rains.", "footnote", 1),
    ):
        mark = f'<w:r {FAMILIES}><w:{kind}Reference w:id="{number}"/></w:r>'
        document.add_paragraph(text)._p.append(parse_xml(mark))
    table = document.add_table(rows=1, cols=1)
    table.cell(0, 0).text = "A cell."
    notes_part(document, "footnote", "In March.", "Since May.")
    notes_part(document, "endnote", "By the third working day.")
    document.save(str(tmp_path / "a.docx"))
    assert texts(parsed(tmp_path / "a.docx")) == [
        "The rent is due.",
        "The tap drips.",
        "Footnote 1: Since May.",
        "It rains.",
        "Footnote 2: In March.",
        "A cell.",
        "Endnote 1: By the third working day.",
    ]


def test_text_boxes_are_read_once(tmp_path: Path) -> None:
    inner = f"<w:txbxContent><w:p>{run('Wet paint.')}</w:p></w:txbxContent>"
    box = (
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>"
        f"{inner}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>"
        f"{inner}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    old = f"<w:r><w:pict><v:textbox>{inner.replace('paint', 'floor')}</v:textbox></w:pict></w:r>"
    path = with_body(
        tmp_path / "a.docx",
        f"<w:p>{run('Mind the door.')}{box}</w:p><w:p>{old}</w:p>",
        f"<w:tbl><w:tr><w:tc><w:p>{run('A cell.')}{box}</w:p></w:tc></w:tr></w:tbl>",
    )
    assert texts(parsed(path)) == [
        *("Mind the door.", "Wet paint.", "Wet floor.", "A cell.", "Wet paint."),
    ]


def test_insertions_are_kept_and_deletions_dropped(tmp_path: Path) -> None:
    gone = "<w:r><w:delText>seven</w:delText></w:r>"
    row = "<w:tr>{}<w:tc><w:p>{}</w:p></w:tc></w:tr>"
    path = with_body(
        tmp_path / "a.docx",
        f"<w:p>{run('There are ')}<w:del>{gone}</w:del><w:ins>{run('nine')}</w:ins>{run(' keys.')}"
        "</w:p>",
        f"<w:p><w:moveFrom>{run('Moved.')}</w:moveFrom></w:p>",
        f"<w:p><w:pPr><w:rPr><w:ins/></w:rPr></w:pPr><w:moveTo>{run('Moved.')}</w:moveTo></w:p>",
        f"<w:p><w:del>{gone}</w:del></w:p>",
        "<w:tbl>",
        row.format("", run("Kept.")),
        row.format("<w:trPr><w:del/></w:trPr>", run("Gone.")),
        row.format("<w:trPr><w:ins/></w:trPr>", run("New.")),
        "</w:tbl>",
    )
    assert texts(parsed(path)) == ["There are nine keys.", "Moved.", "Kept.\nNew."]


def test_content_controls_links_fields_and_formulas_are_text(tmp_path: Path) -> None:
    control = (
        "<w:sdt><w:sdtPr><w:alias w:val='x'/></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>"
    )
    cell = f"<w:tc><w:p>{run('A cell.')}</w:p></w:tc>"
    formula = "<m:oMathPara><m:oMath><m:r><m:t>a=b</m:t></m:r></m:oMath></m:oMathPara>"
    path = with_body(
        tmp_path / "a.docx",
        control.format(control.format(f"<w:p>{run('A form.')}</w:p>")),
        f"<w:p>{run('Name: ')}{control.format(run('Hanna'))}</w:p>",
        f"<w:p>{run('See ')}<w:hyperlink w:anchor='x'>{control.format(run('the list'))}"
        "</w:hyperlink></w:p>",
        f"<w:p><w:fldSimple w:instr='DATE'>{run('3 March')}</w:fldSimple></w:p>",
        f"<w:p><w:smartTag w:element='City'>{run('Kiel')}</w:smartTag></w:p>",
        f"<w:p>{run('As ')}{formula}</w:p>",
        f"<w:tbl><w:tr>{control.format(cell)}{cell}</w:tr></w:tbl>",
    )
    assert texts(parsed(path)) == [
        *("A form.", "Name: Hanna", "See the list", "3 March", "Kiel", "As a=b"),
        "A cell. | A cell.",
    ]


def test_merged_cells_and_tables_in_cells(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "Wide"
    table.cell(0, 2).text = "Right"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "Tall"
    table.cell(1, 1).text = "1"
    table.cell(2, 1).text = "2"
    table.cell(2, 2).add_table(rows=1, cols=2).cell(0, 1).text = "inner"
    document.save(str(tmp_path / "a.docx"))
    assert parsed(tmp_path / "a.docx").text == ("Wide | Wide | Right\nTall | 1\nTall | 2 | inner")


def test_headings_by_what_their_style_is_based_on(tmp_path: Path) -> None:
    document = docx.Document()
    style = document.styles.add_style("Clause", WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Heading 2"]
    document.add_paragraph("Notice", style="Clause")
    document.add_paragraph("Three months.")
    outline = document.add_paragraph("Keys")
    outline._p.get_or_add_pPr().append(
        parse_xml(f'<w:outlineLvl {FAMILIES} w:val="0"/>'),
    )
    document.save(str(tmp_path / "a.docx"))
    found = parsed(tmp_path / "a.docx")
    assert [(block.kind, block.level) for block in found.blocks] == [
        (BlockKind.HEADING, 2),
        (BlockKind.PARAGRAPH, 0),
        (BlockKind.HEADING, 1),
    ]


def make_strict(path: Path) -> Path:
    """Renames the families of elements as Word does for its strict form."""
    name = re.compile(rb"http://schemas\.openxmlformats\.org/(officeDocument|\w+ml)/2006/")
    with zipfile.ZipFile(path) as archive:
        parts = {item: archive.read(item) for item in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for item, data in parts.items():
            archive.writestr(item, name.sub(rb"http://purl.oclc.org/ooxml/\1/", data))
    return path


def test_the_strict_form_reads_the_same(tmp_path: Path) -> None:
    content = ("# Letter", "The tap drips.", samples.TABLE, "- a rope")
    usual = parsed(samples.word(tmp_path / "a.docx", *content, title="Tap"))
    strict = make_strict(samples.word(tmp_path / "b.docx", *content, title="Tap"))
    assert b"purl.oclc.org" in samples.part(strict, BODY)
    assert parsed(strict) == usual
    slides = (("Tides", ("High water", "Low water"), "Slowly."), ("Hours", samples.TABLE, ""))
    usual = parsed(samples.slides(tmp_path / "a.pptx", *slides, title="T"))
    assert parsed(make_strict(samples.slides(tmp_path / "b.pptx", *slides, title="T"))) == usual


def test_notes_that_are_damaged_do_not_cost_the_text(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("It rains.")
    part = Part(PackURI("/word/footnotes.xml"), "application/xml", b"<no", document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    document.save(str(tmp_path / "a.docx"))
    assert parsed(tmp_path / "a.docx").text == "It rains."


def test_templates_are_read_and_bombs_are_not(tmp_path: Path) -> None:
    path = samples.word(tmp_path / "a.docx", "A letter.")
    main = b"wordprocessingml.document.main+xml"
    types = "[Content_Types].xml"
    template = samples.part(path, types).replace(main, b"wordprocessingml.template.main+xml")
    assert parsed(samples.replace_part(path, types, template)).text == "A letter."
    assert refused(samples.zip_bomb(tmp_path / "b.docx")) is FailureReason.TOO_LARGE
