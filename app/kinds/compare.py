"""Questions that compare two documents or folders: passages of each are found and read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.kinds.listing import Files
from app.kinds.naming import places_named
from app.kinds.recognise import CompareAsked
from rag.types import Hit


class Library(Files, Protocol):
    """Knows the files, and finds passages in them; the index worker does."""

    def search(self, query: str, k: int, folders: Sequence[str] = ()) -> tuple[Hit, ...]:
        """The best passages of files in some folders; files count as folders of themselves."""
        ...


def sides(
    asked: CompareAsked, question: str, library: Library, under: Sequence[str], k: int
) -> tuple[tuple[Hit, ...], ...]:
    """The best passages of each side; empty when they are not two documents of the library.

    Args:
        asked: what is compared.
        question: as the person wrote it.
        library: finds documents and passages.
        under: only files in these folders count, if there are any.
        k: passages of each side.

    Raises:
        RagError: the library cannot be searched.
        WorkerDied: the process that keeps the library ended.
    """
    first, second = _named(asked, library, under)
    if not first or not second or set(first) & set(second):
        return ()
    found = tuple(library.search(question, k, places) for places in (first, second))
    return found if all(found) else ()


def _named(
    asked: CompareAsked, library: Library, under: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The places of both names; of "the 2023 and 2024 reports", the first is "2023 reports"."""
    second = places_named(asked.second, library, under)
    if not second:
        return (), ()
    *_, noun = asked.second.split()
    both = places_named(f"{asked.first} {noun}", library, under)
    return both or places_named(asked.first, library, under), second
