"""Ctrl-C in the shell."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from app.jobs import CancelToken


@contextmanager
def stoppable() -> Iterator[CancelToken]:
    """Yields a token that the first Ctrl-C cancels; a second one interrupts at once."""
    token = CancelToken()
    if threading.current_thread() is not threading.main_thread():
        yield token
        return

    def stop(*_: object) -> None:
        signal.signal(signal.SIGINT, previous)
        threading.Thread(target=token.cancel, daemon=True).start()

    previous = signal.signal(signal.SIGINT, stop)
    try:
        yield token
    finally:
        signal.signal(signal.SIGINT, previous)
