"""A file is exchanged for a new one in one step, by `models` and `app` as by `rag`."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Protocol

import pytest

from models.new_file import draft_beside
from models.new_file import new_file as new_file_of_models
from rag.store.new_file import new_file as new_file_of_rag


class Write(Protocol):
    def __call__(self, target: Path, content: bytes, *, then_fail: bool = False) -> None: ...


def by_models(target: Path, content: bytes, *, then_fail: bool = False) -> None:
    with new_file_of_models(target, durable=True) as file:
        file.write(content)
        if then_fail:
            raise InterruptedError


def by_models_of_a_cache(target: Path, content: bytes, *, then_fail: bool = False) -> None:
    with new_file_of_models(target, durable=False) as file:
        file.write(content)
        if then_fail:
            raise InterruptedError


def by_rag(target: Path, content: bytes, *, then_fail: bool = False) -> None:
    with new_file_of_rag(target, ".new") as draft:
        draft.write_bytes(content)
        if then_fail:
            raise InterruptedError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


WAYS = pytest.mark.parametrize("write", [by_models, by_models_of_a_cache, by_rag])


@WAYS
def test_a_file_is_made_or_replaced_and_nothing_else_is_left(tmp_path: Path, write: Write) -> None:
    target = tmp_path / "a.json"
    for content in (b"first", b"second"):
        write(target, content)
        assert target.read_bytes() == content
        assert names(tmp_path) == ["a.json"]


@WAYS
def test_what_fails_in_between_changes_nothing(tmp_path: Path, write: Write) -> None:
    target = tmp_path / "a.json"
    target.write_bytes(b"before")
    with pytest.raises(InterruptedError):
        write(target, b"half", then_fail=True)
    assert target.read_bytes() == b"before"
    assert names(tmp_path) == ["a.json"]


@WAYS
def test_a_folder_in_the_way_stays_and_no_draft_is_left(tmp_path: Path, write: Write) -> None:
    (tmp_path / "a.json").mkdir()
    with pytest.raises(OSError, match=r"a\.json"):
        write(tmp_path / "a.json", b"content")
    assert names(tmp_path) == ["a.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
@WAYS
def test_only_the_owner_may_read_it(tmp_path: Path, write: Write) -> None:
    before = os.umask(0)
    try:
        write(tmp_path / "a.json", b"private")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o600


def test_what_a_killed_process_left_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "a.json.new").write_bytes(b"left over, and longer than what comes")
    by_rag(tmp_path / "a.json", b"new")
    assert (tmp_path / "a.json").read_bytes() == b"new"
    assert names(tmp_path) == ["a.json"]


def test_two_drafts_of_one_file_have_two_names(tmp_path: Path) -> None:
    first, second = draft_beside(tmp_path / "a.zip"), draft_beside(tmp_path / "a.zip")
    assert first != second
    assert first.stat().st_size == second.stat().st_size == 0
