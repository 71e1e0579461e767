"""Saved web pages: what a reader sees of them, tables that span, and states in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.parse.document import BlockKind
from tests import samples
from tests.unit.rag.parse.invariants import blocks, parsed

LONG = (
    "The tide table of the harbour lists high water and low water for every day of the year. " * 2
)


def _text(tmp_path: Path, body: str) -> str:
    return parsed(samples.text(tmp_path / "a.html", f"<html><body>{body}</body></html>")).text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<input type=checkbox checked> Breakfast", "☒ Breakfast (ticked)"),
        ("<label>Breakfast <input type=checkbox></label>", "Breakfast (not ticked ☐)"),
        (
            "Ill: <input type=radio name=a> yes <input type=radio name=a checked> no",
            "Ill: ◯ yes (not selected)\nIll: ◉ no (selected)",
        ),
        ("Land: <select><option>Peru<option selected>Chad</select>", "Land: Chad (chosen)"),
        ("Land: <select><option>Peru<option>Chad</select>", "Land: Peru (chosen)"),
        ("Land: <select><option disabled>Peru<option>Chad</select>", "Land: Chad (chosen)"),
        ("Land: <select><option value=''>Choose<option>Chad</select>", "Land: (nothing chosen)"),
        ("<select><option disabled selected>Choose<option>Chad</select>", "(nothing chosen)"),
        ("Land: <select multiple><option>Peru<option>Chad</select>", "Land: (nothing chosen)"),
        (
            "<select size=3><option selected>Peru<option>Chad<option selected>Mali</select>",
            "Peru, Mali (chosen)",
        ),
        ("Done: <progress value=3 max=4></progress>", "Done: 75%"),
        ("Full: <meter value=2 min=0 max=8>2 of 8</meter>", "Full: 2 of 8"),
        ("Full: <meter value=nan max=0></meter>", "Full:"),
        ("<b role=checkbox aria-checked=true>Keys</b>", "☒ Keys (ticked)"),
        ("<b role=radio aria-checked=false>Keys</b>", "◯ Keys (not selected)"),
        ("<input aria-label=Surname value=Okonkwo>", "Surname: Okonkwo"),
        ("<textarea aria-label=Remarks></textarea>", "Remarks: (not filled in)"),
        ("<label for=x>Name</label><input id=x aria-label=Name value=Edda>", "Name Edda"),
        ("<input list=c value=Kiel><datalist id=c><option>Bonn</datalist>", "Kiel"),
        ("<div contenteditable>Two dogs</div>", "Two dogs"),
        ("<label>Name <input value='Edda'></label>", "Name Edda"),
        ("<label for=x>Fax</label> <input id=x>", "Fax (not filled in)"),
        ("Search <input type=search value=x><input type=hidden value=y>", "Search"),
        ("<textarea>Two dogs</textarea>", "Two dogs"),
        ("Rent <del>900</del> 950, <s>old</s>.", "Rent [struck out: 900] 950, [struck out: old]."),
        ("<span style='text-decoration: line-through'>yes</span>/no", "[struck out: yes]/no"),
        ("seen<p hidden>a</p><p style='x:1; Display : none'>b</p><dialog>c</dialog>", "seen"),
    ],
)
def test_what_a_page_shows(tmp_path: Path, body: str, text: str) -> None:
    assert _text(tmp_path, body) == text


def test_a_control_in_a_table_is_read(tmp_path: Path) -> None:
    rows = "<tr><th>Day<th>Free</tr><tr><td>Monday<td><input type=checkbox checked></tr>"
    assert _text(tmp_path, f"<table>{rows}</table>") == "Day | Free\nMonday | ☒ (ticked)"


@pytest.mark.parametrize(
    "page",
    [
        f"<div><a>Accept all</a></div><main><h1>Tides</h1><p>{LONG}</p></main><div>About us</div>",
        f"<div><h1>Tides</h1><i>Accept</i></div><div><article><p>{LONG}</p></article></div>",
        f"<header>Accept</header><h1>Tides</h1><p>{LONG}</p><footer>About us</footer>",
        f"<h1>Tides</h1><p>{LONG}</p><ul>{'<li><a>Products</a></li>' * 5}</ul>",
    ],
)
def test_menus_banners_and_footers_are_left_out(tmp_path: Path, page: str) -> None:
    document = parsed(samples.text(tmp_path / "a.html", f"<html><body>{page}"))
    assert document.text == f"Tides\n\n{LONG.strip()}"
    assert document.notes == ("Menus, headers and footers of the page were left out.",)


@pytest.mark.parametrize(
    "page",
    [
        "<main></main><p>All that there is.</p>",  # filled in by a script
        f"<ul>{'<li><a>All that there is.</a></li>' * 5}</ul>",  # a page of links
        "<article><p>All that there is.</p></article><article><p>More.</p></article>",
    ],
)
def test_a_page_without_other_text_is_kept(tmp_path: Path, page: str) -> None:
    assert "All that there is." in _text(tmp_path, page)


SPANS = (
    "<table><thead><tr><th rowspan=2>Site<th rowspan=2>Worker<th colspan=2>Hours</tr>"
    "<tr><th>May<th>June</tr></thead><tr><td rowspan=2>Quarry<td>Nils<td>1<td>2</tr>"
    "<tr><td>Edda<td>3<td>4</tr></table>"
)


def test_cells_that_span_rows_and_columns(tmp_path: Path) -> None:
    (table,) = parsed(samples.text(tmp_path / "a.html", SPANS)).blocks
    assert table.header == "Site | Worker | Hours May | Hours June"
    assert table.header_rows == 2
    assert _text(tmp_path, SPANS).split("\n") == [
        "Site | Worker | Hours | Hours",
        "Site | Worker | May | June",
        "Quarry | Nils | 1 | 2",
        "Quarry | Edda | 3 | 4",
    ]


def test_a_cell_that_spans_columns_stands_in_each_of_them(tmp_path: Path) -> None:
    rows = (
        "<tr><td colspan=99>North</tr><tr><td>Quarry<td colspan=2>188</tr><tr><td>a<td>b<td>c</tr>"
    )
    head = "<tr><th>Site<th colspan=2>Hours</tr>"
    assert _text(tmp_path, f"<table>{head}{rows}</table>").split("\n") == [
        "Site | Hours | Hours",
        "North",
        "Quarry | 188 | 188",
        "a | b | c",
    ]


@pytest.mark.parametrize("span", ["65000", "99999999999999999999", "-1", "x", "0"])
def test_spans_without_end(tmp_path: Path, span: str) -> None:
    row = f"<tr><td rowspan={span}>Quarry<td colspan={span}>Nils</tr>"
    document = parsed(samples.text(tmp_path / "a.html", f"<table>{row * 50}</table>"))
    assert blocks(document)[0][0] is BlockKind.TABLE
    assert len(document.text) < 100_000


def test_what_is_hidden_or_struck_out_inside_the_same_is_read_once(tmp_path: Path) -> None:
    hidden = "<div hidden>" * 200 + "x" + "</div>" * 200
    struck = "<del>a <s>b</s> <del>c</del></del>"
    menus = "<ul><li><ul>" + "<li><a>Products</a></li>" * 9 + "</ul></li></ul>"
    body = f"{hidden}<p>{struck}</p><p>{LONG}</p>{menus}"
    assert _text(tmp_path, body).startswith("[struck out: a b c]\n")


def test_a_narrow_table_with_one_very_wide_row_is_read(tmp_path: Path) -> None:
    rows = "<tr><th>Day<th>Hour</tr><tr><td>Monday<td>six</tr>" + "<tr><td>x</tr>" * 2_000
    wide = f"<tr>{'<td>y' * 900}</tr>"
    text = _text(tmp_path, f"<table>{rows}{wide}</table>")
    assert text.startswith("Day | Hour\nMonday | six\nx")
    assert text.endswith("y | y")


def test_cells_that_cover_too_much_are_left_out_with_a_note(tmp_path: Path) -> None:
    row = "<tr><td rowspan=65000>a<td rowspan=65000>b<td>c</tr>"
    document = parsed(samples.text(tmp_path / "a.html", f"<table>{row * 3_000}</table>"))
    assert "A table was read up to row" in document.notes[0]


SHEET = (
    "<style>.x{display:none} .s{visibility:hidden} .old{text-decoration:line-through}"
    ".a .y{display:none} #k.y{display:block} .acc{display:none} :checked + .acc{display:block}"
    "@media print{.p{display:block}} .p{display:none} .phone{display:none}"
    "@media (max-width:9px){.phone{display:block} .wide{display:none}}"
    ".late{display:none!important} .alpha{list-style:upper-alpha inside}</style>"
)


@pytest.mark.parametrize(
    ("body", "text", "places"),
    [
        ("one <b class=x>HID</b>two", "one two", 1),
        ("one<p class='x s'>HID <b hidden>HID</b></p>", "one", 2),
        ("one <b class=s>HID</b><b class=x> </b>", "one", 1),
        ("<p class=s>one <b style='visibility:visible'>two</b></p>", "one two", 0),
        ("one<div class=a><p class=y>HID</p><p class=y id=k>two</p></div>", "one\n\ntwo", 1),
        ("one<p class=late style='display:block'>HID</p>", "one", 1),
        ("<p class=x style='display:block'>one</p>", "one", 0),
        ("<b class=p>HID</b><b class=wide>one</b> <b class=phone>two</b>", "one two", 1),
        ("<input type=checkbox><p class=acc>one</p>", "☐ (not ticked)\n\none", 0),
        ("<b aria-controls=z>More</b><p id=z class=x>one</p>", "More\n\none", 0),
        ("<p hidden=until-found>one</p><p aria-hidden=true>two</p>", "one\n\ntwo", 0),
        ("<b class=old>800</b> 900", "[struck out: 800] 900", 0),
    ],
)
def test_what_style_sheets_hide_is_left_out(
    tmp_path: Path, body: str, text: str, places: int
) -> None:
    document = parsed(samples.text(tmp_path / "a.html", f"{SHEET}<body>{body}</body>"))
    assert document.text == text
    words = f"Hidden text was left out: {places} place{'s' * (places > 1)}."
    assert document.notes == ((words,) if places else ())


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("<ol><li>a<li>b</ol>", "1. a\n2. b"),
        ("<ol start=4><li>a<li value=9>b<li>c</ol>", "4. a\n9. b\n10. c"),
        ("<ol start=-1><li>a<li>b</ol>", "-1. a\n0. b"),
        ("<ol reversed><li>a<li>b</ol>", "2. a\n1. b"),
        ("<ol reversed start=9><li>a<li>b</ol>", "9. a\n8. b"),
        ("<ol type=a start=26><li>a<li>b</ol>", "z. a\naa. b"),
        ("<ol type=A><li>a<li type=I>b</ol>", "A. a\nII. b"),
        ("<ol type=i start=4><li>a</ol>", "iv. a"),
        ("<ol start=x><li value=>a</ol>", "1. a"),
        ("<ol><li>a<ol type=a><li>b<li>c</ol><li>d</ol>", "1. a\na. b\nb. c\n2. d"),
        ("<ul><li>a<ol start=3><li>b</ol><li>c</ul>", "- a\n3. b\n- c"),
        ("<ol><li><p>a</p><p>b</p></li><li><h3>c</h3>d</li></ol>", "1. a\nb\n2. c\nd"),
        ("<ol><li hidden>x<li>a</ol>", "1. a"),
        ("<ol style='list-style-type: lower-roman'><li>a</ol>", "i. a"),
        ("<ol class=alpha><li>a</ol>", "A. a"),
        (
            "<ol style='list-style: none'><li>a</ol><ul style='list-style:decimal'><li>b",
            "- a\n1. b",
        ),
        ("<ol type=i start=5000><li>a</ol>", "5000. a"),
    ],
)
def test_entries_keep_the_numbers_of_their_lists(tmp_path: Path, body: str, lines: str) -> None:
    path = samples.text(tmp_path / "a.html", f"{SHEET}<body>{body}</body>")
    assert parsed(path).text.split("\n\n") == lines.split("\n")


def test_a_page_with_very_many_rules_is_read_in_time(tmp_path: Path) -> None:
    rules = "".join(f".a{n % 50} .b{n}{{display:none}}" for n in range(10_000))
    body = "".join(f"<p class='a{n % 50} b{n}'>word {n}</p>" for n in range(5_000))
    path = samples.text(tmp_path / "a.html", f"<style>{rules}</style><body>{body}</body>")
    assert "word 4999" in parsed(path).text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>Map <img src=a alt='Pier C is closed'> here", "Map\nPicture: Pier C is closed\nhere"),
        ("<p>One<img alt=''><img src=x><img alt='scan1.png'> two", "One two"),
        ("<p>Fine <img alt='😀'>", "Fine 😀"),
        (
            "<figure><img alt='Tides'><figcaption>Fig. 1</figcaption></figure>",
            "Picture: Tides\n\nFig. 1",
        ),
        (
            "<svg><title>Plan</title><text>Room <tspan>B2</tspan></text></svg>",
            "Picture: Plan\nRoom B2",
        ),
        ("One<svg aria-hidden=true><title>Menu</title></svg>", "One"),
        ("<b role=img aria-label='Four stars'></b>", "Picture: Four stars"),
        ("<map><area href=x alt='Hall 3'></map>", "Picture: Hall 3"),
        (
            "<table><tr><th>Site<th>Map</tr><tr><td>Quarry<td><img alt='A pit'></tr></table>",
            "Site | Map\nQuarry | Picture: A pit",
        ),
    ],
)
def test_pictures_are_told_by_their_descriptions(tmp_path: Path, body: str, text: str) -> None:
    assert _text(tmp_path, body) == text


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ("<a href='https://bolt.example/q9'>quote</a>", "quote (https://bolt.example/q9)"),
        ("<a href='mailto:ann%40x.example?subject=a'>Ann</a>", "Ann (ann@x.example)"),
        ("<a href='tel:+49-30-123456'>Call</a>", "Call (+49-30-123456)"),
        ("<a href='tel:+49-30-123456'>030 123456</a>", "030 123456"),
        ("<a href='https://www.x.example/'>x.example</a>", "x.example"),
        ("<a href='#a'>a</a> <a href='b.html'>b</a> <a href='javascript:c()'>c</a>", "a b c"),
        ("<base href='https://own.example'><a href='https://www.own.example/b'>b</a>", "b"),
        (f"<a href='https://x.example/{'y' * 200}'>b</a>", "b"),
        (f"<a href='https://x.example/b?{'y' * 200}'>c</a>", "c (https://x.example/b)"),
        ("<a href='https://[x'>a</a><a href='https://x.example/'> </a>", "a"),
    ],
)
def test_links_tell_their_targets(tmp_path: Path, link: str, text: str) -> None:
    assert _text(tmp_path, link) == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<table role=presentation><tr><td>One<td>two</tr></table>", "One\n\ntwo"),
        ("<table><tr><td>One</tr><tr><td>two</tr></table>", "One\n\ntwo"),
        (
            (
                "<table><tr><td><table><tr><th>Day<th>Hour</tr><tr><td>Monday<td>9</tr></table>"
                "<td>Beside</tr></table>"
            ),
            "Day | Hour\nMonday | 9\n\nBeside",
        ),
        (
            (
                "<table><tr><th>Day<th>Hours</tr><tr><td>Monday<td><table><tr><td>9<td>12</tr></table>"
                "</tr></table>"
            ),
            "Day | Hours\nMonday | 9 12",
        ),
        ("<table><tr><th>Day</tr><tr><td>Monday</tr></table>", "Day\nMonday"),
    ],
)
def test_tables_of_data_and_of_layout(tmp_path: Path, body: str, text: str) -> None:
    assert _text(tmp_path, body) == text
