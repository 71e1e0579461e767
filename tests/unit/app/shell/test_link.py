"""Frames between a shell and the window arrive whole, whatever pieces they come in."""

from __future__ import annotations

import contextlib
import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.paths import Paths
from app.shell.instance import address, seems_open
from app.shell.link import (
    LONGEST_REQUEST,
    Command,
    Ended,
    FromShell,
    FromShellReader,
    NotUnderstood,
    Said,
    Stop,
    ToShell,
    ToShellReader,
    frame,
)
from app.shell.turns import is_taken, turn

_texts = st.text(st.characters(exclude_categories=["Cs"]))
_from_shell: st.SearchStrategy[FromShell] = st.one_of(
    st.builds(Command, _texts, st.lists(st.binary()).map(tuple), st.binary(), st.booleans()),
    st.just(Stop()),
)
_to_shell: st.SearchStrategy[ToShell] = st.one_of(
    st.builds(Said, _texts, st.booleans()), st.builds(Ended, st.integers(0, 255))
)


def _pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[begin:end] for begin, end in pairwise(places)]


@given(st.lists(_from_shell), st.lists(st.integers(0, 10_000)))
def test_what_a_shell_says_is_read_as_it_was_said(said: list[FromShell], cuts: list[int]) -> None:
    reader = FromShellReader()
    data = b"".join(map(frame, said))
    assert [m for piece in _pieces(data, cuts) for m in reader.feed(piece)] == said


@given(st.lists(_to_shell), st.lists(st.integers(0, 10_000)))
def test_what_a_window_says_is_read_as_it_was_said(said: list[ToShell], cuts: list[int]) -> None:
    reader = ToShellReader()
    data = b"".join(map(frame, said))
    assert [m for piece in _pieces(data, cuts) for m in reader.feed(piece)] == said


@given(st.lists(_from_shell, min_size=1), st.integers(0, 10_000), st.integers(1, 255))
def test_anything_else_is_waited_for_or_refused(
    said: list[FromShell], place: int, change: int
) -> None:
    data = bytearray(b"".join(map(frame, said)))
    data[place % len(data)] ^= change
    messages: list[FromShell] = []
    with contextlib.suppress(NotUnderstood):
        messages += FromShellReader().feed(bytes(data))
    assert all(isinstance(message, Command | Stop) for message in messages)
    assert messages != said


def test_no_room_is_made_for_more_than_a_command_line() -> None:
    with pytest.raises(NotUnderstood):
        list(FromShellReader().feed((LONGEST_REQUEST + 1).to_bytes(4, "big")))


def test_one_command_has_the_turn(paths: Paths) -> None:
    assert not is_taken(paths)
    with turn(paths) as first:
        assert first
        assert is_taken(paths)
        with turn(paths) as second:
            assert not second
    assert not is_taken(paths)


@pytest.mark.skipif(os.name == "nt", reason="pipes on Windows are no files")
def test_a_window_is_looked_for_only_where_one_of_this_persons_was(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert not seems_open(folder)
    place = Path(address(folder))
    place.touch()
    try:
        assert seems_open(folder)
        if os.geteuid() == 0:
            os.chown(place, 12345, 12345)
            assert not seems_open(folder)
    finally:
        place.unlink()
