"""Binary workbooks (XLSB): values as they are shown, and what lies beside the cells."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

from rag.parse.failures import FailureReason
from tests.unit.rag.parse.invariants import parsed, refused

TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DRAWING = (
    '<xdr:wsDr xmlns:xdr="x" xmlns:a="y"><xdr:twoCellAnchor><xdr:from><xdr:col>4</xdr:col>'
    "<xdr:row>1</xdr:row></xdr:from><xdr:sp><xdr:txBody><a:p><a:r><a:t>Ring twice</a:t></a:r></a:p>"
    "</xdr:txBody></xdr:sp></xdr:twoCellAnchor></xdr:wsDr>"
)


def record(kind: int, body: bytes = b"") -> bytes:
    code = bytes((kind,)) if kind < 0x80 else bytes((kind & 0x7F | 0x80, kind >> 7))
    length = len(body)
    size = bytes((length,)) if length < 0x80 else bytes((length & 0x7F | 0x80, length >> 7))
    return code + size + body


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def cell(kind: int, column: int, value: bytes, style: int = 0) -> bytes:
    return record(kind, struct.pack("<II", column, style) + value)


def row(number: int, flags: int = 0) -> bytes:
    return record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, flags, 0, 0))


def relations(*targets: tuple[str, str, str]) -> str:
    items = "".join(
        f'<Relationship Id="r{at}" Type="{TYPES}/{kind}" Target="{target}" {mode}/>'
        for at, (kind, target, mode) in enumerate(targets, 1)
    )
    family = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{family}">{items}</Relationships>'


def workbook(path: Path, state: int = 0, cells: bytes = b"", behind: bytes = b"") -> Path:
    """A workbook with a sheet "Plan", and one "Old" in this state."""
    text = [cell(6, column, wide(words)) for column, words in enumerate(("Boat", "Rate"))]
    rows = row(0) + b"".join(text) + row(1) + cell(6, 0, wide("Teal"))
    rows += cell(5, 1, struct.pack("<d", 0.035), style=1)
    sheet = (
        record(129)
        + record(148, struct.pack("<4I", 0, 3, 0, 1))
        + record(60, struct.pack("<4IH", 1, 1, 0, 0, 1))
        + record(145)
        + rows
        + cells
        + record(146)
        + behind
        + record(130)
    )
    old = record(129) + record(148, struct.pack("<4I", 0, 0, 0, 0)) + record(145)
    old += row(0) + cell(6, 0, wide("x")) + record(146) + record(130)
    sheets = [
        record(156, struct.pack("<II", hidden, at) + wide(f"r{at}") + wide(name))
        for at, (name, hidden) in enumerate((("Plan", 0), ("Old", state)), 1)
    ]
    book = record(131) + record(143) + b"".join(sheets) + record(144) + record(132)
    styles = record(278) + record(615, struct.pack("<I", 1))
    styles += record(44, struct.pack("<H", 164) + wide("0.0%")) + record(616)
    styles += (
        record(617, struct.pack("<I", 2))
        + record(47, struct.pack("<HH12x", 0, 0))
        + record(47, struct.pack("<HH12x", 0, 164))
    )
    styles += record(618) + record(279)
    comments = record(628) + record(630) + record(632, wide("Ada")) + record(631) + record(633)
    comments += record(635, struct.pack("<5I16x", 0, 1, 1, 0, 0))
    comments += record(637, b"\0" + wide("Ada: swarm in June")) + record(636)
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.bin": book,
        "xl/_rels/workbook.bin.rels": relations(
            ("worksheet", "worksheets/sheet1.bin", ""),
            ("worksheet", "worksheets/sheet2.bin", ""),
            ("styles", "styles.bin", ""),
        ),
        "xl/styles.bin": styles,
        "xl/worksheets/sheet1.bin": sheet,
        "xl/worksheets/sheet2.bin": old,
        "xl/worksheets/_rels/sheet1.bin.rels": relations(
            ("hyperlink", "https://pier.example", 'TargetMode="External"'),
            ("comments", "../comments1.bin", ""),
            ("drawing", "../drawings/drawing1.xml", ""),
        ),
        "xl/comments1.bin": comments,
        "xl/drawings/drawing1.xml": DRAWING,
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def test_what_is_read_of_a_binary_workbook(tmp_path: Path) -> None:
    header = wide("&CFleet log")
    link = struct.pack("<4I", 1, 1, 0, 0) + wide("r1") + wide("") + wide("") + wide("")
    inside = struct.pack("<4I", 0, 0, 1, 1) + struct.pack("<I", 0xFFFFFFFF) + wide("Old!A1")
    margins = record(479, b"\0\0" + header + struct.pack("<5I", *[0xFFFFFFFF] * 5))
    behind = record(494, link) + record(494, inside + wide("") + wide("")) + margins
    hidden = row(2, flags=0x10) + cell(3, 1, b"\x07")
    document = parsed(workbook(tmp_path / "a.xlsb", cells=hidden, behind=behind))
    assert document.text.split("\n\n")[0].split("\n")[:2] == ["Boat | Rate", "Teal | 3.5%"]
    assert "#DIV/0!" in document.text
    assert "Page header: Fleet log\nText box at E2: Ring twice" in document.text
    assert "Comment on A2 (Teal) by Ada: swarm in June" in document.text
    assert "Link of A2 (Teal): https://pier.example\nLink of B1 (Boat, Rate): Old!A1" in (
        document.text
    )
    assert "Hidden in the sheet “Plan”: rows 3." in document.notes
    assert "Hidden in the sheet “Plan”: columns B." in document.notes


def test_hidden_and_very_hidden_sheets_are_told(tmp_path: Path) -> None:
    notes = [parsed(workbook(tmp_path / f"{n}.xlsb", state=n)).notes for n in range(3)]
    hidden = "The sheet “Old” is hidden in the workbook"
    assert [[note for note in of if "Old" in note] for of in notes] == [
        [],
        [f"{hidden}."],
        [f"{hidden}, and Excel does not list it among the hidden sheets."],
    ]


def test_damaged_records_do_no_harm(tmp_path: Path) -> None:
    for at, behind in enumerate((b"\xff", record(494, b"\1\2"), record(635)[:1])):
        document = parsed(workbook(tmp_path / f"{at}.xlsb", behind=behind))
        assert "Teal | 3.5%" in document.text


def test_a_workbook_on_which_the_library_gives_up_is_damaged(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsb")
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(tmp_path / "b.xlsb", "w") as spoilt:
        for name in whole.namelist():
            data = record(278) + record(617) if name == "xl/styles.bin" else whole.read(name)
            spoilt.writestr(name, data)
    assert refused(tmp_path / "b.xlsb") is FailureReason.BROKEN
