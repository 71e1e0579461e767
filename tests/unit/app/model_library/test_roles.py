"""Which model does which job, and what is said where the chosen one cannot."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from app.model_library.faults import LoadFaults
from app.model_library.roles import ModelRole, ModelRoles
from app.model_library.service import ModelLibrary
from app.paths import Paths
from app.settings.store import SettingsStore
from app.shell import cli
from models.errors import ModelMissing
from tests.conftest import EMBEDDER, TINY_CHAT_MODEL
from tests.lora import TINY

INSTEAD = "The model that answers is used instead."


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """A data folder, and a models folder with the small model alone."""
    made = Paths(tmp_path / "data", tmp_path / "models")
    made.ensure()
    made.models.mkdir(exist_ok=True)
    os.link(TINY, made.models / TINY.name)
    monkeypatch.setenv("STUDIOLO_MODELS_DIR", str(made.models))
    return made


def roles_of(paths: Paths) -> ModelRoles:
    faults = LoadFaults(paths.load_faults)
    return ModelRoles(ModelLibrary(paths.models), SettingsStore(paths.settings), faults)


def test_one_model_does_everything_unless_another_is_chosen(own: Paths) -> None:
    roles = roles_of(own)
    by_role = {role.role: (role.chosen, role.id, role.note) for role in roles.all()}
    assert by_role == {
        ModelRole.ANSWER: ("", TINY_CHAT_MODEL, ""),
        ModelRole.UNDERSTAND: ("", "", ""),
        ModelRole.EXTRACT: ("", "", ""),
        ModelRole.EMBED: ("", EMBEDDER, ""),
        ModelRole.RERANK: ("", "", ""),
    }
    chosen = roles.choose(ModelRole.EXTRACT, TINY_CHAT_MODEL)
    assert (chosen.id, chosen.note) == (TINY_CHAT_MODEL, "")
    assert SettingsStore(own.settings).current.extract_model == TINY_CHAT_MODEL


def test_a_chosen_model_that_is_gone_is_told_and_the_answers_model_serves(own: Paths) -> None:
    roles = roles_of(own)
    roles.choose(ModelRole.EXTRACT, TINY_CHAT_MODEL)
    (own.models / TINY.name).unlink()
    gone = roles_of(own).of(ModelRole.EXTRACT)
    assert gone.id == ""
    assert gone.note == f"SmolLM2 135M is not on this machine. {INSTEAD}"


def test_a_chosen_model_that_does_not_fit_is_told(own: Paths) -> None:
    roles = roles_of(own)
    roles._settings.change(model_memory_mb=150)
    large = roles.choose(ModelRole.EXTRACT, TINY_CHAT_MODEL)
    assert large.id == ""
    assert "of memory, and models may take 0.0 GB together" in large.note
    assert large.note.endswith(INSTEAD)


def test_a_chosen_model_that_could_not_be_loaded_is_told(
    own: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    roles = roles_of(own)
    roles.choose(ModelRole.EXTRACT, TINY_CHAT_MODEL)
    roles.faults.note([own.models / TINY.name], "It crashed.")
    words = f"SmolLM2 135M could not be loaded. It crashed. {INSTEAD}"
    state = roles_of(own).of(ModelRole.EXTRACT)
    assert (state.id, state.note) == ("", words)
    assert shell(own, "extract") == 0
    assert words in capsys.readouterr().out
    assert roles.choose(ModelRole.EXTRACT, TINY_CHAT_MODEL).note == ""


def test_what_is_not_there_cannot_be_chosen(own: Paths) -> None:
    roles = roles_of(own)
    for role, words in (
        (ModelRole.EXTRACT, "The model 'none-such' is not on this machine"),
        (ModelRole.EMBED, "There is no embedding model 'none-such' on this machine"),
        (ModelRole.RERANK, "There is no reranker 'none-such' on this machine"),
    ):
        with pytest.raises(ModelMissing, match=words):
            roles.choose(role, "none-such")
    assert roles.choose(ModelRole.RERANK, "none").chosen == "none"


def test_the_budget_is_what_was_set_without_what_search_needs(own: Paths) -> None:
    roles = roles_of(own)
    assert roles.memory_budget() > 0
    search = ModelLibrary(own.models).catalog.embedder.memory_mb
    roles._settings.change(model_memory_mb=5000)
    assert roles.memory_budget() == (5000 - search) * 10**6


def shell(paths: Paths, *words: str) -> int:
    return cli.main(["models", "roles", *words, "--data-dir", str(paths.data)])


def test_the_shell_shows_changes_and_resets(own: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    assert shell(own) == 0
    shown = capsys.readouterr().out
    assert f"extract     {TINY_CHAT_MODEL} (as answers)" in shown
    assert "GB of memory together" in shown
    assert shell(own, "extract", TINY_CHAT_MODEL, "--json") == 0
    output = json.loads(capsys.readouterr().out)
    chosen = {"role": "extract", "chosen": TINY_CHAT_MODEL, "model": TINY_CHAT_MODEL, "note": ""}
    assert output["roles"] == [chosen]
    assert output["loaded"] == []
    assert shell(own, "extract", "none-such") == 1
    assert "The model 'none-such' is not on this machine" in capsys.readouterr().err
    assert SettingsStore(own.settings).current.extract_model == TINY_CHAT_MODEL
    assert shell(own, "extract", "--reset") == 0
    assert SettingsStore(own.settings).current.extract_model == ""
