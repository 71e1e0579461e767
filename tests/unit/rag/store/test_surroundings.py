"""What the surroundings do is told from damage, and its cause is named."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import ClassVar

import apsw
import pytest

from app.user_messages import describe
from rag.store import surroundings
from rag.store.surroundings import (
    Cause,
    hindrance_of,
    is_damage,
    is_hindrance,
    is_locked,
    is_there,
    lacking,
    tried,
)

_NO_DAMAGE = (
    *("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_BUSY"),
    *("SQLITE_LOCKED", "SQLITE_PERM", "SQLITE_NOMEM", "SQLITE_NOLFS", "SQLITE_PROTOCOL"),
)
_CODES = {**apsw.mapping_result_codes, **apsw.mapping_extended_result_codes}


@pytest.mark.parametrize("name", _NO_DAMAGE)
def test_errors_of_the_surroundings_are_no_damage(name: str) -> None:
    codes = [code for known, code in _CODES.items() if str(known).startswith(name)]
    assert codes
    for code in codes:
        assert not is_damage(apsw.exception_for(int(code)))
        assert is_hindrance(apsw.exception_for(int(code)))


def test_only_what_is_about_the_content_is_damage() -> None:
    damage = {
        str(name)
        for name, code in _CODES.items()
        if isinstance(code, int) and 0 < code & 0xFF < apsw.SQLITE_NOTICE
        if is_damage(apsw.exception_for(code))
    }
    assert damage
    assert all(name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) for name in damage)
    assert not is_hindrance(apsw.exception_for(apsw.SQLITE_ERROR))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "your share of the disk"),
        (errno.EROFS, "the disk is read-only"),
        (errno.EACCES, "does not permit it"),
        (errno.EMFILE, "open at the same time"),
        (errno.ESTALE, "cannot be reached"),
        (errno.ETIMEDOUT, "cannot be reached"),
        (errno.EIO, "reports an error"),
    ],
)
def test_sqlite_names_a_symptom_and_the_system_the_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", refuse)
        hindrance = hindrance_of(apsw.CantOpenError(), tmp_path / "library.sqlite")
    assert words in hindrance.words
    assert hindrance.advice
    assert list(tmp_path.iterdir()) == []  # what was tried is gone


def test_a_disk_without_numbers_for_files_is_not_called_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surroundings, "_files_left", lambda _: 0)
    assert hindrance_of(apsw.FullError(), tmp_path / "x").cause is Cause.NO_FILES


def test_what_a_folder_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tried(tmp_path) is None
    assert lacking(tmp_path, 1) is None
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=2_000_000))
    hindrance = lacking(tmp_path, 3_000_000)
    assert hindrance is not None
    assert "3 MB" in hindrance.words
    assert "2 MB are free" in hindrance.words


def test_a_place_that_cannot_be_looked_at_is_not_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_there(tmp_path / "none")

    def away(_: Path) -> os.stat_result:
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(Path, "lstat", away)
    with pytest.raises(OSError, match="Stale"):
        is_there(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX locks")
@pytest.mark.parametrize("how", ["sqlite", "reader", "exclusive", "flock"])
@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_lock_of_another_program_is_seen(tmp_path: Path, how: str, mode: str) -> None:
    path = tmp_path / "some.sqlite"
    db = apsw.Connection(str(path))
    db.pragma("journal_mode", mode)
    db.execute("CREATE TABLE t (x)")
    db.close()
    assert not is_locked(path)
    with holding(path, how):
        assert is_locked(path)
    assert not is_locked(path)


class holding:  # noqa: N801  # reads as a verb
    """Another process that holds a lock."""

    _HOW: ClassVar = {
        "sqlite": "import apsw; db = apsw.Connection(sys.argv[1]); db.execute('BEGIN EXCLUSIVE')",
        "reader": "import apsw; db = apsw.Connection(sys.argv[1]); db.execute('BEGIN');"
        "db.execute('SELECT * FROM t').fetchall()",
        "exclusive": "import apsw; db = apsw.Connection(sys.argv[1]);"
        "db.execute('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE').fetchall()",
        "flock": "import fcntl; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_SH)",
    }

    def __init__(self, path: Path, how: str = "sqlite") -> None:
        code = f"import sys; {self._HOW[how]}; print(flush=True); sys.stdin.read()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __enter__(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline()

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def test_that_the_machine_has_no_more_is_no_fault_of_ours() -> None:
    told = describe(OSError(errno.EMFILE, "Too many open files"))
    assert not told.is_bug
    assert "open as many files" in told.message
    wrapped = RuntimeError()
    wrapped.__cause__ = MemoryError()
    assert "not enough free memory" in describe(wrapped).message
    assert describe(OSError(errno.ENOENT, "No such file")).is_bug
    assert describe(ValueError("?")).is_bug


def test_a_process_that_is_kept_out_of_a_folder_looks_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A confined worker may write the library and make no file next to it: that is no cause."""
    data, own = tmp_path / "data", tmp_path / "data" / "scratch"
    own.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(own))
    real_open, real_write = os.open, os.write

    def kept_out(path: Path, *arguments: int) -> int:
        if Path(path).parent == data:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real_open(path, *arguments)

    monkeypatch.setattr(os, "open", kept_out)
    assert hindrance_of(apsw.IOError(), data / "x.sqlite").cause is Cause.DEVICE

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    assert hindrance_of(apsw.IOError(), data / "x.sqlite").cause is Cause.FULL
    monkeypatch.setattr(os, "write", real_write)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert hindrance_of(apsw.IOError(), data / "x.sqlite").cause is Cause.RIGHTS
