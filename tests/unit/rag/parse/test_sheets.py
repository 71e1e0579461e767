"""Tables of a sheet: where they begin, what heads them, and those that stand beside each other."""

from __future__ import annotations

import datetime
import re
import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest

from rag.parse.document import BlockKind
from tests import more_samples, samples, sheet_samples
from tests.unit.rag.parse.invariants import blocks, parsed


def test_a_title_above_the_header_is_not_the_header(tmp_path: Path) -> None:
    rows = (
        ("Household budget",),
        ("in euros", "", "2025"),
        ("Item", "January", "February", "March"),
        ("Rent", 1330, 1330, 1330),
    )
    document = parsed(samples.workbook(tmp_path / "a.xlsx", {"Plan": rows}))
    title, table = document.blocks
    assert blocks(document)[0] == (BlockKind.PARAGRAPH, "Household budget\nin euros |  | 2025")
    assert (title.locator.cells, table.locator.cells) == ("A1:D2", "A3:D4")
    assert table.header == "Item | January | February | March"


@pytest.mark.parametrize(
    ("content", "header"),
    [
        ("Item,2024,2025\nRent,1300,1330\n", "Item | 2024 | 2025"),
        (",2024,2025\nRent,1300,1330\n", " | 2024 | 2025"),
        ("1,2,3\na,b,c\n", "1 | 2 | 3"),
        ("10.5,20,30\n11.5,21,31\n", ""),
        ("words\nmore words\n", ""),
        ("Item,Euros\n", ""),
    ],
)
def test_what_heads_a_table(tmp_path: Path, content: str, header: str) -> None:
    (block,) = parsed(samples.text(tmp_path / "a.csv", content)).blocks
    assert block.header == header


def test_tables_beside_each_other(tmp_path: Path) -> None:
    rows = (
        ("Day", "Hour"),
        ("Monday", "6:10", None, "Item", "Euros"),
        ("Tuesday", "7:00", None, "Rope", 4),
    )
    document = parsed(samples.workbook(tmp_path / "a.xlsx", {"One": rows}))
    assert [(b.locator.cells, b.header) for b in document.blocks] == [
        ("A1:B3", "Day | Hour"),
        ("D2:E3", "Item | Euros"),
    ]


def test_an_empty_column_does_not_part_a_table(tmp_path: Path) -> None:
    rows = (("Day", None, "Hour"), ("Monday", None, "6:10"))
    document = parsed(samples.workbook(tmp_path / "a.xlsx", {"One": rows}))
    assert [b.locator.cells for b in document.blocks] == ["A1:C2"]


def test_commas_within_words_are_no_delimiters(tmp_path: Path) -> None:
    content = "Who;What\nHanna, Ms;rope, lamp\nEdda, Mrs;key\n"
    document = parsed(samples.text(tmp_path / "a.csv", content))
    assert document.text == "Who | What\nHanna, Ms | rope, lamp\nEdda, Mrs | key"


def test_cells_are_read_as_they_are_shown(tmp_path: Path) -> None:
    document = parsed(sheet_samples.formatted(tmp_path / "a.xlsx"))
    assert document.text.split("\n")[:3] == [
        "Contract | Start | Rate | Fee | Postcode | Hours | Account",
        "Lift upkeep | April 2023 | 3.50% | 1,249.50 CHF | 04107 | 30:15 | 4539578763621486",
        "Snow clearing | November 2024 | 7.25% | 880.00 CHF | 00099 | 0:45 | 1234500000000001",
    ]


def test_comments_links_and_what_is_hidden_are_told(tmp_path: Path) -> None:
    document = parsed(sheet_samples.formatted(tmp_path / "a.xlsx"))
    assert document.text.split("\n\n")[1].split("\n") == [
        "Comment on D2 (Lift upkeep, 1,249.50 CHF) by Edda: Negotiated down by Ms Aebi",
        "Link of A2 (Lift upkeep): https://example.org/lift?a=1&b=2",
    ]
    assert document.notes == (
        "Hidden in the sheet “Contracts”: rows 3.",
        "Hidden in the sheet “Contracts”: columns G.",
        "The sheet “Old” is hidden in the workbook.",
    )


def test_a_merged_value_holds_for_all_its_rows_under_a_header_of_two(tmp_path: Path) -> None:
    (table,) = parsed(sheet_samples.merged(tmp_path / "a.xlsx")).blocks
    assert table.header == "Site | Worker | Hours May | Hours June | Budget"
    assert table.header_rows == 2
    document = parsed(tmp_path / "a.xlsx")
    assert document.text.split("\n")[2:] == [
        "Quarry | Nils | 141 | 152 | 500",
        "Quarry | Edda | 98 | 101 | 500",
        "Harbour | Britt | 120 | 118 | 700",
    ]


@pytest.mark.parametrize(
    ("content", "header"),
    [
        ("Site,Hours,\n,May,June\nQuarry,141,152\n", "Site | Hours May | Hours June"),
        ("Month,Power,Cost\n,kWh,EUR\nJune,41.5,13\n", "Month | Power kWh | Cost EUR"),
        ("2025-01-03,Bakery,4.20\n2025-01-04,Pharmacy,12.90\n", ""),
        ("Rent,1300\nFood,400\n", ""),
        ("Item,2024,Sum\nRent,1300,5\n", "Item | 2024 | Sum"),
    ],
)
def test_headers_of_two_rows_and_none(tmp_path: Path, content: str, header: str) -> None:
    (block,) = parsed(samples.text(tmp_path / "a.csv", content)).blocks
    assert block.header == header


def test_a_formula_without_a_result_is_computed(tmp_path: Path) -> None:
    rows = (("Item", "Euros"), ("Rent", 1300), ("Twice", "=B2*2"), ("Share", "=B2/0"))
    other = (("Item", "Euros"), ("All", "=SUM(One!B2:B3)"), ("Word", '=IF(B2>1,"much","little")'))
    document = parsed(samples.workbook(tmp_path / "a.xlsx", {"One": rows, "Two": other}))
    assert "Twice | 2600\nShare | #DIV/0!" in document.text
    assert "All | 3900\nWord | much" in document.text
    assert "3 cells hold formulas" not in document.notes[0]
    assert document.notes[0] == (
        "2 cells hold formulas without a stored result in the sheet “One”; 2 of them computed here."
    )


@pytest.mark.parametrize(
    "formula", ["=TODAY()-B2", "=NOPE(B2)", "=[1]Other!B2", "=RAND()", "=Prices[Net]", "=B2+"]
)
def test_a_formula_that_cannot_be_computed_is_named(tmp_path: Path, formula: str) -> None:
    rows = (
        *(("Item", "Euros"), ("Rent", 1300), ("Odd", formula), ("Next", "=B3+1")),
        *(("Caught", "=IFERROR(B3,0)"), ("Counted", "=COUNT(B2:B3)"), ("Sure", "=B2*2")),
    )
    document = parsed(samples.workbook(tmp_path / "a.xlsx", {"One": rows}))
    lines = document.text.split("\n")
    assert lines[2] == f"Odd | {formula} (formula without a stored result)"
    assert lines[3] == "Next | =B3+1 (formula without a stored result)"
    assert lines[4] == "Caught | =IFERROR(B3,0) (formula without a stored result)"
    assert lines[5] == "Counted | =COUNT(B2:B3) (formula without a stored result)"
    assert lines[6] == "Sure | 2600"


def test_computed_results_are_shown_in_the_format_of_their_cell(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ("Item", "Value"),
        ("Start", datetime.date(2024, 3, 12)),
        ("End", "=B2+30"),
        ("Share", "=1/8"),
    ):
        sheet.append(row)
    sheet["B3"].number_format, sheet["B4"].number_format = "dd.mm.yyyy", "0.0%"
    book.save(tmp_path / "a.xlsx")
    (block,) = parsed(tmp_path / "a.xlsx").blocks
    text = parsed(tmp_path / "a.xlsx").text
    assert "End | 2024-04-11" in text or "End | 11.04.2024" in text
    assert "Share | 12.5%" in text
    assert block.header == "Item | Value"


def stored(path: Path, formulas: dict[str, tuple[str, str]], *, recalculated: bool) -> Path:
    """Writes a sheet whose formulas have these results, as (attributes, result), by formula."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Item", "Euros"])
    sheet.append(["Rent", 1300])
    for formula in formulas:
        sheet.append([formula, f"={formula}"])
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    for formula, (attributes, result) in formulas.items():
        name = next(name for name in parts if "worksheets/sheet1" in name)
        parts[name] = re.sub(
            rf'<c (r="B\d+")[^>]*><f>{re.escape(formula)}</f><v ?/?>(?:</v>)?',
            rf"<c \1 {attributes}><f>{formula}</f><v>{result}</v>",
            parts[name],
        )
        assert f"<v>{result}</v>" in parts[name]
    if not recalculated:
        workbook = parts["xl/workbook.xml"]
        parts["xl/workbook.xml"] = workbook.replace(' fullCalcOnLoad="1"', "")
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def test_results_that_were_never_computed_are_not_believed(tmp_path: Path) -> None:
    formulas = {"B2*2": ("", "0"), "NOPE(B2)": ("", "0"), "NOPE(B2)+1": ("", "77")}
    text = parsed(stored(tmp_path / "a.xlsx", formulas, recalculated=True)).text
    assert text.split("\n")[2:] == [
        "B2*2 | 2600",
        "NOPE(B2) | =NOPE(B2) (formula without a stored result)",
        "NOPE(B2)+1 | 77",
    ]
    text = parsed(stored(tmp_path / "b.xlsx", formulas, recalculated=False)).text
    assert text.split("\n")[2:] == ["B2*2 | 0", "NOPE(B2) | 0", "NOPE(B2)+1 | 77"]


def test_errors_in_cells_are_shown(tmp_path: Path) -> None:
    formulas = {"1/0": ('t="e"', "#DIV/0!"), "Old!B2": ('t="e"', "#REF!")}
    text = parsed(stored(tmp_path / "a.xlsx", formulas, recalculated=False)).text
    assert text.split("\n")[2:] == ["1/0 | #DIV/0!", "Old!B2 | #REF!"]


def test_formulas_and_errors_of_open_sheets(tmp_path: Path) -> None:
    formula = '<table:table-cell table:formula="of:=SUM([.B2:.B3];[$Plan.A1];&quot;[.x];&quot;)"/>'
    error = (
        '<table:table-cell office:value-type="float" office:value="0" table:formula="of:=1/0">'
        "<text:p>#DIV/0!</text:p></table:table-cell>"
    )
    rows = _row(_cell("Item") + _cell("Sum")) + _row(_cell("All") + formula)
    rows += _row(_cell("Bad") + error)
    plan = f'<table:table table:name="Plan">{rows}</table:table>'
    document = parsed(sheet_samples.ods(tmp_path / "a.ods", plan))
    assert document.text.split("\n")[1:] == [
        'All | =SUM(B2:B3,Plan!A1,"[.x];") (formula without a stored result)',
        "Bad | #DIV/0!",
    ]
    assert not document.blocks[0].exact


def test_formulas_in_comma_separated_values_stay_as_they_are(tmp_path: Path) -> None:
    content = "Item,Euros\nRent,1300\nTwice,=B2*2\n"
    assert parsed(samples.text(tmp_path / "a.csv", content)).text.endswith("Twice | =B2*2")


def test_a_line_that_names_the_delimiter_is_no_row(tmp_path: Path) -> None:
    (block,) = parsed(samples.text(tmp_path / "a.csv", "sep=;\nName;Price\nSaw;34,50\n")).blocks
    assert (block.header, block.locator.cells) == ("Name | Price", "A2:B3")


def test_old_workbooks_are_read_as_they_are_shown(tmp_path: Path) -> None:
    rows = (("Postcode", "Rate", "Start"), (4107, 0.035, 45017.0))
    codes = ("00000", "0.0%", "dd.mm.yyyy")
    document = parsed(more_samples.xls(tmp_path / "a.xls", "Plan", rows, codes))
    assert document.text == "Postcode | Rate | Start\n04107 | 3.5% | 01.04.2023"
    assert document.blocks[0].exact == ((1, 2, "2023-04-01"),)


def _cell(text: str, attributes: str = "", inside: str = "") -> str:
    words = f"<text:p>{text}</text:p>" if text else ""
    return f"<table:table-cell {attributes}>{inside}{words}</table:table-cell>"


def _number(text: str, value: str, kind: str = "float") -> str:
    return _cell(text, f'office:value-type="{kind}" office:value="{value}"')


def _row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def test_open_document_sheets_are_read_as_they_are_shown(tmp_path: Path) -> None:
    words = "<dc:creator>Edda</dc:creator><text:p>By phone</text:p>"
    note = f"<office:annotation>{words}</office:annotation>"
    link = '<text:a xlink:href="https://example.org/lift">Lift</text:a>'
    date = 'office:value-type="date" office:date-value='
    rows = (
        _row(*map(_cell, ("Site", "Contract", "Fee", "Rate", "Start", "Postcode"))),
        _row(
            _cell("Quarry", 'table:number-rows-spanned="2"'),
            _cell(link),
            _cell("1.249,50 €", 'office:value-type="currency" office:value="1249.4961"', note),
            _number("3,5 %", "0.035", "percentage"),
            _cell("April 2023", f'{date}"2023-04-01"'),
            _number("04107", "4107"),
        ),
        _row(
            "<table:covered-table-cell/>",
            _cell("Snow"),
            _number("", "80"),
            _number("7 %", "0.0725", "percentage"),
            _cell("03/04/24", f'{date}"2024-04-03"'),
            _number("00099", "99"),
            attributes='table:visibility="collapse"',
        ),
        _row(attributes='table:number-rows-repeated="1048570"'),
    )
    hidden = (
        f'<table:table table:name="Old" table:style-name="ta2">{_row(_cell("x"))}</table:table>'
    )
    plan = f'<table:table table:name="Plan">{"".join(rows)}</table:table>'
    document = parsed(sheet_samples.ods(tmp_path / "a.ods", plan + hidden))
    assert document.text.split("\n") == [
        "Site | Contract | Fee | Rate | Start | Postcode",
        "Quarry | Lift | 1.249,50 € | 3,5 % | April 2023 | 04107",
        "Quarry | Snow | 80 | 7 % | 2024-04-03 | 00099",
        "",
        "Comment on C2 (Quarry, 1.249,50 €) by Edda: By phone",
        "Link of B2 (Quarry, Lift): https://example.org/lift",
        "",
        "Hidden rows: 3.",
        "",
        "x",
        "",
        "This sheet is hidden.",
    ]
    assert document.blocks[0].exact == (
        *((1, 2, 1249.4961), (1, 3, 0.035), (1, 4, "2023-04-01")),
        (2, 3, 0.0725),
    )
    assert document.notes == (
        "Hidden in the sheet “Plan”: rows 3.",
        "The sheet “Old” is hidden in the workbook.",
    )


@pytest.mark.parametrize(
    "rows",
    [
        _row(_cell("x")) + _row(attributes='table:number-rows-repeated="99999999999"') * 3,
        _row(_cell("", 'table:number-columns-repeated="16384"'), _cell("x")) * 3,
        _row(_cell("x", 'table:number-columns-spanned="65000" table:number-rows-spanned="65000"')),
    ],
)
def test_repetitions_without_end_do_no_harm(tmp_path: Path, rows: str) -> None:
    plan = f'<table:table table:name="Plan">{rows}</table:table>'
    day = f'<table:table table:name="Day">{_row(_cell("Monday"))}</table:table>'
    document = parsed(sheet_samples.ods(tmp_path / "a.ods", plan + day))
    assert document.text.endswith("Monday")
    assert len(document.text) < 100


def test_rows_repeated_too_often_are_left_out_with_a_note(tmp_path: Path) -> None:
    row = _row(_cell("x") * 20, attributes='table:number-rows-repeated="1048576"')
    plan = f'<table:table table:name="Plan">{row}</table:table>'
    day = f'<table:table table:name="Day">{_row(_cell("Monday"))}</table:table>'
    document = parsed(sheet_samples.ods(tmp_path / "a.ods", plan + day))
    assert document.text == "Monday"
    assert "too far apart" in document.notes[0]


def test_formulas_that_refer_to_themselves_and_empty_cells_with_formats(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Item", "Euros"])
    sheet.append(["Loop", "=B2+1"])
    for row in range(3, 3000):
        for column in range(1, 20):
            sheet.cell(row, column).number_format = "0.00%"
    book.save(tmp_path / "a.xlsx")
    document = parsed(tmp_path / "a.xlsx")
    assert document.text == "Item | Euros\nLoop | =B2+1 (formula without a stored result)"


def test_merged_cells_without_end(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (("Site", "Worker"), ("Quarry", "Nils"), (None, "Edda")):
        sheet.append(row)
    sheet.merged_cells.add("A2:A1048576")
    book.save(tmp_path / "a.xlsx")
    document = parsed(tmp_path / "a.xlsx")
    assert document.text == "Site | Worker\nQuarry | Nils\nQuarry | Edda"


def test_what_is_hidden_in_open_sheets_is_told(tmp_path: Path) -> None:
    columns = (
        "<table:table-column/><table:table-column-group>"
        '<table:table-column table:number-columns-repeated="2" table:visibility="collapse"/>'
        "</table:table-column-group>"
    )
    row = _row(_cell("Item"), _cell("Net"), _cell("Gross"))
    plan = f'<table:table table:name="Plan">{columns}{row}</table:table>'
    document = parsed(sheet_samples.ods(tmp_path / "a.ods", plan))
    assert document.notes == ("Hidden in the sheet “Plan”: columns B–C.",)


def test_errors_and_what_is_hidden_in_old_workbooks(tmp_path: Path) -> None:
    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    more = record(0x205, struct.pack("<3HBB", 1, 1, 0, 0x07, 1))  # #DIV/0! in B2
    result = struct.pack("<BxBxxxH", 2, 0x17, 0xFFFF)
    more += record(0x6, struct.pack("<3H", 2, 1, 0) + result + struct.pack("<HIH", 0, 0, 0))
    more += record(0x208, struct.pack("<HHHHHHI", 2, 0, 2, 255, 0, 0, 0x20))
    more += record(0x7D, struct.pack("<HHHHH", 3, 4, 0, 0, 1))
    rows = (("Item", "Euros"), ("Share", "x"), ("Lost", "x"))
    document = parsed(more_samples.xls(tmp_path / "a.xls", "Plan", rows, more=more))
    assert document.text == "Item | Euros\nShare | #DIV/0!\nLost | #REF!\n\nHidden rows: 3."
    assert document.notes == (
        "Hidden in the sheet “Plan”: rows 3.",
        "Hidden in the sheet “Plan”: columns D–E.",
    )


def _formula(row: int, tokens: bytes, result: bytes) -> bytes:
    """A record of a formula in column B of an XLS sheet."""
    body = struct.pack("<3H", row, 1, 0) + result + struct.pack("<HIH", 0, 0, len(tokens)) + tokens
    return struct.pack("<HH", 0x6, len(body)) + body


_NO_RESULT = bytes.fromhex("030000000000ffff")
_SUM = struct.pack("<B4HBBH", 0x25, 1, 2, 0xC001, 0xC001, 0x22, 1, 4)  # SUM(B2:B3)


def test_formulas_of_old_workbooks_without_results_are_computed(tmp_path: Path) -> None:
    rows = (("Item", "Euros"), ("Rope", 20), ("Axe", 15), ("Sum", "x"), ("Half", "x"), ("Now", "x"))
    half = struct.pack("<BHHBHB", 0x44, 3, 0xC001, 0x1E, 2, 0x06)  # B4/2
    today = struct.pack("<BH", 0x21, 221)
    more = _formula(3, _SUM, _NO_RESULT) + _formula(4, half, bytes(8))
    more += _formula(5, today, _NO_RESULT)
    document = parsed(more_samples.xls(tmp_path / "a.xls", "Plan", rows, more=more))
    assert document.text.split("\n")[3:] == [
        "Sum | 35",
        "Half | 17.5",
        "Now | =TODAY() (formula without a stored result)",
    ]


def test_an_empty_text_that_a_formula_has_as_its_result_stays_one(tmp_path: Path) -> None:
    rows = (("Item", "Euros"), ("Rope", 20), ("Axe", 15), ("Sum", "x"), ("None", "x"))
    more = _formula(3, _SUM, struct.pack("<d", 35)) + _formula(4, b"\xff", _NO_RESULT)
    document = parsed(more_samples.xls(tmp_path / "a.xls", "Plan", rows, more=more))
    assert "formula" not in document.text
    assert document.notes == ()


@pytest.mark.parametrize("tokens", [b"", b"\xff\xff", b"\x03", b"\x17\xff", b"\x22\x7f\x04\x00"])
def test_a_damaged_formula_of_an_old_workbook_is_named(tmp_path: Path, tokens: bytes) -> None:
    rows = (("Item", "Euros"), ("Rope", 20), ("Sum", "x"))
    more = _formula(2, tokens, _NO_RESULT)
    text = parsed(more_samples.xls(tmp_path / "a.xls", "Plan", rows, more=more)).text
    assert text.endswith("Sum | (formula without a stored result)")
