"""Which paths lie under which, by their form and by how SQLite orders them."""

from __future__ import annotations

import os

import pytest

from rag.text.path_forms import is_below, is_under, range_below

HOME = f"{os.sep}home{os.sep}ada"


def inside(name: str) -> str:
    return f"{HOME}{os.sep}{name}"


@pytest.mark.parametrize("folder", [HOME, HOME + os.sep])
def test_a_folder_holds_what_begins_with_it_and_a_separator(folder: str) -> None:
    for path in (inside("a.txt"), inside(f"papers{os.sep}b.txt")):
        assert is_under(path, folder)
        assert is_below(path, folder)
    for path in (f"{HOME}-old{os.sep}a.txt", f"{HOME}0", f"{os.sep}home"):
        assert not is_under(path, folder)
        assert not is_below(path, folder)


def test_a_folder_is_under_itself_but_not_below() -> None:
    assert is_under(HOME, HOME)
    assert not is_below(HOME, HOME)


def test_all_is_under_the_topmost_folder() -> None:
    assert is_under(HOME, os.sep)
    assert is_below(HOME, os.sep)


def test_the_range_of_a_folder_holds_exactly_what_lies_in_it() -> None:
    first, after = range_below(HOME)
    names = ("a", "~", "\uffff", " ", "0", os.sep)
    for path in (*map(inside, names), *(f"{HOME}{name}" for name in names), HOME, os.sep):
        assert (first <= path < after) == (is_below(path, HOME)), path
