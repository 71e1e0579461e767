"""Workers that hostile code has taken over wholly: what they can reach, write and read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.paths import Paths
from app.privacy import landlock
from tests import secure
from tests.native import outcome
from tests.taken_over import WITHOUT_LANDLOCK, Surroundings, ways_out, ways_to_write
from tests.taken_over_session import Asked

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what only Linux enforces")

REFUSED = {"EACCES", "EPERM", "ENXIO", "ENOSYS", "NetworkRefused"}
"""How the system says that something must not be."""
NOT_HERE = {"ENOENT", "ENODEV", "ENOTTY", "EOPNOTSUPP", "EROFS"}
"""There is no such device, key or terminal on this machine."""
PROVEN = {
    *("socket: internet", "socket: internet 6", "socket: this machine", "socket: datagrams"),
    *("pair of datagram sockets", "Python", "another program", "a fork"),
    *(
        "a thread of native code",
        "what the launcher has open",
        "what the launcher has open, to read",
    ),
    *("memory of the launcher", "environment of the launcher", "a signal to the window"),
}
"""Ways that are open to any process on any Linux; others need rights or devices."""
SIGNALS = {"out: a signal to the window", "out: a signal to the launcher"}
"""Could end a process, or wake one; nothing leaves by them."""
ROOT = Path(__file__).resolve().parents[2]


class Outside:
    """A folder of the person's, a data folder, and a server that counts."""

    def __init__(self, folder: Path, server: secure.Secure, bodies: list[bytes]) -> None:
        self.folder = folder / "person"
        self.bodies = bodies
        self.server = server
        for name in ("inner", "autostart"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "mine.txt").write_text("a letter")
        (self.folder / ".profile").write_text("umask 077\n")
        self.paths = Paths(folder / "data", folder / "data" / "models")
        self.paths.ensure()
        self.paths.settings.write_text("{}")
        self.paths.chats.touch()
        self.paths.egress.mkdir()
        (self.paths.egress / "record").write_text("one line\n")

    def contents(self) -> dict[str, bytes]:
        """What is the person's and not the workers', by path."""
        data = (self.paths.settings, self.paths.chats, self.paths.egress / "record")
        files = (*(path for path in self.folder.rglob("*") if path.is_file()), *data)
        return {str(path): path.read_bytes() for path in files}

    def session(self, *, times: int, capable: bool, with_landlock: bool) -> dict[str, Any]:
        """Runs a session and returns what came of it.

        Args:
            times: how often tickets are forged and stolen.
            capable: with an administrator's rights; without, as any other person's process.
            with_landlock: False: as on a kernel that has none.
        """
        asked = Asked(
            str(self.paths.data),
            str(self.folder),
            self.server.port,
            self.server.url,
            self.server.ca_file,
            times,
        )
        said = msgspec.json.encode(asked).decode()
        command = [sys.executable, "-m", "tests.taken_over_session", said]
        if not capable and os.geteuid() == 0:
            command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *command]
        environment = dict(os.environ)
        if not with_landlock:
            environment[WITHOUT_LANDLOCK] = "1"
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, check=False, timeout=880
        )
        assert done.returncode == 0, done.stderr.decode()
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])))

        def log_message(self, *_: object) -> None:
            pass

    with secure.serve(Handler, tmp_path) as server:
        yield Outside(tmp_path, server, bodies)


def done(tried: dict[str, str], start: str) -> dict[str, str]:
    """What was not refused, of the ways whose name begins so."""
    allowed = REFUSED | NOT_HERE
    return {
        name: said for name, said in tried.items() if name.startswith(start) and said not in allowed
    }


rights = pytest.mark.parametrize(
    "capable",
    [
        pytest.param(False, id="person"),
        pytest.param(
            True,
            id="root",
            marks=pytest.mark.skipif(os.geteuid() != 0, reason="needs an administrator"),
        ),
    ],
)
needs_setpriv = pytest.mark.skipif(shutil.which("setpriv") is None, reason="there is no setpriv")


@needs_setpriv
@rights
@pytest.mark.skipif(landlock.version() == 0, reason="this kernel has no Landlock")
def test_a_worker_that_is_taken_over_gets_nowhere(outside: Outside, *, capable: bool) -> None:
    before = outside.contents()
    came = outside.session(times=50, capable=capable, with_landlock=True)
    for name in ("index", "infer", "parse"):
        of = came[name]
        assert len(of["tried"]) >= 60
        for start in ("out:", "write:", "read:"):
            assert done(of["tried"], start) == {}, name
        assert of["forged"] == {"written": 0, "read": 0, "memory": 0}, name
        assert of["served meanwhile"] > 0
        assert of["own"] in ("done", ""), name
    assert came["launcher"]
    assert outside.bodies == []
    assert outside.contents() == before


@needs_setpriv
@rights
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("with_landlock", [True, False])
def test_a_thousand_tries_to_forge_and_to_steal(
    outside: Outside, *, capable: bool, with_landlock: bool
) -> None:
    came = outside.session(times=1000, capable=capable, with_landlock=with_landlock)
    for name in ("index", "infer", "parse"):
        assert came[name]["forged"]["written"] == 0
        assert came[name]["forged"]["read"] == 0
    assert came["launcher"]
    assert outside.bodies == []


@needs_setpriv
def test_on_a_kernel_without_landlock_no_ticket_is_forged_or_stolen(outside: Outside) -> None:
    came = outside.session(times=50, capable=False, with_landlock=False)
    for name in ("index", "infer", "parse"):
        assert done(came[name]["tried"], "out:").keys() <= SIGNALS, name
        assert came[name]["forged"]["written"] == 0
        assert came[name]["forged"]["read"] == 0
    assert came["launcher"]
    assert outside.bodies == []


def test_what_is_tried_would_succeed_without_a_boundary(outside: Outside) -> None:
    """Else it would prove nothing that it fails."""
    code = "import time, sys; sys.stdin.read()"
    other = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    try:
        around = Surroundings(
            other.pid,
            other.pid,
            (),
            outside.server.port,
            str(outside.folder),
            str(outside.paths.data),
        )
        writing = {name: outcome(way) for name, way in ways_to_write(around).items()}
        out = ways_out(around)
        reached = {name: outcome(out[name]) for name in PROVEN}
    finally:
        assert other.stdin is not None
        other.stdin.close()
        other.wait()
    assert set(reached.values()) == {"done"}
    worked = [name for name, said in writing.items() if said == "done"]
    assert len(worked) >= 12, writing
