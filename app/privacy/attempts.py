"""Counts refused attempts to use the network, and notifies listeners.

Workers report theirs to the process that started them, so the main process has them all. Attempts
of native code fail without being counted: only the system sees them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec import Struct

_MOST_NOTIFICATIONS = 1000  # notifications of one kind; an endless loop must not fill a pipe
_MOST_KINDS = 200  # a compromised worker may invent kinds
_MOST_CHARACTERS = 40


class Attempt(Struct, frozen=True):
    """A refused attempt. The address is not kept: it can reveal content.

    Attributes:
        process: a worker's name, or "main".
        what: the kind of call, such as "socket.connect".
    """

    process: str
    what: str


class _Seen:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.counts: dict[Attempt, int] = {}
        self.listeners: list[Callable[[Attempt], None]] = []


_seen = _Seen()
_expected = threading.local()


def record(attempt: Attempt) -> None:
    """Counts an attempt and notifies the listeners. Raises nothing, whatever a listener does."""
    if getattr(_expected, "depth", 0):
        return
    attempt = Attempt(attempt.process[:_MOST_CHARACTERS], attempt.what[:_MOST_CHARACTERS])
    with _seen.lock:
        if attempt not in _seen.counts and len(_seen.counts) >= _MOST_KINDS:
            return
        count = _seen.counts[attempt] = _seen.counts.get(attempt, 0) + 1
        listeners = tuple(_seen.listeners)
    if count <= _MOST_NOTIFICATIONS:
        for listener in listeners:
            try:
                listener(attempt)
            except Exception:  # noqa: BLE001, S112  # the caller has to go on to the refusal
                continue


def seen() -> tuple[tuple[Attempt, int], ...]:
    """Returns the attempts refused since the program started, with their counts."""
    with _seen.lock:
        return tuple(_seen.counts.items())


def on_attempt(listener: Callable[[Attempt], None]) -> Callable[[], None]:
    """Calls back at each attempt, on any thread. Returns a function that stops this."""
    with _seen.lock:
        _seen.listeners.append(listener)

    def end() -> None:
        with _seen.lock:
            if listener in _seen.listeners:
                _seen.listeners.remove(listener)

    return end


@contextmanager
def expected() -> Iterator[None]:
    """Exempts this thread's attempts within the context from the count: they are tests."""
    _expected.depth = getattr(_expected, "depth", 0) + 1
    try:
        yield
    finally:
        _expected.depth -= 1
