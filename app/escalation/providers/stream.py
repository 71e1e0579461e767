"""Reads a streamed reply: the events of a stream, each a JSON value of a form that is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from app.escalation.providers.provider import FaultKind, ReplyEvent, ReplyFault
from app.escalation.providers.sse import EventStream, StreamNotUnderstood

T = TypeVar("T")


class StreamReader(Generic[T]):
    """Reads one reply.

    Args:
        form: what an event's data holds.
        read: what such a value says.
        end: data that only ends the stream; "" for none.
    """

    def __init__(self, form: type[T], read: Callable[[T], list[ReplyEvent]], end: str = "") -> None:
        self._stream = EventStream()
        self._decode = msgspec.json.Decoder(form).decode
        self._read = read
        self._end = end

    def push(self, untrusted: bytes) -> list[ReplyEvent]:
        """The events that are complete by now."""
        found: list[ReplyEvent] = []
        try:
            for event in self._stream.push(untrusted):
                if not self._end or event.data.strip() != self._end:
                    found += self._read(self._decode(event.data))
        except (StreamNotUnderstood, msgspec.DecodeError):
            found.append(ReplyFault(FaultKind.NOT_UNDERSTOOD))
        return found
