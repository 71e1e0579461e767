"""Backups made, and put back: what comes back, what is asked, and what a crash leaves."""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import stat
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

import app.upkeep.backup
from app.chats.store import ChatStore
from app.data_folder.exchange import exchange, finish_cut_off
from app.errors import BackupFailed, Cancelled, DataFolderUnusable, DataTooNew
from app.jobs import CancelToken
from app.paths import Paths
from app.services import Services, build_services
from app.settings.fields import Settings
from app.settings.store import SettingsStore
from app.shell.backup_commands import restore as restore_command
from app.shell.console import Console
from app.upkeep.backup import back_up
from app.upkeep.diagnosis import diagnose_chats, diagnose_library
from app.upkeep.repair import repair
from app.upkeep.restore import FILES_ELSEWHERE, restore
from app.workers.configs import IndexConfig
from rag.indexing.embedder_change import forget_other_sizes
from rag.search.generations import Generations
from rag.store.store import Store
from tests import hostile_backups
from tests.hostile_backups import BAD_HOST, EMBEDDER, HEALTH, HERE, ROWS, SCHEMAS, SETTINGS
from tests.sample_models import hash_embedder

POSIX = pytest.mark.skipif(os.name != "posix", reason="permissions as on POSIX")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("true")
    hostile_backups.true_parts(folder)
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def services(paths: Paths) -> Iterator[Services]:
    config = IndexConfig(str(paths.data), str(paths.models), "tests.sample_models:hash_embedder")
    made = build_services(paths, index_config=config)
    yield made
    made.close()


def set_here(paths: Paths) -> None:
    paths.settings.write_text(HERE.model_dump_json(), encoding="utf-8")


def rows(database: Path) -> dict[str, list[str]]:
    """What stands in the tables of a library or of chats."""
    db = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
    names = [
        name
        for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        if not name.startswith("passages") and name != "sqlite_sequence"
    ]
    found = {name: sorted(map(repr, db.execute(f"SELECT * FROM {name}"))) for name in names}
    db.close()
    return found


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def command(paths: Paths, backup: Path, *, accept: bool = False, as_json: bool = False) -> None:
    options = argparse.Namespace(file=backup, accept_settings=accept)
    assert restore_command(options, paths, Console(as_json=as_json)) == 0


# Round trips.


def test_all_comes_back_as_it_was(
    services: Services, paths: Paths, examples: Path, tmp_path: Path
) -> None:
    services.library.add([examples])
    chat = services.chats.create("Lease")
    services.chats.add_turn(chat.id, "How long?")
    services.settings.change(passages=7)
    size = back_up(services, tmp_path / "copy.zip")
    assert size == (tmp_path / "copy.zip").stat().st_size
    services.close()
    library, chats = rows(paths.store), rows(paths.chats)
    assert len(library["chunks"]) > 50

    other = Paths(tmp_path / "other", paths.models)
    done = restore(other, tmp_path / "copy.zip")
    assert (done.kept, done.left_off, done.removed) == (None, (), ())
    assert rows(other.store) == library
    assert rows(other.chats) == chats
    assert SettingsStore(other.settings).current.passages == 7
    assert not list(other.data.glob("restor*"))


def test_what_was_there_is_kept(base: Path, work: Path, paths: Paths) -> None:
    set_here(paths)
    ChatStore(paths.chats).close()
    before = paths.chats.read_bytes()
    done = restore(paths, hostile_backups.make(base, work, []))
    assert done.kept is not None
    assert (done.kept / paths.chats.name).read_bytes() == before
    assert rows(paths.chats) == rows(base / "chats.sqlite")
    assert done.roots == ("/home/me/papers",)
    again = restore(paths, hostile_backups.make(base, work, []))
    assert again.kept != done.kept
    assert again.roots == ()


def test_a_library_from_before_is_brought_to_today(base: Path, work: Path, paths: Paths) -> None:
    from rag.store.schema import APPLICATION_ID, MIGRATIONS

    def old(backup: hostile_backups.Backup) -> None:
        backup.library.unlink()
        db = apsw.Connection(str(backup.library))
        db.execute(MIGRATIONS[0])
        db.execute("INSERT INTO roots VALUES ('/papers', 1, 1.0)")
        db.pragma("application_id", APPLICATION_ID)
        db.pragma("user_version", 1)
        db.close()

    restore(paths, hostile_backups.make(base, work, [old]))
    with Store(paths.store) as store:
        assert store.roots() == ("/papers",)
    assert diagnose_library(paths).foreign == ()


def test_a_backup_with_the_end_of_a_large_file_is_read(
    base: Path, work: Path, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(zipfile, "ZIP64_LIMIT", 100)  # so that zipfile writes it for a small one
        backup = hostile_backups.make(base, work, [])
    assert b"PK\6\6" in backup.read_bytes()[-200:]
    restore(paths, backup)
    assert rows(paths.store) == rows(base / "library.sqlite")


def test_a_restore_that_is_cancelled_changes_nothing(base: Path, work: Path, paths: Paths) -> None:
    set_here(paths)
    token = CancelToken()
    stages: list[str] = []

    def stop(stage: str) -> None:
        stages.append(stage)
        if stage == "Checking the chats":
            token.cancel()

    with pytest.raises(Cancelled):
        restore(paths, hostile_backups.make(base, work, []), on_progress=stop, token=token)
    assert stages[-1] == "Checking the chats"
    assert sorted(p.name for p in paths.data.iterdir() if p.is_file()) == [
        "settings.json",
        "studiolo.lock",
    ]


@POSIX
def test_nobody_else_can_read_what_is_written(
    services: Services, paths: Paths, examples: Path, tmp_path: Path
) -> None:
    paths.data.chmod(0o755)
    before = os.umask(0o022)
    try:
        services.library.add([examples / "travel-and-expenses.md"])
        back_up(services, tmp_path / "copy.zip")
        other = Paths(tmp_path / "other", paths.models)
        restore(other, tmp_path / "copy.zip")
    finally:
        os.umask(before)
    assert mode(tmp_path / "copy.zip") == 0o600
    databases = [*paths.data.glob("*.sqlite*"), *other.data.glob("*.sqlite*")]
    assert len(databases) >= 4
    assert {mode(path) for path in databases} == {0o600}
    assert mode(other.data) == 0o700
    Generations(tmp_path / "vectors", "anything")
    assert mode(tmp_path / "vectors") == 0o700


@POSIX
def test_databases_that_others_could_read_are_taken_from_them(paths: Paths) -> None:
    for path in (paths.store, paths.chats):
        path.touch(mode=0o644)
    Store(paths.store).close()
    ChatStore(paths.chats).close()
    assert mode(paths.store) == mode(paths.chats) == 0o600


def test_a_backup_takes_the_place_of_a_backup_only(services: Services, tmp_path: Path) -> None:
    mine = tmp_path / "mine.docx"
    mine.write_bytes(b"a letter")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a.txt", "a")
    for name in ("mine.docx", "other.zip"):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(BackupFailed, match="--force"):
            back_up(services, tmp_path / name)
        assert (tmp_path / name).read_bytes() == before
    part = tmp_path / "copy.zip.part"
    part.write_bytes(b"somebody's")
    back_up(services, tmp_path / "copy.zip")
    back_up(services, tmp_path / "copy.zip")
    back_up(services, mine, force=True)
    assert part.read_bytes() == b"somebody's"
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == [
        "copy.zip",
        "copy.zip.part",
        "mine.docx",
        "other.zip",
    ]


def test_a_backup_leaves_out_empty_pages(tmp_path: Path) -> None:
    with Store(tmp_path / "library.sqlite") as store:
        with store.database.write() as db:
            for number in range(200):
                db.execute("INSERT INTO queue VALUES (? || hex(randomblob(4000)), 1.0)", (number,))
        with store.database.write() as db:
            db.execute("DELETE FROM queue")
        assert store.database.back_up(tmp_path / "copy.sqlite") < 400_000
    with Store(tmp_path / "copy.sqlite") as copy:
        assert not copy.database.fault()


# What is asked.


def test_the_shell_lists_what_it_left_off_and_how_to_take_it_over(
    base: Path, work: Path, paths: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    set_here(paths)
    evil = hostile_backups.make(base, work, [SETTINGS["all of it"]])
    command(paths, evil)
    said = capsys.readouterr().out
    assert f"https://{BAD_HOST}/v1" in said
    assert HEALTH in said
    assert "--accept-settings" in said
    after = SettingsStore(paths.settings).current
    assert after == HERE.model_copy(update={"collections": HERE.collections[:1]})

    command(paths, evil, as_json=True)
    result = json.loads(capsys.readouterr().out)
    assert {one["setting"] for one in result["left_off"]} >= {"cloud_enabled", "collections"}

    command(paths, evil, accept=True)
    assert "Not taken over" not in capsys.readouterr().out
    after = SettingsStore(paths.settings).current
    assert after.cloud_enabled
    assert after.never_leave == ()


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "cloud", "proxy"),
    [
        ("", False, False),
        ("\n", False, False),
        ("no\n", False, False),
        ("1\n", True, False),
        ("2, 9\n", False, True),
        ("all\n", True, True),
    ],
)
def test_a_person_chooses_what_is_taken_over(
    base: Path,
    work: Path,
    paths: Paths,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
    cloud: bool,
    proxy: bool,
) -> None:
    monkeypatch.setattr(sys, "stdin", _Terminal(typed))
    own = [SETTINGS["cloud on"], SETTINGS["a proxy"]]  # on a new computer, with no settings yet
    command(paths, hostile_backups.make(base, work, own))
    assert "1. Asking larger models outside" in capsys.readouterr().out
    after = SettingsStore(paths.settings).current
    assert (after.cloud_enabled, bool(after.proxy)) == (cloud, proxy)
    assert after.never_leave == HERE.never_leave


def test_files_on_other_computers_are_taken_over_if_wanted(
    base: Path, work: Path, paths: Paths
) -> None:
    tricks = [ROWS["a file elsewhere"], ROWS["an answer from elsewhere"]]
    backup = hostile_backups.make(base, work, tricks)

    def wanted(asked: tuple[Any, ...]) -> set[str]:
        return {one.setting for one in asked if one.setting == FILES_ELSEWHERE}

    restore(paths, backup, wanted)
    with Store(paths.store) as store:
        assert f"//{BAD_HOST}/share/x" in {file.path for file in store.files()}
    assert rows(paths.chats) == rows(work / "chats.sqlite")


def test_without_settings_in_it_those_here_stay(base: Path, work: Path, paths: Paths) -> None:
    set_here(paths)
    restore(paths, hostile_backups.make(base, work, [SETTINGS["no settings"]]))
    assert SettingsStore(paths.settings).current == HERE


def test_settings_that_cannot_be_read_here_are_kept_and_told(
    base: Path, work: Path, paths: Paths
) -> None:
    paths.settings.write_text("{", encoding="utf-8")
    done = restore(paths, hostile_backups.make(base, work, []))
    assert "could not be read" in done.removed[0]
    assert done.kept is not None
    assert (done.kept / "settings.json").read_text(encoding="utf-8") == "{"


# Crashes and errors in the middle.


class _Killed(BaseException):
    """Ends the program where it stands; only a kill of the process would do more."""


def _interrupted(
    monkeypatch: pytest.MonkeyPatch,
    paths: Paths,
    at: int,
    error: BaseException,
    *,
    for_good: bool = False,
) -> None:
    """Lets the `at`-th step of an exchange end with an error, or all from that one on."""
    count = 0
    begun = (paths.data / "restoring").exists()

    def counted(real: Callable[[Path, Path], Any]) -> Callable[[Path, Path], Any]:
        def step(self: Path, target: Path) -> Any:
            nonlocal count, begun
            begun = begun or target == paths.data / "restoring"
            count += begun
            if count == at or (for_good and count > at):
                raise error
            return real(self, target)

        return step

    for name in ("rename", "replace", "hardlink_to"):
        monkeypatch.setattr(Path, name, counted(getattr(Path, name)))


MOVES = 7  # into the folder that waits, three old files kept, three new ones in place


@pytest.mark.parametrize("at", range(1, MOVES + 1))
def test_a_kill_in_the_middle_is_finished_by_the_next_start(
    base: Path, work: Path, paths: Paths, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    set_here(paths)
    Store(paths.store).close()
    ChatStore(paths.chats).close()
    old = {p.name: p.read_bytes() for p in (paths.store, paths.chats, paths.settings)}
    backup = hostile_backups.make(base, work, [hostile_backups._set(passages=9)])
    with monkeypatch.context() as patch:
        _interrupted(patch, paths, at, _Killed())
        with pytest.raises(_Killed):
            restore(paths, backup)
    finish_cut_off(paths)
    if at == 1:  # it had not begun
        assert {p.name: p.read_bytes() for p in paths.data.iterdir() if p.name in old} == old
        return
    assert SettingsStore(paths.settings).current == HERE.model_copy(update={"passages": 9})
    assert rows(paths.store) == rows(base / "library.sqlite")
    assert rows(paths.chats) == rows(base / "chats.sqlite")
    (kept,) = paths.data.glob("before-restore-*")
    assert {p.name: p.read_bytes() for p in kept.iterdir() if p.stat().st_size} == old
    assert not list(paths.data.glob("restor*"))


def contents(folder: Path) -> dict[str, bytes]:
    """Files and what they hold; a log of SQLite that holds nothing counts as none."""
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    return {
        name: data
        for name, data in files.items()
        if not name.endswith("-shm") and (data or not name.endswith("-wal"))
    }


@pytest.mark.parametrize("at", range(1, MOVES + 1))
def test_an_error_in_the_middle_leaves_everything_as_it_was(
    base: Path, work: Path, paths: Paths, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    set_here(paths)
    Store(paths.store).close()
    ChatStore(paths.chats).close()
    paths.lock.touch()
    old = contents(paths.data)
    backup = hostile_backups.make(base, work, [])
    with monkeypatch.context() as patch:
        _interrupted(patch, paths, at, PermissionError(13, "Permission denied"))
        with pytest.raises(BackupFailed, match="Everything is as it was"):
            restore(paths, backup)
    finish_cut_off(paths)
    assert contents(paths.data) == old
    assert not [*paths.data.glob("restor*"), *paths.data.glob("before-restore-*")]


def test_a_start_that_cannot_finish_it_leaves_it_to_the_next(
    base: Path, work: Path, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_here(paths)
    ChatStore(paths.chats).close()
    with monkeypatch.context() as patch:
        _interrupted(patch, paths, 3, _Killed())
        with pytest.raises(_Killed):
            restore(paths, hostile_backups.make(base, work, []))
    for at in (1, 2):
        with monkeypatch.context() as patch:
            _interrupted(patch, paths, at, PermissionError(13, "Permission denied"))
            with pytest.raises(DataFolderUnusable, match="cannot be finished"):
                finish_cut_off(paths)
    finish_cut_off(paths)
    assert rows(paths.chats) == rows(base / "chats.sqlite")
    assert rows(paths.store) == rows(base / "library.sqlite")


def test_what_cannot_be_undone_is_finished_by_the_next_start(
    base: Path, work: Path, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_here(paths)
    ChatStore(paths.chats).close()

    with monkeypatch.context() as patch:
        error = PermissionError(13, "Permission denied")
        _interrupted(patch, paths, 4, error, for_good=True)
        with pytest.raises(BackupFailed, match="the next start finishes it"):
            exchange(paths, _new(paths, base), ["library.sqlite", "chats.sqlite"])
    finish_cut_off(paths)
    assert rows(paths.chats) == rows(base / "chats.sqlite")


def _new(paths: Paths, base: Path) -> Path:
    new = paths.data / "new"
    new.mkdir()
    for name in ("library.sqlite", "chats.sqlite"):
        (new / name).write_bytes((base / name).read_bytes())
    return new


@pytest.mark.parametrize("kind", ["none", "folder", "pipe"])
def test_what_is_no_file_is_told(paths: Paths, tmp_path: Path, kind: str) -> None:
    source = tmp_path / "source"
    if kind == "folder":
        source.mkdir()
    elif kind == "pipe":
        if not hasattr(os, "mkfifo"):
            pytest.skip("no pipes with names here")
        os.mkfifo(source)
    with pytest.raises(BackupFailed, match="no file"):
        restore(paths, source)


def test_a_backup_that_has_no_room_is_not_begun(
    base: Path, work: Path, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = hostile_backups.make(base, work, [])
    usage = shutil.disk_usage(paths.data)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1 << 20))
    with pytest.raises(BackupFailed, match="1 MB are free"):
        restore(paths, backup)


def test_the_window_and_the_shell_finish_it_before_they_open_anything(
    base: Path, work: Path, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        _interrupted(patch, paths, 2, _Killed())
        with pytest.raises(_Killed):
            restore(paths, hostile_backups.make(base, work, []))
    assert not paths.chats.exists()
    services = build_services(paths)
    assert len(services.chats.chats()) == 3
    services.close()


def test_notes_of_an_exchange_that_cannot_be_read_are_told(paths: Paths) -> None:
    (paths.data / "restoring").mkdir()
    (paths.data / "restoring" / "exchange.json").write_bytes(b"{")
    with pytest.raises(DataFolderUnusable, match="cannot be finished"):
        finish_cut_off(paths)


# What is foreign in a data folder, and how it is mended.


def _into(paths: Paths, base: Path, work: Path, trick: hostile_backups.Trick) -> None:
    hostile_backups.make(base, work, [trick])
    for path in (paths.store, paths.chats):
        path.write_bytes((work / path.name).read_bytes())


@pytest.mark.parametrize(
    "name",
    [
        "a trigger that keeps what is deleted",
        "an index over an expression",
        "another check",
        "words are not deleted",
        "an index less",
    ],
)
def test_a_foreign_library_is_named_and_made_anew(
    base: Path, work: Path, paths: Paths, name: str
) -> None:
    from app.upkeep.doctor import _check_files

    _into(paths, base, work, SCHEMAS[name])
    (check, *_) = _check_files(paths)
    assert not check.ok
    assert "does not make" in check.detail
    (mended,) = repair(paths)
    assert mended.name == "library"
    assert "does not make" in mended.detail
    assert diagnose_library(paths).foreign == ()
    with Store(paths.store) as store:
        assert store.roots() == ("/home/me/papers",)
        assert len([f for f in store.files() if f.chunks]) == 4
        assert len(store.chunk_ids(EMBEDDER)) == 12
    assert all(check.ok for check in _check_files(paths))
    assert repair(paths) == ()


def test_foreign_chats_are_named_and_made_anew(base: Path, work: Path, paths: Paths) -> None:
    _into(paths, base, work, SCHEMAS["a trigger that refuses"])
    assert diagnose_chats(paths).foreign == ("the trigger no",)
    (mended,) = repair(paths)
    assert mended.name == "chats"
    assert diagnose_chats(paths).foreign == ()
    assert rows(paths.chats) == rows(base / "chats.sqlite")


def test_answers_that_cannot_be_read_do_not_keep_saved_chats_shut(
    base: Path, work: Path, paths: Paths
) -> None:
    hostile_backups.make(
        base, work, [ROWS["an answer of another shape"], SCHEMAS["a trigger that refuses"]]
    )
    paths.chats.write_bytes((work / "chats.sqlite").read_bytes())
    repair(paths)
    chats = ChatStore(paths.chats)
    turns = [turn for chat in chats.chats() for turn in chats.turns(chat.id)]
    chats.close()
    assert [turn.answer is None for turn in turns].count(True) == 1
    assert len(turns) == 3


def test_vectors_of_another_size_are_made_again(base: Path, tmp_path: Path) -> None:
    (tmp_path / "library.sqlite").write_bytes((base / "library.sqlite").read_bytes())
    embedder = hash_embedder(IndexConfig("", "", ""))
    with Store(tmp_path / "library.sqlite") as store:
        forget_other_sizes(store.database, embedder)
        assert store.unembedded_count(EMBEDDER) == 0
        with store.database.write() as db:
            db.execute("UPDATE embeddings SET vector = x'0000803f'")
        forget_other_sizes(store.database, embedder)
        assert store.unembedded_count(EMBEDDER) == 12


def test_settings_are_the_usual_ones_on_a_fresh_folder(
    base: Path, work: Path, paths: Paths
) -> None:
    done = restore(paths, hostile_backups.make(base, work, [SETTINGS["all of it"]]))
    after = SettingsStore(paths.settings).current
    assert after == Settings()
    assert {one.setting for one in done.left_off} == {
        *("cloud_enabled", "cloud_providers", "proxy", "ca_file", "keep_payloads", "hidden_files"),
    }


def test_what_lay_between_the_rows_is_gone(base: Path, work: Path, paths: Paths) -> None:
    def hide(backup: hostile_backups.Backup) -> None:
        db = apsw.Connection(str(backup.library))  # it overwrites nothing of what it deletes
        db.execute(
            "INSERT INTO queue VALUES ('/' || replace(hex(zeroblob(50)), '00', 'abcdef'), 1)"
        )
        db.execute("DELETE FROM queue")
        db.close()
        assert b"abcdefabcdef" in backup.library.read_bytes()

    restore(paths, hostile_backups.make(base, work, [hide]))
    assert b"abcdefabcdef" not in paths.store.read_bytes()


# What a backup may take the place of, and what is refused before anything is unpacked.


def _with_services(paths: Paths) -> Services:
    config = IndexConfig(str(paths.data), str(paths.models), "tests.sample_models:hash_embedder")
    return build_services(paths, index_config=config)


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("links", [False, True])
def test_a_file_that_came_meanwhile_is_not_written_over(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool, links: bool
) -> None:
    target = tmp_path / "backup.zip"
    services = _with_services(paths)
    try:
        if there:
            back_up(services, target)
        real = app.upkeep.backup._pack

        def pack(*arguments: Any) -> None:
            real(*arguments)
            target.unlink(missing_ok=True)
            target.write_text("mine")

        def no_links(*_: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(app.upkeep.backup, "_pack", pack)
        if not links:
            monkeypatch.setattr(Path, "hardlink_to", no_links)
        with pytest.raises(BackupFailed, match="There is a file"):
            back_up(services, target)
        assert target.read_text() == "mine"
        assert list(tmp_path.glob(".backup*")) == []
        back_up(services, target, force=True)
        assert zipfile.is_zipfile(target)
    finally:
        services.close()


@pytest.mark.parametrize("what", ["settings", "library", "chats"])
def test_what_a_later_version_wrote_is_refused_before_anything_is_unpacked(
    base: Path, work: Path, paths: Paths, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    set_here(paths)
    paths.lock.touch()
    before = contents(paths.data)
    with zipfile.ZipFile(hostile_backups.make(base, work, [])) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    if what == "settings":
        parts["settings.json"] = b'{"version": 99}'
    else:
        database = work / f"{what}.sqlite"
        db = apsw.Connection(str(database))
        db.pragma("user_version", 99)
        db.close()
        parts[database.name] = database.read_bytes()
    backup = work.parent / "later.zip"
    with zipfile.ZipFile(backup, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)

    def write(*_: object) -> None:
        raise AssertionError("something was unpacked")

    monkeypatch.setattr("app.upkeep.unpacking._write", write)
    with pytest.raises(DataTooNew, match=f"The {what} in the backup"):
        restore(paths, backup)
    assert contents(paths.data) == before
