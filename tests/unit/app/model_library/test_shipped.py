"""Models that come with the program: found beside it, used there, and never changed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from app.model_library.service import ModelLibrary
from app.model_library.shipped import FOLDER, PROGRAM, shipped_folder
from models.errors import ModelDamaged, ModelError, ModelMissing
from models.record import FILE_NAME
from tests.conftest import EMBEDDER, MODELS, TINY_CHAT_MODEL

CHAT = f"{TINY_CHAT_MODEL}.gguf"


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    folder = tmp_path / "program" / FOLDER
    folder.mkdir(parents=True)
    (folder / CHAT).symlink_to(MODELS / CHAT)
    shutil.copytree(MODELS / EMBEDDER, folder / EMBEDDER, copy_function=_link)
    return folder


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "models"


def _link(source: str, target: str) -> None:
    Path(target).symlink_to(source)


def test_the_folder_lies_beside_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert shipped_folder(Path("/usr/lib/studiolo/studiolo")) == Path("/usr/lib/studiolo", FOLDER)
    monkeypatch.setattr(sys, "platform", "darwin")
    bundle = Path("/Applications/Studiolo.app/Contents")
    assert shipped_folder(bundle / "MacOS" / "studiolo") == bundle / "Resources" / FOLDER


def test_both_models_are_used_where_they_lie(shipped: Path, own: Path) -> None:
    before = sorted(shipped.rglob("*"))
    library = ModelLibrary(own, shipped=shipped)
    (model,) = library.installed()
    assert (model.id, model.program) == (TINY_CHAT_MODEL, PROGRAM)
    assert library.resolve().path == shipped / CHAT
    assert library.embedder_folder() == shipped / EMBEDDER
    assert library.is_installed(EMBEDDER)
    assert library.is_installed(TINY_CHAT_MODEL)
    assert sorted(shipped.rglob("*")) == before
    assert [path.name for path in own.iterdir()] == [FILE_NAME]  # nothing was copied


def test_they_are_hashed_once(shipped: Path, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ModelLibrary(own, shipped=shipped)
    first.resolve()
    first.embedder_folder()

    def refuse(path: Path) -> str:
        raise AssertionError(f"{path.name} was read again")

    monkeypatch.setattr("models.record.sha256_of", refuse)
    monkeypatch.setattr("app.model_library.installed.sha256_of", refuse)
    second = ModelLibrary(own, shipped=shipped)
    assert second.resolve().path == shipped / CHAT
    assert second.embedder_folder() == shipped / EMBEDDER


def test_the_persons_own_copy_comes_first(shipped: Path, own: Path) -> None:
    own.mkdir()
    (own / CHAT).symlink_to(MODELS / CHAT)
    library = ModelLibrary(own, shipped=shipped)
    (model,) = library.installed()
    assert (model.path, model.program) == (own / CHAT, "")


@pytest.mark.parametrize("model_id", [TINY_CHAT_MODEL, EMBEDDER])
def test_they_are_neither_fetched_nor_removed(shipped: Path, own: Path, model_id: str) -> None:
    library = ModelLibrary(own, shipped=shipped)
    assert library.fetch(model_id).is_relative_to(shipped)
    with pytest.raises(ModelError, match="comes with Studiolo"):
        library.remove(model_id)
    assert library.is_installed(model_id)


def test_a_damaged_one_is_refused(shipped: Path, own: Path) -> None:
    config = shipped / EMBEDDER / "config.json"
    content = config.read_bytes()
    config.unlink()
    library = ModelLibrary(own, shipped=shipped)
    with pytest.raises(ModelMissing):  # one of its files is not there
        library.embedder_folder()
    config.write_bytes(content.replace(b"{", b"[", 1))
    with pytest.raises(ModelDamaged):
        library.embedder_folder()


def test_other_files_there_are_no_models(shipped: Path, own: Path) -> None:
    (shipped / "another.gguf").symlink_to(MODELS / CHAT)
    assert [m.id for m in ModelLibrary(own, shipped=shipped).installed()] == [TINY_CHAT_MODEL]
