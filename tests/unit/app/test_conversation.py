"""Asking in a chat: what is kept of a question, and what the model reads after its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.answering.kinds.passages import PassagesAnswerer
from app.answering.packing import Packer
from app.answering.service import AnswerService
from app.chats.chat_settings import USUAL, ChatSettings
from app.chats.store import ChatStore, Turn
from app.conversation import Conversation, Question, answered, title_of
from app.errors import NothingIndexed
from app.events import AnswerDone, AnswerEvent
from app.jobs import CancelToken
from app.settings.store import SettingsStore
from models.errors import InferenceFailed
from models.fakes import FakeChatModel
from rag.types import Hit
from tests.unit.app.answering.test_service import HIT, REPLY

TEXT = "How long is the notice period?"


@dataclass
class Desk:
    """Real chats, and answers from one passage; notes what is read ahead."""

    chats: ChatStore
    model: FakeChatModel
    answers: AnswerService
    hits: list[Hit]
    read: list[tuple[Sequence[Turn], str, str, ChatSettings]] = field(default_factory=list)

    @property
    def conversation(self) -> Conversation:
        services: Any = SimpleNamespace(
            chats=self.chats,
            answers=self.answers,
            read_ahead=lambda *asked: self.read.append(asked),
        )
        return Conversation(services)

    def ask(
        self, question: Question, on_event: Callable[[AnswerEvent], None] = lambda _event: None
    ) -> None:
        turn = self.conversation.keep(question).turn
        self.conversation.answer(question, turn, on_event, CancelToken())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    hits = [HIT]
    model = FakeChatModel()
    packer = Packer(lambda *_: hits)
    settings = SettingsStore(tmp_path / "settings.json")
    answers = AnswerService(settings, model, packer, (PassagesAnswerer(packer),))
    chats = ChatStore(None)
    yield Desk(chats, model, answers, hits)
    chats.close()


def test_a_question_is_kept_before_its_answer_in_a_chat_of_its_own(desk: Desk) -> None:
    kept = desk.conversation.keep(Question(TEXT, collection="Home"))
    (chat,) = desk.chats.chats()
    assert (chat.title, chat.collection, kept.chat and kept.chat.id) == (TEXT, "Home", chat.id)
    assert [turn.answer for turn in desk.chats.turns(chat.id)] == [None]
    again = desk.conversation.keep(Question("And who says so?"), chat.id)
    assert again.chat is None
    assert [turn.question for turn in desk.chats.turns(chat.id)] == [TEXT, "And who says so?"]


def test_the_answer_is_kept_with_its_turn_and_read_ahead(desk: Desk) -> None:
    desk.model.queue(REPLY)
    events: list[AnswerEvent] = []
    desk.ask(Question(TEXT), events.append)
    (chat,) = desk.chats.chats()
    (turn,) = desk.chats.turns(chat.id)
    assert turn.answer is not None
    assert isinstance(events[-1], AnswerDone)
    assert events[-1].answer == turn.answer
    (((ahead,), document, collection, own),) = desk.read
    assert (ahead.id, ahead.question, ahead.answer) == (turn.id, TEXT, turn.answer)
    assert (document, collection, own) == ("", "", USUAL)


def test_what_holds_for_the_chat_reaches_the_model_and_stays_with_the_chat(desk: Desk) -> None:
    wishes: list[ChatSettings] = []
    packer = Packer(lambda *_: desk.hits)

    def model_of(own: ChatSettings) -> FakeChatModel:
        wishes.append(own)
        return desk.model

    desk.answers = AnswerService(
        desk.answers._settings, desk.model, packer, (PassagesAnswerer(packer),), model_of=model_of
    )
    first, later = ChatSettings(rules="In Dutch."), ChatSettings(temperature=0.5)
    desk.model.queue(REPLY, REPLY)
    desk.ask(Question(TEXT, own=first))
    (chat,) = desk.chats.chats()
    assert chat.settings == first
    # What is set for the chat meanwhile holds, whatever the question was asked with.
    desk.chats.set_settings(chat.id, later)
    again = Question(TEXT, own=first)
    kept = desk.conversation.keep(again, chat.id)
    desk.conversation.answer(again, kept.turn, lambda _event: None, CancelToken())
    assert wishes == [first, later]
    assert [own for *_, own in desk.read] == [first, later]


def test_a_question_without_an_answer_stays(desk: Desk) -> None:
    desk.model.queue(InferenceFailed("It stopped.", "Try again."))
    with pytest.raises(InferenceFailed):
        desk.ask(Question(TEXT))
    (chat,) = desk.chats.chats()
    assert [turn.answer for turn in desk.chats.turns(chat.id)] == [None]
    assert desk.read == []


def test_what_is_asked_without_a_chat_is_kept_nowhere(desk: Desk) -> None:
    desk.model.queue(REPLY)
    assert answered(Question(TEXT), desk.answers).text == "It is three months. [1]"
    assert desk.chats.chats() == ()
    assert desk.read == []


@pytest.mark.parametrize(("collection", "words"), [("", "Add a folder"), ("Home", "“Home”")])
def test_an_empty_collection_is_named(desk: Desk, collection: str, words: str) -> None:
    desk.hits.clear()
    with pytest.raises(NothingIndexed, match=words):
        answered(Question(TEXT, collection=collection), desk.answers)


def test_a_title_is_one_line_cut_at_a_word() -> None:
    assert title_of(" How\n long?") == "How long?"
    assert title_of("word " * 20) == "word word word word word word word word word…"
