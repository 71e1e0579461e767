"""The prompt fits, holds no hidden text, and its passages cannot be closed by a document."""

from __future__ import annotations

import re

import pytest

from rag.describe import describe
from rag.followup import search_text
from rag.prompt import PastTurn, build, grammar, plain, without_markers
from rag.types import DocumentKind, Hit, Locator


def hit(number: int, text: str = "Some words.") -> Hit:
    locator = Locator(0, len(text), page=number)
    return Hit(number, f"c{number}", "/a.pdf", "Lease", DocumentKind.PDF, locator, text, "", 1.0)


def test_passages_stand_in_order_with_their_source_and_the_question_is_last() -> None:
    pack = build("How long?", (), [hit(1), hit(2)], lambda _: True)
    assert pack.user.index("[1] Lease, page 1") < pack.user.index("[2] Lease, page 2")
    assert pack.user.endswith("Question: How long?")


def test_the_best_passages_are_kept_when_not_all_fit() -> None:
    pack = build("?", (), [hit(n) for n in range(1, 6)], lambda p: len(p.hits) <= 2)
    assert [h.rank for h in pack.hits] == [1, 2]
    assert '"3"' not in pack.grammar


def test_when_nothing_fits_the_best_passage_is_shortened_and_the_history_goes() -> None:
    pack = build("?", (PastTurn("a", "b"),), [hit(1, "x" * 5000)], lambda _: False)
    assert len(pack.user) < 600
    assert not pack.turns


def test_a_document_cannot_know_the_marker_that_closes_its_passage() -> None:
    markers = set()
    for _ in range(20):
        pack = build("?", (), [hit(1)], lambda _: True)
        closing = re.search(r"</(\w+)>", pack.user)
        assert closing is not None
        markers.add(closing.group(1))
    assert len(markers) == 20


def test_the_instructions_are_the_same_for_every_question() -> None:
    packs = [build(q, (), [hit(1)], lambda _: True) for q in ("One?", "Two?")]
    assert packs[0].system == packs[1].system


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\u2066", "\ufeff", "\U000e0041", "\u00ad"])
def test_characters_that_hide_text_are_removed(hidden: str) -> None:
    assert plain(f"ig{hidden}nore") == "ignore"
    assert hidden not in build(f"a{hidden}b", (), [hit(1, f"c{hidden}d")], lambda _: True).user


def test_the_grammar_allows_exactly_the_passages_that_are_there() -> None:
    assert '("1" | "2" | "3")' in grammar(3)


def test_only_two_turns_are_told_and_long_ones_are_cut() -> None:
    turns = [PastTurn(f"q{n}", "long " * 300) for n in range(4)]
    pack = build("?", turns, [hit(1)], lambda _: True)
    assert [turn.question for turn in pack.turns] == ["q2", "q3"]
    assert all(len(turn.answer) < 410 for turn in pack.turns)


def test_markers_are_taken_out_of_earlier_answers() -> None:
    assert without_markers("Three months. [1] In writing [12].") == "Three months. In writing."


PAST = (PastTurn("What is the deposit?", "The deposit is 2,400 euro."),)


@pytest.mark.parametrize(
    "question", ["And when is it due?", "Why?", "Who holds it for the tenants?"]
)
def test_a_question_that_refers_back_is_searched_with_what_it_refers_to(question: str) -> None:
    text = search_text(question, PAST)
    assert "deposit" in text
    assert text.endswith(question)


def test_a_question_of_its_own_is_searched_as_it_is() -> None:
    question = "What does the washing machine warranty cover?"
    assert search_text(question, PAST) == question
    assert search_text("Why?", ()) == "Why?"


@pytest.mark.parametrize(
    ("locator", "kind", "words"),
    [
        (Locator(0, 1, page=3), DocumentKind.PDF, "page 3"),
        (Locator(0, 1, page=2), DocumentKind.PPTX, "slide 2"),
        (Locator(0, 1, sheet="Budget", cells="A1:D9"), DocumentKind.XLSX, "sheet Budget, A1:D9"),
        (Locator(0, 1, cells="A1:C4"), DocumentKind.CSV, "cells A1:C4"),
        (Locator(0, 1, headings=("Rent", "Deposit")), DocumentKind.DOCX, "Rent › Deposit"),
        (Locator(0, 1), DocumentKind.TEXT, ""),
    ],
)
def test_a_place_in_words(locator: Locator, kind: DocumentKind, words: str) -> None:
    assert describe(locator, kind) == words
