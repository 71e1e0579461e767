"""The words for choices, fields, struck-out text and comments, the same in all formats."""

from __future__ import annotations

from rag.parse import state_words


def test_comments_stay_on_one_line_and_names_are_cut() -> None:
    words = state_words.comment("Too\nlong?", "A\n" * 100, "2026-03-01T10:00Z", "nine\nmonths")
    assert "\n" not in words
    assert len(words) < 200
    assert words.endswith(", 2026-03-01, on “nine months”: Too long?")
    assert state_words.comment("Why?", date="yesterday") == "Comment: Why?"


def test_pictures_named_by_their_file_have_no_description() -> None:
    assert state_words.picture("python-icon.jpeg") == ""
    assert state_words.picture("A red gate") == "Picture: A red gate"
