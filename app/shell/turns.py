"""Shell commands that need the library take turns: it is open in one process at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from app.errors import AlreadyOpen
from app.jobs import CancelToken
from app.paths import Paths

WAITING = "Another command works on the data folder: waiting for its end …"
_WAIT_SECONDS = 0.5
_LOOK_SECONDS = 0.5  # between looks whether the command that has the library has ended


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


def in_turn(
    paths: Paths,
    open_library: Callable[[], object],
    on_wait: Callable[[], None],
    token: CancelToken,
) -> None:
    """Opens the library in the window, once the shell command that has it open has ended.

    Args:
        paths: the data folder.
        open_library: starts what keeps the library.
        on_wait: called each time that it is still taken.
        token: ends the waiting.

    Raises:
        AlreadyOpen: somebody else than a shell command has it open.
        Cancelled: `token` was cancelled.
        Exception: whatever else `open_library` raises.
    """
    while True:
        # Asked before and after: a command may end, or begin, while the library is tried.
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
