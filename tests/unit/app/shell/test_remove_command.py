"""`studiolo remove`: what it takes away, what it says is left, and what it takes away there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.paths import Paths
from app.services import Services, build_services
from app.shell import cli, commands
from app.workers.configs import IndexConfig
from rag.types import Hit

DENSE = "tests.sample_models:dense_embedder"


def quick(paths: Paths, _model: str | None = None) -> Services:
    config = IndexConfig(str(paths.data), str(paths.models), DENSE)
    return build_services(paths, index_config=config, chat_model="tests.sample_models:fake_chat")


@pytest.fixture
def letter(paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A letter in the library, and a chat about it."""
    monkeypatch.setattr(commands, "build_services", quick)
    monkeypatch.setattr("app.privacy.seal.seal", lambda: None)
    folder = tmp_path / "letters"
    folder.mkdir()
    file = folder / "letter.txt"
    file.write_text("The rent is nine hundred euros.")
    (folder / "other.txt").write_text("Nothing about money.")
    services = quick(paths)
    services.library.add([folder])
    answer = services.answers.ask("What is the rent?")
    assert any(isinstance(hit, Hit) and hit.path == str(file) for hit in answer.nearest)
    services.chats.add_turn(services.chats.create().id, "What is the rent?", answer)
    services.close()
    return file


def remove(paths: Paths, *arguments: str) -> int:
    return cli.main(["--data-dir", str(paths.data), "remove", *arguments])


def test_it_says_where_the_text_still_is(
    letter: Path, paths: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    assert remove(paths, str(letter)) == 0
    said = capsys.readouterr().out
    assert "1 file was taken out of the library" in said
    assert "Its text is also in 1 chat: --also-in-chats removes it there." in said
    assert f"It lies in {letter.parent}" in said


def test_it_removes_it_there(
    letter: Path, paths: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    assert remove(paths, str(letter.parent), "--also-in-chats", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["removed"], told["chats"], told["answers"], told["also_removed"]) == (
        2,
        1,
        1,
        True,
    )
    services = quick(paths)
    answer = services.chats.turns(1)[0].answer
    assert answer is not None
    assert answer.taken_back
    services.close()


def test_what_is_not_there_is_said(
    letter: Path, paths: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    assert remove(paths, str(letter.with_name("never.txt"))) == 1
    assert "is not in the library" in capsys.readouterr().err
