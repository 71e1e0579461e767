"""What passages begin with in a prompt: something that no document can know."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from pathlib import Path

_KEY_BYTES = 16
_MARKER_BYTES = 3


class Marker:
    """Makes markers of a secret of this data folder, so that the same prompt stays the same.

    The model need not read again what it has read, and gives the same answer to the same question.

    Args:
        file: holds the secret; made if need be.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._key = b""

    def __call__(self, name: str = "") -> str:
        """Returns the marker for `name`, always the same: six hex digits."""
        self._key = self._key or _read(self._file) or _make(self._file)
        return hashlib.blake2b(name.encode(), key=self._key, digest_size=_MARKER_BYTES).hexdigest()


def _read(file: Path) -> bytes:
    with contextlib.suppress(OSError):
        key = file.read_bytes()
        return key if len(key) == _KEY_BYTES else b""
    return b""


def _make(file: Path) -> bytes:
    """Creates a secret; where it cannot be saved, prompts differ after the next start."""
    key = secrets.token_bytes(_KEY_BYTES)
    with contextlib.suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_bytes(key)
    return key
