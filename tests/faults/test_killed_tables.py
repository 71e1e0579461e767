"""Runs and corrections of tables that are killed: no correction is lost, and a run goes on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.specialists.runs import TableRuns
from tests.unit.app.specialists.test_columns import built, letter

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("STUDIOLO_TABLE_KILLS", "30"))
DOCUMENTS = 6
LAST = 3.0
"""Seconds after the first sign of life within which a process is killed."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(60 + 20 * KILLS),
    pytest.mark.skipif(os.name == "nt", reason="there are no signals"),
]

# Corrects rows without end and says so after each; before that, it goes on with the run.
PROGRAM = """\
import sys
from pathlib import Path
from app.specialists.runs import TableRuns
from tests.unit.app.specialists.test_columns import built

folder, start = Path(sys.argv[1]), int(sys.argv[2])
runs = TableRuns(built(folder))
print("ready", flush=True)
table = runs.run("Leases", [folder / "files"]).table
print("ran", flush=True)
rows = runs._store.rows(table.id)
for number in range(start, start + 10_000):
    row = rows[number % len(rows)]
    runs.correct("Leases", str(row.id), "Rent", f"GBP {number}.00")
    print(number, row.id, flush=True)
"""


def test_no_correction_is_lost_and_the_run_goes_on(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    for number in range(1, DOCUMENTS + 1):
        (files / f"{number}.txt").write_text(letter(number), encoding="utf-8")
    built(tmp_path).close()
    chance = random.Random(7)  # the same moments each time
    corrected = dict[int, int]()
    start = 1
    for kill in range(KILLS):
        # Another document each time, so that every run has something to do.
        (files / f"more{kill}.txt").write_text(letter(kill), encoding="utf-8")
        for number, row in _killed(tmp_path, start, chance):
            corrected[row] = number
            start = number + 1
        start += 1  # one that was cut off may have been written too
        _check(tmp_path, corrected)
    assert len(corrected) > 1
    specialists = built(tmp_path)
    report = TableRuns(specialists).run("Leases", [])
    rows = specialists.store.rows(report.table.id)
    assert len(rows) == DOCUMENTS + KILLS
    assert all(row.state == "done" and len(row.cells) == 3 for row in rows)
    specialists.close()
    _check(tmp_path, corrected)


def _killed(folder: Path, start: int, chance: random.Random) -> list[tuple[int, int]]:
    """Returns the corrections that a process reported before it was killed: number and row."""
    arguments = [sys.executable, "-c", PROGRAM, str(folder), str(start)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(chance.random() ** 2 * LAST)
        process.send_signal(signal.SIGKILL)
        lines = process.stdout.read().splitlines(keepends=True)
    whole = [line.split() for line in lines if line.endswith("\n") and line != "ran\n"]
    return [(int(number), int(row)) for number, row in whole]


def _check(folder: Path, corrected: dict[int, int]) -> None:
    """Checks that each row has the last correction that was reported of it, or a later one."""
    if not corrected:
        return  # killed before the table was there
    specialists = built(folder)
    rows = {row.id: row for row in specialists.store.rows(specialists.store.table("Leases").id)}
    taught = {
        example.path: example.cells["Rent"]
        for example in specialists.store.examples.examples("Leases")
    }
    for number, number_of_row in ((number, row) for row, number in corrected.items()):
        row = rows[number_of_row]
        cell = row.cells["Rent"]
        assert cell.by == "person"
        assert float(cell.value.removeprefix("GBP ")) >= number
        assert taught[row.path] == cell.value
    specialists.close()
