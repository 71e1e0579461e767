"""Tells whether files of the library are on the disk, and as they were indexed."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from rag.parse.part_paths import file_of
from rag.text.path_forms import is_under, leads_away


def may_look_at(path: str, roots: Sequence[str]) -> bool:
    """Tells whether looking at a path opens no connection, or one that the person wants.

    They want it for everything in a folder that they added (`roots`).
    """
    return not leads_away(path) or any(is_under(path, root) for root in roots)


def look_at(path: str, roots: Sequence[str]) -> os.stat_result | None:
    """Returns the status of the file in which `path` lies.

    None when there is no such file, or when it may not be looked at (`may_look_at`).
    """
    if not may_look_at(path, roots):
        return None
    try:
        status = Path(file_of(path)).stat()
    except (OSError, ValueError):
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def is_unchanged(status: os.stat_result | None, path: str, size: int, mtime_ns: int) -> bool:
    """Tells whether a file still has the size and the time that the library knows."""
    if status is None or status.st_mtime_ns != mtime_ns:
        return False
    return status.st_size == size or file_of(path) != path  # a part has a size of its own
