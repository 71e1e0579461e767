"""Workers that cannot start, or are ended: told truly, and never tried without end."""

from __future__ import annotations

import errno
import logging
import multiprocessing
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import OutOfMemory, SystemLacks, WorkerDied, WorkerKilled, WorkerNotStarted
from app.workers import process
from app.workers.channel import TRIES, WorkerClient
from app.workers.process import WorkerSpec
from tests.sample_workers import Config, Die, Echo, Raise
from tests.unit.app.workers.test_channel import spec

linux = pytest.mark.skipif(sys.platform != "linux", reason="signals and limits as on Linux")


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[WorkerClient]:
    client = WorkerClient(spec(tmp_path))
    yield client
    client.close()


class _Starts:
    """Counts processes that are started, and has each of them fail."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.count = 0

    def __call__(self, _: object) -> None:
        self.count += 1
        raise self.error


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> _Starts:
    failing = _Starts(OSError(errno.EMFILE, "Too many open files"))
    context = multiprocessing.get_context("spawn")
    monkeypatch.setattr(context.Process, "start", lambda self: failing(self))
    return failing


def test_a_start_that_fails_is_tried_three_times_and_then_told(
    worker: WorkerClient, starts: _Starts
) -> None:
    with pytest.raises(WorkerNotStarted, match="not open as many files") as caught:
        worker.call(Echo("?"))
    assert starts.count == TRIES == 3
    assert "limit on open files" in caught.value.advice
    for _ in range(50):  # whoever asks again and again starts nothing
        with pytest.raises(WorkerNotStarted):
            worker.call(Echo("?"))
    worker.start()
    assert starts.count == TRIES


def test_after_a_rest_it_is_tried_again(
    worker: WorkerClient, starts: _Starts, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WorkerNotStarted):
        worker.call(Echo("?"))
    later = time.monotonic() + 3600
    monkeypatch.setattr("app.workers.channel.time.monotonic", lambda: later)
    with pytest.raises(WorkerNotStarted):
        worker.call(Echo("?"))
    assert starts.count == TRIES + 1


def test_who_restarts_it_need_not_wait(worker: WorkerClient) -> None:
    with pytest.MonkeyPatch.context() as patch:
        spawn = multiprocessing.get_context("spawn")
        failing = _Starts(BlockingIOError(errno.EAGAIN, "Again"))
        patch.setattr(spawn.Process, "start", lambda self: failing(self))
        with pytest.raises(WorkerNotStarted, match="allows no more processes"):
            worker.call(Echo("?"))
    worker.stop()
    assert worker.call(Echo("mended")) == "mended"


def test_a_failed_start_leaves_no_traceback_in_the_log(
    worker: WorkerClient, starts: _Starts, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), pytest.raises(WorkerNotStarted):
        worker.call(Echo("?"))
    assert [record.getMessage() for record in caplog.records] == [
        "worker sample did not start: OSError"
    ] * TRIES
    assert not any(record.exc_info for record in caplog.records)


@pytest.mark.expects_log
def test_a_start_that_fails_for_our_fault_is_logged_in_full(
    worker: WorkerClient, starts: _Starts, caplog: pytest.LogCaptureFixture
) -> None:
    starts.error = TypeError("ours")
    with pytest.raises(WorkerNotStarted, match="TypeError"):
        worker.call(Echo("?"))
    assert caplog.records
    assert all(record.exc_info for record in caplog.records)


@linux
def test_one_that_crashes_before_it_is_ready_is_not_started_without_end(tmp_path: Path) -> None:
    told: list[WorkerDied] = []
    broken = WorkerSpec(
        "sample", "The sample", "tests.sample_workers:create_broken", Config, tmp_path, tmp_path
    )
    client = WorkerClient(broken, told.append)
    for _ in range(20):
        with pytest.raises(WorkerDied, match="instruction that this processor does not have"):
            client.call(Echo("?"))
    assert len(told) == TRIES
    client.close()


@linux
def test_one_that_the_system_ended_is_told_as_such(worker: WorkerClient) -> None:
    with pytest.raises(WorkerKilled, match="as happens when memory runs out") as caught:
        worker.call(Die(signal.SIGKILL))
    assert "smaller model" in caught.value.advice


@linux
@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGILL, "instruction that this processor does not have"),
        (signal.SIGSEGV, "SIGSEGV"),
        (signal.SIGABRT, "SIGABRT"),
        (signal.SIGBUS, "could not read a file any more"),
        (signal.SIGTERM, "stopped unexpectedly"),
    ],
)
def test_a_crash_is_told_by_its_signal(
    worker: WorkerClient, number: signal.Signals, words: str
) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    with pytest.raises(WorkerDied, match=words) as caught:
        worker.call(Die(number))
    assert type(caught.value) is WorkerDied
    assert worker.call(Echo("again")) == "again"


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("memory", OutOfMemory, "not enough free memory"),
        ("files", SystemLacks, "may not open as many files"),
        ("library", SystemLacks, r"missing: libgomp\.so\.1"),
        ("package", SystemLacks, "missing: lxml"),
    ],
)
def test_what_the_system_lacks_is_told_by_a_worker(
    worker: WorkerClient, kind: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        worker.call(Raise(kind))


def test_an_interpreter_that_is_gone_is_told(
    worker: WorkerClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "moved" / "python"))
    with pytest.raises(WorkerDied, match="moved or deleted while it was open"):
        worker.call(Die(status=1))


@linux
def test_a_folder_that_is_gone_does_not_matter(
    worker: WorkerClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert worker.call(Echo("here")) == "here"


@linux
def test_a_program_with_few_open_files_ends_with_a_sentence(tmp_path: Path) -> None:
    """With any limit: it works, or says in one line what is lacking, and never takes long."""
    told = set()
    for limit in (8, 10, 12, 14, 17, 20, 24):
        command = f"ulimit -n {limit}; exec '{sys.executable}' -m ui.main --data-dir D status"
        done = subprocess.run(
            ["bash", "-c", command.replace("D", f"'{tmp_path / str(limit)}'")],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert "Traceback" not in done.stderr, (limit, done.stderr)
        if done.returncode != 0:
            words = ("may not open as many files", "no more files may be open")
            assert any(word in done.stderr for word in words), (limit, done.stderr)
        told.add(done.returncode)
        for log in (tmp_path / str(limit)).glob("logs/*.log"):
            assert log.stat().st_size < 20_000
    assert 1 in told


def test_the_fake_start_is_what_is_called(starts: _Starts, tmp_path: Path) -> None:
    """Without this, the tests above could pass because nothing is started at all."""
    with pytest.raises(WorkerNotStarted):
        process.WorkerProcess(spec(tmp_path), lambda _error: None)
    assert starts.count == 1
