"""Models that people bring: looked at, tried once, known by their hash, and named in any script."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.model_library.names import model_id_for, same_name
from app.model_library.service import ModelLibrary
from app.remedies import ChooseModel
from app.user_messages import describe
from models.catalog import CatalogFile, load_catalog
from models.errors import (
    InferenceFailed,
    ModelDamaged,
    ModelError,
    ModelMissing,
    ModelTooLarge,
    ModelUnsupported,
)
from models.inspection import part_name
from models.record import FILE_NAME, sha256_of
from models.template import PLAIN_NOTE
from tests.sample_gguf import CHAT, Value, gguf
from tests.sample_rerankers import write_reranker
from tests.unit.app.model_library.test_service import catalog_of, entry
from tests.unit.models.test_download import DATA, SHA256

BROKEN = ModelUnsupported("It writes nothing.", "Choose another.")


class Tries:
    """Tries models as it is told to, and notes which."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.outcome: dict[str, ModelError] = {}
        self.note = ""

    def __call__(self, path: Path, _size: int) -> str:
        self.files.append(path.name)
        if path.name in self.outcome:
            raise self.outcome[path.name]
        return self.note


@pytest.fixture
def tries() -> Tries:
    return Tries()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "models"
    made.mkdir()
    return made


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    made = tmp_path / "downloads"
    made.mkdir()
    return made


Open = Callable[[], ModelLibrary]


@pytest.fixture
def opened(folder: Path, tries: Tries) -> Open:
    """Opens the models folder anew, as the next start of the program does."""
    return lambda: ModelLibrary(folder, catalog_of(entry("starter", 10)), trial=tries)


def chat(path: Path, weights: bytes = b"1", more: Mapping[str, Value] | None = None) -> Path:
    """A chat model of a few bytes, which is another one for other `weights`."""
    path.write_bytes(gguf({**CHAT, **(more or {})}, {"token_embd.weight": weights * 64}))
    return path


class TestTrial:
    def test_a_model_is_tried_when_it_is_added_and_never_again(
        self, opened: Open, downloads: Path, tries: Tries
    ) -> None:
        library = opened()
        added = library.add(chat(downloads / "mine.gguf"))
        assert library.add(downloads / "mine.gguf") == added
        assert opened().resolve("mine") == opened().resolve() == added
        assert tries.files == ["mine.gguf"]

    def test_what_fails_the_trial_is_not_taken_in(
        self, opened: Open, downloads: Path, tries: Tries
    ) -> None:
        tries.outcome["mine.gguf"] = BROKEN
        with pytest.raises(ModelUnsupported, match="writes nothing") as caught:
            opened().add(chat(downloads / "mine.gguf"))
        assert describe(caught.value).remedies == (ChooseModel(),)
        assert opened().installed() == ()
        assert (downloads / "mine.gguf").exists()

    def test_what_was_put_into_the_folder_is_tried_when_it_is_used(
        self, opened: Open, folder: Path, tries: Tries
    ) -> None:
        chat(folder / "mine.gguf")
        assert opened().installed()[0].problem == ""
        assert tries.files == []
        for _ in range(2):
            assert opened().resolve("mine").problem == ""
        os.utime(folder / "mine.gguf")  # the same file for all that
        opened().resolve("mine")
        assert tries.files == ["mine.gguf"]
        chat(folder / "mine.gguf", b"23")
        opened().resolve("mine")
        assert tries.files == ["mine.gguf"] * 2

    def test_what_fails_then_is_named_with_its_reason_and_passed_over(
        self, opened: Open, folder: Path, tries: Tries
    ) -> None:
        chat(folder / "large.gguf", b"1" * 100)
        chat(folder / "small.gguf")
        tries.outcome["large.gguf"] = BROKEN
        assert opened().resolve().id == "small"
        large, small = opened().installed()
        assert (large.problem, small.problem) == ("It writes nothing.", "")
        assert opened().resolve().id == "small"
        with pytest.raises(ModelUnsupported, match="writes nothing") as caught:
            opened().resolve("large")
        assert caught.value.model_id == "large"
        assert tries.files == ["large.gguf", "small.gguf"]

    def test_another_version_of_studiolo_tries_again(
        self, opened: Open, folder: Path, tries: Tries
    ) -> None:
        chat(folder / "mine.gguf")
        tries.outcome["mine.gguf"] = BROKEN
        with pytest.raises(ModelUnsupported):
            opened().resolve("mine")
        record = json.loads((folder / FILE_NAME).read_text())
        record["mine.gguf"]["verdict"]["version"] = "0.0.1"
        (folder / FILE_NAME).write_text(json.dumps(record))
        tries.outcome.clear()
        assert opened().installed()[0].problem == ""
        assert opened().resolve("mine").problem == ""

    @pytest.mark.parametrize("error", [ModelTooLarge("No room."), InferenceFailed("It died.")])
    def test_what_may_be_otherwise_tomorrow_is_not_put_on_record(
        self, error: ModelError, opened: Open, folder: Path, tries: Tries
    ) -> None:
        chat(folder / "mine.gguf")
        tries.outcome["mine.gguf"] = error
        library = opened()
        for _ in range(3):
            if isinstance(error, ModelTooLarge):
                assert library.resolve("mine").problem == ""
            else:
                with pytest.raises(InferenceFailed):
                    library.resolve("mine")
        assert tries.files == ["mine.gguf"]  # once in a session
        tries.outcome.clear()
        assert opened().resolve("mine").problem == ""

    def test_what_the_catalogue_knows_is_not_tried(
        self, opened: Open, folder: Path, tries: Tries
    ) -> None:
        (folder / "starter.gguf").write_bytes(DATA)
        assert opened().resolve().id == "starter"
        assert tries.files == []

    def test_an_unwritable_folder_costs_no_second_trial(
        self, opened: Open, folder: Path, tries: Tries, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        chat(folder / "mine.gguf")
        monkeypatch.setattr("models.record.Record._write", lambda *_: None)
        library = opened()
        assert library.resolve().sha256 == library.resolve().sha256 != ""
        assert tries.files == ["mine.gguf"]

    def test_a_file_that_cannot_be_read_is_told_and_passed_over(
        self, opened: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        chat(folder / "large.gguf", b"1" * 100)
        chat(folder / "small.gguf")

        def hash_of(path: Path) -> str:
            if path.name == "large.gguf":
                raise OSError(5, "Input/output error")
            return sha256_of(path)

        monkeypatch.setattr("app.model_library.installed.sha256_of", hash_of)
        assert opened().resolve().id == "small"
        with pytest.raises(ModelMissing, match="cannot be read: Input/output error"):
            opened().resolve("large")
        with pytest.raises(ModelMissing, match="cannot be read: Input/output error"):
            opened().add(folder / "large.gguf")

    def test_models_that_cannot_be_used_are_not_none_at_all(
        self, opened: Open, folder: Path
    ) -> None:
        for name in ("one", "two"):
            chat(folder / f"{name}.gguf", more={"general.type": "adapter"})
        with pytest.raises(ModelMissing, match="None of the language models on this machine can"):
            opened().resolve()
        (folder / "two.gguf").unlink()
        with pytest.raises(ModelUnsupported, match="adapter"):
            opened().resolve()


class TestIdentity:
    """The hash decides what a file is; its name decides nothing."""

    def test_another_model_called_like_one_of_the_catalogue(
        self, opened: Open, downloads: Path, tries: Tries
    ) -> None:
        library = opened()
        added = library.add(chat(downloads / "Starter.gguf"))
        assert added.entry is None
        assert added.id == f"starter-{added.sha256[:8]}"
        assert not library.is_installed("starter")
        assert library.resolve() == added
        assert tries.files == ["Starter.gguf"]
        (downloads / "right.gguf").write_bytes(DATA)
        assert library.add(downloads / "right.gguf").id == "starter"
        assert library.resolve().id == "starter"
        assert len(library.installed()) == 2

    def test_one_that_was_put_into_the_folder(self, opened: Open, folder: Path) -> None:
        chat(folder / "starter.gguf")
        (mine,) = opened().installed()
        assert (mine.problem, mine.entry, mine.name) == ("", None, "starter")
        assert not opened().is_installed("starter")
        assert opened().resolve("starter").sha256 != SHA256

    def test_one_of_the_same_name_and_size(self, opened: Open, folder: Path, tries: Tries) -> None:
        other = bytearray(DATA)
        other[-64] ^= 1
        (folder / "starter.gguf").write_bytes(other)
        assert opened().is_installed("starter")  # as far as is known without reading it
        resolved = opened().resolve()
        assert (resolved.problem, resolved.entry) == ("", None)
        assert not opened().is_installed("starter")
        assert tries.files == ["starter.gguf"]

    def test_the_right_one_does_not_write_over_another(
        self, opened: Open, folder: Path, downloads: Path
    ) -> None:
        before = chat(folder / "starter.gguf").read_bytes()
        (downloads / "x.gguf").write_bytes(DATA)
        assert opened().add(downloads / "x.gguf").id == "starter"
        own = next(model for model in opened().installed() if model.id != "starter")
        assert own.path.read_bytes() == before
        assert own.id.startswith("starter-")

    def test_the_right_one_takes_the_place_of_a_half(
        self, opened: Open, folder: Path, downloads: Path
    ) -> None:
        (folder / "starter.gguf").write_bytes(DATA[:100_000])
        assert "incomplete" in opened().installed()[0].problem
        (downloads / "x.gguf").write_bytes(DATA)
        assert opened().add(downloads / "x.gguf").id == "starter"
        assert [model.problem for model in opened().installed()] == [""]

    def test_one_of_the_catalogue_under_another_name(
        self, opened: Open, folder: Path, tries: Tries
    ) -> None:
        chat(folder / "large.gguf", b"1" * 100_000)
        (folder / "renamed.gguf").write_bytes(DATA)
        library = opened()
        renamed = library.resolve("renamed")
        assert renamed.entry is library.catalog.starter
        assert renamed.name == "Starter"
        assert library.is_installed("starter")
        assert library.resolve() == library.resolve("starter") == renamed
        assert tries.files == []

    def test_a_newer_file_in_the_place_of_an_older_is_not_damage(
        self, opened: Open, folder: Path
    ) -> None:
        chat(folder / "mine.gguf")
        first = opened().resolve("mine")
        chat(folder / "mine.gguf", b"12345")
        assert opened().installed()[0].problem == ""
        assert opened().resolve("mine").sha256 != first.sha256
        with (folder / "mine.gguf").open("r+b") as file:
            file.seek(-1, os.SEEK_END)
            file.write(b"\x55")
        with pytest.raises(ModelDamaged, match="changed or damaged"):
            opened().resolve("mine")

    def test_an_earlier_version_can_read_what_is_on_record(
        self, opened: Open, folder: Path
    ) -> None:
        (folder / "starter.gguf").write_bytes(DATA)
        opened().resolve()
        (fields,) = json.loads((folder / FILE_NAME).read_text()).values()
        assert set(fields) == {"size", "mtime_ns", "sha256"}


class TestWhatIsNoChatModel:
    def test_is_refused_and_left_out(self, opened: Open, folder: Path, downloads: Path) -> None:
        adapter = chat(downloads / "lora.gguf", more={"general.type": "adapter"})
        with pytest.raises(ModelUnsupported, match="is an adapter"):
            opened().add(adapter)
        adapter.rename(folder / "lora.gguf")
        chat(folder / "good.gguf")
        good, lora = opened().installed()
        assert "is an adapter" in lora.problem
        assert opened().resolve() == opened().resolve("good")
        assert good.id == "good"
        with pytest.raises(ModelUnsupported, match="is an adapter"):
            opened().resolve("lora")
        opened().remove("lora")
        assert [model.id for model in opened().installed()] == ["good"]

    def test_advice_never_says_to_remove_what_was_never_added(
        self, opened: Open, downloads: Path
    ) -> None:
        for version in (1, 4, 3 << 24):
            path = downloads / "other.gguf"
            path.write_bytes(gguf(version=version))
            with pytest.raises(ModelUnsupported, match="is written in GGUF") as caught:
                opened().add(path)
            assert "emove" not in describe(caught.value).shell_advice
        path.write_bytes(gguf()[:-40])
        with pytest.raises(ModelDamaged, match="incomplete") as damaged:
            opened().add(path)
        assert "emove" not in describe(damaged.value).shell_advice


class TestParts:
    def parts(self, folder: Path, whole: str = "Big Model") -> list[Path]:
        made = []
        for number in range(3):
            split: dict[str, Value] = {"split.count": 3, "split.no": number}
            path = folder / part_name(whole, number, 3)
            path.write_bytes(gguf({**(CHAT if not number else {}), **split}))
            made.append(path)
        return made

    @pytest.mark.parametrize("given", [0, 2])
    def test_all_are_taken_in_and_are_one_model(
        self, given: int, opened: Open, downloads: Path, tries: Tries
    ) -> None:
        made = self.parts(downloads)
        library = opened()
        added = library.add(made[given])
        assert added.path.name == "big-model-00001-of-00003.gguf"
        assert added.name == "big-model"
        assert added.bytes == sum(part.stat().st_size for part in made)
        assert [model.id for model in library.installed()] == [added.id]
        assert library.add(made[given]) == added == library.resolve()
        assert tries.files == [made[0].name]
        library.remove(added.id)
        assert library.installed() == ()
        assert not list(library.folder.glob("*.gguf"))

    def test_a_part_that_goes_is_named(self, opened: Open, folder: Path) -> None:
        made = self.parts(folder)
        assert opened().installed()[0].problem == ""
        made[1].unlink()
        (left,) = opened().installed()
        assert f"{made[1].name} is missing" in left.problem
        made[0].unlink()
        (left,) = opened().installed()
        assert left.path == made[2]
        opened().remove(left.id)
        assert opened().installed() == ()

    def test_none_is_left_of_what_cannot_be_taken_in(
        self, opened: Open, downloads: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = self.parts(downloads)
        replace = Path.replace

        def full(path: Path, target: Path) -> Path:
            if "00003" in path.name:
                raise OSError(28, "No space left on device")
            return replace(path, target)

        monkeypatch.setattr(Path, "replace", full)
        with pytest.raises(ModelError, match="cannot be copied"):
            opened().add(made[0])
        assert list(folder.iterdir()) == []


class TestNames:
    @pytest.mark.parametrize(
        ("stem", "model_id"),
        [
            ("My Model (Q4)", "my-model-q4"),
            ("модель", "модель"),
            ("模型一号", "模型一号"),
            ("نموذج", "نموذج"),
            ("modèle-é", "modèle-é"),
            (unicodedata.normalize("NFD", "modèle-é"), "modèle-é"),
            ("हिन्दी-मॉडल", "हिन्दी-मॉडल"),
            ("a\u202eb\u200bc\0d", "abcd"),
            ("../../etc/passwd", "etc-passwd"),
            ("C:\\models\\x|y?*", "c-models-x-y"),
            ("...", "model"),
            ("🎉", "model"),
            ("", "model"),
            ("CON", "model-con"),
            ("lpt1.v2", "model-lpt1.v2"),
            ("console", "console"),
            ("e" * 500, "e" * 160),
        ],
    )
    def test_an_id_is_kept_in_any_script_and_safe(self, stem: str, model_id: str) -> None:
        assert model_id_for(stem) == model_id

    @given(st.text(st.characters(codec=None), max_size=200))
    def test_an_id_of_anything_is_a_files_name_everywhere(self, stem: str) -> None:
        model_id = model_id_for(stem)
        assert 0 < len(model_id.encode()) <= 170
        assert model_id.isprintable()
        assert not set(model_id) & set('/\\:*?"<>| ')
        assert model_id[0] not in ".-"
        assert not model_id.endswith(".")
        assert unicodedata.is_normalized("NFC", model_id)
        assert model_id_for(model_id) == model_id

    def test_models_of_all_scripts_are_added_chosen_and_removed(
        self, opened: Open, downloads: Path
    ) -> None:
        stems = ["модель", "模型一号", "نموذج", "modèle-é", "modèle-è", "MODELE", "modele"]
        library = opened()
        for number, stem in enumerate(stems):
            added = library.add(chat(downloads / f"{stem}.gguf", bytes([number])))
            assert library.resolve(added.id) == added
        ids = [model.id for model in library.installed()]
        assert len({same_name(model_id) for model_id in ids}) == len(stems)
        assert {"модель", "模型一号", "نموذج", "modèle-é", "modèle-è"} <= set(ids)
        for model_id in ids:
            library.remove(unicodedata.normalize("NFD", model_id))  # as some systems write it
        assert library.installed() == ()

    @pytest.mark.skipif(os.name == "nt", reason="file names are text there")
    def test_a_name_that_is_not_text_is_listed_and_told(self, opened: Open, folder: Path) -> None:
        Path(os.fsdecode(os.fsencode(folder) + b"/mod\xe8le.gguf")).write_bytes(gguf())
        (model,) = opened().installed()
        assert model.id == "mod\\udce8le"
        assert "mod\\udce8le.gguf, or of its folder, is not text" in model.problem
        with pytest.raises(ModelUnsupported, match="is not text"):
            opened().resolve()
        opened().remove(model.id)
        assert opened().installed() == ()


class TestOtherKinds:
    """A reranker of the catalogue may come on a stick; one that nobody knows is no use."""

    def test_one_of_the_catalogue_is_taken_in(self, folder: Path, downloads: Path) -> None:
        path = write_reranker(downloads / "Jina (1).gguf")
        size, digest = path.stat().st_size, sha256_of(path)
        (known,) = load_catalog().rerankers
        file = CatalogFile("tiny-reranker.gguf", size, digest)
        tiny = replace(known, id="tiny-reranker", files=(file,))
        catalog = catalog_of(entry("starter", 10))
        library = ModelLibrary(folder, replace(catalog, entries=(*catalog.entries, tiny)))
        added = library.add(path)
        assert (added.id, added.name, added.problem) == (tiny.id, tiny.name, "")
        assert library.reranker_file(tiny.id).read_bytes() == path.read_bytes()
        assert library.installed() == ()

    def test_another_is_refused(self, opened: Open, folder: Path, downloads: Path) -> None:
        with pytest.raises(ModelUnsupported, match="is a reranker"):
            opened().add(write_reranker(downloads / "mine.gguf"))
        assert list(folder.iterdir()) == []

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    def test_a_pipe_and_a_folder_are_no_models(self, opened: Open, downloads: Path) -> None:
        os.mkfifo(downloads / "pipe.gguf")
        for path in (downloads / "pipe.gguf", downloads, downloads / "none.gguf"):
            with pytest.raises(ModelError):
                opened().add(path)


def test_what_is_to_be_known_of_a_model_is_kept_and_told(
    opened: Open, folder: Path, tries: Tries
) -> None:
    bare = {key: value for key, value in CHAT.items() if key != "tokenizer.chat_template"}
    (folder / "bare.gguf").write_bytes(gguf(bare))
    (folder / "broken.gguf").write_bytes(gguf({**CHAT, "general.name": "broken"}))
    library = opened()
    assert [model.note for model in library.installed()] == [PLAIN_NOTE, ""]
    tries.note = PLAIN_NOTE  # the template turns out to be broken
    assert library.resolve("broken").note == PLAIN_NOTE
    assert [model.note for model in opened().installed()] == [PLAIN_NOTE, PLAIN_NOTE]
