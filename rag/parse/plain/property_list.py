"""Reads Apple's property lists, as XML or binary: each key with its value."""

from __future__ import annotations

import datetime
import plistlib
from typing import Any
from xml.parsers.expat import ExpatError

BINARY = b"bplist0"
"""How a binary property list begins."""
_MOST_VALUES = 200_000
_DEEPEST = 90
_UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    ExpatError,
    MemoryError,
)


class TooMany(Exception):
    """A property list holds more values than are read, perhaps one within itself."""


def property_list(data: bytes) -> Any | None:
    """Returns the values of a property list, those that are not JSON in words; None if damaged.

    Args:
        data: of the file.

    Raises:
        TooMany: it holds too many values, or is nested too deeply.
    """
    try:
        value = plistlib.loads(data)
    except RecursionError as error:
        raise TooMany from error
    except _UNREADABLE:
        return None
    left = _MOST_VALUES

    def plain(inner: Any, depth: int) -> Any:
        nonlocal left
        left -= 1
        if left < 0 or depth > _DEEPEST:
            raise TooMany
        if isinstance(inner, dict):
            return {str(key): plain(item, depth + 1) for key, item in inner.items()}
        if isinstance(inner, list):
            return [plain(item, depth + 1) for item in inner]
        if isinstance(inner, bytes):
            return f"({len(inner):,} bytes)"
        if isinstance(inner, datetime.datetime):
            return f"{inner:%Y-%m-%d %H:%M:%S} UTC"
        if isinstance(inner, plistlib.UID):
            return f"object {inner.data}"
        return inner if isinstance(inner, bool | str) else str(inner)

    try:
        return plain(value, 0)
    except ValueError:  # a number with thousands of digits
        return None
