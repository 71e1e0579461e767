"""The child's half of the channel: starts a worker and answers calls until the parent is gone."""

from __future__ import annotations

import ctypes
import importlib
import logging
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from app import logs
from app.jobs import CancelToken
from app.privacy import attempts
from app.privacy.audit import refuse_network
from app.privacy.capabilities import give_up_rights
from app.privacy.container_windows import inside
from app.privacy.environment import harden
from app.privacy.memory import shut_out_others
from app.privacy.sandbox import SandboxProfile, confine, confine_finally
from app.private_data import owner_only
from app.workers import handover, wire
from app.workers.trying import TryEscape, try_escape

log = logging.getLogger(__name__)

E = TypeVar("E")
_CLOSE_SECONDS = 1.2
_PR_SET_PDEATHSIG = 1  # prctl(2)


class Calling(Generic[E]):
    """What a handler has beside its request: the caller's token, and a way to send events.

    Attributes:
        token: cancelled by the caller, or because the program ends.
        closing: the program ends: what was asked for is still wanted.
        descriptor: of a file that came with the request; closed when it is answered.
    """

    def __init__(
        self,
        call_id: int,
        send: Callable[[wire.FromWorker], None],
        descriptor: int | None = None,
    ) -> None:
        self.token = CancelToken()
        self.closing = False
        self.descriptor = descriptor
        self._id = call_id
        self._send = send

    def send(self, event: E) -> None:
        """Sends an event to the caller."""
        self._send(wire.Event(self._id, wire.raw(event)))


Handler = Callable[[Any, Calling[Any]], Any]


class Worker(Protocol):
    """What runs in a child process. Made by a factory that gets its configuration as msgpack."""

    def handlers(self) -> Mapping[type[wire.Request[Any, Any]], Handler]:
        """Returns what answers each request. Each call runs on a thread of its own."""
        ...

    def close(self) -> None:
        """Puts everything away. Called once all tokens are cancelled; has about a second."""
        ...


def main(
    factory: str,
    config: bytes,
    name: str,
    folder: str,
    log_folder: str,
    pipe: Connection,
    parent: int,
) -> None:
    """Runs a worker. Ends the process itself, without waiting for anybody's threads.

    Args:
        factory: ``module:function`` that makes the `Worker` from `config`.
        config: its configuration as msgpack.
        name: of its log.
        folder: its working directory, which belongs to Studiolo: libraries read files such as
            ``.env`` from where they run.
        log_folder: where its log goes.
        pipe: the channel.
        parent: process id of the parent.
    """
    shut_out_others()
    owner_only()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to decide
    server = _Server(pipe)
    try:
        logs.start_worker(Path(log_folder), name)
        _drop_what_is_shared()
        harden()
        if not inside():  # a container may not; it works in the program's own folder
            os.chdir(folder)
        attempts.on_attempt(lambda attempt: server.send(wire.Tried(attempt)))
        refuse_network(name)
        give_up_rights()
        confine(SandboxProfile.NO_NETWORK)
        if os.name == "nt" or os.getppid() == parent:
            worker = _load(factory)(config)
            confine_finally()
            server.send(wire.Ready())
            server.run(worker)
    except Exception as error:  # noqa: BLE001  # the parent gets any error
        server.report(0, error)
    finally:
        logging.shutdown()
        os._exit(0)


def keep_temporary_files_in(folder: str) -> None:
    """Sets the folder for temporary files of this process, for native libraries as well."""
    for variable in ("TMPDIR", "TMP", "TEMP", "SQLITE_TMPDIR"):
        os.environ[variable] = folder
    tempfile.tempdir = folder


def _drop_what_is_shared() -> None:
    """Closes the pipe through which `multiprocessing` learns what to delete at the end.

    All workers would have it, and could have other programs' shared memory deleted.
    """
    if sys.platform != "win32":
        from multiprocessing import resource_tracker

        shared = resource_tracker.getfd()
        assert shared is not None  # it came with this process
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, shared, inheritable=False)
        os.close(nothing)


def die_with_parent() -> None:
    """Asks Linux to kill this process when its parent ends, even if it is stuck.

    For workers that hold nothing to put away. Elsewhere the end of the pipe does it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class _Server:
    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._sending = threading.Lock()
        self._calls: dict[int, Calling[Any]] = {}

    def run(self, worker: Worker) -> None:
        """Answers until the parent closes the channel or ends."""
        handlers = dict(worker.handlers())
        handlers[TryEscape] = try_escape
        decoder = msgspec.msgpack.Decoder(_union(tuple(handlers)))
        while True:
            opened: int | None = None
            try:
                message = wire.decode_to_worker(self._pipe.recv_bytes(wire.MAX_MESSAGE_BYTES))
                if isinstance(message, wire.Call) and message.opened:
                    opened = handover.receive(self._pipe)
            except (EOFError, OSError):
                break
            if isinstance(message, wire.Close):
                break
            if isinstance(message, wire.Control):
                self._control(message)
            else:
                self._begin(message, decoder.decode(message.request), handlers, opened)
        for calling in tuple(self._calls.values()):
            calling.closing = True
            calling.token.cancel()
        closing = threading.Thread(target=worker.close, daemon=True)
        closing.start()
        closing.join(_CLOSE_SECONDS)

    def send(self, message: wire.FromWorker) -> None:
        """Sends a message. Without a parent it goes nowhere, and the process is about to end."""
        data = wire.encode(message)
        with self._sending:
            try:
                self._pipe.send_bytes(data)
            except OSError:
                log.info("nobody listens any more")

    def report(self, call_id: int, error: Exception) -> None:
        """Sends an error; one that nobody foresaw goes to the log as well."""
        note = wire.failed(call_id, error)
        if not note.error:
            log.error("a request failed\n%s", logs.without_content(error))
        self.send(note)

    def _begin(
        self,
        call: wire.Call,
        request: wire.Request[Any, Any],
        handlers: Mapping[type[wire.Request[Any, Any]], Handler],
        descriptor: int | None,
    ) -> None:
        calling: Calling[Any] = Calling(call.id, self.send, descriptor)
        if call.paused:
            calling.token.pause()
        self._calls[call.id] = calling
        threading.Thread(
            target=self._answer,
            args=(handlers[type(request)], request, calling, call.id),
            name=type(request).__name__,
            daemon=True,
        ).start()

    def _answer(
        self, handler: Handler, request: wire.Request[Any, Any], calling: Calling[Any], call_id: int
    ) -> None:
        try:
            reply = handler(request, calling)
            self.send(wire.Done(call_id, wire.raw(reply)))
        except Exception as error:  # noqa: BLE001  # the caller gets any error
            self.report(call_id, error)
        finally:
            self._calls.pop(call_id, None)
            if calling.descriptor is not None:
                os.close(calling.descriptor)

    def _control(self, message: wire.Control) -> None:
        calling = self._calls.get(message.id)
        if calling is None:
            return  # it has just ended
        token = calling.token
        if message.cancelled:
            token.cancel()
        elif message.paused:
            token.pause()
        else:
            token.resume()


def _load(factory: str) -> Callable[[bytes], Worker]:
    module, _, function = factory.partition(":")
    make: Callable[[bytes], Worker] = getattr(importlib.import_module(module), function)
    return make


def _union(types: tuple[type, ...]) -> Any:
    union: Any = types[0]
    for kind in types[1:]:
        union |= kind
    return union
