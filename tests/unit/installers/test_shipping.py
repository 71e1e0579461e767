"""Models in the frozen program: those asked for and the embedding model, whole, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.model_library.service import ModelLibrary
from app.model_library.shipped import shipped_folder
from installers.shipping import ship, unship
from tests.conftest import EMBEDDER, MODELS, TINY_CHAT_MODEL


def test_the_program_finds_what_was_put_into_it(tmp_path: Path) -> None:
    frozen = tmp_path / "studiolo"
    frozen.mkdir()
    folder = ship(frozen, [TINY_CHAT_MODEL], MODELS)
    assert folder == shipped_folder(frozen / "studiolo")
    assert {path.name for path in folder.iterdir()} == {f"{TINY_CHAT_MODEL}.gguf", EMBEDDER}
    library = ModelLibrary(tmp_path / "models", shipped=folder)
    assert library.resolve().id == TINY_CHAT_MODEL
    assert library.embedder_folder() == folder / EMBEDDER
    unship(frozen)
    assert not list(frozen.iterdir())


def test_a_model_that_is_not_here_ends_the_build(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=TINY_CHAT_MODEL):
        ship(tmp_path / "studiolo", [TINY_CHAT_MODEL], tmp_path / "empty")
