"""Models of other programs: found, used where they lie, and never touched."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.model_library.elsewhere import found_elsewhere
from app.model_library.service import ModelLibrary
from models.errors import ModelError
from tests.sample_gguf import gguf

CHAT = gguf()
EMBEDDER = gguf({"general.architecture": "bert"})


def _put(path: Path, data: bytes = CHAT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def _ollama(folder: Path, name: str, data: bytes, digest: str = "") -> Path:
    digest = digest or hashlib.sha256(data).hexdigest()
    manifest = {
        "schemaVersion": 2,
        "layers": [
            {"mediaType": "application/vnd.ollama.image.template", "digest": "sha256:" + "0" * 64},
            {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}"},
        ],
    }
    _put(folder / "manifests" / name, json.dumps(manifest).encode())
    return _put(folder / "blobs" / f"sha256-{digest}", data)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def _places(home: Path) -> dict[str, str]:
    return {model.name: model.program for model in found_elsewhere(home, {})}


def test_each_program_s_models_are_found(home: Path) -> None:
    share = home / ".local/share" if sys.platform == "linux" else None
    _put(home / ".lmstudio/models/someone/Some-GGUF/some-Q4_K_M.gguf", CHAT)
    _put(home / ".cache/huggingface/hub/models--a--b/snapshots/1f/théière.gguf", CHAT + b"1")
    _ollama(home / ".ollama/models", "registry.ollama.ai/library/tiny/1b", CHAT + b"2")
    _ollama(home / ".ollama/models", "registry.ollama.ai/me/own/latest", CHAT + b"3")
    _ollama(home / ".ollama/models", "hf.co/me/other/Q4_K_M", CHAT + b"4")
    _put(home / "jan/models/nice-model/model.gguf", CHAT + b"5")
    expected = {
        "some-Q4_K_M": "LM Studio",
        "théière": "Hugging Face",
        "tiny:1b": "Ollama",
        "me/own:latest": "Ollama",
        "me/other:Q4_K_M": "Ollama",
        "nice-model": "Jan",
    }
    if share is not None:
        _put(share / "nomic.ai/GPT4All/falcon.gguf", CHAT + b"6")
        _put(share / "Jan/data/llamacpp/models/newer/model.gguf", CHAT + b"7")
        expected |= {"falcon": "GPT4All", "newer": "Jan"}
    assert _places(home) == expected
    ids = [model.id for model in found_elsewhere(home, {})]
    assert len(set(ids)) == len(ids)


def test_moved_folders_are_heeded(home: Path, tmp_path: Path) -> None:
    _ollama(tmp_path / "big disk", "registry.ollama.ai/library/tiny/1b", CHAT)
    _put(tmp_path / "hub/models--a--b/snapshots/1f/b.gguf", CHAT + b"1")
    variables = {"OLLAMA_MODELS": str(tmp_path / "big disk"), "HF_HUB_CACHE": str(tmp_path / "hub")}
    names = {model.name for model in found_elsewhere(home, variables)}
    assert names == {"tiny:1b", "b"}


def test_a_model_in_parts_is_one_and_a_file_with_two_names_too(home: Path) -> None:
    folder = home / ".lmstudio/models/a/b"
    for number in (1, 2):
        _put(folder / f"large-0000{number}-of-00002.gguf", CHAT + bytes([number]))
    blob = _put(home / ".cache/huggingface/hub/models--a--b/blobs/abc", CHAT + b"9")
    for revision in ("1f", "2f"):
        link = blob.parent.parent / "snapshots" / revision / "one.gguf"
        link.parent.mkdir(parents=True)
        link.symlink_to(blob)
    assert sorted(_places(home)) == ["large", "one"]


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"{",
        b"[]",
        b'{"layers": 7}',
        b'{"layers": [{}]}',
        b'{"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": 5}]}',
        (
            b'{"layers": [{"mediaType": "application/vnd.ollama.image.model",'
            b' "digest": "sha256:../../../../etc/passwd"}]}'
        ),
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_a_manifest_that_is_none_names_no_model(manifest: bytes, home: Path) -> None:
    _put(home / ".ollama/models/manifests/registry.ollama.ai/library/x/y", manifest)
    assert found_elsewhere(home, {}) == ()


def test_weights_that_are_gone_and_empty_homes(home: Path) -> None:
    _ollama(home / ".ollama/models", "registry.ollama.ai/library/tiny/1b", CHAT).unlink()
    assert found_elsewhere(home, {}) == ()
    assert found_elsewhere(home / "nobody", {}) == ()


class TestUse:
    """In the models library they are chosen and read, and stay as they are."""

    @pytest.fixture
    def opened(self, home: Path, tmp_path: Path) -> Callable[[], ModelLibrary]:
        return lambda: ModelLibrary(
            tmp_path / "models", elsewhere=lambda: found_elsewhere(home, {})
        )

    def test_a_chat_model_is_listed_chosen_and_read_in_place(
        self, home: Path, opened: Callable[[], ModelLibrary]
    ) -> None:
        blob = _ollama(home / ".ollama/models", "registry.ollama.ai/library/tiny/1b", CHAT)
        _put(home / ".lmstudio/models/a/b/embedder.gguf", EMBEDDER)
        (model,) = opened().installed()
        assert (model.name, model.program, model.path) == ("tiny:1b", "Ollama", blob)
        chosen = opened().resolve(model.id)
        assert chosen.path == blob
        assert chosen.sha256 == hashlib.sha256(CHAT).hexdigest()
        assert opened().resolve().id == model.id  # there is no other
        assert blob.read_bytes() == CHAT

    def test_it_cannot_be_removed_from_here(
        self, home: Path, opened: Callable[[], ModelLibrary]
    ) -> None:
        blob = _ollama(home / ".ollama/models", "registry.ollama.ai/library/tiny/1b", CHAT)
        (model,) = opened().installed()
        with pytest.raises(ModelError, match="belongs to Ollama") as caught:
            opened().remove(model.id)
        assert caught.value.advice == "Remove it in Ollama."
        assert blob.exists()

    def test_our_own_copy_comes_first(
        self, home: Path, tmp_path: Path, opened: Callable[[], ModelLibrary]
    ) -> None:
        _put(home / ".lmstudio/models/a/b/large.gguf", CHAT + b"\0" * 1000)
        _put(tmp_path / "models/mine.gguf", CHAT)
        assert next(model.id for model in opened().installed()) == "mine"
        assert opened().resolve().id == "mine"

    def test_one_that_goes_is_not_listed_any_more(
        self, home: Path, opened: Callable[[], ModelLibrary]
    ) -> None:
        blob = _ollama(home / ".ollama/models", "registry.ollama.ai/library/tiny/1b", CHAT)
        library = opened()
        (model,) = library.installed()
        blob.unlink()
        assert library.installed() == ()
        with pytest.raises(ModelError):
            library.resolve(model.id)
