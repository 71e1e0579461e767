"""Looks for vectors in files, however they are kept there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from rag.ports import Vectors

# Scaled to length 1 once more, the last bits of a number differ.
_NEAR = 1e-4
_RUN = 4  # numbers in a row that give a vector away: 16 bytes


def traces(files: Iterable[Path], vectors: Vectors) -> list[str]:
    """Names of the files that hold any four numbers in a row of one of `vectors`.

    Args:
        files: what is looked through, at every offset.
        vectors: shape (n, dimension), of length 1 each.
    """
    return [file.name for file in files if file.is_file() and _holds(file.read_bytes(), vectors)]


def _holds(content: bytes, vectors: Vectors) -> bool:
    for offset in range(min(4, len(content))):
        whole = (len(content) - offset) // 4
        read = np.frombuffer(content, "<f4", whole, offset)
        numbers = np.where(np.abs(read) <= 1, read, np.float32(2))  # no part of a vector
        if len(numbers) >= _RUN and _numbers_hold(numbers, vectors):
            return True
    return False


def _numbers_hold(numbers: Vectors, vectors: Vectors) -> bool:
    last = len(numbers) - _RUN + 1
    for at in (0, vectors.shape[1] // 2, vectors.shape[1] - _RUN):
        first = np.sort(vectors[:, at])
        # Where any vector's number stands; few places are left to compare.
        left = np.searchsorted(first, numbers[:last] - _NEAR)
        right = np.searchsorted(first, numbers[:last] + _NEAR)
        places = np.flatnonzero(left < right)
        for start in range(0, len(places), 4096):
            part = places[start : start + 4096]
            runs = numbers[part[:, None] + np.arange(_RUN)]
            apart = np.abs(runs[:, None, :] - vectors[None, :, at : at + _RUN]).max(axis=2)
            if np.any(apart < _NEAR):
                return True
    return False
