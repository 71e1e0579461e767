"""Remembers which model files were checked against their hash, so that no start reads gigabytes.

A file counts as checked while its size and time of change are those that were recorded.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from models.catalog import CatalogEntry
from models.new_file import new_file

FILE_NAME = "verified.json"
_BLOCK = 1 << 20
_changing = threading.Lock()  # several downloads may end at the same time


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of trying a model.

    Attributes:
        version: the version of Studiolo that tried it: another one may run what this one cannot.
        problem: why it cannot be used, in plain words; "" if it can.
        advice: what to do about that.
        note: what a person should know of a model that can be used; "" for nothing.
    """

    version: str
    problem: str = ""
    advice: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file was when its hash was taken.

    Attributes:
        size: in bytes.
        mtime_ns: when it was changed, in nanoseconds.
        verdict: what came of trying it as a chat model, if that was done.
    """

    size: int
    mtime_ns: int
    sha256: str
    verdict: Verdict | None = None


class Record:
    """The record of a models folder.

    Args:
        folder: the models folder; names are relative to it, or the paths of files elsewhere.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last: tuple[tuple[int, int, int], dict[str, Checked]] | None = None

    def name_of(self, path: Path) -> str:
        """Returns the name that a file has on record: relative to the folder if it is in there."""
        inside = path.is_relative_to(self._folder)
        return path.relative_to(self._folder).as_posix() if inside else str(path)

    def get(self, name: str) -> Checked | None:
        """Returns what is on record for `name`, whatever the file is now."""
        return self._read().get(name)

    def hash_of(self, name: str) -> str | None:
        """Returns the hash of `name` if the file has not changed since that was computed."""
        checked = self.get(name)
        if checked is None:
            return None
        stat = (self._folder / name).stat()
        unchanged = (stat.st_size, stat.st_mtime_ns) == (checked.size, checked.mtime_ns)
        return checked.sha256 if unchanged else None

    def remember(self, name: str, sha256: str) -> None:
        """Records the hash of the file `name` as it is now. A folder we cannot write is let be.

        What came of trying it is kept while the hash is the same.
        """
        stat = (self._folder / name).stat()
        with _changing:
            entries = self._read()
            before = entries.get(name)
            verdict = before.verdict if before and before.sha256 == sha256 else None
            entries[name] = Checked(stat.st_size, stat.st_mtime_ns, sha256, verdict)
            self._write(entries)

    def judge(self, name: str, verdict: Verdict) -> None:
        """Records what came of trying the file `name`, whose hash is on record."""
        with _changing:
            entries = self._read()
            if name in entries:
                entries[name] = replace(entries[name], verdict=verdict)
                self._write(entries)

    def rename(self, name: str, new: str) -> None:
        """Moves what is on record of a file to its new name."""
        with _changing:
            entries = self._read()
            if name in entries:
                entries[new] = entries.pop(name)
                self._write(entries)

    def forget(self, name: str) -> None:
        """Drops `name`, and what lies in it if it is a folder."""
        with _changing:
            kept = {
                key: value
                for key, value in self._read().items()
                if key != name and not key.startswith(f"{name}/")
            }
            self._write(kept)

    def _read(self) -> dict[str, Checked]:
        """Returns what is on record; reads it again only if the file has changed."""
        try:
            stat = (self._folder / FILE_NAME).stat()
        except OSError:
            return {}
        seen = stat.st_ino, stat.st_mtime_ns, stat.st_size
        if self._last is None or self._last[0] != seen:
            self._last = seen, self._decoded()
        return dict(self._last[1])

    def _decoded(self) -> dict[str, Checked]:
        try:
            raw = json.loads((self._folder / FILE_NAME).read_bytes())
            return {str(name): _checked(**values) for name, values in raw.items()}
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return {}  # only a cache: what is not on record is hashed again

    def _write(self, entries: dict[str, Checked]) -> None:
        # Earlier versions read no more than the first three, and forget what they cannot read.
        values = {
            name: {k: value for k, value in asdict(checked).items() if value is not None}
            for name, checked in sorted(entries.items())
        }
        target = self._folder / FILE_NAME
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with new_file(target, durable=False) as file:
                file.write(json.dumps(values, indent=1).encode())


def _checked(verdict: dict[str, str] | None = None, **values: Any) -> Checked:
    return Checked(**values, verdict=None if verdict is None else Verdict(**verdict))


def check(entry: CatalogEntry, folder: Path, record: Record | None = None) -> bool:
    """Tells whether a model of the catalogue is in `folder`, whole, with the right hashes.

    Quick when that is on record; else the files are read once, and recorded.

    Args:
        entry: the model.
        folder: the folder to look in.
        record: the record of the models folder; that of `folder` by default.
    """
    record = record or Record(folder)
    for file in entry.files:
        path = folder / entry.path_of(file)
        if not path.is_file() or (file.exact and path.stat().st_size != file.bytes):
            return False
        name = record.name_of(path)
        digest = record.hash_of(name)
        if digest is None:
            digest = sha256_of(path)
            record.remember(name, digest)
        if digest != file.sha256:
            return False
    return True


def sha256_of(path: Path, should_stop: Callable[[], bool] = lambda: False) -> str:
    """Returns the SHA-256 of a file in hex; "" if `should_stop` returned True on the way."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if should_stop():
                return ""
            digest.update(block)
    return digest.hexdigest()
