"""Paths of documents inside files, such as ``mail.eml!/lease.pdf``."""

from __future__ import annotations

from pathlib import Path

from rag.text.path_forms import leads_away

PART_MARK = "!/"
"""Separates a file's path from the name of a part of it: ``mail.eml!/lease.pdf``."""


def file_of(path: str) -> str:
    """Returns the path of the file on the disk in which `path` lies; `path` itself for a file."""
    end = path.find(PART_MARK)
    while end >= 0 and _is_folder(path[: end + 1]):  # one whose name ends so
        end = path.find(PART_MARK, end + 1)
    return path if end < 0 else path[:end]


def _is_folder(path: str) -> bool:
    return not leads_away(path) and Path(path).is_dir()
