"""Decides whether a database of the data folder is damaged, by reading it twice.

Databases are read as stored (`rag.store.raw_database`), so a full or read-only disk is no obstacle,
and a fault of the disk is reported as such. A database is only called damaged if every byte could
be read, twice with the same content, and nothing wrote to it meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import apsw
from msgspec import Struct

from app.chats.database_file import APPLICATION_ID as CHATS_ID
from app.chats.database_file import MIGRATIONS as CHATS_MIGRATIONS
from app.errors import DataFolderUnusable, DataTooNew
from app.paths import Paths
from app.settings.protections import listed
from app.specialists.tables_file import APPLICATION_ID as TABLES_ID
from app.specialists.tables_file import MIGRATIONS as TABLES_MIGRATIONS
from rag.errors import StoreTooNew
from rag.store.environment_faults import (
    Cause,
    EnvironmentFault,
    environment_fault_of,
    fault_from,
    is_environment_fault,
    is_there,
)
from rag.store.raw_database import state_of
from rag.store.schema import APPLICATION_ID, MIGRATIONS
from rag.store.untrusted_database import faults_in, foreign_entries, open_untrusted, version_of

UNCHANGED = "Nothing was changed. "
_TRIES = 3
_BLOCK = 1 << 20


class Diagnosis(Struct, frozen=True):
    """The result of checking a database; it is sound when both fields are empty.

    Attributes:
        damage: what SQLite reports as wrong.
        foreign: schema objects that are not Studiolo's; see `rag.store.untrusted_database`.
    """

    damage: str = ""
    foreign: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether the database can stay as it is."""
        return not self.damage and not self.foreign

    @property
    def words(self) -> str:
        """What is wrong, as the end of a sentence about the file; "" if it is sound."""
        if self.damage:
            return "is damaged"
        return f"has parts that are not Studiolo's: {listed(self.foreign)}" if self.foreign else ""


SOUND = Diagnosis()


def diagnose_library(paths: Paths) -> Diagnosis:
    """Checks the whole library. A missing one is sound.

    Raises:
        DataFolderUnusable: it cannot be read, so its state is unknown.
        StoreTooNew: a later version wrote it.
    """
    return _confirmed(paths.store, APPLICATION_ID, MIGRATIONS)


def diagnose_chats(paths: Paths) -> Diagnosis:
    """Checks all chats. A missing file is sound.

    Raises:
        DataFolderUnusable: they cannot be read, so their state is unknown.
        DataTooNew: a later version wrote them.
    """
    return _confirmed(paths.chats, CHATS_ID, CHATS_MIGRATIONS)


def diagnose_tables(paths: Paths) -> Diagnosis:
    """Checks the tables of specialists, and what was taught. A missing file is sound.

    Raises:
        DataFolderUnusable: they cannot be read, so their state is unknown.
        DataTooNew: a later version wrote them.
    """
    return _confirmed(paths.tables, TABLES_ID, TABLES_MIGRATIONS)


def not_now(statement: str, fault: EnvironmentFault) -> DataFolderUnusable:
    """Returns the error for something that a fault prevents; `statement` begins its sentence."""
    return DataFolderUnusable(f"{statement}: {fault.words}.", f"{UNCHANGED}{fault.advice}")


def _confirmed(database: Path, application_id: int, migrations: Sequence[str]) -> Diagnosis:
    try:
        if not is_there(database):
            return SOUND
        changed = True
        for _ in range(_TRIES):
            state = state_of(database)
            diagnosis = _checked_once(database, application_id, migrations)
            if diagnosis.sound:
                return diagnosis
            digest = _digest(database)
            second = _checked_once(database, application_id, migrations)
            stable = _digest(database) == digest
            changed = state_of(database) != state
            if stable and not changed and second == diagnosis:
                return diagnosis
    except (OSError, MemoryError, apsw.Error) as error:
        raise not_now(
            f"{database} cannot be checked", environment_fault_of(error, database, writing=False)
        ) from error
    cause = Cause.CHANGED if changed else Cause.DEVICE
    raise not_now(f"{database} cannot be checked", fault_from(cause, database.parent))


def _checked_once(database: Path, application_id: int, migrations: Sequence[str]) -> Diagnosis:
    """Checks a database once.

    Raises:
        OSError, MemoryError, apsw.Error: it could not be read completely.
        StoreTooNew, DataTooNew: a later version wrote it.
    """
    try:
        db = open_untrusted(database)
        try:
            if db.pragma("application_id") == application_id and version_of(db) > len(migrations):
                raise _too_new(application_id)
            if damage := faults_in(db):
                return Diagnosis(damage=damage)
            return Diagnosis(foreign=foreign_entries(db, application_id, migrations))
        finally:
            db.close(True)
    except (apsw.Error, UnicodeDecodeError) as error:
        if is_environment_fault(error):
            raise
        return Diagnosis(damage=str(error) or type(error).__name__)


def _digest(database: Path) -> str:
    """Returns a hash of every byte of a database and its companion files."""
    digest = hashlib.blake2b()
    for ending in ("", "-wal", "-journal"):
        path = Path(f"{database}{ending}")
        if is_there(path):
            with path.open("rb", buffering=0) as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
        digest.update(b"/")
    return digest.hexdigest()


def _too_new(application_id: int) -> StoreTooNew | DataTooNew:
    advice = "Update Studiolo, or choose another data folder."
    if application_id == APPLICATION_ID:
        return StoreTooNew("This library was written by a later version of Studiolo.", advice)
    noun = "chats" if application_id == CHATS_ID else "tables of specialists"
    return DataTooNew(f"The {noun} were written by a later version of Studiolo.", advice)
