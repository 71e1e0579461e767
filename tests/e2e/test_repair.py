"""Data folders that were damaged, mended: real files, real damage."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from app.chats.chat_settings import ChatSettings
from app.chats.store import ChatStore
from app.data_folder.exclusive import exclusive_access
from app.errors import AlreadyOpen, ChatsDamaged, DataFolderUnusable
from app.paths import Paths
from app.settings.store import SettingsStore
from app.upkeep.diagnosis import diagnose_library
from app.upkeep.repair import repair
from app.workers.clients import IndexClient
from app.workers.configs import IndexConfig
from rag.errors import StoreDamaged
from rag.indexing.report import IndexReport
from rag.store.environment_faults import Cause, fault_from
from rag.store.salvage import salvage
from rag.store.store import Store
from tests.escalations import outside_reply

FILES = 60
_PAGE = 4096


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    folder = tmp_path / "letters"
    folder.mkdir()
    for number in range(FILES):
        words = " ".join(f"word{number}x{n}" for n in range(300))
        (folder / f"letter-{number:02}.txt").write_text(f"Matter mark{number} is due. {words}")
    return folder


def indexed(paths: Paths, *folders: Path) -> IndexReport:
    client = _open(paths)
    try:
        return client.index(list(folders))
    finally:
        client.close()
        _put_away(paths.store)


def _put_away(database: Path) -> None:
    """Moves what is in the log into the file: a worker that is in a hurry leaves it there."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _open(paths: Paths) -> IndexClient:
    config = IndexConfig(str(paths.data), str(paths.models), "tests.sample_models:hash_embedder")
    return IndexClient(paths, config)


def found(paths: Paths, query: str) -> str:
    client = _open(paths)
    try:
        return Path(client.search(query, 1)[0].path).name
    finally:
        client.close()


def overwrite(database: Path, share: float, seed: int = 1) -> None:
    """Writes nonsense over some pages, but not over the first two."""
    data = bytearray(database.read_bytes())
    chance = random.Random(seed)
    pages = range(2, len(data) // _PAGE)
    for page in chance.sample(pages, max(int(len(pages) * share), 1)):
        data[page * _PAGE : (page + 1) * _PAGE] = chance.randbytes(_PAGE)
    database.write_bytes(data)


def tables(database: Path, name: str) -> None:
    """Writes nonsense over the first page of a table or index."""
    connection = sqlite3.connect(database)
    (root,) = connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)
    ).fetchone()
    connection.close()
    with database.open("r+b") as file:
        file.seek((root - 1) * _PAGE)
        file.write(b"\x7f" * 512)


def cut_off(database: Path) -> None:
    with database.open("r+b") as file:
        file.truncate(database.stat().st_size // 3 // _PAGE * _PAGE + 100)


def zero_header(database: Path) -> None:
    with database.open("r+b") as file:
        file.write(bytes(100))


DAMAGE: dict[str, Callable[[Path], None]] = {
    "a page": lambda path: overwrite(path, 0),
    "a fifth of the pages": lambda path: overwrite(path, 0.2),
    "the texts": lambda path: tables(path, "contents"),
    "an index": lambda path: tables(path, "sqlite_autoindex_files_1"),
    "the end": cut_off,
    "the header": zero_header,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_library_is_set_aside_and_what_can_be_read_is_saved(
    paths: Paths, letters: Path, damage: str
) -> None:
    first = indexed(paths, letters)
    DAMAGE[damage](paths.store)
    damaged = paths.store.read_bytes()
    assert diagnose_library(paths).damage
    (mended,) = repair(paths)
    assert mended.name == "library"
    (aside,) = paths.data.glob("damaged-*")
    assert (aside / paths.store.name).read_bytes() == damaged  # nothing that there was is lost
    assert diagnose_library(paths).sound
    again = indexed(paths, letters)
    assert again.added + again.updated + again.unchanged == FILES
    assert again.chunks == first.chunks
    assert found(paths, "mark17") == "letter-17.txt"
    assert repair(paths) == ()


def test_files_on_a_drive_that_is_away_can_still_be_searched(paths: Paths, letters: Path) -> None:
    indexed(paths, letters)
    letters.rename(letters.with_name("unplugged"))
    tables(paths.store, "sqlite_autoindex_chunks_1")
    repair(paths)
    with Store(paths.store) as store:
        assert store.roots() == (str(letters),)
        assert len(store.files()) == FILES
    assert found(paths, "mark17") == "letter-17.txt"


def test_what_was_saved_is_not_embedded_again(paths: Paths, letters: Path) -> None:
    indexed(paths, letters)
    with Store(paths.data / "new.sqlite") as store:
        saved = salvage(paths.store, store)  # nothing is wrong with it: all is saved
        assert (saved.roots, saved.files) == (1, FILES)
        with Store(paths.store) as before:
            ids = before.chunk_ids("hash-64")
        assert saved.vectors == len(ids) > 0
        assert store.chunk_ids("hash-64") == ids
        assert store.unembedded("hash-64", 10) == []


@pytest.mark.parametrize("earlier", [False, True])
def test_damaged_chats_keep_what_can_be_read(paths: Paths, earlier: bool) -> None:
    with_chats = ChatStore(paths.chats)
    for number in range(40):
        chat = with_chats.create(f"Chat {number}")
        for turn in range(5):
            added = with_chats.add_turn(chat.id, f"Question {number}.{turn}: " + "why? " * 200)
            with_chats.add_reply(added.id, outside_reply(f"To {number}.{turn}"))
        with_chats.set_settings(chat.id, ChatSettings(rules=chat.title))
    with_chats.close()
    if earlier:  # before chats had settings of their own
        db = apsw.Connection(str(paths.chats))
        db.execute("ALTER TABLE chats DROP COLUMN settings")
        db.pragma("user_version", 3)
        db.close()
    overwrite(paths.chats, 0.1)
    (mended,) = repair(paths)
    assert mended.name == "chats"
    store = ChatStore(paths.chats)
    chats = store.chats()
    turns = [turn for chat in chats for turn in store.turns(chat.id)]
    store.close()
    whole = [chat for chat in chats if chat.title.startswith("Chat ")]
    assert len(whole) > 20
    assert all(chat.settings.rules == ("" if earlier else chat.title) for chat in whole)
    assert len(turns) > 100
    assert all(turn.question.startswith("Question ") for turn in turns)
    replies = [(turn, reply) for turn in turns for reply in turn.replies]
    assert len(replies) > 100
    assert all(
        reply.text[3:] == turn.question[9 : turn.question.index(":")] for turn, reply in replies
    )
    assert repair(paths) == ()


def test_chats_that_are_no_database_are_set_aside(paths: Paths) -> None:
    paths.chats.write_bytes(b"no database " * 1000)
    with pytest.raises(ChatsDamaged, match="A repair saves"):
        ChatStore(paths.chats)
    (mended,) = repair(paths)
    assert "Nothing could be read" in mended.detail
    ChatStore(paths.chats).close()


def test_unreadable_settings_and_leftovers(paths: Paths) -> None:
    paths.settings.write_text('{"version": 1, "theme": ')
    (paths.data / "backup-x1y2z3_4").mkdir()
    (paths.data / "backup-x1y2z3_4" / "library.sqlite").write_bytes(b"x")
    (paths.data / "settings.jsonabc.tmp").touch()
    assert {mended.name for mended in repair(paths)} == {"settings", "leftovers"}
    assert list(paths.data.glob("backup-*")) == []
    assert (paths.data / "settings.unreadable.json").exists()
    SettingsStore(paths.settings)
    assert repair(paths) == ()


def test_what_was_mended_is_told_also_where_the_rest_cannot_be(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths.settings.write_text('{"version": 1, "passages": 600}')
    paths.store.write_bytes(b"This is a letter and no database. " * 200)
    full = fault_from(Cause.FULL, paths.data)
    monkeypatch.setattr("app.upkeep.repair.fault_of_free_space", lambda _folder, _room: full)
    with pytest.raises(DataFolderUnusable) as raised:
        repair(paths)
    assert "Passages per answer" in raised.value.message  # no later start tells it
    assert "settings.unreadable.json" in raised.value.message
    assert "The library is damaged. It cannot be repaired now" in raised.value.message
    assert raised.value.advice.startswith("Free some space")
    with pytest.raises(DataFolderUnusable) as again:
        repair(paths)
    assert again.value.advice.startswith("Nothing was changed.")


def test_nothing_is_mended_while_studiolo_is_open(paths: Paths) -> None:
    with exclusive_access(paths), pytest.raises(AlreadyOpen, match="Close it"):
        repair(paths)


def test_a_worker_says_how_a_damaged_library_is_mended(paths: Paths) -> None:
    paths.store.write_bytes(b"This is a letter and no database. " * 200)
    client = _open(paths)
    with pytest.raises(StoreDamaged, match="A repair saves"):
        client.warm()
    client.close()
