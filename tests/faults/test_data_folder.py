"""A data folder that cannot be used, and a disk that runs full: real file systems."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.errors import DataFolderUnusable
from app.paths import Paths
from app.workers.clients import IndexClient
from app.workers.configs import IndexConfig
from rag.errors import StoreDamaged, StoreFull
from tests.conftest import MODELS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts file systems as on Linux")


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts small file systems in memory."""
    folders: list[Path] = []

    def mount(options: str) -> Path:
        if os.geteuid() != 0:
            pytest.skip("only root may mount a file system")
        folder = tmp_path / f"disk{len(folders)}"
        folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)],
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            pytest.skip("file systems cannot be mounted here")
        folders.append(folder)
        return folder

    yield mount
    for folder in folders:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def open_index(paths: Paths) -> IndexClient:
    config = IndexConfig(str(paths.data), str(paths.models), "tests.sample_models:hash_embedder")
    return IndexClient(paths, config)


def test_a_folder_that_cannot_be_written_is_told(mounted: Callable[[str], Path]) -> None:
    disk = mounted("size=1m,ro")
    with pytest.raises(DataFolderUnusable, match="the disk is read-only"):
        Paths(disk, MODELS).ensure()


def test_a_folder_that_became_read_only_is_told(mounted: Callable[[str], Path]) -> None:
    disk = mounted("size=8m")
    paths = Paths(disk, MODELS)
    paths.ensure()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    client = open_index(paths)
    with pytest.raises(DataFolderUnusable, match="the disk is read-only"):
        client.warm()
    client.close()


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(DataFolderUnusable, match="cannot be used"):
        Paths(tmp_path / "data", MODELS).ensure()


def test_a_store_that_is_no_database_is_told(paths: Paths) -> None:
    paths.store.write_bytes(b"This is a letter and no database. " * 200)
    client = open_index(paths)
    with pytest.raises(StoreDamaged, match="damaged"):
        client.warm()
    client.close()


def test_a_full_disk_loses_nothing_that_was_stored(
    mounted: Callable[[str], Path], tmp_path: Path
) -> None:
    paths = Paths(mounted("size=6m"), MODELS)
    paths.ensure()
    letters = tmp_path / "letters"
    letters.mkdir()
    first = letters / "a-first.txt"
    first.write_text("The rent is 900 euros a month.")
    client = open_index(paths)
    assert client.index([first]).added == 1
    for number in range(14):
        words = " ".join(f"word{number}x{n}" for n in range(15_000))
        (letters / f"long-{number:02}.txt").write_text(words)
    with pytest.raises(StoreFull, match="Nothing that was stored before is lost"):
        client.index([letters])
    assert client.search("rent", 1)[0].path == str(first)
    client.close()

    subprocess.run(["mount", "-o", "remount,size=512m", str(paths.data)], check=True)
    client = open_index(paths)
    report = client.index([letters])
    assert report.added + report.unchanged == 15
    assert client.search("rent", 1)[0].path == str(first)
    client.close()
