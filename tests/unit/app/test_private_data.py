"""What lies in the data folder is kept from other people, and nothing else is touched."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.paths import Paths
from app.private_data import exposed, owner_only, tighten, write_private
from app.upkeep.doctor import examine

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder as a careless world leaves it."""
    folder = tmp_path / "data"
    for name in ("vectors/gen-1", "states/shared", "egress/payloads", "damaged-1", "logs"):
        (folder / name).mkdir(parents=True)
    for name in (
        *("library.sqlite", "library.sqlite-wal", "chats.sqlite", "settings.json"),
        *("settings.unreadable-2.json", "marker.key", "window.ini", "vectors/gen-1/data.bin"),
        *("states/shared/a.state", "egress/log.jsonl", "damaged-1/library.sqlite", "logs/x.log"),
    ):
        (folder / name).write_text("private")
    return folder


def open_to_others(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder)) for path in (folder, *folder.rglob("*")) if mode(path) & 0o077
    }


def test_all_of_a_folder_that_is_ours_is_taken_from_others(data: Path) -> None:
    assert len(open_to_others(data)) > 12
    tighten(data)
    assert open_to_others(data) == set()
    assert exposed(data) == ()


def test_a_folder_that_others_work_in_stays_open_and_our_files_do_not(data: Path) -> None:
    (data / "minutes.txt").write_text("for all of us")
    data.chmod(0o755)
    tighten(data)
    assert open_to_others(data) == {".", "minutes.txt"}
    assert exposed(data) == ()  # they see names, and nothing of what is in them
    data.chmod(0o777)
    (sentence,) = exposed(data)
    assert "can exchange files" in sentence


def test_a_folder_for_all_like_tmp_is_left_alone(data: Path) -> None:
    data.chmod(0o1777)
    tighten(data)
    assert open_to_others(data) == {"."}
    assert exposed(data) == ()


def test_a_link_is_not_followed(data: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.txt"
    theirs.write_text("shared")
    (data / "settings.linked.json").symlink_to(theirs)
    (data / "states" / "link").symlink_to(tmp_path)
    before = mode(theirs), mode(tmp_path)
    tighten(data)
    assert (mode(theirs), mode(tmp_path)) == before


def test_where_permissions_cannot_be_set_it_is_said(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fchmod", lambda *_: None)  # as on a stick with FAT
    tighten(data)
    (sentence,) = exposed(data)
    assert "Other people on this computer can read" in sentence
    checks = examine(Paths(data, data / "models")).checks
    (check,) = (check for check in checks if check.name == "permissions")
    assert not check.ok
    assert "can read" in check.detail


def test_every_start_takes_the_folder_from_others(tmp_path: Path) -> None:
    folder = tmp_path / "given"
    folder.mkdir(mode=0o777)
    Paths(folder, tmp_path / "models").ensure()
    assert open_to_others(folder) == set()


def test_files_are_for_their_owner_from_then_on(tmp_path: Path) -> None:
    back = owner_only()
    (tmp_path / "made").write_text("x")
    assert mode(tmp_path / "made") == 0o600
    back()
    (tmp_path / "later").write_text("x")
    assert mode(tmp_path / "later") == 0o666


def test_an_export_is_private_and_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "export.json"
    path.write_text("before")
    write_private(path, b"after")
    assert (path.read_text(), mode(path)) == ("after", 0o600)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_private(path, b"more")
    assert path.read_text() == "after"
    assert list(tmp_path.iterdir()) == [path]
