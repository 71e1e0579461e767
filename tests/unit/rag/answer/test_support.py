"""Answers that have nothing to do with their sources are caught; sound ones pass."""

from __future__ import annotations

import pytest

from rag.answer.support import content_words, is_about, is_plausible, only_repeats, support
from rag.formats import DocumentKind
from rag.types import Hit, Locator

TEXT = "The tenants pay a deposit of 3,420 euros by 30 May 2025. A claim is filed within 60 days."


def hit(text: str, context: str = "") -> Hit:
    return Hit(1, "c", "/a", "A", DocumentKind.TEXT, Locator(0, len(text)), text, context, 1.0)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How much is the deposit?", "The deposit is 3,420 euros."),
        ("How much is the deposit?", "It is 3420 euros."),
        ("What must tenants pay?", "A deposit, in 3 parts."),
        ("How long?", "Within 60 days."),
        ("When is the deposit of 3,420 due?", "By 30 May 2025."),
    ],
)
def test_sound_answers_pass(question: str, answer: str) -> None:
    assert is_plausible(question, answer, [hit(TEXT)])


def test_a_source_that_shares_no_word_with_the_question_supports_nothing() -> None:
    sources = [hit(TEXT)]
    assert not is_plausible("Who won the cup final?", "Nobody.", sources)
    assert not is_plausible("What time does the color blue sleep?", "Never.", sources)
    titled = [hit(TEXT, "Sleep")]
    assert is_plausible("What time does the color blue sleep?", "Never.", titled)


@pytest.mark.parametrize(
    "answer",
    ["The passages do not say how much it is.", "That information is not provided in them."],
)
def test_an_answer_that_says_there_is_none_is_none(answer: str) -> None:
    assert not is_plausible("How much is the deposit?", answer, [hit(TEXT)])


@pytest.mark.parametrize(
    ("question", "answer", "sound"),
    [
        ("Who is to pay the deposit?", "The one who is to pay the deposit.", False),
        ("Who is to pay the deposit?", "The tenant is to pay the deposit.", True),
        ("Must the tenant pay a deposit?", "Yes, the tenant must pay a deposit.", True),
        ("Who is to pay, the tenant or the landlord?", "The tenant is to pay.", True),
        ("What is it?", "No.", True),
    ],
)
def test_an_answer_that_only_repeats_the_question_is_none(
    question: str, answer: str, sound: bool
) -> None:
    assert only_repeats(question, answer) is not sound


@pytest.mark.parametrize(
    ("sentence", "source", "least", "most"),
    [
        ("Tenants pay a deposit of 3,420 euros.", TEXT, 1.0, 1.0),
        ("Landlords paint the kitchen walls.", TEXT, 0.0, 0.1),
        ("Tenants paint.", TEXT, 0.5, 0.5),
        ("Yes, within 60 days.", TEXT, 1.0, 1.0),
        ("是在北京签订的合同", "合同是在北京签订的", 0.5, 1.0),
        ("是在北京签订的合同", "他们喜欢足球", 0.0, 0.0),
    ],
)
def test_how_far_a_source_says_what_a_sentence_says(
    sentence: str, source: str, least: float, most: float
) -> None:
    assert least <= support(sentence, source, "What must be done?") <= most


def test_what_the_question_says_already_needs_no_support() -> None:
    assert support("The claim is filed.", "Other words.", "How is a claim filed?") == 1.0


def test_other_forms_of_a_word_count_as_the_word() -> None:
    assert content_words("offers, offered, offering") == content_words("offer")
    assert content_words("covered; prices; reviews; process") == content_words(
        "cover price review process"
    )


def test_words_that_carry_no_meaning_do_not_count() -> None:
    assert content_words("What must they have, and when?") == frozenset()
    assert content_words("Deposits of 40") == {"deposi", "40"}


@pytest.mark.parametrize(
    ("question", "quote", "expected"),
    [
        ("Gibt es ein Schwimmbad?", "Das Frühstück ist von 7 bis 10 Uhr in der Halle.", False),
        ("Gibt es ein Schwimmbad?", "Das Schwimmbad ist bis 21 Uhr offen.", True),
        ("Gibt es ein Schwimmbad?", "The pool is open until nine in the evening.", True),
        ("Darf man rudern?", "☐ Boot (not ticked)", True),  # nobody knows its language
    ],
)
def test_a_yes_or_no_rests_on_words_of_the_question(
    question: str, quote: str, expected: bool
) -> None:
    assert is_about(question, [quote]) is expected
