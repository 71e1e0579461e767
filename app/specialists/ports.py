"""What specialists need from outside. `app.services` puts the real parts in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from app.specialists.definition import Specialist
from app.specialists.records import Cell, Example
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


class Extractor(Protocol):
    """Fills the columns of a specialist from a document."""

    def fill(
        self,
        document: ReadDocument,
        specialist: Specialist,
        examples: Sequence[Example] = (),
        token: CancelToken | None = None,
    ) -> Sequence[FilledRow]:
        """Returns the rows of a document: one, or several for a specialist of items.

        Raises:
            Cancelled: `token` was cancelled.
        """
        ...
