"""Several language models within one budget of memory: who stays, who goes, who is waited for."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Generator, Iterator

import pytest

from app.errors import Cancelled
from app.paths import Paths
from app.workers.configs import InferConfig
from app.workers.infer_client import InferClient
from app.workers.model_pool import ModelPool
from models.chat import (
    ChatModel,
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationOptions,
    Message,
    Role,
    TextPiece,
)
from models.errors import ModelMissing
from tests.conftest import MODELS, TINY_CHAT_MODEL
from tests.contract.test_chat_model import TestEveryChatModel as _Contract
from tests.lora import write_adapter

FAKE = "tests.sample_models:fake_chat"
TIRELESS = "tests.sample_models:tireless_chat"
SHORT = [Message(Role.USER, "next")]
LONG = [Message(Role.USER, "one two three")]
TINY = InferConfig(str(MODELS / f"{TINY_CHAT_MODEL}.gguf"), TINY_CHAT_MODEL)
NEEDS = {"answers": 4, "small": 2, "other": 3, "huge": 90}


def config(model_id: str, factory: str = FAKE) -> InferConfig:
    return InferConfig("", model_id, factory=factory)


def need(wanted: InferConfig) -> int:
    return NEEDS[wanted.model_id]


class Pools:
    """Makes pools, and closes them."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self.made: list[ModelPool] = []

    def __call__(
        self,
        budget: int = 6,
        factory: str = FAKE,
        available: Callable[[], int] = lambda: 1000,
    ) -> ModelPool:
        pool = ModelPool(
            self._paths, lambda: config("answers", factory), lambda: budget, need, available
        )
        self.made.append(pool)
        return pool


@pytest.fixture
def pools(paths: Paths) -> Iterator[Pools]:
    made = Pools(paths)
    yield made
    for pool in made.made:
        pool.close()


def get(pool: ModelPool, model_id: str, factory: str = FAKE) -> InferClient:
    return pool.get(lambda: config(model_id, factory))


def said(client: InferClient, messages: list[Message] = SHORT) -> str:
    events = client.generate(messages, GenerationOptions())
    return "".join(event.text for event in events if isinstance(event, TextPiece))


def ids(pool: ModelPool) -> list[str]:
    return [client.running_id for client in pool.loaded]


@pytest.fixture(scope="module", autouse=True)  # before what looks for processes left behind
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InferClient]:
    paths = Paths(tmp_path_factory.mktemp("data"), MODELS)
    paths.ensure()
    pool = ModelPool(paths, lambda: TINY, lambda: 1 << 40)
    pool.answers.load()
    yield pool.answers
    pool.close()


class TestPooledModel(_Contract):
    """In the pool a real model keeps to the same contract."""

    @pytest.fixture
    def model(self, tiny: InferClient) -> ChatModel:
        return tiny


def test_models_that_fit_stay_and_nothing_is_loaded_before_it_is_needed(pools: Pools) -> None:
    pool = pools()
    small = get(pool, "small")
    assert ids(pool) == []
    assert said(pool.answers) == said(small) == "next"
    assert ids(pool) == ["answers", "small"]


def test_the_same_model_is_loaded_once_for_all_its_jobs(pools: Pools) -> None:
    pool = pools()
    assert get(pool, "answers") is pool.answers
    assert get(pool, "small") is get(pool, "small")


def test_the_least_recently_used_goes_first(pools: Pools) -> None:
    pool = pools(budget=9)
    small, other = get(pool, "small"), get(pool, "other")
    for client in (small, pool.answers, other, small):
        said(client)
    assert sorted(ids(pool)) == ["answers", "other", "small"]
    pool._budget = lambda: 8
    other.worker.stop()
    said(other)
    assert sorted(ids(pool)) == ["other", "small"]


def test_a_second_model_takes_the_place_of_the_first_where_both_do_not_fit(pools: Pools) -> None:
    pool = pools(budget=6)
    other = get(pool, "other")
    for client, loaded in ((pool.answers, "answers"), (other, "other"), (pool.answers, "answers")):
        assert said(client) == "next"
        assert ids(pool) == [loaded]


def test_a_model_larger_than_the_budget_is_loaded_alone(pools: Pools) -> None:
    pool = pools()
    said(pool.answers)
    assert said(get(pool, "huge")) == "next"
    assert ids(pool) == ["huge"]
    assert said(pool.answers) == "next"
    assert ids(pool) == ["answers"]


def test_memory_that_runs_short_unloads_what_nobody_uses(pools: Pools) -> None:
    pool = pools(budget=1000, available=lambda: 1)
    said(pool.answers)
    said(get(pool, "small"))
    assert ids(pool) == ["small"]


def test_a_model_that_answers_is_waited_for(pools: Pools) -> None:
    pool = pools(factory=TIRELESS)
    other = get(pool, "other")
    answering = pool.answers.generate(LONG, GenerationOptions())
    next(answering)
    pid = pool.answers.worker.pid
    replies: list[str] = []
    thread = threading.Thread(target=lambda: replies.append(said(other)))
    thread.start()
    while not pool._users[other]:
        time.sleep(0.01)
    next(answering)
    assert pool.answers.worker.pid == pid
    assert not other.worker.alive
    assert isinstance(answering, Generator)
    answering.close()
    thread.join()
    assert replies == ["next"]
    assert ids(pool) == ["other"]


def test_who_waits_can_be_stopped(pools: Pools) -> None:
    pool = pools(factory=TIRELESS)
    other = get(pool, "other")
    answering = pool.answers.generate(LONG, GenerationOptions())
    next(answering)
    asked = iter([False, False])
    events: list[GenerationEvent] = list(
        other.generate(SHORT, GenerationOptions(), lambda: next(asked, True))
    )
    assert events == [Finished(FinishReason.STOPPED, 0, 0)]
    assert not other.prime(SHORT, lambda: True).complete
    assert not other.worker.alive
    assert isinstance(answering, Generator)
    answering.close()


def test_closing_ends_what_waits(pools: Pools) -> None:
    pool = pools(factory=TIRELESS)
    other = get(pool, "other")
    answering = pool.answers.generate(LONG, GenerationOptions())
    next(answering)
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            said(other)
        except Cancelled as error:
            errors.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while not pool._users[other]:
        time.sleep(0.01)
    pool.close()
    thread.join()
    assert len(errors) == 1
    assert ids(pool) == []
    with pytest.raises(Cancelled):
        get(pool, "small")
    with contextlib.suppress(Cancelled):  # or it had ended just then
        list(answering)


def test_a_model_that_is_lent_goes_afterwards_unless_it_was_there(pools: Pools) -> None:
    pool = pools(budget=100)
    said(pool.answers)
    with pool.lent(lambda: config("small")) as small:
        said(small)
        with pool.lent(lambda: config("small")) as again:
            assert again is small
            said(again)
        assert ids(pool) == ["answers", "small"]
    assert ids(pool) == ["answers"]
    with pool.lent(lambda: config("answers")) as answers:
        said(answers)
    assert ids(pool) == ["answers"]


def test_idle_models_are_unloaded_each_after_its_own_time(pools: Pools) -> None:
    pool = pools(budget=100)
    small = get(pool, "small")
    said(pool.answers)
    said(small)
    assert not pool.unload_idle(lambda _client: 3600)
    assert pool.unload_idle(lambda client: 0 if client is small else 3600)
    assert ids(pool) == ["answers"]


def test_where_no_model_answers_another_can_still_do_its_job(paths: Paths) -> None:
    def missing() -> InferConfig:
        raise ModelMissing("There is none.")

    pool = ModelPool(paths, missing, lambda: 10, need)
    assert said(get(pool, "small")) == "next"
    with pytest.raises(ModelMissing):
        said(pool.answers)
    pool.close()


def test_an_adapter_is_another_model_and_both_are_counted(paths: Paths) -> None:
    adapter = write_adapter(paths.data / "terms.gguf", 0.05)
    with_adapter = InferConfig(TINY.path, "tiny + terms", adapter=str(adapter))
    pool = ModelPool(paths, lambda: TINY, lambda: 1 << 20)
    asked = [Message(Role.USER, "Tell me about the sea.")]
    options = GenerationOptions(max_tokens=3)
    *_, usual = pool.answers.generate(asked, options)
    with pool.lent(lambda: with_adapter) as changed:
        *_, other = changed.generate(asked, options)
        assert changed.id == "tiny + terms"
        assert [client.running_id for client in pool.loaded] == ["tiny + terms"]
    assert pool.loaded == ()
    assert isinstance(usual, Finished)
    assert isinstance(other, Finished)
    assert usual.chances != other.chances
    pool.close()
