"""Shell commands that need the library take turns: it is open in one process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from app.paths import Paths

WAITING = "Another command works on the data folder: waiting for its end …"
_WAIT_SECONDS = 0.5


@contextmanager
def turn(paths: Paths) -> Iterator[bool]:
    """Waits a moment for this command's turn; gives whether it has come. It ends with the block.

    On a disk that takes no new file everybody has it: the index worker's own lock lets one in.
    """
    lock = FileLock(paths.turn)
    try:
        lock.acquire(timeout=_WAIT_SECONDS)
    except Timeout:
        yield False
        return
    except OSError:
        yield True
        return
    try:
        yield True
    finally:
        lock.release()


def is_taken(paths: Paths) -> bool:
    """Whether a shell command works on the library now."""
    if not paths.turn.exists():
        return False
    with turn(paths) as mine:
        return not mine
