"""What is taken out of the library is gone from the disk, in every file of the data folder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.paths import Paths
from app.workers.clients import IndexClient
from app.workers.configs import IndexConfig
from rag.rules import Rules
from rag.types import FileOutcome
from tests import samples

CANARY = "yellowbird70431"
SECONDS = 5.0


@pytest.fixture
def index(paths: Paths) -> Iterator[IndexClient]:
    config = IndexConfig(str(paths.data), str(paths.models), "tests.sample_models:hash_embedder")
    client = IndexClient(paths, config)
    yield client
    client.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that hold the canary in every way that a file can, and some that do not."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "plain.txt").write_text(f"The bird is a {CANARY} and sings.\n\n" * 40)
    (folder / f"{CANARY}.txt").write_text("Only the name tells.")
    (folder / f"broken {CANARY}.pdf").write_bytes(b"%PDF-1.7 and nothing else")
    (folder / "mail.eml").write_text(
        "From: a@example.org\nSubject: birds\nMIME-Version: 1.0\n"
        "Content-Type: multipart/mixed; boundary=x\n\n"
        "--x\nContent-Type: text/plain\n\nSee the list.\n"
        f"--x\nContent-Type: text/plain\nContent-Disposition: attachment; filename={CANARY}.txt\n\n"
        f"A list of {CANARY}s.\n--x--\n"
    )
    samples.picture(folder / "scan.png", f"A {CANARY} in a cage")
    for number in range(60):
        (folder / f"other-{number}.txt").write_text(f"Letter {number} about the rent. " * 20)
    return folder


def holders(data: Path) -> list[str]:
    """Files of the data folder that hold the canary, in their bytes or in their names."""
    wanted = [CANARY.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")]
    found = []
    for file in data.rglob("*"):
        if file.is_file() and any(word in file.read_bytes() for word in wanted):
            found.append(str(file.relative_to(data)))
        if CANARY in file.name:
            found.append(str(file.relative_to(data)))
    return found


def gone_in_time(data: Path) -> list[str]:
    end = time.monotonic() + SECONDS
    while (found := holders(data)) and time.monotonic() < end:
        time.sleep(0.1)
    return found


def with_canary(folder: Path) -> list[Path]:
    return [file for file in folder.iterdir() if not file.name.startswith("other-")]


@pytest.mark.parametrize("how", ["removed", "deleted", "edited"])
def test_a_word_of_a_document_that_went_is_nowhere(
    index: IndexClient, paths: Paths, folder: Path, how: str
) -> None:
    """Chats that quote a document are the person's own, and stay until they delete them."""
    rules = Rules(pictures=True)
    index.index([folder], rules=rules)
    texts = [f for f in index.files() if f.outcome is FileOutcome.INDEXED]
    assert len(texts) == 65
    assert holders(paths.data)  # else this test could not fail
    leaving = with_canary(folder)
    if how == "removed":
        index.remove(leaving)
    else:
        for file in leaving:
            if how == "edited" and CANARY not in file.name:
                file.write_text("From: a@example.org\nSubject: x\n\nNothing of it is left.\n")
            else:
                file.unlink()
        index.index([folder], rules=rules)
    assert gone_in_time(paths.data) == []
    assert index.search("letter about the rent", 3)


def test_the_name_of_a_file_that_failed_goes_with_it(index: IndexClient, paths: Paths) -> None:
    folder = paths.data.parent / "files"
    folder.mkdir()
    (folder / "letter.txt").write_text("About the rent.")
    broken = folder / f"broken {CANARY}.pdf"
    broken.write_bytes(b"%PDF-1.7 and nothing else")
    index.index([folder])
    assert holders(paths.data)
    broken.unlink()
    index.index([folder])
    assert gone_in_time(paths.data) == []


def test_the_whole_folder_leaves_nothing(index: IndexClient, paths: Paths, folder: Path) -> None:
    index.index([folder], rules=Rules(pictures=True))
    index.remove([folder])
    assert gone_in_time(paths.data) == []
    assert index.files() == ()
