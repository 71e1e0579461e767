"""What came back from outside, as it is kept with its turn."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReplyEnd(StrEnum):
    """How a reply ended."""

    COMPLETE = "complete"
    STOPPED = "stopped"  # by the person
    LIMIT = "limit"  # at the most tokens that were asked for
    CUT = "cut"  # the connection, or the provider, broke off


@dataclass(frozen=True, slots=True)
class OutsideReply:
    """A reply of a model outside. Never mistaken for an answer from the documents.

    Attributes:
        text: Markdown, with the placeholders put back.
        provider: the name that the person gave it.
        model: the model that was asked.
        host: where the payload went.
        sha256: of the bytes that were sent, in hexadecimal.
        sent_at: seconds since 1970.
        seconds: from sending to the end.
        input_tokens, output_tokens: as the provider counted them.
        counted: whether it did; else both are estimates.
        cost: estimated, in US dollars; None where no price is known.
        end: how it ended.
    """

    text: str
    provider: str
    model: str
    host: str
    sha256: str
    sent_at: float
    seconds: float
    input_tokens: int
    output_tokens: int
    counted: bool
    cost: float | None
    end: ReplyEnd = ReplyEnd.COMPLETE


@dataclass(frozen=True, slots=True)
class Reached:
    """The server was reached, and is who it says; the payload is on its way."""

    host: str


@dataclass(frozen=True, slots=True)
class OutsideText:
    """More text of the reply, to be appended; placeholders are put back."""

    text: str


@dataclass(frozen=True, slots=True)
class OutsideDone:
    """The reply has ended and is kept with its turn; it replaces what was streamed."""

    reply: OutsideReply


EscalationEvent = Reached | OutsideText | OutsideDone
