"""Models that could not be loaded for a job: the next question does not wait for them again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from models.new_file import keep_cache

_AGAIN_SECONDS = 3600.0
"""After this time a model is tried again: what it lacked, such as memory, may be there now."""


class _Fault(Struct, frozen=True):
    """Why files could not be loaded.

    Attributes:
        files: identifies them as they were then.
        at: seconds since 1970.
        words: a sentence.
    """

    files: str
    at: float
    words: str


_DECODER = msgspec.json.Decoder(dict[str, _Fault])


class LoadFaults:
    """Remembers which models could not be loaded, until their files change or an hour has passed.

    Processes share it through its file. A model is given by its files: its own, and that of the
    adapter that is loaded with it if there is one.

    Args:
        file: holds the faults; it need not exist.
        now: returns the time in seconds since 1970; another one for tests.
    """

    def __init__(self, file: Path, now: Callable[[], float] = time.time) -> None:
        self._file = file
        self._now = now

    def of(self, files: Sequence[Path]) -> str:
        """Returns why a model could not be loaded, as a sentence; "" if nothing is known."""
        fault = self._read().get(_key(files))
        if fault is None or fault.files != _stamp(files):
            return ""
        return fault.words if 0 <= self._now() - fault.at < _AGAIN_SECONDS else ""

    def note(self, files: Sequence[Path], words: str) -> None:
        """Remembers that a model could not be loaded, and why."""
        words = words.encode("utf-8", "replace").decode()  # a file's name may not be text
        fault = _Fault(_stamp(files), self._now(), words)
        self._write({**self._read(), _key(files): fault})

    def forget(self, file: Path) -> None:
        """Forgets the faults of a model's file, with any adapter: it is to be tried again."""
        faults = self._read()
        first = _key([file])
        kept = {key: fault for key, fault in faults.items() if key.split("\n")[0] != first}
        if kept != faults:
            self._write(kept)

    def _read(self) -> dict[str, _Fault]:
        try:
            return _DECODER.decode(self._file.read_bytes())
        except (OSError, ValueError):
            return {}

    def _write(self, faults: dict[str, _Fault]) -> None:
        """Keeps the faults; where that cannot be, the model is tried again."""
        keep_cache(self._file, msgspec.json.encode(faults))


def _key(files: Sequence[Path]) -> str:
    return "\n".join(ascii(str(path)) for path in files)


def _stamp(files: Sequence[Path]) -> str:
    """Returns what changes when one of the files does."""
    stamps = []
    for path in files:
        try:
            status = path.stat()
        except OSError:
            stamps.append("gone")
        else:
            stamps.append(f"{status.st_size} {status.st_mtime_ns}")
    return "\n".join(stamps)
