"""Marks of a text's look (struck out, raised, lowered, highlighted) become words in each format."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font
from pptx import Presentation
from pptx.util import Cm

from rag.parse.text_marks import Mark, in_words, is_highlighting, marked, without_marks
from rag.text.words import searchable
from tests import samples
from tests.unit.rag.parse.invariants import blocks, parsed
from tests.unit.rag.parse.test_open_state import NAMES, opened
from tests.unit.rag.parse.test_rich_state import rich
from tests.unit.rag.parse.test_word import run, with_body

FO = 'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"'
RAISED, LOWERED, STRUCK = Mark.RAISED, Mark.LOWERED, Mark.STRUCK
HIGHLIGHTED = Mark.HIGHLIGHTED


def texts(path: Path) -> list[str]:
    return [text for _, text in blocks(parsed(path))]


def up(text: str) -> str:
    return marked(text, [RAISED])


def down(text: str) -> str:
    return marked(text, [LOWERED])


def lit(text: str) -> str:
    return marked(text, [HIGHLIGHTED])


def out(text: str) -> str:
    return marked(text, [STRUCK])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"built in 1902{up('3')}.", "built in 1902 ³."),
        (f"the weir{up('12')} of oak", "the weir ¹² of oak"),
        (f"310 m{up('2')}, 5 s{up('-1')}", "310 m², 5 s⁻¹"),
        (f"10{up('3')} sacks", "10 ³ sacks"),
        (f"paid 12.{up('4')}", "paid 12. ⁴"),
        (f"{up('1')}The deed", "¹ The deed"),
        (f"1874 {up('1,2')}", "1874 ¹,²"),
        (f"12{up('a')}", "12 ᵃ"),
        (f"1{up('st')} of May, Acme{up('™')}, 1874{up('[1]')}", "1st of May, Acme™, 1874[1]"),
        (f"2{up('n+1')} nodes", "2^(n+1) nodes"),
        (f"2{up('1')}/{down('2')} cups", "2 ¹/₂ cups"),
        (f"CO{down('2')} and H{down('2')}O", "CO₂ and H₂O"),
        (f"log{down('2')}8", "log₂ 8"),
        (f"101{down('2')}", "101 ₂"),
        (f"x{down('i+1')}, v{down('max')}", "x_(i+1), vmax"),
        (f"{out('old ')}{out('rent')} new", "[struck out: old rent] new"),
        (f"{out('built 1902' + up('3'))} now", "[struck out: built 1902 ³] now"),
        (f"{lit('yes')} / no", "yes (highlighted) / no"),
        (f"yes / {marked('no', [Mark.BOXED])}", "yes / no (boxed)"),
        (f"{lit('yes')} / {out('no')}", "yes (highlighted) / [struck out: no]"),
        (f"{lit('all of it')}.", "all of it."),
        (f"A\n{lit('all of it')}", "A\nall of it"),
        (f"{lit('these are the words that matter most')} here", None),
        (f"{lit('two ')}{lit('words ')}/ none", "two words (highlighted) / none"),
    ],
)
def test_marks_in_words(text: str, words: str | None) -> None:
    assert in_words(text) == (without_marks(text) if words is None else words)


def test_signs_that_stand_in_the_text_itself_say_nothing() -> None:
    assert without_marks(f"a{Mark.STRUCK.start}b") == "ab"
    assert in_words(f"a{STRUCK.end}b{STRUCK.end}c{STRUCK.start}d") == "abc[struck out: d]"


def test_greys_do_not_highlight() -> None:
    assert is_highlighting("FFFF00")
    assert is_highlighting("#90ee90")
    assert not any(map(is_highlighting, ("D9D9D9", "#ffffff", "000000", "auto", "")))


def test_a_search_does_not_melt_raised_numbers_and_fractions_into_a_number() -> None:
    assert searchable("built in 1902³, 2½ cups, CO₂") == "built in 1902 3, 2 1\u20442 cups, CO2"


def dressed(properties: str, text: str) -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>"


def test_word(tmp_path: Path) -> None:
    raised = "<w:vertAlign w:val='superscript'/>"
    lowered = "<w:vertAlign w:val='subscript'/>"
    higher = "<w:position w:val='6'/>"
    yellow, grey = (f"<w:shd w:val='clear' w:fill='{c}'/>" for c in ("FFFF00", "D9D9D9"))
    path = with_body(
        tmp_path / "a.docx",
        f"<w:p>{run('Raised in 1911')}{dressed(raised, '4')}{run(' by the town.')}</w:p>",
        f"<w:p>{run('Lowered in 1912')}{dressed(higher, '5')}</w:p>",
        f"<w:p>{run('CO')}{dressed(lowered, '2')}{run(' and m')}{dressed(raised, '2')}</w:p>",
        "<w:p>" + dressed("<w:highlight w:val='yellow'/>", "yes") + run(" / no") + "</w:p>",
        f"<w:p>{run('yes / ')}{dressed(yellow, 'no')}{run(' / ')}{dressed(grey, 'code')}</w:p>",
        "<w:p>" + run("yes / ") + dressed("<w:bdr w:val='single'/>", "no") + "</w:p>",
        "<w:p>" + dressed("<w:highlight w:val='yellow'/>", "All of it.") + "</w:p>",
        f"<w:p>{dressed('<w:strike/>', 'yes')}{run(' / no')}</w:p>",
    )
    assert texts(path) == [
        "Raised in 1911 ⁴ by the town.",
        "Lowered in 1912 ⁵",
        "CO₂ and m²",
        "yes (highlighted) / no",
        "yes / no (highlighted) / code",
        "yes / no (boxed)",
        "All of it.",
        "[struck out: yes] / no",
    ]


def odf_style(name: str, properties: str) -> str:
    return (
        f"<style:style style:name='{name}' style:family='text'>"
        f"<style:text-properties {FO} {properties}/></style:style>"
    )


ODF_STYLES = (
    odf_style("up", "style:text-position='super 58%'")
    + odf_style("down", "style:text-position='-33% 58%'")
    + odf_style("flat", "style:text-position='0% 100%'")
    + odf_style("lit", "fo:background-color='#ffff00'")
    + odf_style("box", "fo:border='0.06pt solid #000000'")
    + odf_style("out", "style:text-line-through-style='solid'")
)


def span(style: str, text: str) -> str:
    return f"<text:span text:style-name='{style}'>{text}</text:span>"


ODF_LINES = (
    f"Raised in 1911{span('up', '4')}.",
    f"CO{span('down', '2')}, 1911{span('flat', '4')}",
    f"{span('lit', 'yes')} / no",
    f"yes / {span('box', 'no')}",
)
ODF_WORDS = ["Raised in 1911 ⁴.", "CO₂, 19114", "yes (highlighted) / no", "yes / no (boxed)"]


def test_opendocument(tmp_path: Path) -> None:
    body = "".join(f"<text:p>{line}</text:p>" for line in ODF_LINES)
    assert texts(opened(tmp_path / "a.odt", body, ODF_STYLES)) == ODF_WORDS


def test_opendocument_slides_and_sheets(tmp_path: Path) -> None:
    boxes = "".join(
        f"<draw:frame><draw:text-box><text:p>{line}</text:p></draw:text-box></draw:frame>"
        for line in ODF_LINES
    )
    cells = "".join(
        "<table:table-row><table:table-cell office:value-type='string'>"
        f"<text:p>{line}</text:p></table:table-cell></table:table-row>"
        for line in ODF_LINES
    )
    struck = (
        "<table:table-row><table:table-cell table:style-name='out' office:value-type='float' "
        "office:value='7'><text:p>7.00</text:p></table:table-cell></table:table-row>"
    )
    bodies = {
        "odp": f"<office:presentation><draw:page>{boxes}</draw:page></office:presentation>",
        "ods": "<office:spreadsheet><table:table table:name='A'>"
        f"{cells}{struck}</table:table></office:spreadsheet>",
    }
    for ending, body in bodies.items():
        kind = "presentation" if ending == "odp" else "spreadsheet"
        with zipfile.ZipFile(tmp_path / f"a.{ending}", "w") as archive:
            archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
            archive.writestr(
                "content.xml",
                f"<office:document-content {NAMES}><office:automatic-styles>{ODF_STYLES}"
                f"</office:automatic-styles><office:body>{body}</office:body>"
                "</office:document-content>",
            )
    assert texts(tmp_path / "a.odp") == ODF_WORDS
    assert texts(tmp_path / "a.ods") == ["\n".join([*ODF_WORDS, "[struck out: 7.00]"])]


def test_rich_text(tmp_path: Path) -> None:
    document = rich(
        tmp_path / "a.rtf",
        "Raised in 1911{\\super 4} by\\super 5\\nosupersub  us.\\par CO{\\sub 2}, m{\\up6 2}\\par "
        "{\\highlight7 yes} / no\\par yes / {\\chbrdr\\brdrs no} / {\\chbrdr\\brdrnone so}\\par "
        "{\\highlight7 All of it.}\\par",
    )
    assert [text for _, text in blocks(document)] == [
        "Raised in 1911 ⁴ by⁵ us.",
        "CO₂, m²",
        "yes (highlighted) / no",
        "yes / no (boxed) / so",
        "All of it.",
    ]


def test_slides(tmp_path: Path) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    frame = slide.shapes.add_textbox(Cm(1), Cm(1), Cm(20), Cm(5)).text_frame
    for text, small, baseline in (("Raised in 1911", "4", "30000"), ("CO", "2", "-25000")):
        paragraph = frame.add_paragraph()
        paragraph.add_run().text = text
        raised = paragraph.add_run()
        raised.text = small
        raised._r.get_or_add_rPr().set("baseline", baseline)
    deck.save(str(tmp_path / "a.pptx"))
    assert texts(tmp_path / "a.pptx") == ["- Raised in 1911 ⁴", "- CO₂"]


def workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    raised, lowered = InlineFont(vertAlign="superscript"), InlineFont(vertAlign="subscript")
    sheet.append(["Place", "Note", "Fee"])
    sheet.append(["Weir", CellRichText("raised 1911", TextBlock(raised, "4")), 3])
    sheet.append(["Mill", CellRichText("CO", TextBlock(lowered, "2")), 4])
    sheet.append(["Hut", CellRichText(TextBlock(InlineFont(strike=True), "yes"), " / no"), 5])
    sheet["C4"].font = Font(strike=True)
    book.save(path)
    return path


CELLS = """\
Place | Note | Fee
Weir | raised 1911 ⁴ | 3
Mill | CO₂ | 4
Hut | [struck out: yes] / no | [struck out: 5]"""


def test_cells(tmp_path: Path) -> None:
    assert texts(workbook(tmp_path / "a.xlsx")) == [CELLS]


def test_cells_whose_strings_are_shared(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    name = "xl/worksheets/sheet1.xml"
    sheet = samples.part(path, name).decode()
    strings: list[str] = []
    parts = sheet.split("<is>")
    for number, part in enumerate(parts[1:], start=1):
        text, _, rest = part.partition("</is>")
        parts[number] = f"<v>{len(strings)}</v>{rest}"
        strings.append(text)
    sheet = "".join(parts).replace('t="inlineStr"', 't="s"')
    items = "".join(f"<si>{text}</si>" for text in strings)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    shared = f'<sst xmlns="{main}">{items}</sst>'
    samples.replace_part(path, "xl/sharedStrings.xml", shared.encode())
    samples.replace_part(path, name, sheet.encode())
    assert texts(path) == [CELLS]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>In 1874<sup>1</sup> 310 m<sup>2</sup> CO<sub>2</sub>", "In 1874 ¹ 310 m² CO₂"),
        ("<h2>In 1874<sup>1</sup><br>or later</h2>", "In 1874 ¹ or later"),
        ("<p>In 1874<span style='vertical-align: super'>1</span>", "In 1874 ¹"),
        ("<style>.f, p i {vertical-align:super}</style><p>In 74<b class=f>1</b>", "In 74 ¹"),
        ("<style>/*x*/ .f {text-decoration: line-through}</style><p><b class=f>a</b> b", None),
        ("<p><span style='text-decoration: line-through red'>a</span> b", None),
        ("<p><strike>a</strike> b", None),
        ("<div><del><i>a</i></del> b</div>", None),
        ("<p><mark>yes</mark> / no", "yes (highlighted) / no"),
        ("<p><span style='background: #ff0'>yes</span> / no", "yes (highlighted) / no"),
        ("<p><span style='background-color: yellow'>yes</span> / no", "yes (highlighted) / no"),
        ("<p><span style='background: rgb(240, 240, 240)'>yes</span> / no", "yes / no"),
        ("<p><span style='background: url(x.png)'>yes</span> / no", "yes / no"),
    ],
)
def test_pages(tmp_path: Path, body: str, text: str | None) -> None:
    page = f"<html><body>{body}</body></html>"
    path = samples.text(tmp_path / "a.html", page)
    assert texts(path) == [text or "[struck out: a] b"]


def test_struck_out_paragraphs_and_cells_of_pages(tmp_path: Path) -> None:
    rows = "<tr><th>Gas<th>Year<tr><td>CO<sub>2</sub><td>18<b>74</b><sup>1</sup><tr><td>a<br>b<td>c"
    body = f"<del><p>One <b>two</b></p><p>three</p></del><table>{rows}</table>"
    path = samples.text(tmp_path / "a.html", f"<html><body>{body}</body></html>")
    assert texts(path) == [
        "[struck out: One two]",
        "[struck out: three]",
        "Gas | Year\nCO₂ | 1874 ¹\na b | c",
    ]


def test_markdown_org_and_latex(tmp_path: Path) -> None:
    markdown = "The fee is ~~40~~ 50. `~~code~~` 1874<sup>1</sup>\n\n    ~~kept~~\n\n- <s>a</s> b\n"
    assert texts(samples.text(tmp_path / "a.md", markdown)) == [
        "The fee is [struck out: 40] 50. `~~code~~` 1874 ¹",
        "    ~~kept~~",
        "- [struck out: a] b",
    ]
    org = samples.text(tmp_path / "a.org", "The fee is +40+ 50, call +49 30 or 3+4+5.\n")
    assert texts(org) == ["The fee is [struck out: 40] 50, call +49 30 or 3+4+5."]
    latex = "\\begin{document}Built 1902\\textsuperscript{3}, \\sout{40} 50.\\end{document}"
    assert texts(samples.text(tmp_path / "a.tex", latex)) == ["Built 1902 ³, [struck out: 40] 50."]
