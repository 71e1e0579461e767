"""Nothing that a terminal would obey, or that would not be seen in it, is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.shell.cli import _parser
from app.shell.console import Console
from app.shell.outputs import BackupOutput, place_name
from app.user_messages import UserMessage
from rag.formats import DocumentKind
from rag.text.plain import UNSEEN, visible
from rag.types import Hit, Locator

UNSEEN_ONES = [one for one in map(chr, range(0x110000)) if UNSEEN.match(one)]
_NAME = "a{}b".format


def seen(text: str) -> bool:
    return UNSEEN.search(text) is None


def test_every_line_shows_what_cannot_be_seen(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(as_json=False)
    for one in UNSEEN_ONES:
        console.say(_NAME(one))
    told = capsys.readouterr().out
    assert seen(told)
    assert told.splitlines() == [f"a⟨U+{ord(one):04X}⟩b" for one in UNSEEN_ONES]


def test_sentences_errors_and_progress_do(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(as_json=False)
    for one in (*UNSEEN_ONES[:2000], "\n", "\t"):
        console.note(_NAME(one))
        console.error(UserMessage(f"{_NAME(one)} is not there.", _NAME(one)))
        console._told = 0.0
        console.progress(_NAME(one))
    told = capsys.readouterr().err
    assert seen(told)
    assert "a⟨U+000A⟩b is not there." in told
    assert "ab" not in told.replace("\n", "")


def test_running_text_keeps_its_lines_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(as_json=False)
    for piece in ("One\n\ttwo", "\x1b[2J", "\u202e", "\r", " end\n"):
        console.tell(piece)
    assert capsys.readouterr().out == ("One\n\ttwo⟨U+001B⟩[2J⟨U+202E⟩⟨U+000D⟩ end\n")


@given(st.lists(st.text(st.sampled_from("aب\u200c\u200d\ufe0f👩⚕\u202e\nم"), max_size=4)))
def test_running_text_in_pieces_is_the_text_at_once(pieces: list[str]) -> None:
    console = Console(as_json=False)
    told: list[str] = []
    console._write = told.append  # type: ignore[method-assign, assignment]
    for piece in pieces:
        console.tell(piece)
    console.tell(".\n")
    assert "".join(told) == visible("".join(pieces) + ".\n", lines=True)


def test_json_is_exact_and_shows_nothing_to_obey(capsys: pytest.CaptureFixture[str]) -> None:
    name = "".join(f"{one}ü" for one in UNSEEN_ONES) + '"\\\n\t'
    Console(as_json=True).result(BackupOutput(name, 7))
    told = capsys.readouterr().out
    assert seen(told)
    assert told.count("\n") == 1
    assert "ü" in told
    assert json.loads(told) == {"file": name, "size": 7}


def test_json_of_an_error_is_too(capsys: pytest.CaptureFixture[str]) -> None:
    Console(as_json=True).error(UserMessage("\x9b31m is not there.", "\u202eLook."))
    told = capsys.readouterr()
    assert seen(told.out)
    assert seen(told.err)


def test_wrong_arguments_are_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["status", "--\x1b]0;x\x07"], ["search", "-k", "\x9b2J", "x"], ["\u202e"]):
        with pytest.raises(SystemExit):
            _parser().parse_args(arguments)
    told = capsys.readouterr().err
    assert seen(told)
    assert "⟨U+001B⟩" in told


def test_the_name_of_a_place_is_one_line_when_it_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = str(Path("/docs/invoice\u202efdp.\x1b[2J\nexe"))
    hit = Hit(1, "c", path, "T", DocumentKind.PDF, Locator(0, 9, page=2), "t", "", 0.5)
    Console(as_json=False).say(f"1. {place_name(hit)}")
    told = capsys.readouterr().out
    assert told == "1. invoice⟨U+202E⟩fdp.⟨U+001B⟩[2J⟨U+000A⟩exe, page 2\n"
