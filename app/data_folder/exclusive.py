"""Exclusive access to the data folder: no other Studiolo can open it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from app.errors import AlreadyOpen, DataFolderUnusable
from app.paths import Paths
from rag.store.surroundings import hindrance_of

_LOCK_SECONDS = 0.5  # an ending worker may hold the lock for a moment longer


@contextmanager
def exclusive_access(paths: Paths) -> Iterator[None]:
    """Keeps every other Studiolo from opening the data folder while the context is active.

    Raises:
        AlreadyOpen: another Studiolo has it open.
        DataFolderUnusable: the lock cannot be taken.
    """
    lock = FileLock(paths.lock)
    try:
        lock.acquire(timeout=_LOCK_SECONDS)
    except Timeout:
        raise AlreadyOpen(
            f"Another Studiolo works on the data folder {paths.data}.",
            "Close it, and try again.",
        ) from None
    except OSError as error:
        hindrance = hindrance_of(error, paths.lock)
        raise DataFolderUnusable(
            f"The data folder {paths.data} cannot be written: {hindrance.words}.",
            hindrance.advice,
        ) from error
    try:
        yield
    finally:
        lock.release()
