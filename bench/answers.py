"""Quality of answers, compared with two approaches that other programs use.

    python -m bench.answers --packs FOLDER [--sets NAME ...] [--questions N] [--after N]
        [--seed N] [--rest] [--minutes M] [--systems NAME ...] [--label NAME]
        [--work FOLDER] [--json FILE] [--show]

FOLDER holds a folder for each set (`bench.answers_sets`). Studiolo is asked through its own shell
command, ``studiolo ask --batch --json``; the peers are described in `bench.answers_peers`, the
figures in `bench.answers_score`. Each question takes 10 to 30 seconds and system on 2 cores. What
was answered is kept in the work folder, by the version of the sources, so a run that ends after M
minutes goes on where it was when the command is given again; the tables tell of what there is.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

import msgspec

from app.model_library.service import ModelLibrary
from app.paths import Paths
from app.privacy.environment import harden
from app.shell.outputs import AskOutput
from bench import answers_peers
from bench.answers_report import print_tables, summaries
from bench.answers_score import Result, Source
from bench.answers_sets import SETS, Draw, Question, Sample, sample
from models.chat import ChatModel
from models.embedding import SentenceTransformerEmbedder
from models.llama import LlamaChatModel
from rag.store.store import Store

_ROOT = Path(__file__).parents[1]
_SYSTEMS = ("studiolo", "dense", "hybrid")
MODEL = "qwen2.5-coder-1.5b-instruct-q4_k_m"


@dataclass(frozen=True)
class Run:
    """The parameters of one call of this program. `until` in seconds of `time.monotonic`."""

    work: Path
    model: str
    version: str
    until: float

    def out_of_time(self) -> bool:
        """Tells whether the time is used up."""
        return time.monotonic() >= self.until

    def data(self, group: str) -> Path:
        """Returns the data folder of a group's library."""
        return self.work / "data" / group


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns 0."""
    options = _parser().parse_args(arguments)
    harden()
    work = options.work or Path(tempfile.mkdtemp(prefix="answers-"))
    until = time.monotonic() + options.minutes * 60
    run = Run(work, options.model, options.label or _sources(), until)
    draw = Draw(options.seed, not options.rest)
    chosen = sample(options.packs, options.sets, options.questions, options.after, draw)
    results = _Results(work / f"results-{options.model}.jsonl")
    index(run, chosen)
    for name in options.systems:
        version = run.version if name == "studiolo" else answers_peers.VERSION
        # A group's questions one after the other: each group is a process that loads the model.
        in_groups = sorted(chosen.questions, key=lambda question: (question.set, question.group))
        waiting = [q for q in in_groups if not results.has(name, version, q.key)]
        ask = _ask_studiolo if name == "studiolo" else _ask_peer(name)
        for result in ask(run, waiting):
            results.add(result)
    versions = dict.fromkeys(_SYSTEMS, answers_peers.VERSION) | {"studiolo": run.version}
    answered = [r for name in options.systems for r in results.of(name, versions[name])]
    sums = summaries(chosen.questions, answered, options.systems)
    print_tables(sums)
    if options.show:
        _show(chosen, answered)
    if options.json:
        lines = [asdict(summary) for summary in sums]
        options.json.write_text(json.dumps(lines, indent=2) + "\n", encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.answers", description=__doc__)
    parser.add_argument("--packs", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS), metavar="NAME")
    parser.add_argument("--questions", type=int, default=8, help="of each set")
    parser.add_argument("--after", type=int, default=0, help="leave out so many of each set")
    parser.add_argument("--seed", type=int, default=Draw.seed, help="of the questions' order")
    parser.add_argument(
        "--rest", action="store_true", help="draw from the questions that are not the packs' core"
    )
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--systems", nargs="+", choices=_SYSTEMS, default=list(_SYSTEMS))
    parser.add_argument("--model", default=MODEL, metavar="ID")
    parser.add_argument("--label", help="the version's name; default: a hash of the sources")
    parser.add_argument("--work", type=Path, metavar="FOLDER", help="keeps libraries and results")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--show", action="store_true", help="print every answer")
    return parser


class _Results:
    """The answers so far, in a file that survives an interrupted run."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._results: dict[tuple[str, str, str], Result] = {}
        if file.exists():
            for line in file.read_bytes().splitlines():
                self._remember(msgspec.json.decode(line, type=Result))

    def has(self, system: str, version: str, key: str) -> bool:
        """Tells whether a question was answered."""
        return (system, version, key) in self._results

    def of(self, system: str, version: str) -> list[Result]:
        """Returns all answers of one version of a system."""
        return [r for (s, v, _), r in self._results.items() if (s, v) == (system, version)]

    def add(self, result: Result) -> None:
        """Keeps an answer."""
        self._remember(result)
        with self._file.open("ab") as file:
            file.write(msgspec.json.encode(result) + b"\n")

    def _remember(self, result: Result) -> None:
        self._results[result.system, result.version, result.key] = result


def index(run: Run, chosen: Sample) -> None:
    """Indexes each group's documents, unless that was done before."""
    for group in chosen.groups.values():
        folder = run.work / "documents" / group.name
        group.write(folder)
        done = run.work / "data" / f"{group.name}.done"
        if not done.exists():
            print(f"indexing {group.name} …", file=sys.stderr, flush=True)
            for report in _studiolo(run, group.name, "index", str(folder)):
                done.write_text(report, encoding="utf-8")


def _ask_studiolo(run: Run, questions: Sequence[Question]) -> Iterator[Result]:
    for group, of_group in groupby(questions, key=lambda question: question.group):
        if run.out_of_time():
            return
        batch = run.work / "batch.jsonl"
        lines = [json.dumps({"id": q.key, "question": q.text}) for q in of_group]
        batch.write_text("\n".join(lines) + "\n", encoding="utf-8")
        texts = _texts(run.data(group) / "library.sqlite")
        for line in _studiolo(run, group, "ask", "--batch", str(batch), "--model", run.model):
            yield _studiolo_result(run, line, texts)
            if run.out_of_time():
                break


def _texts(library: Path) -> dict[str, str]:
    """Returns the texts of a library by their paths, and closes it: one program may open it."""
    with Store(library) as store:
        stored = ((record.path, store.document(record.path)) for record in store.files())
        return {path: document.document.text for path, document in stored if document is not None}


def _studiolo_result(run: Run, line: str, texts: Mapping[str, str]) -> Result:
    raw = json.loads(line)
    if "error" in raw:
        message = str(raw["error"]["message"])
        return Result("studiolo", run.version, str(raw["id"]), "", True, (), 0, 0, 0, error=message)
    output = msgspec.json.decode(line, type=AskOutput)
    sources = []
    for cited in output.citations:
        verbatim = cited.quote in texts.get(cited.path, "")
        sources.append(Source(Path(cited.path).name, cited.page, cited.quote, verbatim))
    return Result(
        system="studiolo",
        version=run.version,
        key=str(output.id),
        answer=output.answer,
        abstained=output.abstained,
        sources=tuple(sources),
        first_token_s=output.timings.first_token_s,
        total_s=output.timings.total_s,
        prompt_tokens=output.timings.prompt_tokens,
    )


def _studiolo(run: Run, group: str, *arguments: str) -> Iterator[str]:
    """Runs the shell command; yields its lines as they come, and ends it when nobody wants more."""
    command = [sys.executable, "-m", "ui.main", *arguments]
    command += ["--json", "--data-dir", str(run.data(group))]
    process = subprocess.Popen(
        command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        yield from process.stdout
    finally:
        process.terminate()
        process.wait()


def _ask_peer(name: str) -> Callable[[Run, Sequence[Question]], Iterator[Result]]:
    def ask(run: Run, questions: Sequence[Question]) -> Iterator[Result]:
        if not questions or run.out_of_time():
            return
        library = ModelLibrary(Paths.resolve().models)
        embedder = SentenceTransformerEmbedder(library.embedder_folder())
        model: ChatModel = LlamaChatModel(library.resolve(run.model).path, run.model)
        for group, of_group in groupby(questions, key=lambda question: question.group):
            data = run.data(group)
            cache = data / f"{name}.npy"
            peer = answers_peers.Peer(name, data / "library.sqlite", embedder, cache)
            for question in of_group:
                if run.out_of_time():
                    return
                yield peer.ask(question.key, question.text, model)

    return ask


def _sources() -> str:
    """Hashes everything that an answer depends on."""
    digest = hashlib.blake2b(digest_size=5)
    for package in ("app", "models", "rag"):
        for file in sorted((_ROOT / package).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _show(chosen: Sample, answered: Sequence[Result]) -> None:
    width = int(os.environ.get("COLUMNS", "400"))
    for question in chosen.questions:
        print(
            f"\n{question.key}  {question.text}\n  RIGHT {question.answers} {set(question.pages)}"
        )
        for result in answered:
            if result.key == question.key:
                cited = [(s.file, s.page, s.text[:width]) for s in result.sources]
                print(f"  {result.system}: {result.answer[:width]!r} {cited}")


if __name__ == "__main__":
    sys.exit(main())
