"""Files that are being written are held back until they rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.indexing import resting
from rag.indexing.resting import ChangingFiles


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(resting, "time", clock)
    return clock


def test_a_file_is_let_go_when_it_rests(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "a.txt"
    path.write_text("a")
    changing = ChangingFiles(rest=2, longest=60)
    changing.add([str(path)])
    for size in range(5):
        clock.now += 1
        path.write_text("a" * (size + 2))
        assert changing.take() == []
    clock.now += 2
    assert changing.take() == [str(path)]
    assert not changing.waiting


def test_a_file_that_never_rests_is_let_go_in_the_end(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "server.log"
    path.write_text("a")
    changing = ChangingFiles(rest=2, longest=4)
    changing.add([str(path)])
    taken: list[str] = []
    for size in range(4):
        clock.now += 1
        path.write_text("a" * (size + 2))
        taken += changing.take()
    assert taken == [str(path)]


def test_what_is_gone_or_a_folder_does_not_wait(tmp_path: Path, clock: Clock) -> None:
    changing = ChangingFiles()
    changing.add([str(tmp_path), str(tmp_path / "gone.txt")])
    assert changing.take() == [str(tmp_path), str(tmp_path / "gone.txt")]
