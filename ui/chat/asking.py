"""A question's way through the services, on a background lane: ask, and keep what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.errors import NothingIndexed, WorkerDied
from app.events import Answer
from app.jobs import CancelToken
from app.user_messages import UserMessage, describe
from ui import text

if TYPE_CHECKING:
    from app.chats.store import ChatSummary, Turn
    from app.services import Services

Send = Callable[[object], None]


@dataclass(frozen=True, slots=True)
class Kept:
    """A question that is kept, still without its answer.

    Attributes:
        chat: the chat that was made for it; None where it goes on with one.
    """

    turn: Turn
    chat: ChatSummary | None = None


@dataclass(frozen=True, slots=True)
class WorkerLost:
    """The process that was working on the answer ended; it can be restarted."""

    message: UserMessage


@dataclass(frozen=True)
class Question:
    """All that asking needs, captured when the person pressed Send.

    Attributes:
        chat_id: the chat to go on with; None begins one.
        turn_id: the turn whose answer is replaced; None for a new question.
        history: the answered turns before it.
        collection: holds the search to its folders; "" searches the whole library.
        document: path of the one document that it is about, whatever the collection; "" for none.
    """

    services: Services
    text: str
    history: Sequence[Turn] = ()
    chat_id: int | None = None
    turn_id: int | None = None
    collection: str = ""
    document: str = ""

    def keep(self) -> Kept:
        """Keeps the question, in a new chat where it begins one.

        Raises:
            AppError: it could not be kept.
        """
        chats = self.services.chats
        if self.chat_id is not None:
            return Kept(chats.add_turn(self.chat_id, self.text, None))
        chat = self._begin()
        return Kept(chats.add_turn(chat.id, self.text, None), chat)

    def answer(self, turn_id: int, token: CancelToken, send: Send) -> Answer | WorkerLost:
        """Asks, and keeps the answer with the turn of this id. Sends the events of the answer.

        Raises:
            Cancelled: stopped before there was anything to keep.
            AppError, RagError, ModelError: it could not be answered; the question is kept.
        """
        try:
            answer = self._answer(send, token)
        except WorkerDied as error:
            return WorkerLost(describe(error))
        self.services.chats.replace_answer(turn_id, answer)
        self._read_ahead(turn_id, answer)
        return answer

    def _read_ahead(self, turn_id: int, answer: Answer) -> None:
        """Has the model read what the next question will begin with, while this one is read."""
        from app.chats.store import Turn

        self.services.read_ahead(
            (*self.history, Turn(turn_id, self.text, answer, 0.0)), self.document, self.collection
        )

    def _begin(self) -> ChatSummary:
        """Makes a chat that is held to the collection."""
        chats = self.services.chats
        chat = chats.create(text.title_of(self.text))
        if self.collection:
            chats.set_collection(chat.id, self.collection)
            chat = replace(chat, collection=self.collection)
        return chat

    def _answer(self, send: Send, token: CancelToken) -> Answer:
        ask = self.services.answers.ask
        if self.document:
            return ask(self.text, self.history, send, token, document=self.document)
        if not self.collection:
            return ask(self.text, self.history, send, token)
        try:
            return ask(self.text, self.history, send, token, collection=self.collection)
        except NothingIndexed as error:
            raise NothingIndexed(
                f"There is no document to search in “{self.collection}”.",
                "Search the whole library instead, or choose other folders for the collection.",
            ) from error
