"""Asks answerers as the service does, without one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.answering.context import AnswerContext, Scope
from app.answering.kinds.listing import Files
from app.answering.packing import Found
from app.answering.run import Answerer, AnswerRun
from app.answering.understand import understand
from app.events import Answer, AnswerEvent
from app.jobs import CancelToken
from app.settings.store import SettingsStore
from models.chat import ChatModel
from models.fakes import FakeChatModel


def no_search(_context: AnswerContext) -> Found:
    """Stands for a search that must not be needed."""
    raise AssertionError("such questions need no search")


@dataclass
class Asker:
    """Asks some answerers, none of which may search for passages."""

    settings: SettingsStore
    files: Files
    answerers: Sequence[Answerer] = ()
    model: ChatModel | None = None

    def context(self, question: str, collection: str = "", document: str = "") -> AnswerContext:
        """Returns a question as it is understood."""
        folders = self.settings.current.folders_of(collection)
        scope = Scope(collection, document)
        model = self.model or FakeChatModel()
        return understand(AnswerContext(question, model, scope=scope, folders=folders), self.files)

    def answer(
        self,
        question: str,
        collection: str = "",
        document: str = "",
        on_event: Callable[[AnswerEvent], None] = lambda _event: None,
        token: CancelToken | None = None,
    ) -> Answer | None:
        """Returns the first answer; None where the question is left to the passages."""
        context = self.context(question, collection, document)
        run = AnswerRun(no_search, on_event, token or CancelToken())
        answers = (answerer.answer(context, run) for answerer in self.answerers)
        return next((answer for answer in answers if answer is not None), None)
