"""Downloads from servers that cut, stall, lie about lengths, change content or send wrong bytes.

Whatever a server does, no file is there under the model's name but the right one, and a server that
works again ends the download well. The faults are drawn at random, with a fixed seed.
"""

from __future__ import annotations

import contextlib
import hashlib
import random
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from app.model_library.installed import InstalledModels
from app.privacy.egress import https, ranges
from app.privacy.egress.downloads import GateWeb
from models.catalog import Catalog, HuggingFaceSource
from models.download import fetch
from models.errors import DownloadFailed
from models.record import check
from tests import secure
from tests.sample_gguf import gguf
from tests.unit.models.test_download import entry, served

DATA = gguf(tensors={"token_embd.weight": random.Random(1).randbytes(400_000)})
MODEL = entry(
    HuggingFaceSource("someone/some-model", "abc123", "some-model.gguf"),
    size=len(DATA),
    sha256=hashlib.sha256(DATA).hexdigest(),
)
FAULTS = (
    "cut",
    "stall",
    "longer than said",
    "shorter than said",
    "wrong bytes",
    "other content",
    "no ranges",
    "wrong range",
    "error page",
    "not found",
    "nothing",
    "reset",
)


@dataclass
class Server:
    """What the next requests get: faults in turn, then the file."""

    faults: list[str] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    address: str = ""
    ca_file: str = ""
    ranges: int = 0


def _cut(body: bytes, length: int, most: int) -> tuple[bytes, int]:
    """Returns the beginning of a reply, as wrong about its length as the whole was."""
    return body[:most], max(0, length - max(0, len(body) - most))


def _reply(fault: str, start: int, chance: random.Random) -> tuple[int, bytes, int]:
    """Returns a status, what is sent, and the length that is claimed."""
    data = DATA
    match fault:
        case "error page" | "not found":
            return (503 if fault == "error page" else 404), b"<html>No.</html>", 16
        case "nothing":
            return 200, b"", 0
        case "wrong bytes":
            at = chance.randrange(len(data))
            data = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        case "other content":
            data = chance.randbytes(chance.randrange(1, 2 * len(data)))
            start = min(start, len(data) - 1)
        case "no ranges":
            start = 0
    body = data[start + (chance.randrange(1, 99) if fault == "wrong range" else 0) :]
    length = len(body)
    if fault == "longer than said":
        length //= 2
    elif fault == "shorter than said":
        length += chance.randrange(1, 1000)
    elif fault in ("cut", "stall", "reset"):
        body = body[: chance.randrange(len(body) + 1)]
    return (206 if start else 200), body, length


def _handler(state: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fault = state.faults.pop(0) if state.faults else ""
            wanted = self.headers.get("Range", "").removeprefix("bytes=")
            start, _, last = wanted.partition("-")
            code, body, length = _reply(fault, int(start or 0), state.chance)
            if last and code == 206:
                body, length = _cut(body, length, int(last) + 1 - int(start))
            self.send_response(code)
            if code == 206:
                state.ranges += bool(last)
                self.send_header("Content-Range", f"bytes {start}-{last}/{len(DATA)}")
            self.send_header("Content-Length", str(length))
            self.end_headers()
            with contextlib.suppress(OSError):  # it did not want more
                self.wfile.write(body)
                self.wfile.flush()
                if fault == "stall":
                    time.sleep(0.3)
                if fault == "reset":
                    self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def server(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    monkeypatch.setattr(https, "_DOWNLOAD_SECONDS", 0.2)
    state = Server()
    with secure.serve(_handler(state), tmp_path_factory.mktemp("hub")) as running:
        state.address, state.ca_file = running.url, running.ca_file
        yield state


def _offered(folder: Path) -> list[str]:
    """Returns the models that the program would offer."""
    catalog = Catalog((MODEL,), MODEL, MODEL)
    return [m.id for m in InstalledModels(folder, catalog, None, tuple).all()]


@pytest.mark.parametrize("in_ranges", [False, True])
@pytest.mark.parametrize("count", [12, pytest.param(100, marks=pytest.mark.slow)])
def test_nothing_wrong_or_partial_is_ever_offered(
    count: int, in_ranges: bool, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if in_ranges:
        monkeypatch.setattr(ranges, "WORTHWHILE", 100_000)
        monkeypatch.setattr(ranges, "_SMALLEST", 70_000)
    kinds: set[str] = set()
    for number in range(count):
        chance = random.Random(number)
        folder = tmp_path / str(number)
        first = FAULTS[number % len(FAULTS)]
        server.faults = [first, *(chance.choice(FAULTS) for _ in range(chance.randrange(3)))]
        kinds.update(server.faults)
        target = folder / "some-model.gguf"
        for _ in range(len(server.faults) + 3):
            web = GateWeb(served, ca_file=server.ca_file)
            with contextlib.suppress(DownloadFailed):
                fetch(MODEL, folder, web, hub=server.address)
                break
            assert not target.exists()
            assert _offered(folder) == []
        assert target.read_bytes() == DATA, server.faults
        assert check(MODEL, folder)
        assert _offered(folder) == ["some-model"]
    assert kinds == set(FAULTS)
    assert bool(server.ranges) == in_ranges
