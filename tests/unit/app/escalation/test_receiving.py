"""Replies are counted, bounded and told; what goes wrong says what to do."""

from __future__ import annotations

import pytest

from app.chats.outside_reply import EscalationEvent, OutsideText, Reached, ReplyEnd
from app.errors import (
    EscalationError,
    KeyRefused,
    NotConfirmed,
    NotReached,
    ProviderFailed,
    ProviderRefused,
    RateLimited,
    ReplyCut,
    ReplyTooLong,
)
from app.escalation.draft import new_draft
from app.escalation.payload import build
from app.escalation.receiving import MAX_REPLY_BYTES, MAX_REPLY_CHARACTERS, Receiver
from app.escalation.review import review
from app.privacy.egress.tickets import Block, EgressEvent, EgressFault, Ended, Failed, Status
from tests.escalations import STREAM, TEAM, arriving, hit, openai_stream, turn

HOST = "team.example:8443"


def receive(*events: EgressEvent) -> tuple[Receiver, list[EscalationEvent]]:
    told: list[EscalationEvent] = []
    asked = turn(hit("a"), question="Who is anna@example.org?")
    draft = new_draft(asked, [], TEAM)
    receiver = Receiver(build(draft, review(draft)), told.append)
    for event in events:
        if not receiver.take(event):
            break
    receiver.finish()
    return receiver, told


def failure(*events: EgressEvent) -> EscalationError:
    error = receive(*events)[0].error
    assert error is not None
    assert error.advice
    return error


def streamed(text: str) -> str:
    """An open stream of one piece, not ended."""
    return openai_stream(text, stop="", usage=None).decode()


def test_a_reply_is_told_as_it_comes_with_the_names_put_back() -> None:
    stream = openai_stream("It is [EM", "AIL", "_1] – ask [NAME_9].")
    receiver, told = receive(*arriving(stream))
    assert receiver.text == "It is anna@example.org – ask [NAME_9]."
    assert told[0] == Reached(HOST)
    assert "".join(e.text for e in told if isinstance(e, OutsideText)) == receiver.text
    assert (receiver.end, receiver.error) == (ReplyEnd.COMPLETE, None)
    assert (receiver.counted, receiver.tokens) == (True, (20, 7))


def test_a_placeholder_that_is_never_finished_is_shown_as_it_came() -> None:
    receiver, _ = receive(*arriving(openai_stream("A list [EMAIL_")))
    assert receiver.text == "A list [EMAIL_"


def test_without_a_count_tokens_are_estimated() -> None:
    receiver, _ = receive(*arriving(openai_stream("Three months.", usage=None)))
    assert not receiver.counted
    assert receiver.tokens[1] == 4
    assert receiver.error is None


def test_a_reply_that_reached_its_limit_says_so() -> None:
    assert receive(*arriving(openai_stream("Thr", stop="length")))[0].end is ReplyEnd.LIMIT


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (401, KeyRefused, "Check the key"),
        (403, KeyRefused, "Check the key"),
        (402, RateLimited, "credit"),
        (404, ProviderRefused, "model's name"),
        (400, ProviderRefused, "kind of provider"),
        (413, ProviderRefused, "Untick"),
        (422, ProviderRefused, "kind of provider"),
        (429, RateLimited, "30 seconds"),
        (500, ProviderFailed, "30 seconds"),
        (503, ProviderFailed, "press Send"),
        (529, ProviderFailed, "30 seconds"),
        (204, ProviderRefused, "kind of provider"),
    ],
)
def test_each_status_says_what_to_do(code: int, kind: type[EscalationError], words: str) -> None:
    said = b'{"error": {"message": "The model is \\u202e busy."}}'
    error = failure(*arriving(said, code=code, retry_after="30"))
    assert type(error) is kind
    assert words in error.advice
    assert HOST in error.message
    assert "\u202e" not in error.message


def test_a_providers_words_are_quoted_but_not_beside_a_key() -> None:
    said = b'{"error": {"message": "%s"}}'
    assert "“No such model”" in failure(*arriving(said % b"No such model", code=404)).message
    refused = failure(*arriving(said % b"Incorrect API key provided: sk-ab12", code=401))
    assert "sk-ab12" not in str(refused)
    long = failure(*arriving(said % (b"word " * 5000), code=400)).message
    assert len(long) < 500
    assert failure(*arriving(b"<html>no json", code=502)).message.endswith("(status 502).")
    assert isinstance(failure(Status(500), *[Block(b"x" * 60_000)] * 3), ProviderFailed)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("1", "in a moment"),
        ("45", "45 seconds"),
        ("600", "10 minutes"),
        ("Wed, 21 Oct 2026 07:28:00 GMT", "later"),
        ("9" * 400, "later"),
        ("²", "later"),
        ("", "later"),
    ],
)
def test_when_to_try_again(header: str, words: str) -> None:
    assert words in failure(*arriving(b"", code=429, retry_after=header)).advice


@pytest.mark.parametrize("fault", EgressFault)
def test_every_fault_of_the_gate_says_what_happened_and_what_to_do(fault: EgressFault) -> None:
    error = failure(Failed(fault))
    kinds = {
        EgressFault.HASH: NotConfirmed,
        EgressFault.USED: NotConfirmed,
        EgressFault.REDIRECT: ProviderRefused,
        EgressFault.CUT: ReplyCut,
        EgressFault.TIMEOUT: ReplyCut,
    }
    assert type(error) is kinds.get(fault, NotReached)


def test_a_connection_that_breaks_off_keeps_what_had_come() -> None:
    begun = (Status(200, "", STREAM), Block(streamed("Three mo").encode()))
    receiver, _ = receive(*begun, Failed(EgressFault.CUT))
    assert receiver.text == "Three mo"
    assert receiver.end is ReplyEnd.CUT
    assert isinstance(receiver.error, ReplyCut)
    assert "not complete" in receiver.error.message
    # A stream that ends well as HTTP sees it, but without its last event, is cut as well.
    assert isinstance(receive(*begun, Ended(9))[0].error, ReplyCut)


def test_a_fault_in_the_middle_of_a_stream_is_told() -> None:
    stream = streamed("Thr") + 'data: {"error": {"message": "Overloaded"}}\n\n'
    receiver, _ = receive(*arriving(stream.encode()))
    assert receiver.text == "Thr"
    assert isinstance(receiver.error, ProviderFailed)
    assert "Overloaded" in receiver.error.message


def test_what_is_no_stream_is_not_understood() -> None:
    whole = (Status(200, "", "application/json"), Block(b'{"choices": []}'), Ended(15))
    assert "not understood" in failure(*whole).message
    assert "not understood" in failure(*arriving(b"data: <html>\n\n")).message


def test_an_empty_reply_is_told() -> None:
    assert "empty" in failure(*arriving(openai_stream())).message


def test_a_reply_without_end_is_cut_off_and_kept() -> None:
    piece = streamed("x" * 50_000).encode()
    receiver, _ = receive(Status(200, "", STREAM), *[Block(piece)] * 6)
    assert isinstance(receiver.error, ReplyTooLong)
    assert len(receiver.text) == MAX_REPLY_CHARACTERS
    silent = Block(b":" + b"x" * 900_000 + b"\n\n")
    error = failure(Status(200, "", STREAM), *[silent] * (MAX_REPLY_BYTES // len(silent.data) + 1))
    assert isinstance(error, ReplyTooLong)
