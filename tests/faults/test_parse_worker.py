"""A file that takes the parse worker down fails alone."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.errors import WorkerNotStarted
from app.paths import Paths
from app.workers import handover
from app.workers.channel import WorkerClient
from app.workers.configs import ParseConfig
from app.workers.parser import PARSE_MEMORY_BYTES, ParseClient
from app.workers.process import Replied, WorkerSpec
from rag.indexing.link_resolver import identity
from rag.parse import parse_file
from rag.parse.document import ParsedDocument, ParseOptions
from rag.parse.failures import FailureReason, ParseFailure
from tests.sandboxed_worker import Try
from tests.unit.rag.parse.pdf_objects import FIRST, page_pdf, stream

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux filters system calls")


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
    deadline = time.monotonic() + 30
    while client.worker.pid is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert client.worker.pid is not None
    return psutil.Process(client.worker.pid)


def parse_and(
    client: ParseClient, path: Path, act: Callable[[], None]
) -> ParsedDocument | ParseFailure:
    """Parses a file, and acts as soon as the worker has been asked to."""
    watch = client._watch

    def watch_and_act(exchange: Any, *limits: float) -> Any:
        threading.Thread(target=act).start()
        return watch(exchange, *limits)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "_watch", watch_and_act)
        return client.parse(path)


def test_a_file_is_read_in_another_process(make: Callable[..., ParseClient], letter: Path) -> None:
    client = make()
    document = client.parse(letter)
    assert isinstance(document, ParsedDocument)
    assert "the boiler was repaired" in document.text
    assert process(client).pid != psutil.Process().pid


@linux
def test_a_file_that_has_taken_the_place_of_another_is_not_read(
    make: Callable[..., ParseClient], letter: Path
) -> None:
    client = make()
    meant = identity(letter.stat())
    assert isinstance(client.parse(letter, ParseOptions(identity=meant)), ParsedDocument)
    other = letter.with_name("other.txt")
    other.write_text("not what was judged")
    letter.unlink()
    letter.symlink_to(other)
    outcome = client.parse(letter, ParseOptions(identity=meant))
    assert isinstance(outcome, ParseFailure)
    assert outcome.reason is FailureReason.CHANGED


def test_a_file_that_hangs_the_worker_times_out(
    make: Callable[..., ParseClient], letter: Path
) -> None:
    client = make(seconds=1.0)
    client.parse(letter)
    stuck = process(client)
    stuck.suspend()  # as a parser in an endless loop
    outcome = client.parse(letter)
    assert isinstance(outcome, ParseFailure)
    assert outcome.reason is FailureReason.TIMEOUT
    assert "longer than 1 second" in outcome.detail
    assert isinstance(client.parse(letter), ParsedDocument)
    assert process(client).pid != stuck.pid
    assert not psutil.wait_procs([stuck], 20)[1]


@pytest.mark.skipif(sys.platform != "linux", reason="signals as on Linux")
@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (signal.SIGABRT, FailureReason.CRASHED),
        (signal.SIGKILL, FailureReason.OUT_OF_MEMORY),  # as the system does when memory runs out
    ],
)
def test_a_file_that_ends_the_worker_fails_alone(
    make: Callable[..., ParseClient], letter: Path, number: signal.Signals, reason: FailureReason
) -> None:
    client = make()
    client.worker.start()
    victim = process(client)
    victim.suspend()

    def end() -> None:
        victim.send_signal(number)
        victim.resume()

    outcome = parse_and(client, letter, end)
    assert isinstance(outcome, ParseFailure)
    assert outcome.reason is reason
    assert isinstance(client.parse(letter), ParsedDocument)


def test_a_file_is_not_to_blame_when_no_worker_can_be_started(
    make: Callable[..., ParseClient], letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(multiprocessing.get_context("spawn").Process, "start", start)
    with pytest.raises(WorkerNotStarted, match="may not open as many files"):
        make().parse(letter)


def test_reading_can_be_interrupted(make: Callable[..., ParseClient], letter: Path) -> None:
    client = make()
    client.parse(letter)
    process(client).suspend()
    outcome = parse_and(client, letter, client.interrupt)
    assert isinstance(outcome, ParseFailure)
    assert outcome.reason is not FailureReason.TIMEOUT
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


def test_a_file_that_keeps_the_processors_busy_times_out(
    make: Callable[..., ParseClient], letter: Path, tmp_path: Path
) -> None:
    client = make(cpu_seconds=0.0)
    large = tmp_path / "large.csv"
    large.write_text("a,b,c\n" * 200_000)
    outcome = client.parse(large)
    assert isinstance(outcome, ParseFailure)
    assert outcome.reason is FailureReason.TIMEOUT
    assert "seconds of computing" in outcome.detail


@pytest.fixture
def outcomes(paths: Paths, tmp_path: Path) -> Iterator[dict[str, str]]:
    """What a parse worker gets that tries everything, on a file of the person and in its scratch.

    Checks that nothing came of it.
    """
    config = ParseConfig(PARSE_MEMORY_BYTES, str(paths.scratch))
    worker = WorkerClient(
        WorkerSpec(
            name="taken-over",
            title="The process that reads files",
            factory="tests.sandboxed_worker:create",
            config=lambda: config,
            folder=paths.scratch,
            logs=paths.logs,
        )
    )
    merged: dict[str, str] = {}
    for folder in (tmp_path / "documents", paths.scratch / "own"):
        (folder / "inner").mkdir(parents=True)
        file = folder / "letter.txt"
        file.write_text("Dear Ada")
        before = state(folder)
        request = Try(str(file), str(folder), os.getpid())
        with (
            handover.opened(file) as descriptor,
            worker.open(request, descriptor=descriptor) as exchange,
        ):
            answer = exchange.receive()
        assert isinstance(answer, Replied)
        found = answer.reply
        merged |= {f"{folder.name}: {name}": outcome for name, outcome in found.items()}
        assert state(folder) == before, [n for n, s in found.items() if s == "done"]
    yield merged
    worker.close()


def state(folder: Path) -> dict[str, tuple[object, ...]]:
    """Everything in a folder that reading does not change."""
    found: dict[str, tuple[object, ...]] = {}
    for path in (folder, *folder.rglob("*")):
        status = path.stat()
        content = path.read_bytes() if path.is_file() else b""
        found[str(path)] = (status.st_mode, status.st_uid, status.st_ctime_ns, content)
    return found


@linux
def test_a_worker_that_was_taken_over_can_do_nothing(outcomes: dict[str, str]) -> None:
    refused = {"EACCES", "ENOSYS", "NetworkRefused"}
    assert len(outcomes) > 80
    assert {name: said for name, said in outcomes.items() if said not in refused} == {}
    for name in ("native socket", "native thread", "thread from before", "child process", "fork"):
        assert outcomes[f"own: {name}"] == "EACCES"


EXAMPLES = Path(__file__).parents[2] / "examples"


@linux
@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.*")), ids=lambda path: path.name)
def test_every_kind_of_file_is_read_as_if_nothing_were_refused(
    make: Callable[..., ParseClient], paths: Paths, path: Path
) -> None:
    client = make()
    document = client.parse(path)
    assert isinstance(document, ParsedDocument)
    assert document == parse_file(path)
    log = (paths.logs / "parse.log").read_text()
    assert "enforced by the system: no network and no writing" in log
    if path.suffix == ".pdf":
        page = client.render(path, 1, 400)
        assert len(page.pixels) == 3 * page.width * page.height


@linux
def test_an_attachment_that_unpacks_without_end_leaves_the_pages(
    make: Callable[..., ParseClient], tmp_path: Path
) -> None:
    packer, zeros = zlib.compressobj(1), bytes(1 << 24)
    packed = b"".join(packer.compress(zeros) for _ in range(150)) + packer.flush()  # of 2.5 GB
    path = page_pdf(
        tmp_path / "bomb.pdf",
        [(72, 700, "See the files.")],
        catalog=f"/Names << /EmbeddedFiles << /Names [(big.txt) {FIRST} 0 R] >> >>",
        objects=[
            f"<< /Type /Filespec /F (big.txt) /UF (big.txt) /EF << /F {FIRST + 1} 0 R >> >>",
            stream(packed, "/Type /EmbeddedFile /Filter /FlateDecode"),
        ],
    )
    parsed = make().parse(path)
    assert isinstance(parsed, ParsedDocument), parsed
    assert "See the files." in parsed.text
    assert any("take too much memory" in note for note in parsed.notes)
