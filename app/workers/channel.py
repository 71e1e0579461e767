"""The parent's half of the channel: calls a worker, starts it when needed, survives its death.

Calls may come from any thread and run beside each other. A worker starts at the first call, and
again at the first call after it died.
"""

from __future__ import annotations

import atexit
import contextlib
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from app.errors import Cancelled, WorkerDied
from app.jobs import CancelToken
from app.workers import wire
from app.workers.process import Exchange, Replied, Said, WorkerProcess, WorkerSpec

R = TypeVar("R")
E = TypeVar("E")
# Windows heeds Ctrl-C only between two waits.
_WAKE_SECONDS = 0.25


class WorkerClient:
    """A worker process, seen from its parent.

    Args:
        spec: what to run.
        on_died: called on a background thread when the worker ends without having been asked to.
    """

    def __init__(
        self, spec: WorkerSpec, on_died: Callable[[WorkerDied], None] = lambda _error: None
    ) -> None:
        self._spec = spec
        self._on_died = on_died
        self._lock = threading.Lock()
        self._process: WorkerProcess | None = None
        self._closed = False
        _clients.add(self)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        process = self._process
        return process is not None and not process.ended

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        process = self._process
        return process.pid if process is not None and not process.ended else None

    def start(self) -> None:
        """Starts the process unless it runs. Returns before it is ready; calls wait by themselves.

        Raises:
            Cancelled: it was closed for good.
        """
        self._running()

    def call(
        self,
        request: wire.Request[R, E],
        on_event: Callable[[E], None] | None = None,
        token: CancelToken | None = None,
    ) -> R:
        """Sends a request and waits for its reply. Starts the worker if need be.

        Args:
            request: what to do.
            on_event: called with each event, on this thread, in order.
            token: its cancel, pause and resume are passed on to the worker.

        Raises:
            WorkerDied: the worker ended before it replied.
            Cancelled: `token` was cancelled, or this client was closed.
            wire.WorkerBug: the worker raised something that nobody foresaw.
            Exception: a known error of the worker, as the same class.
        """
        paused = token is not None and token.paused
        with self.open(request, paused=paused) as exchange, _passing_on(token, exchange):
            while True:
                match exchange.receive(_WAKE_SECONDS):
                    case Said(event):
                        if on_event is not None:
                            on_event(event)
                    case Replied(reply):
                        return reply

    def open(
        self,
        request: wire.Request[R, E],
        *,
        paused: bool = False,
        descriptor: int | None = None,
    ) -> Exchange[R, E]:
        """Sends a request without waiting for anything. Starts the worker if need be.

        `descriptor` is of a file that the worker needs and may not open itself.
        """
        while True:
            exchange = self._running().begin(request, paused, descriptor)
            if exchange is not None:
                return exchange

    def kill(self) -> None:
        """Ends the process at once; calls in progress raise `WorkerDied`. It may start again."""
        with self._lock:  # the next call must not meet the dying process
            process, self._process = self._process, None
        if process is not None:
            process.kill()

    def stop(self) -> None:
        """Lets the worker put things away and ends it, within 2 seconds. It may start again."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None and not process.ended:
            process.close()

    def close(self) -> None:
        """As `stop`, but for good: later calls raise `Cancelled`."""
        self._closed = True
        self.stop()

    def _running(self) -> WorkerProcess:
        with self._lock:
            if self._closed:
                raise Cancelled
            if self._process is None or self._process.ended:
                self._process = WorkerProcess(self._spec, self._on_died)
            return self._process


@contextlib.contextmanager
def _passing_on(token: CancelToken | None, exchange: Exchange[Any, Any]) -> Iterator[None]:
    """Passes a token's changes to the worker while a call lasts."""
    if token is None:
        yield
        return
    over = threading.Event()
    lock = threading.Lock()

    def pass_on() -> None:
        with lock:  # the state that is sent last is the newest
            if not over.is_set():
                exchange.control(cancelled=token.cancelled, paused=token.paused)

    token.on_change(pass_on)
    pass_on()  # it may have changed since the call was sent
    try:
        yield
    finally:
        over.set()


_clients: weakref.WeakSet[WorkerClient] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """Runs before multiprocessing's own handler, which would wait for the children for ever."""
    for client in tuple(_clients):
        client.close()
