"""Rows that name a group go along with the later pieces of their table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rag.answer.citations import headed
from rag.answer.excerpt import PassageExcerpt, Reading
from rag.answer.prompt import passages
from rag.chunking.chunk import Chunk, Chunker
from rag.formats import DocumentKind
from rag.types import Citation, Hit
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
                assert chunk.context.split("\n")[3] == land


@pytest.mark.parametrize("at", [5, 80])
def test_rows_without_values_are_no_groups(tmp_path: Path, at: int) -> None:
    rows = [["Town", "Boats", "Fee"], *([f"T-{n}", str(n), f"{n + 7}"] for n in range(80))]
    rows[at - 1][1:] = rows[at][1:] = ["", ""]
    assert not any("T-" in chunk.context for chunk in _chunks(_file(tmp_path, "xlsx", rows)))


def _hit(chunk: Chunk) -> Hit:
    kind = DocumentKind.XLSX
    return Hit(1, chunk.id, "/a", "a", kind, chunk.locator, chunk.text, chunk.context, 1.0)


def _citation(hit: Hit, quote: str) -> Citation:
    start = hit.locator.start + hit.text.index(quote)
    locator = replace(hit.locator, start=start, end=start + len(quote))
    return Citation(1, hit.path, hit.title, hit.kind, locator, quote, hit.chunk_id)


@pytest.mark.parametrize("kind", ["xlsx", "html", "csv", "md"])
def test_each_row_is_shown_below_its_header_and_its_group(tmp_path: Path, kind: str) -> None:
    rows = 0
    for hit in map(_hit, _chunks(_file(tmp_path, kind, _rows()))):
        for line in hit.text.split("\n"):
            land = next((land for land in _LANDS if line.startswith(f"{land[:3]}-")), None)
            if land is None:
                continue
            start = hit.text.index(line)
            part = PassageExcerpt(hit, ((start, start + len(line)),))
            _, *shown = passages([part], "a1b2c3").split("\n")
            assert shown == ["Town | Boats | Fee", land, line]
            (source,) = headed([_citation(hit, line)], [hit])
            assert [land for land in _LANDS if land in source] == [land]
            rows += 1
    assert rows == 80


def test_an_excerpt_from_two_groups_names_both(tmp_path: Path) -> None:
    rows = [["Town", "Boats", "Fee"], ["Germany", "", ""], ["Kiel", "4", "7"], ["Bonn", "5", "8"]]
    rows += [["Norway", "", ""], ["Oslo", "6", "9"], ["Moss", "7", "10"]]
    (chunk,) = Chunker(None, 200).chunk(parsed(_file(tmp_path, "xlsx", rows)), "a")
    hit = _hit(chunk)
    lines = ("Bonn | 5 | 8", "Moss | 7 | 10")
    spans = tuple((hit.text.index(line), hit.text.index(line) + len(line)) for line in lines)
    _, *shown = passages([PassageExcerpt(hit, spans)], "a1b2c3").split("\n")
    assert shown == ["Town | Boats | Fee", "Germany", f"{lines[0]} …", "Norway", lines[1]]
    assert hit.text_with_header == hit.text


def test_a_group_in_a_group_is_shown_with_both_names(tmp_path: Path) -> None:
    rows = [["Town", "Boats", "Fee"]]
    for land in _LANDS:
        rows += [[land, "", ""], ["Coast", "", ""], *([f"T-{n}", f"{n}", "1"] for n in range(40))]
    hits = list(map(_hit, _chunks(_file(tmp_path, "xlsx", rows))))
    groups = {hit.group_at(hit.text.index("T-")) for hit in hits}
    assert groups == {"Germany > Coast", "Norway > Coast"}


def test_the_group_says_which_of_two_like_rows_is_read(tmp_path: Path) -> None:
    rows = [["Post", "Number of boats that lie there in the summer", "Fee for each of the nights"]]
    for land in _LANDS:
        rows += [[land, "", ""], *([f"Boats with sails, class {n}", "many", "1"] for n in range(4))]
    (chunk,) = Chunker(None, 400).chunk(parsed(_file(tmp_path, "xlsx", rows)), "a")
    hit = _hit(chunk)
    (best,) = Reading("Fee of class 2 in Norway?", [hit]).best(
        [PassageExcerpt(hit, ((0, 9999),))], 1
    )
    ((start, end),) = best.spans
    assert "class 2" in hit.text[start:end]
    assert "Norway" in hit.with_group(start, end)


def test_words_below_a_table_are_in_no_group(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    table = "| Town | Fee |\n|---|---|\n| Germany | |\n| Kiel | 7 |\n| Bonn | 8 |\n| Norway | |"
    path.write_text(f"Above.\n\n{table}\n| Oslo | 9 |\n| Moss | 1 |\n\nBelow | it.\nMore | here.\n")
    hits = list(map(_hit, Chunker(None, 200).chunk(parsed(path), "a")))
    (hit,) = (hit for hit in hits if "Oslo" in hit.text)
    assert hit.group_at(hit.text.index("Oslo")) == "Norway"
    for hit in hits:
        for word in ("Above", "Below", "here", "Town"):
            if word in hit.text:
                assert hit.group_at(hit.text.index(word)) == ""
