"""What the model reads for a question: searches, chooses sentences, and goes on with the chat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from app.answering.kinds.answerer import KindAnswerer
from app.answering.kinds.compare import Sides
from app.answering.pinned import Pinned, PinnedDocuments
from app.answering.talks import Talks
from app.errors import NothingIndexed
from rag.answer import prompt
from rag.answer.excerpt import Likeness, Reading
from rag.answer.followup import search_text
from rag.answer.form import Demands
from rag.answer.prompt import ContextPack, PastTurn
from rag.types import Hit

# Passages looked at for each that may be read: the best sentences can stand further down.
_CANDIDATES = 2

Search = Callable[[str, int, str], Sequence[Hit]]
"""Gives the best passages for a text: how many, and of which collection ("" for all)."""
Fits = Callable[[ContextPack], bool]
"""Whether a prompt leaves room for the answer in the model's context window."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a question looks for its answer.

    Attributes:
        collection: its folders only; "" for everything.
        document: path of the one document that the chat is about, or "".
    """

    collection: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class Packed:
    """A prompt that is ready, unless it is too long.

    Attributes:
        pack: the prompt.
        meant: the question with what it refers back to.
        found: the passages it was made of, best first.
        shorten: makes one that fits.
        pinned: the document that it begins with, if it does.
    """

    pack: ContextPack
    meant: str
    found: tuple[Hit, ...]
    shorten: Callable[[Fits], ContextPack]
    pinned: Pinned | None = None


class Packer:
    """Makes prompts.

    Args:
        search: gives the best passages for a text.
        fits: whether a prompt has room.
        pinned: prompts about one document; None searches for every question.
        kinds: tells questions that compare; None takes all for ordinary ones.
        likeness: helps to choose sentences; None goes by their words.
        marker: what passages begin with; no document may know it.
        talks: remembers chats as the model knows them; None begins anew with each question.
        demands: what is asked of the model that answers.
    """

    def __init__(
        self,
        search: Search,
        fits: Fits,
        pinned: PinnedDocuments | None,
        kinds: KindAnswerer | None,
        likeness: Likeness | None,
        marker: Callable[[], str],
        talks: Talks | None,
        demands: Callable[[], Demands],
    ) -> None:
        self._search = search
        self._fits = fits
        self._pinned = pinned
        self._kinds = kinds
        self._likeness = likeness
        self._marker = marker
        self._talks = talks
        self._demands = demands

    def pack(self, question: str, past: Sequence[PastTurn], scope: Scope, most: int) -> Packed:
        """The prompt for a question.

        Args:
            question: as the person wrote it.
            past: earlier turns of the chat, oldest first.
            scope: where to look.
            most: how many passages the model reads.

        Raises:
            NothingIndexed: the library holds no passage.
            RagError: the library cannot be searched.
            WorkerDied: the process that keeps the library ended.
        """
        meant = search_text(question, past)
        demands = self._demands()
        pinned = self._open(scope, past, question)
        if pinned is not None:
            pack = pinned.pack(question, demands)
            return Packed(pack, meant, pack.hits, lambda _: pack, pinned)
        sides = self._sides(question, scope, most)
        if sides is not None:
            read = [Reading(sides.about, side, self._likeness) for side in sides.hits]
            marker = self._marker()
            compare = partial(
                prompt.comparing, question, past, read, marker=marker, most=most, demands=demands
            )
            pack = compare(_any)
            return Packed(pack, meant, pack.hits, compare)
        hits = tuple(self._find(meant, most * _CANDIDATES, scope))
        if not hits:
            raise NothingIndexed(
                "There is nothing to search yet.",
                "Add a folder or file to the library, and ask again.",
            )
        build = partial(
            prompt.build,
            question,
            past,
            Reading(meant, hits, self._likeness),
            marker=self._marker(),
            talk=self._talk(past, scope),
            most=most,
            demands=demands,
        )
        return Packed(build(_any), meant, hits, build)

    def beginning(
        self, past: Sequence[PastTurn], scope: Scope
    ) -> tuple[ContextPack, Pinned | None]:
        """What the next prompt begins with, whatever is asked. Raises as `pack` does."""
        pinned = self._open(scope, past, "")
        if pinned is not None:
            return pinned.beginning, pinned
        return prompt.beginning(past, self._talk(past, scope)), None

    def answered(
        self,
        past: Sequence[PastTurn],
        turn: PastTurn,
        scope: Scope,
        pack: ContextPack,
        reply: str,
    ) -> None:
        """Remembers what the model wrote, for the next question of the chat.

        Args:
            past: the turns before.
            turn: the question and its answer, as the next `past` will have them.
            scope: where it was looked for.
            pack: what the model was sent.
            reply: what it wrote, word for word.
        """
        if self._talks is not None and not scope.document:
            self._talks.keep(scope.collection, (*past, turn), pack.answered(reply))

    def _talk(self, past: Sequence[PastTurn], scope: Scope) -> prompt.Talk | None:
        if self._talks is None or not past or scope.document:
            return None
        return self._talks.find(scope.collection, past)

    def _open(self, scope: Scope, past: Sequence[PastTurn], question: str) -> Pinned | None:
        if not scope.document or self._pinned is None:
            return None
        return self._pinned.open(scope.document, past, question, self._fits)

    def _find(self, text: str, k: int, scope: Scope) -> Sequence[Hit]:
        if scope.document and self._pinned is not None:
            return self._pinned.search(scope.document, text, k)
        return self._search(text, k, scope.collection)

    def _sides(self, question: str, scope: Scope, most: int) -> Sides | None:
        """Passages of each document that the question compares; None for any other question."""
        if self._kinds is None or scope.document:
            return None
        return self._kinds.try_compare(question, most, scope.collection)


def _any(_pack: ContextPack) -> bool:
    return True
