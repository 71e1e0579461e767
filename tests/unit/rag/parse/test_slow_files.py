"""Small files that could take for ever: each is read to its end, or a limit is told."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.parse import parse_file
from rag.parse.document import ParsedDocument
from rag.parse.failures import FailureReason, ParseFailure
from tests import samples
from tests.hostile_files import ALL, SMALL

ROOT = Path(__file__).parents[4]
PATIENCE = 90
"""Seconds until the process is ended that reads a file: it would never come to its end."""

FAST = {
    "attributes.html": "",
    "attributes.xml": "more than 1,000 attributes, the first were read",
    "divs.html": "",
    "corners.xlsx": "cells of its sheets lie too far apart",
    "sheets.xlsx": "cells of its sheets lie too far apart",
    "corners.ods": "cells of its sheets lie too far apart",
    "repeated.ods": "cells of its sheets lie too far apart",
    "nested.docx": "nested deeper than 256 levels",
    "groups.pptx": "nested deeper than 256 levels",
    "nested.odt": "nested deeper than 256 levels",
    "rows.odt": "",
    "figures.odt": "",
    "styled.docx": "",
    "pages.pdf": "The first 10,000 of 100,000 pages were read.",
    "scattered.pdf": "",
    "numbers.pdf": "",
    "nested.eml": "nested deeper than 256 levels",
    "mails.eml": "nested deeper than 256 levels",
    "parts.eml": "",
    "nested.json": "nested too deeply",
    "groups.rtf": "",
    "field.csv": "longer than 1,048,576 characters",
    "rows.csv": "",
    "figures.csv": "",
    "brackets.md": "",
    "bomb.yaml": "",
}
"""What took long, ended the process or was not told, with a part of what is told now."""


class Reading:
    """A process that reads files, ended when one takes too long."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def read(self, path: Path) -> dict[str, Any]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.hostile_reader"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        timer = threading.Timer(PATIENCE, process.kill)
        timer.start()
        process.stdin.write(f"{path}\n")
        process.stdin.flush()
        line = process.stdout.readline()
        timer.cancel()
        if not line:
            self.close()
            return {"seconds": PATIENCE, "outcome": "died", "words": ""}
        told: dict[str, Any] = json.loads(line)
        return told

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@pytest.fixture(scope="module")
def reading() -> Iterator[Reading]:
    made = Reading()
    yield made
    made.close()


@pytest.mark.parametrize("name", FAST)
def test_what_took_long_is_read_or_refused(name: str, reading: Reading, tmp_path: Path) -> None:
    told = reading.read(SMALL[name](tmp_path))
    assert told["outcome"] not in ("died", "broken", "timeout"), told
    assert FAST[name] in told["words"]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(ALL))
def test_no_file_takes_for_ever(name: str, reading: Reading, tmp_path: Path) -> None:
    told = reading.read(ALL[name](tmp_path))
    if name == "forms.pdf":  # a billion drawings: the memory of the process is the limit
        assert told["outcome"] == "died"
        return
    assert told["outcome"] != "died", told


def parsed(path: Path) -> ParsedDocument:
    document = parse_file(path)
    assert isinstance(document, ParsedDocument), document
    return document


def test_the_other_sheets_of_a_workbook_are_read(tmp_path: Path) -> None:
    path = samples.workbook(tmp_path / "a.xlsx", {"Kept": [["Name", "Age"], ["Ann", 40]]})
    from openpyxl import load_workbook

    book = load_workbook(path)
    far = book.create_sheet("Far & wide")
    far["A1"], far["XFD1048576"] = "First", "Last"
    near = book.create_sheet("Empty around")
    near["XFC1048575"] = "Alone"
    book.save(path)
    document = parsed(path)
    assert "Ann | 40" in document.text
    assert "Alone" in document.text
    (note,) = document.notes
    assert note == (
        "The sheet “Far & wide” was left out: its cells lie too far apart, in a grid of "
        "17,179,869,184."
    )


def test_a_large_table_with_gaps_is_no_far_corner(tmp_path: Path) -> None:
    rows = [[n if (n + column) % 3 else None for column in range(30)] for n in range(300)]
    document = parsed(samples.workbook(tmp_path / "a.xlsx", {"Data": rows}))
    assert document.notes == ()


def test_drawings_in_a_page_do_not_count_as_depth(tmp_path: Path) -> None:
    drawing = "<svg>" + "<g><path d='M0 0'/><rect/></g>" * 900 + "</svg>"
    path = samples.text(tmp_path / "a.html", f"{drawing}<h1>Title</h1><p>Words</p>")
    document = parsed(path)
    assert [block.kind.value for block in document.blocks] == ["heading", "paragraph"]


def test_a_long_attribute_is_kept_and_the_text_behind_it(tmp_path: Path) -> None:
    picture = "A" * 200_000
    path = samples.text(
        tmp_path / "a.html", f"<p><img alt='x > y' src=\"data:;base64,{picture}\">Words</p><b>c</b>"
    )
    assert parsed(path).text.split() == ["Picture:", "x", ">", "y", "Words", "c"]


def test_more_text_than_a_document_may_hold_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.parse.builder.TEXT_CHARACTERS", 1_000_000)
    failure = parse_file(samples.text(tmp_path / "a.txt", "Word. " * 200_000))
    assert isinstance(failure, ParseFailure)
    assert failure.reason is FailureReason.TOO_LARGE
    assert "more than 1 million characters" in failure.detail
