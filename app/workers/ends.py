"""Says why a worker process ended or did not start, as truly as the system lets it be known."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from app.errors import AppError, WorkerDied, WorkerKilled, WorkerNotStarted
from app.system_lacks import behind, no_files, no_library, no_memory
from app.workers import entry

_UNTOUCHED = "Your documents, chats and settings are untouched."
_REPEAT = "It starts again when it is needed: repeat what you asked for."
_CRASH_ADVICE = (
    "Repeat what you asked for. If it happens again, see that enough memory is free, or choose "
    "another model."
)
_ILLEGAL = (
    "used an instruction that this processor does not have",
    "Run the set-up again on this computer, so that its libraries are made for it.",
)
_BUS = (
    "could not read a file any more",
    "See that the disk has room and that its drive is connected, then repeat what you asked for.",
)
# https://learn.microsoft.com/windows/win32/debug/getexceptioncode, ntstatus.h
_WINDOWS = {
    0xC0000005: ("crashed (access violation)", _CRASH_ADVICE),
    0xC0000006: _BUS,
    0xC000001D: _ILLEGAL,
}
_WINDOWS_NO_MEMORY = 0xC0000017
_WINDOWS_NO_LIBRARY = 0xC0000135
_SIGNALS = {
    "SIGILL": _ILLEGAL,
    "SIGBUS": _BUS,
    "SIGSEGV": ("crashed (SIGSEGV)", _CRASH_ADVICE),
    "SIGABRT": ("crashed (SIGABRT)", _CRASH_ADVICE),
    "SIGFPE": ("crashed (SIGFPE)", _CRASH_ADVICE),
}


def died(title: str, status: int | None, *, by_us: bool = False) -> WorkerDied:
    """Makes the error for a worker that ended without having been asked to.

    Args:
        title: its name in messages to the person.
        status: as `multiprocessing.Process.exitcode`; None if it did not end by itself.
        by_us: this program ended it, because of what it did.
    """
    if by_us or status is None:
        return WorkerDied(f"{title} stopped unexpectedly. {_UNTOUCHED}", _REPEAT)
    if not Path(sys.executable).exists():
        return WorkerNotStarted(
            f"{title} cannot start: Studiolo's own folder was moved or deleted while it was open.",
            "Close Studiolo and start it from where its folder is now.",
        )
    if lack := _lack(status):
        return WorkerNotStarted(f"{title} cannot start. {lack.message}", lack.advice)
    name = _signal_name(status)
    if name == "SIGKILL":
        return WorkerKilled(
            f"{title} was ended by the system, as happens when memory runs out. {_UNTOUCHED}",
            "Close other programs, or choose a smaller model or context window. "
            "Then repeat what you asked for.",
        )
    if words := _SIGNALS.get(name) or _WINDOWS.get(status):
        return WorkerDied(f"{title} {words[0]} and stopped. {_UNTOUCHED}", words[1])
    return WorkerDied(f"{title} stopped unexpectedly. {_UNTOUCHED}", _REPEAT)


def not_started(title: str, error: BaseException) -> WorkerNotStarted:
    """Makes the error for a worker whose process could not be started."""
    cause: AppError | None = behind(error)
    if cause is None and isinstance(error, BlockingIOError):
        cause = AppError(  # fork(2): EAGAIN
            "This system or account allows no more processes.",
            "Close other programs, or raise the limit, and try it again.",
        )
    if cause is None:
        reason = getattr(error, "strerror", None) or type(error).__name__
        cause = AppError(f"The system says: {reason}.", "Start the computer again and try it.")
    return WorkerNotStarted(f"{title} cannot start. {cause.message}", cause.advice)


def _lack(status: int) -> AppError | None:
    if status in (entry.NO_MEMORY, _WINDOWS_NO_MEMORY):
        return no_memory()
    if status == entry.NO_FILES:
        return no_files()
    if status in (entry.NO_LIBRARY, _WINDOWS_NO_LIBRARY):
        return no_library()
    return None


def _signal_name(status: int) -> str:
    try:
        return signal.Signals(-status).name
    except ValueError:
        return ""
