"""What the model reads for a question: searches, chooses sentences, and goes on with the chat."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from app.answering.chat_messages import Budget
from app.answering.context import AnswerContext, ToCompare, ToReadAt
from app.answering.pinned import Pinned, PinnedDocuments
from app.answering.place_reader import PlaceReader
from app.answering.talks import Talks
from app.errors import NothingIndexed
from rag.answer import prompt
from rag.answer.excerpt import Likeness, Reading
from rag.answer.prompt import ContextPack, PastTurn, Talk
from rag.search.combine import combined
from rag.types import Hit

# Passages looked at for each that may be read: the best sentences can stand further down.
_CANDIDATES = 2

Search = Callable[[str, int, Sequence[str]], Sequence[Hit]]
"""Gives the best passages for a text: how many, and in which folders or files (() for all)."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a question, before the model is asked for anything: it may have to load.

    Attributes:
        hits: the passages, best first.
        longest: the prompt with all that is worth reading.
        shorter: prompts with less and less to read, each made when it is asked for.
        pinned: the document that the prompt begins with, if it does.
    """

    hits: tuple[Hit, ...]
    longest: ContextPack
    shorter: Iterator[ContextPack]
    pinned: Pinned | None = None


class Packer:
    """Finds passages, and makes prompts of them.

    Args:
        search: gives the best passages for a text.
        pinned: prompts about one document; None searches for every question.
        likeness: helps to choose sentences; None goes by their words.
        marker: what passages begin with; no document may know it.
        talks: remembers chats as the model knows them; None begins anew with each question.
        reader: reads the place that a question names; None searches for it.
    """

    def __init__(
        self,
        search: Search,
        *,
        pinned: PinnedDocuments | None = None,
        likeness: Likeness | None = None,
        marker: Callable[[], str] = lambda: secrets.token_hex(3),
        talks: Talks | None = None,
        reader: PlaceReader | None = None,
    ) -> None:
        self._search = search
        self._pinned = pinned
        self._likeness = likeness
        self._marker = marker
        self._talks = talks
        self._reader = reader

    def find(self, context: AnswerContext) -> Found:
        """Returns what there is to read for a question.

        Raises:
            NothingIndexed: the library holds no passage.
            RagError: the library cannot be searched.
            ModelError: there is no model.
            WorkerDied: the process that keeps the library ended.
        """
        demands = context.profile.demands
        pinned = self._open(context)
        if pinned is not None:
            pack = pinned.pack(context.question, demands)
            return Found(pack.hits, pack, iter(()), pinned)
        return self._compared(context) or self._searched(context)

    def pack(self, found: Found, budget: Budget) -> ContextPack:
        """Returns the longest prompt that the budget holds; where it holds none, the shortest."""
        if found.pinned is not None:  # it was measured when it was opened
            return found.longest
        return prompt.fitting(chain((found.longest,), found.shorter), budget.holds)

    def beginning(self, context: AnswerContext) -> tuple[ContextPack, Pinned | None]:
        """Returns what the next prompt begins with, whatever is asked. Raises as `find` does."""
        pinned = self._open(context)
        if pinned is not None:
            return pinned.beginning, pinned
        return prompt.beginning(context.history, self._talk(context)), None

    def remember(self, context: AnswerContext, turn: PastTurn, talk: Talk) -> None:
        """Remembers what the model wrote, for the next question of the chat.

        Args:
            context: of the question.
            turn: the question and its answer, as the next history will have them.
            talk: what the model was sent and wrote, word for word.
        """
        if self._talks is not None and not context.scope.document:
            self._talks.keep(context.scope.collection, (*context.history, turn), talk)

    def _compared(self, context: AnswerContext) -> Found | None:
        """Returns passages of both sides that are compared; None where one says nothing of it."""
        wanted = context.wanted
        if not isinstance(wanted, ToCompare):
            return None
        about = wanted.about or context.question
        most = context.passages
        sides = [self._search(about, most, side) for side in (wanted.first, wanted.second)]
        if not all(sides):
            return None
        packs = prompt.comparing_prompts(
            context.question,
            context.history,
            [Reading(about, hits, self._likeness) for hits in sides],
            self._marker(),
            most=most,
            demands=context.profile.demands,
        )
        longest = next(packs)
        return Found(longest.hits, longest, packs)

    def _searched(self, context: AnswerContext) -> Found:
        scope, most = context.scope, context.passages
        whole = scope.document and self._pinned is not None
        places = (scope.document,) if whole else context.documents or context.folders
        hits = self._at_place(context) or self._best(context, most * _CANDIDATES, places)
        if not hits:
            raise NothingIndexed(
                "There is nothing to search yet.",
                "Add a folder or file to the library, and ask again.",
            )
        packs = prompt.prompts(
            context.question,
            context.history,
            Reading(context.meant, hits, self._likeness),
            self._marker(),
            talk=self._talk(context),
            most=most,
            demands=context.profile.demands,
        )
        return Found(hits, next(packs), packs)

    def _best(self, context: AnswerContext, count: int, places: Sequence[str]) -> tuple[Hit, ...]:
        """Returns the best passages for all wordings of the question, each text once."""
        hits: dict[str, Hit] = {}
        rankings: list[list[tuple[str, float]]] = []
        for wording in context.understanding.question.wordings:
            ranking = self._search(wording, count, places)
            hits = {hit.text: hit for hit in ranking} | hits
            rankings.append([(hit.text, hit.score) for hit in ranking])
        best = combined(rankings)[:count]
        return tuple(
            replace(hits[text], rank=rank, score=score)
            for rank, (text, score) in enumerate(best, 1)
        )

    def _at_place(self, context: AnswerContext) -> tuple[Hit, ...]:
        """Returns the passages of the place that the question names; none if it names none."""
        wanted = context.wanted
        if self._reader is None or not isinstance(wanted, ToReadAt):
            return ()
        return tuple(hit for path in wanted.paths for hit in self._reader.hits(path, wanted.place))

    def _talk(self, context: AnswerContext) -> Talk | None:
        if self._talks is None or not context.history or context.scope.document:
            return None
        return self._talks.find(context.scope.collection, context.history)

    def _open(self, context: AnswerContext) -> Pinned | None:
        """Returns the chat's document as the beginning of a prompt, if it is short enough."""
        if not context.scope.document or self._pinned is None:
            return None
        if self._reader is not None and isinstance(context.wanted, ToReadAt):
            return None  # only what stands at the place is read
        return self._pinned.open(
            context.scope.document, context.history, context.question, context.budget
        )
