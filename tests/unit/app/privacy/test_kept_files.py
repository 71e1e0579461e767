"""Files in folders where a worker that was taken over may have left links."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.privacy.kept_files import MOST_BYTES, read_text, take, write_text
from app.workers import handover
from models.states import remove_drawers


@pytest.fixture
def drawer(tmp_path: Path) -> Path:
    folder = tmp_path / "states" / "ab12"
    folder.mkdir(parents=True)
    (tmp_path / "mine.txt").write_text("a letter")
    return folder


def test_what_is_written_is_read(tmp_path: Path, drawer: Path) -> None:
    write_text(tmp_path / "states", "ab12", "x.summary", "Grüße")
    assert read_text(tmp_path / "states", "ab12", "x.summary") == "Grüße"
    assert [path.name for path in drawer.iterdir()] == ["x.summary"]
    write_text(tmp_path / "states", "ab12", "x.summary", "again")
    assert read_text(tmp_path / "states", "ab12", "x.summary") == "again"


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(
    tmp_path: Path, drawer: Path
) -> None:
    (drawer / "x.summary").symlink_to(tmp_path / "mine.txt")
    with pytest.raises(OSError, match=r"\w"):
        read_text(tmp_path / "states", "ab12", "x.summary")
    write_text(tmp_path / "states", "ab12", "x.summary", "ours")
    assert (tmp_path / "mine.txt").read_text() == "a letter"
    assert read_text(tmp_path / "states", "ab12", "x.summary") == "ours"


@pytest.mark.parametrize("name", ["linked", "..", ".", "", "a/b", "/tmp"])
def test_only_a_drawer_of_the_folder_is_used(tmp_path: Path, drawer: Path, name: str) -> None:
    (tmp_path / "states" / "linked").symlink_to(tmp_path)
    with pytest.raises(OSError, match=r"\w"):
        write_text(tmp_path / "states", name, "mine.txt", "theirs")
    with pytest.raises(OSError, match=r"\w"):
        read_text(tmp_path / "states", name, "mine.txt")
    assert (tmp_path / "mine.txt").read_text() == "a letter"


def test_what_is_no_small_file_is_not_read(tmp_path: Path, drawer: Path) -> None:
    (drawer / "long").write_bytes(b"x" * (MOST_BYTES + 1))
    (drawer / "zero").symlink_to("/dev/zero")
    os.mkfifo(drawer / "pipe")
    for name in ("long", "zero", "pipe", "missing"):
        with pytest.raises(OSError, match=r"\w"):
            read_text(tmp_path / "states", "ab12", name)


def test_only_a_file_is_taken(tmp_path: Path, drawer: Path) -> None:
    (drawer / "copy").write_text("all of it")
    take(tmp_path / "states", "ab12", "copy", tmp_path / "own")
    assert (tmp_path / "own").read_text() == "all of it"
    (drawer / "copy").symlink_to(tmp_path / "mine.txt")
    with pytest.raises(OSError, match="no"):
        take(tmp_path / "states", "ab12", "copy", tmp_path / "own")
    assert (tmp_path / "mine.txt").read_text() == "a letter"


def test_a_drawer_that_is_a_link_keeps_no_other_from_being_removed(
    tmp_path: Path, drawer: Path
) -> None:
    (tmp_path / "states" / "aa").symlink_to(tmp_path)
    remove_drawers(tmp_path / "states", lambda _: False)
    assert list((tmp_path / "states").iterdir()) == []
    assert (tmp_path / "mine.txt").exists()


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="there is no /proc")
@pytest.mark.parametrize("name", ["/proc/self/mem", "/proc/self/environ", "/proc/self/maps"])
def test_memory_is_not_handed_to_a_worker(tmp_path: Path, name: str) -> None:
    (tmp_path / "report.pdf").symlink_to(name)
    with handover.opened(tmp_path / "report.pdf") as descriptor:
        assert descriptor is None
