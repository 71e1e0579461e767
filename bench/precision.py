"""Loss from embedding in eight bits: its rankings compared with those of exact vectors.

    python -m bench.precision --packs FOLDER [--sets NAME ...] [--before FOLDER]

FOLDER holds BEIR-style sets. Each document is one passage, of which the embedder reads what it can.
Documents are embedded twice, as a long indexing job does and in float32; questions are embedded
exactly, as a search does. Printed are nDCG@10 by both and the times, with the same threads. With
`--before`, also that of a library in which another version has embedded every other document: the
folder holds its vectors, as the file that `numpy.save` writes for each set (`xquad-en.npy`).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.model_library.service import ModelLibrary
from app.paths import Paths
from app.privacy.environment import harden
from bench.retrieval import ndcg
from models.embedding import SentenceTransformerEmbedder
from rag.ports import Vectors

_SETS = ("cranfield", "hotpotqa-100", "msmarco-trecdl-5k", "xquad/en")
_DEPTH = 10
_GROUP, _STEP = 256, 32  # as rag.indexing.writer has it


@dataclass(frozen=True)
class _Set:
    """Documents and questions by id, and which documents answer which question."""

    documents: Mapping[str, str]
    questions: Mapping[str, str]
    relevant: Mapping[str, Mapping[str, int]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.precision", description=__doc__)
    parser.add_argument("--packs", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--sets", nargs="+", metavar="NAME", default=_SETS)
    parser.add_argument("--before", type=Path, metavar="FOLDER")
    options = parser.parse_args(arguments)
    harden()
    from models.quantised import Precision

    folder = ModelLibrary(Paths.resolve().models).embedder_folder()
    quick = SentenceTransformerEmbedder(folder)
    exact = SentenceTransformerEmbedder(folder, precision=Precision.FLOAT32)
    questions = SentenceTransformerEmbedder(folder)  # stays the light, exact one
    for embedder in (quick, exact):
        embedder.load()
    sums = np.zeros(2)
    for name in options.sets:
        read = _read(options.packs / name)
        queries = np.concatenate([questions.embed([text]) for text in read.questions.values()])
        gains, seconds = [], []
        for embedder in (quick, exact):
            started = time.perf_counter()
            vectors = _embed(embedder, list(read.documents.values()))
            seconds.append(time.perf_counter() - started)
            gains.append(_score(read, queries @ vectors.T))
            if options.before is not None and embedder is quick:
                mixed = vectors.copy()
                mixed[::2] = np.load(options.before / f"{name.replace('/', '-')}.npy")[::2]
        sums += gains
        _print(name, gains, seconds)
        if options.before is not None:
            _print("  half of another", [_score(read, queries @ mixed.T), gains[1]], [])
    _print("mean", list(sums / len(options.sets)), [])
    return 0


def _embed(embedder: SentenceTransformerEmbedder, texts: Sequence[str]) -> Vectors:
    """Embeds the texts in groups by length, as an indexing run does."""
    vectors = np.empty((len(texts), embedder.dimension), np.float32)
    for first in range(0, len(texts), _GROUP):
        group = sorted(range(first, min(first + _GROUP, len(texts))), key=lambda n: len(texts[n]))
        for start in range(0, len(group), _STEP):
            numbers = group[start : start + _STEP]
            vectors[numbers] = embedder.embed([texts[number] for number in numbers])
    return vectors


def _score(read: _Set, cosines: Vectors) -> float:
    """Computes the mean nDCG@10; `cosines` has shape (questions, documents)."""
    documents = list(read.documents)
    gains = []
    for question, row in zip(read.questions, cosines, strict=True):
        if grades := read.relevant.get(question):
            nearest = np.argsort(-row, kind="stable")[:_DEPTH]
            gains.append(ndcg([documents[number] for number in nearest], grades))
    return float(np.mean(gains))


def _read(pack: Path) -> _Set:
    relevant: dict[str, dict[str, int]] = {}
    for line in (pack / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        question, document, grade = line.split("\t")
        if int(grade) > 0:
            relevant.setdefault(question, {})[document] = int(grade)
    return _Set(_texts(pack / "corpus.jsonl"), _texts(pack / "queries.jsonl"), relevant)


def _texts(file: Path) -> dict[str, str]:
    lines = map(json.loads, file.read_bytes().splitlines())
    return {
        str(line["_id"]): f"{line.get('title') or ''}\n{line['text']}".strip() for line in lines
    }


def _print(name: str, gains: Sequence[float], seconds: Sequence[float]) -> None:
    lost = 100 * (1 - gains[0] / gains[1])
    times = f"  {seconds[0]:.1f} s, float32 {seconds[1]:.1f} s" if seconds else ""
    print(
        f"{name:20} {gains[0]:.4f}, float32 {gains[1]:.4f}: {lost:+.2f} % lost{times}", flush=True
    )


if __name__ == "__main__":
    sys.exit(main())
