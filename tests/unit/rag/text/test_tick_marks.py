"""Tick boxes in words."""

from __future__ import annotations

import pytest

from rag.text.claims import claims
from rag.text.logic_words import logic_words
from rag.text.sentences import sentences
from rag.text.tick_marks import box, in_words, option_of, signs_in_words, without_words

_IN_ALL = [
    ("☐ Oven clean", ["☐ Oven clean (not ticked)"]),
    ("☐ yes ☒ no", ["☐ yes (not ticked)", "☒ no (ticked)"]),
    ("Smoker: ☐ yes ☑ no", ["Smoker: ☐ yes (not ticked)", "Smoker: ☑ no (ticked)"]),
    ("Smoker: yes ☐ no ☒", ["Smoker: yes (not ticked ☐)", "Smoker: no (ticked ☒)"]),
    ("Seat: ◉ aisle ◯ window", ["Seat: ◉ aisle (selected)", "Seat: ◯ window (not selected)"]),
    ("○ yes ● no", ["○ yes (not selected)", "● no (selected)"]),
    ("1. ☐ a ☒ b", ["1. ☐ a (not ticked)", "☒ b (ticked)"]),
    (
        "Ill: ☐ yes ☒ no  Diet: ☒ any",
        ["Ill: ☐ yes (not ticked)", "Ill: ☒ no (ticked)", "Diet: ☒ any (ticked)"],
    ),
    ("Oven | ☒ | ☐", ["Oven | ☒ (ticked) | ☐ (not ticked)"]),
    ("Ill | Now: ☒ yes ☐ no", ["Ill | Now: ☒ yes (ticked) ☐ no (not ticked)"]),
    ("□ yes ■ no", ["□ yes (not ticked)", "■ no (ticked)"]),
    ("[x] milk", ["[x] milk (ticked)"]),
    ("- [ ] milk", ["- [ ] milk (not ticked)"]),
    ("Milk: [x] yes [ ] no", ["Milk: [x] yes (ticked)", "Milk: [ ] no (not ticked)"]),
    ("Dogs allowed: ☑.", ["Dogs allowed: (ticked ☑)."]),
    ("☑", ["☑ (ticked)"]),
    ("☑ | ◯", ["☑ (ticked) | ◯"]),
    ("a[x] and b[ ]", ["a[x] and b[ ]"]),
    ("[x](a link)", ["[x](a link)"]),
    ("● a bullet", ["● a bullet"]),
    ("which was to be shown □", ["which was to be shown □"]),
    ("press ✓ to go on", ["press ✓ to go on"]),
]


@pytest.mark.parametrize(("line", "worded"), _IN_ALL)
def test_each_box_says_its_state_beside_its_label(line: str, worded: list[str]) -> None:
    assert in_words([[line]]) == [[worded]]
    assert signs_in_words(line) == "\n".join(worded)


def test_shapes_are_boxes_where_the_page_has_two_states() -> None:
    ticked = [[["□ oven (not ticked)"]], [["■ keys (ticked)"]]]
    assert in_words([["□ oven"], ["■ keys"]]) == ticked
    assert in_words([["□ oven"], ["□ keys"]]) == [[["□ oven"]], [["□ keys"]]]


def test_a_label_of_several_lines_ends_with_the_last() -> None:
    assert in_words([["☐ I have read", "all of it"], ["Signed"]]) == [
        [["☐ I have read"], ["all of it (not ticked)"]],
        [["Signed"]],
    ]
    text = "- [ ] I have read\n  all of it\n- [x] Signed\nby me"
    worded = "- [ ] I have read\n  all of it (not ticked)\n- [x] Signed (ticked)\nby me"
    assert signs_in_words(text) == worded


def test_options_stay_on_the_lines_of_a_file() -> None:
    text = "a\nSmoker: ☐ yes ☒ no\nb"
    worded = "a\nSmoker: ☐ yes (not ticked) ☒ no (ticked)\nb"
    assert signs_in_words(text, apart=False) == worded


def test_each_option_is_a_sentence_of_its_own() -> None:
    lead = "The kind of membership that is wanted from next year on:"
    text = signs_in_words(f"{lead} ◯ single ◉ with all of the family\nand more")
    parts = [text[start:end].strip() for start, end in sentences(text)]
    assert parts[:2] == [
        f"{lead} ◯ single (not selected)",
        f"{lead} ◉ with all of the family (selected)",
    ]


def test_words_before_many_options_do_not_fill_the_memory() -> None:
    text = signs_in_words("Word " * 2_000 + "☐ a " * 2_000)
    assert len(text) < 100_000
    assert text.count("(not ticked)") == 2_000


def test_words_are_taken_out_to_look_for_what_is_printed() -> None:
    assert without_words("☐ yes (not ticked) ☒ no (ticked)") == "☐ yes ☒ no"
    assert without_words("yes (not ticked ☐)") == "yes☐"
    assert option_of("Seat: ◯ window") == ("Seat: ", "◯ window")
    assert option_of("Seat: window ☐") == ("Seat:", " window ☐")


def test_a_box_without_text_of_its_own() -> None:
    assert box(True, "Dog ") == "☒ Dog (ticked)"
    assert box(False) == "☐ (not ticked)"


@pytest.mark.parametrize("line", ["Informed (not ticked ☐)", "☐ Informed (not ticked)"])
def test_an_empty_box_denies_its_label(line: str) -> None:
    table = logic_words("en")
    assert claims(line, table) == claims("Informed: no", table)
    assert claims(line, table) != claims("Informed: yes", table)
