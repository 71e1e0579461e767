"""What a process may not do, what its libraries are told, and how a person can check it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.paths import Paths
from app.privacy import attempts, landlock, selftest
from app.privacy.attempts import Attempt
from app.privacy.egress.client import Launcher
from app.privacy.environment import harden
from app.privacy.escape_probes import ProbeResult
from app.services import build_services
from app.workers.channel import WorkerClient
from tests.sample_workers import Leak
from tests.unit.app.workers.test_channel import spec

REFUSED = """
import socket
from app.privacy.audit import NetworkRefused, refuse_network
refuse_network()
refuse_network()
try:
    {attempt}
except NetworkRefused as error:
    print("refused:", error)
"""
EARLIER = "s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)\n"


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
        "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
        "socket.create_connection(('127.0.0.1', 9))",
        "socket.getaddrinfo('example.org', 80)",
        "socket.gethostbyname('example.org')",
        "socket.gethostbyaddr('127.0.0.1')",
        "socket.getnameinfo(('127.0.0.1', 80), 0)",
        "import http.client; http.client.HTTPConnection('127.0.0.1', 9).connect()",
    ],
)
def test_python_code_cannot_use_the_network(attempt: str) -> None:
    assert "refused: Studiolo does not use the network here." in _run(
        REFUSED.format(attempt=attempt)
    )


@pytest.mark.parametrize("attempt", ["s.connect(('127.0.0.1', 9))", "s.bind(('127.0.0.1', 0))"])
def test_a_socket_from_before_is_of_no_use(attempt: str) -> None:
    code = REFUSED.replace("refuse_network()\n", EARLIER + "refuse_network()\n", 1)
    assert "refused:" in _run(code.format(attempt=attempt))


@pytest.mark.skipif(sys.platform == "win32", reason="there are no sockets of the machine itself")
def test_pipes_between_our_processes_stay_usable() -> None:
    attempt = "a, b = socket.socketpair(); a.send(b'x'); print(b.recv(1))"
    assert "b'x'" in _run(REFUSED.format(attempt=attempt))


def test_a_library_does_not_look_for_ipv6_where_there_is_no_network() -> None:
    code = """
import socket
from app.privacy import attempts
from app.privacy.audit import refuse_network
attempts.on_attempt(print)
refuse_network()
import urllib3
"""
    assert _run(code) == ""


def test_the_environment_is_made_quiet() -> None:
    environment = {
        "CHROMA_API_IMPL": "x",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "x",
        "http_proxy": "x",
        "ALL_PROXY": "x",
        "PYTHON_KEYRING_BACKEND": "x",
        "HF_TOKEN": "x",
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_ENABLE_HF_TRANSFER": "x",
        "OPENAI_API_KEY": "x",
        "OPENAI_BASE_URL": "x",
        "PIP_PROXY": "kept: pip's own",
        "HOME": "/home/me",
    }
    harden(environment)
    assert environment["HOME"] == "/home/me"
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert environment["ORT_DISABLE_TELEMETRY"] == "1"
    assert environment["OMP_WAIT_POLICY"] == "passive"
    assert "x" not in environment.values()


linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere native code is not refused")


def _breaks(_: Attempt) -> None:
    raise ValueError


def test_attempts_are_counted_and_told() -> None:
    told: list[Attempt] = []
    end = attempts.on_attempt(told.append)
    attempts.on_attempt(_breaks)()  # ended at once
    broken = attempts.on_attempt(_breaks)
    one = Attempt("test_privacy", "socket.connect")
    before = dict(attempts.seen()).get(one, 0)
    attempts.record(one)
    with attempts.expected():
        attempts.record(one)
    attempts.record(one)
    end()
    broken()
    attempts.record(one)
    assert told == [one, one]
    assert dict(attempts.seen())[one] == before + 3


def test_made_up_attempts_do_not_fill_the_memory() -> None:
    """A worker that a hostile file has taken over can send what it likes."""
    for number in range(1000):
        attempts.record(Attempt("x" * 10_000, f"{number}"))
    assert len(attempts.seen()) <= 200
    assert max(len(attempt.process) for attempt, _ in attempts.seen()) <= 40
    attempts._seen.counts.clear()


def test_an_attempt_in_a_worker_is_told_to_the_program(tmp_path: Path) -> None:
    told: list[Attempt] = []
    end = attempts.on_attempt(told.append)
    client = WorkerClient(spec(tmp_path))
    try:
        assert client.call(Leak(native=False)) == "NetworkRefused"
    finally:
        client.close()
        end()
    assert told == [Attempt("sample", "socket.getaddrinfo")]


def test_the_check_shows_that_each_attempt_fails(paths: Paths) -> None:
    """Here this process is not shut off: what is asked are the workers, which are."""
    services = build_services(paths)
    steps: list[str] = []
    try:
        report = selftest.check(services.gate.launcher, services.probed_workers(), steps.append)
    finally:
        services.close()
    assert steps == ["main", "index", "parse", "infer"]
    assert report.proven
    main, *workers = report.processes
    assert [worker.process for worker in workers] == ["index", "parse", "infer"]
    for worker in workers:
        assert worker.ok, worker
        others = 0 if sys.platform != "linux" else 5 if worker.process == "parse" else 4
        assert len(worker.tries) == 7 + others
        assert all(tried.refused for tried in worker.tries) or sys.platform != "linux"
    # The process of the tests has a network, and so the check says that something gets out.
    assert not main.ok
    assert not report.ok
    assert report.arrived >= 3  # Python, native code, its thread and its child


def test_a_check_that_cannot_be_made_is_no_success() -> None:
    launcher = Launcher()
    launcher.close()
    quiet = (ProbeResult("anything", True, True, "EACCES"),)
    report = selftest.check(launcher, [("index", lambda _targets: quiet)])
    assert not report.proven
    assert not report.ok


@linux
def test_the_command_by_which_a_stranger_checks_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ui.main", "privacy", "check", "--data-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("No attempt got out.\n")
    assert done.stdout.count("  ok    ") == (9 + 11 + 12 + 11 if landlock.version() > 1 else 28)
    assert "OPEN" not in done.stdout
    assert not (tmp_path / "egress").exists()  # nothing left, and a check is no attempt
