"""Chats that cannot be used keep nobody from the rest, and new ones are never lost."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from app.chats.chat_settings import ChatSettings
from app.chats.database_file import MIGRATIONS
from app.chats.opening import close_chats, open_chats, second_path
from app.chats.store import ChatStore
from app.errors import ChatsDamaged, DataTooNew
from app.paths import Paths
from app.services import build_services
from app.upkeep.backup import back_up
from app.upkeep.repair import repair
from tests.escalations import outside_reply


def _damage(path: Path) -> bytes:
    path.write_bytes(b"no database " * 400)
    return path.read_bytes()


def _questions(store: ChatStore) -> list[tuple[str, list[str]]]:
    return [
        (chat.title, [turn.question for turn in store.turns(chat.id)]) for chat in store.chats()
    ]


def test_sound_chats_are_opened_and_nothing_lies_beside_them(paths: Paths) -> None:
    opened = open_chats(paths)
    opened.store.close()
    assert opened.fault is None
    assert not second_path(paths).exists()


def test_new_chats_beside_damaged_ones_outlive_the_program_and_join_the_mended(
    paths: Paths,
) -> None:
    damaged = _damage(paths.chats)
    for title in ("First", "Second"):
        opened = open_chats(paths)
        assert isinstance(opened.fault, ChatsDamaged)
        assert opened.lasting
        chat = opened.store.create(title)
        opened.store.set_settings(chat.id, ChatSettings(rules=f"{title} rule"))
        turn = opened.store.add_turn(chat.id, f"{title}?")
        assert opened.store.add_reply(turn.id, outside_reply())
        opened.store.close()
    assert paths.chats.read_bytes() == damaged

    repair(paths)
    opened = open_chats(paths)
    assert opened.fault is None
    assert _questions(opened.store) == [("Second", ["Second?"]), ("First", ["First?"])]
    replies = [t.replies for c in opened.store.chats() for t in opened.store.turns(c.id)]
    assert replies == [(outside_reply(),), (outside_reply(),)]
    assert [c.settings.rules for c in opened.store.chats()] == ["Second rule", "First rule"]
    opened.store.close()
    assert not second_path(paths).exists()


def test_chats_that_join_others_take_no_number_that_one_had(paths: Paths) -> None:
    store = ChatStore(paths.chats)
    for title in ("Kept", "Deleted"):
        store.add_turn(store.create(title).id, f"{title}?")
    store.delete(2)
    store.close()
    apart = ChatStore(second_path(paths))
    apart.add_turn(apart.create("Apart").id, "Apart?")
    apart.close()
    opened = open_chats(paths)
    assert _questions(opened.store) == [("Apart", ["Apart?"]), ("Kept", ["Kept?"])]
    assert [chat.id for chat in opened.store.chats()] == [3, 1]
    opened.store.close()


def test_chats_that_another_window_has_open_stay_where_they_are(paths: Paths) -> None:
    _damage(paths.chats)
    elsewhere = open_chats(paths).store
    chat = elsewhere.create("Open elsewhere")
    also_open = open_chats(paths)  # in memory: two would be in each other's way
    assert not also_open.lasting
    also_open.store.close()
    paths.chats.unlink()
    opened = open_chats(paths)
    assert opened.store.chats() == ()
    opened.store.close()
    elsewhere.add_turn(chat.id, "Still here?")
    elsewhere.close()
    opened = open_chats(paths)
    assert _questions(opened.store) == [("Open elsewhere", ["Still here?"])]
    opened.store.close()


def test_chats_of_a_later_version_are_left_alone(paths: Paths) -> None:
    db = apsw.Connection(str(paths.chats))
    db.pragma("user_version", len(MIGRATIONS) + 1)
    db.close()
    opened = open_chats(paths)
    opened.store.create("New")
    opened.store.close()
    assert isinstance(opened.fault, DataTooNew)


def test_where_nothing_can_be_written_new_chats_are_in_memory(paths: Paths) -> None:
    _damage(paths.chats)
    _damage(second_path(paths))
    opened = open_chats(paths)
    assert not opened.lasting
    opened.store.add_turn(opened.store.create("Now").id, "Now?")
    assert _questions(opened.store) == [("Now", ["Now?"])]
    opened.store.close()


def test_chats_in_memory_are_saved_at_the_end_if_that_can_be_by_then(paths: Paths) -> None:
    for title in ("One", "Two"):
        _damage(paths.chats)
        _damage(second_path(paths))
        opened = open_chats(paths)
        opened.store.add_turn(opened.store.create(title).id, f"{title}?")
        close_chats(opened, paths)
    paths.chats.unlink()
    opened = open_chats(paths)
    assert sorted(_questions(opened.store)) == [("One", ["One?"]), ("Two", ["Two?"])]
    close_chats(opened, paths)
    assert second_path(paths).exists()  # it is damaged, and stays as it is
    assert len(list(paths.data.glob("chats-beside*"))) == 1


@pytest.mark.expects_log
def test_chats_that_cannot_be_saved_at_the_end_leave_nothing_half(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    _damage(paths.chats)
    _damage(second_path(paths))
    opened = open_chats(paths)
    opened.store.create("Lost")

    def full(*_: object) -> int:
        raise apsw.FullError("full")

    monkeypatch.setattr(opened.store, "back_up", full)
    before = sorted(path.name for path in paths.data.iterdir())
    close_chats(opened, paths)
    assert sorted(path.name for path in paths.data.iterdir()) == before


def test_without_the_chats_the_rest_is_put_together_but_no_backup_is_made(
    paths: Paths, tmp_path: Path
) -> None:
    _damage(paths.chats)
    services = build_services(paths)
    try:
        target = tmp_path / "backup.zip"
        with pytest.raises(ChatsDamaged):
            back_up(services, target)
        assert not target.exists()
    finally:
        services.close()
