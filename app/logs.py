"""Logs in the data folder: what happened, never what documents, questions or answers say.

Two rules keep content out, whichever code logs. An exception is logged as its type and frames,
without its text, which may quote anything. A record of another library is logged as its source
location, without its message.
"""

from __future__ import annotations

import faulthandler
import io
import logging
import logging.handlers
import os
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

log = logging.getLogger(__name__)

OWN_PACKAGES = ("app", "rag", "models", "ui")
_BYTES, _KEPT = 1 << 20, 3
_FORMAT = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"


def without_content(error: BaseException) -> str:
    """Returns the frames and types of an exception and its causes, without their texts."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = "".join(traceback.format_tb(current.__traceback__))
        parts.insert(0, f"{frames}{type(current).__module__}.{type(current).__qualname__}")
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    return "\nfollowed by\n".join(parts)


class Formatter(logging.Formatter):
    """Applies both rules of this module."""

    def __init__(self) -> None:
        super().__init__(_FORMAT)

    def format(self, record: logging.LogRecord) -> str:
        """Formats a record as one line, followed by an exception's frames."""
        if record.name.partition(".")[0] not in OWN_PACKAGES:
            record = logging.makeLogRecord(
                {**record.__dict__, "msg": f"({record.filename}:{record.lineno})", "args": None}
            )
        record.exc_text = None  # another handler may have cached the full text there
        return super().format(record)

    def formatException(  # noqa: N802
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        """Returns frames and types only."""
        return without_content(ei[1]) if ei[1] is not None else ""


def start(folder: Path, name: str = "studiolo") -> Callable[[], None]:
    """Logs this process to ``folder/name.log``, unhandled exceptions included.

    Returns:
        A function that stops logging and restores the previous hooks.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handler = logging.handlers.RotatingFileHandler(
        folder / f"{name}.log", maxBytes=_BYTES, backupCount=_KEPT, encoding="utf-8", delay=True
    )
    level = logging.getLogger().level
    hooks = sys.excepthook, threading.excepthook
    _install(handler)

    def end() -> None:
        sys.excepthook, threading.excepthook = hooks
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(level)
        with suppress(OSError):  # the disk is full: the last lines are lost
            handler.close()

    return end


class _Unfailing(io.FileIO):
    """A file that silently drops what cannot be written."""

    def write(self, data: ReadableBuffer) -> int:
        """Reports all bytes as written, even if the disk is full."""
        with suppress(OSError):
            super().write(data)
        return memoryview(data).nbytes


def unfailing(descriptor: int) -> io.TextIOWrapper:
    """Returns a stream to an open file whose writes never fail, even on a full disk.

    Starting a process flushes the standard streams first; if that fails, it is not started.
    """
    raw = _Unfailing(descriptor, "w", closefd=False)
    return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", write_through=True)


def start_worker(folder: Path, name: str) -> None:
    """Redirects all output of a worker, native code included, to ``folder/name.log``.

    Drops the output if the file cannot be written: the worker itself reports a full disk.
    """
    path = folder / f"{name}.log"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.stat().st_size > _BYTES:
            path.replace(path.with_suffix(".log.1"))
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError:
        descriptor = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.close(descriptor)
    sys.stdout = sys.stderr = unfailing(2)
    faulthandler.enable(sys.stderr)
    logging.captureWarnings(True)
    _install(logging.StreamHandler(sys.stderr))


def _install(handler: logging.Handler) -> None:
    handler.handleError = lambda _record: None  # type: ignore[method-assign, assignment]
    handler.setFormatter(Formatter())
    handler.setLevel(logging.INFO)
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)
    previous, previous_in_thread = sys.excepthook, threading.excepthook

    def on_unhandled(
        kind: type[BaseException], error: BaseException, frames: TracebackType | None
    ) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            log.error("unhandled\n%s", without_content(error))
        previous(kind, error, frames)

    def on_unhandled_in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            log.error("unhandled in a thread\n%s", without_content(args.exc_value))
        previous_in_thread(args)

    sys.excepthook, threading.excepthook = on_unhandled, on_unhandled_in_thread
