"""Asks in a chat: keeps a question at once, answers it, keeps the answer, and reads ahead.

The shell asks without a chat: `answered` alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.chats.chat_settings import USUAL, ChatSettings
from app.errors import NothingIndexed
from app.events import Answer, AnswerEvent
from app.jobs import CancelToken
from rag.text.visible import plain

if TYPE_CHECKING:  # the window is drawn before these are loaded
    from app.answering.service import AnswerService
    from app.chats.store import ChatSummary, Turn
    from app.services import Services

_TITLE_LENGTH = 48


@dataclass(frozen=True, slots=True)
class Question:
    """A question as a person asks it.

    Attributes:
        text: its words.
        history: the answered turns before it.
        collection: holds the search to its folders; "" searches the whole library.
        document: path of the one document that it is about, whatever the collection; "" for none.
        passages: how many the model reads; None means as in the settings.
        own: what is to hold for the chat that the question begins.
    """

    text: str
    history: Sequence[Turn] = ()
    collection: str = ""
    document: str = ""
    passages: int | None = None
    own: ChatSettings = USUAL


@dataclass(frozen=True, slots=True)
class Kept:
    """A question that is kept, still without its answer.

    Attributes:
        chat: the chat that was made for it; None where it goes on with one.
    """

    turn: Turn
    chat: ChatSummary | None = None


def answered(
    question: Question,
    answers: AnswerService,
    on_event: Callable[[AnswerEvent], None] = lambda _event: None,
    token: CancelToken | None = None,
    own: ChatSettings = USUAL,
) -> Answer:
    """Answers a question, and keeps nothing of it. Takes and raises what `AnswerService.ask` does.

    Raises:
        NothingIndexed: the library holds no passage, or the collection does not.
    """
    collection = "" if question.document else question.collection
    try:
        return answers.ask(
            question.text,
            question.history,
            on_event,
            token,
            passages=question.passages,
            collection=collection,
            document=question.document,
            own=own,
        )
    except NothingIndexed as error:
        if not collection:
            raise
        raise NothingIndexed(
            f"There is no document to search in “{collection}”.",
            "Search the whole library instead, or choose other folders for the collection.",
        ) from error


class Conversation:
    """Asks in the chats of a person. All calls block; none needs the GUI thread.

    Args:
        services: answer, and keep the chats.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    def keep(self, question: Question, chat_id: int | None = None) -> Kept:
        """Keeps a question in a chat, or in a new one that is held to its collection.

        Raises:
            AppError: it could not be kept.
        """
        chats = self._services.chats
        if chat_id is not None:
            return Kept(chats.add_turn(chat_id, question.text, None))
        chat = chats.create(title_of(question.text))
        if question.collection:
            chats.set_collection(chat.id, question.collection)
            chat = replace(chat, collection=question.collection)
        if question.own != USUAL:
            chats.set_settings(chat.id, question.own)
            chat = replace(chat, settings=question.own)
        return Kept(chats.add_turn(chat.id, question.text, None), chat)

    def answer(
        self,
        question: Question,
        turn: Turn,
        on_event: Callable[[AnswerEvent], None],
        token: CancelToken,
    ) -> Answer:
        """Answers a question and keeps the answer with its turn, in place of the one before.

        Then has the model read what the next question will begin with, while this is read.

        Raises:
            Cancelled: it was stopped before there was anything to keep.
            AppError, RagError, ModelError: it could not be answered; the question is kept.
        """
        own = self._services.chats.settings_at(turn.id)
        answer = answered(question, self._services.answers, on_event, token, own)
        self._services.chats.replace_answer(turn.id, answer)
        history = (*question.history, replace(turn, question=question.text, answer=answer))
        self._services.read_ahead(history, question.document, question.collection, own)
        return answer


def title_of(question: str) -> str:
    """Returns a chat's title from its first question: one line, cut at a word."""
    line = re.sub(r"\s+", " ", plain(question)).strip()
    if len(line) <= _TITLE_LENGTH:
        return line
    cut = line[:_TITLE_LENGTH]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > _TITLE_LENGTH // 2 else cut).rstrip(" ,.;:") + "…"
