"""The record of what left, and of what tried to: a file that only ever grows.

A line is written and flushed to the disk before a ticket is handed out, and another when it has
ended. Each begins with a line break, so that a line which a crash cut off harms no other.
"""

from __future__ import annotations

import contextlib
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from app.errors import EgressNotRecorded
from app.privacy.attempts import Attempt
from app.private_data import write_private

_MOST_ATTEMPTS = 100  # lines for one kind of attempt in one run; a library may try without end
UNFINISHED = "unfinished"


class Begun(Struct, frozen=True, tag=True, omit_defaults=True):
    """A ticket that was handed out.

    Attributes:
        time: in UTC, as ISO 8601.
        kind: escalate, download or package.
        host: where to; with its port if that is not the usual one. For a package: what pip gets.
        sent: bytes of the body.
        sha256: of the body.
        proxy: the host of the proxy that it goes through.
        payload: name of the file in `payloads` that holds the body, if the person keeps them.
    """

    time: str
    id: str
    kind: str
    host: str
    sent: int = 0
    sha256: str = ""
    proxy: str = ""
    payload: str = ""


class Over(Struct, frozen=True, tag=True, omit_defaults=True):
    """The end of a ticket. `outcome`: "done", "cancelled", "moved", or an `EgressFault`."""

    time: str
    id: str
    outcome: str
    status: int = 0
    received: int = 0


class Refused(Struct, frozen=True, tag=True):
    """A process tried to use the network and was refused. `what` is the kind of call."""

    time: str
    process: str
    what: str


Line = Begun | Over | Refused


class Entry(Struct, frozen=True):
    """A ticket from its beginning to its end. `outcome` is "unfinished" without an end."""

    begun: Begun
    outcome: str = UNFINISHED
    status: int = 0
    received: int = 0


class RecordContents(Struct, frozen=True):
    """All that is on record, oldest first. `unreadable` counts lines that were cut off."""

    entries: tuple[Entry, ...]
    refused: tuple[Refused, ...]
    unreadable: int = 0


def is_export(path: Path) -> bool:
    """Whether a file is what `EgressRecord.export` writes."""
    try:
        msgspec.json.decode(path.read_bytes(), type=RecordContents)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


class EgressRecord:
    """The record of a data folder.

    Args:
        folder: made when the first line is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._attempts: dict[Attempt, int] = {}

    @property
    def path(self) -> Path:
        """The file: a JSON object to a line."""
        return self._folder / "log.jsonl"

    @property
    def payloads(self) -> Path:
        """The folder of what was sent, where the person keeps that."""
        return self._folder / "payloads"

    def begin(self, begun: Begun, payload: bytes | None = None) -> None:
        """Writes down that a ticket is to be handed out, and what is in it if given.

        Raises:
            EgressNotRecorded: that cannot be written. The ticket must not be handed out.
        """
        try:
            if payload is not None:
                self.payloads.mkdir(parents=True, exist_ok=True, mode=0o700)
                _write(self.payloads / begun.payload, payload, os.O_TRUNC)
            self._append(begun)
        except OSError as error:
            raise EgressNotRecorded(
                "Nothing was sent: it could not be written into the record of what leaves this "
                f"computer ({error.strerror or 'disk error'}).",
                "Free some space, or see that you may write to the data folder.",
            ) from error

    def end(self, over: Over) -> None:
        """Writes down how a ticket ended. On a full disk it stays unfinished."""
        with contextlib.suppress(OSError):
            self._append(over)

    def attempt(self, attempt: Attempt) -> None:
        """Writes down an attempt that was refused; not without end for the same one."""
        with self._lock:
            count = self._attempts[attempt] = self._attempts.get(attempt, 0) + 1
        if count <= _MOST_ATTEMPTS:
            with contextlib.suppress(OSError):
                self._append(Refused(now(), attempt.process, attempt.what))

    def read(self) -> RecordContents:
        """All that is on record.

        Raises:
            OSError: the file is there and cannot be read.
        """
        begun: dict[str, Entry] = {}
        refused: list[Refused] = []
        unreadable = 0
        for line in self._lines():
            try:
                found = msgspec.json.decode(line, type=Line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                unreadable += 1
                continue
            if isinstance(found, Begun):
                begun[found.id] = Entry(found)
            elif isinstance(found, Refused):
                refused.append(found)
            elif found.id in begun:
                begun[found.id] = Entry(
                    begun[found.id].begun, found.outcome, found.status, found.received
                )
        return RecordContents(tuple(begun.values()), tuple(refused), unreadable)

    def export(self, target: Path) -> int:
        """Writes the record to a file as one JSON document. Returns the number of tickets.

        Raises:
            OSError: the record cannot be read, or the file not be written.
        """
        contents = self.read()
        text = msgspec.json.format(msgspec.json.encode(contents), indent=2)
        write_private(target, text + b"\n")
        return len(contents.entries)

    def _lines(self) -> list[bytes]:
        try:
            return [line for line in self.path.read_bytes().split(b"\n") if line.strip()]
        except FileNotFoundError:
            return []

    def _append(self, line: Line) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._lock:
            _write(self.path, b"\n" + msgspec.json.encode(line) + b"\n", os.O_APPEND)


def now() -> str:
    """The time, as it stands in the record."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _write(path: Path, data: bytes, how: int) -> None:
    """Writes all of `data`, flushed to the disk; readable by the person only."""
    new = not path.exists()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0) | how, 0o600)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    if new and os.name != "nt":  # the name of a new file is flushed with its folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
