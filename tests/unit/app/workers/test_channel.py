"""The channel to a worker, with real processes."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from app.errors import AlreadyOpen, Cancelled, WorkerDied
from app.jobs import CancelToken
from app.workers.channel import WorkerClient
from app.workers.process import Exchange, Said, WorkerSpec
from app.workers.wire import WorkerBug
from models.errors import PromptTooLong
from tests.sample_workers import (
    LIES,
    Config,
    Count,
    Die,
    Draw,
    Echo,
    Leak,
    Modules,
    Raise,
    Surroundings,
)


def spec(folder: Path, config: Config | None = None) -> WorkerSpec:
    config = config or Config()
    return WorkerSpec(
        name="sample",
        title="The sample",
        factory="tests.sample_workers:create",
        config=lambda: config,
        folder=folder,
        logs=folder / "logs",
    )


def _liar(folder: Path) -> WorkerSpec:
    factory = "tests.sample_workers:create_liar"
    return WorkerSpec("liar", "The liar", factory, Config, folder, folder)


def drain(exchange: Exchange[int, int]) -> None:
    while isinstance(exchange.receive(60), Said):
        pass


ENDLESS = Count(10**9, pause=0.01)
"""Ends only when it is stopped: a test that waits for its end was not heeded."""


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[WorkerClient]:
    client = WorkerClient(spec(tmp_path))
    yield client
    client.close()


def test_a_call_starts_the_worker_and_returns_its_reply(worker: WorkerClient) -> None:
    assert not worker.alive
    assert worker.call(Echo("grüße")) == "grüße"
    assert worker.alive


def test_events_come_in_order_on_the_callers_thread(worker: WorkerClient) -> None:
    seen: list[tuple[int, int]] = []
    reply = worker.call(Count(50), lambda n: seen.append((n, threading.get_ident())))
    assert reply == 50
    assert seen == [(n, threading.get_ident()) for n in range(50)]


def test_calls_run_beside_each_other(worker: WorkerClient) -> None:
    worker.call(Echo("ready"))
    with worker.open(ENDLESS) as slow:
        assert slow.receive(60) == Said(0)
        assert worker.call(Echo("quick")) == "quick"


def test_many_threads_share_one_process(worker: WorkerClient) -> None:
    replies: list[str] = []
    threads = [
        threading.Thread(target=lambda n=n: replies.append(worker.call(Echo(str(n)))))
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(replies, key=int) == [str(n) for n in range(20)]
    assert len(psutil.Process().children()) <= 2  # the worker and multiprocessing's tracker


def test_a_picture_of_many_megabytes_arrives_whole(worker: WorkerClient) -> None:
    assert worker.call(Draw(32 << 20)).pixels == bytes(32 << 20)


def test_cancel_reaches_the_worker(worker: WorkerClient) -> None:
    token = CancelToken()
    seen: list[int] = []

    def on_event(number: int) -> None:
        seen.append(number)
        if number == 3:
            token.cancel()

    with pytest.raises(Cancelled):
        worker.call(ENDLESS, on_event, token)
    assert seen == list(range(len(seen)))
    assert worker.call(Echo("still here")) == "still here"


def test_a_token_that_was_cancelled_before_stops_the_call(worker: WorkerClient) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        worker.call(ENDLESS, token=token)


def test_pause_holds_and_resume_goes_on(worker: WorkerClient) -> None:
    token = CancelToken()
    token.pause()
    seen: list[int] = []
    caller = threading.Thread(target=lambda: worker.call(Count(5), seen.append, token))
    worker.call(Echo("ready"))
    caller.start()
    time.sleep(0.3)
    assert seen == []
    token.resume()
    caller.join()
    assert seen == [0, 1, 2, 3, 4]


def test_a_known_error_arrives_as_itself(worker: WorkerClient) -> None:
    with pytest.raises(PromptTooLong) as caught:
        worker.call(Raise("known"))
    assert (caught.value.message, caught.value.advice) == ("Too long.", "Shorten it.")


def test_a_bug_is_named_and_logged_without_its_text(worker: WorkerClient, tmp_path: Path) -> None:
    with pytest.raises(WorkerBug, match="ValueError"):
        worker.call(Raise("secret words of a document"))
    logged = (tmp_path / "logs" / "sample.log").read_text()
    assert "_raise" in logged
    assert "ValueError" in logged
    assert "secret" not in logged


def test_a_worker_that_cannot_start_says_why(tmp_path: Path) -> None:
    client = WorkerClient(spec(tmp_path, Config(refuse=True)))
    for _ in range(2):
        with pytest.raises(AlreadyOpen, match=r"Another one is open\."):
            client.call(Echo("?"))
    client.close()


def test_death_fails_what_was_running_and_the_next_call_starts_anew(tmp_path: Path) -> None:
    told: list[WorkerDied] = []
    client = WorkerClient(spec(tmp_path), told.append)
    with client.open(ENDLESS) as exchange:
        assert exchange.receive(60) == Said(0)
        first = client.pid
        with pytest.raises(WorkerDied, match="The sample stopped unexpectedly"):
            client.call(Die(status=3))
        with pytest.raises(WorkerDied):
            drain(exchange)
    deadline = time.monotonic() + 30
    while not told and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(told) == 1
    assert client.call(Echo("again")) == "again"
    assert client.pid != first
    client.close()
    assert len(told) == 1  # closing is not dying


def test_the_one_who_is_told_of_a_death_may_start_it_again(tmp_path: Path) -> None:
    restarted = threading.Event()

    def restart(_error: WorkerDied) -> None:
        client.stop()
        client.start()
        restarted.set()

    client = WorkerClient(spec(tmp_path), restart)
    with pytest.raises(WorkerDied):
        client.call(Die())
    assert restarted.wait(30)
    assert client.call(Echo("again")) == "again"
    client.close()


def test_closing_lets_the_worker_put_things_away(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    client = WorkerClient(spec(tmp_path, Config(trace=str(trace))))
    client.call(Echo("ready"))
    client.close()
    assert trace.read_text() == "closed"
    with pytest.raises(Cancelled):
        client.call(Echo("too late"))


def test_a_worker_that_does_not_close_is_ended(tmp_path: Path) -> None:
    client = WorkerClient(spec(tmp_path, Config(stuck_on_close=True)))
    client.call(Echo("ready"))
    pid = client.pid
    client.close()  # it waits for ever to be let go
    assert pid is not None
    assert not psutil.pid_exists(pid)


def test_closing_ends_calls_quietly(tmp_path: Path) -> None:
    client = WorkerClient(spec(tmp_path))
    with client.open(ENDLESS) as exchange:
        exchange.receive(60)
        client.close()
        with pytest.raises(Cancelled):
            drain(exchange)


def test_a_stopped_worker_may_start_again(worker: WorkerClient) -> None:
    worker.call(Echo("one"))
    worker.stop()
    assert not worker.alive
    assert worker.call(Echo("two")) == "two"


@pytest.mark.expects_log
def test_a_reply_of_the_wrong_type_is_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = WorkerClient(_liar(tmp_path))
    with caplog.at_level(logging.ERROR), pytest.raises(WorkerDied):
        client.call(Echo("truth"))
    assert "sent what it should not" in caplog.text
    client.close()


@pytest.mark.expects_log
@pytest.mark.parametrize("lie", LIES)
def test_what_cannot_be_decoded_ends_the_call_and_the_next_one_is_answered(
    tmp_path: Path, lie: str
) -> None:
    client = WorkerClient(_liar(tmp_path))
    with pytest.raises((WorkerDied, msgspec.DecodeError)):
        client.call(Echo(lie))
    client.kill()
    with pytest.raises(WorkerDied):
        client.call(Echo("another"))
    client.close()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_worker_that_lies_about_its_end_is_ended(tmp_path: Path) -> None:
    client = WorkerClient(_liar(tmp_path))
    with pytest.raises(WorkerDied):
        client.call(Count(1))
    assert not client.alive
    client.close()


def test_the_child_has_no_window_libraries_and_its_own_surroundings(
    worker: WorkerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHROMA_API_IMPL", "chromadb.api.fastapi.FastAPI")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    main, folder, environment = worker.call(Surroundings())
    assert main == "__main__"
    assert folder == str(tmp_path)
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert not {"CHROMA_API_IMPL", "https_proxy"} & set(environment)
    modules = worker.call(Modules())
    assert not {"PySide6", "ui", "pytest", "numpy"} & set(modules)


def test_a_child_refuses_the_network(worker: WorkerClient) -> None:
    assert worker.call(Leak(native=False)) == "NetworkRefused"


PARENT = """
import sys, time
from pathlib import Path
from PySide6 import QtCore  # as the window's main module does
from app.workers.channel import WorkerClient
from tests.unit.app.workers.test_channel import spec
from tests.sample_workers import Config, Count, Hold, Modules

if __name__ == "__main__":
    mode, folder = sys.argv[1], Path(sys.argv[2])
    client = WorkerClient(spec(folder, Config(die_with_parent=mode == "hold")))
    if "PySide6" in client.call(Modules()):
        sys.exit("the child has imported Qt")
    with client.open(Hold() if mode == "hold" else Count(1000, pause=0.1)) as exchange:
        exchange.receive()
        print(client.pid, flush=True)
        if mode != "leave":
            time.sleep(60)
"""


def _parent(tmp_path: Path, mode: str) -> subprocess.Popen[str]:
    script = tmp_path / "program.py"
    script.write_text(PARENT)
    return subprocess.Popen(
        [sys.executable, str(script), mode, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])},
        start_new_session=True,
    )


def _wait_until_gone(pids: list[int], seconds: float) -> list[int]:
    deadline = time.monotonic() + seconds
    left = pids
    while left and time.monotonic() < deadline:
        left = [
            pid
            for pid in left
            if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        ]
        time.sleep(0.02)
    return left


@pytest.mark.parametrize("mode", ["busy", "hold"])
@pytest.mark.skipif(sys.platform != "linux", reason="signals and process groups as on Linux")
def test_children_of_a_killed_parent_end(tmp_path: Path, mode: str) -> None:
    with _parent(tmp_path, mode) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline().strip().isdigit()
        family = [child.pid for child in psutil.Process(parent.pid).children(recursive=True)]
        assert family
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        assert _wait_until_gone(family, 20) == []


def test_a_program_that_forgets_to_close_still_ends(tmp_path: Path) -> None:
    with _parent(tmp_path, "leave") as parent:
        parent.communicate(timeout=60)
        assert parent.returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="signals and process groups as on Linux")
def test_ctrl_c_in_the_terminal_does_not_end_a_worker(tmp_path: Path) -> None:
    with _parent(tmp_path, "busy") as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, signal.SIGINT)
        time.sleep(0.3)
        assert psutil.pid_exists(child)
        parent.kill()
        parent.wait()
        assert _wait_until_gone([child], 20) == []
