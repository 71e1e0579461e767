"""Runs work on background lanes and delivers its results on the GUI thread.

A widget calls `Bridge.run` and gets its callbacks on the GUI thread, in order: events, then one of
done, error or cancelled. Frequent events arrive in batches.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.errors import Cancelled
from app.jobs import CancelToken, Job, Lane
from app.logs import without_content
from app.user_messages import UserMessage, describe
from ui.messages import Messages

T = TypeVar("T")
log = logging.getLogger(__name__)

FRAME_SECONDS = 1 / 30
"""Shortest time between two deliveries of a job's events."""
# While a lane computes in Python, the GUI thread waits this long for the GIL each time it returns
# from Qt, many times in a frame. With Python's default of 5 ms, preparing a table of 10,000 files
# on a lane blocked the window for 165 ms.
_SWITCH_SECONDS = 0.0001


class _Mailbox:
    """The events of one job that are not yet delivered to the GUI thread."""

    def __init__(self, on_event: Callable[[Any], None] | None, latest_only: bool) -> None:
        self.on_event = on_event
        self.finish: Callable[[], None] | None = None
        self._events: deque[object] = deque(maxlen=1 if latest_only else None)
        self._lock = threading.Lock()
        self._announced = False
        self.drained_at = 0.0

    def put(self, event: object) -> bool:
        """Adds an event. Returns whether the GUI thread must be woken for it."""
        with self._lock:
            self._events.append(event)
            return self._announce()

    def close(self, finish: Callable[[], None]) -> bool:
        """Ends the job with a callback. Returns whether the GUI thread must be woken for it."""
        with self._lock:
            self.finish = finish
            return self._announce()

    def take(self) -> tuple[list[object], Callable[[], None] | None]:
        """Empties the box: returns the events, and the last callback if the job has ended."""
        with self._lock:
            events = list(self._events)
            self._events.clear()
            self._announced = False
            self.drained_at = time.monotonic()
            return events, self.finish

    def _announce(self) -> bool:
        first, self._announced = not self._announced, True
        return first


def _cancelled_job() -> Job[Any]:
    token = CancelToken()
    token.cancel()
    future: Future[Any] = Future()
    future.set_exception(Cancelled())
    return Job(token, future)


class Bridge(QObject):
    """The window's access to background work.

    Attributes:
        messages: receives the errors that no widget handles.
    """

    _mail = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        sys.setswitchinterval(_SWITCH_SECONDS)
        self.messages = Messages(self)
        self._lanes: dict[str, Lane] = {}
        self._jobs: list[Job[Any]] = []
        self._closed = False
        self._ended = False
        self._mail.connect(self._on_mail, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        lane: str,
        work: Callable[[CancelToken, Callable[[object], None]], T],
        on_done: Callable[[T], None] | None = None,
        on_error: Callable[[UserMessage], None] | None = None,
        on_event: Callable[[Any], None] | None = None,
        *,
        on_cancelled: Callable[[], None] | None = None,
        latest_only: bool = False,
    ) -> Job[T]:
        """Queues `work` on the named lane; lanes run in parallel, the jobs of one in order.

        All callbacks run on the GUI thread; those of a deleted widget are skipped.

        Args:
            lane: such as "answers", "library", "reader"; created on first use.
            work: called on the lane's thread with the job's token and a function that sends an
                event to `on_event`. It must not touch widgets.
            on_done: gets what `work` returned.
            on_error: gets the error in plain words; by default the message bar shows it.
            on_event: gets what `work` sent, in order.
            on_cancelled: called instead of `on_error` when the job was stopped.
            latest_only: events are states (such as progress); only the newest is delivered.
        """
        if self._ended:  # a timer of a widget that is about to be destroyed
            return _cancelled_job()
        box = _Mailbox(on_event, latest_only)

        def send(event: object) -> None:
            if box.put(event):
                self._mail.emit(box)

        def end(finish: Callable[[], None]) -> None:
            if box.close(finish):
                self._mail.emit(box)

        def done(result: T) -> None:
            end(lambda: _call(on_done, result))

        def failed(error: Exception) -> None:
            if isinstance(error, Cancelled):
                end(lambda: _call(on_cancelled))
                return
            message = describe(error)
            if message.is_bug:
                log.error("%s", without_content(error))
            end(lambda: _call(on_error or self.messages.error, message))

        job = self._lane(lane).submit(lambda token: work(token, send), done, failed)
        self._jobs = [job, *(running for running in self._jobs if not running.done)]
        return job

    def cancel(self) -> None:
        """Cancels all work without waiting for it. Nothing is delivered afterwards."""
        self._closed = True
        for job in self._jobs:
            job.cancel()

    def close(self) -> None:
        """Cancels all work and waits for it to end. What is asked for later never runs."""
        self._ended = True
        self.cancel()
        for lane in self._lanes.values():
            lane.close()
        self._lanes.clear()

    def _lane(self, name: str) -> Lane:
        if name not in self._lanes:
            self._lanes[name] = Lane(name)
        return self._lanes[name]

    @Slot(object)
    def _on_mail(self, box: _Mailbox) -> None:
        wait = box.drained_at + FRAME_SECONDS - time.monotonic()
        if wait > 0 and box.finish is None:
            QTimer.singleShot(int(wait * 1000) + 1, self, lambda: self._deliver(box))
        else:
            self._deliver(box)

    def _deliver(self, box: _Mailbox) -> None:
        if self._closed:
            return
        events, finish = box.take()
        for event in events:
            _call(box.on_event, event)
        if finish is not None:
            finish()


def _call(callback: Callable[..., None] | None, *values: object) -> None:
    """Calls `callback` unless its widget has been deleted."""
    owner = getattr(callback, "__self__", None)
    if callback is None or (isinstance(owner, QObject) and not shiboken6.isValid(owner)):
        return
    callback(*values)
