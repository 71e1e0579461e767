"""Downloads a large file in several ranges at once, where its host limits each connection.

Each range is a ticket of its own, and a file of its own beside the one that is gathered, named
after its place. Finished ranges are appended in order, so that what was gathered is always the
beginning of the file: another try, also after a crash, goes on from there and from the ranges.
"""

from __future__ import annotations

import queue
import shutil
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from app.errors import Cancelled
from app.privacy.egress.tickets import (
    DownloadTicket,
    EgressFault,
    HelperEvent,
    Moved,
    Progress,
    Status,
    TicketFailed,
)

WORTHWHILE = 64 << 20
"""Bytes that must be left to get: for less, connecting several times takes longer than it saves."""
AT_ONCE = 4
"""Connections to one host at the same time; browsers open six."""
# A range is large enough for its connection to become fast, and small enough to be there twice
# while it is appended. A file makes no more than about this many lines in the record.
_SMALLEST, _LARGEST, _MOST_RANGES = 32 << 20, 128 << 20, 32
_FIRST_ERROR = 400
_BLOCK = 1 << 20

Serve = Callable[[DownloadTicket], Generator[HelperEvent, None, None]]
MakeTicket = Callable[[Path, int, int, int], DownloadTicket]
"""Makes a ticket: of the range's file, its place, how many bytes are there, and its end."""


class RangesRefused(Exception):
    """The host does not send ranges as they were asked for; one stream may work."""


class RangeFailed(Exception):
    """A range could not be had; what arrived is kept."""

    def __init__(self, ticket: DownloadTicket, kind: EgressFault, detail: str) -> None:
        super().__init__(str(kind))
        self.ticket = ticket
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Range:
    """A range of the file, from the byte `start` to the byte before `end`."""

    path: Path
    start: int
    end: int

    @property
    def here(self) -> int:
        """How many of its bytes have arrived."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def complete(self) -> bool:
        """Whether all of them have."""
        return self.here == self.end - self.start


def are_worthwhile(into: Path, size: int) -> bool:
    """Tells whether to get the rest of a file in ranges: much is left, or some were begun."""
    return size - _size(into) >= WORTHWHILE or bool(_begun(into))


def forget(into: Path) -> None:
    """Deletes the ranges that were begun."""
    for begun in _begun(into):
        begun.path.unlink()


def plan(into: Path, size: int) -> tuple[Range, ...]:
    """Returns the ranges that are left to get and append, in order.

    Ranges that do not fit between what was gathered and the end of the file are deleted.
    """
    at = _size(into)
    length = min(max((size - at) // _MOST_RANGES, _SMALLEST), _LARGEST)
    ranges: list[Range] = []

    def fill(end: int) -> None:
        nonlocal at
        while at < end:
            until = min(at + length, end)
            ranges.append(Range(_path(into, at, until), at, until))
            at = until

    for begun in _begun(into):
        if begun.start < at or begun.end > size or begun.here > begun.end - begun.start:
            begun.path.unlink()  # its bytes are appended already, or never were right
            continue
        fill(begun.start)
        ranges.append(begun)
        at = begun.end
    fill(size)
    return tuple(ranges)


class Ranges:
    """Gets the rest of a file. Use once.

    Args:
        into: what was gathered, and is appended to.
        size: of the whole file, in bytes.
        serve: serves a ticket; called on several threads.
        ticket: makes one.
        on_bytes: called on the caller's thread with the bytes so far; may raise to stop.
    """

    def __init__(
        self,
        into: Path,
        size: int,
        serve: Serve,
        ticket: MakeTicket,
        on_bytes: Callable[[int], None],
    ) -> None:
        self._into = into
        self._ranges = plan(into, size)
        self._serve = serve
        self._ticket = ticket
        self._on_bytes = on_bytes
        self._done = {wanted for wanted in self._ranges if wanted.complete}
        self._waiting = iter([wanted for wanted in self._ranges if wanted not in self._done])
        self._taking = threading.Lock()
        self._stopping = threading.Event()
        self._news: queue.SimpleQueue[Status | Progress | Range | Exception | str | None] = (
            queue.SimpleQueue()
        )

    def run(self) -> str:
        """Gets all ranges. Returns the address of a redirect instead if there is one, else "".

        The first range is asked for alone: it shows what the host makes of that.

        Raises:
            RangesRefused: the host does not send ranges.
            RangeFailed: one could not be had.
            Cancelled: the download was stopped.
            OSError: the disk is full, or cannot be written.
        """
        threads = [self._start()]
        running = 1
        try:
            while running:
                match self._news.get():
                    case Exception() as error:
                        raise error
                    case str(location):
                        if len(threads) > 1:
                            raise RangesRefused
                        return location
                    case Status():
                        if len(threads) == 1:
                            threads += [self._start() for _ in range(AT_ONCE - 1)]
                            running += AT_ONCE - 1
                    case None:
                        running -= 1
                    case Range() as arrived:
                        self._done.add(arrived)
                        self._append()
                    case Progress():
                        self._on_bytes(self._here())
            self._append()  # those that had arrived before
            self._on_bytes(self._here())
            return ""
        finally:
            self._stopping.set()
            for thread in threads:
                thread.join()

    def _start(self) -> threading.Thread:
        thread = threading.Thread(target=self._work, name="range", daemon=True)
        thread.start()
        return thread

    def _work(self) -> None:
        """Gets one range after another, until none is left or one fails."""
        try:
            for wanted in iter(self._next, None):
                self._get(wanted)
            self._news.put(None)
        except (RangesRefused, RangeFailed, Cancelled, OSError) as error:
            self._news.put(error)

    def _next(self) -> Range | None:
        with self._taking:
            if self._stopping.is_set():
                return None
            return next(self._waiting, None)

    def _get(self, wanted: Range) -> None:
        ticket = self._ticket(wanted.path, wanted.start, wanted.here, wanted.end)
        with closing(self._serve(ticket)) as events:
            for event in events:
                if self._stopping.is_set():
                    return
                match event:
                    case Status(code) if code >= _FIRST_ERROR:
                        raise RangesRefused
                    case Status() | Progress():
                        self._news.put(event)
                    case Moved(url):
                        self._news.put(url)
                        return
                    case TicketFailed(EgressFault.RANGE):
                        raise RangesRefused
                    case TicketFailed(kind, detail):
                        raise RangeFailed(ticket, kind, detail)
                    case _:
                        pass
        if not wanted.complete:
            raise RangesRefused  # it ended well, with too few bytes or too many
        self._news.put(wanted)

    def _append(self) -> None:
        """Appends finished ranges to what was gathered."""
        for wanted in self._ranges:
            if wanted.start < _size(self._into):
                continue
            if wanted.start > _size(self._into) or wanted not in self._done:
                return
            with self._into.open("ab") as out, wanted.path.open("rb") as part:
                shutil.copyfileobj(part, out, _BLOCK)
            wanted.path.unlink()

    def _here(self) -> int:
        return _size(self._into) + sum(wanted.here for wanted in self._ranges)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _path(into: Path, start: int, end: int) -> Path:
    return into.with_name(f"{into.name}.{start}-{end}")


def _begun(into: Path) -> Sequence[Range]:
    """Returns the ranges that there are files of, in order."""
    return sorted(_files(into), key=lambda begun: begun.start)


def _files(into: Path) -> Iterator[Range]:
    for path in into.parent.glob("*"):
        start, _, end = path.name.removeprefix(f"{into.name}.").partition("-")
        if path.name.startswith(f"{into.name}.") and start.isdecimal() and end.isdecimal():
            yield Range(path, int(start), int(end))
