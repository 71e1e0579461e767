"""Searching while the vector index is being opened, built or mended."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from rag.chunking.chunk import Chunk
from rag.errors import IndexUnusable
from rag.fakes import MemoryIndex, plain_document
from rag.ports import Allowed, Vectors
from rag.search.exact import ExactIndex, nearest
from rag.search.resilient_vectors import SteadyIndex
from rag.search.vectors import ChromaIndex
from rag.store.cut_texts import CutText
from rag.store.files import SourceFile
from rag.store.store import Store
from rag.store.text_rows import digest
from rag.types import Locator

DIMENSION = 16
EMBEDDER = "test-embedder"


def unit_vectors(count: int, seed: int = 0) -> Vectors:
    """Unit vectors of shape (count, DIMENSION)."""
    made = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    unit: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)
    return unit


class Library:
    """A store with passages "p0", "p1", ... and their vectors."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(folder / "library.sqlite")
        self.vectors = unit_vectors(200)
        self.held = 0

    def grow(self, count: int) -> tuple[list[str], Vectors]:
        """Stores more passages; returns their ids and vectors."""
        numbers = range(self.held, self.held + count)
        chunks = [
            Chunk(f"p{n}", f"content{self.held}", i, Locator(0, 5), f"text {n}", "")
            for i, n in enumerate(numbers)
        ]
        made = self.vectors[numbers.start : numbers.stop]
        with self.store.together():
            self.store.save_vectors([digest(chunk) for chunk in chunks], made, EMBEDDER)
            file = SourceFile(f"/made-up/{self.held}.txt", 1, 1)
            document = plain_document("", "text")
            text = CutText(f"content{self.held}", document, tuple(chunks))
            self.store.save_document(file, "recipe", text)
        self.held += count
        return [chunk.id for chunk in chunks], made

    def open_chroma(self) -> ChromaIndex:
        return ChromaIndex(self.folder / "vectors", DIMENSION, EMBEDDER)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Library(tmp_path)
    made.grow(100)
    yield made
    made.store.close()


class Slow(MemoryIndex):
    """Waits for `go` before it is built; queries fail while `broken`."""

    def __init__(self, go: threading.Event) -> None:
        super().__init__()
        self.go = go
        self.broken = False
        self.asked = 0

    def rebuild(self, batches: Iterable[tuple[Sequence[str], Vectors]]) -> None:
        assert self.go.wait(10)
        super().rebuild(batches)

    def query(
        self, vector: Vectors, k: int, allowed: Allowed | None = None
    ) -> list[tuple[str, float]]:
        self.asked += 1
        if self.broken:
            raise IndexUnusable("It is broken.", "Mend it.")
        return super().query(vector, k, allowed)


class TestSteadyIndex:
    def test_searches_are_answered_while_the_index_is_built(self, library: Library) -> None:
        go = threading.Event()
        slow = Slow(go)
        index = SteadyIndex(library.store, EMBEDDER, DIMENSION, lambda: slow)
        assert index.query(library.vectors[7], 3)[0][0] == "p7"
        assert index.query(library.vectors[7], 3, {"p1", "p2"})[0][0] in {"p1", "p2"}
        assert not index.ready
        assert index.count() == 100
        go.set()
        assert index.wait(10)
        assert slow.asked == 0
        assert index.query(library.vectors[7], 3)[0][0] == "p7"
        assert slow.asked == 1
        index.close()

    def test_what_is_written_meanwhile_is_found_then_and_afterwards(self, library: Library) -> None:
        go = threading.Event()
        slow = Slow(go)
        index = SteadyIndex(library.store, EMBEDDER, DIMENSION, lambda: slow)
        assert "p120" not in dict(index.query(library.vectors[120], 3))
        index.add(*library.grow(50))
        assert index.query(library.vectors[120], 3)[0][0] == "p120"
        library.store.remove_files(["/made-up/0.txt"])
        library.store.sweep(EMBEDDER)
        index.remove([f"p{n}" for n in range(100)])
        assert "p7" not in dict(index.query(library.vectors[7], 3))
        go.set()
        assert index.wait(10)
        assert slow.ids() == index.ids() == {f"p{n}" for n in range(100, 150)}
        assert index.query(library.vectors[120], 3)[0][0] == "p120"
        index.close()

    def test_an_index_that_fails_later_is_built_anew(self, library: Library) -> None:
        go = threading.Event()
        go.set()
        opened: list[Slow] = []

        def open_index() -> Slow:
            opened.append(Slow(go))
            return opened[-1]

        index = SteadyIndex(library.store, EMBEDDER, DIMENSION, open_index)
        assert index.wait(10)
        opened[0].broken = True
        assert index.query(library.vectors[7], 3)[0][0] == "p7"
        assert index.wait(10)
        assert index.query(library.vectors[8], 3)[0][0] == "p8"
        assert [slow.asked for slow in opened] == [1, 1]
        index.close()

    def test_one_that_cannot_be_opened_is_done_without(self, library: Library) -> None:
        def open_index() -> Slow:
            raise IndexUnusable("It is broken.", "Mend it.")

        index = SteadyIndex(library.store, EMBEDDER, DIMENSION, open_index)
        assert not index.wait(10)
        assert index.query(library.vectors[7], 3)[0][0] == "p7"
        index.add(*library.grow(10))
        assert index.query(library.vectors[105], 3)[0][0] == "p105"
        index.close()

    def test_chroma_with_a_damaged_generation(self, library: Library) -> None:
        index = SteadyIndex(library.store, EMBEDDER, DIMENSION, library.open_chroma)
        assert index.wait(30)
        index.close()
        for file in (library.folder / "vectors").rglob("chroma.sqlite3"):
            file.write_bytes(b"damaged" * 100)
        index = SteadyIndex(library.store, EMBEDDER, DIMENSION, library.open_chroma)
        assert index.query(library.vectors[7], 3)[0][0] == "p7"
        assert index.wait(30)
        assert index.query(library.vectors[7], 3)[0][0] == "p7"
        assert index.count() == 100
        index.close()

    def test_a_short_visit_never_opens_the_other_index(self, library: Library) -> None:
        opened: list[Slow] = []

        def open_index() -> Slow:
            opened.append(Slow(threading.Event()))
            return opened[-1]

        index = SteadyIndex(library.store, EMBEDDER, DIMENSION, open_index, patience=60)
        assert index.query(library.vectors[7], 3)[0][0] == "p7"
        index.close()
        assert opened == []

    def test_closing_does_not_wait_for_a_build(self, library: Library) -> None:
        index = SteadyIndex(library.store, EMBEDDER, DIMENSION, library.open_chroma)
        index.close()
        again = SteadyIndex(library.store, EMBEDDER, DIMENSION, library.open_chroma)
        assert again.wait(30)
        assert again.count() == 100
        again.close()


class TestExactIndex:
    def test_removing_and_adding_in_any_order_keeps_ids_and_vectors_together(self) -> None:
        made = unit_vectors(100)
        index = ExactIndex(DIMENSION)
        index.add([f"p{n}" for n in range(60)], made[:60])
        index.remove([f"p{n}" for n in range(0, 60, 3)])
        index.add([f"p{n}" for n in range(50, 100)], made[50:])
        held = {n for n in range(60) if n % 3} | set(range(50, 100))
        assert index.ids() == {f"p{n}" for n in held}
        for n in held:
            assert index.query(made[n], 1)[0][0] == f"p{n}"

    def test_a_rebuild_that_fails_changes_nothing(self) -> None:
        made = unit_vectors(2)
        index = ExactIndex(DIMENSION)
        index.add(["a"], made[:1])

        def failing() -> Iterator[tuple[list[str], Vectors]]:
            yield ["b"], made[1:]
            raise OSError(5, "no more")

        with pytest.raises(OSError, match="no more"):
            index.rebuild(failing())
        assert index.ids() == {"a"}

    def test_nearest_over_batches(self) -> None:
        made = unit_vectors(90)
        batches = [([f"p{n}" for n in range(s, s + 30)], made[s : s + 30]) for s in (0, 30, 60)]
        found = nearest(batches, made[40], 12)
        assert [key for key, _ in found] == [f"p{n}" for n in np.argsort(-(made @ made[40]))[:12]]
