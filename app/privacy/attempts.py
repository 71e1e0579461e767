"""Attempts to use the network that were refused: counted, and told to whoever wants to know.

Workers send theirs to the process that started them, so that all meet in the program's own
process. What the system refuses to native code fails there and then, and is not seen here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec import Struct

_MOST_TOLD = 1000  # of one kind; what tries without end must not fill a pipe
_MOST_KINDS = 200  # a worker that a hostile file has taken over may make them up
_MOST_CHARACTERS = 40


class Attempt(Struct, frozen=True):
    """One that was refused. Where to is not kept: an address can be content.

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
    """Counts an attempt and tells of it. Raises nothing, whatever a listener does."""
    if getattr(_expected, "depth", 0):
        return
    attempt = Attempt(attempt.process[:_MOST_CHARACTERS], attempt.what[:_MOST_CHARACTERS])
    with _seen.lock:
        if attempt not in _seen.counts and len(_seen.counts) >= _MOST_KINDS:
            return
        count = _seen.counts[attempt] = _seen.counts.get(attempt, 0) + 1
        listeners = tuple(_seen.listeners)
    if count <= _MOST_TOLD:
        for listener in listeners:
            try:
                listener(attempt)
            except Exception:  # noqa: BLE001, S112  # the refusal itself matters more
                continue


def seen() -> tuple[tuple[Attempt, int], ...]:
    """What was refused since the program started, and how often."""
    with _seen.lock:
        return tuple(_seen.counts.items())


def on_attempt(listener: Callable[[Attempt], None]) -> Callable[[], None]:
    """Calls back at each attempt, on any thread. Returns what ends that."""
    with _seen.lock:
        _seen.listeners.append(listener)

    def end() -> None:
        with _seen.lock:
            if listener in _seen.listeners:
                _seen.listeners.remove(listener)

    return end


@contextmanager
def expected() -> Iterator[None]:
    """What this thread tries meanwhile is a test, and is not counted."""
    _expected.depth = getattr(_expected, "depth", 0) + 1
    try:
        yield
    finally:
        _expected.depth -= 1
