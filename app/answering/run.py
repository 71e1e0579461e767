"""A question on its way to its answer, and what takes it there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from app.answering.context import AnswerContext
from app.answering.packing import Found
from app.events import Answer, AnswerEvent, AnswerText, EvidenceFound, PassagesFound
from app.jobs import CancelToken
from rag.answer.prompt import Talk
from rag.types import Citation


class AnswerRun:
    """What happens between a question and its answer: who hears of it, what stops it, and when.

    Args:
        find: finds passages for a question; asked once at most.
        on_event: gets what happens, on this thread.
        token: once cancelled, the answer ends with what there is.

    Attributes:
        talk: the chat as the model knows it, once it has written the answer to a prompt of it.
        retrieve_s: seconds from the question to its passages; 0.0 while they were not needed.
    """

    def __init__(
        self,
        find: Callable[[AnswerContext], Found],
        on_event: Callable[[AnswerEvent], None],
        token: CancelToken,
    ) -> None:
        self.on_event = on_event
        self.token = token
        self.talk: Talk | None = None
        self.retrieve_s = 0.0
        self._find = find
        self._found: Found | None = None
        self._began = time.perf_counter()

    @property
    def has_searched(self) -> bool:
        """Whether passages were found: what is said then may rest on earlier turns as well."""
        return self._found is not None

    def now(self) -> float:
        """Returns the seconds since the question."""
        return time.perf_counter() - self._began

    def found(self, context: AnswerContext) -> Found:
        """Returns what there is to read. Searches, and tells of it, the first time it is asked.

        Raises as `Packer.find` does.
        """
        if self._found is None:
            self._found = self._find(context)
            self.retrieve_s = self.now()
            self.on_event(PassagesFound(self._found.longest.hits))
        return self._found

    def tell(self, citations: Sequence[Citation], text: str) -> None:
        """Tells of citations, and of text behind them; "" for none."""
        for citation in citations:
            self.on_event(EvidenceFound(citation))
        if text:
            self.on_event(AnswerText(text))

    def told(self, answer: Answer) -> Answer:
        """Tells all of an answer at once, and returns it with the time that it took."""
        self.tell(answer.citations, answer.text)
        return replace(answer, timings=replace(answer.timings, total_s=self.now()))


class Answerer(Protocol):
    """Answers the questions of one kind."""

    def answer(self, context: AnswerContext, run: AnswerRun) -> Answer | None:
        """Returns the answer, having told of it; None where the question is another's. Blocks.

        Raises:
            NothingIndexed: the library holds no passage.
            RagError: the library cannot be read.
            ModelError: the model cannot answer.
            WorkerDied: a worker ended on the way.
        """
        ...
