"""The time that is left of a run."""

import pytest

from app.errors import Cancelled
from app.jobs import CancelToken
from app.specialists.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Waiting(CancelToken):
    """Is paused for some seconds at each checkpoint."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        super().__init__()
        self._clock, self._seconds = clock, seconds

    def checkpoint(self) -> None:
        self._clock.now += self._seconds
        super().checkpoint()


def test_the_time_left_grows_with_the_size_of_what_is_left() -> None:
    clock = Clock()
    pace = Pace({"a": 0, "b": 0, "c": 20_000}, clock)
    assert pace.seconds_left is None
    pace.begin()
    clock.now += 10
    pace.end("a", filled=True)
    assert pace.seconds_left == pytest.approx(30)  # c is twice the work
    pace.begin()
    clock.now += 10
    pace.end("b", filled=True)
    assert pace.seconds_left == pytest.approx(20)


def test_pauses_and_documents_that_were_done_before_do_not_count() -> None:
    clock = Clock()
    pace = Pace({"a": 0, "b": 0}, clock)
    pace.begin()
    pace.end("done before", filled=False)
    assert pace.seconds_left is None
    pace.begin()
    clock.now += 10
    pace.wait(Waiting(clock, 3600))
    pace.end("a", filled=True)
    assert pace.seconds_left == pytest.approx(10)


def test_a_stop_ends_the_waiting() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        Pace({}).wait(token)
