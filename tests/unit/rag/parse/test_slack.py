"""Exports of Slack: names of people, and marks in messages."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from tests import samples
from tests.unit.rag.parse.invariants import parsed

USERS = [
    {"id": "U1", "name": "ilka", "profile": {"real_name": "Ilka Sturm"}},
    {"id": "U2", "name": "olaf", "real_name": "Olaf Berg"},
]
MESSAGES = [
    {
        "type": "message",
        "user": "U1",
        "text": "Moved to <!date^1709900000^{date}|Friday>, ask <@U2> in <#C9|yard> &amp; <!here>",
        "ts": "1709900000.000200",
    },
    {
        "type": "message",
        "user": "U2",
        "text": "See <https://x.example/plan|the plan>, <mailto:o@x.example|o@x.example>, <@U3>",
        "ts": "1709900100.000200",
    },
]


def test_people_are_named_by_the_file_beside_the_chats(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("yard/2024-03-08.json", json.dumps(MESSAGES))
        archive.writestr("users.json", json.dumps(USERS))
    documents = [part.document for part in parsed(path).parts if part.document]
    (chat,) = [document for document in documents if "Moved to" in document.text]
    first, second = (block for block in chat.text.split("\n\n"))
    assert first.endswith("UTC Ilka Sturm: Moved to Friday, ask @Olaf Berg in #yard & @here")
    assert second.endswith(
        "Olaf Berg: See the plan (https://x.example/plan), o@x.example, @user U3"
    )


def test_an_id_without_a_name_is_called_a_user(tmp_path: Path) -> None:
    text = parsed(samples.text(tmp_path / "a.json", json.dumps(MESSAGES))).text
    assert "UTC user U1: Moved to Friday, ask @user U2" in text


def test_another_file_of_that_name_costs_nothing(tmp_path: Path) -> None:
    for content in ("{", '["a"]', "[" * 5000):
        path = tmp_path / "export.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("users.json", content)
            archive.writestr("a.txt", "Words")
        assert any(part.document for part in parsed(path).parts)
