"""Nothing leaves the machine, and nothing is missed when there is no network at all."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.conftest import MODELS
from tests.e2e.offline import Watched, needs_strace, needs_unshare, no_network, watch

QUESTIONS = ("How much is the rent?", "And when is it due?")


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


@pytest.fixture(scope="module")
def main_job(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """Indexing, searching, asking and asking again, with real models and without a network."""
    folder = household(tmp_path_factory.mktemp("documents"))
    command = [
        sys.executable,
        "-m",
        "tests.e2e.offline_program",
        str(tmp_path_factory.mktemp("data")),
        str(MODELS),
        str(folder),
        *QUESTIONS,
    ]
    return watch(command, tmp_path_factory.mktemp("trace"), no_network())


@needs_unshare
def test_everything_works_without_a_network_and_without_a_delay(main_job: Watched) -> None:
    assert main_job.complaints == ""
    outcome = json.loads(main_job.printed.splitlines()[-1])
    assert (outcome["added"], outcome["failed"], outcome["hits"]) == (5, 0, 3)
    assert len(outcome["answers"]) == len(QUESTIONS)
    # A look-up that finds no network gives up after 5 seconds or more.
    assert outcome["seconds"]["search"] < 1
    assert outcome["seconds"]["close"] < 2


@needs_strace
def test_no_process_opens_a_network_socket(main_job: Watched) -> None:
    assert main_job.calls == ()
    assert main_job.processes >= 4  # ours, and the index, parse and infer workers


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
    calls = watch([sys.executable, "-c", PYTHON_LEAKER], tmp_path).calls
    assert any("socket(AF_INET" in call for call in calls)
    assert any("connect(" in call for call in calls)


@needs_strace
def test_a_native_leak_in_a_worker_is_seen(tmp_path: Path) -> None:
    script = NATIVE_LEAKER.format(folder=str(tmp_path), native=True)
    watched = watch([sys.executable, "-c", script], tmp_path)
    assert "native" in watched.printed
    assert any("connect(" in call for call in watched.calls)


@needs_strace
def test_a_leak_through_python_does_not_get_as_far_as_a_socket(tmp_path: Path) -> None:
    script = NATIVE_LEAKER.format(folder=str(tmp_path), native=False)
    watched = watch([sys.executable, "-c", script], tmp_path)
    assert "NetworkRefused" in watched.printed
    assert watched.calls == ()
