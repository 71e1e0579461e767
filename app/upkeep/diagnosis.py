"""Tells whether a database of the data folder is damaged; only what was read twice proves it.

Databases are read as they stand on the disk (`rag.store.raw_database`), so that a full or read-only
disk is no obstacle, and what the disk reports is told as what it is. A verdict that would have a
file set aside is believed once every byte could be read, twice the same, and nobody wrote
meanwhile.
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
    """What a database is found to be; sound when both are empty.

    Attributes:
        damage: what SQLite finds wrong with it.
        foreign: what it holds that Studiolo does not make; see `rag.store.untrusted_database`.
    """

    damage: str = ""
    foreign: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether it can stay as it is."""
        return not self.damage and not self.foreign

    @property
    def words(self) -> str:
        """What is wrong, as the end of a sentence about the file; "" if it is sound."""
        if self.damage:
            return "is damaged"
        return f"holds what Studiolo does not make: {listed(self.foreign)}" if self.foreign else ""


SOUND = Diagnosis()


def diagnose_library(paths: Paths) -> Diagnosis:
    """Reads all of the library. One that is not there is sound.

    Raises:
        DataFolderUnusable: it cannot be looked at, which says nothing about it.
        StoreTooNew: a later version wrote it.
    """
    return _confirmed(paths.store, APPLICATION_ID, MIGRATIONS)


def diagnose_chats(paths: Paths) -> Diagnosis:
    """Reads all of the chats. Those that are not there are sound.

    Raises:
        DataFolderUnusable: they cannot be looked at, which says nothing about them.
        DataTooNew: a later version wrote them.
    """
    return _confirmed(paths.chats, CHATS_ID, CHATS_MIGRATIONS)


def not_now(what: str, fault: EnvironmentFault) -> DataFolderUnusable:
    """The error for what the surroundings do not allow; `what` begins its sentence."""
    return DataFolderUnusable(f"{what}: {fault.words}.", f"{UNCHANGED}{fault.advice}")


def _confirmed(database: Path, application_id: int, migrations: Sequence[str]) -> Diagnosis:
    try:
        if not is_there(database):
            return SOUND
        changed = True
        for _ in range(_TRIES):
            before = state_of(database)
            first = _looked(database, application_id, migrations)
            if first.sound:
                return first
            bytes_before = _digest(database)
            again = _looked(database, application_id, migrations)
            same = _digest(database) == bytes_before
            changed = state_of(database) != before
            if same and not changed and again == first:
                return first
    except (OSError, MemoryError, apsw.Error) as error:
        raise not_now(
            f"{database} cannot be looked at", environment_fault_of(error, database, writing=False)
        ) from error
    cause = Cause.CHANGED if changed else Cause.DEVICE
    raise not_now(f"{database} cannot be looked at", fault_from(cause, database.parent))


def _looked(database: Path, application_id: int, migrations: Sequence[str]) -> Diagnosis:
    """What is found by reading once.

    Raises:
        OSError, MemoryError, apsw.Error: it could not be read to its end.
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
    """A hash of every byte of a database and of what belongs to it."""
    found = hashlib.blake2b()
    for ending in ("", "-wal", "-journal"):
        path = Path(f"{database}{ending}")
        if is_there(path):
            with path.open("rb", buffering=0) as file:
                while block := file.read(_BLOCK):
                    found.update(block)
        found.update(b"/")
    return found.hexdigest()


def _too_new(application_id: int) -> StoreTooNew | DataTooNew:
    advice = "Update Studiolo, or choose another data folder."
    if application_id == APPLICATION_ID:
        return StoreTooNew("This library was written by a later version of Studiolo.", advice)
    return DataTooNew("The chats were written by a later version of Studiolo.", advice)
