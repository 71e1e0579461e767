"""LoRA adapters that a person adds like models: kept with their hash, found, refused, removed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.model_library.adapters import Adapters
from app.model_library.installed import hash_of
from app.model_library.service import ModelLibrary
from models.errors import ModelDamaged, ModelMissing, ModelUnsupported
from tests.lora import TINY, write_adapter


@pytest.fixture
def library(tmp_path: Path) -> ModelLibrary:
    """A library with the small model in it, and nothing else."""
    folder = tmp_path / "models"
    folder.mkdir()
    os.link(TINY, folder / TINY.name)
    return ModelLibrary(folder)


def test_an_adapter_is_added_by_the_same_way_as_a_model(
    library: ModelLibrary, tmp_path: Path
) -> None:
    source = write_adapter(tmp_path / "My Terms.gguf", 0.1)
    added = library.add(source)
    assert (added.id, added.sha256) == ("my-terms", hash_of(source))
    assert [model.id for model in library.installed()] == [TINY.stem]
    adapter = library.adapters.find("my-terms.gguf", added.sha256.upper())
    assert adapter.path.read_bytes() == source.read_bytes()
    assert library.add(source).id == "my-terms"
    other = library.add(write_adapter(source, 0.2))
    assert other.id.startswith("my-terms-")
    assert len(library.adapters.all()) == 2
    library.remove("my-terms")
    with pytest.raises(ModelMissing, match="The adapter 'my-terms' is not on this machine"):
        library.adapters.find("my-terms")
    assert library.adapters.find(other.id).sha256 == other.sha256


def test_an_adapter_for_no_model_that_is_here_is_refused(
    library: ModelLibrary, tmp_path: Path
) -> None:
    other = write_adapter(tmp_path / "other.gguf", architecture="gemma3")
    with pytest.raises(ModelUnsupported, match="models of the kind 'gemma3', and none on"):
        library.add(other)
    wide = write_adapter(tmp_path / "wide.gguf", narrower=64)
    with pytest.raises(ModelUnsupported, match="it was made for a model of another size"):
        library.add(wide)
    assert library.adapters.all() == ()


def test_a_file_that_was_changed_is_not_used(library: ModelLibrary, tmp_path: Path) -> None:
    added = library.add(write_adapter(tmp_path / "terms.gguf", 0.1))
    with pytest.raises(ModelDamaged, match="is not the one that is wanted"):
        library.adapters.find("terms", "0" * 64)
    write_adapter(added.path, 0.3)
    with pytest.raises(ModelDamaged, match="is not the one that is wanted"):
        library.adapters.find("terms")


def test_a_model_is_removed_before_an_adapter_of_the_same_name(
    library: ModelLibrary, tmp_path: Path
) -> None:
    added = library.add(write_adapter(tmp_path / TINY.name, 0.1))
    assert added.id == TINY.stem
    library.remove(TINY.stem)
    assert library.installed() == ()
    assert [adapter.id for adapter in library.adapters.all()] == [TINY.stem]
    library.remove(TINY.stem)
    assert library.adapters.all() == ()


def test_without_a_folder_there_are_no_adapters(tmp_path: Path) -> None:
    adapters = Adapters(tmp_path / "none")
    assert adapters.all() == ()
    assert not adapters.remove("terms")
