"""The append-only record of requests and of refused attempts to use the network.

A line is written and synced to the disk before a ticket is handed out, and another when it has
ended. Each begins with a line break, so that a line cut off by a crash damages no other.
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

_MOST_ATTEMPTS = 100  # lines for one kind of attempt in one run; a library may retry forever
UNFINISHED = "unfinished"


class Begun(Struct, frozen=True, tag=True, omit_defaults=True):
    """A ticket that was handed out.

    Attributes:
        time: in UTC, as ISO 8601.
        kind: escalate, download, news (of new versions) or package.
        host: the destination, with a non-default port. For a package: what pip downloads.
        sent: bytes of the body.
        sha256: of the body.
        proxy: the proxy's host.
        payload: name of the file in `payloads` with the body, if payloads are saved.
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
    """A ticket with its end. `outcome` is "unfinished" without an end."""

    begun: Begun
    outcome: str = UNFINISHED
    status: int = 0
    received: int = 0


class RecordContents(Struct, frozen=True):
    """The whole record, oldest first. `unreadable` counts lines that were cut off."""

    entries: tuple[Entry, ...]
    refused: tuple[Refused, ...]
    unreadable: int = 0


def is_export(path: Path) -> bool:
    """Tells whether a file was written by `EgressRecord.export`."""
    try:
        msgspec.json.decode(path.read_bytes(), type=RecordContents)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


class EgressRecord:
    """The record of a data folder.

    Args:
        folder: created with the first line.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._attempts: dict[Attempt, int] = {}

    @property
    def path(self) -> Path:
        """The file, with one JSON object per line."""
        return self._folder / "log.jsonl"

    @property
    def payloads(self) -> Path:
        """The folder of saved payloads."""
        return self._folder / "payloads"

    def begin(self, begun: Begun, payload: bytes | None = None) -> None:
        """Records that a ticket is about to be handed out, and saves its payload if given.

        Raises:
            EgressNotRecorded: it cannot be written. The ticket must not be handed out.
        """
        try:
            if payload is not None:
                self.payloads.mkdir(parents=True, exist_ok=True, mode=0o700)
                _write(self.payloads / begun.payload, payload, os.O_TRUNC)
            self._append(begun)
        except OSError as error:
            raise EgressNotRecorded(
                "Nothing was sent: it could not be recorded first "
                f"({error.strerror or 'disk error'}).",
                "Free some space, or make sure that you can write to the data folder.",
            ) from error

    def end(self, over: Over) -> None:
        """Records how a ticket ended. On a full disk it stays unfinished."""
        with contextlib.suppress(OSError):
            self._append(over)

    def attempt(self, attempt: Attempt) -> None:
        """Records a refused attempt, up to a limit for each kind."""
        with self._lock:
            count = self._attempts[attempt] = self._attempts.get(attempt, 0) + 1
        if count <= _MOST_ATTEMPTS:
            with contextlib.suppress(OSError):
                self._append(Refused(now(), attempt.process, attempt.what))

    def read(self) -> RecordContents:
        """Returns the whole record.

        Raises:
            OSError: the file exists and cannot be read.
        """
        entries: dict[str, Entry] = {}
        refused: list[Refused] = []
        unreadable = 0
        for line in self._lines():
            try:
                entry = msgspec.json.decode(line, type=Line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                unreadable += 1
                continue
            if isinstance(entry, Begun):
                entries[entry.id] = Entry(entry)
            elif isinstance(entry, Refused):
                refused.append(entry)
            elif entry.id in entries:
                entries[entry.id] = Entry(
                    entries[entry.id].begun, entry.outcome, entry.status, entry.received
                )
        return RecordContents(tuple(entries.values()), tuple(refused), unreadable)

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
    """Returns the current time in the record's format."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _write(path: Path, data: bytes, flag: int) -> None:
    """Writes all of `data` and syncs it to the disk; only its owner can read the file."""
    new = not path.exists()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0) | flag, 0o600)
    try:
        remaining = memoryview(data)
        while remaining:
            remaining = remaining[os.write(handle, remaining) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    if new and os.name != "nt":  # the name of a new file is synced with its folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
