"""Watching folders: real files, real watches."""

from __future__ import annotations

import os
import queue
import shutil
import threading
from pathlib import Path

import pytest

from rag.indexing.rules import Filter, Rules
from rag.indexing.watch import changed_folders, watch

SECONDS = 15


class Watching:
    """A watch on a thread; `next` waits for what it tells."""

    def __init__(self, *roots: Path, rules: Rules | None = None) -> None:
        self._told: queue.Queue[tuple[str, ...]] = queue.Queue()
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=watch,
            args=([str(root) for root in roots], rules or Rules(), self._told.put, self._stop),
        )
        self._thread.start()

    def next(self) -> tuple[str, ...]:
        return self._told.get(timeout=SECONDS)

    def nothing(self, seconds: float = 3) -> bool:
        try:
            self._told.get(timeout=seconds)
        except queue.Empty:
            return True
        return False

    def end(self) -> None:
        self._stop.set()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "papers"
    (made / "sub").mkdir(parents=True)
    (made / "sub" / "a.txt").write_text("a")
    return made


def until(watching: Watching, wanted: Path, change: object) -> None:
    """Makes changes until one is told: the watch may still be starting."""
    assert callable(change)
    for number in range(5):
        change(number)
        try:
            told = watching._told.get(timeout=4)
        except queue.Empty:
            continue
        assert told == (str(wanted),)
        return
    raise AssertionError("no change was told")


def test_a_changed_file_is_told_by_its_folder(folder: Path) -> None:
    watching = Watching(folder)
    path = folder / "sub" / "a.txt"
    try:
        until(watching, folder / "sub", lambda number: path.write_text(f"new {number}"))
        path.unlink()
        assert watching.next() == (str(folder / "sub"),)
        shutil.move(folder / "sub", folder / "renamed")
        assert watching.next() == (str(folder),)
    finally:
        watching.end()


def test_what_is_left_out_is_not_told(folder: Path) -> None:
    (folder / ".git").mkdir()
    watching = Watching(folder, rules=Rules(patterns=("*.tmp.txt",)))
    try:
        until(watching, folder, lambda number: (folder / f"{number}.txt").write_text("x"))
        (folder / ".git" / "index").write_text("x")
        (folder / "a.tmp.txt").write_text("x")
        assert watching.nothing()
    finally:
        watching.end()


def test_a_folder_that_comes_back_is_told(tmp_path: Path) -> None:
    away = tmp_path / "drive"
    watching = Watching(away)
    try:
        assert watching.nothing(1)
        away.mkdir()
        assert watching.next() == (str(away),)
    finally:
        watching.end()


def test_changes_are_told_by_the_outermost_folders() -> None:
    roots = ["/papers", "/letters/one.txt"]
    told = changed_folders(
        [
            "/papers/a/b/x.txt",
            "/papers/a/y.txt",
            "/papers/.cache/z",
            "/letters/one.txt",
            "/elsewhere/q.txt",
        ],
        roots,
        Filter(Rules()),
    )
    # None of these folders is there: changes are told by the first one above that is, or the root.
    assert told == ("/letters/one.txt", "/papers")


@pytest.mark.skipif(os.name == "nt", reason="names of POSIX systems")
def test_a_neighbour_with_a_longer_name_is_not_inside(tmp_path: Path) -> None:
    for name in ("a", "a-b", "a/c"):
        (tmp_path / name).mkdir()
    changes = [str(tmp_path / name / "x.txt") for name in ("a", "a-b", "a/c")]
    told = changed_folders(changes, [str(tmp_path)], Filter(Rules()))
    assert set(told) == {str(tmp_path / "a"), str(tmp_path / "a-b")}


def test_what_a_link_leads_to_is_not_watched(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder / "link").symlink_to(outside, target_is_directory=True)
    watching = Watching(folder)
    path = folder / "sub" / "a.txt"
    try:
        until(watching, folder / "sub", lambda number: path.write_text(f"new {number}"))
        (outside / "b.txt").write_text("b")
        assert watching.nothing()
    finally:
        watching.end()


def test_folders_that_come_are_watched_as_well(folder: Path) -> None:
    watching = Watching(folder)
    path = folder / "sub" / "a.txt"
    new = folder / "sub" / "new" / "deep"
    try:
        until(watching, folder / "sub", lambda number: path.write_text(f"new {number}"))
        new.mkdir(parents=True)
        assert watching.next() == (str(folder / "sub"),)
        assert watching.next() == (str(folder / "sub"),)  # once it is watched
        (new / "b.txt").write_text("b")
        assert watching.next() == (str(new),)
    finally:
        watching.end()
