"""The infer worker in its own process, with a fake model and with a real small one."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import psutil
import pytest

from app.errors import WorkerDied
from app.paths import Paths
from app.workers.clients import InferClient
from app.workers.configs import InferConfig
from models.chat import (
    ChatModel,
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationOptions,
    Message,
    Primed,
    Role,
    TextPiece,
)
from models.errors import ModelDamaged, ModelMissing
from tests.conftest import MODELS, TINY_CHAT_MODEL
from tests.contract.test_chat_model import TestEveryChatModel as _Contract
from tests.sample_models import READING

TINY = InferConfig(str(MODELS / f"{TINY_CHAT_MODEL}.gguf"), TINY_CHAT_MODEL)
TIRELESS = "tests.sample_models:tireless_chat"
WORDS = [Message(Role.USER, " ".join(f"word{n}" for n in range(40)))]
NEXT = [Message(Role.USER, "next")]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InferClient]:
    paths = Paths(tmp_path_factory.mktemp("data"), MODELS)
    paths.ensure()
    client = InferClient(paths, lambda: TINY)
    client.load()
    yield client
    client.close()


class TestInferClient(_Contract):
    """Through the channel a real model keeps to the same contract."""

    @pytest.fixture
    def model(self, shared: InferClient) -> ChatModel:
        return shared


@pytest.fixture
def tireless(paths: Paths) -> Iterator[InferClient]:
    """A model that ends nothing long by itself: a test that waits for it was not heeded."""
    config = InferConfig("", "tireless", states=str(paths.states), factory=TIRELESS)
    client = InferClient(paths, lambda: config)
    yield client
    client.close()


def reading(paths: Paths) -> bool:
    return (paths.states / READING).exists()


def test_a_question_goes_before_what_is_read_ahead(tireless: InferClient, paths: Paths) -> None:
    done: list[Primed] = []
    thread = threading.Thread(target=lambda: done.append(tireless.prime(WORDS)))
    thread.start()
    while not reading(paths):
        time.sleep(0.01)
    assert text_of(list(tireless.generate(NEXT, GenerationOptions()))) == "next"
    thread.join()
    assert [primed.complete for primed in done] == [False]


def test_reading_ahead_can_be_stopped(tireless: InferClient, paths: Paths) -> None:
    assert not tireless.prime(WORDS, lambda: reading(paths)).complete
    assert not reading(paths)


def text_of(events: list[object]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextPiece))


def test_nothing_starts_before_it_is_needed(tireless: InferClient) -> None:
    assert tireless.id == "tireless"
    assert not tireless.worker.alive
    assert tireless.context_window == 4096
    assert tireless.worker.alive


def test_stop_is_heeded(tireless: InferClient) -> None:
    events: list[GenerationEvent] = []
    for event in tireless.generate(WORDS, GenerationOptions(), lambda: len(events) >= 3):
        events.append(event)  # noqa: PERF402 - it is looked at meanwhile
    assert isinstance(events[-1], Finished)
    assert events[-1].reason is FinishReason.STOPPED


def test_stop_is_heeded_while_the_model_is_still_loading(paths: Paths) -> None:
    config = InferConfig("", "endless", factory="tests.sample_models:endless_chat")
    client = InferClient(paths, lambda: config)
    asked = iter([False])  # as the answer begins; after that, stop was pressed
    events = list(client.generate(WORDS, GenerationOptions(), lambda: next(asked, True)))
    client.close()
    assert events == [Finished(FinishReason.STOPPED, 0, 0)]


def test_leaving_an_answer_early_frees_the_model_for_the_next(tireless: InferClient) -> None:
    for _ in tireless.generate(WORDS, GenerationOptions()):
        break
    assert text_of(list(tireless.generate(NEXT, GenerationOptions()))) == "next"


def test_killed_in_the_middle_of_an_answer(tireless: InferClient) -> None:
    client = tireless
    told: list[WorkerDied] = []
    client.on_died(told.append)
    answer = client.generate(WORDS, GenerationOptions())
    first = next(answer)
    assert isinstance(first, TextPiece)
    assert first.text == "word0"
    assert client.worker.pid is not None
    psutil.Process(client.worker.pid).kill()
    with pytest.raises(WorkerDied, match="The language model was ended by the system"):
        list(answer)
    client.restart()
    assert text_of(list(client.generate(NEXT, GenerationOptions()))) == "next"
    assert len(told) == 1


def test_another_choice_of_model_takes_effect_by_itself(paths: Paths) -> None:
    wanted = [InferConfig("", "one", 2048, factory="tests.sample_models:fake_chat")]
    client = InferClient(paths, lambda: wanted[0])
    assert (client.id, client.context_window) == ("one", 2048)
    wanted[0] = InferConfig("", "two", 1024, factory="tests.sample_models:fake_chat")
    assert (client.id, client.context_window) == ("two", 1024)
    client.close()


def test_an_idle_model_is_unloaded_and_comes_back_by_itself(tireless: InferClient) -> None:
    told: list[WorkerDied] = []
    tireless.on_died(told.append)
    assert not tireless.unload_if_idle(0)  # it was never loaded
    for _ in tireless.generate(WORDS, GenerationOptions()):
        assert not tireless.unload_if_idle(0)  # it is answering
        break
    tireless.load()
    assert not tireless.unload_if_idle(3600)
    first = tireless.worker.pid
    while not tireless.unload_if_idle(0):  # the answer that was left is ending
        pass
    assert not tireless.worker.alive
    assert tireless.load().id == "tireless"
    assert tireless.worker.pid not in (None, first)
    assert told == []


def test_a_missing_model_is_told_and_can_be_mended(paths: Paths) -> None:
    missing = InferConfig(str(paths.data / "no.gguf"), "no")
    wanted = [missing]
    client = InferClient(paths, lambda: wanted[0])
    with pytest.raises(ModelMissing):
        client.load()
    (paths.data / "no.gguf").write_bytes(b"not a model")
    with pytest.raises(ModelDamaged):
        client.load()
    wanted[0] = InferConfig("", "yes", factory="tests.sample_models:fake_chat")
    assert client.load().id == "yes"
    client.close()
