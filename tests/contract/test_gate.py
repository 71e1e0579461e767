"""What every gate keeps to: the real one, with a real host, and the fake that stands in for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest

from app.errors import Cancelled, UpdateNotReached
from app.jobs import CancelToken
from app.privacy.egress.client import Launcher
from app.privacy.egress.fakes import FakeGate
from app.privacy.egress.gate import Gate
from app.privacy.egress.port import EgressGate
from app.privacy.egress.record import EgressRecord
from app.privacy.egress.tickets import (
    Connected,
    EgressFault,
    EscalateTicket,
    ResponseData,
    ResponseEnded,
    Status,
    TicketFailed,
    new_id,
)
from app.settings.fields import Settings
from models.catalog import load_catalog
from tests import secure
from tests.egress_hosts import Received, handler

BODY = b'{"question": "How much is the rent?"}'
ANSWER = b"data: one\n\ndata: two\n\n"


@dataclass(frozen=True)
class Outside:
    """A host, and the gate to it."""

    gate: EgressGate
    url: str
    ca_file: str
    received: Received | None

    def ticket(self, path: str = "/ok", **changed: str | bytes) -> EscalateTicket:
        made = EscalateTicket(
            new_id(),
            self.url + path,
            (("Authorization", "Bearer k"), ("Content-Type", "application/json")),
            BODY,
            hashlib.sha256(BODY).hexdigest(),
            ca_file=self.ca_file,
        )
        return msgspec.structs.replace(made, **changed)

    def arrived(self) -> list[bytes]:
        if isinstance(self.gate, FakeGate):
            return [ticket.body for ticket in self.gate.sent]
        assert self.received is not None
        return [body for _, _, body in self.received.requests]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    received = Received()
    launcher = Launcher()
    record = EgressRecord(tmp_path_factory.mktemp("egress"))
    gate = Gate(launcher, record, Settings)
    with secure.serve(handler(received), tmp_path_factory.mktemp("host")) as server:
        yield Outside(gate, server.url, server.ca_file, received)
    gate.close()


@pytest.fixture(params=["real", "fake"])
def outside(request: pytest.FixtureRequest, host: Outside) -> Outside:
    assert host.received is not None
    host.received.requests.clear()
    if request.param == "real":
        return host
    return replace(host, gate=FakeGate(), received=None)


def answers(
    outside: Outside, *events: Connected | Status | ResponseData | ResponseEnded | TicketFailed
) -> None:
    if isinstance(outside.gate, FakeGate):
        outside.gate._answers = [events]


def test_the_events_come_in_order_and_the_bytes_are_those_of_the_ticket(outside: Outside) -> None:
    where = outside.url.removeprefix("https://")
    status = Status(200, "7", "text/event-stream")
    answers(outside, Connected(where), status, ResponseData(ANSWER), ResponseEnded(len(ANSWER)))
    first, second, *blocks, last = outside.gate.escalate(outside.ticket(), CancelToken())
    assert (first, second, last) == (Connected(where), status, ResponseEnded(len(ANSWER)))
    assert all(isinstance(block, ResponseData) for block in blocks)
    assert b"".join(block.data for block in blocks if isinstance(block, ResponseData)) == ANSWER
    assert outside.arrived() == [BODY]


def test_a_refusal_of_the_host_is_an_answer(outside: Outside) -> None:
    answers(
        outside, Connected("x"), Status(401, "7"), ResponseData(b"who are you?"), ResponseEnded(12)
    )
    events = list(outside.gate.escalate(outside.ticket("/unauthorized"), CancelToken()))
    assert [event.code for event in events if isinstance(event, Status)] == [401]
    assert isinstance(events[-1], ResponseEnded)


def test_a_ticket_is_served_once(outside: Outside) -> None:
    ticket = outside.ticket("/unauthorized")
    list(outside.gate.escalate(ticket, CancelToken()))
    (again,) = outside.gate.escalate(ticket, CancelToken())
    assert isinstance(again, TicketFailed)
    assert again.kind is EgressFault.USED
    assert len(outside.arrived()) == 1


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"body": BODY + b" "}, EgressFault.HASH),
        ({"sha256": "0" * 64}, EgressFault.HASH),
        ({"sha256": ""}, EgressFault.HASH),
        ({"url": "http://127.0.0.1:9/ok"}, EgressFault.HOST),
        ({"url": "https://"}, EgressFault.HOST),
        ({"url": "https://known.example@127.0.0.1:9/"}, EgressFault.HOST),
        ({"url": "https://127.0.0.1:9/a b"}, EgressFault.HOST),
        ({"url": "https://exämple.org/"}, EgressFault.HOST),
        ({"url": "https://127.0.0.1:port/"}, EgressFault.HOST),
        ({"url": "ftp://127.0.0.1/"}, EgressFault.HOST),
    ],
)
def test_what_is_not_true_is_not_sent(
    outside: Outside, changed: dict[str, str], fault: EgressFault
) -> None:
    events = list(outside.gate.escalate(outside.ticket("/ok", **changed), CancelToken()))
    assert events == [TicketFailed(fault)]
    assert outside.arrived() == []


def test_a_cancelled_token_sends_nothing(outside: Outside) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        list(outside.gate.escalate(outside.ticket(), token))
    assert outside.arrived() == []


def test_cancelling_ends_a_reply_in_the_middle(outside: Outside) -> None:
    answers(outside, Connected("x"), Status(200))
    token = CancelToken()
    events = outside.gate.escalate(outside.ticket("/slow"), token)
    assert isinstance(next(events), Connected)
    assert isinstance(next(events), Status)
    token.cancel()
    with pytest.raises(Cancelled):
        next(events)


def test_a_cancelled_token_fetches_nothing(outside: Outside, tmp_path: Path) -> None:

    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        outside.gate.download(load_catalog().starter, tmp_path, lambda *_: None, token)
    assert outside.arrived() == []


def test_a_cancelled_token_asks_for_no_news(outside: Outside) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        outside.gate.news(f"{outside.url}/news", 10, token)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/news", "https://", "ftp://127.0.0.1/"])
def test_news_come_by_https_only(outside: Outside, url: str) -> None:
    with pytest.raises(UpdateNotReached, match="not a valid https address"):
        outside.gate.news(url, 10, CancelToken())
