"""What all providers have in common: a prompt becomes a request, bytes become events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from app.settings.fields import CloudProvider


@dataclass(frozen=True, slots=True)
class PastExchange:
    """An earlier question and its answer, as they are sent."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is told, before it takes a provider's form.

    Attributes:
        system: fixed instructions.
        past: earlier exchanges, oldest first.
        user: the question, with its excerpts.
        max_tokens: of the reply.
    """

    system: str
    past: tuple[PastExchange, ...]
    user: str
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP POST, but for the key.

    Attributes:
        url: where it goes.
        headers: names in small letters; the key's is not among them.
        body: JSON in UTF-8, laid out for people.
        key_header: the name of the header with the key, and what stands before the key in it.
    """

    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    key_header: tuple[str, str]


@dataclass(frozen=True, slots=True)
class ReplyPiece:
    """More text of a reply."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counts them; None for what it did not say this time."""

    input_tokens: int | None = None
    output_tokens: int | None = None


class StopReason(StrEnum):
    """Why a model stopped."""

    END = "end"
    LIMIT = "limit"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ReplyStop:
    """The model stopped; only a count of tokens can follow."""

    reason: StopReason


class FaultKind(StrEnum):
    """What a provider says is wrong."""

    KEY = "key"
    RATE = "rate"
    REQUEST = "request"
    SERVER = "server"
    NOT_UNDERSTOOD = "not_understood"


@dataclass(frozen=True, slots=True)
class ReplyFault:
    """The provider says in the middle of a reply that something is wrong. `detail` is its own."""

    kind: FaultKind
    detail: str = ""


ReplyEvent = ReplyPiece | Usage | ReplyStop | ReplyFault


class ReplyReader(Protocol):
    """Reads one reply; what comes is not trusted to be well formed."""

    def push(self, untrusted: bytes) -> list[ReplyEvent]:
        """The events that are complete by now."""
        ...


@dataclass(frozen=True, slots=True)
class Adapter:
    """A protocol: `request` writes, and each reply gets a `reader` of its own."""

    request: Callable[[CloudProvider, Prompt], Request]
    reader: Callable[[], ReplyReader]
