"""Tells whether files of the library are on the disk, and as they were indexed."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rag.parse import content_hash
from rag.parse.cloud_only import why_cloud_only
from rag.parse.part_paths import file_of
from rag.text.path_forms import is_under, leads_away

_MOST_BYTES = 64 << 20  # of a file whose content is compared: a fraction of a second


class KnownState(NamedTuple):
    """A file as it was indexed: `indexed_at` in seconds since 1970."""

    size: int
    mtime_ns: int
    indexed_at: float
    content_hash: str | None


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


def is_unchanged(status: os.stat_result | None, path: str, known: KnownState) -> bool:
    """Tells whether a file is as the library knows it.

    A program may write other content and set the old time again. Where the system tells when a
    file was last touched, only one that was touched since is read for that; on Windows, each is.

    Args:
        status: of the file on the disk, None when it cannot be reached.
        path: of the file, or of a part of it.
        known: the file in which `path` lies, as it was indexed.
    """
    if status is None or (status.st_size, status.st_mtime_ns) != (known.size, known.mtime_ns):
        return False
    if os.name != "nt" and status.st_ctime <= known.indexed_at:
        return True
    file = Path(file_of(path))
    if known.content_hash is None or known.size > _MOST_BYTES or why_cloud_only(file.name, status):
        return True
    try:
        return content_hash(file) == known.content_hash
    except OSError:
        return False
