"""Who writes to the library, and who makes way."""

from __future__ import annotations

import threading

import pytest

from app.errors import Cancelled
from app.jobs import CancelToken
from app.workers.turns import MadeWay, Turns


def nothing() -> None:
    """There is nothing to interrupt."""


def test_a_run_makes_way_also_while_it_is_paused() -> None:
    turns, token = Turns(), CancelToken()
    token.pause()
    order: list[str] = []
    begun, interrupted = threading.Event(), threading.Event()

    def run() -> None:
        with turns.next(token):
            begun.set()
            with pytest.raises(MadeWay):
                turns.checkpoint(token)
            order.append("run")
        with turns.next(token):
            order.append("run again")

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(60)
    with turns.soon(CancelToken(), interrupted.set):
        order.append("removal")
    thread.join(60)
    assert interrupted.is_set()
    assert order == ["run", "removal", "run again"]


def test_nobody_in_a_hurry_is_no_reason_to_end() -> None:
    turns, token = Turns(), CancelToken()
    with turns.next(token):
        turns.checkpoint(token)
    token.cancel()
    with pytest.raises(Cancelled):
        turns.checkpoint(token)


def test_waiting_can_be_ended() -> None:
    turns, token = Turns(), CancelToken()
    token.cancel()
    with turns.next(CancelToken()):
        with pytest.raises(Cancelled), turns.next(token):
            pass
        with pytest.raises(Cancelled), turns.soon(token, nothing):
            pass
    with turns.next(CancelToken()):  # and whoever comes later gets a turn
        pass
