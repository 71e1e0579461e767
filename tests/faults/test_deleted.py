"""What is taken out of the library is gone from the disk, in every file of the data folder.

Its words, its names, and its vectors: these stand for what a text says nearly as well as its words.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import apsw
import numpy as np
import pytest

from app.chats.store import Turn
from app.errors import ChatsNotSaved
from app.jobs import CancelToken
from app.library.forgetting import RemainingCopies
from app.paths import Paths
from app.privacy.egress.record import Begun, EgressRecord
from app.services import Services, build_services
from app.workers.clients import IndexClient
from app.workers.configs import IndexConfig
from rag.indexing.rules import Rules
from rag.ports import Vectors
from rag.store.files import FileOutcome
from rag.store.raw_database import open_raw
from rag.types import Hit
from tests import samples
from tests.escalations import outside_reply
from tests.vector_traces import traces

CANARY = "yellowbird70431"
SECONDS = 5.0
DENSE = "tests.sample_models:dense_embedder"
SLOW = "tests.sample_models:slow_dense_embedder"


def config(paths: Paths, embedder: str = DENSE) -> IndexConfig:
    return IndexConfig(str(paths.data), str(paths.models), embedder)


@pytest.fixture
def index(paths: Paths) -> Iterator[IndexClient]:
    with closing(IndexClient(paths, config(paths))) as client:
        yield client


@pytest.fixture
def services(paths: Paths) -> Iterator[Services]:
    made = build_services(
        paths, index_config=config(paths), chat_model="tests.sample_models:fake_chat"
    )
    yield made
    made.close()


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
    (folder / "heading.md").write_text(f"# Of the {CANARY}\n\n## Food\n\nIt eats seeds.\n" * 9)
    (folder / "cells.csv").write_text(
        "Bird,Count\n" + "".join(f"{CANARY},{n}\n" for n in range(50))
    )
    samples.picture(folder / "scan.png", f"A {CANARY} in a cage")
    for number in range(60):
        (folder / f"other-{number}.txt").write_text(f"Letter {number} about the rent. " * 20)
    return folder


def holders(data: Path, vectors: Vectors | None = None) -> list[str]:
    """Files of the data folder that hold the canary, in their bytes or names, or a vector.

    The full-text index leaves out what a word has in common with the one before it.
    """
    words = (CANARY, CANARY[4:], CANARY.upper())
    wanted = [
        word.encode(code)
        for word in words
        for code in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")
    ]
    found = []
    for file in data.rglob("*"):
        content = b""
        if file.is_file():
            with contextlib.suppress(FileNotFoundError):  # it went since it was listed
                content = file.read_bytes()
        if any(word in content for word in wanted):
            found.append(str(file.relative_to(data)))
        if CANARY in file.name:
            found.append(str(file.relative_to(data)))
    if vectors is not None and len(vectors):
        found += traces(data.rglob("*"), vectors)
    return found


def stored_vectors(paths: Paths) -> dict[bytes, Vectors]:
    """What the library holds now, read beside it."""
    db = open_raw(paths.store)
    try:
        rows = list(db.execute("SELECT digest, vector FROM embeddings"))
    finally:
        db.close()
    return {digest: np.frombuffer(vector, np.float32) for digest, vector in rows}


def gone_vectors(before: dict[bytes, Vectors], paths: Paths) -> Vectors:
    left = stored_vectors(paths)
    gone = [vector for digest, vector in before.items() if digest not in left]
    assert gone
    return np.stack(gone)


def gone_in_time(data: Path, vectors: Callable[[], Vectors] | None = None) -> list[str]:
    end = time.monotonic() + SECONDS
    known = None if vectors is None else vectors()
    while (found := holders(data, known)) and time.monotonic() < end:
        time.sleep(0.1)
    return found


def wait_for_files(paths: Paths, count: int) -> None:
    """Until the vector index has been written: vectors are nowhere else to be found before."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for slots in paths.vectors.glob("gen-*/slots"):
            if len(slots.read_text().split()) >= count:
                return
        time.sleep(0.1)
    raise AssertionError


def with_canary(folder: Path) -> list[Path]:
    return [file for file in folder.iterdir() if not file.name.startswith("other-")]


@pytest.mark.parametrize("how", ["removed", "deleted", "edited"])
def test_a_document_that_went_is_nowhere(
    index: IndexClient, paths: Paths, folder: Path, how: str
) -> None:
    """Chats that quote a document are the person's own: see below."""
    rules = Rules(pictures=True)
    index.index([folder], rules=rules)
    texts = [f for f in index.files() if f.outcome is FileOutcome.INDEXED]
    assert len(texts) == 67
    wait_for_files(paths, 67)
    before = stored_vectors(paths)
    assert holders(paths.data)  # else this test could not fail
    everything = np.stack(list(before.values()))
    assert "data_level0.bin" in traces(paths.vectors.rglob("*"), everything)
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
    assert gone_in_time(paths.data, lambda: gone_vectors(before, paths)) == []
    assert index.search("letter about the rent", 3)
    gone = gone_vectors(before, paths)
    index.close()
    assert holders(paths.data, gone) == []


def test_a_visit_that_is_over_before_chroma_is_loaded_leaves_nothing(
    index: IndexClient, paths: Paths, folder: Path
) -> None:
    index.index([folder])
    wait_for_files(paths, 60)
    before = stored_vectors(paths)
    index.close()
    with closing(IndexClient(paths, config(paths))) as short:
        short.remove(with_canary(folder))
    assert holders(paths.data, gone_vectors(before, paths)) == []


def test_a_removal_does_not_wait_for_a_run(paths: Paths, folder: Path, tmp_path: Path) -> None:
    long = tmp_path / "long"
    long.mkdir()
    for number in range(12):
        words = " ".join(f"word{number}x{n}" for n in range(1500))
        (long / f"long-{number}.txt").write_text(words)
    with closing(IndexClient(paths, config(paths, SLOW))) as client:
        client.index([folder])
        before = stored_vectors(paths)
        begun, over = threading.Event(), threading.Event()
        token = CancelToken()

        def run() -> None:
            reports.append(client.index([long, folder], lambda _: begun.set(), token))
            over.set()

        reports: list[object] = []
        thread = threading.Thread(target=run)
        thread.start()
        assert begun.wait(20)
        token.pause()
        client.remove([folder])
        assert not over.is_set()
        gone = np.stack(list(before.values()))
        assert gone_in_time(paths.data, lambda: gone) == []
        token.resume()
        assert over.wait(60)
        thread.join()
        assert client.status().roots == (str(long),)  # the run did not bring it back
        assert holders(paths.data, gone) == []
        assert len(client.files()) == 12


def test_what_was_cut_off_is_completed_at_the_next_start(
    index: IndexClient, paths: Paths, folder: Path
) -> None:
    """As if the process had ended between two steps of a removal."""
    index.index([folder])
    wait_for_files(paths, 60)
    before = stored_vectors(paths)
    index.close()
    db = apsw.Connection(str(paths.store))
    db.pragma("secure_delete", True)
    db.execute("DELETE FROM files WHERE path NOT LIKE '%other-%'")
    db.close()
    with closing(IndexClient(paths, config(paths))) as again:
        again.warm()
        end = time.monotonic() + SECONDS
        while len(stored_vectors(paths)) != 60 and time.monotonic() < end:
            time.sleep(0.1)
        assert gone_in_time(paths.data, lambda: gone_vectors(before, paths)) == []


def sources_of(turn: Turn) -> tuple[Hit, ...]:
    assert turn.answer is not None
    return turn.answer.nearest


class TestChats:
    """An answer keeps the passages that it was made from."""

    @pytest.fixture
    def asked(self, services: Services, folder: Path) -> Services:
        """Two chats about the canary, one of which a model outside was asked, and one more."""
        services.settings.change(read_pictures=False)
        services.library.add([folder])
        for title in ("first", "second"):
            answer = services.answers.ask(f"What does the {CANARY} eat?")
            assert CANARY in str(answer.nearest)
            chat = services.chats.create(title)
            services.chats.add_turn(chat.id, "What does it eat?", answer)
        other = services.answers.ask("letter about the rent")
        about = replace(other, nearest=tuple(h for h in other.nearest if "other-" in h.path))
        services.chats.add_turn(services.chats.create("rent").id, "What is the rent?", about)
        record = EgressRecord(services.paths.egress)
        turn = services.chats.turns(1)[0]
        services.chats.add_reply(turn.id, replace(outside_reply(CANARY), sha256="ab" * 32))
        for name, digest in (("one.json", "ab" * 32), ("two.json", "cd" * 32)):
            record.begin(
                Begun("2026", name, "escalate", "h", sha256=digest, payload=name), CANARY.encode()
            )
        return services

    def test_they_are_named_and_cleared(self, asked: Services, folder: Path) -> None:
        removal = asked.forgetting.remove(folder)
        assert (removal.left.chats, len(removal.left.turns)) == (3, 3)
        assert (removal.left.payloads, removal.left.unsure) == (("one.json",), 1)
        assert removal.report.removed
        assert "chats.sqlite" in str(holders(asked.paths.data))
        asked.forgetting.remove_copies(removal.left)
        assert gone_in_time(asked.paths.data) == ["egress/payloads/two.json"]
        assert [turn.question for turn in asked.chats.turns(1)] == ["What does it eat?"]
        answer = asked.chats.turns(1)[0].answer
        assert answer is not None
        assert answer.taken_back
        assert asked.chats.turns(1)[0].replies == ()

    def test_only_what_was_made_from_it(self, asked: Services, folder: Path) -> None:
        cited = {hit.path for turn in asked.chats.turns(3) for hit in sources_of(turn)}
        never = next(f for f in folder.glob("other-*.txt") if str(f) not in cited)
        assert asked.forgetting.remove(never).left == RemainingCopies(unsure=1)
        assert asked.forgetting.remove(cited.pop()).left.turns == (3,)

    def test_a_file_that_moved_is_known_by_what_it_says(
        self, asked: Services, folder: Path
    ) -> None:
        deeper = folder / "deeper"
        deeper.mkdir()
        for file in with_canary(folder):
            if file.is_file():
                file.rename(deeper / file.name)
        asked.library.rescan()
        assert asked.forgetting.remove(deeper).left.chats == 2

    def test_a_copy_that_stays_keeps_its_text(self, asked: Services, folder: Path) -> None:
        copies = folder.with_name("copies")
        copies.mkdir()
        for file in folder.iterdir():
            (copies / file.name).write_bytes(file.read_bytes())
        asked.library.add([copies])
        assert asked.forgetting.remove(copies).left == RemainingCopies(unsure=1)

    def test_a_deleted_chat_is_gone(self, asked: Services, folder: Path) -> None:
        removal = asked.forgetting.remove(folder)
        assert removal.left.removable
        for chat in asked.chats.chats():
            asked.chats.delete(chat.id)
        assert [name for name in gone_in_time(asked.paths.data) if "chats" in name] == []

    def test_while_somebody_reads_them(self, asked: Services, folder: Path) -> None:
        """Another program has the file for too long: that is told, and trying again is enough."""
        left = asked.forgetting.remove(folder).left
        reader = apsw.Connection(str(asked.paths.chats), flags=apsw.SQLITE_OPEN_READONLY)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM turns").fetchall()
        with pytest.raises(ChatsNotSaved, match="another program has the file open"):
            asked.forgetting.remove_copies(left)
        reader.close()
        asked.forgetting.remove_copies(left)
        assert [name for name in gone_in_time(asked.paths.data) if "chats" in name] == []

    def test_older_data_and_collections_are_named(self, asked: Services, folder: Path) -> None:
        (asked.paths.data / "before-restore-20260101-000000").mkdir()
        asked.settings.change(collections=({"name": "Birds", "folders": (str(folder),)},))
        left = asked.forgetting.remove(folder).left
        assert left.set_aside == ("before-restore-20260101-000000",)
        assert left.collections == ("Birds",)


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
