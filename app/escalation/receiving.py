"""Assembles an outside reply from the gate's events: limits its size and restores placeholders."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from app.chats.outside_reply import EscalationEvent, OutsideText, Reached, ReplyEnd
from app.errors import EscalationError
from app.escalation import faults
from app.escalation.payload import Payload, estimate_tokens
from app.escalation.providers import adapter
from app.escalation.providers.provider import (
    ReplyEvent,
    ReplyFault,
    ReplyPiece,
    ReplyStop,
    StopReason,
    Usage,
)
from app.privacy.egress.tickets import (
    Connected,
    EgressEvent,
    EgressFault,
    ResponseData,
    ResponseEnded,
    Status,
    TicketFailed,
)
from app.redaction.placeholders import Restorer

MAX_REPLY_BYTES = 16 << 20
"""Limit for all that a provider sends, protocol overhead included."""
MAX_REPLY_CHARACTERS = 200_000

_OK = 200
_STREAM = "text/event-stream"


class Receiver:
    """Receives the reply to one payload.

    Args:
        payload: what was sent.
        on_event: receives events, on this thread.

    Attributes:
        text: the reply so far, with placeholders restored.
        end: how the reply ended; CUT until it has.
        error: what went wrong, if anything.
    """

    def __init__(self, payload: Payload, on_event: Callable[[EscalationEvent], None]) -> None:
        self.text = ""
        self.end = ReplyEnd.CUT
        self.error: EscalationError | None = None
        self._payload = payload
        self._on_event = on_event
        self._reader = adapter(payload.draft.provider.kind).reader()
        self._restorer = Restorer(payload.placeholders)
        self._status = Status(0)
        self._error_body = b""
        self._bytes = 0
        self._counted = Usage()

    @property
    def host(self) -> str:
        """The server that replies."""
        return self._payload.host

    @property
    def counted(self) -> bool:
        """Whether the provider reported token counts."""
        return self._counted.input_tokens is not None and self._counted.output_tokens is not None

    @property
    def tokens(self) -> tuple[int, int]:
        """Tokens sent and received: as counted by the provider, else estimated."""
        sent, received = self._counted.input_tokens, self._counted.output_tokens
        return (
            self._payload.tokens if sent is None else sent,
            estimate_tokens(self.text) if received is None else received,
        )

    def take(self, event: EgressEvent) -> bool:
        """Processes an event of the gate. Returns whether to continue."""
        match event:
            case Connected():
                self._on_event(Reached(self.host))
            case Status():
                self._status = event
            case ResponseData(data):
                self._block(data)
            case ResponseEnded():
                self._ended()
            case TicketFailed():
                self.error = faults.from_gate(event, self.host, arrived=bool(self.text))
        return self.error is None

    def finish(self) -> None:
        """Emits text that was held back because it might have begun a placeholder."""
        self._show(self._restorer.finish())

    def _block(self, untrusted: bytes) -> None:
        if self._status.code != _OK:
            room = faults.MAX_ERROR_BYTES - len(self._error_body)
            self._error_body += untrusted[:room]
            if room <= 0:
                self._refused()
            return
        self._bytes += len(untrusted)
        if self._bytes > MAX_REPLY_BYTES:
            self.error = faults.too_long(self.host)
        elif not self._status.content_type.lower().startswith(_STREAM):
            self.error = faults.not_understood(self.host)
        else:
            self._read(self._reader.push(untrusted))

    def _read(self, events: Iterable[ReplyEvent]) -> None:
        for event in events:
            if self.error is not None:
                return
            match event:
                case ReplyPiece(text):
                    self._show(self._restorer.push(text))
                case Usage(sent, received):
                    self._counted = Usage(
                        self._counted.input_tokens if sent is None else sent,
                        self._counted.output_tokens if received is None else received,
                    )
                case ReplyStop(reason):
                    limit = reason is StopReason.LIMIT
                    self.end = ReplyEnd.LIMIT if limit else ReplyEnd.COMPLETE
                case ReplyFault():
                    self.error = faults.from_stream(event, self.host)

    def _show(self, text: str) -> None:
        room = MAX_REPLY_CHARACTERS - len(self.text)
        if len(text) > room:
            self.error = faults.too_long(self.host)
            self.end = ReplyEnd.CUT
        if text[:room]:
            self.text += text[:room]
            self._on_event(OutsideText(text[:room]))

    def _ended(self) -> None:
        """Handles the end of the HTTP response; the provider may not have finished its reply."""
        if self._status.code != _OK:
            self._refused()
        elif self.end is ReplyEnd.CUT:
            cut = TicketFailed(EgressFault.CUT)
            self.error = faults.from_gate(cut, self.host, arrived=bool(self.text))
        elif not self.text:
            self.error = faults.nothing_said(self.host)

    def _refused(self) -> None:
        self.error = faults.from_status(self._status, self._error_body, self.host)
