"""A model chosen for a job that cannot be loaded: the one that answers does the job instead."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.model_library.faults import LoadFaults
from app.model_library.roles import ModelRole, ModelRoles
from app.model_library.service import ModelLibrary
from app.paths import Paths
from app.settings.store import SettingsStore
from app.specialists.definition import Specialist
from app.workers.configs import InferConfig
from app.workers.model_pool import ModelPool
from app.workers.role_models import RoleModels
from models.chat import ChatModel, GenerationOptions, Message, Role, TextPiece
from tests.conftest import TINY_CHAT_MODEL
from tests.lora import TINY, write_adapter

FAKE = "tests.sample_models:fake_chat"
QUESTION = [Message(Role.USER, "next")]
INSTEAD = "The model that answers is used instead."

Make = Callable[[Callable[[str, str], str]], RoleModels]


@pytest.fixture
def own(tmp_path: Path) -> Paths:
    """A data folder, and a models folder with the small model and an adapter."""
    paths = Paths(tmp_path / "data", tmp_path / "models")
    paths.ensure()
    (paths.models / "adapters").mkdir(parents=True)
    os.link(TINY, paths.models / TINY.name)
    write_adapter(paths.models / "adapters" / "terms.gguf")
    return paths


@pytest.fixture
def make(own: Paths) -> Iterator[Make]:
    """Makes the models of roles; the function returns the factory for a model and an adapter."""
    pools: list[ModelPool] = []

    def role_models(factory: Callable[[str, str], str]) -> RoleModels:
        def config_of(model_id: str, adapter: str = "") -> Callable[[], InferConfig]:
            path = str(own.models / TINY.name) if model_id or adapter else ""
            return lambda: InferConfig(
                path,
                f"{model_id or 'answers'}{' with adapter' if adapter else ''}",
                factory=factory(model_id, adapter),
                states=str(own.states),
                adapter=adapter,
            )

        models = ModelLibrary(own.models)
        roles = ModelRoles(models, SettingsStore(own.settings), LoadFaults(own.load_faults))
        pool = ModelPool(own, config_of(""), lambda: 1 << 40, lambda _: 1)
        pools.append(pool)
        return RoleModels(pool, roles, models, config_of)

    yield role_models
    for pool in pools:
        pool.close()


def said(model: ChatModel | None) -> tuple[str, str]:
    """Asks as the program does; returns which model replied, and what."""
    assert model is not None
    assert model.count_tokens(QUESTION) < model.context_window
    events = model.generate(QUESTION, GenerationOptions())
    words = "".join(event.text for event in events if isinstance(event, TextPiece))
    return model.id, words


def test_a_model_that_can_be_loaded_does_the_job(make: Make) -> None:
    models = make(lambda _model, _adapter: FAKE)
    models.roles.choose(ModelRole.UNDERSTAND, TINY_CHAT_MODEL)
    assert said(models.understanding()) == (TINY_CHAT_MODEL, "next")
    assert models.roles.of(ModelRole.UNDERSTAND).note == ""


@pytest.mark.expects_log
@pytest.mark.parametrize("fault", ["deadly_chat", "unknown_chat"])
def test_a_model_that_cannot_be_loaded_gives_way_to_the_one_that_answers(
    make: Make, fault: str
) -> None:
    models = make(lambda model, _: f"tests.sample_models:{fault}" if model else FAKE)
    models.roles.choose(ModelRole.UNDERSTAND, TINY_CHAT_MODEL)
    assert said(models.understanding()) == ("answers", "next")
    state = models.roles.of(ModelRole.UNDERSTAND)
    assert state.id == ""
    assert state.note.startswith("SmolLM2 135M could not be loaded. ")
    assert state.note.endswith(INSTEAD)
    assert models.understanding() is None, "it is not loaded again for the next question"
    models.roles.choose(ModelRole.UNDERSTAND, TINY_CHAT_MODEL)
    assert models.understanding() is not None, "chosen again, it is tried again"


@pytest.mark.expects_log
def test_the_model_of_a_specialist_gives_way_too(make: Make) -> None:
    models = make(lambda model, _: "tests.sample_models:unknown_chat" if model else FAKE)
    specialist = Specialist("Leases", "extract", model=TINY_CHAT_MODEL)
    assert models.note(specialist) == ""
    with models.running(specialist):
        assert said(models.model_for(specialist)) == ("answers", "next")
    assert models.note(specialist).endswith(f"It is of a kind that nobody knows. {INSTEAD}")
    assert said(models.model_for(specialist)) == ("answers", "next")


@pytest.mark.expects_log
def test_an_adapter_that_cannot_be_loaded_leaves_its_model(make: Make) -> None:
    models = make(lambda _, adapter: "tests.sample_models:unknown_chat" if adapter else FAKE)
    specialist = Specialist("Leases", "extract", model=TINY_CHAT_MODEL, adapter="terms")
    with models.running(specialist):
        assert said(models.model_for(specialist)) == (TINY_CHAT_MODEL, "next")
    assert models.note(specialist) == (
        "It is of a kind that nobody knows. The table is filled without the adapter."
    )
    assert said(models.model_for(specialist)) == (TINY_CHAT_MODEL, "next")
