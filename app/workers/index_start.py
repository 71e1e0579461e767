"""Starts the index worker: takes the lock, opens the library, gives up all else, loads the rest.

The order counts. What the system confines are threads: libraries that compute start some when they
are loaded, so this module loads none of them before.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import msgspec
from filelock import BaseFileLock, FileLock, Timeout

from app.errors import AlreadyOpen
from app.paths import Paths, unusable
from app.privacy.sandbox import FileRules, confine_files
from app.workers.configs import IndexConfig
from app.workers.serve import Worker, keep_temporary_files_in
from rag.store.database import Database
from rag.store.schema import APPLICATION_ID, MIGRATIONS
from rag.store.surroundings import hindrance_of

# A worker that is just ending may hold the lock for a moment longer.
_LOCK_SECONDS = 0.5


def create(config: bytes) -> Worker:
    """Makes the worker in its process.

    Raises:
        AlreadyOpen: another process keeps the library.
        DataFolderUnusable: the folder cannot be written.
        StoreError: the store cannot be opened.
    """
    decoded = msgspec.msgpack.decode(config, type=IndexConfig)
    paths = Paths(Path(decoded.data), Path(decoded.models))
    lock = _take_lock(paths.lock)
    Database(paths.store, APPLICATION_ID, MIGRATIONS).close()
    _confine(paths)
    from app.workers.index import IndexWorker

    return IndexWorker(decoded, lock)


def _confine(paths: Paths) -> None:
    """Keeps this process from changing anything that is not its own.

    The library was opened before: files beside it, which SQLite makes, are there from then on. It
    makes them where the file lies, if that is a link.

    Raises:
        DataFolderUnusable: a folder of its own cannot be made.
    """
    own = (paths.vectors, paths.states, paths.summaries, paths.scratch)
    try:
        for folder in own:
            folder.mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise unusable(paths.data, hindrance_of(error, paths.data)) from error
    for left in paths.scratch.iterdir():  # by a process that was killed
        _remove(left)
    keep_temporary_files_in(str(paths.scratch))
    library = paths.store.resolve()
    files = (library, *(Path(f"{library}{end}") for end in ("-wal", "-shm")))
    confine_files(FileRules((*files, *own)))


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _take_lock(path: Path) -> BaseFileLock:
    lock = FileLock(path)
    try:
        lock.acquire(timeout=_LOCK_SECONDS)
    except Timeout:
        raise AlreadyOpen(
            f"Another Studiolo works on the data folder {path.parent}.",
            "Use that one, or close it.",
        ) from None
    except OSError as error:
        raise unusable(path.parent, hindrance_of(error, path.parent)) from error
    return lock
