"""Accuracy of computed answers about tables, with the product's own model and engine.

Reads a folder with `questions.jsonl`, `{"id", "question", "answers", "docs", "core"}`;
answers are like `@name[value]`, or words that have to occur. The table is given: it
stands for what a search would find, so this measures the query and the computing alone.

An answer is right when every value of `answers` occurs in it: numbers to the digits that are asked.
Questions that a query cannot answer are left to the passages and counted apart: what matters most
is how many of the computed answers are right.

    python -m bench.tables FOLDER --model MODEL.gguf [--core] [--json FILE]

A run goes on with what is in FILE already.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from app.answering.kinds.table import computed_answer
from models.chat import ChatModel
from rag.parse.dispatch import parse_file
from rag.parse.document import ParsedDocument
from rag.store.files import StoredDocument
from rag.tables.engine import compute
from rag.tables.read import tables_of
from rag.tables.table import Computed, TableSketch
from rag.tables.table_summary import sketch
from rag.types import Hit

_VALUE = re.compile(r"@[\w-]+\[(.*?)\]\s*$", re.DOTALL)
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?")


@dataclass(frozen=True)
class Result:
    """The outcome of a question. `outcome`: "right", "wrong", or "left" to the passages."""

    id: str
    question: str
    outcome: str
    wanted: list[str]
    answer: str
    seconds: float


class Files:
    """Tables of files, read in this process."""

    def __init__(self) -> None:
        self._documents: dict[str, ParsedDocument] = {}

    def document(self, path: str) -> ParsedDocument:
        """Parses the file."""
        if path not in self._documents:
            parsed = parse_file(Path(path))
            assert isinstance(parsed, ParsedDocument), parsed
            self._documents[path] = parsed
        return self._documents[path]

    def tables(self, path: str, question: str) -> tuple[TableSketch, ...]:
        """Returns the tables as the index worker does."""
        tables = tables_of(self.document(path))
        return tuple(sketch(number, table, question) for number, table in enumerate(tables))

    def compute(self, path: str, number: int, query: str) -> Computed | None:
        """Computes as the index worker does."""
        document = self.document(path)
        stored = StoredDocument(path, document, current=True)
        return compute(stored, tables_of(document)[number], query)

    def hits(self, paths: Sequence[str]) -> list[Hit]:
        """Returns a hit for each table of the files, as a search would."""
        hits: list[Hit] = []
        for path in paths:
            document = self.document(path)
            for table in tables_of(document):
                text = document.text[table.place.start : table.place.start + 200]
                hits.append(
                    Hit(
                        rank=len(hits) + 1,
                        chunk_id=f"{path}-{table.place.start}",
                        path=path,
                        title=document.title,
                        kind=document.kind,
                        locator=table.place,
                        text=text,
                        context="",
                        score=1.0,
                    )
                )
        return hits


def main(arguments: Sequence[str] | None = None) -> None:
    """Asks all questions and prints what became of them."""
    parser = argparse.ArgumentParser(prog="bench.tables")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--core", action="store_true", help="only the small part")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    lines = (options.folder / "questions.jsonl").read_bytes().splitlines()
    questions = [json.loads(line) for line in lines]
    files = Files()
    model = _model(options.model)
    results = _known(options.json)
    done = {result.id for result in results}
    for question in questions:
        if (question["core"] or not options.core) and question["id"] not in done:
            results.append(_ask(model, files, options.folder, question))
            if options.json:  # each time: a run that is ended has told what it knows
                figures = [asdict(result) for result in results]
                options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    _show(results)


def _known(path: Path | None) -> list[Result]:
    """Reads the results of an earlier, interrupted run."""
    if path is None or not path.exists():
        return []
    return [Result(**result) for result in json.loads(path.read_text(encoding="utf-8"))]


def _model(path: Path) -> ChatModel:
    from models.llama import LlamaChatModel

    return LlamaChatModel(path, path.stem)


def _ask(model: ChatModel, files: Files, folder: Path, question: dict[str, str]) -> Result:
    paths = [str(folder / path) for path in question["docs"]]
    text = question["question"]
    started = time.perf_counter()
    answer = computed_answer(text, files.hits(paths), files, model)
    seconds = time.perf_counter() - started
    wanted = [
        match[1] if (match := _VALUE.search(value)) else value for value in question["answers"]
    ]
    outcome = "left" if answer is None else "right" if holds(answer.text, wanted) else "wrong"
    written = answer.text if answer else ""
    result = Result(question["id"], question["question"], outcome, wanted, written, seconds)
    print(f"{result.outcome:6} {seconds:5.1f} s  {result.id}", flush=True)
    return result


def holds(answer: str, wanted: Sequence[str]) -> bool:
    """Tells whether every value occurs in an answer: numbers to the digits that are asked."""
    text = answer.partition("\n\nComputed from")[0]
    numbers = [float(found.replace(",", "")) for found in _NUMBER.findall(text)]
    return all(_is_said(value.strip(), text, numbers) for value in wanted)


def _is_said(value: str, text: str, numbers: Sequence[float]) -> bool:
    if not _NUMBER.fullmatch(value):
        return value.casefold() in text.casefold()
    decimals = len(value.partition(".")[2])
    nearest = 0.501 * 10**-decimals
    return any(abs(number - float(value.replace(",", ""))) <= nearest for number in numbers)


def _show(results: Sequence[Result]) -> None:
    right = sum(result.outcome == "right" for result in results)
    wrong = sum(result.outcome == "wrong" for result in results)
    times = sorted(result.seconds for result in results if result.outcome != "left")
    print(f"\nquestions {len(results)}, computed {right + wrong}, right {right}, wrong {wrong}")
    if times:
        print(f"seconds for a computed answer: median {times[len(times) // 2]:.1f}")


if __name__ == "__main__":
    main()
