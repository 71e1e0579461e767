"""Tells which chat models are too small to fill the cells of a table."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from models.errors import ModelError
from models.gguf import read_header

LEAST_PARAMETERS = 450_000_000
"""Models with fewer weights made cells worse than rules alone; those sold as 0.5B have more."""
_PARTS = "split.count"


def is_small(path: Path) -> bool:
    """Tells whether a chat model has fewer than `LEAST_PARAMETERS`; False if that is not known.

    Args:
        path: of its GGUF file; of a model in parts, the first.
    """
    try:
        file = path.stat()
    except OSError:
        return False
    return _is_small(path, file.st_size, file.st_mtime_ns)


@lru_cache(maxsize=8)
def _is_small(path: Path, _size: int, _changed: int) -> bool:
    try:
        header = read_header(path)
    except ModelError:
        return False
    parts = header.metadata.get(_PARTS, 1)
    is_whole = not isinstance(parts, int) or parts <= 1
    return is_whole and 0 < header.parameters < LEAST_PARAMETERS
