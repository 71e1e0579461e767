"""What specialists need from outside. `app.services` puts the real parts in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.jobs import CancelToken
from app.specialists.classify.types import (
    Choice,
    Fitted,
    LabelFeatures,
    Prediction,
    TextFeatures,
)
from app.specialists.definition import CellExample, Column, Specialist
from app.specialists.extract.types import LearnedColumn, TaughtCell
from app.specialists.records import Cell, Filled, Quote
from models.chat import ChatModel
from rag.parse.document import ParsedDocument
from rag.parse.failures import ParseFailure


class EmbeddedTexts(Protocol):
    """Embeddings of some texts, and the id of the embedder that made them."""

    @property
    def embedder(self) -> str:
        """The embedder's id."""
        ...

    @property
    def vectors(self) -> tuple[bytes, ...]:
        """One for each text: float32 in the machine's byte order."""
        ...


class TextEmbedder(Protocol):
    """Embeds texts. `app.workers.clients.IndexClient` is one."""

    def embed(self, texts: Sequence[str], token: CancelToken | None = None) -> EmbeddedTexts:
        """Embeds texts, however long."""
        ...


class Learner(Protocol):
    """Learns to sort texts, in another process. `app.workers.learner.LearnClient` is one."""

    def fit(
        self,
        examples: Sequence[TextFeatures],
        labels: Sequence[LabelFeatures],
        like: Choice | None = None,
        token: CancelToken | None = None,
    ) -> Fitted:
        """Learns from examples."""
        ...

    def predict(
        self, blob: bytes, texts: Sequence[TextFeatures], strictness: float
    ) -> tuple[Prediction, ...]:
        """Sorts texts with what was learned."""
        ...


class FileReader(Protocol):
    """Reads untrusted files, in another process. `app.workers.parser.ParseClient` is one."""

    def parse(self, path: Path) -> ParsedDocument | ParseFailure:
        """Parses a file; what goes wrong with it is a `ParseFailure`."""
        ...

    def mail_signs(self, path: Path) -> tuple[str, ...]:
        """Returns what a mail is like beside its words; nothing of another file."""
        ...


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document as specialists see it.

    Attributes:
        content_hash: of the file's bytes.
        document: its text with positions.
        signs: see `FileReader.mail_signs`.
    """

    path: str
    content_hash: str
    document: ParsedDocument
    signs: tuple[str, ...] = ()


FilledRow = Mapping[str, Cell]
"""The cells of a row by column."""


class SpecialistModels(Protocol):
    """The language models that fill cells. `app.workers.role_models.RoleModels` is one."""

    def model_for(self, specialist: Specialist) -> ChatModel | None:
        """Returns the model of a specialist; None where there is none."""
        ...

    def is_small(self, specialist: Specialist) -> bool:
        """Tells whether that model is too small: it would make cells worse."""
        ...

    def note(self, specialist: Specialist) -> str:
        """Says why another model is asked than the one that is wanted, or returns ""."""
        ...

    def running(self, specialist: Specialist) -> AbstractContextManager[None]:
        """Keeps a model that only this specialist names loaded while the block runs."""
        ...


class Extractor(Protocol):
    """Fills and learns columns. `app.specialists.extractor.ColumnExtractor` is one."""

    def lacks_model(self, specialist: Specialist) -> bool:
        """Tells whether the language model that is there is not asked, as it is too small."""
        ...

    def model_note(self, specialist: Specialist) -> str:
        """Says why another language model is asked than the one that is wanted, or returns ""."""
        ...

    def running(self, specialist: Specialist) -> AbstractContextManager[None]:
        """Keeps what only this specialist needs loaded while the block runs."""
        ...

    def fill(
        self,
        document: ParsedDocument,
        specialist: Specialist,
        learned: Mapping[str, LearnedColumn],
        examples: Mapping[str, Sequence[CellExample]],
        done: Collection[tuple[int, str]] = (),
        token: CancelToken | None = None,
    ) -> Iterator[Filled]:
        """Yields the cells of a document as they are filled, but for those that are done.

        Raises:
            Cancelled: `token` was cancelled.
            ModelError, WorkerDied: what is needed cannot be used.
        """
        ...

    def read_value(
        self,
        document: ParsedDocument | None,
        column: Column,
        words: str,
        place: tuple[int, int] | None = None,
    ) -> tuple[str, tuple[Quote, ...]]:
        """Returns the value of words that the person gave, and where it stands in the document.

        Raises:
            SpecialistUnreadable: the words cannot be a value of the column.
        """
        ...

    def taught(
        self,
        document: ParsedDocument,
        columns: Sequence[Column],
        values: Mapping[str, str],
        places: Mapping[str, tuple[int, int]],
    ) -> list[TaughtCell]:
        """Returns the right values of a document as they are learned from."""
        ...

    def learn(
        self,
        columns: Sequence[Column],
        cells: Sequence[Sequence[TaughtCell]],
        before: Sequence[LearnedColumn | None],
        token: CancelToken | None = None,
    ) -> Sequence[LearnedColumn | None]:
        """Learns columns, each unless it is worse than before."""
        ...


class ColumnLearner(Protocol):
    """Learns columns, in another process. `app.workers.learner.LearnClient` is one."""

    def learn_columns(
        self,
        columns: Sequence[Column],
        cells: Sequence[Sequence[TaughtCell]],
        before: Sequence[LearnedColumn | None],
        token: CancelToken | None = None,
    ) -> tuple[LearnedColumn | None, ...]:
        """Returns what to use of each column; None for the general weights."""
        ...
