"""A short name for what a model's file holds, without reading all of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

_EDGE_BYTES = 1 << 20


def fingerprint(weights: Path, context: bytes = b"") -> str:
    """Returns 16 hex digits over `context` and the size, beginning and end of a file of weights.

    Files of models were checked against their hash when they arrived; to read gigabytes again at
    each start would take longer than what is saved.

    Args:
        weights: the file.
        context: what else the result depends on.
    """
    size = weights.stat().st_size
    digest = hashlib.blake2b(context + str(size).encode(), digest_size=8)
    with weights.open("rb") as file:
        digest.update(file.read(_EDGE_BYTES))
        file.seek(max(0, size - _EDGE_BYTES))
        digest.update(file.read(_EDGE_BYTES))
    return digest.hexdigest()
