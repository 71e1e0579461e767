"""OpenDocument: forms, numbers, comments, changes, struck-out text and what stands beside it."""

from __future__ import annotations

import zipfile
from pathlib import Path

from tests import more_samples
from tests.unit.rag.parse.invariants import blocks, parsed

ODF = "urn:oasis:names:tc:opendocument:xmlns"
NAMES = " ".join(
    f'xmlns:{short}="{name}"'
    for short, name in (
        *((short, f"{ODF}:{short}:1.0") for short in ("office", "text", "table", "style", "form")),
        ("draw", f"{ODF}:drawing:1.0"),
        ("chart", f"{ODF}:chart:1.0"),
        ("presentation", f"{ODF}:presentation:1.0"),
        ("svg", f"{ODF}:svg-compatible:1.0"),
        ("dc", "http://purl.org/dc/elements/1.1/"),
        ("xlink", "http://www.w3.org/1999/xlink"),
        ("loext", "urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"),
        ("field", "urn:openoffice:names:experimental:ooo-ms-interop:xmlns:field:1.0"),
    )
)

CHECKBOX = "loext:checkbox='true'"
PLACEHOLDER = "loext:showing-place-holder='true'"
RESOLVED = "loext:resolved='true'"


def opened(path: Path, body: str, styles: str = "", margins: str = "", **parts: str) -> Path:
    """A text with this body, automatic styles, master pages and other parts."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr(
            "content.xml",
            f"<office:document-content {NAMES}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:text>{body}</office:text>"
            "</office:body></office:document-content>",
        )
        archive.writestr(
            "styles.xml",
            f"<office:document-styles {NAMES}><office:master-styles><style:master-page>{margins}"
            "</style:master-page></office:master-styles></office:document-styles>",
        )
        for name, data in parts.items():
            archive.writestr(f"{name}/content.xml", data)
    return path


def texts(path: Path) -> list[str]:
    return [text for _, text in blocks(parsed(path))]


def test_form_controls(tmp_path: Path) -> None:
    forms = (
        "<office:forms><form:form><form:checkbox form:id='a' form:label='Keys' "
        "form:current-state='checked'/><form:radio form:id='b' form:label='Dogs'/>"
        "<form:text form:id='c' form:name='Name' form:current-value='Hanna'/>"
        "<form:textarea form:id='d' form:name='Street'/>"
        "<form:listbox form:id='e' form:name='Boat'><form:option form:label='Skiff'/>"
        "<form:option form:label='Punt' form:selected='true'/></form:listbox>"
        "<form:fixed-text form:id='f' form:label='Name'/></form:form></office:forms>"
    )
    control = "<draw:control draw:control='{}'/>"
    path = opened(
        tmp_path / "a.odt",
        f"{forms}<text:p>{control.format('a')}{control.format('b')}</text:p>"
        f"<text:p>{control.format('f')}{control.format('c')}</text:p>"
        f"<text:p>{control.format('d')}</text:p>{control.format('e')}",
    )
    assert texts(path) == [
        "☒ Keys (ticked)\n◯ Dogs (not selected)",
        "Name Hanna",
        "Street: (not filled in)",
        "Boat: Punt (chosen)",
    ]


def test_form_controls_that_stand_nowhere_in_the_text(tmp_path: Path) -> None:
    forms = (
        "<office:forms><form:form form:name='Order'><form:checkbox form:id='a' form:label='Keys' "
        "form:current-state='checked'/><form:checkbox form:name='Dogs'/>"
        "<form:radio form:id='b' form:label='By boat' form:current-selected='true'/>"
        "<form:fixed-text form:for='c' form:label='Full name'/>"
        "<form:text form:id='c' form:name='Text Box 1' form:current-value='Hanna'/>"
        "<form:listbox form:name='Boat'><form:option form:label='Skiff'/></form:listbox>"
        "<form:button form:label='Send'/><form:fixed-text form:label='Sign below'/>"
        "<form:grid form:name='Rows'><form:column><form:text form:name='Column'/></form:column>"
        "</form:grid><form:text form:id='d' form:name='Street'/></form:form></office:forms>"
    )
    path = opened(
        tmp_path / "a.odt",
        f"{forms}<text:p>Before <draw:control draw:control='d'/></text:p><text:p>After</text:p>",
    )
    assert texts(path) == [
        *("Before Street: (not filled in)", "After", "☒ Keys (ticked)", "☐ Dogs (not ticked)"),
        *("◉ By boat (selected)", "Full name: Hanna", "Boat: (nothing chosen)", "Sign below"),
    ]


def test_controls_of_a_slide_stand_on_it(tmp_path: Path) -> None:
    path = more_samples.odp(tmp_path / "a.odp", ("Tides", ("High",), ""), ("Eels", ("Ten",), ""))
    form = (
        f"<office:forms xmlns:form='{ODF}:form:1.0'><form:form>"
        "<form:checkbox form:label='Seen' form:current-state='checked'/></form:form>"
        "</office:forms></draw:page>"
    )
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    first, page, rest = parts["content.xml"].partition(b"</draw:page>")
    assert page
    parts["content.xml"] = first + form.encode() + rest
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    assert texts(path) == ["Tides", "- High", "☒ Seen (ticked)", "Eels", "- Ten"]


def formula(content: str) -> str:
    return (
        "<math xmlns='http://www.w3.org/1998/Math/MathML' display='block'><semantics>"
        f"<mrow>{content}</mrow><annotation encoding='StarMath 5.0'>over</annotation>"
        "</semantics></math>"
    )


AREA = formula(
    "<mi>A</mi><mo>=</mo><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac>"
)
SQUARE = formula("<msup><mi>x</mi><mn>2</mn></msup>")


def test_formulas_are_read_where_they_stand(tmp_path: Path) -> None:
    frame = (
        "<draw:frame><draw:object xlink:href='./{}'/>"
        "<draw:image xlink:href='./ObjectReplacements/{}'/><svg:desc>formula</svg:desc>"
        "</draw:frame>"
    )
    first, second, third = (frame.format(f"Object {at}", f"Object {at}") for at in (1, 2, 3))
    inside = f"<draw:frame><draw:object>{SQUARE}</draw:object></draw:frame>"
    box = f"<draw:text-box>{second}<text:p>Box {first}</text:p></draw:text-box>"
    path = opened(
        tmp_path / "a.odt",
        f"<text:p>The area <text:span>{first}</text:span> in metres, {second} and {inside}."
        "</text:p>"
        f"<table:table><table:table-row><table:table-cell><text:p>Area</text:p></table:table-cell>"
        f"<table:table-cell><text:p>{first}</text:p></table:table-cell></table:table-row>"
        f"</table:table><text:p><draw:frame>{box}</draw:frame></text:p>"
        f"<text:p>Damaged: {third}</text:p>",
        **{"Object 1": AREA, "Object 2": SQUARE, "Object 3": "<no"},
    )
    assert texts(path) == [
        "The area A=(a+b)/2 in metres, x^2 and x^2.",
        *("Area | A=(a+b)/2", "x^2", "Box A=(a+b)/2", "Damaged:", "Picture: formula"),
    ]
    assert parsed(path).notes == ("Pictures in the document were not read.",)
    path = opened(tmp_path / "b.odt", f"<text:p>Area {first}</text:p>", **{"Object 1": AREA})
    assert parsed(path).notes == ()


def test_very_many_formulas(tmp_path: Path) -> None:
    frame = "<draw:frame><draw:object xlink:href='./Object {}'/></draw:frame>"
    count = 5001
    path = opened(
        tmp_path / "a.odt",
        "".join(f"<text:p>{frame.format(at)}</text:p>" for at in range(count)),
        **{f"Object {at}": SQUARE for at in range(count)},
    )
    assert parsed(path).text.count("x^2") == count - 1
    assert parsed(path).notes == (
        "Only the first embedded objects were read: there are very many.",
    )


def test_fields_from_other_programs_and_content_controls(tmp_path: Path) -> None:
    mark = "<field:fieldmark field:type='vnd.oasis.opendocument.field.{}'>{}</field:fieldmark>"
    value = "<field:param field:name='{}' field:value='{}'/>"
    box = mark.format("FORMCHECKBOX", value.format("Checkbox_Checked", "true"))
    entries = "".join(value.format("Dropdown_ListEntry", entry) for entry in ("Skiff", "Punt"))
    listed = mark.format("FORMDROPDOWN", entries + value.format("Dropdown_Selected", "1"))
    control = "<loext:content-control {}>{}</loext:content-control>"
    path = opened(
        tmp_path / "a.odt",
        f"<text:p>{box} Keys</text:p><text:p>Boat: {listed}</text:p><text:p>"
        f"{control.format(CHECKBOX, '☐')} Dogs</text:p><text:p>"
        "Pay by <text:drop-down><text:label text:value='bill'/>card</text:drop-down></text:p>"
        f"<text:p>Name: {control.format(PLACEHOLDER, 'Click')}</text:p>",
    )
    assert texts(path) == [
        "☒ Keys (ticked)",
        "Boat: Punt (chosen)",
        "☐ Dogs (not ticked)",
        "Pay by card (chosen)",
        "Name: (not filled in)",
    ]


def test_struck_out_text(tmp_path: Path) -> None:
    styles = (
        "<style:style style:name='Old'><style:text-properties "
        "style:text-line-through-style='solid'/></style:style>"
        "<style:style style:name='Older' style:parent-style-name='Old'/>"
        "<style:style style:name='New'><style:text-properties "
        "style:text-line-through-style='none'/></style:style>"
    )
    span = "<text:span text:style-name='{}'>{}</text:span>"
    path = opened(
        tmp_path / "a.odt",
        f"<text:p>Rent: {span.format('Older', '800')} 900</text:p>"
        f"<text:p text:style-name='Old'>Gone {span.format('New', 'but this')}</text:p>",
        styles,
    )
    assert texts(path) == ["Rent: [struck out: 800] 900", "[struck out: Gone] but this"]


LISTS = (
    "<text:list-style style:name='L'><text:list-level-style-number text:level='1' "
    "style:num-format='1' style:num-suffix='.'/><text:list-level-style-number text:level='2' "
    "style:num-format='a' style:num-prefix='(' style:num-suffix=')'/>"
    "<text:list-level-style-bullet text:level='3' text:bullet-char='x'/></text:list-style>"
)


def test_numbers_of_lists(tmp_path: Path) -> None:
    def listed(content: str, more: str = "") -> str:
        return f"<text:list text:style-name='L' {more}>{content}</text:list>"

    def item(text: str, inner: str = "", more: str = "") -> str:
        return f"<text:list-item {more}><text:p>{text}</text:p>{inner}</text:list-item>"

    dots = f"<text:list>{item('dot')}</text:list>"
    inner = f"<text:list>{item('by bank')}{item('in cash', dots)}</text:list>"
    path = opened(
        tmp_path / "a.odt",
        listed(item("Rent") + item("Due", inner + "<text:p>More of it.</text:p>"))
        + "<text:p>Between.</text:p>"
        + listed(item("Keys"), "text:continue-numbering='true'")
        + listed(item("Again") + item("Ninth", more="text:start-value='9'"))
        + f"<table:table><table:table-row><table:table-cell>{listed(item('In a cell'))}"
        "</table:table-cell></table:table-row></table:table>",
        LISTS,
    )
    assert texts(path) == [
        *("1. Rent", "2. Due", "2 (a) by bank", "2 (b) in cash", "- dot", "- More of it."),
        *("Between.", "3. Keys", "1. Again", "9. Ninth", "1. In a cell"),
    ]


def test_numbers_of_headings(tmp_path: Path) -> None:
    levels = "".join(
        f"<text:outline-level-style text:level='{at}' style:num-format='1' "
        f"text:display-levels='{at}'/>"
        for at in (1, 2)
    )
    heading = "<text:h text:outline-level='{}'>{}</text:h>"
    path = opened(
        tmp_path / "a.odt",
        "".join(heading.format(*at) for at in ((1, "Rent"), (2, "Due"), (1, "Keys"), (2, "Lost")))
        + "<text:h text:outline-level='1' text:is-list-header='true'>Annex</text:h>",
        f"<text:outline-style>{levels}</text:outline-style>",
    )
    assert texts(path) == ["1 Rent", "1.1 Due", "2 Keys", "2.1 Lost", "Annex"]


def test_comments_and_changes(tmp_path: Path) -> None:
    comment = (
        "<office:annotation {}><dc:creator>Anna</dc:creator><dc:date>2026-03-01T10:00</dc:date>"
        "<text:p>Too</text:p><text:p>long?</text:p></office:annotation>"
    )
    change = "<text:changed-region><text:{}><text:p>seven</text:p></text:{}></text:changed-region>"
    path = opened(
        tmp_path / "a.odt",
        "<text:tracked-changes>"
        + "".join(change.format(kind, kind) for kind in ("deletion", "insertion", "insertion"))
        + f"</text:tracked-changes><text:p>Nine{comment.format('')} months.</text:p>"
        "<table:table><table:table-row><table:table-cell><text:p>Cell"
        f"{comment.format(RESOLVED)}"
        "</text:p></table:table-cell></table:table-row></table:table>",
    )
    words = "by Anna, 2026-03-01: Too long?"
    assert texts(path) == [
        *("Nine months.", f"Comment {words}", "Cell", f"Comment (resolved) {words}"),
    ]
    (note,) = parsed(path).notes
    assert "2 insertions (read as part of the text), 1 deletion (left out)" in note


def test_headers_and_footers_are_read_once(tmp_path: Path) -> None:
    margins = (
        "<style:header><text:p>Harbour Road</text:p></style:header>"
        "<style:header-left><text:p>Harbour Road</text:p></style:header-left>"
        "<style:footer><text:p>Page <text:page-number>3</text:page-number></text:p></style:footer>"
        "<style:footer-left><text:p>Registered in Kiel</text:p></style:footer-left>"
    )
    path = opened(tmp_path / "a.odt", "<text:p>The rent is due.</text:p>", margins=margins)
    assert texts(path) == ["Harbour Road", "The rent is due.", "Registered in Kiel"]


def test_descriptions_and_embedded_charts(tmp_path: Path) -> None:
    frame = "<text:p><draw:frame>{}</draw:frame></text:p>"
    link = "<draw:object xlink:href='{}'/>"
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>"
    chart = (
        f"<office:document-content {NAMES}><chart:title><text:p>Water</text:p></chart:title>"
        f"<table:table><table:table-row>{cell.format('Month')}{cell.format('Litres')}"
        f"</table:table-row><table:table-row>{cell.format('May')}{cell.format('7')}"
        "</table:table-row></table:table></office:document-content>"
    )
    path = opened(
        tmp_path / "a.odt",
        frame.format("<svg:desc>A red gate</svg:desc>")
        + frame.format(link.format("./Object 1"))
        + frame.format(link.format("../content.xml"))
        + frame.format(link.format("./Object 2")),
        **{"Object 1": chart, "Object 2": "<no"},
    )
    assert texts(path) == ["Picture: A red gate", "Chart: Water", "Month | Litres\nMay | 7"]


def test_merged_cells_and_rows_of_the_header(tmp_path: Path) -> None:
    def cell(text: str, more: str = "") -> str:
        return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"

    def row(*cells: str) -> str:
        return f"<table:table-row>{''.join(cells)}</table:table-row>"

    hidden = "<table:covered-table-cell/>"
    whole = "table:number-columns-spanned='3'"
    wide, tall = "table:number-columns-spanned='2'", "table:number-rows-spanned='2'"
    header = row(cell("Hut", tall), cell("Price", wide), hidden) + row(
        hidden, cell("net"), cell("gross")
    )
    path = opened(
        tmp_path / "a.odt",
        f"<table:table><table:table-header-rows>{header}</table:table-header-rows>"
        f"{row(cell('Elm', tall), cell('5'), cell('6'))}{row(hidden, cell('7'), cell('8'))}"
        f"{row(cell('Closed', whole), hidden, hidden)}"
        "</table:table>",
    )
    assert texts(path) == [
        "Hut | Price net | Price gross\nElm | 5 | 6\nElm | 7 | 8\nClosed",
    ]


def test_comments_on_slides(tmp_path: Path) -> None:
    path = more_samples.odp(tmp_path / "a.odp", ("Tides", ("High",), ""))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    comment = (
        b"<office:annotation xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:creator>Anna"
        b"</dc:creator><text:p>Too high?</text:p></office:annotation></draw:page>"
    )
    parts["content.xml"] = parts["content.xml"].replace(b"</draw:page>", comment)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    assert texts(path) == ["Tides", "- High", "Comment by Anna: Too high?"]


def test_hidden_slides_say_so(tmp_path: Path) -> None:
    path = more_samples.odp(tmp_path / "a.odp", ("Tides", ("High",), ""), ("Eels", ("Ten",), ""))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    style = (
        b"<style:style style:name='unseen' style:family='drawing-page'>"
        b"<style:drawing-page-properties presentation:visibility='hidden'/></style:style>"
    )
    content = parts["content.xml"].replace(
        b"</office:automatic-styles>", style + b"</office:automatic-styles>"
    )
    content = content.replace(b"<office:automatic-styles/>", b"<office:automatic-styles>" + style)
    if b"unseen" in content and b"</office:automatic-styles>" not in content:
        content = content.replace(style, style + b"</office:automatic-styles>")
    at = content.rindex(b"<draw:page ") + len(b"<draw:page ")
    parts["content.xml"] = content[:at] + b"draw:style-name='unseen' " + content[at:]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    assert texts(path) == ["Tides", "- High", "Eels", "- Ten", "This slide is hidden."]


def test_a_form_of_very_many_controls(tmp_path: Path) -> None:
    count = 20_000
    boxes = "".join(f"<form:checkbox form:id='c{at}' form:label='x'/>" for at in range(count))
    marks = "".join(f"<draw:control draw:control='c{at}'/>" for at in range(count))
    path = opened(
        tmp_path / "a.odt",
        f"<office:forms>{boxes}</office:forms><text:p>{marks}</text:p>",
    )
    assert parsed(path).text.count("not ticked") == count
