"""Nothing on the GUI thread takes longer than 50 ms."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from app.events import Answer
from app.jobs import CancelToken
from rag.indexing.report import IndexProgress
from tests.ui import doubles
from tests.ui.desk import Desk
from tests.ui.heartbeat import Heartbeat

LIMIT_MS = 50


@pytest.fixture
def heartbeat(desk: Desk) -> Iterator[Heartbeat]:
    made = Heartbeat()
    yield made
    made.stop()


def test_the_heartbeat_would_catch_a_stall(desk: Desk, heartbeat: Heartbeat) -> None:
    heartbeat.start()
    desk.qtbot.wait(50)
    assert heartbeat.worst("busy") < LIMIT_MS
    end = time.thread_time() + 0.08
    while time.thread_time() < end:
        pass
    desk.qtbot.wait(20)
    assert heartbeat.worst("busy") >= 80
    heartbeat.start()
    time.sleep(0.08)
    desk.qtbot.wait(20)
    assert heartbeat.worst("busy") < LIMIT_MS
    assert heartbeat.worst("wall") >= 80


def test_a_long_answer_streams_beside_fast_progress(
    desk: Desk, services: doubles.Services, heartbeat: Heartbeat
) -> None:
    paragraph = (
        "The notice period is **three months**, in writing [1], to the end of a month.\n\n"
        "- the rent of 1,240.00 stays due [2]\n- by the *third* of each month [2]\n\n"
    )
    text = paragraph * 60  # about 3,000 words, more than an answer may have
    services.answers.answer = Answer(
        text, doubles.ANSWER.citations, False, (), "fake", doubles.ANSWER.timings
    )
    services.answers.pace = 0.0005
    seen: list[IndexProgress] = []
    done = threading.Event()

    def work(_token: CancelToken, send: Callable[[object], None]) -> None:
        for n in range(4000):
            send(IndexProgress(n, 4000, 0, n))
            time.sleep(0.0005)
        done.set()

    heartbeat.start()
    desk.bridge.run("library", work, on_event=seen.append, latest_only=True)
    desk.ask("What is the notice period?")
    desk.wait_for_answer(seconds=30)
    desk.until(done.is_set, seconds=30)
    heartbeat.stop()
    print("\nlong answer:", heartbeat.report())
    assert heartbeat.worst("busy") < LIMIT_MS, heartbeat.report()


def test_a_long_chat_is_opened(
    desk: Desk, services: doubles.Services, heartbeat: Heartbeat
) -> None:
    chat = services.chats.create("Long")
    for n in range(40):
        services.chats.add_turn(chat.id, f"Question {n}", doubles.ANSWER)
    desk.window._chats.refresh()
    desk.until(lambda: desk.chat_titles() == ["Long"])
    heartbeat.start()
    desk.click_chat("Long")
    desk.until(lambda: len(desk.turns()) == 30, seconds=20)
    heartbeat.stop()
    print(
        "\nlong chat:",
        heartbeat.report(),
        [(i, round(b.busy * 1000)) for i, b in enumerate(heartbeat.beats) if b.busy > 0.02],
    )
    assert heartbeat.worst("busy") < LIMIT_MS, heartbeat.report()
