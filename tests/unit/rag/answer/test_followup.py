"""Follow-ups are searched with what they refer to; other questions as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.answer.followup import search_text
from rag.answer.prompt import PastTurn
from tests.unit.rag.indexing.test_indexer import Library

LEASE = PastTurn("What is the notice period of the lease?", "It is three months.")
PRICE = PastTurn("What does a night at the hotel cost for one person?", "It costs 90 euro.")
OWNER = PastTurn("Who is the landlord of the flat?", "The landlord is Anna Meyer.")


@pytest.mark.parametrize(
    ("question", "before", "searched"),
    [
        ("why?", LEASE, f"{LEASE.question} {LEASE.answer} why?"),
        ("and for two people?", PRICE, f"{PRICE.question} and for two people?"),
        ("What about the deposit?", LEASE, "of the lease? What about the deposit?"),
        ("Where does she live now?", OWNER, f"{OWNER.question} {OWNER.answer} Where does she"),
        ("And what is her telephone number?", OWNER, f"{OWNER.question} {OWNER.answer} And what"),
        ("Must the tenant be told of that in writing?", LEASE, LEASE.question),
        ("Tell me more about the three months", LEASE, LEASE.question),
    ],
)
def test_a_follow_up_goes_with_what_it_refers_to(
    question: str, before: PastTurn, searched: str
) -> None:
    assert search_text(question, (before,)).startswith(searched)


@pytest.mark.parametrize(
    "question",
    [
        "What is the rule that governs pets in the house?",
        "Is there a lift in the building on Elm Street?",
        "How many days are there in the school holidays?",
        "Who wrote the report on the boiler in the cellar?",
        "Which of the neighbours has one of the spare keys?",
    ],
)
def test_a_question_that_stands_alone_is_searched_alone(question: str) -> None:
    assert search_text(question, (LEASE,)) == question


def test_a_follow_up_of_a_follow_up_goes_back_to_the_beginning() -> None:
    second = PastTurn("And for two people?", "It costs 120 euro.")
    searched = search_text("And with breakfast?", (LEASE, PRICE, second))
    assert searched == f"{PRICE.question} {second.question} And with breakfast?"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Library(tmp_path)
    made.write("hotel-one.txt", "A night at the hotel costs 90 euro for one person.")
    made.write("hotel-two.txt", "A night at the hotel costs 120 euro for two people.")
    made.write("lease.txt", "The lease of the flat: the notice period is three months.")
    made.write("deposit.txt", "The lease of the flat: the deposit is two monthly rents.")
    made.write("meyer.txt", "Anna Meyer lives in Lindenstrasse 4 and can be reached by post.")
    made.write("club.txt", "Members of the chess club live in many towns and play on Monday.")
    made.run()
    yield made
    made.store.close()


@pytest.mark.parametrize(
    ("question", "before", "file"),
    [
        ("and for two people?", PRICE, "hotel-two.txt"),
        ("What about the deposit?", LEASE, "deposit.txt"),
        ("Where does she live?", OWNER, "meyer.txt"),
        ("why?", LEASE, "lease.txt"),
    ],
)
def test_it_leads_to_the_right_passage(
    library: Library, question: str, before: PastTurn, file: str
) -> None:
    assert library.find(search_text(question, (before,)))[0] == file
