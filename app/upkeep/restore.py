"""Restores a backup. Its origin cannot be verified, so nothing in it is trusted.

Damaged, foreign or later files are refused before anything is changed. Settings that would lower
the protection here are left out, unless the person accepts them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import apsw

from app.chats.database_file import APPLICATION_ID as CHATS_ID
from app.chats.database_file import MIGRATIONS as CHATS_MIGRATIONS
from app.chats.store import ChatStore
from app.chats.vetting import answers_elsewhere, vet_chats
from app.data_folder.exchange import exchange, finish
from app.data_folder.exclusive import exclusive_access
from app.errors import (
    BackupFailed,
    BackupUnreadable,
    ChatsDamaged,
    DataTooNew,
    SpecialistTooNew,
    TablesDamaged,
)
from app.jobs import CancelToken
from app.paths import Paths
from app.settings.fields import Settings
from app.settings.file import SettingsUnreadable, read_settings
from app.settings.protections import Loosening, listed, loosened, merged
from app.settings.store import load_settings, read_or_recover, write_settings
from app.specialists.definition import Specialist
from app.specialists.kept import KeptSpecialists
from app.specialists.tables_file import APPLICATION_ID as TABLES_ID
from app.specialists.tables_file import MIGRATIONS as TABLES_MIGRATIONS
from app.specialists.vetting import unbundle, vet_tables
from app.upkeep.unpacking import SPECIALISTS, unpack
from rag.errors import StoreDamaged, StoreError, StoreFull
from rag.store.database_copy import rewrite_database
from rag.store.schema import APPLICATION_ID, MIGRATIONS
from rag.store.store import Store
from rag.store.untrusted_database import faults_in, foreign_entries, open_untrusted, version_of
from rag.store.untrusted_rows import elsewhere_in, roots_in, vet

LARGEST_LIBRARY = 256 << 30
"""Bytes; a library of 500,000 passages takes some 4 GB."""
LARGEST_CHATS = 16 << 30
LARGEST_SETTINGS = 4 << 20
LARGEST_TABLES = 16 << 30
LARGEST_SPECIALISTS = 64 << 20

FILES_ELSEWHERE = "files_elsewhere"
"""The `Loosening` for files on other computers: looking at them contacts those computers."""

Confirm = Callable[[tuple[Loosening, ...]], Collection[str]]
"""Asks the person; returns the `Loosening.setting` of those to accept."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A finished restore.

    Attributes:
        kept: the folder with the previous data; None if there was none.
        left_off: what was left out because it would lower the protection.
        removed: sentences about invalid rows that were left out.
        roots: folders and files that the library did not read before.
    """

    kept: Path | None
    left_off: tuple[Loosening, ...]
    removed: tuple[str, ...]
    roots: tuple[str, ...] = ()


def none_of_them(_: tuple[Loosening, ...]) -> Collection[str]:
    """Accepts no loosening, for callers that cannot ask."""
    return ()


def restore(
    paths: Paths,
    source: Path,
    confirm: Confirm = none_of_them,
    on_progress: Callable[[str], None] = lambda _: None,
    token: CancelToken | None = None,
) -> Restored:
    """Replaces the library, the chats and the settings with those of a backup.

    The previous data is kept in a folder beside it. No Studiolo may have the data folder open.

    Args:
        paths: the data folder.
        source: a file from `app.upkeep.backup.back_up`, or a hostile imitation.
        confirm: asks about what would lower the protection.
        on_progress: called with the name of each step.
        token: stops it; everything is then unchanged.

    Raises:
        AlreadyOpen: another Studiolo has the data folder open.
        BackupUnreadable: the file is no backup, or is damaged.
        BackupFailed: there is no room, or the folder cannot be written.
        DataTooNew: a later version wrote the backup, or the current settings.
    """
    paths.ensure()
    checkpoint = (token or CancelToken()).raise_if_cancelled
    with exclusive_access(paths), _work_folder(paths) as new:
        finish(paths)

        def step(stage: str) -> None:
            checkpoint()
            on_progress(stage)

        current, settings_notes = _current_settings(paths)
        step("Unpacking")
        largest = {
            paths.store.name: LARGEST_LIBRARY,
            paths.chats.name: LARGEST_CHATS,
            paths.settings.name: LARGEST_SETTINGS,
            paths.tables.name: LARGEST_TABLES,
            SPECIALISTS: LARGEST_SPECIALISTS,
        }
        unpack(source, new, largest, checkpoint, _refuse_later(paths))
        backup = _Backup(new, paths, source.name, checkpoint)
        restored = backup.settings()
        step("Checking the library")
        backup.check_library()
        step("Checking the chats")
        backup.check_chats()
        backup.check_tables()
        loosenings = (*(loosened(current, restored) if restored else ()), *backup.elsewhere())
        checkpoint()
        accepted = frozenset(confirm(loosenings)) if loosenings else frozenset()
        step("Checking each passage")
        removed = backup.vet(elsewhere=FILES_ELSEWHERE in accepted)
        names = [paths.store.name, paths.chats.name]
        if restored:
            names.append(paths.settings.name)
            backup.save(merged(current, restored, accepted))
        if backup.has_tables:
            names.append(paths.tables.name)
        checkpoint()
        specialists = backup.specialists()
        roots = backup.roots() - _current_roots(paths)
        kept = exchange(paths, new, names)
        # One by one: a specialist that is only here stays, and so does one of a later version.
        for specialist in specialists:
            with suppress(SpecialistTooNew):
                KeptSpecialists(paths.specialists).keep(specialist)
    left_off = tuple(loosening for loosening in loosenings if loosening.setting not in accepted)
    return Restored(kept, left_off, (*settings_notes, *removed), tuple(sorted(roots)))


class _Backup:
    """The unpacked files of a backup.

    Args:
        folder: where they are.
        paths: gives their names.
        name: of the backup, for messages.
        checkpoint: called often; may raise to stop.
    """

    def __init__(
        self, folder: Path, paths: Paths, name: str, checkpoint: Callable[[], None]
    ) -> None:
        self._library = folder / paths.store.name
        self._chats = folder / paths.chats.name
        self._settings = folder / paths.settings.name
        self._tables = folder / paths.tables.name
        self._specialists = folder / SPECIALISTS
        self._name = name
        self._checkpoint = checkpoint
        if not (self._library.exists() and self._chats.exists()):
            raise _unreadable(name, "it holds no library, or no chats")

    def settings(self) -> Settings | None:
        """Returns the settings; None if there are none."""
        try:
            return load_settings(self._settings)
        except SettingsUnreadable as error:
            raise _unreadable(self._name, "its settings cannot be read") from error
        except DataTooNew as error:
            raise _too_new("settings") from error

    def check_library(self) -> None:
        """Refuses a library that is damaged, from a later version, or has foreign parts."""
        self._check(self._library, "library", APPLICATION_ID, MIGRATIONS)
        with self._plain_errors("library"):
            Store(self._library).close()  # migrates it

    def check_chats(self) -> None:
        """Refuses chats that are damaged, from a later version, or have foreign parts."""
        self._check(self._chats, "chats", CHATS_ID, CHATS_MIGRATIONS)
        with self._plain_errors("chats"):
            ChatStore(self._chats).close()

    @property
    def has_tables(self) -> bool:
        """Whether there are tables of specialists; earlier versions had none."""
        return self._tables.exists()

    def check_tables(self) -> None:
        """Refuses tables that are damaged, from a later version, or have foreign parts."""
        if self.has_tables:
            self._check(self._tables, "tables", TABLES_ID, TABLES_MIGRATIONS)

    def specialists(self) -> list[Specialist]:
        """Returns the specialists, without those that cannot be used."""
        with self._plain_errors("specialists"):
            return unbundle(self._specialists.read_bytes()) if self._specialists.exists() else []

    def elsewhere(self) -> Iterator[Loosening]:
        """Yields a loosening for files on other computers, if there are any."""
        with self._plain_errors("library"):
            paths = elsewhere_in(self._library)
            answers = answers_elsewhere(self._chats)
        if paths or answers:
            sentences = (
                [f"Files on other computers would be opened: {listed(paths)}."] if paths else []
            )
            if answers:
                sentences.append(f"{answers} answers are based on files on other computers.")
            yield Loosening(FILES_ELSEWHERE, " ".join(sentences))

    def vet(self, *, elsewhere: bool) -> tuple[str, ...]:
        """Removes rows that Studiolo cannot have written, and returns sentences about them.

        Rewrites the files afterwards, so that no data remains hidden in free space.
        """
        with self._plain_errors("library"):
            library = vet(self._library, self._checkpoint, elsewhere=elsewhere)
        with self._plain_errors("chats"):
            chats = vet_chats(self._chats, self._checkpoint, elsewhere=elsewhere)
        tables = 0
        if self.has_tables:
            with self._plain_errors("tables"):
                tables = vet_tables(self._tables, self._checkpoint)
        databases = (self._library, self._chats, *((self._tables,) if self.has_tables else ()))
        for path in databases:
            with self._plain_errors(path.stem):
                rewrite_database(path, self._checkpoint)
        removed = (
            (library.documents, "Documents", "Their files are read again where they are here."),
            (library.vectors, "Vectors", "They are made again."),
            (chats.turns, "Questions with their answers", ""),
            (chats.answers, "Answers", "Their questions are kept."),
            (tables, "Rows and cells of tables", ""),
        )
        return tuple(
            f"{noun} that Studiolo cannot have written were left out ({count}). {note}".strip()
            for count, noun, note in removed
            if count
        )

    def roots(self) -> frozenset[str]:
        """Returns the folders and files that the library reads."""
        with self._plain_errors("library"):
            return frozenset(roots_in(self._library))

    def save(self, settings: Settings) -> None:
        """Replaces the settings of the backup with those to restore."""
        with self._plain_errors("settings"):
            write_settings(self._settings, settings)

    def _check(
        self, database: Path, noun: str, application_id: int, migrations: Sequence[str]
    ) -> None:
        with self._plain_errors(noun):
            db = open_untrusted(database, self._checkpoint)
            try:
                if db.pragma("application_id") == application_id and version_of(db) > len(
                    migrations
                ):
                    raise _too_new(noun)
                if not version_of(db):
                    raise _unreadable(self._name, f"its {noun} file is empty")
                if foreign := foreign_entries(db, application_id, migrations):
                    raise _unreadable(
                        self._name,
                        f"its {noun} file has parts that are not Studiolo's: {listed(foreign)}",
                    )
                if faults_in(db):
                    raise _unreadable(self._name, f"its {noun} file is damaged")
            finally:
                db.close(True)

    @contextmanager
    def _plain_errors(self, noun: str) -> Iterator[None]:
        try:
            yield
        except (apsw.FullError, apsw.CantOpenError, apsw.IOError, OSError, StoreFull) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise BackupFailed(
                f"The {noun} in {self._name} could not be unpacked: {reason}.",
                "Nothing was changed. Make sure that the disk has room.",
            ) from error
        except (
            apsw.Error,
            StoreDamaged,
            ChatsDamaged,
            TablesDamaged,
            UnicodeError,
            MemoryError,
        ) as error:
            raise _unreadable(self._name, f"its {noun} file is damaged") from error
        except StoreError as error:
            raise BackupFailed(error.message, error.advice) from error


def _refuse_later(paths: Paths) -> Callable[[str, bytes], None]:
    """Returns a function that refuses files from a later version by their first bytes.

    This comes before gigabytes are unpacked and checked.
    """
    databases = {
        paths.store.name: ("library", APPLICATION_ID, len(MIGRATIONS)),
        paths.chats.name: ("chats", CHATS_ID, len(CHATS_MIGRATIONS)),
        paths.tables.name: ("tables", TABLES_ID, len(TABLES_MIGRATIONS)),
    }

    def look(name: str, start: bytes) -> None:
        if name == paths.settings.name:
            try:
                read_settings(start)
            except SettingsUnreadable:
                return
            except DataTooNew as error:
                raise _too_new("settings") from error
        if name in databases and len(start) >= _HEADER_BYTES:
            noun, application_id, newest = databases[name]
            version, file_application_id = (
                int.from_bytes(start[at : at + 4], "big") for at in _MARKS_AT
            )
            if file_application_id == application_id and version > newest:
                raise _too_new(noun)

    return look


_DAMAGE = (apsw.Error, StoreDamaged, ChatsDamaged, TablesDamaged)
_HEADER_BYTES = 100
_MARKS_AT = (60, 68)
"""Offsets of user_version and application_id: sqlite.org/fileformat2.html, section 1.3."""


@contextmanager
def _work_folder(paths: Paths) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=paths.data, prefix="restore-") as name:
        new = Path(name) / "new"
        new.mkdir(mode=0o700)
        yield new


def _current_settings(paths: Paths) -> tuple[Settings, tuple[str, ...]]:
    """Returns the current settings, and a sentence if they were damaged."""
    settings, recovered = read_or_recover(paths.settings)
    if recovered is None or not recovered.needs_a_word:
        return settings, ()
    return settings, (recovered.message.words,)


def _current_roots(paths: Paths) -> frozenset[str]:
    try:
        return frozenset(roots_in(paths.store)) if paths.store.exists() else frozenset()
    except apsw.Error:
        return frozenset()  # it is damaged, which may be why a backup is restored


def _unreadable(name: str, reason: str) -> BackupUnreadable:
    return BackupUnreadable(
        f"{name} is not a backup of Studiolo, or it is damaged: {reason}.",
        "Nothing was changed. Choose another file.",
    )


def _too_new(noun: str) -> DataTooNew:
    return DataTooNew(
        f"The {noun} in the backup were written by a later version of Studiolo."
        if noun != "library"
        else "The library in the backup was written by a later version of Studiolo.",
        "Nothing was changed. Update Studiolo, and restore again.",
    )
