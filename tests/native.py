"""Calls past Python, as code that has taken a process over could make them."""

from __future__ import annotations

import ctypes
import errno
from collections.abc import Callable
from typing import Any


def outcome(attempt: Callable[[], object]) -> str:
    """How an attempt ends: the name of the system's error, or "done"."""
    try:
        attempt()
    except OSError as error:
        return errno.errorcode[error.errno] if error.errno else type(error).__name__
    return "done"


def libc(name: str, *arguments: Any) -> int:
    """Calls a function of the C library.

    Raises:
        OSError: it says that it has failed.
    """
    library = ctypes.CDLL(None, use_errno=True)
    result: int = getattr(library, name)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


def in_a_thread(attempt: Callable[[], object]) -> None:
    """Makes an attempt in a thread that Python did not make.

    Raises:
        OSError: as the attempt did.
    """
    errors: list[OSError] = []

    def run(_: object) -> int:
        try:
            attempt()
        except OSError as error:
            errors.append(error)
        return 0

    function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(run)
    thread = ctypes.c_ulong()
    library = ctypes.CDLL(None)
    assert library.pthread_create(ctypes.byref(thread), None, function, None) == 0
    library.pthread_join(thread, None)
    if errors:
        raise errors[0]
