"""A reply from an outside model, as it is saved with its turn."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReplyEnd(StrEnum):
    """How a reply ended."""

    COMPLETE = "complete"
    STOPPED = "stopped"  # by the person
    LIMIT = "limit"  # it reached the maximum number of tokens
    CUT = "cut"  # the connection or the provider broke off


@dataclass(frozen=True, slots=True)
class OutsideReply:
    """A reply of an outside model. Kept apart from answers from the documents.

    Attributes:
        text: Markdown, with the values of placeholders restored.
        provider: the name that the person gave it.
        model: the model that replied.
        host: where the payload was sent.
        sha256: of the bytes that were sent, in hexadecimal.
        sent_at: seconds since 1970.
        seconds: from sending to the end.
        input_tokens, output_tokens: as the provider counted them, else estimates.
        counted: whether the provider counted them.
        cost: estimated, in US dollars; None if no price is known.
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
    """The server was reached and its certificate is valid; the payload is on its way."""

    host: str


@dataclass(frozen=True, slots=True)
class OutsideText:
    """More text of the reply, to append; placeholders are restored."""

    text: str


@dataclass(frozen=True, slots=True)
class OutsideDone:
    """The reply has ended and was saved with its turn; it replaces the streamed text."""

    reply: OutsideReply


EscalationEvent = Reached | OutsideText | OutsideDone
