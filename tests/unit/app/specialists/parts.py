"""Stand-ins for what specialists need: an embedder of words, a learner in this process, files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np

from app.jobs import CancelToken
from app.specialists.classify.classifier import Classifier, fit
from app.specialists.classify.types import (
    Choice,
    Fitted,
    LabelFeatures,
    Prediction,
    TextFeatures,
)
from app.specialists.definition import Column, Specialist
from app.specialists.extract.learning import learn_better
from app.specialists.extract.types import LearnedColumn, TaughtCell
from models.chat import ChatModel
from rag.parse import parse_file
from rag.parse.document import ParsedDocument
from rag.parse.failures import ParseFailure
from rag.parse.mail.signs import read_signs

_SIZE = 64


@dataclass
class OneModel:
    """One language model for all specialists."""

    model: Callable[[], ChatModel | None] = lambda: None
    small: bool = False
    said: str = ""
    runs: list[str] = field(default_factory=list)

    def model_for(self, specialist: Specialist) -> ChatModel | None:
        return self.model()

    def is_small(self, specialist: Specialist) -> bool:
        return self.small

    def note(self, specialist: Specialist) -> str:
        return self.said

    def running(self, specialist: Specialist) -> AbstractContextManager[None]:
        self.runs.append(specialist.name)
        return nullcontext()


@dataclass(frozen=True)
class Embedded:
    """Embeddings."""

    embedder: str
    vectors: tuple[bytes, ...]


class WordEmbedder:
    """Embeds a text as the sum of a direction for each word. Counts the texts."""

    def __init__(self) -> None:
        self.embedded = 0

    def embed(self, texts: Sequence[str], token: CancelToken | None = None) -> Embedded:
        self.embedded += len(texts)
        return Embedded("words", tuple(map(_vector, texts)))


class LocalLearner:
    """Learns in this process. `accuracy`, if it is set, takes the place of what was measured."""

    accuracy: float | None = None

    def fit(
        self,
        examples: Sequence[TextFeatures],
        labels: Sequence[LabelFeatures],
        like: Choice | None = None,
        token: CancelToken | None = None,
    ) -> Fitted:
        fitted = fit(examples, labels, like)
        if self.accuracy is None:
            return fitted
        return msgspec.structs.replace(fitted, accuracy=self.accuracy)

    def learn_columns(
        self,
        columns: Sequence[Column],
        cells: Sequence[Sequence[TaughtCell]],
        before: Sequence[LearnedColumn | None],
        token: CancelToken | None = None,
    ) -> tuple[LearnedColumn | None, ...]:
        return tuple(map(learn_better, columns, cells, before))

    def predict(
        self, blob: bytes, texts: Sequence[TextFeatures], strictness: float
    ) -> tuple[Prediction, ...]:
        return tuple(Classifier(blob).predict(texts, strictness))


class LocalReader:
    """Reads files in this process."""

    def parse(self, path: Path) -> ParsedDocument | ParseFailure:
        return parse_file(path)

    def mail_signs(self, path: Path) -> tuple[str, ...]:
        return read_signs(path)


def _vector(text: str) -> bytes:
    total = np.zeros(_SIZE, dtype=np.float32)
    for word in text.lower().split():
        seed = int.from_bytes(hashlib.sha256(word.strip(".,?!").encode()).digest()[:4], "big")
        total += np.random.default_rng(seed).normal(size=_SIZE).astype(np.float32)
    return bytes(total.tobytes())
