"""Answers questions of the kinds that `app.answering.kinds.recognise` tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from app.answering.kinds.compare import Comparer, Library, Sides, sides
from app.answering.kinds.listing import list_answer
from app.answering.kinds.naming import places_named
from app.answering.kinds.recognise import Asked, CompareAsked, SummaryAsked, recognise
from app.answering.kinds.summary import MOST_FILES, Summariser
from app.events import Answer, AnswerEvent, Grounds
from app.jobs import CancelToken
from app.settings.store import SettingsStore
from rag.store.inventory import FileFilter, FileOrder


class KindAnswerer:
    """Tries each kind; what is none of them goes the ordinary way.

    All methods can raise `RagError` when the library cannot be read, and `WorkerDied`.

    Args:
        library: knows the files, and finds passages in them.
        settings: name the collections.
        summariser: summarises documents; None leaves that to the passages.
        comparer: compares documents side by side; None leaves that to the passages.
    """

    def __init__(
        self,
        library: Library,
        settings: SettingsStore,
        summariser: Summariser | None = None,
        comparer: Comparer | None = None,
    ) -> None:
        self._library = library
        self._settings = settings
        self._summariser = summariser
        self._comparer = comparer

    def try_answer(
        self,
        question: str,
        collection: str = "",
        document: str = "",
        on_event: Callable[[AnswerEvent], None] = lambda _event: None,
        token: CancelToken | None = None,
    ) -> Answer | None:
        """The answer about files themselves, a summary or comparison; None for any other question.

        Args:
            question: as the person wrote it.
            collection: only its folders count; "" for everything.
            document: path of the one document that the chat is about, or "".
            on_event: gets how far a summary is.
            token: ends a summary or comparison.

        Raises:
            ModelError: the model cannot write.
        """
        asked = _recognised(question)
        under = self._under(collection)
        token = token or CancelToken()
        if isinstance(asked, SummaryAsked):
            paths, total, places = self._meant(asked, under, document)
            if not paths or self._summariser is None:
                return None
            left_out = total - len(paths)
            answer = self._summariser.summarise(paths, left_out, on_event, token)
            return replace(answer, grounds=Grounds(counted=places)) if left_out else answer
        if asked is None or document:
            return None
        if isinstance(asked, CompareAsked):
            if self._comparer is None:
                return None
            return self._comparer.try_compare(asked, under, on_event, token)
        return list_answer(asked, self._library, under)

    def _meant(
        self, asked: SummaryAsked, under: Sequence[str], document: str
    ) -> tuple[tuple[str, ...], int, tuple[str, ...]]:
        """The first documents of those to be summarised, how many there are, and where."""
        if document:
            return ((document,), 1, ()) if not asked.name else ((), 0, ())
        places = places_named(asked.name, self._library, under) if asked.name else tuple(under)
        if not places:
            return (), 0, ()
        found = self._library.list_files(FileFilter(under=places), FileOrder.NAME, MOST_FILES)
        return tuple(file.path for file in found.files), found.total, places

    def try_compare(self, question: str, k: int, collection: str = "") -> Sides | None:
        """The best `k` passages of each document that a question compares; None for any other.

        Args as `try_answer` takes them.
        """
        asked = _recognised(question)
        if not isinstance(asked, CompareAsked):
            return None
        return sides(asked, question, self._library, self._under(collection), k)

    def _under(self, collection: str) -> tuple[str, ...]:
        return self._settings.current.folders_of(collection)


def _recognised(question: str) -> Asked | None:
    return recognise(question, datetime.now().astimezone())
