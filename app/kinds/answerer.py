"""Answers questions of the kinds that `app.kinds.recognise` tells."""

from __future__ import annotations

from datetime import datetime

from app.events import Answer
from app.kinds.compare import Library, sides
from app.kinds.listing import list_answer
from app.kinds.recognise import Asked, CompareAsked, recognise
from app.settings import SettingsStore
from rag.types import Hit


class KindAnswerer:
    """Tries each kind; what is none of them goes the ordinary way.

    All methods can raise `RagError` when the library cannot be read, and `WorkerDied`.

    Args:
        library: knows the files, and finds passages in them.
        settings: name the collections.
    """

    def __init__(self, library: Library, settings: SettingsStore) -> None:
        self._library = library
        self._settings = settings

    def try_answer(self, question: str, collection: str = "") -> Answer | None:
        """The answer to a question about the files themselves; None for any other.

        Args:
            question: as the person wrote it.
            collection: only its folders count; "" for everything.
        """
        asked = _recognised(question)
        if asked is None or isinstance(asked, CompareAsked):
            return None
        return list_answer(asked, self._library, self._under(collection))

    def try_compare(
        self, question: str, k: int, collection: str = ""
    ) -> tuple[tuple[Hit, ...], ...]:
        """The best `k` passages of each document that a question compares; empty for any other.

        Args as `try_answer` takes them.
        """
        asked = _recognised(question)
        if not isinstance(asked, CompareAsked):
            return ()
        return sides(asked, question, self._library, self._under(collection), k)

    def _under(self, collection: str) -> tuple[str, ...]:
        return self._settings.current.folders_of(collection)


def _recognised(question: str) -> Asked | None:
    return recognise(question, datetime.now().astimezone())
