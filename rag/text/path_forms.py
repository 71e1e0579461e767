r"""Says by its form alone whether a path leads away from this machine. Touches no file.

To look at ``\\server\share\file`` is to connect to that server, and Windows proves to it who the
person is. A path out of stored data, such as that of an old citation, is looked at only if it does
not lead away, or lies in a folder that the person added.
"""

from __future__ import annotations

import os
import re

WINDOWS = os.name == "nt"
"""Whether paths mean what they mean to Windows."""

_DRIVE = re.compile(r"[A-Za-z]:(?:\\|$)")
_LONG = re.compile(r"\\(?:\\|\?)\?\\")  # before a path in its long form, or in the kernel's own
_AUTOMOUNTED = re.compile(r"/+(?:net|afs|Network/Servers)/+[^/]")


def leads_away(path: str) -> bool:
    r"""Whether to look at a path may be a connection.

    On Windows that is all that begins with two separators: shares, by any of their names, and
    devices, but for drives in their long form such as ``\\?\C:\``. On other systems it is where
    hosts are mounted by their names. A relative path does not lead away.
    """
    if not WINDOWS:
        return _AUTOMOUNTED.match(path) is not None
    path = path.replace("/", "\\")
    long = _LONG.match(path)
    if long is not None:
        return _DRIVE.match(path, long.end()) is None
    return path.startswith("\\\\")


def is_under(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies in it."""
    return path == folder or path.startswith(_with_separator(folder))


def is_below(path: str, folder: str) -> bool:
    """Tells whether `path` lies in `folder`, at any depth."""
    return path != folder and is_under(path, folder)


def range_below(folder: str) -> tuple[str, str]:
    """Returns the first path that can lie in `folder`, and the first one that no longer can.

    Paths in code point order, as SQLite compares them: whatever begins with the folder and a
    separator comes before the folder with the character after the separator.
    """
    inside = _with_separator(folder)
    return inside, inside[:-1] + chr(ord(os.sep) + 1)


def _with_separator(folder: str) -> str:
    return folder.rstrip(os.sep) + os.sep


def host_of(path: str) -> str:
    r"""The other computer that a path such as ``\\server\share\a.pdf`` leads to; "" for none."""
    path = path.replace("/", "\\")
    if path.upper().startswith("\\\\?\\"):  # the long form: of a share, or of a drive
        path = f"\\{path[7:]}" if path.upper().startswith("\\\\?\\UNC\\") else path[4:]
    if not path.startswith("\\\\"):
        return ""
    return path.strip("\\").partition("\\")[0]


def real(path: str) -> str:
    """The path without links; as it is where to follow them may be a connection."""
    return path if leads_away(path) else os.path.realpath(path)
