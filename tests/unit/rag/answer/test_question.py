"""Follow-ups are searched with what they refer to; other questions as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.answer.prompt import PastTurn
from rag.answer.question import read_question
from tests.unit.rag.indexing.test_indexer import Library

LEASE = PastTurn("What is the notice period of the lease?", "It is three months.")
PRICE = PastTurn("What does a night at the hotel cost for one person?", "It costs 90 euro.")
PIANIST = PastTurn("Where did Chopin spend his youth?", "He spent it in Warsaw.")
OWNER = PastTurn("Who is the landlord of the flat?", "The landlord is Anna Meyer.")


def wording(question: str, *before: PastTurn) -> str:
    return read_question(question, before).wording


@pytest.mark.parametrize(
    ("question", "before", "searched"),
    [
        ("why?", LEASE, f"{LEASE.question} {LEASE.answer} why?"),
        ("and for two people?", PRICE, f"{PRICE.question} and for two people?"),
        ("What about the deposit?", LEASE, "of the lease? What about the deposit?"),
        ("And the deposit?", LEASE, "of the lease? And the deposit?"),
        ("Where does she live now?", OWNER, "Anna Meyer Where does she live now?"),
        (
            "And what is her telephone number?",
            OWNER,
            "Anna Meyer And what is her telephone number?",
        ),
        ("When did he die?", PIANIST, "Chopin When did he die?"),
        ("Must the tenant be told of that in writing?", LEASE, f"{LEASE.question} {LEASE.answer}"),
        ("Tell me more about the three months", LEASE, LEASE.question),
    ],
)
def test_a_follow_up_goes_with_what_it_refers_to(
    question: str, before: PastTurn, searched: str
) -> None:
    assert wording(question, before).startswith(searched)


@pytest.mark.parametrize(
    "question",
    [
        "What is my IBAN?",
        "And what is my IBAN?",
        "What is photosynthesis?",
        "What is the rule that governs pets in the house?",
        "Is there a lift in the building on Elm Street?",
        "How many days are there in the school holidays?",
        "Who wrote the report on the boiler in the cellar?",
        "Which of the neighbours has one of the spare keys?",
        "What does the company pay its staff?",
        "When does the contract end and when was it signed?",
        "Is it allowed to have pets?",
        "lease.pdf",
        "Gibt es einen Aufzug?",
        "Wie lautet meine IBAN?",
        "Wie heißt der Mieter, der im Keller wohnt?",
        "Où la voiture est-elle contrôlée ?",
        "¿Qué les dijo el juez a los testigos?",
        "Qual è il prezzo del biglietto?",
        "Wat is het adres van de school?",
        "Qual é o preço do bilhete?",
    ],
)
def test_a_question_that_stands_alone_is_searched_alone(question: str) -> None:
    assert wording(question, LEASE) == question


@pytest.mark.parametrize(
    "question",
    [
        "Who pays?",
        "Is it allowed?",
        "What does the lease say about it?",
        "Wie ist das geregelt?",
        "Wo wohnt sie?",
        "Und die Kaution?",
        "Où habite-t-elle ?",
        "Qui la paie ?",
        "¿Cuándo vence?",
        "¿Y la fianza?",
        "Quando scade?",
        "E la cauzione?",
        "Waar woont zij?",
        "Quando ele nasceu?",
    ],
)
def test_pronouns_and_missing_nouns_show_a_follow_up(question: str) -> None:
    assert read_question(question, (LEASE,)).follows


def test_few_words_are_in_the_language_of_the_question_before() -> None:
    dutch = PastTurn("Hoe hoog is de huur van het huis?", "900 euro.")
    assert wording("En de borg?", dutch) == "van het huis? En de borg?"


def test_a_follow_up_of_a_follow_up_goes_back_to_the_beginning() -> None:
    second = PastTurn("And for two people?", "It costs 120 euro.")
    searched = wording("And with breakfast?", LEASE, PRICE, second)
    assert searched == f"{PRICE.question} {second.question} And with breakfast?"


def test_nothing_is_referred_to_at_the_beginning_of_a_chat() -> None:
    assert not read_question("Where does she live?", ()).follows


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
    assert library.find(wording(question, before))[0] == file
