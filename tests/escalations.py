"""What tests of escalation share: a turn with an answer, a provider, and what providers send."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from app.chats.outside_reply import OutsideReply
from app.chats.store import Turn
from app.events import Answer, Timings
from app.library.local_only import Limits
from app.privacy.egress.tickets import Block, Connected, EgressEvent, Ended, Status
from app.settings.fields import CloudProvider, ProviderKind
from rag.formats import DocumentKind
from rag.indexing.sources import Place, Source
from rag.types import Citation, Hit, Locator

TEAM = CloudProvider(name="Team", base_url="https://team.example:8443/v1", model="big")
CLAUDE = CloudProvider(
    name="Claude",
    kind=ProviderKind.ANTHROPIC,
    base_url="https://api.anthropic.com",
    model="claude-haiku-4-5",
)
STREAM = "text/event-stream; charset=utf-8"


def hit(key: str, path: str = "/home/me/lease.pdf", text: str = "The notice period.") -> Hit:
    """A passage of page 2 of a lease."""
    return Hit(1, key, path, "Lease", DocumentKind.PDF, Locator(0, 9, page=2), text, "", 0.5)


def answer(*hits: Hit, cited: Hit | None = None, text: str = "Three months. [1]") -> Answer:
    """An answer that rests on passages, and cites one of them."""
    citations = (
        ()
        if cited is None
        else (
            Citation(
                1, cited.path, cited.title, cited.kind, cited.locator, "notice", cited.chunk_id
            ),
        )
    )
    return Answer(text, citations, False, hits, "local", Timings())


def turn(
    *hits: Hit, cited: Hit | None = None, number: int = 1, question: str = "How long?"
) -> Turn:
    """A turn with such an answer."""
    return Turn(number, question, answer(*hits, cited=cited), 0.0)


def nowhere_else(sources: Sequence[Source], folders: Sequence[str]) -> list[Place]:
    """What a library says that holds everything as it was, and nothing of it in these folders."""
    return [Place.OUTSIDE] * len(sources)


class _Places(Mapping[tuple[str, str], Place]):
    """Where sources are, by path and passage: outside, but for some."""

    def __init__(self, within: Sequence[tuple[str, str]]) -> None:
        self._within = tuple(within)

    def __getitem__(self, key: tuple[str, str]) -> Place:
        return Place.WITHIN if key in self._within else Place.OUTSIDE

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._within)

    def __len__(self) -> int:
        return len(self._within)


def limits(*folders: str, within: Sequence[tuple[str, str]] = ()) -> Limits:
    """Folders that never leave. Sources that are not named by path and passage are outside."""
    return Limits(folders, _Places(within))


def outside_reply(text: str = "Three months.") -> OutsideReply:
    """A reply as it is kept."""
    return OutsideReply(text, "Team", "big", "team.example", "ab" * 32, 1.0, 2.0, 10, 5, True, 0.01)


def openai_stream(
    *pieces: str, stop: str = "stop", usage: tuple[int, int] | None = (20, 7)
) -> bytes:
    """A reply as OpenAI's protocol streams it."""
    chunks: list[object] = [{"choices": [{"index": 0, "delta": {"content": p}}]} for p in pieces]
    if stop:
        chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": stop}]})
    if usage:
        counted = {"prompt_tokens": usage[0], "completion_tokens": usage[1]}
        chunks.append({"choices": [], "usage": counted})
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    return "".join([*lines, "data: [DONE]\n\n" if stop else ""]).encode()


def anthropic_stream(
    *pieces: str, stop: str = "end_turn", usage: tuple[int, int] = (20, 7)
) -> bytes:
    """A reply as Anthropic's protocol streams it."""
    events: list[dict[str, object]] = [
        {
            "type": "message_start",
            "message": {"usage": {"input_tokens": usage[0], "output_tokens": 1}},
        },
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": p}}
            for p in pieces
        ),
    ]
    if stop:
        events += (
            {"type": "content_block_stop", "index": 0},
            {
                "type": "message_delta",
                "delta": {"stop_reason": stop},
                "usage": {"output_tokens": usage[1]},
            },
            {"type": "message_stop"},
        )
    return "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events).encode()


def arriving(
    *blocks: bytes, host: str = "team.example:8443", code: int = 200, retry_after: str = ""
) -> tuple[EgressEvent, ...]:
    """What the gate tells of an answer that arrives whole."""
    kind = STREAM if code == 200 else "application/json"
    return (
        Connected(host),
        Status(code, retry_after, kind),
        *map(Block, blocks),
        Ended(sum(map(len, blocks))),
    )
