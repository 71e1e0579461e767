"""Background work: a lane runs one job at a time, in order; a job can be paused and cancelled.

Qt-free. Callbacks run on the lane's thread; `ui.bridge` passes them to the window's thread.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from app.errors import Cancelled

T = TypeVar("T")
log = logging.getLogger(__name__)


class CancelToken:
    """Carries Stop and Pause from any thread to the work."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._running = threading.Event()
        self._running.set()
        self._callbacks: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    @property
    def cancelled(self) -> bool:
        """Whether the work should end."""
        return self._cancelled.is_set()

    @property
    def paused(self) -> bool:
        """Whether the work should wait."""
        return not self._running.is_set()

    def cancel(self) -> None:
        """Asks the work to end. Can be called more than once."""
        with self._lock:
            first = not self._cancelled.is_set()
            self._cancelled.set()
        self._running.set()
        if first:
            self._notify()

    def pause(self) -> None:
        """Asks the work to wait before its next step."""
        self._running.clear()
        self._notify()

    def resume(self) -> None:
        """Lets paused work continue."""
        self._running.set()
        self._notify()

    def on_change(self, callback: Callable[[], None]) -> None:
        """Calls back on every cancel, pause and resume; immediately if already cancelled."""
        with self._lock:
            self._callbacks.append(callback)
            cancelled = self._cancelled.is_set()
        if cancelled:
            callback()

    def raise_if_cancelled(self) -> None:
        """Raises `Cancelled` if the work should end."""
        if self.cancelled:
            raise Cancelled

    def checkpoint(self) -> None:
        """Waits while paused, then raises `Cancelled` if the work should end."""
        self._running.wait()
        self.raise_if_cancelled()

    def _notify(self) -> None:
        with self._lock:
            callbacks = tuple(self._callbacks)
        for callback in callbacks:
            callback()


class Job(Generic[T]):
    """Work that was submitted to a lane."""

    def __init__(self, token: CancelToken, future: Future[T]) -> None:
        self.token = token
        self._future = future

    @property
    def begun(self) -> bool:
        """Whether the work has been started; it may have ended too."""
        return self._future.running() or self._future.done()

    @property
    def done(self) -> bool:
        """Whether the work has ended, with a result or an error."""
        return self._future.done()

    def cancel(self) -> None:
        """Cancels the work, even before it has started."""
        self.token.cancel()

    def result(self, timeout: float | None = None) -> T:
        """Waits for the result. `timeout` is in seconds; raises what the work raised."""
        return self._future.result(timeout)


class Lane:
    """One thread that runs jobs in the order they were submitted."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"lane-{name}")
        self._jobs: set[CancelToken] = set()

    def submit(
        self,
        work: Callable[[CancelToken], T],
        on_done: Callable[[T], None] | None = None,
        on_error: Callable[[Exception], None] | None = None,
        token: CancelToken | None = None,
    ) -> Job[T]:
        """Queues `work`. Calls `on_done` or `on_error` on the lane's thread afterwards."""
        token = token or CancelToken()
        self._jobs.add(token)

        def run() -> T:
            try:
                token.raise_if_cancelled()
                result = work(token)
            except Exception as error:
                if on_error is None:
                    raise
                on_error(error)
                raise
            else:
                if on_done is not None:
                    on_done(result)
                return result
            finally:
                self._jobs.discard(token)

        return Job(token, self._pool.submit(run))

    def close(self) -> None:
        """Cancels queued and running jobs, and waits for the thread to end."""
        for token in tuple(self._jobs):
            token.cancel()
        self._pool.shutdown(wait=True)
