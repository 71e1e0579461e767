"""Parses a streamed reply: server-sent events with JSON data of a known form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from app.escalation.providers.provider import FaultKind, ReplyEvent, ReplyFault
from app.escalation.providers.sse import EventStream, StreamNotUnderstood

T = TypeVar("T")


class StreamReader(Generic[T]):
    """Parses one reply.

    Args:
        form: the type of an event's data.
        read: converts such a value to events.
        end: data that only marks the end of the stream; "" for none.
    """

    def __init__(self, form: type[T], read: Callable[[T], list[ReplyEvent]], end: str = "") -> None:
        self._stream = EventStream()
        self._decode = msgspec.json.Decoder(form).decode
        self._read = read
        self._end = end

    def push(self, untrusted: bytes) -> list[ReplyEvent]:
        """Returns the events that are complete by now."""
        events: list[ReplyEvent] = []
        try:
            for event in self._stream.push(untrusted):
                if not self._end or event.data.strip() != self._end:
                    events += self._read(self._decode(event.data))
        except (StreamNotUnderstood, msgspec.DecodeError):
            events.append(ReplyFault(FaultKind.NOT_UNDERSTOOD))
        return events
