"""One run of a worker process, from its start to its end, and the calls in progress in it."""

from __future__ import annotations

import contextlib
import itertools
import logging
import queue
import signal
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from app.errors import Cancelled, WorkerDied
from app.paths import leave_lost_folder
from app.privacy import attempts, outside
from app.system_lacks import behind
from app.workers import ends, entry, handover, wire

log = logging.getLogger(__name__)

R = TypeVar("R")
E = TypeVar("E")
CLOSE_SECONDS = 1.5
"""Time that a worker has to put things away before it is ended."""
_LOOK_SECONDS = 0.005
_START_SECONDS = 120.0  # a start takes one or two, on a busy machine many more
_spawning = threading.Lock()


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """What a worker is and how it starts.

    Attributes:
        name: short name, of its process and its log.
        title: its name in messages to the person, e.g. "The language model".
        factory: ``module:function`` that makes the worker in the child.
        config: called at each start; its configuration as a msgspec Struct.
        folder: its working directory.
        logs: the folder of its log.
        contained: whether it reads what is hostile, no file but what it is handed open, and starts
            no process; on Windows it then has no network (`app.privacy.outside`), and no log.
    """

    name: str
    title: str
    factory: str
    config: Callable[[], msgspec.Struct]
    folder: Path
    logs: Path
    contained: bool = False


@dataclass(frozen=True, slots=True)
class Said(Generic[E]):
    """An event of a call."""

    event: E


@dataclass(frozen=True, slots=True)
class Replied(Generic[R]):
    """The end of a call."""

    reply: R


class Exchange(Generic[R, E]):
    """One call in progress. Used as a context manager, it cancels what has not ended."""

    def __init__(self, life: WorkerProcess, call_id: int, request: wire.Request[R, E]) -> None:
        self._life = life
        self.id = call_id
        self._reply, self._event = wire.decoders(type(request))
        self._inbox: queue.SimpleQueue[wire.ToCall | Exception] = queue.SimpleQueue()
        self._ended = False

    def __enter__(self) -> Exchange[R, E]:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._ended:
            self.control(cancelled=True, paused=False)

    def receive(self, timeout: float | None = None) -> Said[E] | Replied[R] | None:
        """Waits for the next event or the reply. None after `timeout` seconds without one.

        Raises:
            WorkerDied: the worker ended before it replied.
            Exception: what the worker raised.
        """
        try:
            message = self._inbox.get(timeout=timeout)
        except queue.Empty:
            return None
        try:
            if isinstance(message, wire.Event):
                return Said(self._event.decode(message.event))
            self._ended = True
            if isinstance(message, wire.Done):
                return Replied(self._reply.decode(message.reply))
        except wire.UNDECODABLE as error:
            raise msgspec.DecodeError(type(error).__name__) from None
        raise wire.to_error(message) if isinstance(message, wire.Failed) else message

    def control(self, *, cancelled: bool, paused: bool) -> None:
        """Tells the worker to stop, to wait or to go on with this call."""
        self._life.send(wire.Control(self.id, cancelled, paused))

    def put(self, message: wire.ToCall | Exception) -> None:
        """Takes what the channel received for this call."""
        self._inbox.put(message)


class WorkerProcess:
    """One run of the process, from its start to its end.

    Args:
        spec: what it is.
        on_died: called on a background thread when it ends without having been asked to.

    Attributes:
        ended: whether it has ended.
        failure: why it has ended.
        ready: whether it has ever been able to answer.

    Raises:
        WorkerNotStarted: the process cannot be made.
        Exception: whatever the configuration raises.
    """

    def __init__(self, spec: WorkerSpec, on_died: Callable[[WorkerDied], None]) -> None:
        self._spec = spec
        self._on_died = on_died
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._ids = itertools.count(1)
        self._exchanges: dict[int, Exchange[Any, Any]] = {}
        self._closing = False
        self._killed = False
        self._status: int | None = None
        self._used_at = time.monotonic()
        self._refusal: Exception | None = None
        self.ended = False
        self.failure: Exception | None = None
        self.ready = False
        self._begun = threading.Event()  # it is ready, or has ended
        config = wire.encode(spec.config())
        context = outside.context(contained=spec.contained)
        try:
            self._pipe, self._their_end = context.Pipe()
        except OSError as error:
            raise ends.not_started(spec.title, error) from error
        self._process = context.Process(
            target=entry.main,
            args=(
                spec.factory,
                config,
                spec.name,
                str(spec.folder),
                str(spec.logs),
                self._their_end,
                outside.parent(),
            ),
            name=f"studiolo-{spec.name}",
        )
        started = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(started,), name=f"worker-{spec.name}", daemon=True
        )
        try:
            self._thread.start()
        except RuntimeError as error:  # the system allows no more threads
            self._pipe.close()
            self._their_end.close()
            raise ends.not_started(spec.title, error) from error
        started.wait()
        self._raise_if_not_started()

    @property
    def pid(self) -> int | None:
        """The process id, once it was started."""
        return self._process.pid

    @property
    def contained(self) -> bool:
        """Whether it runs in a container."""
        return outside.is_contained(self._process)

    def comes_up(self) -> bool:
        """Waits until it can answer or has ended; returns whether it can. Ends it if it hangs."""
        if not self._begun.wait(_START_SECONDS):
            self.kill()
            self._thread.join()
        return self.ready

    def begin(
        self, request: wire.Request[R, E], paused: bool, descriptor: int | None = None
    ) -> Exchange[R, E] | None:
        """Sends a request, with an open file if it needs one; None if the process has ended."""
        with self._lock:
            if self.ended:
                return None
            exchange = Exchange(self, next(self._ids), request)
            self._exchanges[exchange.id] = exchange
            self._used_at = time.monotonic()
        call = wire.Call(exchange.id, wire.raw(request), paused, descriptor is not None)
        self.send(call, descriptor)
        return exchange

    def retire(self, idle_seconds: float) -> bool:
        """Takes no more calls, if none came for so long; returns whether it does.

        A call that comes meanwhile starts another process. Then `close` it.
        """
        with self._lock:
            idle = time.monotonic() - self._used_at
            if self.ended or self._exchanges or idle < idle_seconds:
                return False
            self.failure, self.ended = Cancelled(), True
            return True

    def send(self, message: wire.ToWorker, descriptor: int | None = None) -> None:
        """Sends a message; to a process that has ended, it goes nowhere."""
        data = wire.encode(message)
        # TypeError: the reader has just closed the pipe, which has no handle any more.
        with self._sending, contextlib.suppress(OSError, TypeError):
            self._pipe.send_bytes(data)  # when it fails, the reader sees the end and tells
            if descriptor is not None:
                handover.send(self._pipe, descriptor, self._process.pid or 0)

    def kill(self) -> None:
        """Ends it at once."""
        self._killed = True
        self._kill()

    def close(self) -> None:
        """Lets it put things away and waits for its end, but not for ever."""
        self._closing = True
        self.send(wire.Close())
        self._thread.join(CLOSE_SECONDS)
        if self._thread.is_alive():
            self.kill()
            self._thread.join()

    def _run(self, started: threading.Event) -> None:
        try:
            self._start()
        except Exception as error:
            if behind(error) is None and not isinstance(error, OSError):
                log.exception("worker %s did not start", self._spec.name)
            else:
                log.info("worker %s did not start: %s", self._spec.name, type(error).__name__)
            self._refusal = ends.not_started(self._spec.title, error)
            self._their_end.close()
        started.set()
        try:
            if self._refusal is None:
                self._read()
                self._wait(CLOSE_SECONDS)
                self._status = self._process.exitcode
        finally:
            if self._refusal is None or self._process.pid is not None:
                self._kill()
                self._process.join()
            self._end()

    def _kill(self) -> None:
        with contextlib.suppress(OSError):
            self._process.kill()

    def _raise_if_not_started(self) -> None:
        if self._process.pid is None and self._refusal is not None:
            self._thread.join()
            raise self._refusal

    def _wait(self, seconds: float) -> None:
        """Waits for the process's end. Looks by itself: what tells of it can be made to lie."""
        deadline = time.monotonic() + seconds
        while self._process.exitcode is None and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)

    def _start(self) -> None:
        """Starts the process, on the thread that lives as long as it does.

        Linux ends a child that asked for it together with the thread that made it.
        """
        with _spawning:
            leave_lost_folder(self._spec.folder)  # `spawn` has the child work where we do
            if sys.platform != "win32":
                from multiprocessing import resource_tracker

                resource_tracker.ensure_running()  # it unblocks SIGINT, so it comes first
                # Inherited: Ctrl-C in the terminal goes to every process, and a child must not
                # die of it before it can say that it ignores it.
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            with _bare_main():
                self._process.start()
        self._their_end.close()

    def _read(self) -> None:
        while True:
            try:
                data = self._pipe.recv_bytes(wire.MAX_MESSAGE_BYTES)
                message = wire.decode_from_worker(data)
            except (EOFError, OSError):
                return
            except wire.UNDECODABLE:
                log.error("worker %s sent what it should not", self._spec.name)  # noqa: TRY400
                self.kill()
                return
            if isinstance(message, wire.Tried):
                attempts.record(message.attempt)
                continue
            if isinstance(message, wire.Ready):
                self.ready = True
                self._begun.set()
                continue
            if message.id == 0 and isinstance(message, wire.Failed):
                self._refusal = wire.to_error(message)
                continue
            with self._lock:
                if isinstance(message, wire.Event):
                    exchange = self._exchanges.get(message.id)
                else:
                    exchange = self._exchanges.pop(message.id, None)
                    self._used_at = time.monotonic()
            if exchange is not None:
                exchange.put(message)

    def _end(self) -> None:
        error: Exception = self._refusal or (Cancelled() if self._closing else self._died())
        with self._lock:
            self.failure = error
            self.ended = True
            self._begun.set()
            waiting = tuple(self._exchanges.values())
            self._exchanges.clear()
        self._pipe.close()
        for exchange in waiting:
            exchange.put(error)
        if isinstance(error, WorkerDied) and error is not self._refusal:
            log.info("worker %s ended with status %s", self._spec.name, self._process.exitcode)
            self._on_died(error)

    def _died(self) -> WorkerDied:
        return ends.died(self._spec.title, self._status, by_us=self._killed)


@contextlib.contextmanager
def _bare_main() -> Iterator[None]:
    """Hides the program's main module, which `spawn` would import again in the child.

    That would load the window's libraries into every worker.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
