"""What a language model has read of a document is kept with it, and goes with it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.paths import Paths
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
    """As the infer worker does it."""
    return SavedStates(paths.states, "0" * 16).save(TOKENS, DATA, drawer)


def kept(paths: Paths) -> set[str]:
    """Drawers with a state in them, once there is no more to tidy."""
    end = time.monotonic() + 60
    while any(paths.states.glob("*.leaving")) and time.monotonic() < end:
        time.sleep(0.05)
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


@pytest.mark.parametrize("how", ["removed", "deleted", "edited"])
def test_states_go_with_their_document(
    index: IndexClient, paths: Paths, folder: Path, how: str
) -> None:
    index.index([folder])
    lease, will = (index.whole(folder / name) for name in ("lease.txt", "will.txt"))
    drawers = {lease.content_hash, will.content_hash, SHARED}
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


def test_a_copy_in_the_library_keeps_them(index: IndexClient, paths: Paths, folder: Path) -> None:
    (folder / "copy.txt").write_bytes((folder / "lease.txt").read_bytes())
    index.index([folder])
    whole = index.whole(folder / "copy.txt")
    keep(paths, whole.content_hash)
    index.remove([folder / "lease.txt"])
    assert kept(paths) == {whole.content_hash}
    index.remove([folder / "copy.txt"])
    assert kept(paths) == set()


def test_what_the_library_no_longer_holds_goes_at_the_next_start(paths: Paths) -> None:
    stray = paths.states / "of a library that was put back"
    stray.mkdir(parents=True)
    (stray / "x.state").write_bytes(DATA)
    client = start(paths)
    client.warm()
    end = time.monotonic() + 60
    while stray.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert list(paths.states.iterdir()) == []
    client.close()
