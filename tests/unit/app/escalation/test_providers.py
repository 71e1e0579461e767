"""The protocols of providers: what is written, and what is read of whatever comes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.escalation.providers import adapter
from app.escalation.providers.provider import (
    FaultKind,
    PastExchange,
    Prompt,
    ReplyEvent,
    ReplyFault,
    ReplyPiece,
    ReplyStop,
    StopReason,
    Usage,
)
from app.escalation.providers.sse import MAX_EVENT_BYTES, EventStream, StreamNotUnderstood
from app.settings.store import CloudProvider, ProviderKind
from tests.escalations import CLAUDE, TEAM, anthropic_stream, openai_stream

PROMPT = Prompt("Be brief.", (PastExchange("Before?", "Yes."),), "Grüße: “quoted”\nnext", 100)
OPENAI = CloudProvider(name="O", base_url="https://api.openai.com/v1", model="gpt-4.1")


def read(kind: ProviderKind, *blocks: bytes) -> list[ReplyEvent]:
    reader = adapter(kind).reader()
    return [event for block in blocks for event in reader.push(block)]


def words(events: list[ReplyEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, ReplyPiece))


def test_a_request_in_the_way_of_openai() -> None:
    request = adapter(TEAM.kind).request(TEAM, PROMPT)
    assert request.url == "https://team.example:8443/v1/chat/completions"
    assert request.key_header == ("authorization", "Bearer ")
    assert dict(request.headers)["content-type"] == "application/json"
    assert json.loads(request.body) == {
        "model": "big",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Before?"},
            {"role": "assistant", "content": "Yes."},
            {"role": "user", "content": "Grüße: “quoted”\nnext"},
        ],
        "max_tokens": 100,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert "Grüße" in request.body.decode()  # to be read by people: no escapes


def test_openai_itself_wants_the_newer_name_of_the_limit() -> None:
    body = json.loads(adapter(OPENAI.kind).request(OPENAI, PROMPT).body)
    assert body["max_completion_tokens"] == 100
    assert "max_tokens" not in body


@pytest.mark.parametrize("base", ["https://api.anthropic.com", "https://api.anthropic.com/v1/"])
def test_a_request_in_the_way_of_anthropic(base: str) -> None:
    provider = CloudProvider(name="C", kind=ProviderKind.ANTHROPIC, base_url=base, model="claude")
    request = adapter(provider.kind).request(provider, PROMPT)
    assert request.url == "https://api.anthropic.com/v1/messages"
    assert request.key_header == ("x-api-key", "")
    assert dict(request.headers)["anthropic-version"] == "2023-06-01"
    assert json.loads(request.body) == {
        "model": "claude",
        "max_tokens": 100,
        "system": "Be brief.",
        "messages": [
            {"role": "user", "content": "Before?"},
            {"role": "assistant", "content": "Yes."},
            {"role": "user", "content": "Grüße: “quoted”\nnext"},
        ],
        "stream": True,
    }


STREAMS = {
    ProviderKind.OPENAI: openai_stream("Three ", "mönths", " 🙂.", stop="length"),
    ProviderKind.ANTHROPIC: anthropic_stream("Three ", "mönths", " 🙂.", stop="max_tokens"),
}


@pytest.mark.parametrize("kind", STREAMS)
@pytest.mark.parametrize("ends", [b"\n", b"\r\n", b"\r"])
def test_a_reply_is_read_however_it_is_cut(kind: ProviderKind, ends: bytes) -> None:
    stream = STREAMS[kind].replace(b"\n", ends)
    whole = read(kind, stream)
    assert words(whole) == "Three mönths 🙂."
    assert ReplyStop(StopReason.LIMIT) in whole
    assert read(kind, *(bytes([byte]) for byte in stream)) == whole
    for cut in range(0, len(stream), 7):
        assert read(kind, stream[:cut], b"", stream[cut:]) == whole


def test_tokens_are_those_that_the_provider_counts() -> None:
    assert Usage(20, 7) in read(ProviderKind.OPENAI, openai_stream("a"))
    counted = [
        e for e in read(ProviderKind.ANTHROPIC, anthropic_stream("a")) if isinstance(e, Usage)
    ]
    assert counted == [Usage(20, 1), Usage(None, 7)]


def test_what_servers_add_to_a_chunk_does_no_harm() -> None:
    chunks = (
        # Azure begins with a chunk without choices; llama-server adds timings; content may be null.
        b'data: {"choices":[],"prompt_filter_results":[{"a":1}]}\n\n'
        b'data: {"id":"x","choices":[{"index":0,"delta":{"role":"assistant","content":null},'
        b'"finish_reason":null}],"usage":null,"timings":{"prompt_n":1}}\n\n'
        b': keep-alive\n\nevent: message\ndata: {"choices":[{"delta":{"content":"Hi",'
        b'"reasoning_content":"thought"},"logprobs":null}]}\n\n'
        b'data:{"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    )
    assert read(ProviderKind.OPENAI, chunks) == [ReplyPiece("Hi"), ReplyStop(StopReason.END)]


def test_thoughts_and_unknown_events_are_passed_over() -> None:
    stream = (
        b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
        b'"delta":{"type":"thinking_delta","thinking":"hm"}}\n\n'
        b'event: new_kind\ndata: {"type":"new_kind","delta":{"type":"x"}}\n\n'
    )
    assert read(ProviderKind.ANTHROPIC, stream) == []


def test_a_fault_in_the_middle_is_told() -> None:
    overloaded = b'event: error\ndata: {"type":"error","error":{"type":"%s","message":"Busy"}}\n\n'
    read_fault = read(ProviderKind.ANTHROPIC, overloaded % b"overloaded_error")
    assert read_fault == [ReplyFault(FaultKind.SERVER, "Busy")]
    read_fault = read(ProviderKind.ANTHROPIC, overloaded % b"rate_limit_error")
    assert read_fault == [ReplyFault(FaultKind.RATE, "Busy")]
    openai = b'data: {"error":{"message":"No credit","type":"insufficient_quota","code":429}}\n\n'
    assert read(ProviderKind.OPENAI, openai) == [ReplyFault(FaultKind.RATE, "No credit")]


@pytest.mark.parametrize("kind", STREAMS)
@pytest.mark.parametrize(
    "untrusted",
    [
        b"data: {not json}\n\n",
        b"data: [1, 2]\n\n",
        b'data: {"choices": "many", "type": 3}\n\n',
        b"data: \xff\xfe\n\n",
        b"data: " + b"x" * (MAX_EVENT_BYTES + 1),
        b"data: x\n" * (MAX_EVENT_BYTES // 4),
    ],
)
def test_what_is_not_understood_is_a_fault_and_no_crash(
    kind: ProviderKind, untrusted: bytes
) -> None:
    assert ReplyFault(FaultKind.NOT_UNDERSTOOD) in read(kind, untrusted)


@given(st.lists(st.binary(max_size=200), max_size=20), st.sampled_from(list(STREAMS)))
def test_any_bytes_at_all_are_read_without_a_crash(
    untrusted: list[bytes], kind: ProviderKind
) -> None:
    assert len(read(kind, *untrusted)) <= sum(map(len, untrusted))


def test_an_event_that_never_ends_is_not_gathered() -> None:
    stream = EventStream()
    for _ in range(9):
        stream.push(b"y" * (MAX_EVENT_BYTES // 9 - 1))
    with pytest.raises(StreamNotUnderstood):
        stream.push(b"y" * 100)


def test_the_address_of_a_known_provider_is_its_default() -> None:
    from app.escalation.known import KNOWN, known_models
    from app.escalation.providers import anthropic, openai

    for url in (openai.DEFAULT_URL, anthropic.DEFAULT_URL):
        host = url.split("/")[2]
        assert known_models(host)
    assert {model.host for model in KNOWN} == {"api.openai.com", CLAUDE.host}
