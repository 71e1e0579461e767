"""Parses server-sent events from streamed bytes: https://html.spec.whatwg.org/#event-stream.

Only `event` and `data` are read. A line or event that is too long ends the stream, so that a server
cannot fill the memory.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_EVENT_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """An event: its name ("" for none) and its data."""

    name: str
    data: str


class StreamNotUnderstood(Exception):
    """The bytes are not an event stream, or an event is too long."""


class EventStream:
    """Splits a stream into events. Line ends may be LF, CR LF or CR, even split across pieces."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._after_cr = False
        self._name = ""
        self._data: list[str] = []
        self._bytes = 0

    def push(self, untrusted: bytes) -> list[ServerEvent]:
        """Returns the events that are complete by now.

        Raises:
            StreamNotUnderstood: an event is longer than `MAX_EVENT_BYTES`.
        """
        if not untrusted:
            return []
        if self._after_cr:
            untrusted = untrusted.removeprefix(b"\n")
        self._after_cr = untrusted.endswith(b"\r")
        *complete, partial = untrusted.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        events: list[ServerEvent] = []
        for end in complete:
            self._grow(end)
            line = self._line.decode("utf-8", "replace").removeprefix("\ufeff")
            self._line.clear()
            events += self._take(line)
        self._grow(partial)
        return events

    def _grow(self, more: bytes) -> None:
        self._bytes += len(more)
        if self._bytes > MAX_EVENT_BYTES:
            raise StreamNotUnderstood
        self._line += more

    def _take(self, line: str) -> list[ServerEvent]:
        """Processes a line; an empty one ends an event."""
        if not line:
            event = ServerEvent(self._name, "\n".join(self._data))
            complete = bool(self._data)
            self._name, self._data, self._bytes = "", [], 0
            return [event] if complete else []
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
        return []
