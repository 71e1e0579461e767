"""A row of a long table comes with its header: in each format, in each passage and prompt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from rag.answer.excerpt import Reading
from rag.answer.prompt import passages
from rag.chunking.chunk import Chunk, Chunker
from rag.parse.document import ParsedDocument
from rag.types import Hit
from tests import more_samples, samples
from tests.conftest import EMBEDDER, MODELS
from tests.unit.rag.parse.invariants import parsed

HEADER = ("Berth", "Tenant", "Length in metres", "Fee in euros")
TENANTS = ("Ortega", "Lind", "Moreau", "Okafor")
ROWS = [(f"B{n}", TENANTS[n % 4], f"{6 + n / 2:.1f}", f"{400 + 25 * n}") for n in range(1, 121)]
TABLE = [HEADER, *ROWS]
Maker = Callable[[Path], Path]


def pdf(path: Path, *, repeated: bool, size: tuple[float, float] = A4, turn: int = 0) -> Path:
    canvas = Canvas(str(path), pagesize=size)
    height = size[0] if turn else size[1]  # a turned page is as high as it was wide
    for page in range(3):
        canvas.setPageRotation(turn)
        rows = [HEADER] * (repeated or not page) + ROWS[40 * page : 40 * page + 40]
        for number, row in enumerate(rows):
            for x, cell in zip((50, 150, 260, 400), row, strict=True):
                canvas.drawString(x, height - 45 - 12 * number, cell)
        canvas.showPage()
    canvas.save()
    return path


def html(path: Path) -> Path:
    head = "".join(f"<th>{name}</th>" for name in HEADER)
    rows = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in ROWS)
    return samples.text(path, f"<table><thead><tr>{head}</tr></thead>{rows}</table>")


def rtf(path: Path) -> Path:
    ends = "".join(rf"\cellx{3000 * n}" for n in range(1, 5))
    rows = (rf"\trowd{ends}\intbl " + "".join(rf"{c}\cell " for c in row) for row in TABLE)
    return samples.text(path, r"{\rtf1\ansi " + r"\row".join([*rows, ""]) + r"\pard end}")


def markdown(path: Path) -> Path:
    lines = ["| " + " | ".join(row) + " |" for row in TABLE]
    return samples.text(path, "\n".join([lines[0], "|---|---|---|---|", *lines[1:]]))


def slides(path: Path) -> Path:
    return samples.slides(path, ("Berths", TABLE, ""))


MAKERS: dict[str, Maker] = {
    "a.pdf": lambda path: pdf(path, repeated=True),
    "plain.pdf": lambda path: pdf(path, repeated=False),
    "wide.pdf": lambda path: pdf(path, repeated=False, size=landscape(A4)),
    "turned.pdf": lambda path: pdf(path, repeated=False, turn=90),
    "a.docx": lambda path: samples.word(path, "The berths.", TABLE),
    "a.odt": lambda path: more_samples.odt(path, "The berths.", TABLE),
    "a.rtf": rtf,
    "a.html": html,
    "a.md": markdown,
    "a.pptx": slides,
    "a.csv": lambda path: samples.text(path, "\n".join(",".join(row) for row in TABLE)),
    "a.xlsx": lambda path: samples.workbook(path, {"Harbour": TABLE}),
    "a.ods": lambda path: more_samples.ods(path, {"Harbour": TABLE}),
}


@pytest.mark.parametrize("name", MAKERS)
def test_each_row_comes_with_its_header(tmp_path: Path, name: str) -> None:
    document = parsed(MAKERS[name](tmp_path / name))
    chunks = Chunker(MODELS / EMBEDDER / "tokenizer.json", 128).chunk(document, "hash")
    hits = [_hit(document, chunk) for chunk in chunks]
    for row in ROWS:
        line = " | ".join(row)
        holding = [hit for hit in hits if line in hit.text.split("\n")]
        assert [hit.table_header for hit in holding] == [" | ".join(HEADER)], line
    for row in (ROWS[4], ROWS[70], ROWS[-1]):
        question = f"What is the fee of berth {row[0]}?"
        (hit,) = (hit for hit in hits if " | ".join(row) in hit.text.split("\n"))
        reading = Reading(question, [hit])
        (part,) = reading.excerpts(reading.tokens, 1)
        shown = passages([part], "a1b2c3")
        assert " | ".join(row) in shown
        assert " | ".join(HEADER) in shown


def _hit(document: ParsedDocument, chunk: Chunk) -> Hit:
    return Hit(
        rank=1,
        chunk_id=chunk.id,
        path="/berths",
        title=document.title,
        kind=document.kind,
        locator=chunk.locator,
        text=chunk.text,
        context=chunk.context,
        score=1.0,
    )
