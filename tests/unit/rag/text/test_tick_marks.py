"""Tick boxes in words."""

from __future__ import annotations

import pytest

from rag.text.tick_marks import in_words, without_words


@pytest.mark.parametrize(
    ("line", "worded"),
    [
        ("☐ yes ☒ no", "☐ yes (not ticked) ☒ no (ticked)"),
        ("Smoker: ☐ yes ☑ no", "Smoker: ☐ yes (not ticked) ☑ no (ticked)"),
        ("Smoker: yes ☐ no ☒", "Smoker: yes (not ticked ☐) no (ticked ☒)"),
        ("Oven | ☒ | ☐", "Oven | ☒ (ticked) | ☐ (not ticked)"),
        ("□ yes ■ no", "□ yes (not ticked) ■ no (ticked)"),
        ("[x] milk", "[x] milk (ticked)"),
        ("a[x] and b[ ]", "a[x] and b[ ]"),
        ("□ a point of a list", "□ a point of a list"),
        ("press ✓ to go on", "press ✓ to go on"),
    ],
)
def test_each_box_says_its_state_beside_its_label(line: str, worded: str) -> None:
    assert in_words([[line]]) == [[worded]]


def test_shapes_are_boxes_where_the_page_has_two_states() -> None:
    assert in_words([["□ oven"], ["■ keys"]]) == [["□ oven (not ticked)"], ["■ keys (ticked)"]]
    assert in_words([["□ oven"], ["□ keys"]]) == [["□ oven"], ["□ keys"]]


def test_a_label_of_several_lines_ends_with_the_last() -> None:
    assert in_words([["☐ I have read", "all of it"], ["Signed"]]) == [
        ["☐ I have read", "all of it (not ticked)"],
        ["Signed"],
    ]


def test_words_are_taken_out_to_look_for_what_is_printed() -> None:
    assert without_words("☐ yes (not ticked) ☒ no (ticked)") == "☐ yes ☒ no"
