"""Mends a data folder: `studiolo doctor --repair`. Nothing is deleted that holds anything.

What is damaged is set aside in a folder of its own, and what can be read of it is saved into a new
file. The vector index is made anew from the library; leftovers of what was cut off are removed.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import apsw
from msgspec import Struct

from app.alone import alone
from app.chat_vetting import vet_chats
from app.chats import APPLICATION_ID as CHATS_ID
from app.chats import MIGRATIONS as CHATS_MIGRATIONS
from app.chats import ChatStore
from app.errors import ChatsDamaged, DataFolderUnusable
from app.exchange import finish
from app.paths import Paths
from app.protections import listed
from app.settings import SettingsStore
from rag.errors import StoreDamaged
from rag.foreign import faults_in, foreign_in, open_foreign, version_of
from rag.salvage import rows_of, salvage
from rag.schema import APPLICATION_ID, MIGRATIONS
from rag.store import Store

LEFTOVERS = (
    *("backup-*", "restore-*", "*.part", "settings.json*.tmp"),
    *("reranker.trying", "states/reranker.trying", "tunings.json"),
)
"""What a backup, a restore, a save or a trial leaves in the data folder when it is cut off."""

_COMPANIONS = ("", "-wal", "-shm", "-journal")


class Mended(Struct, frozen=True):
    """One thing that was done."""

    name: str
    detail: str


def repair(paths: Paths) -> tuple[Mended, ...]:
    """Mends what can be mended; returns what was done, nothing if all was sound.

    Raises:
        AlreadyOpen: a Studiolo works on the data folder.
        DataFolderUnusable: the folder cannot be written.
        DataTooNew, StoreTooNew: a later version wrote it.
        StoreFull: there is no room for the new files; the damaged ones are kept aside.
    """
    paths.ensure()
    with alone(paths):
        finish(paths)
        try:
            done = [
                *_settings(paths),
                *_library(paths),
                *_chats(paths),
                *_leftovers(paths),
            ]
        except OSError as error:
            raise DataFolderUnusable(
                f"The data folder {paths.data} cannot be mended: {error.strerror or error}.",
                "See that it can be written and has room, and try again.",
            ) from error
    return tuple(done)


def leftovers(paths: Paths) -> list[Path]:
    """What was left behind by work that was cut off."""
    return sorted(path for pattern in LEFTOVERS for path in paths.data.glob(pattern))


def fault_of(database: Path) -> str:
    """What SQLite finds wrong with a database; "" when it is sound, or is not there.

    Reads all of it.

    Raises:
        DataFolderUnusable: it cannot be looked at, which says nothing about it.
    """
    return _look(database, faults_in)


def foreign_in_library(paths: Paths) -> tuple[str, ...]:
    """What the library file holds that Studiolo does not make; see `rag.foreign`.

    Raises:
        DataFolderUnusable: it cannot be looked at.
    """
    return _foreign(paths.store, APPLICATION_ID, MIGRATIONS)


def foreign_in_chats(paths: Paths) -> tuple[str, ...]:
    """What the chats file holds that Studiolo does not make; see `rag.foreign`.

    Raises:
        DataFolderUnusable: it cannot be looked at.
    """
    return _foreign(paths.chats, CHATS_ID, CHATS_MIGRATIONS)


def _foreign(database: Path, application_id: int, migrations: Sequence[str]) -> tuple[str, ...]:
    def look(db: apsw.Connection) -> str:
        if version_of(db) > len(migrations):
            return ""  # whoever opens it says that it is of a later version
        return "\n".join(foreign_in(db, application_id, migrations))

    return tuple(_look(database, look).splitlines())


def _look(database: Path, look: Callable[[apsw.Connection], str]) -> str:
    if not database.exists():
        return ""
    try:
        db = open_foreign(database)
        try:
            return look(db)
        finally:
            db.close(True)
    except (apsw.FullError, apsw.CantOpenError, apsw.ReadOnlyError, apsw.BusyError) as error:
        raise DataFolderUnusable(
            f"{database} cannot be looked at: {error}.",
            "See that the disk is there and has room, and that you may write to the folder.",
        ) from error
    except (apsw.Error, UnicodeDecodeError) as error:
        return str(error)


def _is_library(paths: Paths) -> bool:
    try:
        Store(paths.store).close()
    except StoreDamaged:
        return False
    return True


def _is_chats(paths: Paths) -> bool:
    try:
        ChatStore(paths.chats).close()
    except ChatsDamaged:
        return False
    return True


def _settings(paths: Paths) -> list[Mended]:
    recovered = SettingsStore(paths.settings).recovered
    if recovered is None:
        return []
    return [Mended("settings", f"{recovered.told.message} {recovered.told.advice}")]


def _library(paths: Paths) -> list[Mended]:
    why = _why_not(paths.store, lambda: _is_library(paths), lambda: foreign_in_library(paths))
    if not why:
        return []
    aside = _set_aside(paths, paths.store)
    # Vectors of passages that are no more there; they are made anew from the library.
    shutil.rmtree(paths.vectors, ignore_errors=True)
    with Store(paths.store) as store:
        saved = salvage(aside, store)
    if not saved.roots:
        words = "Nothing of it could be read. Add your folders again; your files are untouched."
    else:
        words = (
            f"Saved: {saved.roots} folders, {saved.files} files, {saved.vectors} vectors. The next "
            "start reads the files again where they changed or were not saved."
        )
    return [Mended("library", f"It {why} and is kept in {aside.parent.name}. {words}")]


def _chats(paths: Paths) -> list[Mended]:
    why = _why_not(paths.chats, lambda: _is_chats(paths), lambda: foreign_in_chats(paths))
    if not why:
        return []
    aside = _set_aside(paths, paths.chats)
    ChatStore(paths.chats).close()
    chats, turns = _save_chats(aside, paths.chats)
    vet_chats(paths.chats, elsewhere=True)
    words = f"Saved: {chats} chats with {turns} questions." if chats else "Nothing could be read."
    return [Mended("chats", f"The file {why} and is kept in {aside.parent.name}. {words}")]


def _why_not(
    database: Path, opens: Callable[[], bool], foreign: Callable[[], tuple[str, ...]]
) -> str:
    """Why a database cannot stay as it is; "" when it can, or is not there."""
    if not database.exists():
        return ""
    if fault_of(database) or not opens():
        return "was damaged"
    held = foreign()
    return f"held what Studiolo does not make ({listed(held)})" if held else ""


def _save_chats(damaged: Path, target: Path) -> tuple[int, int]:
    """Copies the chats and turns that can be read; turns of a lost chat get one for themselves."""
    try:
        old = open_foreign(damaged)
    except apsw.Error:
        return 0, 0
    new = apsw.Connection(str(target))
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


def _set_aside(paths: Paths, database: Path) -> Path:
    """Moves a database and what belongs to it into a folder of its own; returns its new place."""
    stamp = time.strftime("damaged-%Y%m%d-%H%M%S")
    number = 1
    while (folder := paths.data / (stamp if number == 1 else f"{stamp}-{number}")).exists():
        number += 1
    folder.mkdir(mode=0o700)
    for ending in _COMPANIONS:
        part = Path(f"{database}{ending}")
        if part.exists():
            part.rename(folder / part.name)
    return folder / database.name
