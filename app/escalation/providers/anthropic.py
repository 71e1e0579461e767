"""Anthropic's messages. The form: https://platform.claude.com/docs/en/api/messages."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from app.escalation.providers.provider import (
    FaultKind,
    Prompt,
    ReplyEvent,
    ReplyFault,
    ReplyPiece,
    ReplyReader,
    ReplyStop,
    Request,
    StopReason,
    Usage,
)
from app.escalation.providers.stream import StreamReader
from app.settings.fields import CloudProvider

DEFAULT_URL = "https://api.anthropic.com"
_VERSION = "2023-06-01"


class _Message(Struct):
    role: str
    content: str


class _Body(Struct):
    model: str
    max_tokens: int
    system: str
    messages: tuple[_Message, ...]
    stream: bool = True


def request(provider: CloudProvider, prompt: Prompt) -> Request:
    """The request that asks for a streamed reply."""
    messages: list[_Message] = []
    for past in prompt.past:
        messages += (_Message("user", past.question), _Message("assistant", past.answer))
    messages.append(_Message("user", prompt.user))
    body = _Body(provider.model, prompt.max_tokens, prompt.system, tuple(messages))
    return Request(
        f"{provider.base_url.removesuffix('/v1')}/v1/messages",
        (
            ("accept", "text/event-stream"),
            ("anthropic-version", _VERSION),
            ("content-type", "application/json"),
        ),
        msgspec.json.format(msgspec.json.encode(body), indent=2),
        ("x-api-key", ""),
    )


class _Delta(Struct):
    type: str = ""
    text: str = ""
    stop_reason: str | None = None


class _Usage(Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None


class _Started(Struct):
    usage: _Usage | None = None


class _Error(Struct):
    type: str = ""
    message: str = ""


class _Event(Struct):
    """All kinds of events in one: each fills some of the fields."""

    type: str = ""
    message: _Started | None = None
    delta: _Delta | None = None
    usage: _Usage | None = None
    error: _Error | None = None


_STOPS = {
    "max_tokens": StopReason.LIMIT,
    "model_context_window_exceeded": StopReason.LIMIT,
    "refusal": StopReason.REFUSED,
}
_FAULTS = {
    "authentication_error": FaultKind.KEY,
    "permission_error": FaultKind.KEY,
    "rate_limit_error": FaultKind.RATE,
    "billing_error": FaultKind.RATE,
    "invalid_request_error": FaultKind.REQUEST,
    "not_found_error": FaultKind.REQUEST,
    "request_too_large": FaultKind.REQUEST,
}


def _events(event: _Event) -> list[ReplyEvent]:
    """What an event says. Kinds that are not known are passed over, as the protocol asks."""
    found: list[ReplyEvent] = []
    if event.type == "error":
        error = event.error or _Error()
        return [ReplyFault(_FAULTS.get(error.type, FaultKind.SERVER), error.message)]
    usage = event.message.usage if event.type == "message_start" and event.message else event.usage
    if usage is not None:
        found.append(Usage(usage.input_tokens, usage.output_tokens))
    if event.type == "content_block_delta" and event.delta and event.delta.text:
        found.append(ReplyPiece(event.delta.text))
    if event.type == "message_delta" and event.delta and event.delta.stop_reason:
        found.append(ReplyStop(_STOPS.get(event.delta.stop_reason, StopReason.END)))
    return found


def reader() -> ReplyReader:
    """Reads one streamed reply."""
    return StreamReader(_Event, _events)
