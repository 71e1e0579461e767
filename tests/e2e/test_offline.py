"""Nothing leaves the machine, and nothing is missed when there is no network at all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MODELS
from tests.e2e.offline import needs_strace, watch, without_network

QUESTIONS = ("How much is the rent?", "And when is it due?")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small household in several formats."""
    from docx import Document
    from openpyxl import Workbook
    from reportlab.pdfgen.canvas import Canvas

    folder = tmp_path / "household"
    folder.mkdir()
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


def program(tmp_path: Path, folder: Path) -> list[str]:
    return [
        sys.executable,
        "-m",
        "tests.e2e.offline_program",
        str(tmp_path / "data"),
        str(MODELS),
        str(folder),
        *QUESTIONS,
    ]


def check(printed: str) -> dict[str, float]:
    outcome: dict[str, Any] = json.loads(printed.splitlines()[-1])
    assert (outcome["added"], outcome["failed"]) == (5, 0)
    assert outcome["hits"] == 3
    assert len(outcome["answers"]) == 2
    seconds: dict[str, float] = outcome["seconds"]
    return seconds


def test_everything_works_without_a_network_and_without_a_delay(
    tmp_path: Path, folder: Path
) -> None:
    done = subprocess.run(
        without_network(program(tmp_path, folder)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    seconds = check(done.stdout)
    # A look-up that finds no network times out after 5 seconds and more.
    assert seconds["search"] < 1
    assert seconds["close"] < 2


@needs_strace
def test_no_process_opens_a_network_socket(tmp_path: Path, folder: Path) -> None:
    printed, calls, processes = watch(program(tmp_path, folder), tmp_path)
    check(printed)
    assert calls == []
    assert processes >= 4  # ours, and the index, parse and infer workers


PYTHON_LEAKER = """
import subprocess, sys
leak = "import socket; s = socket.socket(); s.settimeout(1); s.connect_ex(('127.0.0.1', 9))"
subprocess.run([sys.executable, "-c", leak], check=True)
"""
NATIVE_LEAKER = """
from pathlib import Path
from app.workers.channel import WorkerClient
from tests.sample_workers import Leak
from tests.unit.test_channel import spec
if __name__ == "__main__":
    client = WorkerClient(spec(Path({folder!r})))
    print(client.call(Leak(native={native})))
    client.close()
"""


@needs_strace
def test_a_leak_in_a_child_is_seen(tmp_path: Path) -> None:
    _, calls, _ = watch([sys.executable, "-c", PYTHON_LEAKER], tmp_path)
    assert any("socket(AF_INET" in call for call in calls)
    assert any("connect(" in call for call in calls)


@needs_strace
def test_a_native_leak_in_a_worker_is_seen(tmp_path: Path) -> None:
    script = NATIVE_LEAKER.format(folder=str(tmp_path), native=True)
    printed, calls, _ = watch([sys.executable, "-c", script], tmp_path)
    assert "native" in printed
    assert any("connect(" in call for call in calls)


@needs_strace
def test_a_leak_through_python_does_not_get_as_far_as_a_socket(tmp_path: Path) -> None:
    script = NATIVE_LEAKER.format(folder=str(tmp_path), native=False)
    printed, calls, _ = watch([sys.executable, "-c", script], tmp_path)
    assert "NetworkRefused" in printed
    assert calls == []
