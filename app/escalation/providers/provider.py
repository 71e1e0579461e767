"""What all providers have in common: a prompt becomes a request, bytes become events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from app.settings.fields import CloudProvider
from rag.answer.prompt import PastTurn


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt, independent of a provider's protocol.

    Attributes:
        system: fixed instructions.
        past: earlier exchanges as they are sent, oldest first.
        user: the question, with its excerpts.
        max_tokens: of the reply.
    """

    system: str
    past: tuple[PastTurn, ...]
    user: str
    max_tokens: int


@dataclass(frozen=True, slots=True)
class ProviderRequest:
    """An HTTP POST without the key.

    Attributes:
        url: where it is sent.
        headers: in lower case, without the key's.
        body: JSON in UTF-8, indented for people.
        key_header: the name of the header with the key, and the prefix before the key in it.
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
    """Token counts by the provider; None for counts that an event does not contain."""

    input_tokens: int | None = None
    output_tokens: int | None = None


class StopReason(StrEnum):
    """Why the model stopped."""

    END = "end"
    LIMIT = "limit"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ReplyStop:
    """The model stopped; only token counts can follow."""

    reason: StopReason


class FaultKind(StrEnum):
    """The kind of a provider's fault."""

    KEY = "key"
    RATE = "rate"
    REQUEST = "request"
    SERVER = "server"
    NOT_UNDERSTOOD = "not_understood"


@dataclass(frozen=True, slots=True)
class ReplyFault:
    """A fault that the provider reports within a reply. `detail` is the provider's text."""

    kind: FaultKind
    detail: str = ""


ReplyEvent = ReplyPiece | Usage | ReplyStop | ReplyFault


class ReplyReader(Protocol):
    """Parses one reply, which may be malformed."""

    def push(self, untrusted: bytes) -> list[ReplyEvent]:
        """Returns the events that are complete by now."""
        ...


@dataclass(frozen=True, slots=True)
class Adapter:
    """A protocol: `request` builds requests; `reader` creates a reader for each reply."""

    request: Callable[[CloudProvider, Prompt], ProviderRequest]
    reader: Callable[[], ReplyReader]
