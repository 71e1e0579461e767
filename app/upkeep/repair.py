"""Repairs a data folder (`studiolo doctor --repair`) without deleting any data.

A database is only touched once it is proven to be damaged (`app.upkeep.diagnosis`) and there is
room for a new one. Readable rows are copied into a new file beside it; then the files are swapped
in a step that survives a crash (`app.data_folder.exchange`), and the old file is kept. A failure
before that leaves everything unchanged. The vector index is rebuilt from the library; leftovers of
interrupted work are deleted.
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
from app.data_folder.exchange import exchange, finish, is_unfinished
from app.data_folder.exclusive import exclusive_access
from app.errors import BackupFailed, ChatsNotSaved, DataFolderUnusable
from app.paths import Paths
from app.settings.store import SettingsStore
from app.specialists.vetting import vet_tables
from app.upkeep.diagnosis import (
    UNCHANGED,
    Diagnosis,
    diagnose_chats,
    diagnose_library,
    diagnose_tables,
    not_now,
)
from app.upkeep.saving_tables import save_tables
from rag.errors import StoreError
from rag.store.environment_faults import (
    Cause,
    environment_fault_of,
    fault_from,
    fault_of_free_space,
    is_environment_fault,
    is_locked,
    is_there,
)
from rag.store.exclusive_open import open_unshared
from rag.store.raw_database import state_of
from rag.store.salvage import rows_of, salvage
from rag.store.store import Store
from rag.store.untrusted_database import faults_in, open_untrusted

_LEFT_FOLDERS = re.compile(r"(backup|restore|repair)-[a-z0-9_]{8}")
_LEFT_FILES = (
    *("*.sqlite.part", "*.sqlite.new", "settings.json*.tmp"),
    *(".trial-*", ".*-????????.part"),  # the last: of settings, or of a backup into this folder
)
_OLD_CACHES = ("reranker.trying", "states/reranker.trying", "tunings.json")
_SPARE_ROOM = 4 << 20
_TIMES = 2  # times the database's size: the new file, and its write-ahead log


class Mended(Struct, frozen=True):
    """One repair."""

    name: str
    detail: str


def repair(paths: Paths) -> tuple[Mended, ...]:
    """Repairs what is damaged; returns what was done, nothing if all was sound.

    Raises:
        AlreadyOpen: another Studiolo has the data folder open.
        DataFolderUnusable: a file cannot be checked, or cannot be repaired now; it is unchanged.
        DataTooNew, StoreTooNew: a later version wrote it.
    """
    paths.ensure()
    done: list[Mended] = []
    try:
        with exclusive_access(paths):
            finish(paths)
            for mend in (
                _repair_settings,
                _repair_library,
                _repair_chats,
                _repair_tables,
                _remove_leftovers,
            ):
                done += mend(paths)
    except OSError as error:
        fault = environment_fault_of(error, paths.store)
        failure = not_now(f"The data folder {paths.data} cannot be repaired", fault)
        raise _with_repairs(done, failure) from error
    except DataFolderUnusable as error:
        raise _with_repairs(done, error) from error
    return tuple(done)


def _with_repairs(done: Sequence[Mended], error: DataFolderUnusable) -> DataFolderUnusable:
    """Returns the error with the repairs done before it, which are reported nowhere else."""
    if not done:
        return error
    repairs = " ".join(f"Repaired, {mended.name}: {mended.detail}" for mended in done)
    return DataFolderUnusable(f"{repairs} {error.message}", error.advice.removeprefix(UNCHANGED))


def leftovers(paths: Paths) -> list[Path]:
    """Returns files and folders left behind by interrupted work."""
    folders = [
        path
        for path in paths.data.iterdir()
        if _LEFT_FOLDERS.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
    ]
    files = [path for pattern in (*_LEFT_FILES, *_OLD_CACHES) for path in paths.data.glob(pattern)]
    return sorted((*folders, *(path for path in files if path.is_file())))


def _repair_settings(paths: Paths) -> list[Mended]:
    recovered = SettingsStore(paths.settings).recovered
    if recovered is None:
        return []
    return [Mended("settings", recovered.message.words)]


def _repair_library(paths: Paths) -> list[Mended]:
    diagnosis = diagnose_library(paths)
    if diagnosis.sound:
        return []
    with _swapping(paths, paths.store, f"The library {diagnosis.words}") as (new, put_in_place):
        with Store(new) as store:
            saved = salvage(paths.store, store)
        kept = put_in_place()
    # Some vectors' passages are gone; the index worker rebuilds the index from those left.
    shutil.rmtree(paths.vectors, ignore_errors=True)
    if not saved.roots:
        words = "Nothing could be read. Add your folders again; your files are unchanged."
    else:
        words = (
            f"Saved: {saved.roots} folders, {saved.files} files, {saved.vectors} vectors. The next "
            "start reads the files again where they changed or were not saved."
        )
    return [Mended("library", f"It {_past_tense(diagnosis)} and is kept in {kept.name}. {words}")]


def _repair_tables(paths: Paths) -> list[Mended]:
    diagnosis = diagnose_tables(paths)
    if diagnosis.sound:
        return []
    with _swapping(paths, paths.tables, f"The tables file {diagnosis.words}") as (
        new,
        put_in_place,
    ):
        saved = save_tables(paths.tables, new)
        vet_tables(new)
        kept = put_in_place()
    words = f"Saved: {saved} cells and examples." if saved else "Nothing could be read."
    return [
        Mended("tables", f"The file {_past_tense(diagnosis)} and is kept in {kept.name}. {words}")
    ]


def _repair_chats(paths: Paths) -> list[Mended]:
    diagnosis = diagnose_chats(paths)
    if diagnosis.sound:
        return []
    with _swapping(paths, paths.chats, f"The chats file {diagnosis.words}") as (
        new,
        put_in_place,
    ):
        ChatStore(new).close()
        chats, turns = _save_chats(paths.chats, new)
        vet_chats(new, elsewhere=True)
        kept = put_in_place()
    words = f"Saved: {chats} chats with {turns} questions." if chats else "Nothing could be read."
    return [
        Mended("chats", f"The file {_past_tense(diagnosis)} and is kept in {kept.name}. {words}")
    ]


def _past_tense(diagnosis: Diagnosis) -> str:
    return "was damaged" if diagnosis.damage else f"had{diagnosis.words.removeprefix('has')}"


@contextmanager
def _swapping(
    paths: Paths, database: Path, statement: str
) -> Iterator[tuple[Path, Callable[[], Path]]]:
    """Yields a path for the new file, and a function that swaps it with the old one.

    The function returns the folder with the old file. A failure before leaves all unchanged.

    Raises:
        DataFolderUnusable: it cannot be done now.
    """
    refusal = f"{statement}. It cannot be repaired now"
    try:
        state = state_of(database)
        _require_all(database, refusal)
        with tempfile.TemporaryDirectory(dir=paths.data, prefix="repair-") as work:
            folder = Path(work) / "new"
            folder.mkdir(mode=0o700)
            new = folder / database.name

            def put_in_place() -> Path:
                _require_sound(new)
                if state_of(database) != state:
                    raise not_now(refusal, fault_from(Cause.CHANGED, paths.data))
                _require_unlocked(database, refusal)
                kept = exchange(paths, folder, [database.name], kept_as="damaged")
                if kept is None:
                    raise FileNotFoundError(database)
                return kept

            yield new, put_in_place
    except (OSError, MemoryError, apsw.Error, StoreError, ChatsNotSaved, BackupFailed) as error:
        if isinstance(error, BackupFailed) and is_unfinished(paths):
            raise DataFolderUnusable(error.message, error.advice) from error
        cause = error.__cause__
        if cause is None or not is_environment_fault(cause):
            cause = error
        if isinstance(cause, apsw.Error) and not is_environment_fault(cause):
            raise
        raise not_now(refusal, environment_fault_of(cause, database)) from error


def _require_all(database: Path, refusal: str) -> None:
    """Checks that the file is not locked and that there is room, before anything is changed."""
    _require_unlocked(database, refusal)
    size = sum(
        part.stat().st_size
        for part in (database, Path(f"{database}-wal"), Path(f"{database}-journal"))
        if is_there(part)
    )
    if (fault := fault_of_free_space(database.parent, _TIMES * size + _SPARE_ROOM)) is not None:
        raise not_now(refusal, fault)


def _require_unlocked(database: Path, refusal: str) -> None:
    if is_locked(database):
        raise not_now(refusal, fault_from(Cause.LOCKED, database.parent))


def _require_sound(new: Path) -> None:
    """Reads the new file completely and syncs it, before it replaces the old one."""
    db = open_untrusted(new)
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


def _save_chats(source: Path, target: Path) -> tuple[int, int]:
    """Copies readable chats and turns; turns of a lost chat get a new chat."""
    try:
        old = open_untrusted(source)
    except apsw.Error as error:
        if is_environment_fault(error):
            raise
        return 0, 0
    new = open_unshared(target, create=False)
    chats: set[int] = set()
    turns = 0
    try:
        with new:
            columns = f"id, title, updated_at, collection, {_settings_column(old)}"
            for row in rows_of(old, "chats", columns):
                if _inserted(new, _CHAT, row):
                    chats.add(row[0])
            columns = "id, chat_id, question, answer, answer_data, created_at"
            for row in rows_of(old, "turns", columns):
                _, chat, question, *_, created = row
                if chat not in chats and _inserted(
                    new, _CHAT, (chat, str(question)[:60], created, "", "")
                ):
                    chats.add(chat)
                turns += _inserted(new, _TURN, row)
            columns = "id, turn_id, text, reply_data, created_at"
            for row in rows_of(old, "replies", columns):
                _inserted(new, _REPLY, row)
    finally:
        old.close(True)
        new.close(True)
    return len(chats), turns


def _settings_column(db: apsw.Connection) -> str:
    """Returns what to read as a chat's settings: earlier versions had no column for them."""
    try:
        db.execute("SELECT settings FROM chats LIMIT 0")
    except apsw.SQLError:
        return "''"
    except apsw.Error:  # what is damaged is left to those who read the rows
        pass
    return "settings"


_CHAT = "INSERT INTO chats (id, title, updated_at, collection, settings) VALUES (?, ?, ?, ?, ?)"
_TURN = (
    "INSERT INTO turns (id, chat_id, question, answer, answer_data, created_at) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)

_REPLY = (
    "INSERT INTO replies (id, turn_id, text, reply_data, created_at) "
    "SELECT ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM turns WHERE id = ?2)"
)


def _inserted(db: apsw.Connection, sql: str, row: Sequence[Any]) -> bool:
    """Inserts a row; returns False if the damage has made it invalid."""
    try:
        db.execute(sql, row)
    except (apsw.ConstraintError, apsw.MismatchError, TypeError):
        return False
    return True


def _remove_leftovers(paths: Paths) -> list[Mended]:
    paths_left = leftovers(paths)
    for path in paths_left:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    names = ", ".join(path.name for path in paths_left)
    return [Mended("leftovers", f"Removed: {names}.")] if paths_left else []
