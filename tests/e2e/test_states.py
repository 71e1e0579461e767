"""What a language model has read or written of a document is kept with it, and goes with it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.paths import Paths
from app.privacy.untrusted_folders import read_text, write_text
from app.workers.clients import IndexClient
from app.workers.configs import IndexConfig
from models.states import SHARED, SavedStates
from rag.errors import RagError

DATA = bytearray(b"yellowbird70431" * 100)
TOKENS = [1, 2, 3]


def start(paths: Paths) -> IndexClient:
    config = IndexConfig(str(paths.data), str(paths.models), "tests.sample_models:hash_embedder")
    return IndexClient(paths, config)


@pytest.fixture
def index(paths: Paths) -> Iterator[IndexClient]:
    client = start(paths)
    yield client
    client.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    for name in ("lease", "will"):
        paragraphs = (f"Paragraph {n} of the {name}. " * 30 for n in range(6))
        (folder / f"{name}.txt").write_text("\n\n".join(paragraphs))
    return folder


def keep(paths: Paths, drawer: str) -> bool:
    """Keeps a state as the infer worker does, and a summary; tells whether they have a place."""
    with contextlib.suppress(OSError):
        write_text(paths.summaries, drawer, "x.summary", "yellowbird70431")
    return SavedStates(paths.states, "0" * 16).save(TOKENS, DATA, drawer)


def make_drawers(index: IndexClient, *drawers: str) -> None:
    for drawer in drawers:
        index.keep_states(drawer)
        index.keep_summaries(drawer)


def kept(paths: Paths) -> set[str]:
    """Drawers with a state in them, once there is no more to tidy."""
    end = time.monotonic() + 60
    while any(paths.data.glob("s*/*.leaving")) and time.monotonic() < end:
        time.sleep(0.05)
    written = {file.parent.name for file in paths.summaries.rglob("*.summary")}
    assert written == {file.parent.name for file in paths.states.rglob("*.state")} - {SHARED}
    return {file.parent.name for file in paths.states.rglob("*.state")}


def test_a_whole_document_in_reading_order(index: IndexClient, folder: Path) -> None:
    index.index([folder])
    whole = index.whole(folder / "lease.txt")
    assert len(whole.hits) > 1
    starts = [hit.locator.start for hit in whole.hits]
    assert starts == sorted(starts)
    assert {hit.path for hit in whole.hits} == {str(folder / "lease.txt")}
    with pytest.raises(RagError, match="not in the library"):
        index.whole(folder / "other.txt")


def test_reading_a_document_keeps_nothing_of_it(
    index: IndexClient, paths: Paths, folder: Path
) -> None:
    index.index([folder])
    whole = index.whole(folder / "lease.txt")
    assert not keep(paths, whole.content_hash)
    make_drawers(index, "0" * 64)  # the library holds no such document
    assert not [*paths.states.iterdir(), *paths.summaries.iterdir()]


@pytest.mark.parametrize("how", ["removed", "deleted", "edited"])
def test_states_go_with_their_document(
    index: IndexClient, paths: Paths, folder: Path, how: str
) -> None:
    index.index([folder])
    lease, will = (index.whole(folder / name) for name in ("lease.txt", "will.txt"))
    drawers = {lease.content_hash, will.content_hash, SHARED}
    make_drawers(index, lease.content_hash, will.content_hash)
    assert all(keep(paths, drawer) for drawer in drawers)
    index.index([folder])
    assert kept(paths) == drawers
    file = folder / "lease.txt"
    if how == "removed":
        index.remove([file])
    else:
        if how == "edited":
            file.write_text("Something else.")
        else:
            file.unlink()
        index.index([folder])
    assert kept(paths) == {will.content_hash, SHARED}
    assert not keep(paths, lease.content_hash)  # one that was being computed meanwhile
    assert {drawer.name for drawer in paths.states.iterdir()} == {will.content_hash, SHARED}
    assert [drawer.name for drawer in paths.summaries.iterdir()] == [will.content_hash]
    assert read_text(paths.summaries, will.content_hash, "x.summary")


def test_a_copy_in_the_library_keeps_them(index: IndexClient, paths: Paths, folder: Path) -> None:
    (folder / "copy.txt").write_bytes((folder / "lease.txt").read_bytes())
    index.index([folder])
    whole = index.whole(folder / "copy.txt")
    make_drawers(index, whole.content_hash)
    keep(paths, whole.content_hash)
    index.remove([folder / "lease.txt"])
    assert kept(paths) == {whole.content_hash}
    index.remove([folder / "copy.txt"])
    assert kept(paths) == set()


def test_what_the_library_no_longer_holds_goes_at_the_next_start(paths: Paths) -> None:
    strays = [place / "of a library that was put back" for place in (paths.states, paths.summaries)]
    for stray in strays:
        stray.mkdir(parents=True)
        (stray / "x").write_bytes(DATA)
    client = start(paths)
    client.warm()
    end = time.monotonic() + 60
    while any(stray.exists() for stray in strays) and time.monotonic() < end:
        time.sleep(0.05)
    assert [*paths.states.iterdir(), *paths.summaries.iterdir()] == []
    client.close()
