r"""Tells by a path's form alone whether it leads away from this machine. Touches no file.

To look at ``\\server\share\file`` is to connect to that server, and Windows proves to it who the
person is. A path from stored data, such as an old citation, is looked at only if it does not lead
away, or lies in a folder that the person added.
"""

from __future__ import annotations

import os

from rag.text.lazy_regex import lazy_regex

WINDOWS = os.name == "nt"
"""Whether paths are Windows paths."""

_DRIVE = lazy_regex(r"[A-Za-z]:(?:\\|$)")
_LONG = lazy_regex(r"\\(?:\\|\?)\?\\")  # prefix of a long path, or of one in the kernel's namespace
_AUTOMOUNTED = lazy_regex(r"/+(?:net|afs|Network/Servers)/+[^/]")


def leads_away(path: str) -> bool:
    r"""Tells whether looking at a path may open a connection.

    On Windows that is everything that begins with two separators (shares and devices), except
    drives in their long form such as ``\\?\C:\``. On other systems it is where hosts are mounted by
    name. A relative path does not lead away.
    """
    if not WINDOWS:
        return _AUTOMOUNTED.match(path) is not None
    path = path.replace("/", "\\")
    long = _LONG.match(path)
    if long is not None:
        return _DRIVE.match(path, long.end()) is None
    return path.startswith("\\\\")


def is_under(path: str, folder: str) -> bool:
    """Tells whether `path` is `folder` or lies in it."""
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
    r"""Returns the computer that a path such as ``\\server\share\a.pdf`` names; "" for none."""
    path = path.replace("/", "\\")
    if path.upper().startswith("\\\\?\\"):  # the long form: of a share, or of a drive
        path = f"\\{path[7:]}" if path.upper().startswith("\\\\?\\UNC\\") else path[4:]
    if not path.startswith("\\\\"):
        return ""
    return path.strip("\\").partition("\\")[0]


def real(path: str) -> str:
    """Resolves the links of a path, unless following them may open a connection."""
    return path if leads_away(path) else os.path.realpath(path)
