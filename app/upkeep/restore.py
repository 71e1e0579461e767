"""Puts a backup back. Nobody can tell whose it is, so nothing in it is believed.

Damaged, foreign or later files are refused before anything is changed. What would lower the
protection that holds here is left off, unless the person says otherwise.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw

from app.chats.database_file import APPLICATION_ID as CHATS_ID
from app.chats.database_file import MIGRATIONS as CHATS_MIGRATIONS
from app.chats.store import ChatStore
from app.chats.vetting import answers_elsewhere, vet_chats
from app.data_folder.alone import alone
from app.data_folder.exchange import exchange, finish
from app.errors import BackupFailed, BackupUnreadable, ChatsDamaged, DataTooNew
from app.jobs import CancelToken
from app.paths import Paths
from app.settings.fields import Settings
from app.settings.file import SettingsUnreadable, read_settings
from app.settings.protections import Loosening, listed, loosened, merged
from app.settings.store import load_settings, read_or_recover, write_settings
from app.upkeep.unpacking import unpack
from rag.errors import StoreDamaged, StoreError, StoreFull
from rag.store.copying import write_anew
from rag.store.foreign import faults_in, foreign_in, open_foreign, version_of
from rag.store.schema import APPLICATION_ID, MIGRATIONS
from rag.store.store import Store
from rag.store.vetting import elsewhere_in, roots_in, vet

LARGEST_LIBRARY = 256 << 30
"""Bytes; a library of 500,000 passages takes some 4 GB."""
LARGEST_CHATS = 16 << 30
LARGEST_SETTINGS = 4 << 20

FILES_ELSEWHERE = "files_elsewhere"
"""Names, in a `Loosening`, files on other computers, which looking at them would call."""

Confirm = Callable[[tuple[Loosening, ...]], Collection[str]]
"""Asks the person; returns the `Loosening.setting` of those that are to be taken over."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done.

    Attributes:
        kept: the folder in which the data from before is; None when there was none.
        left_off: what was not taken over, for it would lower the protection.
        removed: sentences about what is not as Studiolo writes it, and was left out.
        roots: folders and files that the library reads from now on, and did not before.
    """

    kept: Path | None
    left_off: tuple[Loosening, ...]
    removed: tuple[str, ...]
    roots: tuple[str, ...] = ()


def none_of_them(_: tuple[Loosening, ...]) -> Collection[str]:
    """The answer where nobody can be asked."""
    return ()


def restore(
    paths: Paths,
    source: Path,
    confirm: Confirm = none_of_them,
    on_progress: Callable[[str], None] = lambda _: None,
    token: CancelToken | None = None,
) -> Restored:
    """Puts a backup in the place of the library, the chats and the settings.

    What was there is kept in a folder beside it. No Studiolo may be open on the data folder.

    Args:
        paths: the data folder.
        source: what `app.upkeep.backup.back_up` wrote, or somebody who would like to be taken for
            it.
        confirm: asks about what would lower the protection.
        on_progress: is told what is being done.
        token: ends it; everything is then as it was.

    Raises:
        AlreadyOpen: a Studiolo works on the data folder.
        BackupUnreadable: the file is no backup, or is damaged.
        BackupFailed: there is no room, or the folder cannot be written.
        DataTooNew: a later version wrote the backup, or the settings that are here.
    """
    paths.ensure()
    checkpoint = (token or CancelToken()).raise_if_cancelled
    with alone(paths), _work_folder(paths) as new:
        finish(paths)

        def step(stage: str) -> None:
            checkpoint()
            on_progress(stage)

        now, unread = _settings_here(paths)
        step("Unpacking")
        largest = {
            paths.store.name: LARGEST_LIBRARY,
            paths.chats.name: LARGEST_CHATS,
            paths.settings.name: LARGEST_SETTINGS,
        }
        unpack(source, new, largest, checkpoint, _refuse_later(paths))
        backup = _Backup(new, paths, source.name, checkpoint)
        theirs = backup.settings()
        step("Checking the library")
        backup.check_library()
        step("Checking the chats")
        backup.check_chats()
        asked = (*(loosened(now, theirs) if theirs else ()), *backup.elsewhere())
        checkpoint()
        accepted = frozenset(confirm(asked)) if asked else frozenset()
        step("Looking at each passage")
        removed = backup.vet(elsewhere=FILES_ELSEWHERE in accepted)
        names = [paths.store.name, paths.chats.name]
        if theirs:
            names.append(paths.settings.name)
            backup.save(merged(now, theirs, accepted))
        checkpoint()
        roots = backup.roots() - _roots_here(paths)
        kept = exchange(paths, new, names)
    left_off = tuple(one for one in asked if one.setting not in accepted)
    return Restored(kept, left_off, (*unread, *removed), tuple(sorted(roots)))


class _Backup:
    """The unpacked files of a backup.

    Args:
        folder: where they are.
        paths: what they are called.
        name: of the backup, for the person.
        checkpoint: called often; may raise to end.
    """

    def __init__(
        self, folder: Path, paths: Paths, name: str, checkpoint: Callable[[], None]
    ) -> None:
        self._library = folder / paths.store.name
        self._chats = folder / paths.chats.name
        self._settings = folder / paths.settings.name
        self._name = name
        self._checkpoint = checkpoint
        if not (self._library.exists() and self._chats.exists()):
            raise _unreadable(name, "it holds no library, or no chats")

    def settings(self) -> Settings | None:
        """The settings; None when there are none."""
        try:
            return load_settings(self._settings)
        except SettingsUnreadable as error:
            raise _unreadable(self._name, "its settings cannot be read") from error
        except DataTooNew as error:
            raise _too_new("settings") from error

    def check_library(self) -> None:
        """Refuses a library that is damaged, of a later version, or more than a library."""
        self._check(self._library, "library", APPLICATION_ID, MIGRATIONS)
        with self._plain_errors("library"):
            Store(self._library).close()  # brings it to today's version

    def check_chats(self) -> None:
        """Refuses chats that are damaged, of a later version, or more than chats."""
        self._check(self._chats, "chats", CHATS_ID, CHATS_MIGRATIONS)
        with self._plain_errors("chats"):
            ChatStore(self._chats).close()

    def elsewhere(self) -> Iterator[Loosening]:
        """Files on other computers, if there are any."""
        with self._plain_errors("library"):
            paths = elsewhere_in(self._library)
            answers = answers_elsewhere(self._chats)
        if paths or answers:
            said = (
                [f"Files on other computers would be looked at: {listed(paths)}."] if paths else []
            )
            if answers:
                said.append(f"{answers} answers come from files on other computers.")
            yield Loosening(FILES_ELSEWHERE, " ".join(said))

    def vet(self, *, elsewhere: bool) -> tuple[str, ...]:
        """Removes what could not have been written by Studiolo, and says what.

        The files are then written anew, so that nothing hides between their rows either.
        """
        with self._plain_errors("library"):
            library = vet(self._library, self._checkpoint, elsewhere=elsewhere)
        with self._plain_errors("chats"):
            chats = vet_chats(self._chats, self._checkpoint, elsewhere=elsewhere)
        for path in (self._library, self._chats):
            with self._plain_errors(path.stem):
                write_anew(path, self._checkpoint)
        counted = (
            (library.documents, "Documents", "Their files are read again where they are here."),
            (library.vectors, "Vectors", "They are made again."),
            (chats.turns, "Questions with their answers", ""),
            (chats.answers, "Answers", "Their questions are kept."),
        )
        return tuple(
            f"{what} that Studiolo could not have written were left out ({count}). {then}".strip()
            for count, what, then in counted
            if count
        )

    def roots(self) -> frozenset[str]:
        """The folders and files that the library reads."""
        with self._plain_errors("library"):
            return frozenset(roots_in(self._library))

    def save(self, settings: Settings) -> None:
        """Puts the settings that are to hold in the place of those that came."""
        with self._plain_errors("settings"):
            write_settings(self._settings, settings)

    def _check(
        self, database: Path, what: str, application_id: int, migrations: Sequence[str]
    ) -> None:
        with self._plain_errors(what):
            db = open_foreign(database, self._checkpoint)
            try:
                if db.pragma("application_id") == application_id and version_of(db) > len(
                    migrations
                ):
                    raise _too_new(what)
                if not version_of(db):
                    raise _unreadable(self._name, f"its {what} file is empty")
                if foreign := foreign_in(db, application_id, migrations):
                    raise _unreadable(
                        self._name,
                        f"its {what} file holds what Studiolo does not make: {listed(foreign)}",
                    )
                if faults_in(db):
                    raise _unreadable(self._name, f"its {what} file is damaged")
            finally:
                db.close(True)

    @contextmanager
    def _plain_errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except (apsw.FullError, apsw.CantOpenError, apsw.IOError, OSError, StoreFull) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise BackupFailed(
                f"The {what} in {self._name} could not be unpacked: {reason}.",
                "Nothing was changed. See that the disk has room.",
            ) from error
        except (apsw.Error, StoreDamaged, ChatsDamaged, UnicodeError, MemoryError) as error:
            raise _unreadable(self._name, f"its {what} file is damaged") from error
        except StoreError as error:
            raise BackupFailed(error.message, error.advice) from error


def _refuse_later(paths: Paths) -> Callable[[str, bytes], None]:
    """Looks at the beginning of each file of a backup, whether a later version wrote it.

    Unpacking and checking gigabytes comes after that. Whether the files are sound is not asked yet.
    """
    databases = {
        paths.store.name: ("library", APPLICATION_ID, len(MIGRATIONS)),
        paths.chats.name: ("chats", CHATS_ID, len(CHATS_MIGRATIONS)),
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
            what, application_id, newest = databases[name]
            version, owner = (int.from_bytes(start[at : at + 4], "big") for at in _MARKS_AT)
            if owner == application_id and version > newest:
                raise _too_new(what)

    return look


_HEADER_BYTES = 100
_MARKS_AT = (60, 68)
"""Of user_version and application_id: https://www.sqlite.org/fileformat2.html, section 1.3."""


@contextmanager
def _work_folder(paths: Paths) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=paths.data, prefix="restore-") as name:
        new = Path(name) / "new"
        new.mkdir(mode=0o700)
        yield new


def _settings_here(paths: Paths) -> tuple[Settings, tuple[str, ...]]:
    """The settings that hold now, and what has to be said if they were damaged."""
    settings, recovered = read_or_recover(paths.settings)
    if recovered is None or not recovered.needs_a_word:
        return settings, ()
    told = recovered.message
    return settings, (told.words,)


def _roots_here(paths: Paths) -> frozenset[str]:
    try:
        return frozenset(roots_in(paths.store)) if paths.store.exists() else frozenset()
    except apsw.Error:
        return frozenset()  # it is damaged, which may be why a backup is put back


def _unreadable(name: str, why: str) -> BackupUnreadable:
    return BackupUnreadable(
        f"{name} is not a backup of Studiolo, or it is damaged: {why}.",
        "Nothing was changed. Choose another file.",
    )


def _too_new(what: str) -> DataTooNew:
    return DataTooNew(
        f"The {what} in the backup were written by a later version of Studiolo."
        if what != "library"
        else "The library in the backup was written by a later version of Studiolo.",
        "Nothing was changed. Update Studiolo, and restore again.",
    )
