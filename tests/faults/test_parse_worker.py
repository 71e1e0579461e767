"""A file that takes the parse worker down fails alone."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from app.paths import Paths
from app.workers.parser import ParseClient
from rag.types import FailureReason, ParsedDocument, ParseFailure


@pytest.fixture
def make(paths: Paths) -> Iterator[Callable[..., ParseClient]]:
    clients: list[ParseClient] = []

    def made(**limits: float) -> ParseClient:
        clients.append(ParseClient(paths, **limits))  # type: ignore[arg-type]
        return clients[-1]

    yield made
    for client in clients:
        client.close()


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Ada,\n\nthe boiler was repaired in May.\n")
    return path


def process(client: ParseClient) -> psutil.Process:
    deadline = time.monotonic() + 5
    while client.worker.pid is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert client.worker.pid is not None
    return psutil.Process(client.worker.pid)


def test_a_file_is_read_in_another_process(make: Callable[..., ParseClient], letter: Path) -> None:
    client = make()
    document = client.parse(letter)
    assert isinstance(document, ParsedDocument)
    assert "the boiler was repaired" in document.text
    assert process(client).pid != psutil.Process().pid


def test_a_file_that_hangs_the_worker_times_out(
    make: Callable[..., ParseClient], letter: Path
) -> None:
    client = make(seconds=1.0)
    client.parse(letter)
    stuck = process(client)
    stuck.suspend()  # as a parser in an endless loop
    started = time.monotonic()
    outcome = client.parse(letter)
    assert time.monotonic() - started < 2
    assert isinstance(outcome, ParseFailure)
    assert outcome.reason is FailureReason.TIMEOUT
    assert "longer than 1 second" in outcome.detail
    assert isinstance(client.parse(letter), ParsedDocument)
    assert process(client).pid != stuck.pid
    assert not psutil.wait_procs([stuck], 2)[1]


def test_a_file_that_kills_the_worker_fails_alone(
    make: Callable[..., ParseClient], letter: Path
) -> None:
    client = make()
    client.parse(letter)
    victim = process(client)
    victim.suspend()
    threading.Timer(0.2, victim.kill).start()
    outcome = client.parse(letter)
    assert isinstance(outcome, ParseFailure)
    assert outcome.reason is FailureReason.CRASHED
    assert isinstance(client.parse(letter), ParsedDocument)


def test_reading_can_be_interrupted(make: Callable[..., ParseClient], letter: Path) -> None:
    client = make()
    client.parse(letter)
    process(client).suspend()
    threading.Timer(0.1, client.interrupt).start()
    started = time.monotonic()
    assert isinstance(client.parse(letter), ParseFailure)
    assert time.monotonic() - started < 1
    client.interrupt()  # nothing is being read: nothing happens
    assert isinstance(client.parse(letter), ParsedDocument)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits what is allocated")
def test_a_file_that_needs_too_much_memory_is_refused(
    make: Callable[..., ParseClient], letter: Path, tmp_path: Path
) -> None:
    client = make(memory_bytes=64 << 20)
    large = tmp_path / "large.txt"
    large.write_bytes(b"word " * (8 << 20))
    outcome = client.parse(large)
    assert isinstance(outcome, ParseFailure)
    assert outcome.reason is FailureReason.OUT_OF_MEMORY
    assert isinstance(client.parse(letter), ParsedDocument)


def test_memory_in_use_is_watched_from_outside(
    make: Callable[..., ParseClient], letter: Path
) -> None:
    client = make()
    client.parse(letter)
    client._memory_bytes = 1 << 20  # any process is larger than that
    process(client).suspend()
    outcome = client.parse(letter)
    assert isinstance(outcome, ParseFailure)
    assert outcome.reason is FailureReason.OUT_OF_MEMORY


def test_a_fresh_process_takes_over_after_some_files(
    make: Callable[..., ParseClient], letter: Path
) -> None:
    client = make(files_per_process=2)
    pids = []
    for _ in range(4):
        client.parse(letter)
        pids.append(process(client).pid)
    assert pids[0] == pids[1] != pids[2] == pids[3]
