"""Backups made to do harm: none lowers a protection unasked, and each ends in a clear sentence."""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.chats.store import ChatStore
from app.errors import KNOWN_ERRORS
from app.paths import Paths
from app.settings.fields import Settings
from app.settings.store import SettingsStore
from app.shell.backup_commands import restore
from app.shell.console import Console
from rag.search.lexical import search_words
from rag.store.database import all_rows
from rag.store.queue import pending
from rag.store.store import Store
from tests import hostile_backups
from tests.hostile_backups import (
    BAD_HOST,
    COUNT,
    EMBEDDER,
    HERE,
    REFUSED_ROWS,
    REFUSED_SETTINGS,
    ROWS,
    SCHEMAS,
    SECRET,
    SETTINGS,
    TAKEN_SCHEMAS,
    ZIP,
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("true")
    hostile_backups.true_parts(folder)
    return folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory, where the system has such: thousands of writes wait for no disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture
def here(folder: Path) -> Paths:
    """The data folder of the one who restores."""
    paths = Paths(folder / "data", folder / "models")
    paths.ensure()
    return paths


def put_back(paths: Paths, backup: Path) -> None:
    options = argparse.Namespace(file=backup, accept_settings=False)
    assert restore(options, paths, Console(as_json=True)) == 0


def fill(paths: Paths, settings: Settings | None) -> dict[str, bytes]:
    """Sets up the data folder of the one who restores; returns its files."""
    for path in (*paths.data.glob("*.sqlite*"), *paths.data.glob("settings*")):
        path.unlink()
    if settings is None:
        return files(paths)
    paths.settings.write_text(settings.model_dump_json(), encoding="utf-8")
    return files(paths)


def files(paths: Paths) -> dict[str, bytes]:
    kept = (paths.store, paths.chats, paths.settings)
    return {path.name: path.read_bytes() for path in kept if path.exists()}


def lowered(before: Settings, after: Settings) -> list[str]:
    """Which promises of `before` the settings `after` do not keep."""
    checks = {
        "cloud": after.cloud_enabled and not before.cloud_enabled,
        "provider": any(p not in before.cloud_providers for p in after.cloud_providers),
        "proxy": after.proxy != before.proxy,
        "certificates": after.ca_file not in ("", before.ca_file),
        "payloads": after.keep_payloads and not before.keep_payloads,
        "never leaves": not set(before.never_leave) <= set(after.never_leave),
        "elsewhere": BAD_HOST in str(after.collections),
        "words": not set(before.own_words) <= set(after.own_words),
        "hidden": after.hidden_files and not before.hidden_files,
        "left out": any(
            before.left_out and _takes(after, path)
            for path in ("drafts/a.txt", "a.key", "drafts/b.key")
        ),
    }
    return [name for name, is_lower in checks.items() if is_lower]


def _takes(settings: Settings, path: str) -> bool:
    from rag.indexing.rules import Filter

    return Filter(settings.rules).takes(path)


def use(paths: Paths) -> None:
    """Does what a person does with a library and chats; then removes all, and sees it gone."""
    chats = ChatStore(paths.chats)
    for chat in chats.chats():
        for turn in chats.turns(chat.id):
            for path in (source.path for source in (turn.answer.nearest if turn.answer else ())):
                assert BAD_HOST not in path
                assert path.startswith("/")
    assert chats.chats("notice") is not None
    chats.add_turn(chats.create("New").id, "More?")
    for chat in chats.chats():
        chats.delete(chat.id)
    chats.close()
    with Store(paths.store) as store:
        records = store.files()
        names = [record.path for record in records]
        assert BAD_HOST not in str((names, store.roots(), pending(store.database)))
        store.known_files()
        store.status(EMBEDDER, 0)
        for name in names:
            store.document(name)
        ids = store.chunk_ids(EMBEDDER)
        assert sum(len(found) for found, _ in store.vectors(EMBEDDER)) == len(ids)
        store.passages(ids)
        found = search_words(store.database, SECRET, 50)
        assert {key for key, _ in found.scores} <= _chunk_ids(store)
        store.remove_files(names)
        store.sweep(EMBEDDER)
    with Store(paths.store) as store:
        assert not store.database.fault()
    data = paths.store.read_bytes()
    assert SECRET.encode() not in data
    assert SECRET.encode().hex().upper().encode() not in data


def _chunk_ids(store: Store) -> set[str]:
    with store.database.read() as db:
        return {key for (key,) in all_rows(db.execute("SELECT id FROM chunks"))}


def must_be_taken(name: str) -> bool:
    """Whether a trick comes alone, and leaves a backup of which a safe part can be restored."""
    return (
        (name in SETTINGS and name not in REFUSED_SETTINGS)
        or (name in ROWS and name not in REFUSED_ROWS)
        or name in TAKEN_SCHEMAS
    )


def must_be_refused(name: str) -> bool:
    """Whether one of the tricks leaves nothing that could be believed."""
    tricks = set(name.split("; "))
    return bool(tricks & (ZIP.keys() | REFUSED_SETTINGS | (SCHEMAS.keys() - TAKEN_SCHEMAS)))


def run(base: Path, paths: Paths, work: Path) -> Counter[str]:
    """Restores each backup and uses what was put back; counts what went wrong, and what did not."""
    work.mkdir()
    told: Counter[str] = Counter()
    wrong: list[str] = []
    for number, (name, backup) in enumerate(hostile_backups.backups(base, work)):
        before = fill(paths, HERE if number % 3 else None)
        try:
            put_back(paths, backup)
        except KNOWN_ERRORS as error:
            told["refused"] += 1
            if must_be_taken(name):
                wrong.append(f"{name}: refused: {error}")
            if files(paths) != before:
                wrong.append(f"{name}: refused, and changed something")
            continue
        except Exception as error:  # noqa: BLE001  # to be counted
            wrong.append(f"{name}: {type(error).__name__} while it is restored: {error}")
            continue
        told["restored"] += 1
        if must_be_refused(name):
            wrong.append(f"{name}: restored")
        try:
            after = SettingsStore(paths.settings).current
            low = lowered(HERE if number % 3 else Settings(), after)
            if low:
                wrong.append(f"{name}: lowered {low}")
            use(paths)
        except Exception as error:  # noqa: BLE001  # to be counted
            wrong.append(f"{name}: {type(error).__name__} when it is used: {error}")
    assert not wrong, "\n".join([f"{len(wrong)} of {sum(told.values())}", *wrong])
    return told


def test_two_hundred_hostile_backups_lower_nothing_and_break_nothing(
    base: Path, here: Paths, folder: Path
) -> None:
    told = run(base, here, folder / "work")
    assert sum(told.values()) == COUNT
    assert told["restored"] > COUNT // 4
