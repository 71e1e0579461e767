"""When the language model's memory is given back."""

from __future__ import annotations

import threading

from app.workers.idle import IDLE_SECONDS, PRESSED_SECONDS, IdleUnloader, patience
from models.memory import Memory

GB = 10**9


def test_short_memory_makes_impatient() -> None:
    assert patience(Memory(8 * GB, 4 * GB)) == IDLE_SECONDS
    assert patience(Memory(8 * GB, GB // 10)) == PRESSED_SECONDS
    assert PRESSED_SECONDS < IDLE_SECONDS


def test_it_looks_until_it_is_closed() -> None:
    looked = threading.Semaphore(0)

    def unload(seconds: float) -> bool:
        assert seconds in (IDLE_SECONDS, PRESSED_SECONDS)
        looked.release()
        return False

    unloader = IdleUnloader(unload, every=0.001)
    unloader.start()
    unloader.start()
    for _ in range(3):
        assert looked.acquire(timeout=30)
    unloader.close()
    unloader.start()  # a closed one stays closed
    unloader.close()


def test_a_model_may_have_a_time_of_its_own() -> None:
    plenty, short = Memory(8 * GB, 4 * GB), Memory(8 * GB, GB // 10)
    assert patience(plenty, 300.0) == 300.0
    assert patience(short, 300.0) == PRESSED_SECONDS
    assert patience(short, 30.0) == 30.0
