"""Documents of text in XML: DocBook, DITA, TEI."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.parse.document import BlockKind
from tests import samples
from tests.unit.rag.parse.invariants import parsed

CALS = """<book><title>Guide</title><chapter><title>Oil</title><table><title>Hours</title>
<tgroup cols="3"><colspec colname="a"/><colspec colname="b"/><colspec colname="c"/>
<thead><row><entry>Oil</entry><entry>Summer</entry><entry>Winter</entry></row></thead>
<tbody><row><entry>Rape</entry><entry namest="b" nameend="c"><para>14</para></entry></row>
<row><entry morerows="1">Palm</entry><entry>9</entry><entry>8</entry></row>
<row><entry>7</entry><entry>6</entry></row></tbody></tgroup></table></chapter></book>"""
DITA = """<topic id="t"><title>Oil</title><body><simpletable><sthead><stentry>Oil</stentry>
<stentry>Hours</stentry></sthead><strow><stentry>Rape</stentry><stentry>14</stentry></strow>
</simpletable></body></topic>"""
TEI = """<TEI><text><body><p>I bought <num>eleven</num> geese<lb/>at the fair</p><table>
<row role="label"><cell>Oil</cell><cell>Hours</cell></row>
<row><cell>Rape</cell><cell>14</cell></row></table></body></text></TEI>"""


@pytest.mark.parametrize("content", [DITA, TEI])
def test_a_table_keeps_its_header(tmp_path: Path, content: str) -> None:
    document = parsed(samples.text(tmp_path / "a.xml", content))
    (table,) = [block for block in document.blocks if block.kind is BlockKind.TABLE]
    assert table.header == "Oil | Hours"
    assert "Rape | 14" in document.text


def test_cells_span_rows_and_columns_that_are_named(tmp_path: Path) -> None:
    document = parsed(samples.text(tmp_path / "a.xml", CALS))
    (table,) = [block for block in document.blocks if block.kind is BlockKind.TABLE]
    assert table.header == "Oil | Summer | Winter"
    lines = document.text[table.locator.start : table.locator.end].split("\n")
    assert lines[1:] == ["Rape | 14 | 14", "Palm | 9 | 8", "Palm | 7 | 6"]
    assert "Hours" in document.text


def test_odd_spans_cost_nothing(tmp_path: Path) -> None:
    content = CALS.replace('morerows="1"', 'morerows="-9"').replace('namest="b"', 'namest="z"')
    assert "Rape | 14" in parsed(samples.text(tmp_path / "a.xml", content)).text


def test_a_new_line_parts_words(tmp_path: Path) -> None:
    text = parsed(samples.text(tmp_path / "a.xml", TEI)).text
    assert "I bought eleven geese at the fair" in text
