"""Prepares a document for all columns at once: its passages, their words and their meaning."""

from __future__ import annotations

from collections.abc import Sequence

from app.specialists.definition import Column
from app.specialists.extract.candidates import DocumentIndex, passages_worth_reading
from app.specialists.extract.passages import split
from app.specialists.extract.ports import Embedder, Tools
from app.specialists.extract.reading import conventions_of
from rag.parse.document import ParsedDocument

_EMBEDDED = 300
"""Passages of a document that are embedded, the best of each column by words: a second or so."""
_BATCH = 64


def document_index(
    document: ParsedDocument, columns: Sequence[Column], tools: Tools
) -> DocumentIndex:
    """Returns a document in passages, with the cosine of the likely ones to each column.

    Raises:
        WorkerDied: the process of the embedder ended.
    """
    index = DocumentIndex(split(document), conventions_of(document.text))
    if tools.embedder is not None:
        index.likeness = _likeness(index, columns, tools.embedder)
    if tools.classifier is not None:
        likely = _likely(index, columns)
        texts = [index.split.text_of(index.split.passages[n]) for n in likely]
        for number, chances in zip(likely, tools.classifier.chances(texts), strict=True):
            index.chances[number] = chances
    return index


def _likely(index: DocumentIndex, columns: Sequence[Column]) -> list[int]:
    """Returns the numbers of passages that may say something about any column."""
    each = max(1, _EMBEDDED // max(1, len(columns)))
    lists = [passages_worth_reading(index, column, each) for column in columns]
    return sorted({number for numbers in lists for number in numbers})


def _likeness(
    index: DocumentIndex, columns: Sequence[Column], embedder: Embedder
) -> dict[str, dict[int, float]]:
    """Returns, by column, the cosine of each likely passage to its question."""
    likely = _likely(index, columns)
    texts = [" ".join(index.split.text_of(index.split.passages[n]).split()) for n in likely]
    questions = embedder.embed([f"{c.name}. {c.question}".strip(" .") for c in columns])
    likeness: dict[str, dict[int, float]] = {column.name: {} for column in columns}
    for first in range(0, len(texts), _BATCH):
        cosines = embedder.embed(texts[first : first + _BATCH]) @ questions.T
        for offset, row in enumerate(cosines):
            for column, cosine in zip(columns, row, strict=True):
                likeness[column.name][likely[first + offset]] = max(0.0, float(cosine))
    return likeness
