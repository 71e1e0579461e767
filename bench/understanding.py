"""How well models put questions about a table into queries: what the role "understand" does.

    STUDIOLO_MODELS_DIR=FOLDER python -m bench.understanding MODEL MODEL … [--questions N]

Twenty questions of the project's own about one small table, each with the figure that is right.
They have chosen nothing. The rules that settle most questions without a model are passed over, so
that the models alone are compared. A query that does not fit the question is refused, as in the
program, and counts as left, not as wrong.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from app.answering.kinds import table as asking
from app.jobs import CancelToken
from app.model_library.service import ModelLibrary
from app.paths import Paths
from bench.tables import Files
from models.llama import LlamaChatModel

_TABLE = """\
Tool,Owner,Room,Bought,Price,Loans
Drill,Anna,Workshop,2021-03-04,120,14
Saw,Ben,Workshop,2020-07-19,80,9
Ladder,Anna,Cellar,2019-05-02,65,21
Mower,Carla,Shed,2022-04-11,310,6
Sander,Ben,Workshop,2021-09-30,95,11
Pump,Carla,Cellar,2023-02-14,240,3
Hammer,Anna,Shed,2018-01-20,25,30
Shredder,Dora,Shed,2022-10-05,180,4
"""
_QUESTIONS = (
    ("What did everything cost together?", "1115"),
    ("What does a tool cost on average?", "139.375"),
    ("Which tool was lent most?", "Hammer"),
    ("Which is the cheapest tool?", "Hammer"),
    ("How many tools are Anna's?", "3"),
    ("What did Ben pay in total?", "175"),
    ("How many tools are in the shed?", "3"),
    ("How many cost more than 100?", "4"),
    ("What is the highest price in the workshop?", "120"),
    ("How often were Anna's tools lent altogether?", "65"),
    ("Who owns the pump?", "Carla"),
    ("When was the ladder bought?", "2019-05-02"),
    ("What is the median price?", "107.5"),
    ("How many different owners are there?", "4"),
    ("What was bought first?", "Hammer"),
    ("What did the things in the cellar cost on average?", "152.5"),
    ("Which room has the most loans?", "Shed"),
    ("How many were bought after 2021-01-01?", "5"),
    ("What is the difference between the dearest and the cheapest?", "285"),
    ("Which tool of Carla was lent least?", "Pump"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.understanding", description=__doc__)
    parser.add_argument("models", nargs="+", metavar="MODEL")
    parser.add_argument("--questions", type=int, default=len(_QUESTIONS))
    options = parser.parse_args(arguments)
    library = ModelLibrary(Paths.resolve().models)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tools.csv"
        path.write_text(_TABLE, encoding="utf-8")
        for name in options.models:
            chosen = library.resolve(name)
            model = LlamaChatModel(chosen.path, chosen.id)
            _measure(model, path, options.questions)
            model.close()
    return 0


def _measure(model: LlamaChatModel, path: Path, count: int) -> None:
    files = Files()
    (hit,) = files.hits([str(path)])
    outcomes: Counter[str] = Counter()
    began = time.process_time()
    for question, wanted in _QUESTIONS[:count]:
        (sketch,) = files.tables(str(path), question)
        candidate = asking._Candidate(hit, sketch, 1.0, near=True)  # noqa: SLF001
        asked = asking._written(question, candidate, model, CancelToken(), 0.0)  # noqa: SLF001
        computed = files.compute(str(path), sketch.number, asked.query) if asked else None
        if computed is None:
            outcome, values = "left", ""
        else:
            values = " ".join(_text(cell) for row in computed.rows for cell in row)
            outcome = "right" if wanted in values.split() else "wrong"
        outcomes[outcome] += 1
        print(f"{model.id}: {outcome:6}{question}  {values}", flush=True)
    seconds = (time.process_time() - began) / count
    print(f"{model.id}: {dict(outcomes)}, {seconds:.1f} s of processor time a question", flush=True)


def _text(cell: float | str | None) -> str:
    return f"{cell:g}" if isinstance(cell, float) else str(cell)


if __name__ == "__main__":
    sys.exit(main())
