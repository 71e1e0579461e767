"""Workers that a process outside of the window's profile starts, with real processes.

Only macOS needs it, and nothing of it is particular to macOS but the profiles.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.errors import WorkerDied, WorkerKilled
from app.privacy import outside
from app.workers.channel import WorkerClient
from app.workers.process import Said, WorkerSpec
from tests.sample_workers import Config, Count, Die, Echo, Surroundings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such thing")

if sys.platform != "win32":
    from app.privacy.starter import Popen, Starter


@pytest.fixture
def starter() -> Iterator[Starter]:
    starter = Starter()
    starter.start()
    outside.use(starter)
    yield starter
    outside.use(None)
    starter.close()


@pytest.fixture
def worker(starter: Starter, tmp_path: Path) -> Iterator[WorkerClient]:
    assert starter.pid
    client = WorkerClient(
        WorkerSpec(
            "sample", "The sample", "tests.sample_workers:create", Config, tmp_path, tmp_path
        )
    )
    yield client
    client.close()


def test_it_starts_workers_and_tells_how_they_ended(
    starter: Starter, worker: WorkerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All in one: starting processes is what takes the time."""
    monkeypatch.setenv("STUDIOLO_TOLD", "since it runs")
    assert worker.call(Echo("grüße")) == "grüße"
    assert psutil.Process(worker.pid).ppid() == starter.pid != os.getpid()
    assert worker.call(Surroundings())[2]["STUDIOLO_TOLD"] == "since it runs"
    open_files = psutil.Process(starter.pid).num_fds()
    with pytest.raises(WorkerKilled):
        worker.call(Die(signal.SIGKILL))
    with pytest.raises(WorkerDied, match="SIGSEGV"):
        worker.call(Die(signal.SIGSEGV))
    assert worker.call(Echo("again")) == "again"
    with worker.open(Count(10**9, pause=0.01)) as endless:
        assert endless.receive(60) == Said(0)
        worker.kill()
        with pytest.raises(WorkerDied):
            list(iter(lambda: endless.receive(60), None))
    assert psutil.Process(starter.pid).num_fds() < open_files


def test_without_it_workers_are_started_as_ever(starter: Starter, worker: WorkerClient) -> None:
    starter.close()
    assert starter.pid is None
    assert worker.call(Echo("here")) == "here"
    assert psutil.Process(worker.pid).ppid() == os.getpid()


def test_what_cannot_be_started_is_an_error(
    starter: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = os.pipe()
    with pytest.raises(OSError, match="too long"):
        starter.spawn(["x" * (1 << 20)], [reader], writer)
    # It goes on, and numbers that are one another's do not mix.
    one, two = os.pipe()
    told, status = os.pipe()
    code = f"import os; os.write({writer}, os.read({one}, 9)); os._exit(7)"
    os.write(two, b"through")
    assert starter.spawn(["-c", code], [one, writer], status) > 0
    assert os.read(reader, 9) == b"through"
    assert os.waitstatus_to_exitcode(int.from_bytes(os.read(told, 4), sys.byteorder)) == 7
    for number in (reader, writer, one, two, told, status):
        os.close(number)


def test_a_process_whose_starter_is_gone_counts_as_ended() -> None:
    process = object.__new__(Popen)
    process.returncode = None
    process._told, writer = os.pipe()
    assert process.poll() is None
    os.close(writer)
    assert process.poll() == -signal.SIGKILL
    os.close(process._told)
