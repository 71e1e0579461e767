"""The people of a chat export that was unpacked are called by their names."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.indexing.people_beside import people_file
from rag.parse import parse_file
from rag.parse.document import ParsedDocument, ParseOptions
from tests.unit.rag.indexing.test_indexer import Library

USERS = json.dumps([{"id": "U1", "profile": {"real_name": "Ilka Sturm"}}])
MESSAGES = json.dumps(
    [
        {"type": "message", "user": "U1", "text": "The belt is here", "ts": "1709900000.000200"},
        {"type": "message", "user": "U9", "text": "Thanks, <@U1>", "ts": "1709900100.000200"},
    ]
)


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    """An unpacked export: a folder for each channel, and the people beside them."""
    path = tmp_path / "export" / "yard" / "2024-03-08.json"
    path.parent.mkdir(parents=True)
    path.write_text(MESSAGES)
    (tmp_path / "export" / "users.json").write_text(USERS)
    return path


def test_people_have_names(chat: Path) -> None:
    data = people_file(chat, [str(chat.parent.parent)])
    document = parse_file(chat, ParseOptions(people_file=data))
    assert isinstance(document, ParsedDocument)
    assert "Ilka Sturm: The belt is here" in document.text
    assert "user U9: Thanks, @Ilka Sturm" in document.text


def test_only_folders_that_were_added_are_looked_at(chat: Path) -> None:
    assert people_file(chat, [str(chat.parent)]) == b""
    assert people_file(chat, [str(chat)]) == b""
    assert people_file(chat.with_suffix(".txt"), [str(chat.parent.parent)]) == b""


@pytest.mark.skipif(sys.platform == "win32", reason="links take a right there")
def test_a_link_to_elsewhere_is_not_followed(chat: Path, tmp_path: Path) -> None:
    people = chat.parent.parent / "users.json"
    people.rename(tmp_path / "elsewhere.json")
    people.symlink_to(tmp_path / "elsewhere.json")
    assert people_file(chat, [str(chat.parent.parent)]) == b""


def test_a_file_of_people_that_is_too_large_or_damaged_costs_nothing(chat: Path) -> None:
    people = chat.parent.parent / "users.json"
    people.write_bytes(b" " * (5 << 20))
    assert people_file(chat, [str(chat.parent.parent)]) == b""
    document = parse_file(chat, ParseOptions(people_file=b"[" * 5000))
    assert isinstance(document, ParsedDocument)
    assert "user U1: The belt is here" in document.text


def users(name: str) -> str:
    return json.dumps([{"id": "U1", "profile": {"real_name": name}}])


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A library of an unpacked export, and of other files in JSON."""
    made = Library(tmp_path)
    made.write("users.json", users("Ilka Sturm"))
    made.write("yard/2024-03-08.json", MESSAGES)
    made.write("far.json", json.dumps({"note": "The tide is high"}))
    (made.files / "deep" / "er").mkdir(parents=True)
    made.write("deep/er/note.json", json.dumps({"note": "No chat of this export"}))
    made.run()
    yield made
    made.store.close()


def chat_text(library: Library) -> str:
    hits = library.retriever.search("The belt is here", 9)
    return "\n".join(hit.text for hit in hits if hit.path.endswith("2024-03-08.json"))


def test_chats_are_read_again_when_their_people_change(library: Library) -> None:
    assert "Ilka Sturm: The belt is here" in chat_text(library)
    library.counting.parsed.clear()
    library.write("users.json", users("Ilka Sturm-Berg"))
    report = library.run()
    assert "Ilka Sturm-Berg: The belt is here" in chat_text(library)
    assert library.counting.parsed == ["far.json", "2024-03-08.json", "users.json"]
    assert (report.updated, report.unchanged) == (3, 1)
    library.counting.parsed.clear()
    assert library.run().unchanged == 4
    assert library.counting.parsed == []


def test_chats_are_read_again_when_the_file_of_people_is_removed(library: Library) -> None:
    (library.files / "users.json").unlink()
    library.run()
    assert "user U1: The belt is here" in chat_text(library)
    library.write("users.json", users("Ilka Sturm"))
    library.run()
    assert "Ilka Sturm: The belt is here" in chat_text(library)


def test_chats_are_read_again_when_only_the_file_of_people_is_looked_at(library: Library) -> None:
    path = library.write("users.json", users("Ilka Berg"))
    library.run(path)
    assert "Ilka Berg: The belt is here" in chat_text(library)


def test_chats_are_read_again_after_a_stop_before_their_people(library: Library) -> None:
    library.write("users.json", users("Ilka Berg"))
    for steps in range(1, 40):
        library.run(stop_after=steps)
    library.run()
    assert "Ilka Berg: The belt is here" in chat_text(library)
