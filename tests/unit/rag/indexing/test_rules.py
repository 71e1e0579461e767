"""What is left out of folders, and what a preview says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import RuleNotUnderstood
from rag.indexing.discover import discover
from rag.indexing.preview import preview
from rag.indexing.rules import Filter, Rules
from rag.parse.failures import FailureReason
from rag.store.files import FailedFile, SourceFile
from tests.unit.rag.indexing.test_discover import put


def taken(folder: Path, rules: Rules, *paths: Path, roots: tuple[str, ...] = ()) -> list[str]:
    return [
        Path(found.path).relative_to(folder).as_posix()
        for found in discover(paths or [folder], rules, roots)
        if isinstance(found, SourceFile)
    ]


def test_patterns_are_those_of_gitignore(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "a.tmp.txt", "drafts/b.txt", "x/drafts/c.txt", "x/keep.tmp.txt", "y.md")
    rules = Rules(patterns=("*.tmp.txt", "!keep.tmp.txt", "/drafts/", "# a comment", ""))
    assert taken(tmp_path, rules) == ["a.txt", "x/drafts/c.txt", "x/keep.tmp.txt", "y.md"]


def test_patterns_hold_below_the_folder_that_was_added(tmp_path: Path) -> None:
    put(tmp_path, "old/a.txt", "sub/old/b.txt")
    rules = Rules(patterns=("/old/",))
    inside = tmp_path / "sub"
    assert taken(tmp_path, rules, inside) == []
    assert taken(tmp_path, rules, inside, roots=(str(tmp_path),)) == ["sub/old/b.txt"]


def test_hidden_files_are_taken_when_wanted(tmp_path: Path) -> None:
    put(tmp_path, ".secret/a.txt", ".b.txt", "c.txt", "~$c.docx", "node_modules/d.txt")
    assert taken(tmp_path, Rules()) == ["c.txt"]
    assert taken(tmp_path, Rules(hidden=True)) == [".b.txt", ".secret/a.txt", "c.txt"]


def test_large_files_say_so_and_can_be_added_by_name(tmp_path: Path) -> None:
    large = tmp_path / "large.txt"
    large.write_bytes(b"a" * (2 << 20))
    rules = Rules(largest_bytes=1 << 20)
    (found,) = discover([tmp_path], rules)
    assert isinstance(found, FailedFile)
    assert found.reason is FailureReason.TOO_LARGE
    assert "1 MB" in found.detail
    assert taken(tmp_path, rules, large) == ["large.txt"]


def test_a_pattern_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(RuleNotUnderstood, match="“!”"):
        Filter(Rules(patterns=("*.tmp", "!")))


def test_a_preview_says_what_would_be_read_and_what_not(tmp_path: Path) -> None:
    put(tmp_path, "a.pdf", "b.txt", "c.txt", ".hidden.txt", "drafts/d.txt", "old.mobi")
    shown = preview([tmp_path], Rules(patterns=("drafts/",)))
    assert shown.files == 3
    assert shown.kinds == (("text", 2), ("pdf", 1))
    assert {(Path(item.path).name, item.rule) for item in shown.left_out} == {
        (".hidden.txt", "hidden"),
        ("drafts", "drafts/"),
    }
    assert shown.left_out_count == 2
    assert [refused.reason for refused in shown.refused] == [FailureReason.UNSUPPORTED]


def test_a_long_preview_is_cut_and_still_counts(tmp_path: Path) -> None:
    put(tmp_path, *(f"{number}.txt" for number in range(700)))
    shown = preview([tmp_path], Rules(patterns=("*.txt",)))
    assert (shown.files, len(shown.left_out), shown.left_out_count) == (0, 500, 700)
