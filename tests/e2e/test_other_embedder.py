"""Another embedding model is chosen: the library is embedded anew while it is searched."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from app.errors import WorkerDied
from app.jobs import CancelToken
from app.library.service import LibraryService
from app.paths import Paths
from app.settings.store import SettingsStore
from app.workers.clients import IndexClient
from app.workers.configs import IndexConfig
from rag.indexing.report import IndexProgress
from rag.store.raw_database import open_raw

USUAL, OTHER = "hash-64", "hash-48"
PASSAGES = 128
Opened = tuple[IndexClient, LibraryService]


@pytest.fixture
def settings(tmp_path: Path) -> SettingsStore:
    return SettingsStore(tmp_path / "settings.json")


@pytest.fixture
def open_library(paths: Paths, settings: SettingsStore) -> Iterator[Callable[[], Opened]]:
    clients: list[IndexClient] = []

    def opened() -> Opened:
        factory = "tests.sample_models:chosen_embedder"
        clients.append(IndexClient(paths, IndexConfig(str(paths.data), str(paths.models), factory)))
        return clients[-1], LibraryService(clients[-1], settings)

    yield opened
    for client in clients:
        client.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(PASSAGES):
        (folder / f"note-{number:03}.txt").write_text(f"Note {number} is about thing{number}.")
    return folder


class _Watcher:
    """Keeps the progress of a run, and acts once some passages are embedded."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.seen: list[IndexProgress] = []
        self._act = act
        self._acted = False

    def __call__(self, progress: IndexProgress) -> None:
        self.seen.append(progress)
        if progress.chunks >= PASSAGES // 4 and progress.stage == "embedding" and not self._acted:
            self._acted = True
            self._act()

    @property
    def embedded(self) -> int:
        return max(progress.chunks for progress in self.seen)


def embedders_of(paths: Paths) -> set[str]:
    db = open_raw(paths.store)
    try:
        return {name for (name,) in db.execute("SELECT DISTINCT embedder FROM embeddings")}
    finally:
        db.close()


def best(library: LibraryService) -> str:
    return Path(library.search("thing17", 1)[0].path).name


def test_it_is_searched_meanwhile_and_changes_over_at_the_end(
    open_library: Callable[[], Opened], settings: SettingsStore, folder: Path, paths: Paths
) -> None:
    client, library = open_library()
    library.add([folder])
    settings.change(embedder="other")
    meanwhile: list[tuple[str, str]] = []
    watcher = _Watcher(lambda: meanwhile.append((library.status().embedder, best(library))))
    report = library.rescan(watcher)
    assert (report.unchanged, report.cancelled) == (PASSAGES, False)
    assert meanwhile == [(USUAL, "note-017.txt")]
    assert watcher.embedded == PASSAGES
    assert any(progress.seconds_left for progress in watcher.seen)
    assert library.status().embedder == OTHER
    assert best(library) == "note-017.txt"
    assert embedders_of(paths) == {OTHER}
    client.close()

    _, again = open_library()
    assert again.status().embedder == OTHER
    assert best(again) == "note-017.txt"
    settings.change(embedder="")
    again.rescan()
    assert again.status().embedder == USUAL
    assert best(again) == "note-017.txt"


def test_a_move_that_is_killed_goes_on_where_it_was(
    open_library: Callable[[], Opened], settings: SettingsStore, folder: Path
) -> None:
    client, library = open_library()
    library.add([folder])
    settings.change(embedder="other")
    pid = client.worker.pid
    assert pid is not None
    killed = _Watcher(lambda: psutil.Process(pid).kill())
    with pytest.raises(WorkerDied):
        library.rescan(killed)
    client.close()

    _, again = open_library()
    assert again.status().embedder == USUAL
    assert best(again) == "note-017.txt"
    again.add([folder / "note-001.txt"])  # any run goes on with it
    assert again.status().embedder == OTHER
    assert best(again) == "note-017.txt"


def test_a_move_that_is_cancelled_keeps_what_is_embedded(
    open_library: Callable[[], Opened], settings: SettingsStore, folder: Path
) -> None:
    _, library = open_library()
    library.add([folder])
    settings.change(embedder="other")
    token = CancelToken()
    first = _Watcher(token.cancel)
    assert library.rescan(first, token).cancelled
    assert library.status().embedder == USUAL
    second = _Watcher(threading.Event().set)
    assert not library.rescan(second).cancelled
    assert library.status().embedder == OTHER
    assert second.embedded <= PASSAGES - PASSAGES // 4
