"""What the model reads ahead, and questions about one document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from app.answering.marker import Marker
from app.answering.pinned import PinnedDocuments
from app.answering.service import AnswerService
from app.chats.store import Turn
from app.jobs import CancelToken
from app.settings.store import SettingsStore
from models.chat import Message
from models.fakes import FakeChatModel
from models.states import SHARED
from rag.errors import RagError
from rag.formats import DocumentKind
from rag.types import Hit, Locator, WholeDocument

TEXTS = ("The notice period is three months.", "The deposit is 2,400 euro.", "Pets are allowed.")
REPLY = 'Quote: "The deposit is 2,400 euro."\nFound: yes\nAnswer: It is 2,400 euro.'
PATH = "/lease.pdf"


def hit(rank: int, text: str) -> Hit:
    place = Locator(0, len(text), page=rank)
    return Hit(rank, f"c{rank}", PATH, "Lease", DocumentKind.PDF, place, text, "", 0.0)


HITS = tuple(hit(rank, text) for rank, text in enumerate(TEXTS, 1))


class Model(FakeChatModel):
    """Notes the drawers as well."""

    def __init__(self, *answers: str, context_window: int = 4096) -> None:
        super().__init__(*answers, context_window=context_window)
        self.drawers: list[str] = []

    def prime(self, messages, should_stop=lambda: False, *, drawer=""):  # type: ignore[no-untyped-def]
        self.drawers.append(drawer)
        return super().prime(messages, should_stop, drawer=drawer)


class Desk:
    """An answer service over one document."""

    def __init__(self, folder: Path, model: Model) -> None:
        self.searched: list[Sequence[str]] = []
        self.model = model
        self.pinned = PinnedDocuments(
            self._whole, self._search_in, Marker(folder / "states" / "key")
        )
        settings = SettingsStore(folder / "settings.json")
        self.service = AnswerService(self._search, model, settings, pinned=self.pinned)

    def _whole(self, path: str) -> WholeDocument:
        if path != PATH:
            raise RagError("It is not in the library.", "Add it.")
        return WholeDocument("d" * 64, HITS)

    def _search(self, _text: str, _k: int, _collection: str) -> tuple[Hit, ...]:
        self.searched.append(())
        return HITS

    def _search_in(self, _text: str, _k: int, files: Sequence[str]) -> tuple[Hit, ...]:
        self.searched.append(files)
        return HITS[:1]


def begins_with(prompt: Sequence[Message], beginning: Sequence[Message]) -> bool:
    *before, last = beginning
    same = list(prompt[: len(before)]) == before
    return same and prompt[len(before)].content.startswith(last.content)


def test_every_prompt_begins_with_what_is_read_at_the_start(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Model(REPLY))
    desk.service.read_ahead()
    desk.service.ask("How much is the deposit?")
    assert desk.model.drawers == [SHARED]
    assert begins_with(desk.model.prompts[0], desk.model.primed[0])


def test_the_next_prompt_of_a_chat_begins_with_what_is_read_after_an_answer(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Model(REPLY, REPLY))
    answer = desk.service.ask("How much is the deposit?")
    history = (Turn(1, "How much is the deposit?", answer, 0.0),)
    desk.service.read_ahead(history)
    desk.service.ask("Is it paid back?", history)
    assert desk.model.drawers == [""]  # what a person asked is not kept on the disk for this
    assert len(desk.model.primed[0]) == 4
    assert begins_with(desk.model.prompts[1], desk.model.primed[0])


def test_a_short_document_is_read_whole_and_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Model(REPLY, REPLY))
    answer = desk.service.ask("How much is the deposit?", document=PATH)
    assert answer.text == "It is 2,400 euro. [1]"
    assert answer.citations[0].locator.page == 2
    assert desk.searched == []
    history = (Turn(1, "How much is the deposit?", answer, 0.0),)
    desk.service.read_ahead(history, PATH)
    desk.service.ask("Are pets allowed?", history, document=PATH)
    first, again, chat, _ = desk.model.primed
    assert first == again
    assert desk.model.drawers == ["d" * 64, "d" * 64, "", "d" * 64]
    assert all(text in first[0].content for text in TEXTS)
    assert begins_with(chat, first)
    for prompt, beginning in zip(desk.model.prompts, (first, chat), strict=True):
        assert begins_with(prompt, beginning)


def test_it_begins_alike_after_a_restart_and_a_document_cannot_know_how(tmp_path: Path) -> None:
    for _ in range(2):
        Desk(tmp_path, Model()).service.read_ahead(document=PATH)
    one, other = Desk(tmp_path, Model()), Desk(tmp_path / "elsewhere", Model())
    (tmp_path / "elsewhere").mkdir()
    for desk in (one, one, other):
        desk.service.read_ahead(document=PATH)
    assert one.model.primed[0] == one.model.primed[1]
    assert one.model.primed[0] != other.model.primed[0]


def test_a_damaged_key_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "states").mkdir()
    (tmp_path / "states" / "key").write_bytes(b"short")
    desks = [Desk(tmp_path, Model()) for _ in range(2)]
    for desk in desks:
        desk.service.read_ahead(document=PATH)
    assert desks[0].model.primed == desks[1].model.primed


def test_a_document_that_is_too_long_is_searched(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Model(REPLY, context_window=605))
    desk.service.ask("How much is the deposit?", document=PATH)
    assert desk.searched == [(PATH,)]
    assert desk.model.primed == []


def test_stop_while_the_document_is_read(tmp_path: Path) -> None:
    token = CancelToken()
    token.cancel()
    desk = Desk(tmp_path, Model(REPLY))
    answer = desk.service.ask("How much is the deposit?", token=token, document=PATH)
    assert answer.stopped
    assert desk.model.primed == []


def test_one_that_is_not_in_the_library(tmp_path: Path) -> None:
    with pytest.raises(RagError):
        Desk(tmp_path, Model()).service.ask("What is it?", document="/other.pdf")
