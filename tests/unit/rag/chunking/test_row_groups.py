"""Rows that name a group go along with the later pieces of their table."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.chunking.chunk import Chunk, Chunker
from tests import samples
from tests.unit.rag.parse.invariants import parsed

_LANDS = ("Germany", "Norway")


def _rows() -> list[list[str]]:
    rows = [["Town", "Boats", "Fee"]]
    for land in _LANDS:
        rows += [[land, "", ""], *([f"{land[:3]}-{n}", str(n), f"{n + 7}"] for n in range(40))]
    return rows


def _chunks(path: Path) -> list[Chunk]:
    return Chunker(None, 60).chunk(parsed(path), "a")


def _file(folder: Path, kind: str, rows: list[list[str]]) -> Path:
    path = folder / f"a.{kind}"
    if kind == "xlsx":
        return samples.workbook(path, {"Fees": rows})
    if kind == "html":
        cells = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
        path.write_text(f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>")
    elif kind == "md":
        lines = [f"| {' | '.join(row)} |" for row in rows]
        path.write_text("\n".join([lines[0], "|---|---|---|", *lines[1:]]))
    else:
        path.write_text("\n".join(",".join(row) for row in rows))
    return path


@pytest.mark.parametrize("kind", ["xlsx", "html", "csv", "md"])
def test_each_piece_of_a_table_has_the_group_of_its_rows(tmp_path: Path, kind: str) -> None:
    chunks = _chunks(_file(tmp_path, kind, _rows()))
    assert len(chunks) > 4
    for chunk in chunks:
        first = chunk.text.split("\n")[0]
        for land in _LANDS:
            if first.startswith(f"{land[:3]}-"):
                assert chunk.context.split("\n")[1].endswith(land)


@pytest.mark.parametrize("at", [5, 80])
def test_rows_without_values_are_no_groups(tmp_path: Path, at: int) -> None:
    rows = [["Town", "Boats", "Fee"], *([f"T-{n}", str(n), f"{n + 7}"] for n in range(80))]
    rows[at - 1][1:] = rows[at][1:] = ["", ""]
    assert not any("T-" in chunk.context for chunk in _chunks(_file(tmp_path, "xlsx", rows)))
