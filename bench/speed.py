"""Speed of Studiolo compared with the bare libraries that it uses, in one run.

    python -m bench.speed [--model ID] [--runs N] [--only PART ...] [--files FOLDER] [--json FILE]

Parts: `first-token` (against llama-cpp-python), `turns`, `pinned` and `cold` (see
`bench.answering`), `indexing` and `embedding` (against
sentence-transformers; `--files` names real documents for the latter), `rescan`, `stop`, `start`
(the window). Ours and theirs take turns; medians and the median of the ratios pair by pair are
printed, since a machine's speed drifts.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from app.model_library.service import ModelLibrary
from app.paths import Paths
from app.privacy.environment import harden
from app.workers.configs import InferConfig
from app.workers.infer_client import InferClient
from bench.answering import cold, pinned, turns
from bench.rescan import rescan
from bench.rows import Row, pairs, print_rows
from models.chat import GenerationOptions, Message, Role, TextPiece
from models.grammar import gbnf
from models.hardware import recommended_threads
from models.native import library
from rag.answer.form import form
from rag.answer.prompt import SYSTEM

_ROOT = Path(__file__).parents[1]
_PASSAGE_WORDS = 120
_CHUNKS_IN_FILE = 6


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.speed", description=__doc__)
    parser.add_argument("--model", default="qwen2.5-coder-1.5b-instruct-q4_k_m")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=tuple(_PARTS), default=list(_PARTS))
    parser.add_argument("--files", type=Path, metavar="FOLDER", help="documents for `embedding`")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    harden()
    rows: list[Row] = []
    for name in options.only:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            source = options.files if name == "embedding" and options.files else Path(folder)
            rows += _PARTS[name](options.model, options.runs, source)
        gc.collect()
    print_rows(rows)
    if options.json:
        text = json.dumps([asdict(row) for row in rows], indent=2)
        options.json.write_text(text + "\n", encoding="utf-8")
    return 0


def first_token(model: str, runs: int, folder: Path) -> list[Row]:
    """Times an answer's first token, through our worker and with bare llama-cpp-python.

    The same messages, grammar and threads; both read the whole prompt each time.
    """
    import llama_cpp
    from llama_cpp.llama_grammar import LlamaGrammar

    library()  # loads the processor's build, as llama-cpp-python does not
    paths = Paths(folder, Paths.resolve().models)
    paths.ensure()
    file = ModelLibrary(paths.models).resolve(model).path
    user = f"Passages:\n\n{_text(600, seed=1)}\n\nQuestion: What was decided?"
    messages = [Message(Role.SYSTEM, SYSTEM), Message(Role.USER, user)]
    options = GenerationOptions(max_tokens=8, grammar=gbnf(form()))
    threads = recommended_threads()
    config = InferConfig(path=str(file), model_id=model, context_tokens=4096, threads=threads)
    client = InferClient(paths, lambda: config)
    bare = llama_cpp.Llama(
        str(file), n_ctx=4096, n_threads=threads, n_threads_batch=threads, verbose=False
    )
    rules = LlamaGrammar.from_string(options.grammar or "", verbose=False)

    def ours() -> float:
        # Another conversation in between, so that nothing of the prompt is left in the cache.
        other = [Message(Role.SYSTEM, "x"), Message(Role.USER, "y")]
        list(client.generate(other, GenerationOptions(max_tokens=1)))
        started = time.perf_counter()
        events = client.generate(messages, options)
        next(event for event in events if isinstance(event, TextPiece))
        seconds = time.perf_counter() - started
        list(events)
        return seconds

    def theirs() -> float:
        bare.reset()  # type: ignore[no-untyped-call]
        turns: Any = [{"role": m.role.value, "content": m.content} for m in messages]
        started = time.perf_counter()
        stream: Any = bare.create_chat_completion(
            turns, grammar=rules, stream=True, temperature=0.0, max_tokens=8
        )
        next(part for part in stream if part["choices"][0]["delta"].get("content"))
        seconds = time.perf_counter() - started
        list(stream)
        return seconds

    try:
        client.load()
        return [pairs("first token", ours, theirs, runs, f"{model}, prompt of about 900 tokens")]
    finally:
        client.close()
        bare.close()


def indexing(_model: str, runs: int, folder: Path) -> list[Row]:
    """Times a whole indexing run over text files, and a bare `encode` of the same passages.

    The model is loaded before, in both. A run finds, hashes, parses (in its process), cuts,
    embeds, stores and indexes.
    """
    from sentence_transformers import SentenceTransformer

    from app.workers.parser import ParseClient
    from models.embedding import SentenceTransformerEmbedder
    from rag.chunking.chunk import Chunker, embedding_text
    from rag.indexing.indexer import Indexer
    from rag.parse import content_hash, parse_file
    from rag.parse.document import ParsedDocument
    from rag.search.chroma_index import ChromaIndex
    from rag.store.store import Store

    texts = folder / "texts"
    texts.mkdir()
    for number in range(50):
        body = "\n\n".join(
            _text(_PASSAGE_WORDS, seed=1000 * number + part) for part in range(_CHUNKS_IN_FILE)
        )
        (texts / f"{number:03}.txt").write_text(body, encoding="utf-8")
    paths = Paths(folder / "data", Paths.resolve().models)
    paths.ensure()
    folder_of_model = ModelLibrary(paths.models).embedder_folder()
    embedder = SentenceTransformerEmbedder(folder_of_model)
    embedder.load()
    bare = SentenceTransformer(str(folder_of_model), device="cpu", local_files_only=True)
    chunker = Chunker(embedder.tokenizer_file, embedder.max_tokens)
    passages: list[str] = []
    for file in sorted(texts.iterdir()):
        document = parse_file(file)
        assert isinstance(document, ParsedDocument)
        passages += map(embedding_text, chunker.chunk(document, content_hash(file)))
    parser = ParseClient(paths)
    parser.parse(next(texts.iterdir()))
    count = 0
    unchanged: list[float] = []

    def ours() -> float:
        nonlocal count
        count += 1
        data = folder / f"run-{count}"
        data.mkdir()
        with Store(data / "library.sqlite") as store:
            index = ChromaIndex(data / "vectors", embedder.dimension, embedder.id)
            indexer = Indexer(store, index, embedder, parser, chunker)
            started = time.perf_counter()
            report = indexer.run([texts], lambda _progress: None, lambda: None)
            seconds = time.perf_counter() - started
            assert (report.added, report.chunks) == (50, len(passages)), report
            repeated = indexer.run([texts], lambda _progress: None, lambda: None)
            assert repeated.unchanged == report.added
            unchanged.append(repeated.seconds)
            index.close()
        return seconds

    def theirs() -> float:
        started = time.perf_counter()
        bare.encode(passages, normalize_embeddings=True, show_progress_bar=False)
        return time.perf_counter() - started

    try:
        row = pairs("indexing 50 text files", ours, theirs, runs, f"{len(passages)} passages")
    finally:
        parser.close()
    repeated = Row(
        "the same, unchanged", statistics.median(unchanged), note="nothing parsed or embedded"
    )
    return [row, repeated]


def embedding(_model: str, runs: int, folder: Path) -> list[Row]:
    """Times the vectors of the files in `folder`, requested as by an indexing run.

    Theirs is a plain `encode` of one file after the other, in float32. Both have as many threads,
    and their models are loaded before.
    """
    import torch
    from sentence_transformers import SentenceTransformer

    from models.embedding import SentenceTransformerEmbedder
    from rag.chunking.chunk import Chunker, embedding_text
    from rag.parse import content_hash, parse_file
    from rag.parse.document import ParsedDocument

    if not any(folder.iterdir()):
        for number in range(20):
            sizes = random.Random(number).choices(range(10, 170), k=1 + 2 * number)
            body = "\n\n".join(_text(size, seed=size) for size in sizes)
            (folder / f"{number:02}.md").write_text(body, encoding="utf-8")
    model = ModelLibrary(Paths.resolve().models).embedder_folder()
    embedder = SentenceTransformerEmbedder(model)
    embedder.load()
    bare = SentenceTransformer(str(model), device="cpu", local_files_only=True)
    chunker = Chunker(embedder.tokenizer_file, embedder.max_tokens)
    files: list[list[str]] = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        document = parse_file(file)
        if isinstance(document, ParsedDocument):
            chunks = chunker.chunk(document, content_hash(file))
            files.append([embedding_text(chunk) for chunk in chunks])
    passages = [text for texts in files for text in texts]
    # As rag.indexing.writer has it: groups of 256 passages by length, in steps of 32.
    groups = [sorted(passages[at : at + 256], key=len) for at in range(0, len(passages), 256)]
    steps = [group[at : at + 32] for group in groups for at in range(0, len(group), 32)]
    cosine = min(
        float((embedder.embed(step) * bare.encode(step, normalize_embeddings=True)).sum(1).min())
        for step in steps
    )

    def ours() -> float:
        started = time.perf_counter()
        for step in steps:
            embedder.embed(step)
        return time.perf_counter() - started

    def theirs() -> float:
        started = time.perf_counter()
        for texts in files:
            bare.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        return time.perf_counter() - started

    note = f"{len(passages)} passages of {len(files)} files, {torch.get_num_threads()} threads"
    row = pairs("embedding", ours, theirs, runs, f"{note}; least cosine {cosine:.3f}")
    times = 1 / (row.ratio or 1)
    return [replace(row, note=f"{times:.1f} times as fast as one file at a time; {row.note}")]


def stop(model: str, runs: int, folder: Path) -> list[Row]:
    """Times Stop while the model reads a long prompt, and while it writes."""
    paths = Paths(folder, Paths.resolve().models)
    paths.ensure()
    file = ModelLibrary(paths.models).resolve(model).path
    config = InferConfig(path=str(file), model_id=model, context_tokens=4096)
    client = InferClient(paths, lambda: config)
    reading: list[float] = []
    writing: list[float] = []
    try:
        client.load()
        for run in range(runs):
            prompt = [Message(Role.USER, f"{run} {_text(1500, seed=run)}")]
            reading.append(_stop_seconds(client, prompt, after=0.8, from_first_text=False))
            story = [Message(Role.USER, "Tell a long story.")]
            writing.append(_stop_seconds(client, story, after=0.3, from_first_text=True))
    finally:
        client.close()
    return [
        Row("Stop while reading", max(reading), note=f"longest of {runs}; target 0.2 s"),
        Row("Stop while writing", max(writing), note=f"longest of {runs}; target 0.2 s"),
    ]


def _stop_seconds(
    client: InferClient, messages: Sequence[Message], *, after: float, from_first_text: bool
) -> float:
    """Measures the time from Stop, pressed `after` seconds into the answer, to the stream's end."""
    pressed = float("inf") if from_first_text else time.perf_counter() + after
    for event in client.generate(
        messages,
        GenerationOptions(),
        lambda: time.perf_counter() >= pressed,  # noqa: B023  # the first text sets it
    ):
        if isinstance(event, TextPiece) and pressed == float("inf"):
            pressed = time.perf_counter() + after
    return time.perf_counter() - pressed


def start(_model: str, runs: int, folder: Path) -> list[Row]:
    """Times the start, from the command to a drawn window, and measures its memory."""
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    command = [sys.executable, "-m", "ui.main", "--data-dir", str(folder), "--exit-when-ready"]
    figures = []
    for _ in range(runs + 1):
        done = subprocess.run(
            command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=True
        )
        figures.append(json.loads(done.stdout))
    warm = figures[1:]
    seconds = statistics.median(figure["interactive_s"] for figure in warm)
    memory = statistics.median(figure["rss_mb"] for figure in warm)
    return [
        Row("window interactive", seconds, note=f"median of {runs}; target 1.5 s"),
        Row("window memory (MB)", memory, note="resident, idle; target 250 MB"),
    ]


def _text(words: int, seed: int) -> str:
    """Makes up minutes of meetings, always the same for a seed."""
    pick = random.Random(seed)
    subjects = ("the committee", "the tenant", "our accountant", "the landlord", "the school")
    verbs = ("approved", "postponed", "asked for", "paid", "cancelled", "described", "measured")
    objects = ("the heating bill", "a new roof", "the annual report", "two invoices", "the garden")
    times = ("in March", "on Monday", "last year", "before the meeting", "after a long debate")
    text: list[str] = []
    while len(text) < words:
        parts = (pick.choice(group) for group in (subjects, verbs, objects, times))
        text += f"{' '.join(parts)} for {pick.randint(20, 9000)} euro.".capitalize().split()
    return " ".join(text)


_PARTS: dict[str, Callable[[str, int, Path], list[Row]]] = {
    "first-token": first_token,
    "turns": turns,
    "pinned": pinned,
    "cold": cold,
    "indexing": indexing,
    "embedding": embedding,
    "rescan": rescan,
    "stop": stop,
    "start": start,
}


if __name__ == "__main__":
    sys.exit(main())
