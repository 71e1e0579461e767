"""A sentence that says something else than its source is told from one that says the same."""

from __future__ import annotations

import pytest

from bench.claim_pairs import RIGHT, written
from rag.answer.agreement import asserts_what_is_denied, can_be_judged, difference
from rag.answer.replaced import Differs

PAIRS = tuple(written())
MOST_PASSED, MOST_REFUSED = 0.02, 0.03


@pytest.mark.parametrize("half", ["a", "b"])
def test_changed_sentences_are_seen_and_right_ones_pass(half: str) -> None:
    own = [pair for pair in PAIRS if pair.half == half]
    right = [pair for pair in own if pair.change == RIGHT]
    changed = [pair for pair in own if pair.change != RIGHT]
    refused = [p.sentence for p in right if difference(p.sentence, p.source) is not None]
    passed = [p.sentence for p in changed if difference(p.sentence, p.source) is None]
    assert len(refused) <= MOST_REFUSED * len(right), refused
    assert len(passed) <= MOST_PASSED * len(changed), passed


def test_there_are_pairs_of_each_kind_in_many_languages() -> None:
    assert len(PAIRS) > 200
    assert {"number", "unit", "date", "name", "negation", "modal", "quantifier", "who"} <= {
        pair.change for pair in PAIRS
    }
    assert len({pair.language for pair in PAIRS}) > 9


SUBLET = "The tenant may not sublet the flat."


@pytest.mark.parametrize(
    ("question", "sentence", "differs"),
    [
        ("May I sublet the flat?", "Yes.", True),
        ("May I sublet the flat?", "No.", False),
        ("May the tenant sublet?", "Yes, the tenant may sublet.", True),
        ("May the tenant not sublet the flat?", "Yes.", False),
    ],
)
def test_yes_and_no_are_held_against_the_source(
    question: str, sentence: str, differs: bool
) -> None:
    assert (difference(sentence, SUBLET, question=question) is not None) is differs


def test_an_answer_in_another_language_keeps_the_figures() -> None:
    source = "The notice period is three months and notice must be given in writing."
    question = "Wie lang ist die Frist?"
    assert difference("Die Frist beträgt drei Monate.", source, question=question) is None
    assert difference("Die Frist beträgt 3 Monate.", source, question=question) is None
    wrong = difference("Die Frist beträgt fünf Monate.", source, question=question)
    assert wrong is Differs.FIGURE
    assert difference("Es sind drei Wochen.", source, question=question) is Differs.FIGURE
    assert difference("Die Frist beträgt nicht drei Monate.", source) is Differs.POLARITY


def test_a_name_may_come_from_the_heading_or_the_question() -> None:
    source = "He inspected the bridge on Monday."
    sentence = "On Monday the bridge was inspected by Carl Weber."
    assert difference(sentence, source) is Differs.NAME
    assert difference(sentence, source, context="Report of Carl Weber") is None
    assert difference(sentence, source, question="What did Carl Weber do?") is None


def test_a_question_about_what_is_not_so_is_not_answered_by_what_is() -> None:
    assert asserts_what_is_denied("Which costs are not paid back?", "Costs of trips are paid back.")
    assert not asserts_what_is_denied("What is not insured?", "Damage caused by war and flood.")
    assert not asserts_what_is_denied("Which costs are paid back?", "Costs of trips are paid back.")


SALES = "Sales were 10 in May and 30 in June; ten dogs and eight cats were sold by Ann, Bo and Cy."


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("Sales tripled from May to June.", SALES),
        ("Sales were three times as high in June.", SALES),
        ("In total, 40 were sold.", SALES),
        ("Eighteen animals were sold.", SALES),
        ("Sales rose by 200 percent.", SALES),
        ("Two more dogs than cats were sold.", SALES),
        ("There were three sellers.", SALES),
        ("The average was 20.", SALES),
        ("The course ends on 24 March.", "The course begins on 3 March and lasts three weeks."),
        ("It took five months.", "The works began in March 2024 and ended in August 2024."),
        ("Mara was 25 when she joined.", "Mara was born in 1990 and joined in 2015."),
        ("A quarter voted against.", "Of 200 members, 50 voted against."),
        ("Die Miete hat sich verdoppelt.", "Die Miete war 500 Euro und ist jetzt 1000 Euro."),
        ("Le loyer a doublé.", "Le loyer était de 500 euros et il est de 1000 euros."),
        ("El alquiler se duplicó.", "El alquiler era de 500 euros y es de 1000 euros."),
    ],
)
def test_what_the_model_worked_out_itself_is_seen(sentence: str, source: str) -> None:
    assert difference(sentence, source) is Differs.FIGURE


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("The fee was doubled.", "In 2021 the fee was doubled by the board."),
        ("The board meets two times a year.", "The board meets twice a year."),
        ("Es ist ein doppeltes Fenster.", "Das Zimmer hat ein doppeltes Fenster."),
    ],
)
def test_words_that_multiply_may_be_repeated(sentence: str, source: str) -> None:
    assert difference(sentence, source) is None


@pytest.mark.parametrize(
    ("question", "judged"),
    [
        ("Who holds the keys?", True),
        ("Wann fährt der Zug nach Ulm?", True),
        ("Is the battery waterproof?", False),
        ("War der Ofen sauber?", False),
        ("What must not be taken with the tablet?", False),
        ("Welche Schäden sind nicht versichert?", False),
        ("Quels dommages ne sont pas couverts ?", False),
    ],
)
def test_a_question_whose_answer_is_a_no_is_not_judged_by_a_no(question: str, judged: bool) -> None:
    assert can_be_judged(question) is judged
