"""Checks paths, times and places that come from data written by somebody else."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

from rag.types import Locator

LATEST = 253_402_300_799.0
"""The last second of the year 9999: no clock shows a later one."""
LARGEST_NUMBER = (1 << 31) - 1
"""The largest offset, page or row that is shown."""

_LONGEST_PATH = 33_000  # characters; Windows allows the most


def is_path(path: str) -> bool:
    """Tells whether a path could have been stored: absolute, on any system, and without ``..``."""
    if not 0 < len(path) <= _LONGEST_PATH or "\0" in path:
        return False
    if ".." in path.replace("\\", "/").split("/"):
        return False
    return PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute()


def is_elsewhere(path: str) -> bool:
    """Tells whether a path names another computer, so that looking at it would connect to that."""
    plain = path.replace("\\", "/")
    return plain.startswith(("//", "/net/"))


def is_time(seconds: object) -> bool:
    """Tells whether a number is a time that can be shown, in seconds since 1970."""
    return isinstance(seconds, int | float) and 0 <= seconds <= LATEST


def is_place(locator: Locator, length: int = LARGEST_NUMBER) -> bool:
    """Tells whether a locator fits into a text of `length` characters."""
    page = 1 if locator.page is None else locator.page
    return 0 <= locator.start <= locator.end <= length and 1 <= page <= LARGEST_NUMBER
