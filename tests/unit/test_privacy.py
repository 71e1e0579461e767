"""What a process may not do, and what its libraries are told."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.privacy.environment import harden

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


def test_the_environment_is_made_quiet() -> None:
    environment = {
        "CHROMA_API_IMPL": "x",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "x",
        "http_proxy": "x",
        "ALL_PROXY": "x",
        "PYTHON_KEYRING_BACKEND": "x",
        "HF_TOKEN": "x",
        "HF_HUB_OFFLINE": "0",
        "HOME": "/home/me",
    }
    harden(environment)
    assert environment["HOME"] == "/home/me"
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert environment["ORT_DISABLE_TELEMETRY"] == "1"
    assert environment["OMP_WAIT_POLICY"] == "passive"
    assert "x" not in environment.values()
