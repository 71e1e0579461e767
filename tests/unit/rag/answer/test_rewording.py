"""A model's wording of a follow-up may add only what the chat has."""

from __future__ import annotations

import pytest

from models.grammar import gbnf
from rag.answer.prompt import PastTurn
from rag.answer.question import read_question
from rag.answer.rewording import grammar, prompt, reworded

OWNER = PastTurn("Who is the landlord of the flat?", "The landlord is Anna Meyer.")
QUESTION = read_question("Where does she live?", (OWNER,))


def test_what_the_chat_has_is_searched_for() -> None:
    written = reworded(QUESTION, OWNER, " Where does Anna Meyer live?")
    assert written.wording == "Where does Anna Meyer live?"


@pytest.mark.parametrize(
    "written",
    ["Where does Paul Roth live?", "Where is Anna Meyer?", "Where does she live?", ""],
)
def test_what_adds_or_loses_a_subject_is_not(written: str) -> None:
    assert reworded(QUESTION, OWNER, written).wording == QUESTION.wording


def test_the_grammar_knows_the_words_of_the_chat_only() -> None:
    form = gbnf(grammar(QUESTION, OWNER))
    assert '"Meyer"' in form
    assert '"where"' in form
    assert '"Paul"' not in form


def test_the_model_reads_the_last_turn_and_the_question() -> None:
    read = prompt(QUESTION, OWNER)
    assert read.endswith("Next: Where does she live?\nAlone:")
    assert OWNER.answer in read
