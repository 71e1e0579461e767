"""A reranker in the real index worker: used when it is here and chosen, done without otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import WorkerDied
from app.model_library.service import NO_RERANKER
from app.paths import Paths
from app.settings.store import SettingsStore
from app.workers.clients import IndexClient
from app.workers.configs import IndexConfig
from models.catalog import load_catalog
from tests.sample_rerankers import write_reranker

KNOWN = load_catalog().rerankers[0]
QUERY = "boat machine warranty"
Open = Callable[[str], IndexClient]


@pytest.fixture
def own(paths: Paths, tmp_path: Path) -> Paths:
    """A data folder with a models folder of its own."""
    (tmp_path / "models").mkdir()
    return replace(paths, models=tmp_path / "models")


@pytest.fixture
def settings(tmp_path: Path) -> SettingsStore:
    return SettingsStore(tmp_path / "settings.json")


@pytest.fixture
def open_index(own: Paths, settings: SettingsStore, tmp_path: Path) -> Iterator[Open]:
    """The library holds one note that fusion finds best, and one that the tiny reranker likes."""
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "best.txt").write_text("The boat machine has a warranty of the boat.")
    (folder / "next.txt").write_text("The boat machine is due for the warranty when it is a boat.")
    (folder / "rent.txt").write_text("The boat rent rent rent rent rent rent rent.")
    (folder / "far.txt").write_text("When is the other meeting?")
    clients: list[IndexClient] = []

    def opened(reranker: str) -> IndexClient:
        config = IndexConfig(
            str(own.data), str(own.models), "tests.sample_models:hash_embedder", reranker=reranker
        )
        client = IndexClient(own, config, reranker=lambda: settings.current.reranker)
        clients.append(client)
        client.index([folder])
        return client

    yield opened
    for client in clients:
        client.close()


def names(client: IndexClient) -> list[str]:
    return [Path(hit.path).name for hit in client.search(QUERY, 4)]


def test_it_is_used_from_the_next_question_on_and_not_once_it_is_turned_off(
    open_index: Open, own: Paths, settings: SettingsStore
) -> None:
    client = open_index("tests.sample_models:tiny_reranker")
    before = names(client)
    write_reranker(own.models / KNOWN.files[0].name)
    after = names(client)
    assert after.index("rent.txt") < before.index("rent.txt")
    assert sorted(after) == sorted(before)
    assert names(client) == after
    settings.change(reranker=NO_RERANKER)
    assert names(client) == before
    settings.change(reranker=KNOWN.id)
    assert names(client) == after


def test_one_that_ends_the_process_does_so_once(
    open_index: Open, own: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GGML_NO_BACKTRACE", "1")
    client = open_index("tests.sample_models:tiny_reranker")
    before = names(client)
    write_reranker(own.models / KNOWN.files[0].name, deadly=True)
    with pytest.raises(WorkerDied):
        names(client)
    assert names(client) == before
    write_reranker(own.models / KNOWN.files[0].name)  # another file is tried
    assert names(client) != before


@pytest.mark.parametrize("head", [True, False])
def test_a_broken_one_is_done_without(open_index: Open, own: Paths, head: bool) -> None:
    client = open_index(
        "app.workers.reranking:local_reranker" if head else "tests.sample_models:tiny_reranker"
    )
    before = names(client)
    write_reranker(own.models / KNOWN.files[0].name, head=head)  # its hash is another one
    assert names(client) == before
    assert "is not used: ModelDamaged" in (own.logs / "index.log").read_text()
