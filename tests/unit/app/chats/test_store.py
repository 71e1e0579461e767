"""Chats stay as they were, with their citations."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from app.chats.chat_settings import USUAL, ChatSettings
from app.chats.database_file import MIGRATIONS
from app.chats.outside_reply import ReplyEnd
from app.chats.store import TAKEN_BACK, ChatStore
from app.chats.vetting import VettedChats, vet_chats
from app.errors import ChatsDamaged, DataTooNew
from app.events import Answer, Timings
from rag.formats import DocumentKind
from rag.types import Citation, Hit, Locator
from tests.escalations import outside_reply

LOCATOR = Locator(10, 24, page=2, headings=("Notice",))
ANSWER = Answer(
    text="Three months. [1] Grüße 🙂",
    citations=(
        Citation(1, "/lease.pdf", "Lease", DocumentKind.PDF, LOCATOR, "three months", "c1"),
    ),
    abstained=False,
    nearest=(Hit(1, "c1", "/lease.pdf", "Lease", DocumentKind.PDF, LOCATOR, "text", "", 0.5),),
    model="m",
    timings=Timings(0.1, 1.5, 2.5, 100, 20),
    dropped_markers=1,
)


def test_turns_come_back_as_they_were_after_a_restart(tmp_path: Path) -> None:
    store = ChatStore(tmp_path / "chats.sqlite")
    chat = store.create("Lease")
    turn = store.add_turn(chat.id, "How long?")
    store.replace_answer(turn.id, ANSWER)
    store.add_turn(chat.id, "Failed?")
    store.close()
    again = ChatStore(tmp_path / "chats.sqlite")
    assert [(t.question, t.answer) for t in again.turns(chat.id)] == [
        ("How long?", ANSWER),
        ("Failed?", None),
    ]
    assert again.chats()[0].turns == 2
    again.close()


def test_replies_from_outside_stay_with_their_turn(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite"
    store = ChatStore(path)
    chat = store.create()
    turn, other = store.add_turn(chat.id, "How long?", ANSWER), store.add_turn(chat.id, "And?")
    replies = (outside_reply("Grüße 🙂"), replace(outside_reply("B"), end=ReplyEnd.CUT, cost=None))
    assert all(store.add_reply(turn.id, reply) for reply in replies)
    store.close()
    again = ChatStore(path)
    assert [t.replies for t in again.turns(chat.id)] == [replies, ()]
    assert [c.id for c in again.chats("grüße 🙂")] == [chat.id]
    assert not again.add_reply(other.id + 1, outside_reply())  # the turn is gone
    again.delete(chat.id)
    again.close()
    for file in tmp_path.iterdir():
        assert "Grüße 🙂".encode() not in file.read_bytes()


def test_chats_from_before_there_were_replies_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite"
    db = apsw.Connection(str(path))
    for script in MIGRATIONS[:2]:
        db.execute(script)
    db.pragma("user_version", 2)
    db.execute("INSERT INTO chats (title, updated_at) VALUES ('Old', 1)")
    db.execute("INSERT INTO turns (chat_id, question, created_at) VALUES (1, 'How long?', 1)")
    db.close()
    store = ChatStore(path)
    assert store.turns(1)[0].question == "How long?"
    assert store.add_reply(1, outside_reply())
    assert store.turns(1)[0].replies == (outside_reply(),)
    store.close()


@pytest.fixture
def store(tmp_path: Path) -> ChatStore:
    return ChatStore(tmp_path / "chats.sqlite")


def test_the_chat_that_was_used_last_is_first(store: ChatStore) -> None:
    first, second = store.create("one"), store.create("two")
    assert [c.id for c in store.chats()] == [second.id, first.id]
    store.add_turn(first.id, "?")
    assert [c.id for c in store.chats()] == [first.id, second.id]


@pytest.mark.parametrize(("words", "found"), [("lease", 1), ("HOW", 1), ("months", 1), ("100%", 0)])
def test_search_looks_at_titles_questions_and_answers(
    store: ChatStore, words: str, found: int
) -> None:
    chat = store.create("The lease")
    store.add_turn(chat.id, "how long?", ANSWER)
    store.create("Other")
    assert len(store.chats(words)) == found


def test_rename_and_delete(store: ChatStore) -> None:
    chat = store.create("a")
    store.add_turn(chat.id, "q", ANSWER)
    store.rename(chat.id, "b")
    assert store.chats()[0].title == "b"
    store.delete(chat.id)
    assert store.chats() == ()
    assert store.turns(chat.id) == ()


def test_what_was_deleted_is_not_in_the_file(tmp_path: Path) -> None:
    store = ChatStore(tmp_path / "chats.sqlite")
    chat = store.create("x")
    store.add_turn(chat.id, "canary-7f3a")
    store.delete(chat.id)
    store.close()
    for file in tmp_path.iterdir():
        assert b"canary-7f3a" not in file.read_bytes()


def test_threads_may_write_beside_each_other(store: ChatStore) -> None:
    chat = store.create()
    threads = [
        threading.Thread(target=lambda: [store.add_turn(chat.id, "q") for _ in range(20)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.turns(chat.id)) == 80


def test_a_file_of_a_later_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite"
    ChatStore(path).close()
    db = apsw.Connection(str(path))
    db.pragma("user_version", len(MIGRATIONS) + 1)
    db.close()
    before = path.read_bytes()
    with pytest.raises(DataTooNew, match="later version"):
        ChatStore(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(ChatsDamaged, match="cannot be read"):
        ChatStore(path)
    assert path.read_bytes().startswith(b"not a database")


def test_a_deleted_chat_can_be_brought_back_as_it_was(store: ChatStore) -> None:
    chat = store.create("Lease")
    turn = store.add_turn(chat.id, "How long?", ANSWER)
    store.add_reply(turn.id, outside_reply("So long"))
    other = store.create("Other")
    before, turns = store.chats(), store.turns(chat.id)
    store.delete(chat.id)
    store.delete(other.id)
    assert store.chats() == ()
    assert [deleted.title for deleted in store.deleted()] == ["Other", "Lease"]
    store.bring_back(chat.id)
    store.bring_back(other.id)
    assert store.deleted() == ()
    assert store.chats() == before
    assert store.turns(chat.id) == turns
    store.add_turn(chat.id, "And then?")


def test_a_deleted_chat_is_gone_with_the_program_and_never_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite"
    store = ChatStore(path)
    chat = store.create("Canary-title")
    store.add_turn(chat.id, "Canary-question?")
    store.delete(chat.id)
    assert store.deleted()
    files = [file for file in tmp_path.iterdir() if file.is_file()]
    assert not [file for file in files if b"Canary" in file.read_bytes()]
    store.back_up(tmp_path / "copy.sqlite")
    assert b"Canary" not in (tmp_path / "copy.sqlite").read_bytes()
    store.close()
    again = ChatStore(path)
    assert again.chats() == again.deleted() == ()
    again.close()


def test_an_answer_that_is_taken_back_does_not_come_back_with_its_chat(store: ChatStore) -> None:
    chat = store.create("Lease")
    turn = store.add_turn(chat.id, "How long?", ANSWER)
    kept = store.add_turn(chat.id, "How much?", ANSWER)
    store.delete(chat.id)
    assert {source.id for source in store.sources()} == {turn.id, kept.id}
    store.take_back([turn.id])
    store.bring_back(chat.id)
    taken, left = store.turns(chat.id)
    assert taken.answer == TAKEN_BACK
    assert left == kept


def test_a_file_of_an_earlier_version_gives_up_its_log(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite"
    chats = ChatStore(path)
    chats.create("Before")
    chats.close()
    earlier = apsw.Connection(str(path))
    earlier.pragma("journal_mode", "wal")
    earlier.execute("UPDATE chats SET title = 'In the log'")
    beside = ChatStore(path)  # an earlier version that is open keeps its log
    assert [chat.title for chat in beside.chats()] == ["In the log"]
    beside.close()
    earlier.close()
    chats = ChatStore(path)
    assert [chat.title for chat in chats.chats()] == ["In the log"]
    assert {file.name for file in tmp_path.iterdir()} <= {path.name, f"{path.name}-journal"}
    chats.close()


def test_two_programs_have_the_chats_open(tmp_path: Path) -> None:
    """The window and the shell."""
    path = tmp_path / "chats.sqlite"
    window, shell = ChatStore(path), ChatStore(path)
    window.create("From the window")
    shell.create("From the shell")
    for store in (window, shell):
        assert {chat.title for chat in store.chats()} == {"From the window", "From the shell"}
        store.close()


def test_a_backup_of_damaged_chats_blames_the_chats(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite"
    with closing(ChatStore(path)) as store:
        for number in range(60):
            store.add_turn(store.create(f"chat {number}").id, "question " * 100)
    data = bytearray(path.read_bytes())
    page = len(data) // 4096 // 2 * 4096
    data[page + 8 : page + 200] = b"\xa5" * 192  # the places of its rows
    path.write_bytes(data)
    with closing(ChatStore(path)) as store, pytest.raises(ChatsDamaged, match="cannot be read"):
        store.back_up(tmp_path / "copy.sqlite")
    assert not (tmp_path / "copy.sqlite").exists()


def test_what_holds_for_a_chat_outlives_the_program_its_deletion_and_a_backup(
    tmp_path: Path,
) -> None:
    own = ChatSettings(temperature=0.0, context_tokens=2048, rules="In Dutch.")
    store = ChatStore(tmp_path / "chats.sqlite")
    chat, other = store.create("Lease"), store.create("Other")
    turn = store.add_turn(chat.id, "How long?")
    assert store.set_settings(chat.id, own)
    assert not store.set_settings(99, own)
    store.back_up(tmp_path / "copy.sqlite")
    store.delete(chat.id)
    assert store.settings(chat.id) == USUAL
    assert [chat.settings for chat in store.deleted()] == [own]
    store.bring_back(chat.id)
    assert (store.settings(chat.id), store.settings_at(turn.id)) == (own, own)
    assert store.settings(other.id) == USUAL
    store.set_settings(chat.id, USUAL)
    assert store.settings(chat.id) == USUAL
    store.close()
    with closing(ChatStore(tmp_path / "copy.sqlite")) as copy:
        assert {chat.title: chat.settings for chat in copy.chats()} == {
            "Lease": own,
            "Other": USUAL,
        }


@pytest.mark.parametrize(
    "text", ['{"temperature": 9}', '{"context_tokens": 1}', '{"rules": 1}', "[]", "{", "\0"]
)
def test_settings_that_nothing_of_ours_wrote_are_as_usual_and_go_when_vetted(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "chats.sqlite"
    with closing(ChatStore(path)) as store:
        chat = store.create("Lease")
        whole = ChatSettings(rules="In Dutch.")
        store.set_settings(store.create("Sound").id, whole)
    db = apsw.Connection(str(path))
    db.execute("UPDATE chats SET settings = ? WHERE id = ?", (text, chat.id))
    with closing(ChatStore(path)) as store:
        assert store.settings(chat.id) == USUAL
    assert vet_chats(path) == VettedChats(0, 0)
    kept = "SELECT settings FROM chats ORDER BY id"
    assert [own for (own,) in db.execute(kept)] == ["", '{"rules":"In Dutch."}']
    db.close()
