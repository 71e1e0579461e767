"""`studiolo chats`: the list, and what holds for one chat only."""

from __future__ import annotations

import json
from contextlib import closing

import pytest

from app.chats.chat_settings import USUAL, ChatSettings
from app.chats.store import ChatStore
from app.paths import Paths
from app.shell import cli


@pytest.fixture
def chat_id(paths: Paths) -> int:
    with closing(ChatStore(paths.chats)) as store:
        chat = store.create("Lease")
        store.add_turn(chat.id, "How long?")
        return chat.id


def shell(paths: Paths, *words: str) -> int:
    return cli.main(["--data-dir", str(paths.data), "chats", *words])


def kept(paths: Paths, chat_id: int) -> ChatSettings:
    with closing(ChatStore(paths.chats)) as store:
        return store.settings(chat_id)


def test_the_chats_are_listed_with_their_ids(
    paths: Paths, chat_id: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shell(paths, "list", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)["chats"]
    assert (row["id"], row["title"], row["turns"]) == (chat_id, "Lease", 1)
    assert shell(paths) == 0
    assert capsys.readouterr().out.split()[::3] == [str(chat_id), "Lease"]


def test_the_shell_sets_takes_back_and_resets(
    paths: Paths, chat_id: int, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = ("--set", "temperature=0.7", "--set", "rules=In Dutch.")
    assert shell(paths, "settings", str(chat_id), *changes, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "id": chat_id,
        "settings": {"temperature": 0.7, "rules": "In Dutch."},
    }
    assert kept(paths, chat_id) == ChatSettings(temperature=0.7, rules="In Dutch.")
    assert shell(paths, "settings", str(chat_id), "--set", "rules=") == 0
    said = capsys.readouterr().out
    assert "temperature     0.7" in said
    assert "context_tokens  as for the model" in said
    assert shell(paths, "settings", str(chat_id), "--reset") == 0
    assert kept(paths, chat_id) == USUAL


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("threads=2", "threads=2 is not a setting with a value."),
        ("temperature=9", "temperature cannot be 9"),
        ("context_tokens=12", "context_tokens cannot be 12"),
    ],
)
def test_the_shell_says_what_cannot_be_set(
    paths: Paths, chat_id: int, capsys: pytest.CaptureFixture[str], change: str, words: str
) -> None:
    assert shell(paths, "settings", str(chat_id), "--set", change) == 1
    assert words in capsys.readouterr().err
    assert kept(paths, chat_id) == USUAL


def test_a_chat_that_is_not_there_is_named(
    paths: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shell(paths, "settings", "7", "--set", "temperature=1") == 1
    assert "There is no chat with the id 7." in capsys.readouterr().err
