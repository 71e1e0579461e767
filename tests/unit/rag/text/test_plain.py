"""What cannot be seen is taken out or shown: every code point that has one of the properties."""

from __future__ import annotations

import unicodedata

import pytest
import regex

from rag.text.fold import fold
from rag.text.plain import DEFAULT_IGNORABLE, UNSEEN, plain, visible

ALL = [chr(code) for code in range(0x110000)]
_PROPERTIES = {
    "Default_Ignorable_Code_Point": regex.compile(r"\p{Default_Ignorable_Code_Point}"),
    "Bidi_Control": regex.compile(r"\p{Bidi_Control}"),
    "Noncharacter_Code_Point": regex.compile(r"\p{Noncharacter_Code_Point}"),
    "Cc": regex.compile(r"\p{Cc}"),
    "Cf": regex.compile(r"(?!\p{Prepended_Concatenation_Mark})\p{Cf}"),
    "Cs": regex.compile(r"\p{Cs}"),
    "Co": regex.compile(r"\p{Co}"),
    "Zl": regex.compile(r"\p{Zl}"),
    "Zp": regex.compile(r"\p{Zp}"),
}
_DRAWN_AS_NOTHING = set("\u2800\ufffc\U00016fe4\U0001d159\U00013441\U00013442")


def having(name: str) -> list[str]:
    return [one for one in ALL if _PROPERTIES[name].fullmatch(one)]


UNSEEN_ONES = [one for one in ALL if UNSEEN.fullmatch(one)]


@pytest.mark.parametrize("name", _PROPERTIES)
def test_every_character_with_a_property_of_what_is_unseen_is_known(name: str) -> None:
    ones = having(name)
    assert ones
    assert [one for one in ones if one not in "\n\t" and not UNSEEN.fullmatch(one)] == []


def test_nothing_else_is_taken_for_unseen() -> None:
    meant = _DRAWN_AS_NOTHING.union(*map(having, _PROPERTIES)) - {"\n", "\t"}
    assert set(UNSEEN_ONES) == meant


def test_the_table_agrees_with_the_interpreter_where_that_knows() -> None:
    categories = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    drawn = regex.compile(r"\p{Prepended_Concatenation_Mark}")
    missed = [
        one
        for one in ALL
        if unicodedata.category(one) in categories
        and one not in "\n\t"
        and not UNSEEN.fullmatch(one)
        and not drawn.fullmatch(one)
    ]
    assert missed == []


def test_the_table_of_what_is_ignorable_is_that_of_unicode() -> None:
    table = {chr(c) for first, last in DEFAULT_IGNORABLE for c in range(first, last + 1)}
    assert table == set(having("Default_Ignorable_Code_Point"))


def test_nothing_unseen_is_left() -> None:
    for one in UNSEEN_ONES:
        word = f"ig{one}nore"
        assert plain(word).replace("\n", "") == "ignore", hex(ord(one))
        assert visible(word) == f"ig⟨U+{ord(one):04X}⟩nore"


def test_nothing_unseen_is_left_at_the_ends_or_in_a_row() -> None:
    every = "".join(UNSEEN_ONES)
    assert plain(every).strip("\n") == ""
    assert visible(every) == "".join(f"⟨U+{ord(one):04X}⟩" for one in UNSEEN_ONES)


def test_whatever_ends_a_line_is_a_line_feed() -> None:
    assert plain("a\r\nb\rc\u2028d\u2029e\x85f\x0bg\x0ch") == "a\nb\nc\nd\ne\nf\ng\nh"


def test_a_name_has_one_line_and_a_sentence_can_have_more() -> None:
    assert visible("a\n\tb") == "a⟨U+000A⟩⟨U+0009⟩b"
    assert visible("a\n\tb\x1b", lines=True) == "a\n\tb⟨U+001B⟩"


@pytest.mark.parametrize(
    "text",
    [
        "lease.pdf",
        "Müller–Lüdenscheid\u00a0Straße 5\u202f%",
        "写真と文書.pdf",
        "می‌خواهم.pdf",
        "क्‍ष and ক্‌ষ",
        "👩‍⚕️ 🏳️‍🌈 ❤️.png",
        "١٢٣ ۝ 4",
        "e\u0301\u0323",
    ],
)
def test_what_can_be_seen_is_left_alone(text: str) -> None:
    assert plain(text) == text
    assert visible(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "a\u200cb",
        "4\ufe0f1",
        "\u062f\u200c\u0627",  # dal joins to nothing behind it
        "\u200dक",
        "❤\ufe0f\ufe0f",
        "👩\u200d.",
        "A\u200d👩",
        "\n\u200cب",
    ],
)
def test_joiners_and_selectors_that_change_nothing_are_not_seen(text: str) -> None:
    assert len(plain(text)) == len(text) - 1
    assert "⟨U+" in visible(text)


def test_quotes_are_found_whatever_cannot_be_seen_in_the_document() -> None:
    for one in (one for one in UNSEEN_ONES if unicodedata.category(one) != "Co"):
        assert fold(f"no{one}tice period").find(fold(plain("notice period"))) == (0, 14)
