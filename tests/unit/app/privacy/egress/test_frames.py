"""Channels to the launcher and to a helper: what is not from the other end ends them."""

from __future__ import annotations

import io
import os
import threading

import pytest

from app.jobs import CancelToken
from app.privacy.egress import frames, starting
from app.privacy.egress.client import Launcher
from app.privacy.egress.frames import KEY_BYTES, SERVE, Channel, Frame
from app.privacy.egress.tickets import Failed, Listening, ListenTicket, new_id

KEY = bytes(range(KEY_BYTES))
TICKET = Frame(SERVE, new_id(), b"a ticket")


def sent(*messages: Frame, key: bytes = KEY, upper: bool = True) -> bytes:
    """What goes through a pipe when these are sent."""
    pipe = io.BytesIO()
    channel = Channel(io.BytesIO(), pipe, key, upper=upper)
    for message in messages:
        channel.send(message)
    return pipe.getvalue()


def received(data: bytes, key: bytes = KEY) -> list[Frame]:
    """What the launcher's end makes of it."""
    channel = Channel(io.BytesIO(data), io.BytesIO(), key, upper=False)
    frames_of: list[Frame] = []
    while (frame := channel.receive()) is not None:
        frames_of.append(frame)
    assert channel.receive() is None
    return frames_of


def test_what_is_sent_arrives() -> None:
    messages = [
        TICKET,
        Frame(frames.STOP, TICKET.id),
        Frame(frames.OPEN, frames.NO_ID, b"\x00" * 9),
    ]
    assert received(sent(*messages)) == messages


def test_a_frame_with_another_key_is_refused_with_all_that_follow() -> None:
    first = sent(TICKET)
    assert received(sent(TICKET, key=os.urandom(KEY_BYTES)) + first) == []


def test_a_frame_that_was_read_before_is_refused() -> None:
    once = sent(TICKET)
    assert received(once + once) == [TICKET]


def test_a_frame_does_not_count_in_another_place() -> None:
    both = sent(TICKET, Frame(frames.STOP, TICKET.id))
    second = both[len(sent(TICKET)) :]
    assert received(second) == []


def test_what_the_launcher_said_is_not_taken_for_what_it_is_told() -> None:
    assert received(sent(TICKET, upper=False)) == []


@pytest.mark.parametrize("at", [0, 3, 4, 40, 70, -1])
def test_a_changed_frame_is_refused(at: int) -> None:
    data = bytearray(sent(TICKET))
    data[at] ^= 1
    assert received(bytes(data)) == []


@pytest.mark.parametrize("length", [0, 1, 64, frames.MAX_BYTES + 1, 0xFFFFFFFF])
def test_a_length_that_cannot_be_is_refused(length: int) -> None:
    assert received(length.to_bytes(4, "big") + b"x" * 200) == []


def test_a_launcher_that_hears_somebody_else_starts_nothing_and_ends() -> None:
    started = starting.start(starting.LAUNCHER, os.environ)
    told = started.channel._told
    told.write(sent(Frame(SERVE, new_id(), b"x"), key=os.urandom(KEY_BYTES)))
    told.flush()
    assert started.process.wait(10) == 0
    assert started.channel.receive() is None
    started.channel.close()


def test_without_its_key_a_launcher_ends() -> None:
    started = starting.start(starting.LAUNCHER, os.environ)
    started.channel.close()
    assert started.process.wait(10) == 0


def test_frames_from_many_threads_keep_their_order() -> None:
    launcher = Launcher()
    launcher.start()
    served: list[bool] = []

    def serve() -> None:
        for event in launcher.serve(ListenTicket(new_id()), CancelToken()):
            served.append(isinstance(event, Listening) and not isinstance(event, Failed))
            break

    threads = [threading.Thread(target=serve) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    launcher.close()
    assert served == [True] * 6
