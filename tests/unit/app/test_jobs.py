"""Lanes run in order; jobs can be stopped, paused and told apart."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest

from app.errors import Cancelled
from app.jobs import CancelToken, Lane


@pytest.fixture
def lane() -> Iterator[Lane]:
    made = Lane("test")
    yield made
    made.close()


def test_jobs_run_one_after_another(lane: Lane) -> None:
    order: list[int] = []

    def work(number: int) -> None:
        time.sleep(0.01)
        order.append(number)

    jobs = [lane.submit(partial(lambda n, _token: work(n), n)) for n in range(5)]
    for job in jobs:
        job.result(5)
    assert order == [0, 1, 2, 3, 4]


def test_done_and_error_each_reach_their_callback(lane: Lane) -> None:
    done: list[int] = []
    errors: list[Exception] = []

    def fail(_token: CancelToken) -> int:
        raise ValueError("no")

    lane.submit(lambda _token: 42, done.append, errors.append).result(5)
    with pytest.raises(ValueError, match="no"):
        lane.submit(fail, done.append, errors.append).result(5)
    assert done == [42]
    assert [str(error) for error in errors] == ["no"]


def test_a_job_that_was_stopped_before_it_began_does_not_run(lane: Lane) -> None:
    gate = threading.Event()
    ran: list[bool] = []
    lane.submit(lambda _token: gate.wait(60))
    waiting = lane.submit(lambda _token: ran.append(True))
    waiting.cancel()
    gate.set()
    with pytest.raises(Cancelled):
        waiting.result(5)
    assert not ran


def test_paused_work_waits_and_goes_on() -> None:
    token = CancelToken()
    token.pause()
    passed = threading.Event()

    def work() -> None:
        token.checkpoint()
        passed.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert not passed.wait(0.1)
    token.resume()
    assert passed.wait(30)
    thread.join()


def test_stop_reaches_work_that_is_paused() -> None:
    token = CancelToken()
    token.pause()
    token.cancel()
    with pytest.raises(Cancelled):
        token.checkpoint()


def test_listeners_hear_of_every_change_and_of_what_they_missed() -> None:
    token = CancelToken()
    heard: list[tuple[bool, bool]] = []
    token.on_change(lambda: heard.append((token.cancelled, token.paused)))
    token.pause()
    token.resume()
    token.cancel()
    token.cancel()
    assert heard == [(False, True), (False, False), (True, False)]
    late: list[bool] = []
    token.on_change(lambda: late.append(True))
    assert late == [True]


def test_closing_a_lane_stops_what_runs_in_it() -> None:
    lane = Lane("closing")
    started = threading.Event()

    def work(token: CancelToken) -> None:
        started.set()
        while True:
            token.raise_if_cancelled()
            time.sleep(0.005)

    job = lane.submit(work)
    assert started.wait(30)
    lane.close()
    with pytest.raises(Cancelled):
        job.result(1)
