"""Remembers which model files were checked against their hash, so that no start reads gigabytes.

A file counts as checked while its size and time of change are those that were recorded.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.catalog import CatalogEntry

FILE_NAME = "verified.json"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file was when its hash was taken. `size` in bytes, `mtime_ns` in nanoseconds."""

    size: int
    mtime_ns: int
    sha256: str


class Record:
    """The record of a models folder.

    Args:
        folder: the models folder; names are relative to it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> Checked | None:
        """What is on record for `name`, whatever the file is now."""
        return self._read().get(name)

    def hash_of(self, name: str) -> str | None:
        """The hash of `name` if the file is still what it was when that was taken."""
        checked = self.get(name)
        if checked is None:
            return None
        stat = (self._folder / name).stat()
        unchanged = (stat.st_size, stat.st_mtime_ns) == (checked.size, checked.mtime_ns)
        return checked.sha256 if unchanged else None

    def remember(self, name: str, sha256: str) -> None:
        """Records the hash of the file `name` as it is now. A folder we cannot write is let be."""
        stat = (self._folder / name).stat()
        entries = self._read()
        entries[name] = Checked(stat.st_size, stat.st_mtime_ns, sha256)
        self._write(entries)

    def forget(self, name: str) -> None:
        """Drops `name`, and what lies in it if it is a folder."""
        kept = {
            key: value
            for key, value in self._read().items()
            if key != name and not key.startswith(f"{name}/")
        }
        self._write(kept)

    def _read(self) -> dict[str, Checked]:
        try:
            raw = json.loads((self._folder / FILE_NAME).read_bytes())
            return {str(name): Checked(**values) for name, values in raw.items()}
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return {}  # only a cache: what is not on record is hashed again

    def _write(self, entries: dict[str, Checked]) -> None:
        values = {
            name: {"size": c.size, "mtime_ns": c.mtime_ns, "sha256": c.sha256}
            for name, c in sorted(entries.items())
        }
        with contextlib.suppress(OSError):
            handle, temporary = tempfile.mkstemp(dir=self._folder, suffix=".tmp")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(values, file, indent=1)
            Path(temporary).replace(self._folder / FILE_NAME)


def check(entry: CatalogEntry, folder: Path) -> bool:
    """Whether a model of the catalogue is in `folder`, whole and with the right hashes.

    Quick when that is on record; else the files are read once, and recorded.
    """
    record = Record(folder)
    for file in entry.files:
        name = entry.path_of(file)
        path = folder / name
        if not path.is_file() or (file.exact and path.stat().st_size != file.bytes):
            return False
        known = record.hash_of(name)
        if known is None:
            known = sha256_of(path)
            record.remember(name, known)
        if known != file.sha256:
            return False
    return True


def sha256_of(path: Path, should_stop: Callable[[], bool] = lambda: False) -> str:
    """SHA-256 of a file in hex; "" if `should_stop` said so on the way."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if should_stop():
                return ""
            digest.update(block)
    return digest.hexdigest()
