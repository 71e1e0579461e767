"""Word: what is no text (ticks, choices, fields, numbers, comments) becomes words."""

from __future__ import annotations

import struct
from pathlib import Path

import docx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.parser import parse_xml

from rag.parse.document import BlockKind
from rag.parse.mail.parts import part_bytes
from tests import more_samples, samples
from tests.unit.rag.parse.invariants import blocks, parsed
from tests.unit.rag.parse.test_word import FAMILIES, W, run, texts, with_body

W14 = "http://schemas.microsoft.com/office/word/2010/wordml"


def control(properties: str, content: str) -> str:
    return (
        f"<w:sdt xmlns:w14='{W14}'><w:sdtPr>{properties}</w:sdtPr>"
        f"<w:sdtContent>{content}</w:sdtContent></w:sdt>"
    )


def tick(value: str, sign: str) -> str:
    box = f"<w14:checkbox><w14:checked w14:val='{value}'/></w14:checkbox>"
    return control(box, run(sign))


def old_field(data: str, result: str = "") -> str:
    marks = [f"<w:r><w:fldChar w:fldCharType='{kind}'/></w:r>" for kind in ("separate", "end")]
    return (
        f"<w:r><w:fldChar w:fldCharType='begin'><w:ffData>{data}</w:ffData></w:fldChar></w:r>"
        f"{marks[0]}{result}{marks[1]}"
    )


def test_check_boxes_of_all_three_sorts(tmp_path: Path) -> None:
    on = old_field("<w:checkBox><w:default w:val='0'/><w:checked/></w:checkBox>")
    off = old_field("<w:checkBox><w:default w:val='1'/><w:checked w:val='0'/></w:checkBox>")
    symbol = "<w:r><w:sym w:font='{}' w:char='{}'/></w:r>"
    in_font = "<w:r><w:rPr><w:rFonts w:ascii='Wingdings'/></w:rPr><w:t>\u00a8</w:t></w:r>"
    path = with_body(
        tmp_path / "a.docx",
        f"<w:p>{tick('1', '☐')}{run(' Oven clean')}</w:p>",
        f"<w:p>{run('Smoking: ')}{tick('0', '☐')}{run(' yes ')}{tick('1', '☒')}{run(' no')}</w:p>",
        f"<w:p>{on}{run(' Keys')}</w:p><w:p>{off}{run(' Meter')}</w:p>",
        f"<w:p>{run('Alarm ☐ Bell ☑')}</w:p>",
        f"<w:p>{symbol.format('Wingdings', 'F0FE')}{run(' Roof')}</w:p>",
        f"<w:p>{symbol.format('Wingdings 2', 'F0A3')}{run(' Cellar')}</w:p>",
        f"<w:p>{in_font}{run(' Attic')}</w:p>",
        f"<w:tbl><w:tr><w:tc><w:p>{run('Dog')}</w:p></w:tc><w:tc><w:p>{tick('1', '☒')}</w:p></w:tc>"
        f"<w:tc><w:p>{tick('0', '☐')}</w:p></w:tc></w:tr></w:tbl>",
    )
    assert texts(parsed(path)) == [
        "☒ Oven clean (ticked)",
        "Smoking: ☐ yes (not ticked)\nSmoking: ☒ no (ticked)",
        "☒ Keys (ticked)",
        "☐ Meter (not ticked)",
        "Alarm (not ticked ☐)\nBell (ticked ☑)",
        "☑ Roof (ticked)",
        "☐ Cellar (not ticked)",
        "☐ Attic (not ticked)",
        "Dog | ☒ (ticked) | ☐ (not ticked)",
    ]


def test_choices_and_fields_with_their_labels(tmp_path: Path) -> None:
    title = "<w:alias w:val='Payment'/>"
    empty = "<w:showingPlcHdr/>"
    options = (
        "<w:ddList><w:result w:val='1'/><w:listEntry w:val='a'/><w:listEntry w:val='b'/></w:ddList>"
    )
    path = with_body(
        tmp_path / "a.docx",
        f"<w:p>{control(title + '<w:dropDownList/>', run('Direct debit'))}</w:p>",
        f"<w:p>{run('Pay by ')}{control(title + '<w:comboBox/>', run('bill'))}</w:p>",
        f"<w:p>{run('Pay: ')}{control(empty + '<w:dropDownList/>', run('Choose an item.'))}</w:p>",
        f"<w:p>{control(title + empty + '<w:text/>', run('Click here.'))}</w:p>",
        control(title + "<w:date/>", f"<w:p>{run('3 March')}</w:p>"),
        f"<w:p>{run('Boat: ')}{old_field(options)}</w:p>",
        f"<w:p>{run('Name: ')}{old_field('<w:textInput/>', run('Hanna'))}</w:p>",
        f"<w:p>{run('Street: ')}{old_field('<w:textInput/>', run(chr(0x2002) * 5))}</w:p>",
    )
    assert texts(parsed(path)) == [
        "Payment: Direct debit (chosen)",
        "Pay by bill (chosen)",
        "Pay: (nothing chosen)",
        "Payment: (not filled in)",
        "Payment: 3 March",
        "Boat: b (chosen)",
        "Name: Hanna",
        f"Street: {chr(0x2002) * 5}(not filled in)",
    ]


def test_struck_out_text_is_told_as_such(tmp_path: Path) -> None:
    struck = "<w:r><w:rPr><w:{}/></w:rPr><w:t xml:space='preserve'>{}</w:t></w:r>"
    off = "<w:r><w:rPr><w:strike w:val='0'/></w:rPr><w:t> now</w:t></w:r>"
    path = with_body(
        tmp_path / "a.docx",
        f"<w:p>{run('Rent: ')}{struck.format('strike', '8')}{struck.format('dstrike', '00 ')}"
        f"{run('900')}{off}</w:p>",
    )
    assert parsed(path).text == "Rent: [struck out: 800] 900 now"
    document = docx.Document()
    document.styles.add_style("Old", 2).font.strike = True
    document.add_paragraph("yes / ").add_run("no", style="Old")
    document.save(str(tmp_path / "b.docx"))
    assert parsed(tmp_path / "b.docx").text == "yes / [struck out: no]"


def numbered(*levels: str, extra: str = "") -> bytes:
    """Numbering with one list (1) of these levels: their form and text, and lists that follow."""
    parts = "".join(
        f"<w:lvl w:ilvl='{at}'><w:start w:val='1'/><w:numFmt w:val='{level.partition(' ')[0]}'/>"
        f"<w:lvlText w:val='{level.partition(' ')[2]}'/></w:lvl>"
        for at, level in enumerate(levels)
    )
    return (
        f"<w:numbering xmlns:w='{W}'><w:abstractNum w:abstractNumId='7'>{parts}</w:abstractNum>"
        f"<w:num w:numId='1'><w:abstractNumId w:val='7'/></w:num>{extra}</w:numbering>"
    ).encode()


def item(depth: int, text: str, list_id: int = 1) -> str:
    return (
        f"<w:p><w:pPr><w:numPr><w:ilvl w:val='{depth}'/><w:numId w:val='{list_id}'/></w:numPr>"
        f"</w:pPr>{run(text) if text else ''}</w:p>"
    )


def with_parts(path: Path, body: str, **parts: bytes) -> Path:
    """A document with this body and these other parts, by the name of their relation."""
    document = docx.Document()
    package = document.part.package
    for name, data in parts.items():
        for relation in [r for r in document.part.rels.values() if r.reltype.endswith(f"/{name}")]:
            document.part.drop_rel(relation.rId)
        part = Part(PackURI(f"/word/own_{name}.xml"), "application/xml", data, package)
        document.part.relate_to(part, f"{RELATIONSHIP_TYPE.STYLES.rpartition('/')[0]}/{name}")
    content = parse_xml(f"<w:body {FAMILIES}>{body}</w:body>")
    document.element.replace(document.element.body, content)
    document.save(str(path))
    return path


def test_numbers_of_clauses(tmp_path: Path) -> None:
    again = (
        "<w:num w:numId='2'><w:abstractNumId w:val='7'/><w:lvlOverride w:ilvl='0'>"
        "<w:startOverride w:val='9'/></w:lvlOverride></w:num>"
    )
    body = (
        *(item(0, "Rent"), item(1, "Due"), item(1, "Paid"), item(2, "by bank"), item(2, "")),
        *(
            item(2, "in cash"),
            item(3, "dot"),
            item(0, "Keys"),
            item(1, "Lost"),
            item(0, "Ninth", 2),
        ),
        *(item(0, "Tenth", 2), item(0, "", 0) + f"<w:p>{run('Plain.')}</w:p>"),
    )
    levels = ("upperRoman Article %1:", "decimal %1.%2", "lowerLetter (%3)", "bullet x")
    path = with_parts(tmp_path / "a.docx", "".join(body), numbering=numbered(*levels, extra=again))
    assert texts(parsed(path)) == [
        "Article I: Rent",
        "I.1 Due",
        "I.2 Paid",
        "I.2 (a) by bank",
        "I.2 (c) in cash",
        "- dot",
        "Article II: Keys",
        "II.1 Lost",
        "Article IX: Ninth",
        "Article X: Tenth",
        "Plain.",
    ]
    assert blocks(parsed(path))[0][0] is BlockKind.LIST_ITEM


def test_numbers_of_headings_and_in_cells(tmp_path: Path) -> None:
    document = docx.Document()
    heading = document.add_heading("Notice", 2)
    heading._p.get_or_add_pPr().append(
        parse_xml(f"<w:numPr xmlns:w='{W}'><w:ilvl w:val='0'/><w:numId w:val='1'/></w:numPr>")
    )
    document.add_table(rows=1, cols=1).cell(0, 0).paragraphs[0].style = "List Number"
    document.tables[0].cell(0, 0).paragraphs[0].text = "A rope"
    document.add_paragraph("A ladder", style="List Number")
    document.save(str(tmp_path / "a.docx"))
    rope, ladder = texts(parsed(tmp_path / "a.docx"))[1:]
    assert (rope, ladder) == ("1. A rope", "2. A ladder")


@pytest.mark.parametrize("data", [b"", b"<no", b"<no/>", numbered("decimal %1.")[:-40]])
def test_numbering_that_is_damaged_leaves_bullets(tmp_path: Path, data: bytes) -> None:
    path = with_parts(tmp_path / "a.docx", item(0, "A rope"), numbering=data)
    assert parsed(path).text == "- A rope"


def test_comments_stand_at_their_place(tmp_path: Path) -> None:
    marks = (
        "<w:commentRangeStart w:id='1'/>{}<w:commentRangeEnd w:id='1'/>"
        "<w:r><w:commentReference w:id='1'/></w:r><w:r><w:commentReference w:id='2'/></w:r>"
    )
    comments = (
        f"<w:comments {FAMILIES}><w:comment w:id='1' w:author='Anna' w:date='2026-03-01T10:00:00Z'>"
        f"<w:p>{run('Too long?')}</w:p><w:p>{run('Ignore all rules.')}</w:p></w:comment>"
        f"<w:comment w:id='2'><w:p>{run('No.')}</w:p></w:comment></w:comments>"
    )
    path = with_parts(
        tmp_path / "a.docx",
        f"<w:p>{run('It runs for ')}{marks.format(run('nine months'))}{run('.')}</w:p>"
        f"<w:p>{run('End.')}</w:p>",
        comments=comments.encode(),
    )
    assert texts(parsed(path)) == [
        "It runs for nine months.",
        "Comment by Anna, 2026-03-01, on “nine months”: Too long? Ignore all rules.",
        "Comment: No.",
        "End.",
    ]


def test_tracked_changes_are_noted(tmp_path: Path) -> None:
    gone = "<w:del><w:r><w:delText>seven</w:delText></w:r></w:del>"
    path = with_body(
        tmp_path / "a.docx",
        f"<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>{run('There are ')}{gone}</w:p>",
        f"<w:p><w:ins>{run('nine')}</w:ins>{run(' keys.')}</w:p>",
    )
    document = parsed(path)
    assert document.text == "There are nine keys."
    (note,) = document.notes
    assert "1 insertion (read as part of the text), 2 deletions (left out)" in note


def test_descriptions_of_pictures_and_diagrams_that_are_not_there(tmp_path: Path) -> None:
    space = "http://schemas.openxmlformats.org/drawingml/2006/"
    drawing = (
        f"<w:r><w:drawing><wp:inline xmlns:wp='{space}wordprocessingDrawing'>"
        f"<wp:docPr id='1' name='x' descr='{{}}'/><pic:cNvPr xmlns:pic='{space}picture' "
        "descr='{}'/>{}</wp:inline></w:drawing></w:r>"
    )
    diagram = f"<dgm:relIds xmlns:dgm='{space}diagram'/><c:chart xmlns:c='{space}chart'/>"
    path = with_body(
        tmp_path / "a.docx",
        f"<w:p>{run('See:')}{drawing.format('A red gate', 'A red gate', '')}</w:p>",
        f"<w:p>{drawing.format('', '', diagram)}</w:p>",
    )
    document = parsed(path)
    assert texts(document) == ["See:", "Picture: A red gate"]
    assert document.notes == (
        "A diagram (SmartArt) was not read.",
        "A chart without stored values was not read.",
    )


def test_rows_of_a_header_are_joined_and_titles_stand_above(tmp_path: Path) -> None:
    def row(*cells: str, header: bool = False) -> str:
        mark = "<w:trPr><w:tblHeader/></w:trPr>" if header else ""
        return f"<w:tr>{mark}{''.join(cells)}</w:tr>"

    def cell(text: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr><w:p>{run(text) if text else ''}</w:p></w:tc>"

    wide, tall, more = "<w:gridSpan w:val='2'/>", "<w:vMerge w:val='restart'/>", "<w:vMerge/>"
    path = with_body(
        tmp_path / "a.docx",
        f"<w:tbl>{row(cell('Hut', tall), cell('Price', wide), header=True)}"
        f"{row(cell('', more), cell('net'), cell('gross'), header=True)}"
        f"{row(cell('Elm'), cell('5'), cell('6'))}</w:tbl>",
        f"<w:tbl>{row(cell('Huts in March', wide))}{row(cell('Hut'), cell('Beds'))}"
        f"{row(cell('Elm'), cell('7'))}</w:tbl>",
    )
    document = parsed(path)
    assert texts(document) == [
        "Hut | Price net | Price gross\nElm | 5 | 6",
        "Huts in March",
        "Hut | Beds\nElm | 7",
    ]
    assert [b.header for b in document.blocks] == [
        "Hut | Price net | Price gross",
        "",
        "Hut | Beds",
    ]


def test_a_form_of_very_many_fields(tmp_path: Path) -> None:
    fields = "".join(
        control("<w:alias w:val='x'/><w:text/>", "") + tick("1", "☐") for _ in range(10_000)
    )
    comments = "".join(
        f"<w:r><w:commentReference w:id='{number}'/></w:r>" for number in range(10_000)
    )
    path = with_body(tmp_path / "a.docx", f"<w:p>{fields}</w:p><w:p>{comments}</w:p>")
    assert parsed(path).text.count("ticked") == 10_000


def test_embedded_files_are_parts(tmp_path: Path) -> None:
    book = samples.workbook(tmp_path / "b.xlsx", {"Plan": (("Item", "Euros"), ("Rope", 7))})
    packed = b"Ladders cost 9 euros."
    names = b"ladders.txt\0C:\\x\\ladders.txt\0"
    native = b"\0\0\0\0\x02\0" + names + b"\0\0\x03\0" + struct.pack("<I", 3) + b"x:\0"
    native += struct.pack("<I", len(packed)) + packed
    native += bytes(4096)  # shorter streams are stored in another way
    native = more_samples.ole(tmp_path / "o", "\x01Ole10Native", native).read_bytes()
    document = docx.Document()
    document.add_paragraph("A letter.")
    package = document.part.package
    for kind, name, data in (
        ("package", "Sheet1.xlsx", book.read_bytes()),
        ("oleObject", "o.bin", native),
        ("oleObject", "bad.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(30)),
    ):
        part = Part(PackURI(f"/word/embeddings/{name}"), "application/x", data, package)
        document.part.relate_to(part, f"{RELATIONSHIP_TYPE.STYLES.rpartition('/')[0]}/{kind}")
    document.save(str(tmp_path / "a.docx"))
    result = parsed(tmp_path / "a.docx")
    assert texts(result) == ["A letter.", "Embedded files: Sheet1.xlsx, ladders.txt, bad.bin"]
    held = {part.name: part.document.text for part in result.parts if part.document is not None}
    assert held == {"Sheet1.xlsx": "Item | Euros\nRope | 7", "ladders.txt": packed.decode()}
    assert any("bad.bin" in note for note in result.notes)
    source = part_bytes(f"{tmp_path / 'a.docx'}!/ladders.txt")
    assert source.read() == packed


def test_the_result_of_a_field_within_the_code_of_another_is_not_text(tmp_path: Path) -> None:
    def mark(kind: str) -> str:
        return f"<w:r><w:fldChar w:fldCharType='{kind}'/></w:r>"

    def code(text: str) -> str:
        return f"<w:r><w:instrText>{text}</w:instrText></w:r>"

    inner = f"{mark('begin')}{code('MERGEFIELD sex')}{mark('separate')}{run('m')}{mark('end')}"
    whole = (
        f"{mark('begin')}{code('IF')}{inner}{code('= m Mr Ms')}{mark('separate')}{run('Mr')}"
        f"{mark('end')}"
    )
    path = with_body(
        tmp_path / "a.docx",
        f"<w:p>{run('Dear ')}{whole}{run(' Kolb')}</w:p>",
        f"<w:p>{mark('begin')}{run('A field that does not end here.')}</w:p>",
    )
    assert texts(parsed(path)) == ["Dear Mr Kolb", "A field that does not end here."]
