"""Parsed and chunked texts, with those of their parts, on their way into the store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rag.chunking.chunk import Chunk
from rag.parse.document import ParsedDocument
from rag.parse.failures import ParseFailure


@dataclass(frozen=True, slots=True)
class CutText:
    """A document and its chunks.

    Attributes:
        content_hash: of the file's or part's bytes.
        document: None when the store holds this text already, with its parts.
        chunks: of the document itself.
        parts: documents inside it.
    """

    content_hash: str
    document: ParsedDocument | None = None
    chunks: tuple[Chunk, ...] = ()
    parts: tuple[CutPart, ...] = ()

    def all_chunks(self) -> Iterator[Chunk]:
        """Yields the chunks of the document and of all its parts."""
        yield from self.chunks
        for part in self.parts:
            if part.text is not None:
                yield from part.text.all_chunks()


@dataclass(frozen=True, slots=True)
class CutPart:
    """A document inside another one: its text, or why it gave none. `size` in bytes."""

    name: str
    size: int
    text: CutText | None = None
    failure: ParseFailure | None = None
