"""Large files in ranges, several at once: faster where a host limits connections, never wrong."""

from __future__ import annotations

import contextlib
import hashlib
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from app.privacy.egress import ranges
from app.privacy.egress.downloads import GateWeb
from models.catalog import HuggingFaceSource
from models.download import fetch
from models.errors import DownloadFailed
from tests import secure
from tests.sample_gguf import gguf
from tests.unit.models.test_download import entry, served

DATA = gguf(tensors={"token_embd.weight": random.Random(1).randbytes(1_000_000)})
SIZE = len(DATA)
MODEL = entry(
    HuggingFaceSource("someone/some-model", "abc123", "some-model.gguf"),
    size=SIZE,
    sha256=hashlib.sha256(DATA).hexdigest(),
)
PIECE = 200_000
PIECES = -(-SIZE // PIECE)


@dataclass
class Host:
    """A host, what was asked of it, and what it does wrong."""

    address: str = ""
    ca_file: str = ""
    fault: str = ""
    meeting: threading.Barrier | None = None
    met: bool = False
    asked: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fetch(self, folder: Path) -> Path:
        return fetch(MODEL, folder, GateWeb(served, ca_file=self.ca_file), hub=self.address)


def _handler(host: Host) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range", "").removeprefix("bytes=")
            with host.lock:
                host.asked.append(asked)
                number = len(host.asked)
            with contextlib.suppress(OSError):
                self.answer(asked, number)

        def answer(self, asked: str, number: int) -> None:
            if self.path.startswith("/someone") and host.fault == "moved":
                self.send_response(302)
                self.send_header("Location", f"{host.address}/elsewhere")
                self.end_headers()
                return
            start, _, end = asked.partition("-")
            if host.fault == "too many" and end and number > 1:
                self.send_error(429)
                return
            ranged = bool(asked) and not (host.fault == "no ranges" and end)
            first = int(start or 0) if ranged else 0
            last = int(end) if ranged and end else SIZE - 1
            body = bytearray(DATA[first : last + 1])
            if host.fault == "wrong bytes" and end:
                body[0] ^= 1
            self.send_response(206 if ranged else 200)
            said = SIZE + 1 if host.fault == "other file" else SIZE
            if ranged:
                self.send_header("Content-Range", f"bytes {first}-{last}/{said}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if host.fault == "cut" and number == 3:
                del body[len(body) // 2 :]
            if host.meeting is not None and number <= host.meeting.parties:
                host.meeting.wait()  # each of them waits until all are asked for
                host.met = True
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def host(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Host]:
    monkeypatch.setattr(ranges, "WORTHWHILE", 2 * PIECE)
    monkeypatch.setattr(ranges, "_SMALLEST", PIECE)
    state = Host()
    with secure.serve(_handler(state), tmp_path_factory.mktemp("hub")) as running:
        state.address, state.ca_file = running.url, running.ca_file
        yield state


def work_files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / ".downloads" / MODEL.id).glob("*"))


def test_ranges_are_got_at_once_and_make_the_file(host: Host, tmp_path: Path) -> None:
    host.meeting = threading.Barrier(ranges.AT_ONCE, timeout=60)
    assert host.fetch(tmp_path).read_bytes() == DATA
    assert host.met
    assert len(host.asked) == PIECES
    assert not (tmp_path / ".downloads" / MODEL.id).exists()


def test_only_the_first_range_is_asked_of_a_host_that_sends_on(host: Host, tmp_path: Path) -> None:
    host.fault = "moved"
    assert host.fetch(tmp_path).read_bytes() == DATA
    assert len(host.asked) == PIECES + 1


@pytest.mark.parametrize("fault", ["no ranges", "other file", "too many"])
def test_a_host_without_ranges_sends_one_stream(host: Host, tmp_path: Path, fault: str) -> None:
    host.fault = fault
    assert host.fetch(tmp_path).read_bytes() == DATA
    assert sum(not asked or asked.endswith("-") for asked in host.asked) == 1


def test_ranges_that_make_a_wrong_file_are_not_tried_again(host: Host, tmp_path: Path) -> None:
    host.fault = "wrong bytes"
    with pytest.raises(DownloadFailed, match="its hash differs"):
        host.fetch(tmp_path)
    assert work_files(tmp_path) == ["some-model.gguf.http.part.in-one"]
    assert host.fetch(tmp_path).read_bytes() == DATA
    assert host.asked[-1] == ""


def test_what_arrived_before_a_connection_broke_is_not_asked_for_again(
    host: Host, tmp_path: Path
) -> None:
    host.fault = "cut"
    with pytest.raises(DownloadFailed, match="broke off"):
        host.fetch(tmp_path)
    kept = [path.stat().st_size for path in (tmp_path / ".downloads" / MODEL.id).iterdir()]
    assert sum(kept) > 0
    host.fault, host.asked = "", []
    assert host.fetch(tmp_path).read_bytes() == DATA
    asked = [
        int(last) - int(first) + 1 for first, _, last in (r.partition("-") for r in host.asked)
    ]
    assert sum(asked) == SIZE - sum(kept)


def test_a_plan_goes_on_from_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "_SMALLEST", 100)
    into = tmp_path / "x.part"
    into.write_bytes(b"a" * 150)
    for name, length in (("100-200", 100), ("300-400", 40), ("400-500", 101), ("900-1100", 1)):
        (tmp_path / f"x.part.{name}").write_bytes(b"b" * length)
    (tmp_path / "x.part.in-one").touch()
    found = [(r.start, r.end, r.here) for r in ranges.plan(into, 620)]
    assert found == [
        *((150, 250, 0), (250, 300, 0), (300, 400, 40)),
        *((400, 500, 0), (500, 600, 0), (600, 620, 0)),
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("x.part", "x.part.300-400", "x.part.in-one"),
    ]


def test_a_crash_while_a_range_is_appended_is_made_good(host: Host, tmp_path: Path) -> None:
    work = tmp_path / ".downloads" / MODEL.id
    work.mkdir(parents=True)
    part = work / "some-model.gguf.http.part"
    part.write_bytes(DATA[: PIECE + 1000])  # the second range was being appended
    (work / f"{part.name}.{PIECE}-{2 * PIECE}").write_bytes(DATA[PIECE : 2 * PIECE])
    assert host.fetch(tmp_path).read_bytes() == DATA
