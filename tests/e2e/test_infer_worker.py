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
    GenerationOptions,
    Message,
    Primed,
    Role,
    TextPiece,
)
from models.errors import ModelDamaged, ModelMissing
from tests.conftest import MODELS, TINY_CHAT_MODEL
from tests.contract.test_chat_model import TestEveryChatModel as _Contract

TINY = InferConfig(str(MODELS / f"{TINY_CHAT_MODEL}.gguf"), TINY_CHAT_MODEL)
WORDS = [Message(Role.USER, " ".join(f"word{n}" for n in range(40)))]


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
def slow(paths: Paths) -> Iterator[InferClient]:
    config = InferConfig("", "slow", factory="tests.sample_models:slow_chat")
    client = InferClient(paths, lambda: config)
    yield client
    client.close()


def test_a_question_goes_before_what_is_read_ahead(shared: InferClient) -> None:
    long = [Message(Role.USER, "The wind rose and the boat turned. " * 400)]
    done: list[Primed] = []
    reading = threading.Thread(target=lambda: done.append(shared.prime(long)))
    reading.start()
    time.sleep(0.5)
    assert not done
    assert text_of(list(shared.generate([Message(Role.USER, "Hi")], GenerationOptions(4))))
    reading.join(1)
    assert [primed.complete for primed in done] == [False]


def test_reading_ahead_can_be_stopped(shared: InferClient) -> None:
    long = [Message(Role.USER, "A sail was torn by the storm. " * 400)]
    stop_at = time.monotonic() + 0.3
    primed = shared.prime(long, lambda: time.monotonic() > stop_at)
    assert time.monotonic() - stop_at < 3  # bench.speed measures it
    assert not primed.complete


def text_of(events: list[object]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextPiece))


def test_nothing_starts_before_it_is_needed(slow: InferClient) -> None:
    assert slow.id == "slow"
    assert not slow.worker.alive
    assert slow.context_window == 4096
    assert slow.worker.alive


def test_stop_is_heeded_within_200_ms(slow: InferClient) -> None:
    slow.load()
    stopped_at = 0.0

    def should_stop() -> bool:
        return stopped_at > 0

    events = []
    for event in slow.generate(WORDS, GenerationOptions(), should_stop):
        events.append(event)
        if len(events) == 3:
            stopped_at = time.monotonic()
    assert time.monotonic() - stopped_at < 2
    assert isinstance(events[-1], Finished)
    assert events[-1].reason is FinishReason.STOPPED


def test_stop_is_heeded_while_the_model_is_still_loading(slow: InferClient) -> None:
    slow.worker.start()
    stop_at = time.monotonic() + 0.1
    events = list(slow.generate(WORDS, GenerationOptions(), lambda: time.monotonic() > stop_at))
    assert time.monotonic() - stop_at < 2
    assert events == [Finished(FinishReason.STOPPED, 0, 0)]


def test_leaving_an_answer_early_frees_the_model_for_the_next(slow: InferClient) -> None:
    for _ in slow.generate(WORDS, GenerationOptions()):
        break
    started = time.monotonic()
    assert text_of(list(slow.generate([Message(Role.USER, "next")], GenerationOptions()))) == "next"
    assert time.monotonic() - started < 10


def test_killed_in_the_middle_of_an_answer(paths: Paths) -> None:
    config = InferConfig("", "slow", factory="tests.sample_models:slow_chat")
    client = InferClient(paths, lambda: config)
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
    assert text_of(list(client.generate([Message(Role.USER, "a b")], GenerationOptions()))) == "a b"
    assert len(told) == 1
    client.close()


def test_another_choice_of_model_takes_effect_by_itself(paths: Paths) -> None:
    wanted = [InferConfig("", "one", 2048, factory="tests.sample_models:fake_chat")]
    client = InferClient(paths, lambda: wanted[0])
    assert (client.id, client.context_window) == ("one", 2048)
    wanted[0] = InferConfig("", "two", 1024, factory="tests.sample_models:fake_chat")
    assert (client.id, client.context_window) == ("two", 1024)
    client.close()


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
