"""Workers in a container on Windows: what is done when nothing works in it, and what they get.

The processes are real, and the container is stood in for.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from app.errors import WorkerDied
from app.paths import Paths
from app.privacy import container_windows, escape_probes, outside
from app.privacy.sandbox import Enforced
from app.upkeep.doctor import describe_sandbox
from app.workers import handover
from app.workers.channel import WorkerClient
from app.workers.learner import LearnClient
from app.workers.parser import ParseClient
from tests.sample_workers import Echo
from tests.unit.app.workers.test_channel import spec


@pytest.fixture(autouse=True)
def container(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Has every worker count as contained, until that is given up."""
    monkeypatch.setattr(outside, "is_contained", lambda _: not outside.why_no_container())
    yield
    outside._State.no_container = ""


def test_one_that_comes_up_is_used(tmp_path: Path) -> None:
    client = WorkerClient(replace(spec(tmp_path), contained=True))
    assert client.call(Echo("grüße")) == "grüße"
    assert outside.why_no_container() == ""
    client.close()


@pytest.mark.skipif(sys.platform == "win32", reason="it dies of a signal")
def test_one_that_does_not_come_up_is_started_without(tmp_path: Path) -> None:
    """Nobody notices: not whoever called, and not whoever counts starts in vain."""
    died: list[WorkerDied] = []
    factory = "tests.sample_workers:create_first_broken"
    client = WorkerClient(replace(spec(tmp_path), factory=factory, contained=True), died.append)
    assert client.call(Echo("here")) == "here"
    assert "does not come up" in outside.why_no_container()
    assert (tmp_path / "tried").is_file()
    client.close()


def test_who_reads_what_is_hostile_asks_for_it(tmp_path: Path) -> None:
    paths = Paths(tmp_path, tmp_path / "models")
    assert ParseClient(paths).worker._spec.contained
    assert LearnClient(paths).worker._spec.contained


class _Pipe:
    """A pipe between two processes, here one."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send_bytes(self, data: bytes) -> None:
        self.sent.append(data)

    def recv_bytes(self, limit: int) -> bytes:
        assert limit >= len(self.sent[0])
        return self.sent.pop(0)


def test_windows_puts_an_open_file_into_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Handles are numbers of one process, and what has been put into another is its own there."""
    opened: list[Any] = []

    def giving(handle: int) -> Callable[..., int]:
        def call(*asked: int) -> int:
            opened.append(asked)
            return handle

        return call

    api, runtime = ModuleType("_winapi"), ModuleType("msvcrt")
    own, same, big = -1, 2, 1 << 33
    vars(api).update(
        PROCESS_DUP_HANDLE=0x40,
        DUPLICATE_SAME_ACCESS=same,
        OpenProcess=giving(900),
        GetCurrentProcess=lambda: own,
        CloseHandle=lambda handle: opened.append(("closed", handle)),
        DuplicateHandle=giving(big),
    )
    vars(runtime).update(
        get_osfhandle=lambda descriptor: descriptor + 1000,
        open_osfhandle=lambda handle, flags: (handle, flags),
    )
    monkeypatch.setitem(sys.modules, "_winapi", api)
    monkeypatch.setitem(sys.modules, "msvcrt", runtime)
    monkeypatch.setattr(os, "O_BINARY", 0x8000, raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    pipe: Any = _Pipe()
    document = tmp_path / "Kündigung 解約.txt"
    document.write_text("in three months", encoding="utf-8")
    with handover.opened(document) as descriptor:
        assert descriptor is not None
        handover.send(pipe, descriptor, 4711)
        expected = [(0x40, False, 4711), (own, descriptor + 1000, 900, 0, False, same)]
    assert opened == [*expected, ("closed", 900)]
    assert pipe.sent == [struct.pack("<Q", big)]
    received: Any = handover.receive(pipe)
    assert received == (big, os.O_RDONLY | 0x8000)


@pytest.mark.parametrize(
    ("told", "number"),
    [(10013, errno.EACCES), (10024, errno.EMFILE), (10061, 10061), (0, 0)],
)
def test_errors_of_the_network_are_told_apart_on_windows(
    told: int, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """10013, WSAEACCES, is what a container's connection ends with."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "get_last_error", lambda: told, raising=False)
    assert escape_probes._error("connect").errno == number


@pytest.mark.parametrize(
    ("contained", "error", "refuses"),
    [(False, errno.EACCES, False), (True, errno.EACCES, True), (True, 10060, False)],
)
def test_only_a_connection_that_is_refused_counts_on_windows(
    contained: bool, error: int, refuses: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside of a container none is tried: it would be made."""
    tried: list[object] = []

    def connect(*target: object) -> None:
        tried.append(target)
        raise OSError(error, "connect")

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(container_windows, "inside", lambda: contained)
    monkeypatch.setattr(escape_probes, "_connect_natively", connect)
    assert escape_probes.system_refuses.__wrapped__() is refuses
    assert bool(tried) is contained


def test_doctor_says_that_only_the_reader_is_kept_off_the_network() -> None:
    said = describe_sandbox(Enforced(True, True, True, True, others=False))
    assert said == (
        "the system keeps the process that reads documents off the network, and not those that "
        "search and answer; the process that reads documents cannot change any file; "
        "it can read only the files it is given; it can reach no other; "
        "it gets at most 1.1 GB of memory"
    )
