"""Mends a data folder: `studiolo doctor --repair`. Nothing is deleted that holds anything.

A database is touched only once it is proved that it is damaged (`app.upkeep.diagnosis`), and that
there is room, and all else that a new one takes. What can be read is saved into a new file beside
it; then the two are exchanged in one step that a later start can finish
(`app.data_folder.exchange`), and the old one is kept. Until then, whatever fails leaves everything
as it was. The vector index is made anew from the library; leftovers of what was cut off are
removed.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
from msgspec import Struct

from app.chats.store import ChatStore
from app.chats.vetting import vet_chats
from app.data_folder.alone import alone
from app.data_folder.exchange import exchange, finish, is_unfinished
from app.errors import BackupFailed, ChatsNotSaved, DataFolderUnusable
from app.paths import Paths
from app.settings.store import SettingsStore
from app.upkeep.diagnosis import UNCHANGED, Diagnosis, diagnose_chats, diagnose_library, not_now
from rag.errors import StoreError
from rag.store.as_stored import state_of
from rag.store.foreign import faults_in, open_foreign
from rag.store.salvage import rows_of, salvage
from rag.store.store import Store
from rag.store.surroundings import (
    Cause,
    described,
    hindrance_of,
    is_hindrance,
    is_locked,
    is_there,
    lacking,
)
from rag.store.unshared import open_unshared

_LEFT_FOLDERS = re.compile(r"(backup|restore|repair)-[a-z0-9_]{8}")
_LEFT_FILES = (
    *("*.sqlite.part", "*.sqlite.new", "settings.json*.tmp"),
    *(".trial-*", ".*-????????.part"),  # the last: of settings, or a backup that was written here
)
_OLD_CACHES = ("reranker.trying", "states/reranker.trying", "tunings.json")
_SPARE_ROOM = 4 << 20
_TIMES = 2  # the size of a database: the new file, and the log through which it is written


class Mended(Struct, frozen=True):
    """One thing that was done."""

    name: str
    detail: str


def repair(paths: Paths) -> tuple[Mended, ...]:
    """Mends what can be mended; returns what was done, nothing if all was sound.

    Raises:
        AlreadyOpen: a Studiolo works on the data folder.
        DataFolderUnusable: what is there cannot be looked at, or cannot be mended now; what was not
            mended before is as it was.
        DataTooNew, StoreTooNew: a later version wrote it.
    """
    paths.ensure()
    done: list[Mended] = []
    try:
        with alone(paths):
            finish(paths)
            for mend in (_settings, _library, _chats, _leftovers):
                done += mend(paths)
    except OSError as error:
        hindrance = hindrance_of(error, paths.store)
        unmended = not_now(f"The data folder {paths.data} cannot be mended", hindrance)
        raise _after(done, unmended) from error
    except DataFolderUnusable as error:
        raise _after(done, error) from error
    return tuple(done)


def _after(done: Sequence[Mended], error: DataFolderUnusable) -> DataFolderUnusable:
    """The error for what was not mended, which tells what was mended before: nobody else does."""
    if not done:
        return error
    told = " ".join(f"Mended, {one.name}: {one.detail}" for one in done)
    return DataFolderUnusable(f"{told} {error.message}", error.advice.removeprefix(UNCHANGED))


def leftovers(paths: Paths) -> list[Path]:
    """What was left behind by work that was cut off."""
    folders = [
        path
        for path in paths.data.iterdir()
        if _LEFT_FOLDERS.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
    ]
    files = [path for pattern in (*_LEFT_FILES, *_OLD_CACHES) for path in paths.data.glob(pattern)]
    return sorted((*folders, *(path for path in files if path.is_file())))


def _settings(paths: Paths) -> list[Mended]:
    recovered = SettingsStore(paths.settings).recovered
    if recovered is None:
        return []
    return [Mended("settings", recovered.message.words)]


def _library(paths: Paths) -> list[Mended]:
    found = diagnose_library(paths)
    if found.sound:
        return []
    with _exchanging(paths, paths.store, f"The library {found.words}") as (new, put_in_place):
        with Store(new) as store:
            saved = salvage(paths.store, store)
        kept = put_in_place()
    # Vectors of passages that are no more there; the index worker makes up for those left.
    shutil.rmtree(paths.vectors, ignore_errors=True)
    if not saved.roots:
        words = "Nothing of it could be read. Add your folders again; your files are untouched."
    else:
        words = (
            f"Saved: {saved.roots} folders, {saved.files} files, {saved.vectors} vectors. The next "
            "start reads the files again where they changed or were not saved."
        )
    return [Mended("library", f"It {_was(found)} and is kept in {kept.name}. {words}")]


def _chats(paths: Paths) -> list[Mended]:
    found = diagnose_chats(paths)
    if found.sound:
        return []
    with _exchanging(paths, paths.chats, f"The chats file {found.words}") as (new, put_in_place):
        ChatStore(new).close()
        chats, turns = _save_chats(paths.chats, new)
        vet_chats(new, elsewhere=True)
        kept = put_in_place()
    words = f"Saved: {chats} chats with {turns} questions." if chats else "Nothing could be read."
    return [Mended("chats", f"The file {_was(found)} and is kept in {kept.name}. {words}")]


def _was(found: Diagnosis) -> str:
    return "was damaged" if found.damage else f"held{found.words.removeprefix('holds')}"


@contextmanager
def _exchanging(
    paths: Paths, database: Path, what: str
) -> Iterator[tuple[Path, Callable[[], Path]]]:
    """Lends a place for a new file, and what puts it in the place of the old one.

    That returns the folder in which the old one is kept. What fails before leaves all as it was.

    Raises:
        DataFolderUnusable: it cannot be done now.
    """
    begun = f"{what}. It cannot be mended now"
    try:
        state = state_of(database)
        _require_all(database, begun)
        with tempfile.TemporaryDirectory(dir=paths.data, prefix="repair-") as work:
            folder = Path(work) / "new"
            folder.mkdir(mode=0o700)
            new = folder / database.name

            def put_in_place() -> Path:
                _require_sound(new)
                if state_of(database) != state:
                    raise not_now(begun, described(Cause.CHANGED, paths.data))
                _require_unlocked(database, begun)
                kept = exchange(paths, folder, [database.name], kept_as="damaged")
                if kept is None:
                    raise FileNotFoundError(database)
                return kept

            yield new, put_in_place
    except (OSError, MemoryError, apsw.Error, StoreError, ChatsNotSaved, BackupFailed) as error:
        if isinstance(error, BackupFailed) and is_unfinished(paths):
            raise DataFolderUnusable(error.message, error.advice) from error
        cause = error.__cause__
        if cause is None or not is_hindrance(cause):
            cause = error
        if isinstance(cause, apsw.Error) and not is_hindrance(cause):
            raise
        raise not_now(begun, hindrance_of(cause, database)) from error


def _require_all(database: Path, begun: str) -> None:
    """Sees that there is all that a new file takes, before anything is begun."""
    _require_unlocked(database, begun)
    size = sum(
        part.stat().st_size
        for part in (database, Path(f"{database}-wal"), Path(f"{database}-journal"))
        if is_there(part)
    )
    if (hindrance := lacking(database.parent, _TIMES * size + _SPARE_ROOM)) is not None:
        raise not_now(begun, hindrance)


def _require_unlocked(database: Path, begun: str) -> None:
    if is_locked(database):
        raise not_now(begun, described(Cause.LOCKED, database.parent))


def _require_sound(new: Path) -> None:
    """Reads the new file to its end: only then the old one makes way for it."""
    db = open_foreign(new)
    try:
        fault = faults_in(db)
    except apsw.Error as error:
        raise OSError(errno.EIO, "the new file cannot be read") from error
    finally:
        db.close(True)
    if fault:
        raise OSError(errno.EIO, f"the new file is not sound: {fault}")
    with new.open("rb+") as file:
        os.fsync(file.fileno())


def _save_chats(damaged: Path, target: Path) -> tuple[int, int]:
    """Copies the chats and turns that can be read; turns of a lost chat get one for themselves."""
    try:
        old = open_foreign(damaged)
    except apsw.Error as error:
        if is_hindrance(error):
            raise
        return 0, 0
    new = open_unshared(target, create=False)
    chats: set[int] = set()
    turns = 0
    try:
        with new:
            for row in rows_of(old, "chats", "id, title, updated_at, collection"):
                if _added(new, _CHAT, row):
                    chats.add(row[0])
            columns = "id, chat_id, question, answer, answer_data, created_at"
            for row in rows_of(old, "turns", columns):
                _, chat, question, *_, created = row
                if chat not in chats and _added(
                    new, _CHAT, (chat, str(question)[:60], created, "")
                ):
                    chats.add(chat)
                turns += _added(new, _TURN, row)
            columns = "id, turn_id, text, reply_data, created_at"
            for row in rows_of(old, "replies", columns):
                _added(new, _REPLY, row)
    finally:
        old.close(True)
        new.close(True)
    return len(chats), turns


_CHAT = "INSERT INTO chats (id, title, updated_at, collection) VALUES (?, ?, ?, ?)"
_TURN = (
    "INSERT INTO turns (id, chat_id, question, answer, answer_data, created_at) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)

_REPLY = (
    "INSERT INTO replies (id, turn_id, text, reply_data, created_at) "
    "SELECT ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM turns WHERE id = ?2)"
)


def _added(db: apsw.Connection, sql: str, row: Sequence[Any]) -> bool:
    """Adds a row, unless the damage has made something else of it."""
    try:
        db.execute(sql, row)
    except (apsw.ConstraintError, apsw.MismatchError, TypeError):
        return False
    return True


def _leftovers(paths: Paths) -> list[Mended]:
    found = leftovers(paths)
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    names = ", ".join(path.name for path in found)
    return [Mended("leftovers", f"Removed: {names}.")] if found else []
