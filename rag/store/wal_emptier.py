"""Empties a database's write-ahead log, which keeps deleted data until then."""

from __future__ import annotations

import contextlib
import logging
import threading
from contextlib import AbstractContextManager

import apsw

log = logging.getLogger(__name__)

# A reader in the way is waited for this long, before other writers may go on; then the log is tried
# again after so long.
_WAIT_MS = 100
_AGAIN_SECONDS = 0.2


class LogEmptier:
    """Empties the log of one database, at once or as soon as no reader needs it any more.

    Args:
        connection: writes to the database.
        lock: held while `connection` is used.
        busy_timeout_ms: the connection's usual timeout, in milliseconds.
    """

    def __init__(
        self,
        connection: apsw.Connection,
        lock: AbstractContextManager[object],
        busy_timeout_ms: int,
    ) -> None:
        self._connection = connection
        self._lock = lock
        self._busy_timeout_ms = busy_timeout_ms
        self._closing = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def empty(self) -> None:
        """Moves the log into the database, and truncates it."""
        if not self._emptied():
            with self._starting:
                if self._thread is None and not self._closing.is_set():
                    self._thread = threading.Thread(
                        target=self._try_again, name="empty-log", daemon=True
                    )
                    self._thread.start()

    def close(self) -> None:
        """Ends the attempts in the background. To be called before the connection is closed."""
        self._closing.set()
        with self._starting:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _try_again(self) -> None:
        while not self._closing.wait(_AGAIN_SECONDS):
            with self._starting:
                if self._emptied():
                    self._thread = None
                    return

    def _emptied(self) -> bool:
        """Tries once; on a disk that is full or away it returns False, to be tried again."""
        with self._lock:
            self._connection.set_busy_timeout(_WAIT_MS)
            try:
                self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            except (apsw.BusyError, apsw.LockedError, apsw.FullError, apsw.IOError):
                return False
            finally:
                with contextlib.suppress(apsw.Error):
                    self._connection.set_busy_timeout(self._busy_timeout_ms)
            return True
