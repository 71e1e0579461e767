"""Quality of cells filled from contracts: before corrections, and after ten corrected documents.

    python -m bench.extraction --items FILE.jsonl [--half chose|measures] [--taught N]
        [--draws N] [--documents N] [--meaning] [--model ID]

Fills four columns (party, effective date, jurisdiction, term) of each item's `text`, and compares
with its `gold`. Documents are halved by the hash of their id: what there are of weights and words
was chosen on the half "chose"; only the half "measures" counts. For "after", N documents are drawn
as corrected and left out of the comparison; the average of several draws is printed.

`party` may hold several values; a value counts as right where its letters and digits are those of
the gold, legal forms abbreviated ("Incorporated" is "Inc."), as the gold has them. With --model,
--documents of them are filled by rules and the model together.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.model_library.service import ModelLibrary
from app.paths import Paths
from app.specialists.cells import SEVERAL
from app.specialists.definition import Column, Specialist
from app.specialists.extract.candidates import DocumentIndex
from app.specialists.extract.engine import fill
from app.specialists.extract.indexing import document_index
from app.specialists.extract.learning import learn, taught_cell
from app.specialists.extract.ports import Embedder, Tools
from app.specialists.extract.ranker import LearnedColumn
from app.specialists.extract.values import key_of
from app.specialists.records import Cell
from bench.jsonl import read_lines
from rag.fakes import plain_document
from rag.parse.document import ParsedDocument

SPECIALIST = Specialist(
    "NDA",
    "extract",
    columns=(
        Column("party", "Who are the parties to the agreement?", "party"),
        Column("effective_date", "What is the effective date of the agreement?", "date"),
        Column("jurisdiction", "Which state's or country's law governs the agreement?"),
        Column("term", "How long is the term of the agreement?", "number"),
    ),
)
_LEGAL = (
    (r"incorporated", "inc"), (r"corporation", "corp"), (r"company", "co"), (r"limited", "ltd"),
)  # fmt: skip


@dataclass
class Tally:
    """Counts over cells.

    Attributes:
        right: values that are in the gold.
        given: values in cells.
        wanted: values in the gold.
        found: cells with a value.
        wrong: of these, cells with a value that is not in the gold.
        high: cells of high confidence.
        wrong_high: of these, cells with a value that is not in the gold.
        verbatim: cells with a value whose quotes are words of the document.
    """

    right: int = 0
    given: int = 0
    wanted: int = 0
    found: int = 0
    wrong: int = 0
    high: int = 0
    wrong_high: int = 0
    verbatim: int = 0

    def add(self, cell: Cell, gold: Iterable[str], text: str) -> None:
        """Counts a cell."""
        own = {_key(part) for part in cell.value.split(SEVERAL) if part}
        true = {_key(value.replace("_", " ")) for value in gold}
        self.right += len(own & true)
        self.given += len(own)
        self.wanted += len(true)
        if own:
            self.found += 1
            self.wrong += not own <= true
            self.high += cell.confidence == "high"
            self.wrong_high += cell.confidence == "high" and not own <= true
            self.verbatim += cell.is_verbatim(text)

    @property
    def f1(self) -> float:
        """F1 over the values."""
        return 2 * self.right / max(1, self.given + self.wanted)

    def row(self) -> str:
        """Returns the counts as a row of the table."""
        share = self.wrong / max(1, self.found)
        return (
            f"{self.f1:>7.3f}{share:>8.3f}{self.found:>7}{self.wrong_high:>6}/{self.high:<5}"
            f"{self.verbatim / max(1, self.found):>9.2f}"
        )


@dataclass
class Part:
    """A document with its gold, and its index, made once."""

    document: ParsedDocument
    gold: Mapping[str, Sequence[str]]
    index: DocumentIndex = field(repr=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.extraction", description=__doc__)
    parser.add_argument("--items", type=Path, required=True, metavar="FILE.jsonl")
    parser.add_argument("--half", choices=("chose", "measures"), default="measures")
    parser.add_argument("--taught", type=int, default=10)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--documents", type=int, default=0, help="the first N only; 0 for all")
    parser.add_argument("--meaning", action="store_true", help="with the embedding model")
    parser.add_argument("--model", default="", metavar="ID")
    options = parser.parse_args(arguments)
    library = ModelLibrary(Paths.resolve().models)
    embedder = _embedder(library) if options.meaning else None
    model: Any = None
    if options.model:
        from models.llama import LlamaChatModel

        model = LlamaChatModel(library.resolve(options.model).path, options.model)
    tools = Tools(embedder, model)
    items = [item for item in read_lines(options.items) if _half(item["id"]) == options.half]
    items = items[: options.documents or None]
    parts = [_part(item, Tools(embedder)) for item in items]
    print(f"{len(parts)} documents of the half that {options.half}")
    heads = "".join(f"{head:>{width}}" for head, width in _HEADS)
    print(f"{'':26}{heads}")
    _print("before", _filled(parts, tools, {}))
    draws: list[Mapping[str, Tally]] = []
    for draw in range(options.draws if len(parts) > options.taught else 0):
        order = list(parts)
        random.Random(draw).shuffle(order)
        learned = _learned(order[: options.taught])
        draws.append(_filled(order[options.taught :], tools, learned))
    if draws:
        _print(f"after {options.taught}, {len(draws)} draws", _summed(draws))
    return 0


_HEADS = (("F1", 7), ("wrong", 8), ("found", 7), ("wrong/high", 12), ("verbatim", 9))


def _half(key: str) -> str:
    return ("chose", "measures")[hashlib.sha256(key.encode()).digest()[0] % 2]


def _key(value: str) -> str:
    for long, short in _LEGAL:
        value = re.sub(rf"(?i)\b{long}\b", short, value)
    return key_of(value)


def _embedder(library: ModelLibrary) -> Embedder:
    from models.embedding import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(library.embedder_folder())


def _part(item: Mapping[str, Any], tools: Tools) -> Part:
    document = plain_document(item["id"], item["text"])
    return Part(document, item["gold"], document_index(document, SPECIALIST.columns, tools))


def _learned(parts: Sequence[Part]) -> dict[str, LearnedColumn]:
    learned: dict[str, LearnedColumn] = {}
    for column in SPECIALIST.columns:
        cells = [
            taught_cell(part.index, column, SEVERAL.join(part.gold.get(column.name, ())))
            for part in parts
        ]
        of_column = learn(column, cells)
        if of_column is not None:
            learned[column.name] = of_column
    return learned


def _filled(
    parts: Sequence[Part], tools: Tools, learned: Mapping[str, LearnedColumn]
) -> dict[str, Tally]:
    tallies = {column.name: Tally() for column in SPECIALIST.columns}
    began, cells = time.perf_counter(), 0
    for part in parts:
        of_row = fill(
            part.document, SPECIALIST, tools, learned=learned, marker="7f3a", index=part.index
        )
        for _, column, cell in of_row:
            tallies[column].add(cell, part.gold.get(column, ()), part.document.text)
            cells += 1
    seconds = (time.perf_counter() - began) / max(1, cells)
    print(f"  {seconds:.2f} s for a cell", file=sys.stderr)
    return tallies


def _summed(draws: Sequence[Mapping[str, Tally]]) -> dict[str, Tally]:
    names = draws[0].keys()
    return {
        name: Tally(
            *(sum(values) for values in zip(*(_counts(d[name]) for d in draws), strict=True))
        )
        for name in names
    }


def _counts(tally: Tally) -> tuple[int, ...]:
    return (
        tally.right, tally.given, tally.wanted, tally.found,
        tally.wrong, tally.high, tally.wrong_high, tally.verbatim,
    )  # fmt: skip


def _print(title: str, tallies: Mapping[str, Tally]) -> None:
    print(title)
    for name, tally in tallies.items():
        print(f"  {name:24}{tally.row()}")
    total = Tally(*(sum(c) for c in zip(*map(_counts, tallies.values()), strict=True)))
    print(f"  {'all':24}{total.row()}")


if __name__ == "__main__":
    sys.exit(main())
