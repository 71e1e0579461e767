"""Shell commands that need the library take turns: only one process can have it open."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from app.errors import AlreadyOpen
from app.jobs import CancelToken
from app.paths import Paths

WAITING = "Waiting for another command to finish with the data folder …"
_WAIT_SECONDS = 0.5
_LOOK_SECONDS = 0.5  # between checks whether the other command has ended


@contextmanager
def turn(paths: Paths) -> Iterator[bool]:
    """Waits a moment for this command's turn; yields whether it has come. Ends it on exit.

    On a disk that cannot be written, everyone gets a turn; the index worker's lock admits one.
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
    """Tells whether a shell command has the library open now."""
    if not paths.turn.exists():
        return False
    with turn(paths) as mine:
        return not mine


def in_turn(
    paths: Paths,
    open_library: Callable[[], object],
    on_wait: Callable[[], None],
    token: CancelToken,
) -> None:
    """Opens the library in the window, once the shell command that has it open has ended.

    Args:
        paths: the data folder.
        open_library: starts the index worker.
        on_wait: called each time the library is still taken.
        token: stops the waiting.

    Raises:
        AlreadyOpen: another program than a shell command has it open.
        Cancelled: `token` was cancelled.
        Exception: any other error of `open_library`.
    """
    while True:
        # Checked before and after: a command may end, or begin, while this opens the library.
        taken = is_taken(paths)
        try:
            open_library()
        except AlreadyOpen:
            if not taken and not is_taken(paths):
                raise
        else:
            return
        on_wait()
        time.sleep(_LOOK_SECONDS)
        token.raise_if_cancelled()
