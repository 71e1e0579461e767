"""Answers questions of the kinds that `app.kinds.recognise` tells."""

from __future__ import annotations

from datetime import datetime

from app.events import Answer
from app.kinds.listing import Files, list_answer
from app.kinds.recognise import recognise
from app.settings import SettingsStore


class KindAnswerer:
    """Tries each kind; what is none of them goes the ordinary way.

    Args:
        files: knows the library's files.
        settings: name the collections.
    """

    def __init__(self, files: Files, settings: SettingsStore) -> None:
        self._files = files
        self._settings = settings

    def try_answer(self, question: str, collection: str = "") -> Answer | None:
        """The answer; None where the question is an ordinary one.

        Args:
            question: as the person wrote it.
            collection: only its folders count; "" for everything.

        Raises:
            RagError: the library cannot be read.
            WorkerDied: a worker ended on the way.
        """
        asked = recognise(question, datetime.now().astimezone())
        if asked is None:
            return None
        under = self._settings.current.folders_of(collection)
        return list_answer(asked, self._files, under)
