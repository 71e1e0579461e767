"""Prompts about one document: they begin with all of it, always alike, so it is read only once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rag.answer import prompt
from rag.answer.form import ALL, Demands
from rag.answer.prompt import ContextPack, PastTurn
from rag.types import Hit, WholeDocument


@dataclass(frozen=True, slots=True)
class Pinned:
    """What prompts about a document are made of.

    Attributes:
        drawer: where models keep what they have read of it (`models.states`).
        beginning: every prompt about it begins with this; its `user` is empty.
    """

    drawer: str
    beginning: ContextPack

    @property
    def alone(self) -> ContextPack:
        """The beginning without the turns of a chat: the same for every chat about it."""
        return replace(self.beginning, turns=())

    def pack(self, question: str, demands: Demands = ALL) -> ContextPack:
        """The prompt for a question."""
        return prompt.asking(self.beginning, question, demands)


class PinnedDocuments:
    """Makes them.

    Args:
        whole: gives all passages of a document of the library.
        search: finds passages: what for, how many, and in which files.
        marker: what the passages of the document of a content hash begin with, always the same;
            the document cannot know it.
    """

    def __init__(
        self,
        whole: Callable[[str], WholeDocument],
        search: Callable[[str, int, Sequence[str]], Sequence[Hit]],
        marker: Callable[[str], str],
    ) -> None:
        self._whole = whole
        self._search = search
        self._marker = marker

    def open(
        self,
        path: str,
        history: Sequence[PastTurn],
        question: str,
        fits: Callable[[ContextPack], bool],
    ) -> Pinned | None:
        """The document as the beginning of a prompt; None if it is too long to be read whole.

        Args:
            path: of the document.
            history: earlier turns of the chat, oldest first.
            question: what is asked, or "" while that is not known.
            fits: whether a prompt leaves room for the answer in the model's context window.

        Raises:
            RagError: it is not in the library, or that cannot be read.
            WorkerDied: the process that keeps the library ended.
        """
        document = self._whole(path)
        marker = self._marker(document.content_hash)
        pinned = Pinned(document.content_hash, prompt.whole(document.hits, history, marker))
        return pinned if fits(pinned.pack(question)) else None

    def search(self, path: str, text: str, k: int) -> Sequence[Hit]:
        """The best passages of one that is too long to be read whole. Raises as `open` does."""
        return self._search(text, k, (path,))
