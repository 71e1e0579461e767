"""`doctor --repair` in hostile surroundings: nothing is lost, nothing sound is called damaged."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from app.chats.store import ChatStore
from app.data_folder.exchange import finish_cut_off
from app.database_file import DatabaseFile
from app.errors import AppError, ChatsNotSaved, DataFolderUnusable
from app.paths import Paths
from app.upkeep.diagnosis import diagnose_chats, diagnose_library
from app.upkeep.doctor import examine
from app.upkeep.repair import repair
from app.workers.clients import IndexClient
from app.workers.configs import IndexConfig
from rag.errors import StoreFull
from rag.store import raw_database
from rag.store.database import Database
from rag.store.salvage import Salvaged
from rag.store.schema import APPLICATION_ID, MIGRATIONS
from rag.store.store import Store
from tests.e2e.test_repair import overwrite
from tests.unit.rag.store.test_environment_faults import holding

FILES = 12


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a library, a log that is not empty, and chats."""
    folder = tmp_path_factory.mktemp("made")
    texts = folder / "texts"
    texts.mkdir()
    for number in range(FILES):
        words = " ".join(f"word{number}x{n}" for n in range(300))
        (texts / f"letter-{number:02}.txt").write_text(f"Matter mark{number} is due. {words}")
    paths = Paths(folder / "data", folder / "no-models")
    paths.ensure()
    config = IndexConfig(str(paths.data), str(paths.models), "tests.sample_models:hash_embedder")
    client = IndexClient(paths, config)
    client.index([texts])
    client.close()
    chats = ChatStore(paths.chats)
    for number in range(5):
        chat = chats.create(f"Chat {number}")
        chats.add_turn(chat.id, f"Question {number}: " + "why? " * 300)
    chats.close()
    (paths.vectors / "current").write_bytes(b"{}")
    shutil.rmtree(paths.scratch)
    return paths.data


@pytest.fixture
def paths(made: Path, tmp_path: Path) -> Paths:
    """A copy of it for each test, as a process that was killed leaves it."""
    shutil.copytree(made, tmp_path / "data")
    paths = Paths(tmp_path / "data", tmp_path / "no-models")
    paths.ensure()
    leave_log(paths.store)
    return paths


def leave_log(store: Path) -> None:
    db = apsw.Connection(str(store))
    db.wal_autocheckpoint(0)
    db.execute("INSERT INTO queue VALUES ('/nowhere', 1.0)")
    kept = {end: Path(f"{store}{end}").read_bytes() for end in ("", "-wal")}
    db.close(True)
    for end, data in kept.items():
        Path(f"{store}{end}").write_bytes(data)


def contents(paths: Paths) -> dict[str, bytes]:
    """All files of the data folder, but for logs and locks."""
    return {
        str(path.relative_to(paths.data)): path.read_bytes()
        for path in paths.data.rglob("*")
        if path.is_file() and path.suffix not in (".lock", ".log") and not path.match("*-shm")
    }


def damage(paths: Paths) -> bytes:
    """Damages the library; returns its bytes."""
    Database(paths.store, APPLICATION_ID, MIGRATIONS).close()  # puts its log away
    overwrite(paths.store, 0.3)
    return paths.store.read_bytes()


NUMBERS = (errno.EIO, errno.ENOSPC, errno.EMFILE, errno.ESTALE, errno.ETIMEDOUT, errno.EACCES)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("reads", [1, 4, 30])
def test_what_the_disk_does_is_not_called_damage(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, number: int, reads: int
) -> None:
    before = contents(paths)
    real, done = raw_database._exactly, 0

    def read(*arguments: Any) -> bytes:
        nonlocal done
        done += 1
        if done > reads:
            raise OSError(number, os.strerror(number))
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(raw_database, "_exactly", read)
        with pytest.raises(DataFolderUnusable) as told:
            repair(paths)
        checks = examine(paths).checks
    assert "damaged" not in f"{told.value} {checks}"
    assert "Nothing was changed" in str(told.value)
    assert contents(paths) == before
    assert repair(paths) == ()


@pytest.mark.parametrize("wrong", [range(20, 21), range(20, 10**9)])
def test_bytes_that_differ_from_one_reading_to_the_next_prove_nothing(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, wrong: range
) -> None:
    before = contents(paths)
    real, done = raw_database._exactly, 0

    def read(file: Any, offset: int, length: int) -> bytes:
        nonlocal done
        done += 1
        data = real(file, offset, length)
        if done in wrong and length >= 512:
            return bytes(byte ^ done & 0xFF for byte in data)
        return data

    with monkeypatch.context() as patch:
        patch.setattr(raw_database, "_exactly", read)
        patch.setattr("app.upkeep.diagnosis._digest", lambda _: str(done))
        if len(wrong) == 1:
            assert repair(paths) == ()
        else:
            with pytest.raises(DataFolderUnusable, match="reports an error while it is read"):
                repair(paths)
    assert contents(paths) == before


@pytest.mark.parametrize("rest", [0, 1_000_000])
def test_without_room_for_a_new_library_the_damaged_one_stays_where_it_is(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, rest: int
) -> None:
    damage(paths)
    before = contents(paths)
    usage = shutil.disk_usage(paths.data)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=rest))
    with pytest.raises(DataFolderUnusable, match="are free on the disk") as told:
        repair(paths)
    assert "The library is damaged" in told.value.message  # which is so
    assert "Nothing was changed" in told.value.advice
    assert contents(paths) == before


FAILURES: dict[str, Callable[..., Any]] = {
    "full": lambda *_: (_ for _ in ()).throw(StoreFull("The disk is full.", "Make room.")),
    "a disk that goes away": lambda *_: (_ for _ in ()).throw(OSError(errno.ENODEV, "away")),
    "no memory": lambda *_: (_ for _ in ()).throw(MemoryError()),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_what_fails_in_the_middle_leaves_all_as_it_was(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    damage(paths)
    before = contents(paths)
    monkeypatch.setattr("app.upkeep.repair.salvage", FAILURES[failure])
    with pytest.raises(DataFolderUnusable, match="cannot be repaired now"):
        repair(paths)
    assert contents(paths) == before


def test_a_new_file_that_is_not_sound_takes_no_place(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(paths)
    before = contents(paths)

    def spoil(_: Path, store: Store) -> Salvaged:
        store.save_root("/a", 1)
        store.database.checkpoint()
        (new,) = paths.data.glob("repair-*/new/library.sqlite")
        data = bytearray(new.read_bytes())
        data[-4096:] = b"\xff" * 4096
        new.write_bytes(data)
        return Salvaged(1, 0, 0, 0)

    monkeypatch.setattr("app.upkeep.repair.salvage", spoil)
    with pytest.raises(AppError, match="cannot be repaired now"):
        repair(paths)
    assert contents(paths) == before


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX locks")
def test_another_program_keeps_its_file(paths: Paths) -> None:
    held = damage(paths)
    with (
        holding(paths.store, "flock"),
        pytest.raises(DataFolderUnusable, match="another program has the file open"),
    ):
        repair(paths)
    assert paths.store.read_bytes() == held
    assert not list(paths.data.glob("damaged-*"))
    assert paths.vectors.exists()
    assert [one.name for one in repair(paths)] == ["library"]
    assert not paths.vectors.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX locks")
def test_a_sound_file_that_is_locked_is_sound(paths: Paths) -> None:
    with holding(paths.chats):
        assert diagnose_chats(paths).sound
        assert diagnose_library(paths).sound


class _Killed(BaseException):
    """Ends the program where it stands."""


@pytest.mark.parametrize("step", range(1, 6))
@pytest.mark.parametrize("how", ["killed", "refused"])
def test_cut_off_at_any_step_there_is_the_old_library_or_the_new(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, step: int, how: str
) -> None:
    damaged = damage(paths)
    count = 0
    error = _Killed() if how == "killed" else PermissionError(errno.EACCES, "refused")

    def counted(real: Callable[[Path, Path], Any]) -> Callable[[Path, Path], Any]:
        def act(self: Path, target: Path) -> Any:
            nonlocal count
            count += self.is_relative_to(paths.data) and not target.match("settings*")
            if count == step:
                count += 1
                raise error
            done = real(self, target)
            assert paths.store.exists()  # at every moment
            return done

        return act

    with monkeypatch.context() as patch:
        for name in ("rename", "replace", "hardlink_to"):
            patch.setattr(Path, name, counted(getattr(Path, name)))
        if count_is_over(step):
            repair(paths)
        else:
            with pytest.raises((_Killed, DataFolderUnusable)):
                repair(paths)
    finish_cut_off(paths)
    kept = list(paths.data.glob("damaged-*/library.sqlite"))
    if kept:
        assert [path.read_bytes() for path in kept] == [damaged]
        assert diagnose_library(paths).sound
    else:
        assert paths.store.read_bytes() == damaged
    repair(paths)
    assert diagnose_library(paths).sound
    (kept_now,) = paths.data.glob("damaged-*/library.sqlite")
    assert kept_now.read_bytes() == damaged


def count_is_over(step: int) -> bool:
    """Whether an exchange has fewer steps: into the waiting folder, log, library, new library."""
    return step > 4


@pytest.mark.skipif(sys.platform == "win32", reason="sets limits of POSIX")
@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(
    ("limit", "values"),
    [("NOFILE", (5, 7, 9, 12, 16)), ("FSIZE", (0, 3000, 40_000, 100_000))],
)
def test_limits_of_the_process_lose_nothing(
    paths: Paths, limit: str, values: tuple[int, ...], broken: bool
) -> None:
    held = damage(paths) if broken else b""
    before = contents(paths)
    for value in values:
        said = _repaired_with(paths, limit, value)
        assert "Traceback" not in said, said
        if list(paths.data.glob("damaged-*")):
            assert broken
            (kept,) = paths.data.glob("damaged-*/library.sqlite")
            assert kept.read_bytes() == held
            return
        assert contents(paths) == before
        assert broken or "damaged" not in said


_LIMITED = """
import resource, sys
from pathlib import Path
from app.user_messages import (describe)
from app.paths import Paths
from app.upkeep.repair import repair
resource.setrlimit(resource.RLIMIT_{0}, ({1}, {1}))
try:
    print(repair(Paths(Path(sys.argv[1]), Path(sys.argv[1]) / "no-models")))
except Exception as error:
    told = describe(error)
    print(told.message, told.advice, "Traceback" if told.is_bug else "", type(error), error)
"""


def _repaired_with(paths: Paths, limit: str, value: int) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED.format(limit, value), str(paths.data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.stdout.decode()


def test_backups_and_other_files_in_the_data_folder_are_no_leftovers(paths: Paths) -> None:
    own = [paths.data / name for name in ("backup-2024.zip", "restore-me.txt", "film.part")]
    for path in own:
        path.write_text("mine")
    (paths.data / "backup-of-mine").mkdir()
    (paths.data / "backup-a1b2c3_4").mkdir()
    (leftovers,) = repair(paths)
    assert leftovers.detail == "Removed: backup-a1b2c3_4."
    assert all(path.exists() for path in own)
    assert (paths.data / "backup-of-mine").exists()


@pytest.mark.parametrize("there", [True, False])
def test_chats_are_read_where_they_cannot_be_written(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    if not there:
        paths.chats.unlink()

    def refuse(_: DatabaseFile) -> apsw.Connection:
        raise apsw.FullError

    with monkeypatch.context() as patch:
        patch.setattr(DatabaseFile, "_opened", refuse)
        chats = ChatStore(paths.chats)
        listed = chats.chats()
        assert len(listed) == (5 if there else 0)
        assert all(chats.turns(chat.id) for chat in listed)
        with pytest.raises(ChatsNotSaved, match="the disk is full"):
            chats.create("new")
    chats.create("with room again")
    assert len(chats.chats()) == len(listed) + 1
    chats.close()
