"""A vector that is removed is in no file any more, and the index answers as before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from rag.errors import IndexUnusable
from rag.ports import Vectors
from rag.search.chroma_generation import seal
from rag.search.chroma_index import ChromaIndex
from rag.search.resilient_vectors import ResilientIndex
from rag.search.vector_files import VectorFiles
from tests.unit.rag.search.test_exact_index import EMBEDDER, Library
from tests.vector_traces import traces

DIMENSION = 16


def unit_vectors(count: int, seed: int = 3) -> Vectors:
    made = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    unit: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)
    return unit


def names(count: int) -> list[str]:
    return [f"id{n}" for n in range(count)]


def left_of(folder: Path, vectors: Vectors) -> list[str]:
    return traces(folder.rglob("*"), vectors)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vectors"


@pytest.fixture
def made() -> Vectors:
    return unit_vectors(1200)


@pytest.fixture
def index(folder: Path, made: Vectors) -> Iterator[ChromaIndex]:
    index = ChromaIndex(folder, DIMENSION, "e")
    index.rebuild([(names(1200)[at : at + 300], made[at : at + 300]) for at in range(0, 1200, 300)])
    yield index
    index.close()


def test_spare_room_of_a_sealed_generation_holds_nothing(folder: Path, made: Vectors) -> None:
    index = ChromaIndex(folder, DIMENSION, "e")
    index.rebuild([(names(9), made[:9])])
    index.close()
    generation = next(folder.rglob("chroma.sqlite3")).parent
    files = [next(generation.glob(f"*/{name}")) for name in ("length.bin", "data_level0.bin")]
    lengths, graph = files
    assert lengths.stat().st_size > 9 * 4
    slot = graph.stat().st_size // (lengths.stat().st_size // 4)
    for file, used in ((lengths, 9 * 4), (graph, 9 * slot)):
        content = file.read_bytes()
        file.write_bytes(content[:used] + b"\x2a" * (len(content) - used))
    seal(generation, names(9), {})
    for file, used in ((lengths, 9 * 4), (graph, 9 * slot)):
        content = file.read_bytes()
        assert any(content[:used])
        assert not any(content[used:])


class TestChroma:
    def test_what_is_looked_for_is_found_before(
        self, index: ChromaIndex, folder: Path, made: Vectors
    ) -> None:
        assert left_of(folder, made[700:701]) == ["data_level0.bin"]
        assert left_of(folder, made[1199:]) == ["data_level0.bin"]
        assert left_of(folder, unit_vectors(5, seed=9)) == []

    def test_a_removed_vector_is_in_no_file(
        self, index: ChromaIndex, folder: Path, made: Vectors
    ) -> None:
        index.remove([f"id{n}" for n in range(0, 1200, 3)])
        assert left_of(folder, made[::3]) == []
        kept = [n for n in range(1200) if n % 3]
        best = [f"id{n}" for n in np.argsort(-(made @ made[7])) if n % 3]
        assert [key for key, _ in index.query(made[7], 10)] == best[:10]
        assert index.ids() == {f"id{n}" for n in kept}
        assert index.count() == len(kept)
        index.close()
        assert left_of(folder, made[::3]) == []

    def test_the_others_are_found_after_a_restart(
        self, index: ChromaIndex, folder: Path, made: Vectors
    ) -> None:
        index.remove([f"id{n}" for n in range(0, 1200, 9)])
        index.close()
        again = ChromaIndex(folder, DIMENSION, "e")
        again.remove([f"id{n}" for n in range(0, 1200, 9)])
        kept = [n for n in range(1200) if n % 9]
        assert all(again.query(made[n], 1)[0][0] == f"id{n}" for n in kept[::20])
        assert again.count() == len(kept)
        again.close()

    def test_a_vector_that_is_replaced_is_gone(
        self, index: ChromaIndex, folder: Path, made: Vectors
    ) -> None:
        new = unit_vectors(1, seed=4)
        index.add(["id5"], new)
        assert left_of(folder, made[5:6]) == []
        assert index.query(new[0], 1)[0][0] == "id5"
        assert "id5" not in dict(index.query(made[5], 3))
        assert index.count() == 1200

    def test_of_two_passages_with_the_same_words_one_stays(self, folder: Path) -> None:
        one = unit_vectors(1)[0]
        index = ChromaIndex(folder, DIMENSION, "e")
        index.rebuild([(["a", "b", "c"], np.stack([one, one, one]))])
        index.remove(["b"])
        index.close()
        again = ChromaIndex(folder, DIMENSION, "e")
        found = dict(again.query(one, 3))
        assert found["a"] == found["c"] == pytest.approx(1.0, abs=1e-3)
        again.close()

    def test_files_that_cannot_be_overwritten_go_as_a_whole(
        self, index: ChromaIndex, folder: Path, made: Vectors
    ) -> None:
        header = next(folder.rglob("header.bin"))
        header.write_bytes(header.read_bytes()[:20])
        with pytest.raises(IndexUnusable):
            index.remove(["id7"])
        assert left_of(folder, made) == []
        with pytest.raises(IndexUnusable):
            index.query(made[8], 1)
        index.rebuild([(["id8"], made[8:9])])
        assert index.query(made[8], 1)[0][0] == "id8"

    def test_a_build_that_is_cut_off_leaves_nothing(
        self, index: ChromaIndex, folder: Path, made: Vectors
    ) -> None:
        def batches() -> Iterator[tuple[list[str], Vectors]]:
            yield ["new"], unit_vectors(1, seed=8)
            raise RuntimeError

        with pytest.raises(IndexUnusable):
            index.rebuild(batches())
        assert left_of(folder, unit_vectors(1, seed=8)) == []
        assert index.query(made[8], 1)[0][0] == "id8"

    def test_much_that_was_removed_asks_for_a_new_generation(self, index: ChromaIndex) -> None:
        assert not index.stale
        index.remove(names(600))
        assert index.stale

    def test_when_all_that_is_near_was_removed_the_rest_is_found(self, folder: Path) -> None:
        rng = np.random.default_rng(5)
        near = np.eye(DIMENSION, dtype=np.float32)[0] + 0.01 * rng.normal(size=(2000, DIMENSION))
        made = np.concatenate([near.astype(np.float32), unit_vectors(3000)])
        index = ChromaIndex(folder, DIMENSION, "e")
        index.rebuild([(names(5000), made)])
        index.remove(names(2000))
        unit = made / np.linalg.norm(made, axis=1, keepdims=True)
        best = max(range(2000, 5000), key=lambda n: float(unit[n, 0]))
        found = index.query(np.eye(DIMENSION, dtype=np.float32)[0], 5)
        assert len(found) == 5
        assert found[0][0] == f"id{best}"
        index.close()


class TestFiles:
    def test_vectors_go_while_chroma_is_not_open(
        self, index: ChromaIndex, folder: Path, made: Vectors
    ) -> None:
        index.close()
        VectorFiles(folder, DIMENSION, "e").erase(["id3", "never-there"])
        assert left_of(folder, made[3:4]) == []
        assert left_of(folder, made[4:5])

    def test_a_generation_of_an_earlier_version_goes_at_once(
        self, index: ChromaIndex, folder: Path, made: Vectors
    ) -> None:
        index.close()
        current = folder / "current"
        current.write_text(current.read_text().replace("/sealed", ""))
        VectorFiles(folder, DIMENSION, "e")
        assert left_of(folder, made) == []


class Counting(ChromaIndex):
    """Calls `before` ahead of each batch that it is built of."""

    def __init__(self, folder: Path, before: Callable[[], None]) -> None:
        super().__init__(folder, DIMENSION, EMBEDDER)
        self.before = before
        self.built = 0

    def rebuild(self, batches: Iterable[tuple[Sequence[str], Vectors]]) -> None:
        self.built += 1
        super().rebuild(self._watched(batches))

    def _watched(
        self, batches: Iterable[tuple[Sequence[str], Vectors]]
    ) -> Iterator[tuple[Sequence[str], Vectors]]:
        for batch in batches:
            yield batch
            self.before()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Library(tmp_path)
    made.grow(50)
    made.grow(50)
    yield made
    made.store.close()


def forget_first_file(library: Library, index: ResilientIndex) -> None:
    library.store.remove_files(["/made-up/0.txt"])
    index.remove(library.store.sweep(EMBEDDER))


class TestSteady:
    def test_a_visit_too_short_to_open_it_erases_all_the_same(self, library: Library) -> None:
        folder = library.folder / "vectors"
        first = ResilientIndex(library.store, EMBEDDER, DIMENSION, library.open_chroma)
        assert first.wait(30)
        first.close()
        assert left_of(folder, library.vectors[:50])
        erase = VectorFiles(folder, DIMENSION, EMBEDDER).erase
        index = ResilientIndex(
            library.store, EMBEDDER, DIMENSION, library.open_chroma, patience=60, erase=erase
        )
        forget_first_file(library, index)
        assert left_of(folder, library.vectors[:50]) == []
        index.close()

    def test_what_is_removed_while_it_is_built_is_not_in_it(self, library: Library) -> None:
        building, go = threading.Event(), threading.Event()

        def before() -> None:
            building.set()
            assert go.wait(10)

        opened: list[Counting] = []

        def open_index() -> Counting:
            opened.append(Counting(library.folder / "vectors", before))
            return opened[-1]

        index = ResilientIndex(library.store, EMBEDDER, DIMENSION, open_index)
        assert building.wait(10)
        forget_first_file(library, index)
        go.set()
        assert index.wait(30)
        assert opened[0].built == 2
        assert left_of(library.folder, library.vectors[:50]) == []
        assert index.count() == 50
        index.close()

    def test_much_that_changed_has_it_built_anew_while_it_answers(
        self, library: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        building, go = threading.Event(), threading.Event()
        go.set()

        def before() -> None:
            building.set()
            assert go.wait(10)

        opened: list[Counting] = []

        def open_index() -> Counting:
            opened.append(Counting(library.folder / "vectors", before))
            return opened[-1]

        index = ResilientIndex(library.store, EMBEDDER, DIMENSION, open_index)
        assert index.wait(30)
        monkeypatch.setattr("rag.search.chroma_index._REMOVED", 10)
        go.clear()
        building.clear()
        forget_first_file(library, index)
        assert building.wait(10)
        index.add(*library.grow(20))
        assert index.query(library.vectors[110], 1)[0][0] == "p110"
        go.set()
        assert index.wait(30)
        assert opened[0].built == 2
        assert index.ids() == {f"p{n}" for n in range(50, 120)}
        assert index.query(library.vectors[110], 1)[0][0] == "p110"
        assert left_of(library.folder, library.vectors[:50]) == []
        index.close()
