"""What kind of answer a question wants."""

from __future__ import annotations

import pytest

from rag.text.question_kind import asks_for_fact, asks_openly, asks_whether


@pytest.mark.parametrize(
    "question",
    [
        "How does coinsurance work?",
        "Why was the claim denied?",
        "What are the duties of the tenant?",
        "What should I do after an accident?",
        "Which services and benefits does the plan provide?",
        "What is the process of an appeal?",
        "Explain the notice period.",
        "What is coinsurance and how does it work?",
        "In the report of May, how have the sales changed?",
        "Wie kündige ich den Vertrag?",
        "Was muss ich bei einem Unfall tun?",
        "Comment résilier le bail ?",
        "¿Por qué subió el alquiler?",
        "Quali sono i costi?",
        "Как расторгнуть договор?",
        "如何解除租约",
    ],
)
def test_what_is_told_in_several_sentences(question: str) -> None:
    assert asks_openly(question)


@pytest.mark.parametrize(
    "question",
    [
        "Who holds the keys?",
        "How many keys are there?",
        "How much is the rent?",
        "What is the rent?",
        "What does MAC stand for?",
        "What class does the car belong to?",
        "When does the lease end?",
        "Is a deposit due?",
        "Wie hoch ist die Miete?",
        "Wie heißt der Vermieter?",
        "¿Cómo se llama el propietario?",
        "Comment s'appelle le bailleur ?",
        "Как зовут арендатора?",
        "谁有钥匙",
        "",
    ],
)
def test_what_is_told_in_one(question: str) -> None:
    assert not asks_openly(question)


def test_yes_or_no_and_facts() -> None:
    assert asks_whether("Is a deposit due?")
    assert not asks_whether("What is due?")
    assert asks_for_fact("Who holds the keys?")
    assert not asks_for_fact("Who holds the keys, Ada or Ben?")
    assert not asks_for_fact("Is a deposit due?")


@pytest.mark.parametrize(
    "question",
    [
        "Darf man nachts rudern?",
        "Bekomme ich mein Geld zurück?",
        "Puis-je avoir un chat ?",
        "Les chiens sont-ils admis ?",
        "Le loyer a-t-il été augmenté ?",
        "¿Puedo tener un perro?",
        "¿Se puede renovar el préstamo?",
        "Si possono stendere i panni?",
        "Is er een lift?",
        "Há elevador?",
    ],
)
def test_yes_or_no_in_other_languages(question: str) -> None:
    assert asks_whether(question)


@pytest.mark.parametrize(
    "question",
    [
        "Was kostet das?",
        "Was steht in § 5?",
        "Wann darf man rudern?",
        "Quand peut-on nager ?",
        "À quelle heure ouvre-t-il ?",
        "Que faut-il apporter ?",
        "¿Qué puedo hacer?",
        "Dove posso fumare?",
        "Und die Kaution?",
        "Rent?",
    ],
)
def test_what_yes_or_no_does_not_answer(question: str) -> None:
    assert not asks_whether(question)
