"""What the disk does is no reason to remove the vectors that are there."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from rag.errors import IndexUnusable
from rag.search import vectors
from rag.search.generations import Generations
from rag.search.vector_files import VectorFiles
from rag.search.vectors import ChromaIndex
from rag.store.surroundings import Cause, described

ONE = np.array([[1, 0, 0, 0]], np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one generation."""
    index = ChromaIndex(tmp_path / "vectors", 4, "some")
    index.rebuild([(["a"], ONE)])
    index.close()
    return tmp_path / "vectors"


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.name != "opening"}


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO, errno.ESTALE])
def test_a_name_that_cannot_be_read_removes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    before = files(folder)

    def refuse(_: Path) -> bytes:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refuse)
        VectorFiles(folder, 4, "some")
        with pytest.raises(OSError, match=os.strerror(number)):
            Generations(folder, "some/4").sweep()
    assert files(folder) == before


def test_a_full_disk_while_it_is_opened_removes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(folder)

    def refuse(_: Path) -> None:
        raise IndexUnusable("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(vectors, "_open_client", refuse)
        patch.setattr(vectors, "tried", lambda path: described(Cause.FULL, path))
        with pytest.raises(IndexUnusable, match="the disk is full"):
            ChromaIndex(folder, 4, "some")
    assert files(folder) == before
    index = ChromaIndex(folder, 4, "some")
    assert index.count() == 1
    index.close()


def test_what_is_damaged_is_still_left_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise IndexUnusable("damaged")

    with monkeypatch.context() as patch:
        patch.setattr(vectors, "_open_client", refuse)
        index = ChromaIndex(folder, 4, "some")
    assert index.count() == 0
    index.close()
