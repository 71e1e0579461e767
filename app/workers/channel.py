"""The parent's half of the channel: calls a worker, starts it when needed, survives its death.

Calls may come from any thread and run beside each other. A worker starts at the first call, and
again at the first call after it died. After three failed starts in a row it rests for some
seconds, during which calls raise the reason: a caller that retries would start processes without
end.
"""

from __future__ import annotations

import atexit
import contextlib
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from app.errors import Cancelled, WorkerDied, WorkerNotStarted
from app.jobs import CancelToken
from app.privacy import outside
from app.workers import wire
from app.workers.process import Exchange, Replied, Said, WorkerProcess, WorkerSpec

R = TypeVar("R")
E = TypeVar("E")
# Windows heeds Ctrl-C only between two waits.
_WAKE_SECONDS = 0.25
TRIES = 3
"""Starts that may come to nothing, one after the other."""
_PAUSES = (0.1, 0.4)  # seconds between them
_REST_SECONDS = 5.0


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
        self._in_vain = 0  # starts in a row that came to nothing
        self._rest: tuple[float, WorkerDied] | None = None  # until when, and what calls raise
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

        Where it cannot be started, the next call raises.

        Raises:
            Cancelled: it was closed for good.
        """
        with contextlib.suppress(WorkerDied):
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
            WorkerDied: the worker ended before it replied, or cannot be started.
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
        """Sends a request without waiting for its reply. Starts the worker if need be.

        `descriptor` is of a file that the worker needs and may not open itself.

        Raises:
            WorkerDied: the worker cannot be started, or ends before it can be asked.
            Exception: what it raised instead of starting.
        """
        while True:
            process = self._running()
            exchange = process.begin(request, paused, descriptor)
            if exchange is not None:
                return exchange
            if not isinstance(process.failure, WorkerDied | Cancelled):
                raise process.failure or Cancelled()

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
            self._in_vain, self._rest = 0, None
        if process is not None and not process.ended:
            process.close()

    def stop_if_idle(self, seconds: float) -> bool:
        """Ends the worker if no call came for so long; returns whether it did.

        No call is lost: one that comes meanwhile starts the worker again.
        """
        with self._lock:
            process = self._process
            if process is None or not process.retire(seconds):
                return False
            self._process = None
        process.close()
        return True

    def close(self) -> None:
        """Stops it for good: later calls raise `Cancelled`."""
        self._closed = True
        self.stop()

    def _running(self) -> WorkerProcess:
        with self._lock:
            if self._closed:
                raise Cancelled
            if self._process is not None and self._process.ended:
                self._count(self._process)
                self._process = None
            if self._process is None:
                self._process = self._started()
            return self._process

    def _started(self) -> WorkerProcess:
        while True:
            if self._rest is not None and time.monotonic() < self._rest[0]:
                raise self._rest[1]
            try:
                process = WorkerProcess(self._spec, self._on_died)
                if not process.contained or process.comes_up():
                    return process
                outside.do_without_containers("what is started in an AppContainer does not come up")
                continue
            except WorkerNotStarted as error:
                self._failed(error)
            if self._closed:
                raise Cancelled
            if self._rest is None:
                time.sleep(_PAUSES[self._in_vain - 1])

    def _count(self, ended: WorkerProcess) -> None:
        if ended.ready or not isinstance(ended.failure, WorkerDied):
            self._in_vain, self._rest = 0, None
        else:
            self._failed(ended.failure)

    def _failed(self, error: WorkerDied) -> None:
        """Notes a start that came to nothing; after some, there is a rest before the next."""
        self._in_vain += 1
        if self._in_vain >= TRIES:
            self._rest = time.monotonic() + _REST_SECONDS, error


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
