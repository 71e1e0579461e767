"""The index worker in its own process: real store, real Chroma, real files."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from app.errors import AlreadyOpen, WorkerDied
from app.jobs import CancelToken
from app.library.reader import ReaderService
from app.library.service import LibraryService
from app.paths import Paths
from app.remedies import GetModel
from app.settings.store import SettingsStore
from app.user_messages import describe
from app.workers.clients import IndexClient
from app.workers.configs import IndexConfig
from app.workers.parser import ParseClient
from models.errors import ModelMissing
from rag.errors import RagError, StoreTooNew
from rag.indexing.report import IndexProgress, IndexReport
from rag.parse.failures import FailureReason
from rag.store.files import FileOutcome
from rag.store.inventory import FileFilter, FileOrder
from tests.conftest import EMBEDDER

QUICK, SLOW = "tests.sample_models:hash_embedder", "tests.sample_models:slow_embedder"


@pytest.fixture
def open_index(paths: Paths) -> Iterator[Callable[..., IndexClient]]:
    clients: list[IndexClient] = []

    def opened(embedder: str = QUICK, folder: Paths = paths) -> IndexClient:
        config = IndexConfig(str(folder.data), str(folder.models), embedder)
        clients.append(IndexClient(folder, config))
        return clients[-1]

    yield opened
    for client in clients:
        client.close()


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """Thirty letters, each about something else."""
    folder = tmp_path / "letters"
    folder.mkdir()
    for number in range(30):
        (folder / f"letter-{number:02}.txt").write_text(
            f"Dear Ada,\n\ninvoice number {number}00{number} is about thing{number}.\n"
        )
    return folder


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """Eight long reports of fifty passages each: enough for several steps of a run."""
    folder = tmp_path / "reports"
    folder.mkdir()
    for number in range(8):
        paragraphs = [
            " ".join(f"word{number}x{part}x{n}" for n in range(100)) for part in range(50)
        ]
        (folder / f"report-{number:02}.txt").write_text("\n\n".join(paragraphs))
    return folder


def test_index_search_and_read(
    open_index: Callable[..., IndexClient], letters: Path, tmp_path: Path
) -> None:
    client = open_index()
    library = LibraryService(client, SettingsStore(tmp_path / "settings.json"))
    seen: list[IndexProgress] = []
    report = library.add([letters], seen.append)
    assert (report.added, report.unchanged, report.failed, report.chunks) == (30, 0, (), 30)
    assert seen[-1].done == seen[-1].total == 30
    assert library.roots() == (str(letters),)
    assert [f.outcome for f in library.files()] == [FileOutcome.INDEXED] * 30
    listing = client.list_files(FileFilter(name="letter"), FileOrder.NAME, 2)
    assert (listing.total, len(listing.files)) == (30, 2)
    status = library.status()
    assert (status.files, status.chunks, status.vectors, status.embedder) == (30, 30, 30, "hash-64")
    hits = library.search("thing17", 3)
    assert Path(hits[0].path).name == "letter-17.txt"
    stored = client.document(hits[0].path)
    assert stored.current
    assert stored.document.text[hits[0].locator.start : hits[0].locator.end] == hits[0].text

    again = library.rescan()
    assert (again.added, again.unchanged) == (0, 30)

    gone = library.remove(letters / "letter-17.txt")
    assert gone.removed == 1
    assert all(Path(hit.path).name != "letter-17.txt" for hit in library.search("thing17", 3))
    with pytest.raises(RagError, match="is not in the library"):
        client.document(letters / "letter-17.txt")


def test_a_file_that_fails_does_not_stop_the_others(
    open_index: Callable[..., IndexClient], letters: Path
) -> None:
    (letters / "a.pdf").write_bytes(b"%PDF-1.7 broken")
    (letters / "b.txt").write_text("")
    (letters / "c.docx").write_bytes(b"PK\x03\x04 no more than a beginning")
    report = open_index().index([letters, letters / "missing", "/\udcff"])
    assert report.added == 30
    assert sorted(failed.reason for failed in report.failed) == [
        FailureReason.BROKEN,
        FailureReason.BROKEN,
        FailureReason.EMPTY,
        FailureReason.MISSING,
        FailureReason.MISSING,
    ]
    assert all(failed.detail for failed in report.failed)


def test_search_answers_while_indexing_runs(
    open_index: Callable[..., IndexClient], letters: Path, reports: Path
) -> None:
    client = open_index(SLOW)
    client.index([letters / "letter-00.txt"])
    token = CancelToken()
    run = threading.Thread(target=lambda: client.index([reports], token=token))
    run.start()
    for _ in range(5):
        assert client.search("invoice", 3)
        assert client.status().files >= 1
    assert run.is_alive()
    token.cancel()
    run.join()


def test_pause_holds_the_run_and_cancel_keeps_what_is_done(
    open_index: Callable[..., IndexClient], reports: Path
) -> None:
    client = open_index(SLOW)
    token = CancelToken()
    seen: list[IndexProgress] = []
    results: list[IndexReport] = []
    some_done = threading.Event()

    def on_progress(progress: IndexProgress) -> None:
        seen.append(progress)
        if progress.done:
            some_done.set()

    run = threading.Thread(
        target=lambda: results.append(client.index([reports], on_progress, token))
    )
    run.start()
    assert some_done.wait(20)
    token.pause()
    held = -1
    while len(seen) != held:  # what was being embedded is finished first
        held = len(seen)
        time.sleep(1)
    assert run.is_alive()
    token.cancel()
    run.join()
    (result,) = results
    assert result.cancelled
    files = len(client.files())
    assert files == result.added
    assert 0 < files < 8
    rest = client.index([reports])
    assert (rest.added, rest.unchanged) == (8 - files, files)


def test_a_second_studiolo_on_the_same_folder_is_refused(
    open_index: Callable[..., IndexClient], letters: Path
) -> None:
    first, second = open_index(), open_index()
    first.warm()
    with pytest.raises(AlreadyOpen, match="Another Studiolo works on the data folder"):
        second.warm()
    with pytest.raises(AlreadyOpen):
        second.search("anything", 1)
    first.close()
    second.warm()  # now it may


def test_without_an_embedding_model_the_library_can_still_be_looked_at(
    open_index: Callable[..., IndexClient], paths: Paths, tmp_path: Path, letters: Path
) -> None:
    client = open_index("app.workers.index:local_embedder", replace(paths, models=tmp_path / "no"))
    assert client.files() == ()
    assert client.status().embedder == ""
    with pytest.raises(ModelMissing) as caught:
        client.index([letters])
    # What can be done about it comes through the worker's pipe.
    assert GetModel(EMBEDDER) in describe(caught.value).remedies


def test_a_library_of_a_later_version_is_refused(
    open_index: Callable[..., IndexClient], paths: Paths
) -> None:
    import apsw

    first = open_index()
    first.warm()
    first.close()
    db = apsw.Connection(str(paths.store))
    db.pragma("user_version", 10_000)
    db.close()
    with pytest.raises(StoreTooNew):
        open_index().warm()


def test_the_reader_draws_pages_while_the_library_is_indexed(
    open_index: Callable[..., IndexClient], paths: Paths, reports: Path
) -> None:
    from reportlab.pdfgen.canvas import Canvas

    lease = reports / "lease.pdf"
    canvas = Canvas(str(lease))
    canvas.drawString(72, 700, "The rent is 900 euros a month.")
    canvas.save()
    client = open_index(SLOW)
    token = CancelToken()
    run = threading.Thread(target=lambda: client.index([reports], token=token))
    pages = ParseClient(paths, name="reader")
    reader = ReaderService(client, pages)
    run.start()
    image = reader.page(lease, 1, 600, "rent is 900 euros")
    assert run.is_alive()
    token.cancel()
    run.join()
    pages.close()
    assert (image.page, image.page_count, image.width) == (1, 1, 600)
    assert len(image.pixels) == 3 * image.width * image.height
    assert image.highlights


def test_killed_in_the_middle_nothing_that_was_reported_is_lost(
    open_index: Callable[..., IndexClient], reports: Path
) -> None:
    client = open_index(SLOW)
    done = 0

    def kill_after_some(progress: IndexProgress) -> None:
        nonlocal done
        done = progress.done
        if done and client.worker.pid is not None:
            psutil.Process(client.worker.pid).kill()

    with pytest.raises(WorkerDied, match="keeps your library"):
        client.index([reports], kill_after_some)
    assert 0 < done <= len(client.files()) < 8
    assert client.search("word0x7x7", 1)  # the library works at once, and is whole
    assert client.status().vectors == client.status().chunks > 0
    result = client.index([reports])
    assert result.added + result.unchanged == 8
    status = client.status()
    assert (status.files, status.chunks, status.vectors) == (8, 400, 400)
    words = " ".join(f"word7x49x{n}" for n in range(50))
    assert Path(client.search(words, 1)[0].path).name == "report-07.txt"


@pytest.mark.skipif(sys.platform == "win32", reason="signals as on Unix")
def test_a_file_that_crashes_the_parse_worker_fails_alone(
    open_index: Callable[..., IndexClient], letters: Path
) -> None:
    client = open_index()
    client.index([letters / "letter-00.txt"])
    _end_parser(client, signal.SIGABRT)
    report = client.index([letters])
    assert (report.added, report.unchanged) == (28, 1)
    (failed,) = report.failed
    assert failed.reason is FailureReason.CRASHED
    again = client.index([failed.path])  # it was not the file's fault after all
    assert (again.added, again.failed) == (1, ())


@pytest.mark.skipif(sys.platform == "win32", reason="signals as on Unix")
def test_a_parse_worker_that_the_system_ends_costs_no_file(
    open_index: Callable[..., IndexClient], letters: Path
) -> None:
    """Memory ran out, maybe for what was read before: the file gets a fresh process."""
    client = open_index()
    client.index([letters / "letter-00.txt"])
    _end_parser(client, signal.SIGKILL)
    report = client.index([letters])
    assert (report.added, report.unchanged, report.failed) == (29, 1, ())


def _end_parser(client: IndexClient, number: signal.Signals) -> None:
    """Ends the parse worker in the middle of the next file."""
    assert client.worker.pid is not None
    (parser,) = psutil.Process(client.worker.pid).children()
    parser.suspend()

    def end() -> None:
        parser.send_signal(number)
        if number != signal.SIGKILL:
            parser.resume()

    threading.Timer(0.5, end).start()


def test_its_parse_worker_ends_with_it(
    open_index: Callable[..., IndexClient], letters: Path
) -> None:
    client = open_index()
    client.index([letters])
    assert client.worker.pid is not None
    family = psutil.Process(client.worker.pid).children(recursive=True)
    assert family
    os.kill(client.worker.pid, 9)
    assert not psutil.wait_procs(family, 2)[1]


def test_tables_are_told_of_and_computed_with(
    open_index: Callable[..., IndexClient], tmp_path: Path
) -> None:
    path = tmp_path / "meters.csv"
    path.write_text("Month,Power\nMay,20\nJune,31.5\n", encoding="utf-8")
    index = open_index()
    index.index([path])
    (table,) = index.tables(str(path), "How much power was used in June?")
    assert (table.number, table.rows) == (0, 2)
    assert [column.name for column in table.columns] == ["Month", "Power"]
    computed = index.compute(str(path), 0, 'SELECT SUM("Power") FROM data')
    assert computed is not None
    assert computed.rows == ((51.5,),)
    assert computed.sources[0].locator.cells == "A1:B3"
    assert index.compute(str(path), 0, "DROP TABLE data") is None
    assert index.compute(str(path), 1, 'SELECT SUM("Power") FROM data') is None
    with pytest.raises(RagError, match="not in the library"):
        index.tables(str(tmp_path / "gone.csv"), "?")


def test_sentences_are_held_against_a_question_in_the_worker(
    open_index: Callable[..., IndexClient],
) -> None:
    near, far = open_index().likeness("the rent of the flat", ("rent of a flat", "ships at sea"))
    assert 0 <= far < near <= 1


def test_passages_of_a_changed_or_removed_file_are_not_held_any_more(
    open_index: Callable[..., IndexClient], letters: Path
) -> None:
    client = open_index()
    client.index([letters])
    first, other = (client.search(f"thing{number}", 1)[0].chunk_id for number in (1, 2))
    assert set(client.passages_held((first, other, "unknown"))) == {first, other}
    (letters / "letter-01.txt").write_text("Dear Ada,\n\nall is paid.\n")
    client.index([letters])
    assert client.passages_held((first, other)) == (other,)
    client.remove([letters / "letter-02.txt"])
    assert client.passages_held((first, other)) == ()
