"""A key is in the keyring and in the request: in no file, log, argument or variable."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.escalations import openai_stream
from tests.https_server import ModelServer, model_server, streams
from tests.keyrings import secret_service

ROOT = Path(__file__).parents[2]
CANARY = "sk-canary-9f3e77a1c0"

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks around in /proc"),
    pytest.mark.usefixtures("secret_service"),
]
__all__ = ["secret_service"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ModelServer]:
    with model_server(tmp_path) as made:
        yield made


def told_of_processes(program: psutil.Process) -> dict[str, bytes]:
    """Arguments and variables of a program and of all that it started, as the system shows them."""
    found = {}
    for process in (program, *program.children(recursive=True)):
        for what in ("cmdline", "environ"):
            place = Path(f"/proc/{process.pid}/{what}")
            found[f"{process.name()} {place}"] = place.read_bytes()
    return found


def allow_core_files() -> None:
    import resource  # there is none on Windows

    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "end", ["native", pytest.param("well", marks=SLOW), pytest.param("bug", marks=SLOW)]
)
def test_a_key_is_nowhere_but_in_the_keyring_and_the_request(
    server: ModelServer, tmp_path: Path, end: str
) -> None:
    letters, run_in = tmp_path / "letters", tmp_path / "run-in"
    for folder in (letters, run_in):
        folder.mkdir()
    (letters / "lease.txt").write_text("The notice period is three months.")
    whole = openai_stream("Three ", "months.")
    first = whole.index(b"\n\n") + 2
    server.next.append(streams(whole[:first], whole[first:], waits_after=1))
    data = tmp_path / "data"
    arguments = [str(data), str(letters), server.base_url, server.ca_file, end]
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.keys_program", *arguments],
        cwd=run_in,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=allow_core_files,
    )
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write(f"{CANARY}\n")
    program.stdin.flush()
    assert program.stdout.readline() == "streaming\n"
    seen = told_of_processes(psutil.Process(program.pid))
    assert len(seen) >= 2 * 5  # itself, launcher, helper, and workers
    server.go_on.set()
    printed, complaints = program.communicate("\n", timeout=60)
    assert (program.returncode == 0) == (end == "well"), complaints
    assert ("done" in printed) == (end == "well")

    (request,) = server.received
    assert ("authorization", f"Bearer {CANARY}") in request.headers  # else this proves nothing
    key = CANARY.encode()
    assert [where for where, what in seen.items() if key in what] == []
    assert CANARY not in printed + complaints
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"settings.json", "chats.sqlite", "infer.log"} <= {path.name for path in files}
    assert (end == "bug") == any(path.name == "studiolo.log" for path in files)
    assert [str(path) for path in files if key in path.read_bytes()] == []
    assert list(run_in.iterdir()) == []  # no core file
