"""How well specialists sort texts, beside logistic regression on words, and on words and meaning.

    python -m bench.specialists --packs PACKS/D_specialists --embedder FOLDER [--json FILE]

Each set is cut in two: one part teaches, and the other, which chose nothing, is measured. What the
classifier chooses, it chooses by leaving out examples of the first part in turn. In the baselines
all labels count the same ("balanced"), else a rare one would never be decided on; everything else
is as the library sets it, so that they choose nothing.

- clauses of contracts: two thirds teach, by a hash of the text's id; also with 5 of each kind
- unfair terms: the first two thirds teach, in the order of the documents
- spam mail: mails of two thirds of the senders' domains teach, those of the others are measured
- text messages, moderation: two thirds teach, by a hash
- requests to a bank: 10 examples of each of 77 kinds teach
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from email import message_from_bytes
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score

from app.specialists.classify.classifier import Classifier, fit
from app.specialists.classify.similarity import embeddings
from app.specialists.classify.types import LabelFeatures, TextFeatures
from app.specialists.ports import ReadDocument
from app.specialists.reading import text_to_sort
from bench.jsonl import read_lines
from models.embedding import SentenceTransformerEmbedder
from rag.formats import DocumentKind
from rag.parse import parse_file
from rag.parse.failures import ParseFailure
from rag.parse.mail.signs import read_signs
from rag.search.text_embeddings import embed_whole

_PARTS = 3
_FEW = 5


@dataclass(frozen=True)
class Labelled:
    """A text with its label."""

    id: str
    text: str
    label: str
    signs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figures:
    """What was measured on one set; the baselines are measured on the same parts.

    Attributes:
        words_accuracy, words_macro_f1: by logistic regression on TF-IDF of words.
        meaning_accuracy, meaning_macro_f1: the same, the embedding beside the words.
        left_out: accuracy on the teaching part, each example left out in turn.
        sure: share of texts that are not put into the unsure bucket at strictness 0.5.
        sure_accuracy: accuracy of those.
    """

    name: str
    taught: int
    measured: int
    accuracy: float
    macro_f1: float
    left_out: float
    sure: float
    sure_accuracy: float
    words_accuracy: float
    words_macro_f1: float
    meaning_accuracy: float
    meaning_macro_f1: float
    choice: str
    seconds: float


Halves = tuple[list[Labelled], list[Labelled]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the figures and, if asked, writes them as JSON."""
    parser = argparse.ArgumentParser(prog="bench.specialists")
    parser.add_argument("--packs", type=Path, required=True)
    parser.add_argument("--embedder", type=Path, required=True, help="folder of the model")
    parser.add_argument("--cache", type=Path, help="folder that keeps embeddings between runs")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    embed = _Embedding(options.embedder, options.cache)
    results = []
    head = "set                taught measured  accuracy  F1     left out  sure  of them  words"
    head += "            words, meaning"
    print(head)
    for name, halves in _sets(options.packs):
        if options.only and name not in options.only:
            continue
        figures = measure(name, *halves(), embed)
        results.append(figures)
        print(
            f"{name:<18} {figures.taught:>6} {figures.measured:>8}  {figures.accuracy:.4f}"
            f"  {figures.macro_f1:.4f}  {figures.left_out:.4f}  {figures.sure:.2f}"
            f"  {figures.sure_accuracy:.4f}  {figures.words_accuracy:.4f}"
            f" / {figures.words_macro_f1:.4f}  {figures.meaning_accuracy:.4f}"
            f" / {figures.meaning_macro_f1:.4f}  {figures.choice}  {figures.seconds:.1f} s",
            flush=True,
        )
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(each) for each in results], indent=1))


def measure(
    name: str, taught: Sequence[Labelled], measured: Sequence[Labelled], embed: _Embedding
) -> Figures:
    """Teaches one part and measures the other."""
    truth = [item.label for item in measured]
    labels = sorted({item.label for item in taught})
    described = [label.replace("_", " ") for label in labels]
    features = [
        LabelFeatures(label, words, vector)
        for label, words, vector in zip(labels, described, embed(described), strict=True)
    ]
    lessons = _features(taught, embed)
    started = time.perf_counter()
    fitted = fit(lessons, features)
    seconds = time.perf_counter() - started
    to_sort = _features(measured, embed)
    predictions = Classifier(fitted.blob).predict(to_sort)
    decided = [prediction.label for prediction in predictions]
    sure = [
        prediction.label == label
        for prediction, label in zip(predictions, truth, strict=True)
        if not prediction.unsure
    ]
    words, meaning = baselines(lessons, to_sort)
    choice = fitted.choice
    return Figures(
        name,
        len(taught),
        len(measured),
        *_scores(truth, decided),
        fitted.accuracy,
        len(sure) / len(truth),
        sum(sure) / max(len(sure), 1),
        *_scores(truth, words),
        *_scores(truth, meaning),
        f"w{choice.words} c{choice.characters} m{choice.meaning} r{choice.ridge} b{choice.balance}"
        f" l{choice.logistic:d}",
        seconds,
    )


def baselines(
    taught: Sequence[TextFeatures], measured: Sequence[TextFeatures]
) -> tuple[list[str], list[str]]:
    """Returns the labels by logistic regression on words, and on words and the embedding."""
    words = TfidfVectorizer()
    rows, own = (words.fit_transform(_texts(taught)), words.transform(_texts(measured)))
    with_meaning = [
        hstack([matrix, embeddings([item.vector for item in items])]).tocsr()
        for matrix, items in ((rows, taught), (own, measured))
    ]
    labels = [item.label for item in taught]
    first, second = (
        list(
            LogisticRegression(class_weight="balanced", max_iter=1000)
            .fit(lessons, labels)
            .predict(questions)
        )
        for lessons, questions in ((rows, own), with_meaning)
    )
    return first, second


def _texts(items: Sequence[TextFeatures]) -> list[str]:
    return [item.text for item in items]


def _scores(truth: Sequence[str], decided: Sequence[str]) -> tuple[float, float]:
    macro = f1_score(truth, decided, average="macro", zero_division=0)
    return float(accuracy_score(truth, decided)), float(macro)


def _features(items: Sequence[Labelled], embed: _Embedding) -> list[TextFeatures]:
    vectors = embed([item.text for item in items])
    return [
        TextFeatures(item.text, vector, item.signs, item.label)
        for item, vector in zip(items, vectors, strict=True)
    ]


class _Embedding:
    """Embeds texts, and keeps what it embedded."""

    def __init__(self, folder: Path, cache: Path | None) -> None:
        self._folder = folder
        self._cache = cache
        self._embedder: SentenceTransformerEmbedder | None = None

    def __call__(self, texts: Sequence[str]) -> list[bytes]:
        digest = hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()[:24]
        kept = self._cache / f"{digest}.npy" if self._cache is not None else None
        if kept is not None and kept.exists():
            return [row.tobytes() for row in np.load(kept, allow_pickle=False)]
        self._embedder = self._embedder or SentenceTransformerEmbedder(self._folder)
        vectors = embed_whole(self._embedder, texts)
        if kept is not None:
            np.save(kept, vectors, allow_pickle=False)
        return [row.tobytes() for row in vectors]


def _sets(packs: Path) -> Iterator[tuple[str, Callable[[], Halves]]]:
    """Yields the sets by name, each read when it is called."""
    clauses = packs / "contracts" / "cuad_clauses.jsonl"
    bank = packs / "fewshot"
    yield "clauses", lambda: _by_hash(_labelled(clauses))
    yield f"clauses, {_FEW} each", lambda: _few(_by_hash(_labelled(clauses)))
    yield "unfair terms", lambda: _in_order(_labelled(packs / "contracts" / "unfair_tos.jsonl"))
    yield "mail", lambda: _mails(packs / "spam")
    yield "messages", lambda: _by_hash(_labelled(packs / "spam" / "sms.jsonl"))
    yield (
        "bank, 10 each",
        lambda: (
            _labelled(bank / "banking77_support.jsonl"),
            _labelled(bank / "banking77.jsonl"),
        ),
    )
    moderation = packs / "moderation" / "openai_moderation.jsonl"
    yield "moderation", lambda: _by_hash(_labelled(moderation))


def _labelled(file: Path) -> list[Labelled]:
    return [Labelled(row["id"], row["text"], row["label"]) for row in read_lines(file)]


def _is_measured(key: str) -> bool:
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % _PARTS == 0


def _by_hash(items: Sequence[Labelled]) -> Halves:
    taught = [item for item in items if not _is_measured(item.id)]
    return taught, [item for item in items if _is_measured(item.id)]


def _in_order(items: Sequence[Labelled]) -> Halves:
    cut = len(items) * (_PARTS - 1) // _PARTS
    return list(items[:cut]), list(items[cut:])


def _few(halves: Halves) -> Halves:
    """Returns the same with the first few of each label to teach."""
    groups = defaultdict[str, list[Labelled]](list)
    for item in halves[0]:
        groups[item.label].append(item)
    return [item for group in groups.values() for item in group[:_FEW]], halves[1]


def _mails(folder: Path) -> Halves:
    taught, measured = list[Labelled](), list[Labelled]()
    for row in read_lines(folder / "mail.jsonl"):
        mail = _mail(folder / row["file"], row)
        if mail is not None:
            (measured if _is_measured(_domain(folder / row["file"])) else taught).append(mail)
    return taught, measured


def _mail(file: Path, row: dict[str, Any]) -> Labelled | None:
    parsed = parse_file(file)
    if isinstance(parsed, ParseFailure):
        return None
    if parsed.kind is DocumentKind.MAILBOX and parsed.parts and parsed.parts[0].document:
        parsed = parsed.parts[0].document
    text = text_to_sort(ReadDocument(str(file), "", parsed)).text
    return Labelled(row["id"], text, row["label"], read_signs(file))


def _domain(file: Path) -> str:
    sender = parseaddr(str(message_from_bytes(file.read_bytes()).get("From", "")))[1]
    return sender.rpartition("@")[2].lower()


if __name__ == "__main__":
    main()
