"""What the window is tested with keeps to what the real services do.

Chats, settings, escalation, library and reader are the real ones there; the answers, the models
and what holds the files are played.
"""

from __future__ import annotations

import dataclasses
import inspect
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from app.answering.service import AnswerService
from app.errors import Cancelled
from app.events import (
    Answer,
    AnswerDone,
    AnswerEvent,
    AnswerText,
    EvidenceFound,
    PassagesFound,
    Searching,
)
from app.jobs import CancelToken
from app.model_library.service import ModelLibrary
from app.privacy.egress.gate import Gate
from app.services import Services
from app.workers.clients import IndexClient
from app.workers.parser import ParseClient
from models.errors import ModelMissing
from tests import endings
from tests.gates import gate
from tests.ui import doubles
from tests.ui.house import House
from tests.unit.app.model_library.test_service import catalog_of, entry
from tests.unit.models.test_download import in_three_wheels, wheels

__all__ = ["gate", "wheels"]  # fixtures

_ORDER = (Searching, PassagesFound, EvidenceFound, AnswerText, AnswerDone)


class Asking(Protocol):
    """What the window asks."""

    def ask(
        self,
        question: str,
        *,
        on_event: Callable[[AnswerEvent], None],
        token: CancelToken,
    ) -> Answer:
        """Answers."""
        ...


@dataclasses.dataclass
class Asked:
    """A question that was asked, and what was told meanwhile.

    Attributes:
        stop_at: kind of event at which it is stopped.
    """

    answers: Any
    question: str
    token: CancelToken
    stop_at: type | None = None
    events: list[AnswerEvent] = dataclasses.field(default_factory=list)

    def answer(self) -> Answer:
        """Asks."""
        asking: Asking = self.answers
        return asking.ask(self.question, on_event=self._hear, token=self.token)

    def of(self, kind: type) -> list[Any]:
        """The events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def _hear(self, event: AnswerEvent) -> None:
        self.events.append(event)
        if self.stop_at is not None and isinstance(event, self.stop_at):
            self.token.cancel()


@pytest.fixture(params=["double", "real"])
def asked(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    token = CancelToken()
    if request.param == "double":
        yield Asked(doubles.Answers(), "What is the notice period?", token)
        return
    fact, question = endings._fact(random.Random(1))
    play = endings.Play("answered", question, (endings._reply(fact, answer=f"{fact} So it is."),))
    for name in ("world", "data"):
        (tmp_path / name).mkdir()
    world = endings.World(tmp_path / "world")
    yield Asked(world.services(play, token, tmp_path / "data").answers, question, token)
    world.close()


class TestAnswers:
    def test_events_come_in_order_and_tell_what_is_returned(self, asked: Asked) -> None:
        answer = asked.answer()
        assert not answer.stopped
        order = [_ORDER.index(type(event)) for event in asked.events]
        assert order == sorted(order)
        assert set(order) == set(range(5))
        assert [event.question for event in asked.of(Searching)] == [asked.question]
        assert [event.answer for event in asked.of(AnswerDone)] == [answer]
        told = "".join(event.text for event in asked.of(AnswerText))
        assert told.split()[0] == answer.text.split()[0]
        evidence = {event.citation.chunk_id for event in asked.of(EvidenceFound)}
        assert evidence >= {citation.chunk_id for citation in answer.citations} != set()

    def test_one_that_is_stopped_returns_what_had_come(self, asked: Asked) -> None:
        asked.stop_at = AnswerText
        answer = asked.answer()
        assert answer.stopped
        assert asked.of(AnswerDone)[-1].answer == answer
        told = "".join(event.text for event in asked.of(AnswerText))
        assert answer.text.split()[0] == told.split()[0]

    def test_one_that_is_stopped_before_its_text_has_none(self, asked: Asked) -> None:
        asked.stop_at = PassagesFound
        answer = asked.answer()
        assert answer.stopped
        assert not answer.text


@pytest.fixture
def here(gate: Gate, tmp_path: Path, wheels: Path) -> ModelLibrary:
    (tmp_path / "models").mkdir()
    catalog = catalog_of(entry("starter", 1, in_three_wheels(wheels)))
    return ModelLibrary(tmp_path / "models", catalog, gate)


class TestModels:
    @pytest.fixture(params=["double", "real"])
    def models(self, request: pytest.FixtureRequest) -> ModelLibrary:
        if request.param == "double":
            return doubles.Models(here=False, pace=0)
        library: ModelLibrary = request.getfixturevalue("here")
        return library

    def test_what_is_not_here_is_missing_until_it_is_fetched(self, models: ModelLibrary) -> None:
        starter = models.catalog.starter
        assert models.installed() == ()
        assert not models.is_installed(starter.id)
        for look in (models.resolve, models.embedder_folder):
            with pytest.raises(ModelMissing):
                look()
        with pytest.raises(ModelMissing):
            models.resolve(starter.id)
        seen: list[tuple[int, int]] = []
        models.fetch(starter.id, lambda *step: seen.append(step))
        assert all(0 <= done <= total == starter.bytes for done, total in seen)
        assert seen[-1] == (starter.bytes, starter.bytes)
        assert models.is_installed(starter.id)
        (model,) = models.installed()
        assert (model.id, model.name, model.bytes) == (starter.id, starter.name, starter.bytes)
        assert model.entry == starter
        assert models.resolve().id == models.resolve(starter.id).id == starter.id

    def test_a_fetch_that_is_cancelled_brings_nothing(self, models: ModelLibrary) -> None:
        token = CancelToken()
        with pytest.raises(Cancelled):
            models.fetch(models.catalog.starter.id, lambda *_: token.cancel(), token)
        assert models.installed() == ()

    def test_what_is_in_no_catalogue_cannot_be_had(self, models: ModelLibrary) -> None:
        with pytest.raises(ModelMissing):
            models.fetch("no-such-model")
        with pytest.raises(ModelMissing):
            models.resolve("no-such-model")


@pytest.mark.parametrize(
    ("double", "real"),
    [
        (doubles.Services, (Services,)),
        (doubles.Answers, (AnswerService,)),
        (doubles.Index, (IndexClient, ParseClient)),
        (House, (IndexClient, ParseClient)),
    ],
)
def test_a_double_is_called_as_the_real_one(double: type, real: tuple[type, ...]) -> None:
    methods = {
        name: method
        for name, method in vars(double).items()
        if not name.startswith("_") and inspect.isfunction(method) and name != "close"
    }
    assert methods
    for name, method in methods.items():
        theirs = next(getattr(one, name) for one in real if hasattr(one, name))
        assert _parameters(method) == _parameters(theirs), name


def _parameters(method: Callable[..., object]) -> list[tuple[str, str, bool]]:
    """Name, kind, and whether it may be left out."""
    return [
        (each.name, each.kind.name, each.default is not each.empty)
        for each in inspect.signature(method).parameters.values()
    ]


def test_what_the_window_is_given_is_there_in_earnest() -> None:
    own = {"restarts", "read", "read_with", "died"}  # what a test looks at
    fields = {field.name for field in dataclasses.fields(doubles.Services)} - own
    assert fields < {field.name for field in dataclasses.fields(Services)}
