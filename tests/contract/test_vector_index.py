"""What every vector index does, shown on the one in memory and on Chroma."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rag.fakes import MemoryIndex
from rag.ports import VectorIndex, Vectors
from rag.search.exact import ExactIndex
from rag.search.vectors import ChromaIndex

DIMENSION = 16


def vectors(count: int, seed: int = 0) -> Vectors:
    """Unit vectors of shape (count, DIMENSION)."""
    made = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    unit: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)
    return unit


@pytest.fixture(params=["memory", "exact", "chroma"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorIndex]:
    if request.param == "memory":
        yield MemoryIndex()
        return
    if request.param == "exact":
        yield ExactIndex(DIMENSION)
        return
    chroma = ChromaIndex(tmp_path / "vectors", DIMENSION, "test-embedder")
    yield chroma
    chroma.close()


def built(folder: Path, made: Vectors) -> ChromaIndex:
    """An index whose files hold vectors "id0", "id1", ..."""
    index = ChromaIndex(folder, DIMENSION, "e")
    index.rebuild([([f"id{n}" for n in range(len(made))], made)])
    return index


class TestEveryVectorIndex:
    def test_finds_the_nearest_with_their_cosines(self, index: VectorIndex) -> None:
        made = vectors(50)
        index.add([f"id{n}" for n in range(50)], made)
        found = index.query(made[7], 5)
        assert found[0][0] == "id7"
        assert found[0][1] == pytest.approx(1.0, abs=1e-3)
        cosines = made @ made[7]
        assert [key for key, _ in found] == [f"id{n}" for n in np.argsort(-cosines)[:5]]
        for key, score in found:
            assert score == pytest.approx(float(cosines[int(key[2:])]), abs=1e-3)

    def test_an_id_that_is_added_again_is_replaced(self, index: VectorIndex) -> None:
        old, new = vectors(2)
        index.add(["a"], old[None])
        index.add(["a"], new[None])
        assert index.count() == 1
        assert index.query(new, 1)[0][1] == pytest.approx(1.0, abs=1e-3)

    def test_removed_ids_are_not_found_and_unknown_ones_do_not_matter(
        self, index: VectorIndex
    ) -> None:
        made = vectors(3)
        index.add(["a", "b", "c"], made)
        index.remove(["b", "never-there"])
        assert index.count() == 2
        assert "b" not in {key for key, _ in index.query(made[1], 3)}

    def test_asking_for_more_than_there_is(self, index: VectorIndex) -> None:
        assert index.query(vectors(1)[0], 5) == []
        index.add(["a"], vectors(1))
        assert len(index.query(vectors(1)[0], 50)) == 1

    def test_only_allowed_ids_come_back_by_set_and_by_test(self, index: VectorIndex) -> None:
        made = vectors(60)
        index.add([f"id{n}" for n in range(60)], made)
        allowed = {f"id{n}" for n in range(0, 60, 7)} | {"never-there"}
        best = [f"id{n}" for n in np.argsort(-(made @ made[3])) if n % 7 == 0]
        for given in (allowed, sorted(allowed), allowed.__contains__):
            assert [key for key, _ in index.query(made[3], 5, given)] == best[:5]
        assert [key for key, _ in index.query(made[3], 50, allowed)] == best
        assert index.query(made[3], 5, set()) == []
        assert index.query(made[3], 5, lambda _: False) == []

    def test_a_rebuild_replaces_everything(self, index: VectorIndex) -> None:
        made = vectors(40)
        index.add(["old"], made[:1])
        index.rebuild([([f"id{n}" for n in range(20)], made[:20])])
        assert index.ids() == {f"id{n}" for n in range(20)}
        assert index.query(made[9], 1)[0][0] == "id9"
        index.add(["new"], made[30:31])
        assert index.query(made[30], 1)[0][0] == "new"


class TestChroma:
    def test_what_was_built_is_there_after_a_restart(self, tmp_path: Path) -> None:
        made = vectors(20)
        first = built(tmp_path / "vectors", made)
        first.close()
        again = ChromaIndex(tmp_path / "vectors", DIMENSION, "e")
        assert again.count() == 20
        assert again.query(made[3], 1)[0][0] == "id3"
        again.close()

    def test_vectors_of_another_embedder_are_not_taken_over(self, tmp_path: Path) -> None:
        built(tmp_path / "vectors", vectors(3)).close()
        other = ChromaIndex(tmp_path / "vectors", DIMENSION, "other")
        assert other.count() == 0
        assert not list((tmp_path / "vectors").glob("gen-*"))
        other.close()

    def test_a_damaged_index_opens_empty_and_can_be_rebuilt(self, tmp_path: Path) -> None:
        made = vectors(5)
        built(tmp_path / "vectors", made).close()
        for file in (tmp_path / "vectors").rglob("chroma.sqlite3"):
            file.write_bytes(b"damaged" * 100)
        again = ChromaIndex(tmp_path / "vectors", DIMENSION, "e")
        assert again.count() == 0
        again.rebuild([([f"id{n}" for n in range(5)], made)])
        assert again.count() == 5
        assert again.query(made[2], 1)[0][0] == "id2"
        again.close()

    def test_what_is_added_to_what_was_built_is_found_with_it(self, tmp_path: Path) -> None:
        made = vectors(60)
        index = built(tmp_path / "vectors", made[:40])
        index.add([f"id{n}" for n in range(40, 60)], made[40:])
        best = [f"id{n}" for n in np.argsort(-(made @ made[50]))]
        assert [key for key, _ in index.query(made[50], 9)] == best[:9]
        assert index.count() == 60
        index.close()

    def test_no_text_is_kept_in_its_files(self, tmp_path: Path) -> None:
        built(tmp_path / "vectors", vectors(3)).close()
        files = [file.read_bytes() for file in (tmp_path / "vectors").rglob("*.sqlite3")]
        assert any(b"id2" in data for data in files)
        assert not any(b"chroma:document" in data for data in files)
