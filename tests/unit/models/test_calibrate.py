"""How a machine computes fastest is measured once, and never makes anything slower."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import pytest

from models import llama
from models.calibrate import Tunings, choose
from models.chat import Finished, GenerationOptions, Message, Role, TextPiece
from models.context import Tuning
from tests.conftest import MODELS, TINY_CHAT_MODEL

TINY = MODELS / f"{TINY_CHAT_MODEL}.gguf"
USUAL = Tuning(threads=4)
STORY = [Message(Role.USER, "Tell a story about the sea, the wind and a small boat. " * 4)]


class TestChoose:
    def test_what_is_clearly_faster_is_taken(self) -> None:
        def measure(tuning: Tuning, read: int) -> float:
            return read * (0.01 if tuning.flash is None else 0.008)

        assert choose(USUAL, measure) == Tuning(threads=4, flash=False)

    def test_what_is_about_as_fast_is_not(self) -> None:
        def measure(tuning: Tuning, read: int) -> float:
            return read * (0.01 if tuning.flash is None else 0.0096)

        assert choose(USUAL, measure) == USUAL

    def test_once_faster_is_not_enough(self) -> None:
        others = 0

        def measure(tuning: Tuning, read: int) -> float:
            nonlocal others
            others += tuning.flash is False
            return read * (0.001 if others == 1 else 0.01)  # the machine was busy otherwise

        assert choose(USUAL, measure).flash is None

    def test_long_steps_are_tried_where_reading_is_quick(self) -> None:
        tried: list[int] = []

        def measure(tuning: Tuning, read: int) -> float:
            tried.append(tuning.step)
            return read * (0.001 if tuning.step == USUAL.step else 0.0005)

        assert choose(USUAL, measure).step == 512
        tried.clear()
        choose(USUAL, lambda tuning, read: tried.append(tuning.step) or read * 0.01)  # type: ignore[func-returns-value]
        assert set(tried) == {USUAL.step}

    def test_it_ends_in_time_on_a_slow_machine(self) -> None:
        asked: list[Tuning] = []

        def measure(tuning: Tuning, read: int) -> float:
            asked.append(tuning)
            return read * 0.5

        assert choose(USUAL, measure, seconds=15) == USUAL
        assert set(asked) == {USUAL}


class TestTunings:
    def test_remembers_by_model_and_by_what_the_person_chose(self, tmp_path: Path) -> None:
        file = tmp_path / "tunings.json"
        found = Tuning(threads=2, flash=False)
        assert Tunings(file, TINY, -1, USUAL).get() is None
        Tunings(file, TINY, -1, USUAL).put(found)
        assert Tunings(file, TINY, -1, USUAL).get() == found
        assert Tunings(file, TINY, 0, USUAL).get() is None
        assert Tunings(file, TINY, -1, Tuning(threads=1)).get() is None
        other = tmp_path / "other.gguf"
        other.write_bytes(b"another model")
        assert Tunings(file, other, -1, USUAL).get() is None

    @pytest.mark.parametrize("data", [b"", b"{", b"[1]", b'{"a": {"threads": "many"}}', b"\xff"])
    def test_a_damaged_file_is_measured_again(self, tmp_path: Path, data: bytes) -> None:
        file = tmp_path / "tunings.json"
        file.write_bytes(data)
        tunings = Tunings(file, TINY, -1, USUAL)
        assert tunings.get() is None
        tunings.put(USUAL)
        assert tunings.get() == USUAL

    def test_a_folder_that_cannot_be_written_does_no_harm(self, tmp_path: Path) -> None:
        tunings = Tunings(tmp_path / "nowhere" / "tunings.json", TINY, -1, USUAL)
        tunings.put(USUAL)
        assert tunings.get() is None  # it is measured again
        assert list(tmp_path.iterdir()) == []

    def test_a_file_that_cannot_be_replaced_stays_as_it_was(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tunings = Tunings(tmp_path / "tunings.json", TINY, -1, USUAL)
        tunings.put(USUAL)

        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(Path, "replace", full)
        tunings.put(replace(USUAL, threads=7))
        assert tunings.get() == USUAL


def say(model: llama.LlamaChatModel) -> str:
    events = list(model.generate(STORY, GenerationOptions(max_tokens=6)))
    assert isinstance(events[-1], Finished)
    return "".join(event.text for event in events if isinstance(event, TextPiece))


def test_a_model_takes_up_what_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Tuning(threads=1, step=64, flash=False)
    asked: list[Tuning] = []

    def calibrate(_model: object, usual: Tuning, _stop: object) -> Tuning:
        asked.append(usual)
        return found

    monkeypatch.setattr(llama, "calibrate", calibrate)
    file = tmp_path / "tunings.json"
    model = llama.LlamaChatModel(TINY, "tiny", context_tokens=512, gpu_layers=0, tunings=file)
    assert say(model)
    assert model.tune() == found
    assert say(model)
    assert model.tune() is None
    model.close()
    assert asked == [Tuning()]
    again = llama.LlamaChatModel(TINY, "tiny", context_tokens=512, gpu_layers=0, tunings=file)
    assert again.tune() is None
    assert say(again)
    again.close()


def test_a_question_ends_the_measuring(tmp_path: Path) -> None:
    file = tmp_path / "tunings.json"
    model = llama.LlamaChatModel(TINY, "tiny", context_tokens=512, gpu_layers=0, tunings=file)
    assert model.tune(lambda: True) is None
    assert not file.exists()
    assert say(model)
    model.close()
