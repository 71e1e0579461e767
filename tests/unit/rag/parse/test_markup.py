"""Markup languages: their headings are sections, and their tables have rows with a header."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.formats import DocumentKind
from rag.parse.document import Block, BlockKind, ParsedDocument
from tests.unit.rag.parse.invariants import parsed


def _read(folder: Path, name: str, text: str) -> ParsedDocument:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    document = parsed(path)
    assert document.kind is DocumentKind.MARKUP
    return document


def _tables(document: ParsedDocument) -> list[tuple[str, list[str], Block]]:
    """Returns the header, the lines and the block of each table."""
    return [
        (
            block.header,
            document.text[block.locator.start : block.locator.end].split("\n"),
            block,
        )
        for block in document.blocks
        if block.kind is BlockKind.TABLE
    ]


_GRID = """\
Harbour rules
=============

Fees
----

+-----------+---------------------+
| Boat      | Fee (euros)         |
|           +----------+----------+
|           | Summer   | Winter   |
+===========+==========+==========+
| Barge,    | 120      | 80       |
| long      |          |          |
+-----------+----------+----------+
| Punt      | 15                  |
+-----------+---------------------+
"""
_SIMPLE = """\
Harbour rules
=============

Fees
----

=====  ======  ======
Boat      Fee (euros)
-----  --------------
Kind   Summer  Winter
=====  ======  ======
Barge  120     80
Punt   15      9
=====  ======  ======

After the table.
"""
_LIST = """\
Harbour rules
=============

Fees
----

.. list-table:: Tariff
   :header-rows: 1
   :widths: 10 5 5

   * - Boat
     - Summer
     - Winter
   * - Barge, which is
       long
     - 120
     - 80
   * - Punt
     -
     - 9

After the table.
"""
_CSV = """\
Harbour rules
=============

Fees
----

.. csv-table:: Tariff
   :header: "Boat", "Summer", "Winter"
   :widths: 10, 5, 5

   "Barge, long", 120, 80
   Punt, 15, 9

After the table.
"""
_WIKI = """\
= Harbour rules =
See [[Pier|the pier]] and '''pay'''.
== Fees ==
{| class="wikitable"
|+ Tariff
! rowspan="2" | Boat !! colspan="2" | Fee
|-
! Summer
! Winter
|-
| [[Barge]] || 120 || 80
|-
| Punt
| 15<ref>until May</ref>
| <del>9</del> 10
|}
After the table.
"""
_ASCIIDOC = """\
= Harbour rules

== Fees

.Tariff
[cols="2,1,1",options="header"]
|===
|Boat |Summer |Winter
|Barge
|120
|80
|Punt 2+|15
.2+|Raft |7 |5
|8 |6
|===

After the table.
"""
_TEXTILE = """\
h1. Harbour rules

h2. Fees

|_. Boat |_. Summer |_. Winter |
| Barge | 120 | 80 |
| Punt |\\2. 15 |
|/2. Raft | 7 | 5 |
| 8 | 6 |

After the table.
"""
_CREOLE = """\
= Harbour rules =
== Fees
|=Boat |=Summer |=Winter |
| [[Barge|the barge]] | 120 | 80 |
| Punt | 15 | 9 |

After the table.
"""


@pytest.mark.parametrize(
    ("name", "text", "header", "rows"),
    [
        (
            "grid.rst",
            _GRID,
            "Boat | Fee (euros) Summer | Fee (euros) Winter",
            ["Barge, long | 120 | 80", "Punt | 15 | 15"],
        ),
        (
            "simple.rst",
            _SIMPLE,
            "Boat Kind | Fee (euros) Summer | Fee (euros) Winter",
            ["Barge | 120 | 80", "Punt | 15 | 9"],
        ),
        (
            "list.rst",
            _LIST,
            "Boat | Summer | Winter",
            ["Barge, which is long | 120 | 80", "Punt | | 9"],
        ),
        ("csv.rst", _CSV, "Boat | Summer | Winter", ["Barge, long | 120 | 80", "Punt | 15 | 9"]),
        (
            "page.mediawiki",
            _WIKI,
            "Boat | Fee Summer | Fee Winter",
            ["Barge | 120 | 80", "Punt | 15 (until May) | [struck out: 9] 10"],
        ),
        (
            "page.adoc",
            _ASCIIDOC,
            "Boat | Summer | Winter",
            ["Barge | 120 | 80", "Punt | 15 | 15", "Raft | 7 | 5", "Raft | 8 | 6"],
        ),
        (
            "page.textile",
            _TEXTILE,
            "Boat | Summer | Winter",
            ["Barge | 120 | 80", "Punt | 15 | 15", "Raft | 7 | 5", "Raft | 8 | 6"],
        ),
        (
            "page.creole",
            _CREOLE,
            "Boat | Summer | Winter",
            ["[[Barge|the barge]] | 120 | 80", "Punt | 15 | 9"],
        ),
    ],
)
def test_rows_of_a_table_stand_below_their_header(
    tmp_path: Path, name: str, text: str, header: str, rows: list[str]
) -> None:
    document = _read(tmp_path, name, text)
    assert document.title == "Harbour rules"
    ((found, lines, block),) = _tables(document)
    assert found == header
    assert [" ".join(line.split()) for line in lines[block.header_rows :]] == rows
    assert block.locator.headings == ("Harbour rules", "Fees")
    if "After" in text:
        assert "After the table." in document.text


def test_sections_of_restructured_text_are_those_of_its_underlines(tmp_path: Path) -> None:
    text = "====\nTop\n====\n\nOne\n---\n\na\n\nTwo\n~~~\n\nb\n\nThree\n-----\n\nc\n\n----\n\nd\n"
    document = _read(tmp_path, "a.rst", text)
    paths = {
        document.text[block.locator.start : block.locator.end]: block.locator.headings
        for block in document.blocks
        if block.kind is BlockKind.PARAGRAPH
    }
    assert paths["a"] == ("Top", "One")
    assert paths["b"] == ("Top", "One", "Two")
    assert paths["c"] == paths["d"] == ("Top", "Three")


def test_restructured_text_keeps_what_is_no_table(tmp_path: Path) -> None:
    text = (
        "Pier\n====\n\n+---+---+\n| a | b |\n+---+\n\n"
        ".. csv-table:: Elsewhere\n   :file: boats.csv\n\n"
        ".. note:: See :ref:`the pier <pier>`.\n\n"
        ".. list-table:: Odd\n\n   no list\n"
    )
    document = _read(tmp_path, "a.rst", text)
    assert not _tables(document)
    for words in ("| a | b |", "boats.csv", "Elsewhere", "the pier", "Odd", "no list"):
        assert words in document.text


def test_a_csv_table_of_restructured_text_may_have_other_signs(tmp_path: Path) -> None:
    text = ".. csv-table:: T\n   :delim: ;\n   :header-rows: 1\n\n   Boat;Fee\n   Punt;15,5\n"
    ((header, lines, _),) = _tables(_read(tmp_path, "a.rst", text))
    assert (header, lines) == ("Boat | Fee", ["Boat | Fee", "Punt | 15,5"])


def test_a_grid_holds_letters_that_are_two_columns_wide(tmp_path: Path) -> None:
    text = "+------+-----+\n| 名前 | Fee |\n+======+=====+\n| 太郎 | 15  |\n+------+-----+\n"
    ((header, lines, _),) = _tables(_read(tmp_path, "a.rst", text))
    assert (header, lines[1]) == ("名前 | Fee", "太郎 | 15")


def test_a_table_within_a_list_of_restructured_text_is_read(tmp_path: Path) -> None:
    text = "* Fees:\n\n  ====  ===\n  Boat  Fee\n  ====  ===\n  Punt  15\n  ====  ===\n\n* End\n"
    ((header, lines, _),) = _tables(_read(tmp_path, "a.rst", text))
    assert (header, lines[1]) == ("Boat | Fee", "Punt | 15")


def test_a_page_of_a_wiki_reads_as_people_see_it(tmp_path: Path) -> None:
    text = (
        "{{Infobox\n| name = Kiel\n| pop = 247,000\n}}\n"
        "Kiel has a '''harbour''' ([[Pier (Kiel)|a pier]]), 5 km<sup>2</sup>"
        "<!-- no -->.<br>{{convert|5|km}} [[File:Pier.jpg|thumb|left|The pier]]\n* one\n"
    )
    document = _read(tmp_path, "a.wiki", text)
    for words in ("name = Kiel", "pop = 247,000", "Kiel has a harbour (a pier), 5 km²."):
        assert words in document.text
    assert "{{convert|5|km}} The pier" in document.text
    assert "- one" in document.text
    assert "no -->" not in document.text


def test_a_wiki_may_hold_tables_of_html_and_tables_in_cells(tmp_path: Path) -> None:
    text = (
        "<table><tbody><tr><th>Boat</th><th>Fee</th></tr>"
        "<tr><td>Punt</td><td>15</td></tr></tbody></table>\n\n"
        "{|\n! Hall !! Seats\n|-\n| Birke\n|\n{|\n| row 1 || 35\n|}\n|}\n"
    )
    first, second = _tables(_read(tmp_path, "a.wiki", text))
    assert first[1] == ["Boat | Fee", "Punt | 15"]
    assert second[0] == "Hall | Seats"
    assert "35" in second[1][1]


@pytest.mark.parametrize(
    ("table", "lines"),
    [
        ("|===\n|Boat |Fee\n\n|Punt |15\n|===\n", ["Boat | Fee", "Punt | 15"]),
        (
            '[%header,format=csv]\n|===\nBoat,Fee\n"Punt, old",15\n|===\n',
            ["Boat | Fee", "Punt, old | 15"],
        ),
        (",===\nBoat,Fee\n\nPunt,15\n,===\n", ["Boat | Fee", "Punt | 15"]),
        ("[cols=2*]\n|===\n|Boat |Fee\n2*|none\n|===\n", ["Boat | Fee", "none | none"]),
        (
            '[cols="1h,a"]\n|===\n|Boat\n|Fee\n\n|Punt\na|15 \\| 16\n|===\n',
            ["Boat | Fee", "Punt | 15 | 16"],
        ),
    ],
)
def test_a_table_of_asciidoc_has_several_forms(
    tmp_path: Path, table: str, lines: list[str]
) -> None:
    text = f"Harbour\n=======\n\nFees\n----\n\n{table}\n----\n|===\ncode\n----\n"
    document = _read(tmp_path, "a.adoc", text)
    ((header, rows, block),) = _tables(document)
    assert (rows, header) == (lines, lines[0])
    assert block.locator.headings == ("Harbour", "Fees")


def test_spans_without_bounds_end(tmp_path: Path) -> None:
    tables = {
        "a.adoc": "|===\n|a |b\n\n" + ".60000+|x\n" * 200 + "|===\n",
        "b.wiki": "{|\n" + '|-\n| rowspan="60000" colspan="900" | x\n' * 200 + "|}\n",
        "c.textile": "|/60000\\900. x |\n" * 200,
        "d.rst": "+-" * 200 + "+\n" + ("+ " * 200 + "+\n") * 200,
        "e.wiki": "{|\n| " * 3000 + "x",
        "g.wiki": "{|\n{|\n" * 3000 + "| x",
        "f.wiki": "{{a|" * 3000 + "[[b|" * 3000 + "<!--" * 3000,
    }
    for name, text in tables.items():
        assert _read(tmp_path, name, f"Boats\n\n{text}").text


def test_columns_that_are_left_out_are_noted(tmp_path: Path) -> None:
    document = _read(tmp_path, "a.wiki", "{|\n" + "| x\n" * 1100 + "|}\n")
    assert "Columns of a table after the 1,000th were left out." in document.notes


@pytest.mark.parametrize("ending", ["md", "org", "adoc", "rst", "textile", "txt", "eml"])
def test_tasks_and_options_say_their_state(tmp_path: Path, ending: str) -> None:
    head = "Subject: x\nContent-Type: text/plain; charset=utf-8\n\n" if ending == "eml" else ""
    path = tmp_path / f"a.{ending}"
    path.write_text(f"{head}- [x] paid\n- [ ] signed\n\nSmoker: ☐ yes ☒ no\n", encoding="utf-8")
    text = parsed(path).text
    assert "- [x] paid (ticked)" in text
    assert "- [ ] signed (not ticked)" in text
    gap = " " if ending == "txt" else "\nSmoker: "
    assert f"Smoker: ☐ yes (not ticked){gap}☒ no (ticked)" in text


def test_names_in_restructured_text_are_read_as_what_they_stand_for(tmp_path: Path) -> None:
    path = tmp_path / "a.rst"
    path.write_text(
        "About |product|\n===============\n\n"
        ".. |product| replace:: Harbour\n   Master 4\n\n"
        "|product| costs more; ``|product|`` and |other| stay, as does a || b |product|x.\n\n"
        "+-----------+-------+\n| name      | price |\n+===========+=======+\n"
        "| |product| | 12    |\n+-----------+-------+\n",
        encoding="utf-8",
    )
    document = parsed(path)
    assert document.text.split("\n\n") == [
        "About Harbour Master 4",
        ".. |product| replace:: Harbour\n   Master 4",
        "Harbour Master 4 costs more; ``|product|`` and |other| stay, as does a || b |product|x.",
        "name | price\nHarbour Master 4 | 12",
    ]
