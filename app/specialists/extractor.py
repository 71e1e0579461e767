"""Fills and learns columns with what there is: rules, an embedder, a language model.

The engine is loaded when it is first needed: it is no part of the window's imports.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from app.errors import SpecialistUnreadable
from app.jobs import CancelToken
from app.specialists.cells import SEVERAL, quote_of
from app.specialists.definition import CellExample, Column, Specialist
from app.specialists.extract.ports import Tools
from app.specialists.extract.types import LearnedColumn, TaughtCell
from app.specialists.ports import ColumnLearner, SpecialistModels, TextEmbedder
from app.specialists.records import Filled, Quote
from models.chat import ChatModel
from models.errors import ModelError
from rag.parse.document import ParsedDocument

if TYPE_CHECKING:
    from app.specialists.extract.candidates import DocumentIndex
    from rag.ports import Vectors

_NOUNS = {"date": "a date", "money": "an amount of money", "number": "a number"}


class ColumnExtractor:
    """Fills and learns the columns of specialists.

    Args:
        embedder: embeds texts; None finds sentences by their words alone.
        learner: learns columns.
        models: gives the language models; None where there are none.
    """

    def __init__(
        self,
        embedder: TextEmbedder | None,
        learner: ColumnLearner,
        models: SpecialistModels | None = None,
    ) -> None:
        self._embedder = embedder
        self._learner = learner
        self._models = models

    def lacks_model(self, specialist: Specialist) -> bool:
        """Tells whether the language model that is there is not asked, as it is too small."""
        models = self._models
        return (
            models is not None
            and models.is_small(specialist)
            and models.model_for(specialist) is not None
        )

    def model_note(self, specialist: Specialist) -> str:
        """Says why another language model is asked than the one that is wanted, or returns ""."""
        return self._models.note(specialist) if self._models is not None else ""

    def running(self, specialist: Specialist) -> AbstractContextManager[None]:
        """Keeps what only this specialist needs loaded while the block runs."""
        return self._models.running(specialist) if self._models is not None else nullcontext()

    def fill(
        self,
        document: ParsedDocument,
        specialist: Specialist,
        learned: Mapping[str, LearnedColumn],
        examples: Mapping[str, Sequence[CellExample]],
        done: Collection[tuple[int, str]] = (),
        token: CancelToken | None = None,
    ) -> Iterator[Filled]:
        """Yields the cells of a document; see `app.specialists.ports.Extractor.fill`."""
        from app.specialists.extract.engine import fill

        token = token or CancelToken()
        yield from fill(
            document,
            specialist,
            Tools(self._vectors(token), self._model(specialist)),
            learned=learned,
            examples=examples,
            done=done,
            should_stop=lambda: token.cancelled,
        )
        token.raise_if_cancelled()

    def read_value(
        self,
        document: ParsedDocument | None,
        column: Column,
        words: str,
        place: tuple[int, int] | None = None,
    ) -> tuple[str, tuple[Quote, ...]]:
        """Returns the value of words that the person gave, and where it stands in the document.

        Args:
            document: None if it cannot be read any more.
            column: of the table.
            words: a value, several joined by `SEVERAL`, or words that hold one.
            place: offsets of the words that the person selected.

        Raises:
            SpecialistUnreadable: the words cannot be a value of the column.
        """
        if not words.strip():
            return "", ()
        several = column.type in ("several of", "party")
        parts = words.split(SEVERAL.strip()) if several and place is None else [words]
        text = document.text if document is not None else words
        value = SEVERAL.join(_value(part, column, text) for part in parts if part.strip())
        if document is None:
            return value, ()
        if place is not None:
            return value, (quote_of(document, *place),)
        return value, self._places(document, column, value, words)

    def taught(
        self,
        document: ParsedDocument,
        columns: Sequence[Column],
        values: Mapping[str, str],
        places: Mapping[str, tuple[int, int]],
    ) -> list[TaughtCell]:
        """Returns the right values of a document as they are learned from.

        Args:
            document: that they are of.
            columns: those of the values.
            values: by column; "" where the document has none.
            places: of the words that the person selected, by column.
        """
        from app.specialists.extract.learning import taught_cell

        index = self._index(document, columns)
        return [
            taught_cell(index, column, values[column.name], places.get(column.name))
            for column in columns
        ]

    def learn(
        self,
        columns: Sequence[Column],
        cells: Sequence[Sequence[TaughtCell]],
        before: Sequence[LearnedColumn | None],
        token: CancelToken | None = None,
    ) -> Sequence[LearnedColumn | None]:
        """Learns columns, each unless it is worse than before. Raises as the learner does."""
        return self._learner.learn_columns(columns, cells, before, token)

    def _model(self, specialist: Specialist) -> ChatModel | None:
        """Returns the language model to ask; None for one that is too small."""
        if self._models is None or self._models.is_small(specialist):
            return None
        return self._models.model_for(specialist)

    def _places(
        self, document: ParsedDocument, column: Column, value: str, words: str
    ) -> tuple[Quote, ...]:
        """Returns where a value stands in a document, at its likeliest place; empty if nowhere."""
        from app.specialists.extract.candidates import candidates
        from app.specialists.extract.quotes import quote_around
        from app.specialists.extract.values import key_of
        from app.specialists.extract.weights import prior

        best = {each.key: each for each in sorted(candidates(_plain(document), column), key=prior)}
        keys = [key_of(part) for part in value.split(SEVERAL.strip())]
        quotes = [quote_around(document, best[key]) for key in keys if key in best]
        if not quotes and (start := document.text.find(words.strip())) >= 0:
            quotes = [quote_of(document, start, start + len(words.strip()))]
        return tuple(dict.fromkeys(quotes))

    def _index(self, document: ParsedDocument, columns: Sequence[Column]) -> DocumentIndex:
        from app.specialists.extract.indexing import document_index

        return document_index(document, columns, Tools(self._vectors(CancelToken())))

    def _vectors(self, token: CancelToken) -> _Vectors | None:
        """Returns the embedder; None where it is not installed: words alone find much."""
        if self._embedder is None:
            return None
        try:
            self._embedder.embed((), token)
        except ModelError:
            return None
        return _Vectors(self._embedder, token)


class _Vectors:
    """The embedder as arrays; fits `app.specialists.extract.ports.Embedder`."""

    def __init__(self, embedder: TextEmbedder, token: CancelToken) -> None:
        self._embedder = embedder
        self._token = token

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Returns vectors of shape (len(texts), dimension), rows of length 1."""
        import numpy as np

        rows = self._embedder.embed(texts, self._token).vectors
        if not rows:
            return np.zeros((0, 0), np.float32)
        vectors = np.frombuffer(b"".join(rows), np.float32).reshape(len(rows), -1)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-9), np.float32)


def _plain(document: ParsedDocument) -> DocumentIndex:
    from app.specialists.extract.indexing import document_index

    return document_index(document, (), Tools())


def _value(words: str, column: Column, text: str) -> str:
    """Returns the value of words in the form of a column's type.

    Raises:
        SpecialistUnreadable: they cannot be one.
    """
    from app.specialists.extract.reading import conventions_of
    from app.specialists.extract.values import labelled_value

    plain = " ".join(words.split())
    own = {choice.casefold(): choice for choice in column.choices}
    if column.type == "yes/no":
        own = {"yes": "yes", "no": "no"}
    if plain.casefold() in own:
        return own[plain.casefold()]
    if column.type in ("text", "verbatim", "party"):
        return plain
    value = labelled_value(words, column, conventions_of(text))
    if value is not None:
        return value.value
    noun = _NOUNS.get(column.type) or f"one of {', '.join(own.values())}"
    raise SpecialistUnreadable(f"“{plain[:80]}” is not {noun}, which “{column.name}” holds.")
