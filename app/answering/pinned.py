"""Prompts about one document: they begin with all of it, always alike, so it is read only once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.answering.chat_messages import Budget
from rag.answer import prompt
from rag.answer.form import ALL, Demands
from rag.answer.prompt import ContextPack, PastTurn
from rag.types import WholeDocument


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
        """Returns the prompt for a question."""
        return prompt.asking(self.beginning, question, demands)


class PinnedDocuments:
    """Makes them.

    Args:
        whole: gives all passages of a document of the library.
        marker: what the passages of the document of a content hash begin with, always the same;
            the document cannot know it.
        make_drawer: makes the drawer of the document of a content hash (`models.states`).
    """

    def __init__(
        self,
        whole: Callable[[str], WholeDocument],
        marker: Callable[[str], str],
        make_drawer: Callable[[str], None] = lambda _hash: None,
    ) -> None:
        self._whole = whole
        self._marker = marker
        self._make_drawer = make_drawer

    def open(
        self, path: str, history: Sequence[PastTurn], question: str, budget: Budget
    ) -> Pinned | None:
        """Returns the document as the beginning of a prompt; None if it is too long for that.

        From then on, models may keep what they read of it.

        Args:
            path: of the document.
            history: earlier exchanges of the chat, oldest first.
            question: what is asked, or "" while that is not known.
            budget: the tokens that the prompt may have.

        Raises:
            RagError: it is not in the library, or that cannot be read.
            ModelError: there is no model.
            WorkerDied: a worker ended on the way.
        """
        document = self._whole(path)
        marker = self._marker(document.content_hash)
        pinned = Pinned(document.content_hash, prompt.whole(document.hits, history, marker))
        if not budget.holds(pinned.pack(question)):
            return None
        self._make_drawer(pinned.drawer)
        return pinned
