"""The window draws a few of many events, and of a long chat what is looked at first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from app.events import Answer
from app.jobs import CancelToken
from rag.indexing.report import IndexProgress
from tests.ui import doubles, gui_thread
from tests.ui.desk import Desk
from tests.ui.heartbeat import Heartbeat


def test_a_wait_for_the_disk_on_the_gui_thread_is_noted(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.touch()
    code = compile("open(file).close()", str(gui_thread.ROOT / "ui" / "made_up.py"), "exec")
    with gui_thread.watched() as noted:
        exec(code, {"file": file})
        thread = threading.Thread(target=exec, args=(code, {"file": file}))
        thread.start()
        thread.join()
        file.read_text()
    assert noted == [f"open {file} by /made_up.py:1"]


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
    view = desk.wait_for_answer(seconds=100)
    desk.until(done.is_set, seconds=100)
    heartbeat.stop()
    assert view.answer is not None
    assert view.answer.text == text
    assert len(seen) < 2000  # of 4,000


def test_of_a_long_chat_the_end_is_shown(
    desk: Desk, services: doubles.Services, heartbeat: Heartbeat
) -> None:
    chat = services.chats.create("Long")
    for n in range(40):
        services.chats.add_turn(chat.id, f"Question {n}", doubles.ANSWER)
    desk.window._chats.refresh()
    desk.until(lambda: desk.chat_titles() == ["Long"])
    heartbeat.start()
    desk.click_chat("Long")
    desk.until(lambda: len(desk.turns()) >= 30)
    heartbeat.stop()
    assert [view.question for view in desk.turns()] == [f"Question {n}" for n in range(10, 40)]
