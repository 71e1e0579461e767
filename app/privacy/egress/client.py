"""The program's end of the launcher: sends tickets, and receives their events."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import subprocess
import threading
import time
from collections.abc import Generator, Mapping

import msgspec

from app.errors import Cancelled
from app.jobs import CancelToken
from app.privacy.egress import frames
from app.privacy.egress.frames import Channel, Frame
from app.privacy.egress.spawn import LAUNCHER, start
from app.privacy.egress.tickets import (
    EgressFault,
    HelperEvent,
    Moved,
    ResponseEnded,
    Ticket,
    TicketFailed,
)

log = logging.getLogger(__name__)

_END_SECONDS = 1.0
_decode = msgspec.msgpack.Decoder(HelperEvent).decode


class Launcher:
    """The launcher of this process. `start` comes before this process seals itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None
        self._inboxes: dict[str, queue.SimpleQueue[HelperEvent | None]] = {}
        self._closed = False
        self._listening = False

    @property
    def pid(self) -> int | None:
        """The process id, once started."""
        return self._process.pid if self._process is not None else None

    def start(self, environment: Mapping[str, str] = os.environ) -> None:
        """Starts the process unless it was started. Takes some milliseconds; raises nothing.

        If it cannot be started, tickets fail and nothing is sent.

        Args:
            environment: for the programs that it opens files with. Helpers harden it first.
        """
        with self._lock:
            if self._process is not None or self._closed:
                return
            try:
                self._process, self._channel = start(LAUNCHER, environment)
            except OSError as error:
                log.info("no launcher: %s", type(error).__name__)

    def serve(self, ticket: Ticket, token: CancelToken) -> Generator[HelperEvent, None, None]:
        """Submits a ticket, and yields its events.

        The last event is ResponseEnded, Moved or TicketFailed. Closing the iterator ends the helper
        and its connection.

        Raises:
            Cancelled: `token` was cancelled.
        """
        inbox: queue.SimpleQueue[HelperEvent | None] = queue.SimpleQueue()
        with self._lock:
            self._inboxes[ticket.id] = inbox
        token.on_change(lambda: inbox.put(None))
        ended = False
        try:
            token.raise_if_cancelled()
            if not self._send(Frame(frames.SERVE, ticket.id, msgspec.msgpack.encode(ticket))):
                inbox.put(TicketFailed(EgressFault.SEALED))
            while not ended:
                event = inbox.get()
                if token.cancelled:
                    raise Cancelled
                if event is not None:
                    ended = isinstance(event, ResponseEnded | Moved | TicketFailed)
                    yield event
        finally:
            if not ended:
                self._stop(ticket.id, inbox)
            with self._lock:
                self._inboxes.pop(ticket.id, None)

    def open(self, target: str) -> bool:
        """Opens a file or an address with another program. Returns whether there is a launcher.

        Args:
            target: an absolute path, or an address such as ``https://…``.
        """
        return self._send(Frame(frames.OPEN, frames.NO_ID, target.encode()))

    def close(self) -> None:
        """Ends the process, and all connections with it."""
        with self._lock:
            self._closed = True
            process, channel, self._channel = self._process, self._channel, None
        if process is None:
            return
        if channel is not None:
            channel.hang_up()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if channel is not None and not self._listening:
            channel.close()

    def _send(self, frame: Frame) -> bool:
        self.start()
        with self._lock:
            channel = self._channel
            if channel is None:
                return False
            if frame.kind == frames.SERVE and not self._listening:
                self._listen(channel)
        try:
            channel.send(frame)
        except (OSError, ValueError):
            return False
        return True

    def _stop(self, ticket: str, inbox: queue.SimpleQueue[HelperEvent | None]) -> None:
        """Ends a helper and waits until it is gone: it may be writing a file."""
        if not self._send(Frame(frames.STOP, ticket)):
            return
        deadline = time.monotonic() + _END_SECONDS
        with contextlib.suppress(queue.Empty):
            while not isinstance(
                inbox.get(timeout=max(deadline - time.monotonic(), 0)), TicketFailed
            ):
                pass

    def _listen(self, channel: Channel) -> None:
        """Receives the launcher's events on a thread, from the first ticket on."""
        self._listening = True
        threading.Thread(target=self._read, args=(channel,), name="egress", daemon=True).start()

    def _read(self, channel: Channel) -> None:
        with contextlib.suppress(OSError, ValueError):
            while (frame := channel.receive()) is not None:
                self._put(frame)
        with self._lock:
            self._channel = None
            waiting = tuple(self._inboxes.values())
        for inbox in waiting:
            inbox.put(TicketFailed(EgressFault.SEALED, "launcher"))
        channel.close()

    def _put(self, frame: Frame) -> None:
        with self._lock:
            inbox = self._inboxes.get(frame.id)
        if inbox is None:
            return
        if frame.kind == frames.GONE:
            used = frame.body == b"used"
            inbox.put(TicketFailed(EgressFault.USED if used else EgressFault.SEALED, "helper"))
            return
        try:
            inbox.put(_decode(frame.body))
        except msgspec.DecodeError:
            inbox.put(TicketFailed(EgressFault.SEALED, "helper"))
