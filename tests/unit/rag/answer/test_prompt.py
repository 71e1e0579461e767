"""The prompt fits, holds no hidden text, and its passages cannot be closed by a document."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence

import pytest

from models.grammar import gbnf
from rag.answer import prompt
from rag.answer.excerpt import Reading
from rag.answer.form import MAX_QUOTES
from rag.answer.prompt import ContextPack, PastTurn, Talk, without_markers
from rag.answer.question import read_question
from rag.formats import DocumentKind
from rag.text.describe_locator import describe
from rag.text.visible import plain
from rag.types import Hit, Locator


def hit(number: int, text: str = "Some words.") -> Hit:
    locator = Locator(0, len(text), page=number)
    return Hit(number, f"c{number}", "/a.pdf", "Lease", DocumentKind.PDF, locator, text, "", 1.0)


def build(
    question: str,
    history: Sequence[PastTurn],
    hits: Sequence[Hit],
    fits: Callable[[ContextPack], bool],
    *,
    most: int = 4,
    talk: Talk | None = None,
) -> ContextPack:
    reading = Reading(question, hits)
    packs = prompt.prompts(question, history, reading, "a1b2c3", talk=talk, most=most)
    return prompt.fitting(packs, fits)


def test_passages_stand_in_order_with_their_source_and_the_question_is_last() -> None:
    pack = build("How long?", (), [hit(1), hit(2)], lambda _: True)
    assert re.match(r"\[1 \w+\] Lease, page 1\nSome words\.\n\n\[2 \w+\] Lease, page 2", pack.user)
    assert re.search(r"\n\n\[question \w+\] How long\?$", pack.user)


@pytest.mark.parametrize(
    ("path", "title", "source"),
    [
        (
            "/x/2023 Q3 AAPL.pdf",
            "0000320193-23-000077",
            "0000320193-23-000077 (2023 Q3 AAPL), page 1",
        ),
        ("/x/2023 Q3 AAPL.pdf", "Report Q3", "Report Q3, page 1"),
        ("/x/lease.pdf", "Lease of a flat", "Lease of a flat, page 1"),
        ("/x/a.pdf", "Lease", "Lease, page 1"),  # the name says nothing
    ],
)
def test_the_name_of_a_file_is_told_where_its_title_does_not_say_it(
    path: str, title: str, source: str
) -> None:
    pack = build(
        "How long?", (), [dataclasses.replace(hit(1), path=path, title=title)], lambda _: True
    )
    assert f"] {source}\n" in pack.user


def test_less_is_read_when_not_all_fits() -> None:
    hits = [hit(n, f"How long it takes is {n} days, and for some {n + 1} weeks.") for n in range(9)]
    pack = build("How long?", (), hits, lambda p: len(p.hits) <= 2, most=9)
    assert 1 <= len(pack.hits) <= 2


def test_no_more_passages_are_read_than_asked_for() -> None:
    pack = build("?", (), [hit(n) for n in range(1, 6)], lambda _: True, most=3)
    assert [h.rank for h in pack.hits] == [1, 2, 3]


def test_when_nothing_fits_the_best_passage_is_shortened_and_the_history_goes() -> None:
    pack = build("?", (PastTurn("a", "b"),), [hit(1, "x" * 5000)], lambda _: False)
    assert len(pack.user) < 600
    assert not pack.turns


def test_rows_of_a_table_come_with_their_header() -> None:
    row = Hit(1, "c", "/a.csv", "Rent", DocumentKind.CSV, Locator(0, 9, cells="A2:B2"),
              "May | 900", "Rent\n\nMonth | Euro", 1.0)  # fmt: skip
    assert "Month | Euro\nMay | 900" in build("Rent in May?", (), [row], lambda _: True).user
    whole = dataclasses.replace(row, text="Month | Euro\nMay | 900")
    prompt = build("Rent in May?", (), [whole], lambda _: True).user
    assert prompt.count("Month | Euro") == 1


def test_a_chat_goes_on_word_for_word_and_shows_only_what_is_new() -> None:
    rent, notice = (
        hit(1, "The rent is 900 euros. " * 2),
        hit(2, "The notice period is 3 months. " * 2),
    )
    first = build("What is the rent?", (), [rent], lambda _: True)
    talk = first.answered("Quote: it is 900")
    past = (PastTurn("What is the rent?", "900"),)
    second = build("And the notice period?", past, [rent, notice], lambda _: True, talk=talk)
    assert second.turns == (PastTurn(first.user, "Quote: it is 900"),)
    assert second.user.startswith("[2 a1b2c3]")
    assert "900 euros" not in second.user
    assert second.hits == (notice, rent)
    again = build("What was it?", past, [notice], lambda _: True, talk=second.answered("r"))
    assert again.user == "[question a1b2c3] What was it?"


def test_a_chat_that_is_long_or_does_not_fit_begins_anew() -> None:
    past = (PastTurn("What is the rent?", "900"),)
    talk = build("What is the rent?", (), [hit(1)], lambda _: True).answered("r")
    pack = build("And?", past, [hit(2)], lambda pack: pack.turns != talk.turns, talk=talk)
    assert pack.turns == past
    for _ in range(3):
        talk = build("And?", past, [hit(2)], lambda _: True, talk=talk).answered("r")
    assert talk.is_long
    pack = build("And?", past, [hit(2)], lambda _: True, talk=talk)
    assert pack.turns == past
    assert prompt.beginning(past, talk).turns == past


def test_the_instructions_are_the_same_for_every_question() -> None:
    packs = [build(q, (), [hit(1)], lambda _: True) for q in ("One?", "Two?")]
    assert packs[0].system == packs[1].system


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\u2066", "\ufeff", "\U000e0041", "\u00ad"])
def test_characters_that_hide_text_are_removed(hidden: str) -> None:
    assert plain(f"ig{hidden}nore") == "ignore"
    assert hidden not in build(f"a{hidden}b", (), [hit(1, f"c{hidden}d")], lambda _: True).user


def test_the_form_of_a_reply_is_to_quote_what_was_shown_before_it_answers() -> None:
    shown = build("Who?", (), [hit(1, 'He said "so". It is\u200b C:\\a.')], lambda _: True)
    first, quote, *_ = gbnf(shown.grammar).splitlines()
    assert first.startswith("root ::= quote")
    assert first.endswith("verdict")
    assert first.count("quote") == MAX_QUOTES
    assert quote == r'''quote ::= "Quote: \"" ("He said \"so\"." | "It is C:\\a.") "\"\n"'''


def test_what_a_chat_showed_before_can_be_quoted_again() -> None:
    first = build("What is the rent?", (), [hit(1, "It is 900 euros.")], lambda _: True)
    talk, past = first.answered("r"), (PastTurn("What is the rent?", "900"),)
    pack = build("And?", past, [hit(2, "It is due in May.")], lambda _: True, talk=talk)
    assert '("It is 900 euros." | "It is due in May.")' in gbnf(pack.grammar)


def test_only_two_turns_are_told_and_long_ones_are_cut() -> None:
    turns = [PastTurn(f"q{n}", "long " * 300) for n in range(4)]
    pack = build("?", turns, [hit(1)], lambda _: True)
    assert [turn.question for turn in pack.turns] == ["q2", "q3"]
    assert all(len(turn.answer) < 410 for turn in pack.turns)


def test_markers_are_taken_out_of_earlier_answers() -> None:
    assert without_markers("Three. [1] In writing [12]. So. [?]") == "Three. In writing. So."


PAST = (PastTurn("What is the deposit?", "The deposit is 2,400 euro."),)


@pytest.mark.parametrize(
    "question", ["And when is it due?", "Why?", "Who holds it for the tenants?"]
)
def test_a_question_that_refers_back_is_searched_with_what_it_refers_to(question: str) -> None:
    text = read_question(question, PAST).wording
    assert "deposit" in text
    assert text.endswith(question)


def test_a_question_of_its_own_is_searched_as_it_is() -> None:
    question = "What does the washing machine warranty cover?"
    assert read_question(question, PAST).wording == question
    assert read_question("Why?", ()).wording == "Why?"


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
