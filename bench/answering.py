"""Time to the first token of an answer: parts of `bench.speed`.

`turns`: the first question of a chat and the second, in the household archive of `examples/`, as
the window asks them: the model has read ahead what prompts begin with. Beside it the prompts of
the two programs of `bench.answers_peers`, for the same questions and the same chat, read as a whole
by bare llama-cpp-python. Seconds are from the question to the first token, searching included.

`pinned`: a question about one document that was read before Studiolo was started again, beside
bare llama-cpp-python, which reads the same prompt.

`cold`: from the command to its end (`studiolo search`), and until the model begins to read
(`studiolo ask`); processes are started for each.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from app.chats.store import Turn
from app.paths import Paths
from app.services import Services, build_services
from bench.answers_peers import Peer
from bench.rows import Row, pairs
from models.chat import Message, Role
from models.hardware import recommended_threads
from models.native import library
from rag.answer import prompt
from rag.answer.prompt import PastTurn
from rag.types import WholeDocument

_ROOT = Path(__file__).parents[1]
_ARCHIVE = (_ROOT / "examples" / "home", _ROOT / "examples" / "office")
_CHATS = (
    ("What is the monthly rent?", "And how much is the deposit?"),
    ("How long is the warranty of the washing machine?", "What does it not cover?"),
    ("What caused the water damage?", "When was it noticed?"),
    ("Which expenses are paid back after a journey?", "Who has to approve them?"),
    ("What was decided in the meeting?", "Who is to do that?"),
)
_DOCUMENT = "lease-flat-3.pdf"
_ABOUT_IT = ("What is the monthly rent?", "Are pets allowed?", "How long is the notice period?")


def turns(model: str, runs: int, folder: Path) -> list[Row]:
    """Times the first question of a chat and the second, against the two other programs."""
    ours: tuple[list[float], list[float]] = ([], [])
    theirs: dict[tuple[str, int], list[float]] = {}
    ahead: list[float] = []
    with _services(folder, model) as services, _Bare(services, model) as bare:
        peers = _peers(services.paths, folder)
        for first, second in (_CHATS * runs)[:runs]:
            answer = services.answers.ask(first)
            ours[0].append(answer.timings.first_token_s)
            history = (Turn(1, first, answer, 0.0),)
            started = time.perf_counter()
            services.answers.read_ahead(history)
            ahead.append(time.perf_counter() - started)
            second_answer = services.answers.ask(second, history)
            ours[1].append(second_answer.timings.first_token_s)
            for name, peer in peers.items():
                past = (PastTurn(first, answer.text),)
                for turn, question in enumerate((first, second)):
                    began = time.perf_counter()
                    bare.first_token(peer.messages(question, past[:turn]))
                    elapsed = time.perf_counter() - began
                    theirs.setdefault((name, turn), []).append(elapsed)
    rows = []
    for (name, turn), seconds in theirs.items():
        ratios = [
            our_seconds / other for our_seconds, other in zip(ours[turn], seconds, strict=True)
        ]
        note = f"ratios {min(ratios):.2f}–{max(ratios):.2f} in {runs} chats"
        if turn:
            note += f"; read ahead while the answer is read: {statistics.median(ahead):.1f} s"
        title = f"{('first question', 'second turn')[turn]}, against {name}"
        our_seconds, other = statistics.median(ours[turn]), statistics.median(seconds)
        rows.append(Row(title, our_seconds, other, statistics.median(ratios), note))
    return rows


def pinned(model: str, runs: int, folder: Path) -> list[Row]:
    """Times a question about a document that was read before a restart."""
    with _services(folder, model) as services:
        path = next(file.path for file in services.library.files() if file.path.endswith(_DOCUMENT))
        started = time.perf_counter()
        services.answers.read_ahead(document=path)
        reading = time.perf_counter() - started
    questions = iter(_ABOUT_IT * (2 * runs + 2))
    state = sum(file.stat().st_size for file in (folder / "data" / "states").rglob("*.state"))
    with _services(folder, model) as services, _Bare(services, model) as bare:
        document = services.workers.index.whole(path)

        def ours() -> float:
            services.restart_inference()  # ends the process and loads the model again
            return services.answers.ask(next(questions), document=path).timings.first_token_s

        def theirs() -> float:
            began = time.perf_counter()
            bare.first_token(_prompt(document, next(questions)))
            return time.perf_counter() - began

        note = f"first read in {reading:.1f} s, {state / 1e6:.0f} MB on the disk"
        return [pairs("pinned document after a restart", ours, theirs, runs, note)]


def cold(model: str, runs: int, folder: Path) -> list[Row]:
    """Times shell commands, each in new processes."""
    with _services(folder, model):
        pass
    at = ["--data-dir", str(folder / "data")]
    question = ["ask", "What is the monthly rent?", "--model", model, *at]
    searches = [_command(["search", "notice period of the lease", *at]) for _ in range(runs + 1)]
    asks = [_command(question, until="Reading") for _ in range(runs + 1)]
    return [
        _cold_row("search, from command to end", searches[1:], target=3),
        _cold_row("ask, until the model reads", asks[1:], target=4),
    ]


@dataclass(frozen=True)
class _Taken:
    """Times of a command in seconds; `processor` is the CPU time of all its processes."""

    wall: float
    processor: float


def _cold_row(name: str, times: Sequence[_Taken], target: int) -> Row:
    processor = statistics.median(time_taken.processor for time_taken in times)
    note = f"median of {len(times)}; {processor:.1f} s of processors; target {target} s"
    return Row(name, statistics.median(time_taken.wall for time_taken in times), note=note)


def _command(arguments: Sequence[str], until: str = "") -> _Taken:
    """Runs a command to its end, or until a line of standard error holds `until`; then ends it."""
    times_before = os.times()
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "ui.main", *arguments],
        cwd=_ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if until and until in line:
                taken = _Taken(time.perf_counter() - started, _processor_seconds(process.pid))
                process.terminate()
                process.stderr.read()
                return taken
    wall = time.perf_counter() - started
    times_after = os.times()
    spent = times_after.children_user + times_after.children_system
    return _Taken(wall, spent - times_before.children_user - times_before.children_system)


def _processor_seconds(pid: int) -> float:
    process = psutil.Process(pid)
    total = 0.0
    for member in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = member.cpu_times()
            total += times.user + times.system
    return total


def _prompt(document: WholeDocument, question: str) -> list[Message]:
    """Builds Studiolo's prompt, which the bare library reads without a cache."""
    pack = prompt.asking(prompt.whole(document.hits, (), "a1b2c3"), question)
    return [Message(Role.SYSTEM, pack.system), Message(Role.USER, pack.user)]


@contextmanager
def _services(folder: Path, model: str) -> Iterator[Services]:
    """Opens the program over the household archive, with its model loaded."""
    paths = Paths(folder / "data", Paths.resolve().models)
    services = build_services(paths, model)
    try:
        services.library.add([str(path) for path in _ARCHIVE])
        services.workers.infer.load()
        services.answers.read_ahead()
        yield services
    finally:
        services.close()


def _peers(paths: Paths, folder: Path) -> dict[str, Peer]:
    from app.model_library.service import ModelLibrary
    from models.embedding import SentenceTransformerEmbedder

    embedder = SentenceTransformerEmbedder(ModelLibrary(paths.models).embedder_folder())
    return {
        name: Peer(name, paths.store, embedder, folder / f"{name}.npy")
        for name in ("dense", "hybrid")
    }


class _Bare:
    """Plain llama-cpp-python; its cache is cleared before each prompt."""

    def __init__(self, services: Services, model: str) -> None:
        import llama_cpp

        library()  # loads the processor's build, as llama-cpp-python does not
        threads = recommended_threads()
        self._llama = llama_cpp.Llama(
            str(services.models.resolve(model).path),
            n_ctx=4096,
            n_threads=threads,
            n_threads_batch=threads,
            verbose=False,
        )

    def __enter__(self) -> _Bare:
        return self

    def __exit__(self, *_: object) -> None:
        self._llama.close()

    def first_token(self, messages: Sequence[Message]) -> None:
        """Reads a prompt and writes one token."""
        self._llama.reset()  # type: ignore[no-untyped-call]
        turns: Any = [{"role": m.role.value, "content": m.content} for m in messages]
        self._llama.create_chat_completion(turns, temperature=0.0, max_tokens=1)
