"""Work on lanes, callbacks on the GUI thread."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from app.errors import Cancelled, NothingIndexed
from app.jobs import CancelToken
from app.user_messages import UserMessage
from ui.bridge import Bridge
from ui.messages import Notice, Tone

Send = Callable[[object], None]


@pytest.fixture
def bridge(qtbot: QtBot) -> Iterator[Bridge]:
    made = Bridge()
    yield made
    made.close()


def test_result_and_events_arrive_on_the_gui_thread_in_order(qtbot: QtBot, bridge: Bridge) -> None:
    heard: list[object] = []
    threads: set[QThread] = set()
    worked_on: list[int] = []

    def hear(value: object) -> None:
        heard.append(value)
        threads.add(QThread.currentThread())

    def work(token: CancelToken, send: Send) -> str:
        worked_on.append(threading.get_ident())
        for n in range(500):
            send(n)
        return "done"

    bridge.run("one", work, on_done=hear, on_event=hear)
    qtbot.waitUntil(lambda: bool(heard) and heard[-1] == "done", timeout=20_000)
    assert heard == [*range(500), "done"]
    assert threads == {bridge.thread()}
    assert worked_on != [threading.get_ident()]


@pytest.mark.parametrize(("latest_only", "expected"), [(True, [299]), (False, [*range(300)])])
def test_fast_events_come_in_few_turns_and_latest_only_skips_old_ones(
    qtbot: QtBot,
    bridge: Bridge,
    monkeypatch: pytest.MonkeyPatch,
    latest_only: bool,
    expected: list[int],
) -> None:
    heard: list[int] = []
    turns: list[object] = []
    finished: list[object] = []
    sent = threading.Event()
    deliver = bridge._deliver

    def counting(box: Any) -> None:
        turns.append(box)
        deliver(box)

    def work(token: CancelToken, send: Send) -> None:
        for n in range(300):
            send(n)
        sent.set()

    monkeypatch.setattr(bridge, "_deliver", counting)
    bridge.run("one", work, finished.append, on_event=heard.append, latest_only=latest_only)
    assert sent.wait(30)  # the GUI thread had no turn meanwhile
    qtbot.waitUntil(lambda: bool(finished), timeout=20_000)
    assert heard == expected
    assert len(turns) <= 2


def test_lanes_run_beside_each_other(qtbot: QtBot, bridge: Bridge) -> None:
    gate = threading.Event()
    heard: list[str] = []
    bridge.run("slow", lambda token, send: gate.wait(60) and "slow", lambda r: heard.append(str(r)))
    bridge.run("quick", lambda token, send: "quick", heard.append)
    qtbot.waitUntil(lambda: heard == ["quick"], timeout=20_000)
    gate.set()
    qtbot.waitUntil(lambda: heard == ["quick", "slow"], timeout=20_000)


def test_a_known_error_is_told_in_plain_words(qtbot: QtBot, bridge: Bridge) -> None:
    errors: list[UserMessage] = []

    def work(token: CancelToken, send: Send) -> None:
        raise NothingIndexed("There are no documents yet.", "Add a folder.")

    bridge.run("one", work, on_error=errors.append)
    qtbot.waitUntil(lambda: bool(errors), timeout=20_000)
    assert errors == [UserMessage("There are no documents yet.", "Add a folder.")]


@pytest.mark.expects_log
def test_a_bug_goes_to_the_message_bar_and_the_log_without_content(
    qtbot: QtBot, bridge: Bridge, caplog: pytest.LogCaptureFixture
) -> None:
    notices: list[Notice] = []
    content = "the secret words of a document"

    def work(token: CancelToken, send: Send) -> None:
        raise KeyError(content)

    with caplog.at_level(logging.ERROR):
        bridge.run("one", work)
        bridge.messages.attach(notices.append)
        qtbot.waitUntil(lambda: bool(notices), timeout=20_000)
    assert notices[0].tone is Tone.ERROR
    assert "KeyError" in caplog.text
    assert "secret words" not in caplog.text


def test_stopping_is_not_an_error(qtbot: QtBot, bridge: Bridge) -> None:
    errors: list[UserMessage] = []
    stopped: list[bool] = []
    started = threading.Event()

    def work(token: CancelToken, send: Send) -> None:
        started.set()
        while not token.cancelled:
            time.sleep(0.005)
        raise Cancelled

    job = bridge.run("one", work, on_error=errors.append, on_cancelled=lambda: stopped.append(True))
    assert started.wait(30)
    job.cancel()
    qtbot.waitUntil(lambda: stopped == [True], timeout=20_000)
    assert not errors


def test_a_widget_that_is_gone_is_not_called(qtbot: QtBot, bridge: Bridge) -> None:
    class Listener(QObject):
        heard: list[object] = []  # noqa: RUF012 - read after the object is gone

        def hear(self, value: object) -> None:
            self.heard.append(value)

    listener = Listener()
    gate = threading.Event()
    others: list[object] = []
    bridge.run("one", lambda token, send: gate.wait(60), on_done=listener.hear)
    bridge.run("one", lambda token, send: "after", on_done=others.append)
    import shiboken6

    shiboken6.delete(listener)
    gate.set()
    qtbot.waitUntil(lambda: others == ["after"], timeout=20_000)
    assert Listener.heard == []


def test_close_cancels_what_runs(qtbot: QtBot) -> None:
    bridge = Bridge()
    started, ended = threading.Event(), threading.Event()

    def work(token: CancelToken, send: Send) -> None:
        started.set()
        while not token.cancelled:
            time.sleep(0.005)
        ended.set()

    bridge.run("one", work)
    assert started.wait(30)
    bridge.close()
    assert ended.is_set()


def test_what_is_asked_for_after_the_end_never_runs(qtbot: QtBot) -> None:
    bridge = Bridge()
    bridge.close()
    ran = threading.Event()
    job = bridge.run("late", lambda _token, _send: ran.set())
    assert job.done
    with pytest.raises(Cancelled):
        job.result()
    assert not ran.is_set()


def test_notices_wait_for_a_window(qtbot: QtBot, bridge: Bridge) -> None:
    shown: list[str] = []
    bridge.messages.info("first")
    bridge.messages.attach(lambda notice: shown.append(notice.text))
    bridge.messages.info("second")
    assert shown == ["first", "second"]
