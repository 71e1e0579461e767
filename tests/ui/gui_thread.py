"""Tells what the GUI thread does that may wait: for a disk, a database, a worker."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from app.workers.channel import WorkerClient
from rag.store.database import Database

ROOT = Path(__file__).parents[2]
_UI = str(ROOT / "ui")
# What comes with the program: icons, lists, and source code where an error is told.
_OWN = (*(str(ROOT / room) for room in ("app", "models", "rag", "ui")), sys.prefix, sys.base_prefix)
_EVENTS = {
    *("open", "os.listdir", "os.mkdir", "os.remove", "os.rename", "os.scandir", "shutil.rmtree"),
    *("socket.connect", "sqlite3.connect", "subprocess.Popen"),
}
_CALLS = (
    *((Database, name) for name in ("read", "write", "back_up", "checkpoint")),
    *((WorkerClient, name) for name in ("call", "open", "stop")),
)
_note: Callable[[str], None] | None = None


@contextmanager
def watched() -> Iterator[list[str]]:
    """Yields a list of what `ui` does on this thread, the GUI thread, that may wait."""
    global _note
    noted: list[str] = []
    gui = threading.get_ident()

    def note(event: str) -> None:
        if threading.get_ident() == gui and (line := _line_of_ui(sys._getframe(2))):
            noted.append(f"{event} by {line}")

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in _CALLS:
            patch.setattr(owner, name, _noting(note, owner, name))
        _note = note
        try:
            yield noted
        finally:
            _note = None


def _noting(note: Callable[[str], None], owner: type, name: str) -> Callable[..., Any]:
    real = getattr(owner, name)

    def call(*arguments: Any, **named: Any) -> Any:
        note(f"{owner.__name__}.{name}")
        return real(*arguments, **named)

    return call


def _line_of_ui(frame: FrameType | None) -> str:
    """Finds the line of `ui` that leads to this; "" for what a test or an import does."""
    line = ""
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith("<frozen importlib"):
            return ""
        if not line and name.startswith(_UI):
            line = f"{name.removeprefix(_UI)}:{frame.f_lineno}"
        frame = frame.f_back
    return line


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _note is not None and event in _EVENTS and not str(arguments[0]).startswith(_OWN):
        _note(f"{event} {arguments[0]}")


sys.addaudithook(_hear)
