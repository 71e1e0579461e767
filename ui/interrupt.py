"""Ctrl-C in the terminal ends the program as if the window were closed."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, QTimer

_POLL = 200  # milliseconds, on Windows only


class Interrupt(QObject):
    """Calls back on the GUI thread on Ctrl-C or SIGTERM.

    While Qt waits for events no Python code runs, so no signal handler would. The interpreter
    writes a byte into a pipe, which wakes Qt; Windows uses a timer instead.
    """

    def __init__(self, on_interrupt: Callable[[], None]) -> None:
        super().__init__()
        self._on_interrupt = on_interrupt
        self._old_handlers: dict[int, object] = {}
        self._pipe: tuple[int, int] | None = None
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGINT, signal.SIGTERM):
            self._old_handlers[number] = signal.signal(number, self._handle)
        if sys.platform == "win32":
            timer = QTimer(self, interval=_POLL)
            timer.timeout.connect(lambda: None)
            timer.start()
        else:
            self._pipe = os.pipe()
            for end in self._pipe:
                os.set_blocking(end, False)
            signal.set_wakeup_fd(self._pipe[1], warn_on_full_buffer=False)
            self._notifier = QSocketNotifier(self._pipe[0], QSocketNotifier.Type.Read, self)
            self._notifier.activated.connect(self._wake)

    def close(self) -> None:
        """Restores the previous signal handlers."""
        for number, handler in self._old_handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._old_handlers.clear()
        if self._pipe is not None:
            signal.set_wakeup_fd(-1)
            self._notifier.setEnabled(False)
            for end in self._pipe:
                os.close(end)
            self._pipe = None

    def _wake(self) -> None:
        """Lets Python run: it calls the handler before the next line."""
        if self._pipe is not None:
            os.read(self._pipe[0], 64)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        QTimer.singleShot(0, self, self._on_interrupt)
