"""Specialists that sort: taught with examples, applied to texts and documents.

Works from the first text on: a label's name and description count as its first example. What is
learned from more is taken into use only if it is no worse on the person's examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.jobs import CancelToken
from app.specialists.classify.types import (
    Choice,
    Fitted,
    LabelFeatures,
    Prediction,
    TextFeatures,
)
from app.specialists.definition import Specialist
from app.specialists.examples import ExampleStore
from app.specialists.ports import FileReader, Learner, ReadDocument, TextEmbedder
from app.specialists.reading import quote_of, read_document, text_to_sort
from app.specialists.records import Example, Quote, Version

_REFRESH = 1.25
"""How texts are compared is chosen again when there are so many times as many examples."""
_NO_WORSE = 0.005
"""By how much the share of right examples may fall by chance before a change is refused."""


@dataclass(frozen=True, slots=True)
class SortedItem:
    """A text or document with its label, and the sentence that counted most."""

    prediction: Prediction
    quote: Quote | None


@dataclass(frozen=True, slots=True)
class Item:
    """A text, or the document that it is the text of."""

    text: str
    document: ReadDocument | None = None


class Sorter:
    """Teaches and applies specialists of the kinds "classify" and "clauses".

    Args:
        examples: what was taught and learned.
        embedder: embeds texts.
        learner: learns and sorts.
        reader: reads documents.
    """

    def __init__(
        self, examples: ExampleStore, embedder: TextEmbedder, learner: Learner, reader: FileReader
    ) -> None:
        self._examples = examples
        self._embedder = embedder
        self._learner = learner
        self._reader = reader
        self._untaught: dict[tuple[str, bytes], bytes] = {}

    def example_of(self, path: Path, label: str) -> Example:
        """Returns a document as an example of a label.

        Raises:
            SpecialistUnreadable: it cannot be read.
        """
        read = read_document(self._reader, path)
        text = text_to_sort(read).text
        return Example(text, read.path, read.content_hash, read.signs, label)

    def item(self, path: Path) -> Item:
        """Returns a document as something to sort. Raises as `example_of` does."""
        read = read_document(self._reader, path)
        return Item(text_to_sort(read).text, read)

    def learn(self, specialist: Specialist, token: CancelToken | None = None) -> Version | None:
        """Learns from all examples of a specialist; None without any.

        Raises:
            ModelError: there is no embedding model.
            WorkerDied: a process ended in the middle.
            Cancelled: `token` was cancelled; what was learned before stays in use.
        """
        examples = [
            example for example in self._examples.examples(specialist.name) if example.label
        ]
        if not examples:
            return None
        embedder, vectors = self._vectors([example.text for example in examples], token)
        features = [
            TextFeatures(example.text, vectors[example.text], example.signs, example.label)
            for example in examples
        ]
        labels = self._labels(specialist, token)
        before = next(
            (v for v in reversed(self._examples.versions(specialist.name)) if v.current), None
        )
        current = self._examples.current(specialist.name, embedder)
        like: Choice | None = None
        if before and current and len(examples) <= before.examples * _REFRESH:
            like = current[1]
        fitted = self._learner.fit(features, labels, like, token)
        use, note = True, ""
        if current is not None and not self._is_no_worse(specialist, current[0], fitted, features):
            use, note = False, "It was worse on your examples than what is in use."
        return self._examples.add_version(specialist.name, embedder, fitted, use=use, note=note)

    def sort(
        self, specialist: Specialist, items: Sequence[Item], token: CancelToken | None = None
    ) -> list[SortedItem]:
        """Returns the label of each text. Raises as `learn` does."""
        if not items:
            return []
        embedded = self._embedder.embed([item.text for item in items], token)
        current = self._examples.current(specialist.name, embedded.embedder)
        blob = current[0] if current else self._from_descriptions(specialist, embedded.embedder)
        features = [
            TextFeatures(item.text, vector, item.document.signs if item.document else ())
            for item, vector in zip(items, embedded.vectors, strict=True)
        ]
        predictions = self._learner.predict(blob, features, specialist.strictness)
        return [
            SortedItem(prediction, _quote(item, prediction))
            for item, prediction in zip(items, predictions, strict=True)
        ]

    def _is_no_worse(
        self,
        specialist: Specialist,
        blob: bytes,
        fitted: Fitted,
        features: Sequence[TextFeatures],
    ) -> bool:
        """Compares what was learned with what is in use, on the same examples.

        The one in use has seen most of them, so it is only asked about those that are new to it;
        for the others its share at the time counts.
        """
        before = next(v for v in reversed(self._examples.versions(specialist.name)) if v.current)
        new = features[before.examples :]
        if not new or len(fitted.right) != len(features):
            return fitted.accuracy >= before.accuracy - _NO_WORSE
        predictions = self._learner.predict(blob, new, specialist.strictness)
        right = sum(p.label == f.label for p, f in zip(predictions, new, strict=True))
        share = (before.accuracy * before.examples + right) / (before.examples + len(new))
        return fitted.accuracy >= share - _NO_WORSE

    def _from_descriptions(self, specialist: Specialist, embedder: str) -> bytes:
        """Returns a classifier that knows nothing but the labels' descriptions."""
        labels = self._labels(specialist)
        key = embedder, b"\0".join(label.description.encode() for label in labels)
        if key not in self._untaught:
            self._untaught.clear()
            self._untaught[key] = self._learner.fit((), labels).blob
        return self._untaught[key]

    def _labels(
        self, specialist: Specialist, token: CancelToken | None = None
    ) -> tuple[LabelFeatures, ...]:
        texts = [
            f"{_as_words(label.name)}. {label.description}".strip(". ")
            for label in specialist.labels
        ]
        vectors = self._embedder.embed(texts, token).vectors
        return tuple(
            LabelFeatures(label.name, text, vector)
            for label, text, vector in zip(specialist.labels, texts, vectors, strict=True)
        )

    def _vectors(
        self, texts: Sequence[str], token: CancelToken | None
    ) -> tuple[str, dict[str, bytes]]:
        """Returns the embeddings of examples; those that are new are kept."""
        embedder = self._embedder.embed((), token).embedder
        vectors = self._examples.vectors(embedder, texts)
        missing = [text for text in dict.fromkeys(texts) if text not in vectors]
        for start in range(0, len(missing), _BATCH):  # a stop keeps what is done
            batch = missing[start : start + _BATCH]
            made = dict(zip(batch, self._embedder.embed(batch, token).vectors, strict=True))
            self._examples.keep_vectors(embedder, made)
            vectors |= made
        return embedder, vectors


_BATCH = 128


def _as_words(name: str) -> str:
    """Returns a label's name as words: "card_not_working" is written by programs."""
    return " ".join(name.replace("_", " ").split())


def _quote(item: Item, prediction: Prediction) -> Quote | None:
    if item.document is not None:
        return quote_of(item.document, text_to_sort(item.document), prediction.evidence)
    start, end = prediction.evidence
    words = item.text[start:end]
    return Quote(None, start, end, words) if words.strip() else None
