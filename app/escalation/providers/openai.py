"""OpenAI's chat completions, which vLLM, llama-server and many others speak as well.

The form: https://platform.openai.com/docs/api-reference/chat.
"""

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

DEFAULT_URL = "https://api.openai.com/v1"
_OWN_HOST = "api.openai.com"
_END = "[DONE]"


class _Message(Struct):
    role: str
    content: str


class _StreamOptions(Struct):
    include_usage: bool = True


class _Body(Struct, omit_defaults=True):
    model: str
    messages: tuple[_Message, ...]
    # Newer models of OpenAI itself refuse the old name, other servers know only that one.
    max_completion_tokens: int | None = None
    max_tokens: int | None = None
    stream: bool = False
    stream_options: _StreamOptions | None = None


def request(provider: CloudProvider, prompt: Prompt) -> Request:
    """The request that asks for a streamed reply."""
    messages = [_Message("system", prompt.system)]
    for past in prompt.past:
        messages += (_Message("user", past.question), _Message("assistant", past.answer))
    messages.append(_Message("user", prompt.user))
    own = provider.host == _OWN_HOST
    body = _Body(
        model=provider.model,
        messages=tuple(messages),
        max_completion_tokens=prompt.max_tokens if own else None,
        max_tokens=None if own else prompt.max_tokens,
        stream=True,
        stream_options=_StreamOptions(),
    )
    return Request(
        f"{provider.base_url}/chat/completions",
        (("accept", "text/event-stream"), ("content-type", "application/json")),
        msgspec.json.format(msgspec.json.encode(body), indent=2),
        ("authorization", "Bearer "),
    )


class _Delta(Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Usage(Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Error(Struct):
    message: str | None = None
    type: str | None = None
    code: str | int | None = None


class _Chunk(Struct):
    choices: list[_Choice] = []
    usage: _Usage | None = None
    error: _Error | None = None


_STOPS = {"length": StopReason.LIMIT, "content_filter": StopReason.REFUSED}
_RATE = {"rate_limit_exceeded", "insufficient_quota", "rate_limit_error", "429"}


def _events(chunk: _Chunk) -> list[ReplyEvent]:
    found: list[ReplyEvent] = []
    if chunk.error is not None:
        words = {str(chunk.error.type), str(chunk.error.code)}
        kind = FaultKind.RATE if words & _RATE else FaultKind.SERVER
        return [ReplyFault(kind, chunk.error.message or "")]
    for choice in chunk.choices[:1]:
        text = (choice.delta.content or choice.delta.refusal or "") if choice.delta else ""
        if text:
            found.append(ReplyPiece(text))
        if choice.finish_reason:
            found.append(ReplyStop(_STOPS.get(choice.finish_reason, StopReason.END)))
    if chunk.usage is not None:
        found.append(Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens))
    return found


def reader() -> ReplyReader:
    """Reads one streamed reply."""
    return StreamReader(_Chunk, _events, _END)
