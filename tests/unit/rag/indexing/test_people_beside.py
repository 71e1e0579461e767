"""The people of a chat export that was unpacked are called by their names."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from rag.indexing.people_beside import people_file
from rag.parse import parse_file
from rag.parse.document import ParsedDocument, ParseOptions

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
