"""Settings of one model: kept, reset, and in force in the process that runs it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

import pytest

from app.chats.chat_settings import USUAL, ChatSettings
from app.paths import Paths
from app.services import build_services
from app.settings.fields import ModelSettings, Settings
from app.settings.store import SettingsStore
from app.shell import cli
from app.workers.configs import InferConfig
from app.workers.infer import InferWorker
from app.workers.messages import Generate, LoadModel, ModelInfo
from app.workers.model_of_chat import ModelOfChat
from app.workers.serve import Calling
from models.chat import GenerationEvent, GenerationOptions, Message, Role, TextPiece
from models.fakes import FakeChatModel
from tests.conftest import TINY_CHAT_MODEL

PROMPT = (Message(Role.SYSTEM, "Be brief."), Message(Role.USER, "Name a colour."))
RULES = "Always answer in Dutch, and never in any other language."


class Noting(FakeChatModel):
    """Notes what it was asked last."""

    asked: tuple[tuple[Message, ...], GenerationOptions]

    def __init__(self, config: InferConfig) -> None:
        super().__init__(model_id=config.model_id)

    def generate(
        self,
        messages: Sequence[Message],
        options: GenerationOptions,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[GenerationEvent]:
        self.asked = tuple(messages), options
        yield from super().generate(messages, options, should_stop)


def test_of_each_model_there_is_one_entry_and_none_where_nothing_differs() -> None:
    small = ModelSettings(model="small", temperature=0.5)
    settings = Settings(per_model=(small,))
    assert settings.for_model("small") == small
    assert settings.for_model("large") == ModelSettings(model="large")
    warm = ModelSettings(model="small", temperature=1.0)
    assert settings.with_model(warm) == (warm,)
    assert settings.with_model(ModelSettings(model="small")) == ()


def shell(paths: Paths, *words: str) -> int:
    return cli.main(["--data-dir", str(paths.data), "models", "settings", "small", *words])


def test_the_shell_sets_takes_back_and_resets(
    paths: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shell(paths, "--set", "temperature=0.7", "--set", "threads=2", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "id": "small",
        "settings": {"temperature": 0.7, "threads": 2},
    }
    assert shell(paths, "--set", "threads=") == 0
    said = capsys.readouterr().out
    assert "temperature     0.7" in said
    assert "threads         as for all models" in said
    kept = SettingsStore(paths.settings).current.per_model
    assert kept == (ModelSettings(model="small", temperature=0.7),)
    assert shell(paths, "--reset") == 0
    assert SettingsStore(paths.settings).current.per_model == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("warmth=1", "warmth=1 is not a setting with a value."),
        ("temperature", "temperature is not a setting with a value."),
        ("temperature=9", "temperature cannot be 9: input should be less than or equal to 2."),
        ("threads=many", "threads cannot be many"),
    ],
)
def test_the_shell_says_what_cannot_be_set(
    paths: Paths, capsys: pytest.CaptureFixture[str], change: str, words: str
) -> None:
    assert shell(paths, "--set", change) == 1
    assert words in capsys.readouterr().err
    assert SettingsStore(paths.settings).current.per_model == ()


def test_the_worker_is_started_with_what_holds_for_its_model(paths: Paths) -> None:
    with closing(build_services(paths, TINY_CHAT_MODEL)) as services:
        usual = services.workers.infer.wanted
        assert (usual.context_tokens, usual.temperature, usual.rules) == (4096, 0.0, "")
        own = ModelSettings(
            model=TINY_CHAT_MODEL, context_tokens=2048, threads=1, temperature=0.5, rules=RULES
        )
        other = ModelSettings(model="other", threads=7)
        services.settings.change(per_model=[own.model_dump(), other.model_dump()])
        wanted = services.workers.infer.wanted
        assert (wanted.context_tokens, wanted.threads) == (2048, 1)
        assert (wanted.temperature, wanted.rules) == (0.5, RULES)
        assert wanted.gpu_layers == usual.gpu_layers


def test_rules_and_temperature_reach_the_model_only_where_a_person_reads_what_it_writes() -> None:
    config = InferConfig("", "fake", factory=f"{__name__}:Noting", temperature=0.5, rules=RULES)
    worker = InferWorker(config)

    def generate(options: GenerationOptions) -> tuple[tuple[Message, ...], GenerationOptions]:
        worker.handlers()[Generate](Generate(PROMPT, options), Calling(1, lambda _message: None))
        assert isinstance(worker._model, Noting)
        return worker._model.asked

    messages, options = generate(GenerationOptions(temperature=None, own_rules=True))
    assert messages[0].content == f"Be brief.\n\n{RULES}"
    assert messages[1:] == PROMPT[1:]
    assert options.temperature == 0.5
    assert generate(GenerationOptions()) == (PROMPT, GenerationOptions())


def test_what_holds_for_a_chat_stands_over_what_holds_for_its_model() -> None:
    config = InferConfig("", "fake", factory=f"{__name__}:Noting", temperature=0.5, rules=RULES)
    worker = InferWorker(config)
    personal = GenerationOptions(temperature=None, own_rules=True)

    def ask(chat: ChatSettings, options: GenerationOptions = personal) -> tuple[str, float | None]:
        request = Generate(PROMPT, options, chat)
        worker.handlers()[Generate](request, Calling(1, lambda _message: None))
        assert isinstance(worker._model, Noting)
        messages, used = worker._model.asked
        return messages[0].content, used.temperature

    def window(chat: ChatSettings) -> int:
        loaded = worker.handlers()[LoadModel](LoadModel(chat), Calling(1, lambda _message: None))
        assert isinstance(loaded, ModelInfo)
        return loaded.context_window

    of_model = f"Be brief.\n\n{RULES}", 0.5
    assert ask(USUAL) == of_model
    assert ask(ChatSettings(rules="In French.")) == ("Be brief.\n\nIn French.", 0.5)
    assert ask(ChatSettings(temperature=0.0)) == (of_model[0], 0.0)
    # What no person reads is written as ever.
    assert ask(ChatSettings(0.7, rules="In French."), GenerationOptions()) == ("Be brief.", 0.0)
    assert window(ChatSettings(context_tokens=2048)) == 2048
    assert ask(USUAL) == of_model
    assert window(USUAL) == 4096


@pytest.mark.slow
def test_the_real_model_writes_in_a_chat_as_the_chat_wants_it(paths: Paths) -> None:
    with closing(build_services(paths, TINY_CHAT_MODEL)) as services:
        infer = services.workers.infer
        usual = infer.count_tokens(PROMPT)
        small = ModelOfChat(infer, ChatSettings(context_tokens=1024, rules=RULES))
        large = ModelOfChat(infer, ChatSettings(context_tokens=8192))
        pid = infer.worker.pid
        assert small.count_tokens(PROMPT) > usual + 8
        assert [m.context_window for m in (small, infer, large, small)] == [1024, 4096, 8192, 1024]
        texts = []
        for model in (infer, small, large, infer):
            events = model.generate(PROMPT, GenerationOptions(max_tokens=8))
            texts.append("".join(e.text for e in events if isinstance(e, TextPiece)))
        assert len(set(texts)) == 1  # a window is a limit, and changes no word
        assert infer.worker.pid == pid  # it was not loaded again
        assert (bool(small.wishes), large.wishes, infer.wishes) == (True, "", "")


@pytest.mark.slow
def test_the_real_model_gets_them(paths: Paths) -> None:
    with closing(build_services(paths, TINY_CHAT_MODEL)) as services:
        infer = services.workers.infer
        usual, window = infer.count_tokens(PROMPT), infer.context_window
        own = ModelSettings(model=TINY_CHAT_MODEL, context_tokens=1024, rules=RULES)
        services.settings.change(per_model=[own.model_dump()])
        assert infer.context_window == 1024 < window
        assert infer.count_tokens(PROMPT) > usual + 8
