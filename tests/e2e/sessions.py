"""Watched sessions, for tests and for `bench.privacy`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import MODELS
from tests.e2e import hostile
from tests.e2e.offline import Watched, watch


def household(folder: Path) -> Path:
    """A small household in several formats."""
    from docx import Document
    from openpyxl import Workbook
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(folder / "lease.pdf"))
    canvas.drawString(72, 700, "The rent is 900 euros a month. It is due on the third.")
    canvas.save()
    document = Document()
    document.add_paragraph("The boiler was repaired in May.")
    document.save(str(folder / "boiler.docx"))
    book = Workbook()
    book.active.append(["Item", "Euros"])
    book.active.append(["Groceries", 310])
    book.save(str(folder / "budget.xlsx"))
    (folder / "notes.md").write_text("# Notes\n\nThe key is with the neighbour.\n")
    (folder / "page.html").write_text(
        "<html><body><p>Bins on Friday.</p><img src='http://127.0.0.1:9/x.png'></body></html>"
    )
    return folder


@dataclass(frozen=True)
class Session:
    """A session that was watched, and the working directory that it had."""

    watched: Watched
    cwd: Path


def session(folder: Path, seed: int | None, *options: str) -> Session:
    """A session of commands and window, where the surroundings would lead it astray.

    Args:
        folder: an empty folder.
        seed: which surroundings; see `hostile.make`.
        options: ``--short`` for indexing and one answer only.
    """
    documents, cwd, trace = folder / "documents", folder / "cwd", folder / "trace"
    for made in (documents, cwd, trace):
        made.mkdir()
    household(documents)
    variables = {**hostile.make(cwd, seed), "STUDIOLO_MODELS_DIR": str(MODELS)}
    command = [sys.executable, "-m", "tests.e2e.offline_session", str(folder / "data")]
    return Session(watch([*command, str(documents), str(cwd), *options], trace, variables), cwd)
