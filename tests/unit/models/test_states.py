"""What a model has read, kept on the disk and in memory."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from models.chat import Finished, FinishReason, GenerationOptions, Message, Role, TextPiece
from models.llama import LlamaChatModel
from models.states import SHARED, RecentStates, SavedStates, fingerprint
from tests.conftest import MODELS, TINY_CHAT_MODEL

MODEL = "0123456789abcdef"
TINY = MODELS / f"{TINY_CHAT_MODEL}.gguf"
DATA = bytearray(b"state" * 1000)
DRAWER = "d" * 64
DOCUMENT = [Message(Role.USER, "The boat is red.\nIts sails are white. " * 18 + "\n\nQuestion: ")]
QUESTION = [Message(Role.USER, DOCUMENT[0].content + "What colour are the sails?")]
SHORT = GenerationOptions(max_tokens=8)


@pytest.fixture
def states(tmp_path: Path) -> SavedStates:
    (tmp_path / DRAWER).mkdir()
    return SavedStates(tmp_path, MODEL)


class TestSavedStates:
    def test_the_longest_beginning_of_a_prompt_is_found(self, states: SavedStates) -> None:
        assert states.save([1, 2], DATA, SHARED)
        assert states.save([1, 2, 3, 4], DATA + b"longer", DRAWER)
        assert states.save([1, 2, 9, 9, 9], DATA, DRAWER)
        found = states.find([1, 2, 3, 4, 5])
        assert found is not None
        assert found.length == 4
        assert states.load(found) == DATA + b"longer"
        assert states.find([1, 2, 3, 4, 5], longer_than=4) is None
        shorter = states.find([1, 2, 3, 4])  # a token must be left to read
        assert shorter is not None
        assert shorter.length == 2
        assert states.find([7, 1, 2]) is None

    def test_another_model_finds_nothing(self, states: SavedStates, tmp_path: Path) -> None:
        states.save([1, 2], DATA, SHARED)
        assert SavedStates(tmp_path, "f" * 16).find([1, 2, 3]) is None
        assert SavedStates(tmp_path, MODEL).find([1, 2, 3]) is not None

    def test_a_drawer_that_was_removed_stays_away(
        self, states: SavedStates, tmp_path: Path
    ) -> None:
        shutil.rmtree(tmp_path / DRAWER)
        assert not states.save([1, 2], DATA, DRAWER)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "damage",
        [
            lambda file: file.write_bytes(file.read_bytes()[:-1]),
            lambda file: file.write_bytes(b""),
            lambda file: file.write_bytes(file.read_bytes()[:-1] + b"!"),
            lambda file: file.write_bytes(b"another program\n" * 100),
            lambda file: file.replace(file.with_name(file.name.replace("-2-", "-3-"))),
        ],
        ids=["cut", "empty", "changed", "foreign", "renamed"],
    )
    def test_what_is_damaged_counts_as_not_there(
        self, states: SavedStates, tmp_path: Path, damage: object
    ) -> None:
        states.save([1, 2], DATA, DRAWER)
        (file,) = (tmp_path / DRAWER).iterdir()
        assert callable(damage)
        damage(file)
        found = states.find([1, 2, 3, 4])
        assert found is None or states.load(found) is None
        if found is not None:
            assert not found.path.exists()

    def test_files_of_others_are_left_alone(self, states: SavedStates, tmp_path: Path) -> None:
        for name in ("notes.txt", f"{MODEL}-2-short.state", "x.state"):
            (tmp_path / DRAWER / name).write_text("mine")
        assert states.find([1, 2, 3]) is None
        states.save([1, 2], DATA, DRAWER)
        assert len(list((tmp_path / DRAWER).iterdir())) == 4

    def test_the_least_recently_used_go_first(self, tmp_path: Path) -> None:
        states = SavedStates(tmp_path, MODEL, budget=3 * (len(DATA) + 60))
        for first in range(3):
            assert states.save([first, 0], DATA, SHARED)
        for age, first in enumerate((2, 1, 0)):
            found = states.find([first, 0, 0])
            assert found is not None
            os.utime(found.path, (1000 - age, 1000 - age))
        oldest = states.find([0, 0, 0])
        assert oldest is not None
        assert states.load(oldest) is not None  # now it is the newest
        assert states.save([3, 0], DATA, SHARED)
        kept = [first for first in range(4) if states.find([first, 0, 0]) is not None]
        assert kept == [0, 2, 3]

    def test_one_that_is_larger_than_all_room_is_not_kept(self, tmp_path: Path) -> None:
        states = SavedStates(tmp_path, MODEL, budget=100)
        assert not states.save([1, 2], DATA, SHARED)
        assert states.find([1, 2, 3]) is None

    def test_only_the_owner_may_read_them(self, states: SavedStates, tmp_path: Path) -> None:
        states.save([1, 2], DATA, SHARED)
        (file,) = (tmp_path / SHARED).iterdir()
        if os.name == "posix":
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700

    def test_what_a_killed_process_left_unfinished_is_removed(self, tmp_path: Path) -> None:
        (tmp_path / DRAWER).mkdir()
        unfinished = tmp_path / DRAWER / "tmpabc.part"
        unfinished.write_bytes(DATA)
        SavedStates(tmp_path, MODEL)
        assert not unfinished.exists()

    def test_reading_a_large_one_can_be_stopped(self, states: SavedStates) -> None:
        states.save([1, 2], bytearray(20 << 20), DRAWER)
        found = states.find([1, 2, 3])
        assert found is not None
        assert states.load(found, lambda: True) is None
        assert found.path.exists()


class TestRecentStates:
    def test_the_nearest_is_found_and_the_oldest_goes(self) -> None:
        recent = RecentStates(budget=25)
        recent.add([1, 2, 3], bytearray(10))
        recent.add([1, 5], bytearray(10))
        best = recent.best([1, 2, 3, 4])
        assert best is not None
        assert (best.tokens, best.length) == ((1, 2, 3), 3)
        recent.add([7], bytearray(10))
        nearest = recent.best([1, 2, 3, 4])
        assert nearest is not None
        assert nearest.length == 1
        assert not recent.fits(26)

    def test_a_conversation_that_went_on_takes_the_place_of_its_beginning(self) -> None:
        recent = RecentStates(budget=25)
        recent.add([1, 2], bytearray(10))
        recent.add([8], bytearray(10))
        recent.add([1, 2, 3], bytearray(10))
        best = recent.best([8, 9])
        assert best is not None
        assert best.length == 1


def test_the_fingerprint_changes_with_the_model_and_with_how_it_computes(tmp_path: Path) -> None:
    one, other = tmp_path / "a.gguf", tmp_path / "b.gguf"
    one.write_bytes(b"x" * 100)
    other.write_bytes(b"x" * 99 + b"y")
    made = {fingerprint(one, "1", True), fingerprint(one, "2", True), fingerprint(other, "1", True)}
    assert len(made) == 3
    assert fingerprint(one, "1", True) in made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / DRAWER).mkdir()
    return tmp_path


def load(folder: Path) -> LlamaChatModel:
    return LlamaChatModel(TINY, "tiny", context_tokens=2048, gpu_layers=0, states=folder)


def answer(model: LlamaChatModel) -> tuple[str, Finished]:
    events = list(model.generate(QUESTION, SHORT))
    assert isinstance(events[-1], Finished)
    return "".join(e.text for e in events if isinstance(e, TextPiece)), events[-1]


class TestAcrossRestarts:
    @pytest.fixture
    def kept(self, folder: Path) -> str:
        """What the model says that reads the document; its state is on the disk then."""
        model = load(folder)
        primed = model.prime(DOCUMENT, drawer=DRAWER)
        assert primed.saved
        text, _ = answer(model)
        model.close()
        return text

    def test_a_document_is_not_read_again(self, folder: Path, kept: str) -> None:
        model = load(folder)
        text, finished = answer(model)
        assert finished.prompt_tokens - finished.reused_tokens < 15
        assert text == kept
        again = model.prime(DOCUMENT, drawer=DRAWER)
        assert (again.read, again.saved) == (0, True)
        model.close()

    def test_without_its_drawer_it_is_read_and_not_kept(self, folder: Path, kept: str) -> None:
        shutil.rmtree(folder / DRAWER)
        model = load(folder)
        text, finished = answer(model)
        assert finished.reused_tokens == 0
        assert text == kept
        assert not model.prime(DOCUMENT, drawer=DRAWER).saved
        assert not any(folder.rglob("*.state"))
        model.close()

    def test_one_that_does_not_fit_the_model_is_read_anew(self, folder: Path, kept: str) -> None:
        (file,) = (folder / DRAWER).iterdir()
        model = load(folder)
        tokens = model._beginning(DOCUMENT)
        saved = SavedStates(folder, file.name[:16])
        saved.save(tokens, bytearray(os.urandom(5000)), DRAWER)  # whole, but no state of llama.cpp
        text, finished = answer(model)
        assert finished.reused_tokens == 0
        assert text == kept
        model.close()

    def test_stop_is_heeded_while_a_state_is_taken_up(self, folder: Path, kept: str) -> None:
        assert kept
        model = load(folder)
        (end,) = model.generate(QUESTION, SHORT, lambda: True)
        assert isinstance(end, Finished)
        assert end.reason is FinishReason.STOPPED
        assert model._context.tokens == []  # neither taken up nor read
        model.close()
