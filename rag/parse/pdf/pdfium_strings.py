"""Reads the strings that pdfium writes into a buffer of the caller."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

LONGEST_STRING = 200_000
"""Most bytes of a string of a form or a comment; a longer one is cut."""


def text(ask: Callable[..., int], *arguments: Any) -> str:
    """Returns a string in UTF-16LE, as most functions of pdfium give it.

    Args:
        ask: the function; it takes a buffer and its length in bytes behind its other arguments,
            and returns the length that it needs.
        arguments: its other arguments.
    """
    needed = ask(*arguments, None, 0)
    if needed <= 2:  # the end mark alone
        return ""
    buffer = ctypes.create_string_buffer(needed)
    ask(*arguments, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), needed)
    return buffer.raw[: min(needed - 2, LONGEST_STRING)].decode("utf-16-le", "replace")
