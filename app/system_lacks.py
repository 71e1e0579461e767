"""Recognises failures for lack of a system resource: memory, open files, threads, libraries.

Any call can fail for these reasons, so they are recognised from the exception where it is handled.
"""

from __future__ import annotations

import errno
import re

from app.errors import KNOWN_ERRORS, OutOfMemory, SystemLacks
from app.logs import OWN_PACKAGES
from rag.errors import with_causes

_LIBRARY = re.compile(
    r"(?:^|[\s'\"(])([\w.+-]+\.(?:so[\w.]*|dylib)): (?:cannot open shared object|image not found)"
)
_WINDOWS_LIBRARY = "DLL load failed"
_NO_THREAD = "can't start new thread"
_SET_UP_AGAIN = "Run the set-up again: it installs what is missing, or says what to install."


def behind(error: BaseException) -> SystemLacks | None:
    """Returns the lack that caused an exception, or one of its causes; None for other errors.

    Errors in `KNOWN_ERRORS` explain themselves already, so the answer for them is None.
    """
    if isinstance(error, KNOWN_ERRORS):
        return None
    return next(filter(None, map(_lack, with_causes(error))), None)


def no_memory() -> OutOfMemory:
    """Returns the error for a system that is out of memory."""
    return OutOfMemory("There is not enough free memory.", "Close other programs, and try again.")


def no_files() -> SystemLacks:
    """Returns the error for too many open files."""
    return SystemLacks(
        "Studiolo may not open as many files as it needs.",
        "Raise the limit on open files of this system or account, and start Studiolo again.",
    )


def no_library(name: str = "") -> SystemLacks:
    """Returns the error for a missing library or package; `name` may be unknown."""
    suffix = f": {name}" if name else ""
    return SystemLacks(f"A library that Studiolo needs is missing{suffix}.", _SET_UP_AGAIN)


def _lack(error: BaseException) -> SystemLacks | None:
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, MemoryError) or number == errno.ENOMEM:
        return no_memory()
    if number in (errno.EMFILE, errno.ENFILE):
        return no_files()
    if isinstance(error, RuntimeError) and _NO_THREAD in str(error):
        return SystemLacks(
            "This system or account allows no more processes.",
            "Close other programs, or raise the limit, and try again.",
        )
    if isinstance(error, ImportError):
        package = (error.name or "").partition(".")[0]
        if package and package not in OWN_PACKAGES:
            return no_library(package)  # or its version does not fit
    if isinstance(error, ImportError | OSError | RuntimeError):
        if library := _LIBRARY.search(str(error)):
            return no_library(library[1])
        if _WINDOWS_LIBRARY in str(error):
            return no_library()
    return None
